//! What the mouse does.

use super::play;
use crate::engine::{Level, RowFilter};
use crate::ui::fake::{Play, window};
use crate::ui::model::hints;
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Button, Effect, Mouse, Msg, Side};
use crate::ui::model::overlay::Overlay;
use crate::ui::model::queue::Tab;

fn click(play: &mut Play, x: u16, y: u16) {
    play.wait(1);
    play.send(Msg::Mouse(Mouse::Press(Button::Left), x, y));
    play.send(Msg::Mouse(Mouse::Release, x, y));
}

#[test]
fn clicks_choose_select_and_open() {
    let mut play = play();
    click(&mut play, 70, 3);
    assert_eq!((play.model.active, play.under_cursor().as_str()), (Side::Right, "2025.4"));
    play.send(Msg::Mouse(Mouse::Press(Button::Right), 5, 5));
    assert_eq!(play.selected(), ["image-arm64.iso"]);
    play.wait(1_000);
    click(&mut play, 5, 4);
    assert_eq!(play.place(), "mirror-eu:/pub/releases");
    click(&mut play, 5, 4);
    assert_eq!(play.place(), "mirror-eu:/pub/releases/2026.2");
    // below the last entry nothing happens
    click(&mut play, 5, 20);
    assert_eq!(play.model.active_pane().cursor, 0);
}

#[test]
fn the_hints_of_a_dialog_are_its_own_and_can_be_clicked() {
    let mut play = play();
    play.keys("F2");
    let line = play.model.screen().unwrap().hints;
    let shown = hints::shown(&play.model, line);
    let words: Vec<&str> = shown.iter().map(|hint| hint.word).collect();
    assert_eq!(words[..3], ["open", "add", "edit"]);
    let close = shown.iter().find(|hint| hint.word == "close").unwrap().place;
    // a message stands there instead: what is below it is not meant
    play.model.say(Level::Info, "something");
    assert_eq!(hints::at(&play.model, line, close.as_position()), None);
    play.model.status = None;
    click(&mut play, close.x, close.y);
    assert!(play.model.overlays.is_empty());
}

#[test]
fn the_wheel_moves_what_is_under_it() {
    let mut play = play();
    play.send(Msg::Mouse(Mouse::Wheel(1), 70, 5));
    assert_eq!(play.model.pane(Side::Right).cursor, 3);
    assert_eq!(play.model.active, Side::Left);
}

#[test]
fn headings_sort_and_borders_are_dragged() {
    let mut play = play();
    click(&mut play, 40, 1);
    assert_eq!(play.model.active_pane().sort.key, SortKey::Size);
    let screen = play.model.screen().unwrap();
    play.send(Msg::Mouse(Mouse::Press(Button::Left), screen.separator.x, 5));
    play.send(Msg::Mouse(Mouse::Drag, 30, 5));
    play.send(Msg::Mouse(Mouse::Release, 30, 5));
    assert_eq!(play.model.screen().unwrap().separator.x, 30);
    play.send(Msg::Mouse(Mouse::Press(Button::Left), 80, screen.bar.y));
    play.send(Msg::Mouse(Mouse::Drag, 80, 20));
    play.send(Msg::Mouse(Mouse::Release, 80, 20));
    assert_eq!(play.model.screen().unwrap().bar.y, 20);
}

#[test]
fn tabs_hints_and_buttons_are_clicked() {
    let mut play = play();
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    let bar = play.model.screen().unwrap().bar;
    click(&mut play, 17, bar.y);
    assert_eq!(play.model.queue.tab, Tab::Jobs);
    assert!(play.model.in_queue);
    click(&mut play, 5, 5);
    click(&mut play, 2, 39);
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Reading(_))));
    click(&mut play, 0, 0);
    assert!(play.model.overlays.is_empty());
    play.keys("F8");
    let Some(Overlay::Ask(ask)) = play.model.overlays.last() else { panic!() };
    let button = crate::ui::model::frames::ask(play.model.screen().unwrap().all, ask).buttons[0];
    play.take();
    click(&mut play, button.x + 1, button.y);
    assert!(play.take().iter().any(|effect| matches!(effect, Effect::Submit(_))));
}

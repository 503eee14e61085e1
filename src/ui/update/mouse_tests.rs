//! Mouse events.

use super::play;
use crate::engine::{Level, RowFilter};
use crate::ui::fake::{Play, window};
use crate::ui::model::hints;
use crate::ui::model::listing::SortKey;
use crate::ui::model::msg::{Button, Mouse, Msg, PaneSide, UiEffect};
use crate::ui::model::overlay::Overlay;
use crate::ui::model::queue::Tab;

fn click(play: &mut Play, x: u16, y: u16) {
    play.wait(1);
    play.send(Msg::Mouse(Mouse::Press(Button::Left), x, y));
    play.send(Msg::Mouse(Mouse::Release, x, y));
}

#[test]
fn clicks_focus_select_and_open() {
    let mut play = play();
    click(&mut play, 70, 3);
    assert_eq!((play.model.active, play.under_cursor().as_str()), (PaneSide::Right, "2025.4"));
    play.send(Msg::Mouse(Mouse::Press(Button::Right), 5, 5));
    assert_eq!(play.selected(), ["image-arm64.iso"]);
    play.wait(1_000);
    click(&mut play, 5, 4);
    assert_eq!(play.current(), "mirror-eu:/pub/releases");
    click(&mut play, 5, 4);
    assert_eq!(play.current(), "mirror-eu:/pub/releases/2026.2");
    // a click below the last entry has no effect
    click(&mut play, 5, 20);
    assert_eq!(play.model.active_pane().cursor, 0);
}

#[test]
fn dialogs_have_their_own_hints_which_can_be_clicked() {
    let mut play = play();
    play.keys("F2");
    let line = play.model.screen().unwrap().hints;
    let shown = hints::shown(&play.model, line);
    let texts: Vec<&str> = shown.iter().map(|hint| hint.text.as_ref()).collect();
    assert_eq!(texts[..3], ["Open", "Add", "Edit"]);
    let close = shown.iter().find(|hint| hint.text == "Close").unwrap().area;
    // a message covers the hints, so they cannot be clicked
    play.model.notify(Level::Info, "something");
    assert_eq!(hints::at(&play.model, line, close.as_position()), None);
    play.model.status = None;
    click(&mut play, close.x, close.y);
    assert!(play.model.overlays.is_empty());
}

#[test]
fn the_wheel_scrolls_the_area_under_the_mouse() {
    let mut play = play();
    play.send(Msg::Mouse(Mouse::Wheel(1), 70, 5));
    assert_eq!(play.model.pane(PaneSide::Right).cursor, 3);
    assert_eq!(play.model.active, PaneSide::Left);
}

#[test]
fn headings_sort_and_borders_can_be_dragged() {
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
fn tabs_hints_and_buttons_can_be_clicked() {
    let mut play = play();
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    let bar = play.model.screen().unwrap().bar;
    click(&mut play, 17, bar.y);
    assert_eq!(play.model.queue.tab, Tab::Jobs);
    assert!(play.model.in_queue);
    click(&mut play, 5, 5);
    click(&mut play, 2, 39);
    assert!(matches!(play.model.overlays.last(), Some(Overlay::Text(_))));
    click(&mut play, 0, 0);
    assert!(play.model.overlays.is_empty());
    play.keys("F8");
    let Some(Overlay::Question(question)) = play.model.overlays.last() else { panic!() };
    let button =
        crate::ui::model::frames::question(play.model.screen().unwrap().all, question).buttons[0];
    play.take();
    click(&mut play, button.x + 1, button.y);
    assert!(play.take().iter().any(|effect| matches!(effect, UiEffect::Submit(_))));
}

//! The queue panel.

use super::{play, question, status};
use crate::engine::{Control, EventKind, RowFilter, Tally};
use crate::queue::{ItemState, JobKind};
use crate::ui::fake::window;
use crate::ui::model::msg::{Msg, UiEffect};
use crate::ui::model::queue::Tab;

#[test]
fn rows_of_the_queue_are_controlled() {
    let mut play = play();
    play.event(EventKind::Queue(window().counts));
    let effects = play.take();
    assert_eq!(effects, [UiEffect::Window { offset: 0, limit: 15, query: RowFilter::All.into() }]);
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    play.keys("F12 x");
    assert_eq!(play.take()[0], UiEffect::Items(vec![crate::base::ItemId(1)], Control::Cancel));
    play.keys("H");
    assert_eq!(status(&play), "image-arm64.iso: only waiting files can be held");
    play.keys("j j j H K");
    let effects = play.take();
    assert!(effects.contains(&UiEffect::Items(vec![crate::base::ItemId(4)], Control::Hold)));
    assert!(effects.contains(&UiEffect::Items(vec![crate::base::ItemId(4)], Control::Up)));
    play.keys("j o G r");
    let effects = play.take();
    assert!(effects.contains(&UiEffect::Items(vec![crate::base::ItemId(5)], Control::Release)));
    assert!(effects.contains(&UiEffect::Items(vec![crate::base::ItemId(7)], Control::Retry)));
    play.keys("C R X z");
    assert_eq!(
        play.take(),
        [
            UiEffect::All(RowFilter::Ended.into(), Control::Clear),
            UiEffect::All(RowFilter::Failed.into(), Control::Retry),
        ]
    );
    play.keys("c");
    assert_eq!(play.take(), [UiEffect::All(RowFilter::Open.into(), Control::Cancel)]);
    play.keys("p Esc");
    assert_eq!(play.take(), [UiEffect::Pause(true)]);
    assert!(!play.model.in_queue);
}

#[test]
fn the_cursor_stays_on_its_file() {
    let mut play = play();
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    play.keys("F12 j j j");
    let mut moved = window();
    moved.rows.remove(0);
    moved.total -= 1;
    play.send(Msg::Window(RowFilter::All.into(), Ok(moved)));
    assert_eq!(play.model.queue.cursor, 2);
    assert_eq!(play.model.queue.under_cursor().map(|row| row.state), Some(ItemState::Waiting));
}

#[test]
fn the_panel_shows_the_top_unless_it_has_the_focus() {
    let mut play = play();
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    let mut older = window();
    let last = older.rows.pop().unwrap();
    older.rows.insert(0, last);
    play.send(Msg::Window(RowFilter::All.into(), Ok(older.clone())));
    assert_eq!((play.model.queue.cursor, play.model.queue.scroll), (0, 0));
    play.keys("F12 j j");
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    assert_eq!(play.model.queue.cursor, 1);
    play.keys("F12");
    assert_eq!((play.model.queue.cursor, play.model.queue.scroll), (0, 0));
}

#[test]
fn the_result_of_a_job_is_reported() {
    let mut play = play();
    let done = Tally { files: 41, dirs: 2, bytes: 60_083_405, ..Tally::default() };
    play.send(Msg::Ended(JobKind::Copy, done));
    assert_eq!(status(&play), "copied 41 files, 57.3 MiB");
    play.send(Msg::Ended(JobKind::Move, Tally { skipped: 1, failed: 2, ..Tally::default() }));
    assert_eq!(status(&play), "moved nothing; 1 skipped; 2 failed, see the Failed tab");
    play.send(Msg::Ended(JobKind::Delete, Tally { files: 3, dirs: 1, ..Tally::default() }));
    assert_eq!(status(&play), "deleted 3 files, 1 directory");
}

#[test]
fn a_window_is_requested_once_even_if_rows_are_missing() {
    let mut play = play();
    let mut short = window();
    short.total = 1_000_000;
    play.send(Msg::Window(RowFilter::All.into(), Ok(short.clone())));
    play.take();
    play.keys("F12 G");
    let effects = play.take();
    assert!(
        matches!(effects[..], [UiEffect::Window { offset: 999_990, limit: 15, .. }]),
        "{effects:?}"
    );
    play.send(Msg::Window(RowFilter::All.into(), Ok(short)));
    play.wait(1);
    assert!(play.take().is_empty());
}

#[test]
fn keys_switch_the_tabs() {
    let mut play = play();
    play.keys("F12 4");
    assert!(play.take().iter().any(
        |effect| matches!(effect, UiEffect::Window { query, .. } if query.filter == RowFilter::Failed)
    ));
    play.keys("[ s");
    assert_eq!(play.model.queue.tab, Tab::Log);
    play.keys("] ]");
    assert_eq!(play.model.queue.tab, Tab::Queue);
    play.keys("]");
    assert_eq!(play.model.queue.tab, Tab::Jobs);
}

#[test]
fn quitting_asks_if_files_are_left() {
    let mut play = play();
    play.keys("q");
    assert_eq!(play.take(), [UiEffect::Quit]);
    play.event(EventKind::Queue(window().counts));
    play.take();
    play.keys("F10");
    assert_eq!(question(&play).body[0], "3 transfers running, 1 201 files waiting.");
    play.keys("Enter");
    assert!(play.take().is_empty());
    play.keys("F10 q");
    assert_eq!(play.take(), [UiEffect::Quit]);
}

#[test]
fn several_rows_are_controlled_at_once() {
    let mut play = play();
    play.send(Msg::Window(RowFilter::All.into(), Ok(window())));
    play.keys("F12 j j j Space Space x");
    let items = [4, 5].map(crate::base::ItemId).to_vec();
    let effects = play.take();
    assert!(effects.contains(&UiEffect::Items(items, Control::Cancel)), "{effects:?}");
    assert!(play.model.queue.marks.is_empty());
    play.keys("Space u Home O");
    assert!(play.take().contains(&UiEffect::Job(crate::base::JobId(1), Control::Hold)));
    play.keys("O");
    assert!(play.take().contains(&UiEffect::Job(crate::base::JobId(1), Control::Release)));
}

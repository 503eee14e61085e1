//! Filtering the rows of the queue, and selecting all of them.

use crate::base::JobId;
use crate::engine::{Control, EventKind, RowFilter, RowQuery};
use crate::ui::fake::{Play, window};
use crate::ui::model::msg::{Msg, UiEffect};
use crate::ui::model::queue::{STATES, Tab, state_word};

fn play() -> Play {
    let mut play = Play::new(80, 24);
    play.send(Msg::Window(RowQuery::default(), Ok(window())));
    play.keys("F12");
    play.take();
    play
}

/// The query of the last request for rows.
fn requested(play: &mut Play) -> Option<RowQuery> {
    play.take().into_iter().rev().find_map(|effect| match effect {
        UiEffect::Window { query, .. } => Some(query),
        _ => None,
    })
}

#[test]
fn every_state_can_be_chosen_by_its_letter() {
    for (filter, word) in STATES {
        let mut play = play();
        play.keys("f").keys(&word[..1]);
        assert!(play.model.overlays.is_empty(), "{word}");
        let shown = play.model.queue.query.filter;
        assert_eq!(shown, filter, "{word}");
        assert_eq!(requested(&mut play).is_some(), filter != RowFilter::All, "{word}");
    }
    assert_eq!(state_word(RowFilter::All), "");
    let mut play = play();
    play.keys("f Esc");
    assert_eq!(play.model.queue.query, RowQuery::default());
}

#[test]
fn rows_are_found_while_typing() {
    let mut play = play();
    play.keys("/ 'iso'");
    let query = RowQuery { text: "iso".to_owned(), ..RowQuery::default() };
    assert_eq!(requested(&mut play), Some(query.clone()));
    play.keys("Enter 4");
    let failed = RowQuery { filter: RowFilter::Failed, ..query.clone() };
    assert_eq!(requested(&mut play), Some(failed));
    play.keys("1 / Backspace Esc");
    assert_eq!(play.model.queue.query, query);
    play.keys("Esc");
    assert_eq!(play.model.queue.query, RowQuery::default());
    // in the list of jobs, the search switches to the queue
    play.keys("2 /");
    assert_eq!(play.model.queue.tab, Tab::Queue);
}

#[test]
fn searches_are_not_repeated_too_often() {
    let mut play = play();
    play.keys("/ 'iso' Enter");
    let query = requested(&mut play).unwrap();
    play.send(Msg::Window(query, Ok(window())));
    play.take();
    play.event(EventKind::Queue(window().counts));
    assert_eq!(requested(&mut play), None);
    assert!(play.model.is_moving(), "the search is repeated later");
    play.wait(1_100);
    assert!(requested(&mut play).is_some());
}

#[test]
fn the_rows_of_one_job_and_all_rows_again() {
    let mut play = play();
    play.keys("=");
    let query = RowQuery { job: Some(JobId(1)), ..RowQuery::default() };
    assert_eq!(requested(&mut play), Some(query.clone()));
    play.send(Msg::Window(query, Ok(window())));
    play.keys("=");
    assert_eq!(play.model.queue.query, RowQuery::default());
}

#[test]
fn all_matching_rows_are_controlled_at_once() {
    let mut play = play();
    play.keys("f h");
    let query = requested(&mut play).unwrap();
    let mut held = window();
    held.rows.retain(|row| row.state == crate::queue::ItemState::Held);
    held.total = 70_000;
    play.send(Msg::Window(query.clone(), Ok(held)));
    play.keys("Ctrl-A H");
    assert!(play.take().contains(&UiEffect::All(query.clone(), Control::Release)));
    assert!(!play.model.queue.all);
    play.keys("Ctrl-A x Enter");
    assert!(!play.take().iter().any(|effect| matches!(effect, UiEffect::All(..))));
    play.keys("x c");
    assert!(play.take().contains(&UiEffect::All(query, Control::Cancel)));
    // unselecting one line starts a new selection
    play.keys("Ctrl-A Space");
    assert!(!play.model.queue.all && play.model.queue.marks.len() == 1);
}

//! Which rows of the queue are shown, and selecting all of them.

use crate::base::JobId;
use crate::engine::{Control, EventKind, RowFilter, RowQuery};
use crate::ui::fake::{Play, window};
use crate::ui::model::msg::{Effect, Msg};
use crate::ui::model::queue::{STATES, Tab, state_word};

fn play() -> Play {
    let mut play = Play::new(80, 24);
    play.send(Msg::Window(RowQuery::default(), Ok(window())));
    play.keys("F12");
    play.take();
    play
}

/// The last query that was asked for.
fn asked(play: &mut Play) -> Option<RowQuery> {
    play.take().into_iter().rev().find_map(|effect| match effect {
        Effect::Window { query, .. } => Some(query),
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
        assert_eq!(asked(&mut play).is_some(), filter != RowFilter::All, "{word}");
    }
    assert_eq!(state_word(RowFilter::All), "");
    let mut play = play();
    play.keys("f Esc");
    assert_eq!(play.model.queue.query, RowQuery::default());
}

#[test]
fn names_are_found_while_one_types() {
    let mut play = play();
    play.keys("/ 'iso'");
    let query = RowQuery { text: "iso".to_owned(), ..RowQuery::default() };
    assert_eq!(asked(&mut play), Some(query.clone()));
    play.keys("Enter 4");
    let failed = RowQuery { filter: RowFilter::Failed, ..query.clone() };
    assert_eq!(asked(&mut play), Some(failed));
    play.keys("1 / Backspace Esc");
    assert_eq!(play.model.queue.query, query);
    play.keys("Esc");
    assert_eq!(play.model.queue.query, RowQuery::default());
    // in the list of jobs names of files are sought in the queue
    play.keys("2 /");
    assert_eq!(play.model.queue.tab, Tab::Queue);
}

#[test]
fn what_is_found_by_looking_at_all_is_not_looked_for_all_the_time() {
    let mut play = play();
    play.keys("/ 'iso' Enter");
    let query = asked(&mut play).unwrap();
    play.send(Msg::Window(query, Ok(window())));
    play.take();
    play.happen(EventKind::Queue(window().counts));
    assert_eq!(asked(&mut play), None);
    assert!(play.model.is_moving(), "it is looked for again later");
    play.wait(1_100);
    assert!(asked(&mut play).is_some());
}

#[test]
fn the_job_of_a_line_alone_and_back() {
    let mut play = play();
    play.keys("=");
    let query = RowQuery { job: Some(JobId(1)), ..RowQuery::default() };
    assert_eq!(asked(&mut play), Some(query.clone()));
    play.send(Msg::Window(query, Ok(window())));
    play.keys("=");
    assert_eq!(play.model.queue.query, RowQuery::default());
}

#[test]
fn all_that_is_shown_is_done_something_with_at_once() {
    let mut play = play();
    play.keys("f h");
    let query = asked(&mut play).unwrap();
    let mut held = window();
    held.rows.retain(|row| row.state == crate::queue::ItemState::Held);
    held.total = 70_000;
    play.send(Msg::Window(query.clone(), Ok(held)));
    play.keys("Ctrl-A H");
    assert!(play.take().contains(&Effect::All(query.clone(), Control::Release)));
    assert!(!play.model.queue.all);
    play.keys("Ctrl-A x Enter");
    assert!(!play.take().iter().any(|effect| matches!(effect, Effect::All(..))));
    play.keys("x c");
    assert!(play.take().contains(&Effect::All(query, Control::Cancel)));
    // one line more or less is a selection of its own
    play.keys("Ctrl-A Space");
    assert!(!play.model.queue.all && play.model.queue.marks.len() == 1);
}

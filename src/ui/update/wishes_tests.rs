//! What `config.toml` says about the screen is done.

use super::*;
use crate::config::Screen;
use crate::queue::{Exists, Rules, Verify};
use crate::ui::fake::{Play, window};
use crate::ui::model::{Setup, msg::Side};

fn play(wish: impl FnOnce(&mut Screen)) -> Play {
    let mut play = Play::new(120, 40);
    wish(&mut play.model.wishes);
    play
}

fn kinds(play: &mut Play) -> Vec<JobKind> {
    let kind = |effect| match effect {
        Effect::Submit(spec) => Some(spec.kind),
        _ => None,
    };
    play.take().into_iter().filter_map(kind).collect()
}

#[test]
fn nothing_is_asked_where_the_user_wants_no_question() {
    let mut play = play(|wish| (wish.confirm_copy, wish.confirm_delete) = (false, false));
    play.keys("G F5");
    assert_eq!(kinds(&mut play), [JobKind::Copy]);
    play.keys("G F6");
    assert_eq!(kinds(&mut play), [JobKind::Move]);
    play.keys("G F8");
    assert_eq!(kinds(&mut play), [JobKind::Delete]);
    assert!(play.model.overlays.is_empty());
    // what cannot be done is said in the dialog
    play.keys("= G F5");
    assert_eq!(kinds(&mut play), []);
    assert_eq!(play.model.overlays.len(), 1);
}

#[test]
fn one_quits_without_a_question_where_the_user_wants_none() {
    let mut play = play(|wish| wish.confirm_quit = false);
    play.model.queue.counts = window().counts;
    play.keys("q");
    assert_eq!(play.take(), [Effect::Quit]);
}

#[test]
fn y_and_n_answer_a_question_with_two_buttons() {
    let mut play = play(|_| {});
    play.model.queue.counts = window().counts;
    play.keys("q n");
    assert_eq!(play.take(), []);
    assert!(play.model.overlays.is_empty());
    play.keys("q y");
    assert_eq!(play.take(), [Effect::Quit]);
    play.keys("G F8 y");
    assert_eq!(kinds(&mut play), [JobKind::Delete]);
}

#[test]
fn the_dialog_begins_with_the_rules_of_the_settings() {
    let mut play = play(|_| {});
    play.model.rules =
        Rules { exists: Exists::Newer, verify: Verify::Checksum, ..Rules::default() };
    play.keys("G F5");
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert_eq!((form.rules.exists, form.rules.verify), (Exists::Newer, Verify::Checksum));
}

#[test]
fn names_with_a_dot_are_shown_unless_the_user_wants_them_hidden() {
    for hidden in [true, false] {
        let wishes = Screen { hidden, ..Screen::default() };
        let model = Model::new(Setup { wishes, ..Setup::default() });
        assert!([Side::Left, Side::Right].iter().all(|side| model.pane(*side).hidden == hidden));
    }
}

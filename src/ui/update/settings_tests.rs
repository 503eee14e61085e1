//! The screen settings of `config.toml`.

use super::*;
use crate::config::ScreenSettings;
use crate::queue::{Exists, JobRules, Verify};
use crate::ui::fake::{Play, window};
use crate::ui::model::{ModelSetup, msg::PaneSide};

fn play(change: impl FnOnce(&mut ScreenSettings)) -> Play {
    let mut play = Play::new(120, 40);
    change(&mut play.model.settings);
    play
}

fn kinds(play: &mut Play) -> Vec<JobKind> {
    let kind = |effect| match effect {
        UiEffect::Submit(spec) => Some(spec.kind),
        _ => None,
    };
    play.take().into_iter().filter_map(kind).collect()
}

#[test]
fn confirmations_can_be_disabled() {
    let mut play =
        play(|settings| (settings.confirm_copy, settings.confirm_delete) = (false, false));
    play.keys("G F5");
    assert_eq!(kinds(&mut play), [JobKind::Copy]);
    play.keys("G F6");
    assert_eq!(kinds(&mut play), [JobKind::Move]);
    play.keys("G F8");
    assert_eq!(kinds(&mut play), [JobKind::Delete]);
    assert!(play.model.overlays.is_empty());
    // a job that cannot start leaves the dialog open
    play.keys("= G F5");
    assert_eq!(kinds(&mut play), []);
    assert_eq!(play.model.overlays.len(), 1);
}

#[test]
fn the_quit_question_can_be_disabled() {
    let mut play = play(|settings| settings.confirm_quit = false);
    play.model.queue.counts = window().counts;
    play.keys("q");
    assert_eq!(play.take(), [UiEffect::Quit]);
}

#[test]
fn y_and_n_answer_a_question_with_two_buttons() {
    let mut play = play(|_| {});
    play.model.queue.counts = window().counts;
    play.keys("q n");
    assert_eq!(play.take(), []);
    assert!(play.model.overlays.is_empty());
    play.keys("q y");
    assert_eq!(play.take(), [UiEffect::Quit]);
    play.keys("G F8 y");
    assert_eq!(kinds(&mut play), [JobKind::Delete]);
}

#[test]
fn the_dialog_starts_with_the_configured_rules() {
    let mut play = play(|_| {});
    play.model.rules =
        JobRules { exists: Exists::Newer, verify: Verify::Checksum, ..JobRules::default() };
    play.keys("G F5");
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert_eq!((form.rules.exists, form.rules.verify), (Exists::Newer, Verify::Checksum));
}

#[test]
fn the_setting_hides_names_that_start_with_a_dot() {
    for hidden in [true, false] {
        let settings = ScreenSettings { hidden, ..ScreenSettings::default() };
        let model = Model::new(ModelSetup { settings, ..ModelSetup::default() });
        assert!(
            [PaneSide::Left, PaneSide::Right].iter().all(|side| model.pane(*side).hidden == hidden)
        );
    }
}

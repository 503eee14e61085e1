//! The rules of the copy dialog.

use super::*;
use crate::queue::{JobRules, TreeRules};
use crate::ui::fake::Play;

fn submitted(play: &mut Play) -> Option<JobSpec> {
    play.take().into_iter().find_map(|effect| match effect {
        UiEffect::Submit(spec) => Some(*spec),
        _ => None,
    })
}

#[test]
fn permissions_links_and_text_are_chosen_in_the_dialog() {
    let mut play = Play::new(80, 24);
    play.keys("G F5 Enter");
    let spec = submitted(&mut play).unwrap();
    assert_eq!((spec.rules.permissions, spec.rules.form), (false, Form::Binary));
    assert_eq!(spec.tree.links, Links::Skip);
    // up past the two buttons, then from the last choice upwards
    play.keys("G F5 Up Up Up Right Up Right Up Right Enter");
    let spec = submitted(&mut play).unwrap();
    assert_eq!((spec.rules.permissions, spec.rules.form), (true, Form::Text(None)));
    assert_eq!(spec.tree.links, Links::Follow);
}

#[test]
fn the_dialog_starts_with_the_configured_rules() {
    let mut play = Play::new(80, 24);
    play.model.rules = JobRules { permissions: true, ..JobRules::default() };
    play.model.tree = TreeRules { links: Links::Follow, ..TreeRules::default() };
    play.keys("G F5 Enter");
    let spec = submitted(&mut play).unwrap();
    assert!(spec.rules.permissions);
    assert_eq!(spec.tree.links, Links::Follow);
    play.keys("Y Enter");
    let Some(Operation::Plan { spec }) =
        play.model.operations.last().map(|running| running.operation.clone())
    else {
        panic!()
    };
    assert!(spec.rules.permissions);
    assert_eq!(spec.tree.links, Links::Follow);
}

#[test]
fn text_transfers_are_not_resumed() {
    let mut play = Play::new(80, 24);
    play.keys("G F5 Down Right Right Right Up Up Up Up Right Enter");
    assert_eq!(submitted(&mut play), None);
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert_eq!((form.rules.exists, form.rules.form), (Exists::Resume, Form::Text(None)));
    assert!(form.error.as_ref().unwrap().starts_with("text transfers cannot be resumed"));
    play.keys("Left Enter");
    assert_eq!(submitted(&mut play).unwrap().rules.form, Form::Binary);
}

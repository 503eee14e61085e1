//! The rules that the copy dialog offers.

use super::*;
use crate::queue::{Rules, TreeRules};
use crate::ui::fake::Play;

fn begun(play: &mut Play) -> Option<JobSpec> {
    play.take().into_iter().find_map(|effect| match effect {
        Effect::Submit(spec) => Some(*spec),
        _ => None,
    })
}

#[test]
fn permissions_links_and_text_are_chosen_in_the_dialog() {
    let mut play = Play::new(80, 24);
    play.keys("G F5 Enter");
    let spec = begun(&mut play).unwrap();
    assert_eq!((spec.rules.permissions, spec.rules.form), (false, Form::Binary));
    assert_eq!(spec.tree.links, Links::Skip);
    // two buttons below, then from the last choice upwards
    play.keys("G F5 Up Up Up Right Up Right Up Right Enter");
    let spec = begun(&mut play).unwrap();
    assert_eq!((spec.rules.permissions, spec.rules.form), (true, Form::Text(None)));
    assert_eq!(spec.tree.links, Links::Follow);
}

#[test]
fn the_dialog_begins_with_what_the_settings_say() {
    let mut play = Play::new(80, 24);
    play.model.rules = Rules { permissions: true, ..Rules::default() };
    play.model.tree = TreeRules { links: Links::Follow, ..TreeRules::default() };
    play.keys("G F5 Enter");
    let spec = begun(&mut play).unwrap();
    assert!(spec.rules.permissions);
    assert_eq!(spec.tree.links, Links::Follow);
    play.keys("Y Enter");
    let Some(Act::Plan { spec }) = play.model.doing.last().map(|doing| doing.act.clone()) else {
        panic!()
    };
    assert!(spec.rules.permissions);
    assert_eq!(spec.tree.links, Links::Follow);
}

#[test]
fn text_is_not_resumed() {
    let mut play = Play::new(80, 24);
    play.keys("G F5 Down Right Right Right Up Up Up Up Right Enter");
    assert_eq!(begun(&mut play), None);
    let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
    assert_eq!((form.rules.exists, form.rules.form), (Exists::Resume, Form::Text(None)));
    assert!(form.error.as_ref().unwrap().starts_with("text cannot be resumed"));
    play.keys("Left Enter");
    assert_eq!(begun(&mut play).unwrap().rules.form, Form::Binary);
}

//! A mirror is looked at before it begins.

use super::*;
use crate::base::RemotePath;
use crate::engine::{PlanAction, PlanStep, PlanTally};
use crate::queue::{Compare, Deletes, JobSpec};
use crate::ui::fake::Play;
use crate::ui::model::msg::{Act, MirrorPlan, Reply};
use crate::ui::model::overlay::{Field, ReadLine};

fn plan() -> Box<MirrorPlan> {
    let step = |action, path: &str| PlanStep {
        action,
        path: RemotePath::new(path.as_bytes().to_vec()),
        dir: false,
        size: Some(1024),
        reason: "it is missing".to_owned(),
    };
    Box::new(MirrorPlan {
        tally: PlanTally { copies: 2, bytes: 2048, deletes: 1, same: 7, ..PlanTally::default() },
        steps: vec![step(PlanAction::Copy, "a/b"), step(PlanAction::Delete, "c\u{1b}d")],
        ..MirrorPlan::default()
    })
}

fn asked(play: &mut Play, keys: &str, plan: Box<MirrorPlan>) -> Box<JobSpec> {
    play.keys("Y").keys(keys).keys("Enter");
    let doing = play.model.doing.last().cloned().unwrap();
    play.take();
    play.send(Msg::Acted(doing.ticket, Ok(Reply::Plan(plan))));
    play.wait(500);
    let Act::Plan { spec } = doing.act else { panic!("{:?}", doing.act) };
    spec
}

#[test]
fn nothing_begins_before_it_was_shown_what_it_does() {
    let mut play = Play::new(120, 40);
    let spec = asked(&mut play, "Tab Right Tab Right", plan());
    assert_eq!((spec.tree.compare, spec.tree.delete), (Compare::Size, Deletes::Yes));
    assert_eq!(spec.kind, JobKind::Mirror);
    assert_eq!(spec.target, Some(play.location("nas:/incoming")));
    assert_eq!(spec.sources[0].at, play.location("mirror-eu:/pub/releases"));
    // Enter shows the plan first, and then begins
    play.keys("Enter");
    let Some(Overlay::Reading(reading)) = play.model.overlays.last() else { panic!() };
    assert_eq!(
        reading.lines[0],
        ReadLine::Pair("copy".to_owned(), "a/b, 1.00 KiB (it is missing)".to_owned())
    );
    assert!(!format!("{:?}", reading.lines).contains("\\u{1b}"));
    assert_eq!(reading.lines.last(), Some(&ReadLine::Text("and 1 more".to_owned())));
    play.keys("Esc Enter");
    assert!(play.take().contains(&Effect::Submit(spec)));
}

#[test]
fn a_mirror_that_has_nothing_to_do_says_so() {
    let mut play = Play::new(120, 40);
    asked(
        &mut play,
        "",
        Box::new(MirrorPlan {
            tally: PlanTally { same: 3, ..PlanTally::default() },
            ..MirrorPlan::default()
        }),
    );
    assert!(play.model.overlays.is_empty());
    let status = play.model.status.as_ref().unwrap();
    assert_eq!(status.text, "nas:/incoming is like the source already: 3 files");
}

#[test]
fn every_field_of_both_dialogs_is_reached() {
    for (key, fields) in [("F5", Field::of(JobKind::Copy)), ("Y", Field::of(JobKind::Mirror))] {
        let mut play = Play::new(40, 10);
        play.keys("G").keys(key);
        for field in fields {
            let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
            assert_eq!(form.field, *field, "{key}");
            play.keys("Tab");
        }
    }
}

//! A mirror is previewed before it starts.

use super::*;
use crate::base::RemotePath;
use crate::engine::{PlanAction, PlanStep, PlanTally};
use crate::queue::{Compare, Deletes, JobSpec};
use crate::ui::fake::Play;
use crate::ui::model::msg::{MirrorPlan, Operation, OperationReply};
use crate::ui::model::overlay::{FormField, TextLine};

fn plan() -> Box<MirrorPlan> {
    let step = |action, path: &str| PlanStep {
        action,
        path: RemotePath::new(path.as_bytes().to_vec()),
        dir: false,
        size: Some(1024),
        reason: "missing at the target".to_owned(),
    };
    Box::new(MirrorPlan {
        tally: PlanTally { copies: 2, bytes: 2048, deletes: 1, same: 7, ..PlanTally::default() },
        steps: vec![step(PlanAction::Copy, "a/b"), step(PlanAction::Delete, "c\u{1b}d")],
        ..MirrorPlan::default()
    })
}

fn planned(play: &mut Play, keys: &str, plan: Box<MirrorPlan>) -> Box<JobSpec> {
    play.keys("Y").keys(keys).keys("Enter");
    let running = play.model.operations.last().cloned().unwrap();
    play.take();
    play.send(Msg::OperationDone(running.ticket, Ok(OperationReply::Plan(plan))));
    play.wait(500);
    let Operation::Plan { spec } = running.operation else { panic!("{:?}", running.operation) };
    spec
}

#[test]
fn a_mirror_starts_only_after_a_preview() {
    let mut play = Play::new(120, 40);
    let spec = planned(&mut play, "Tab Right Tab Right", plan());
    assert_eq!((spec.tree.compare, spec.tree.delete), (Compare::Size, Deletes::Yes));
    assert_eq!(spec.kind, JobKind::Mirror);
    assert_eq!(spec.target, Some(play.location("nas:/incoming")));
    assert_eq!(spec.sources[0].at, play.location("mirror-eu:/pub/releases"));
    // the first Enter shows the plan, the second one starts the mirror
    play.keys("Enter");
    let Some(Overlay::Text(text_dialog)) = play.model.overlays.last() else { panic!() };
    assert_eq!(
        text_dialog.lines[0],
        TextLine::Pair("copy".to_owned(), "a/b, 1.00 KiB (missing at the target)".to_owned())
    );
    assert!(!format!("{:?}", text_dialog.lines).contains("\\u{1b}"));
    assert_eq!(text_dialog.lines.last(), Some(&TextLine::Text("and 1 more".to_owned())));
    play.keys("Esc Enter");
    assert!(play.take().contains(&UiEffect::Submit(spec)));
}

#[test]
fn identical_directories_are_reported() {
    let mut play = Play::new(120, 40);
    planned(
        &mut play,
        "",
        Box::new(MirrorPlan {
            tally: PlanTally { same: 3, ..PlanTally::default() },
            ..MirrorPlan::default()
        }),
    );
    assert!(play.model.overlays.is_empty());
    let status = play.model.status.as_ref().unwrap();
    assert_eq!(status.text, "nas:/incoming already matches the source: 3 identical");
}

#[test]
fn every_field_of_both_dialogs_can_be_reached() {
    for (key, fields) in
        [("F5", FormField::of(JobKind::Copy)), ("Y", FormField::of(JobKind::Mirror))]
    {
        let mut play = Play::new(40, 10);
        play.keys("G").keys(key);
        for field in fields {
            let Some(Overlay::Transfer(form)) = play.model.overlays.last() else { panic!() };
            assert_eq!(form.field, *field, "{key}");
            play.keys("Tab");
        }
    }
}

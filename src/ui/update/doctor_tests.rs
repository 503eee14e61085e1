//! Testing the FXP routes between two sites.

use std::time::Duration;

use super::*;
use crate::engine::Examination;
use crate::transfer::doctor::{Finding, Peer, PlanFinding, PlanResult};
use crate::transfer::{Plan, Side as Role};
use crate::ui::fake::Play;
use crate::ui::model::msg::{Operation, OperationReply, Ticket};
use crate::ui::model::overlay::TextLine;

fn examining(key: &str) -> (Play, Ticket, bool) {
    let mut play = Play::new(120, 40);
    play.keys("W").keys(key);
    let running = play.model.operations.last().cloned().unwrap();
    let Operation::Examine { write, .. } = running.operation else {
        panic!("{:?}", running.operation)
    };
    play.take();
    (play, running.ticket, write)
}

fn lines(play: &Play) -> Vec<TextLine> {
    match play.model.overlays.last() {
        Some(Overlay::Text(text_dialog)) => text_dialog.lines.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn findings_are_shown_as_they_arrive() {
    let (mut play, ticket, write) = examining("Enter");
    assert!(write);
    let mut find = |finding| {
        play.send(Msg::Found(ticket, Box::new(Examination::Found(finding))));
        lines(&play)
    };
    let shown = find(Finding::Trying { from: Peer::A, plan: Plan::plain() });
    let trying = "… mirror-eu → nas: destination passive, unencrypted; Esc stops";
    assert_eq!(shown, [TextLine::Text(trying.to_owned())]);
    let shown = find(Finding::Plan(Box::new(PlanFinding {
        from: Peer::A,
        plan: Plan::plain(),
        result: PlanResult::Refused,
        cause: None,
        by: Some(Role::Destination),
        reply: Some("500 no \u{1b}[2J".to_owned()),
        advice: Some("set pasv_promiscuous=YES".to_owned()),
        accepted: false,
        elapsed: Duration::ZERO,
    })));
    let pair = |name: &str, text: &str| TextLine::Pair(name.to_owned(), text.to_owned());
    let text = "mirror-eu → nas: destination passive, unencrypted, by nas";
    assert_eq!(shown[0], pair("refused", text));
    assert!(!format!("{:?}", shown[1]).contains("\\u{1b}"));
    assert_eq!(shown[2], pair("", "set pasv_promiscuous=YES"));
    let shown = find(Finding::Best { from: Peer::A, plan: None });
    let none = "mirror-eu → nas: no direct route works; relay will be used";
    assert_eq!(shown[3], pair("best", none));
    play.send(Msg::OperationDone(ticket, Ok(OperationReply::Done)));
    let last = lines(&play).pop();
    assert_eq!(
        last,
        Some(TextLine::Text("fxpane will use the best routes from now on.".to_owned()))
    );
    play.keys("Esc");
    assert!(play.take().is_empty() && play.model.overlays.is_empty());
}

#[test]
fn esc_aborts_a_test() {
    let (mut play, ticket, write) = examining("a");
    assert!(!write);
    play.keys("Esc");
    assert_eq!(play.take(), [UiEffect::Abandon(ticket)]);
    assert!(play.model.operations.is_empty());
    // a late finding is not shown
    let late = Examination::Found(Finding::Best { from: Peer::A, plan: None });
    play.send(Msg::Found(ticket, Box::new(late)));
    assert!(play.model.overlays.is_empty());
}

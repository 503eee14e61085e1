//! The ways between two sites are examined, and what is found is shown at once.

use std::time::Duration;

use super::*;
use crate::engine::Examination;
use crate::transfer::doctor::{End, Finding, PlanFinding, PlanResult};
use crate::transfer::{Plan, Side as Role};
use crate::ui::fake::Play;
use crate::ui::model::msg::{Act, Reply, Ticket};
use crate::ui::model::overlay::ReadLine;

fn examining(key: &str) -> (Play, Ticket, bool) {
    let mut play = Play::new(120, 40);
    play.keys("W").keys(key);
    let doing = play.model.doing.last().cloned().unwrap();
    let Act::Examine { write, .. } = doing.act else { panic!("{:?}", doing.act) };
    play.take();
    (play, doing.ticket, write)
}

fn lines(play: &Play) -> Vec<ReadLine> {
    match play.model.overlays.last() {
        Some(Overlay::Reading(reading)) => reading.lines.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn findings_are_shown_as_they_come() {
    let (mut play, ticket, write) = examining("Enter");
    assert!(write);
    let mut find = |finding| {
        play.send(Msg::Found(ticket, Box::new(Examination::Found(finding))));
        lines(&play)
    };
    let shown = find(Finding::Trying { from: End::A, plan: Plan::plain() });
    let trying = "… mirror-eu → nas: destination passive, in the clear; Esc stops";
    assert_eq!(shown, [ReadLine::Text(trying.to_owned())]);
    let shown = find(Finding::Plan(Box::new(PlanFinding {
        from: End::A,
        plan: Plan::plain(),
        result: PlanResult::Refused,
        cause: None,
        by: Some(Role::Destination),
        reply: Some("500 no \u{1b}[2J".to_owned()),
        advice: Some("set pasv_promiscuous=YES".to_owned()),
        accepted: false,
        elapsed: Duration::ZERO,
    })));
    let pair = |name: &str, text: &str| ReadLine::Pair(name.to_owned(), text.to_owned());
    let told = "mirror-eu → nas: destination passive, in the clear, by nas";
    assert_eq!(shown[0], pair("refused", told));
    assert!(!format!("{:?}", shown[1]).contains("\\u{1b}"));
    assert_eq!(shown[2], pair("", "set pasv_promiscuous=YES"));
    let shown = find(Finding::Best { from: End::A, plan: None });
    let none = "mirror-eu → nas: no direct way works; copies go through here";
    assert_eq!(shown[3], pair("best", none));
    play.send(Msg::Acted(ticket, Ok(Reply::Done)));
    let last = lines(&play).pop();
    assert_eq!(last, Some(ReadLine::Text("What works best is used from now on.".to_owned())));
    play.keys("Esc");
    assert!(play.take().is_empty() && play.model.overlays.is_empty());
}

#[test]
fn esc_stops_an_examination() {
    let (mut play, ticket, write) = examining("o");
    assert!(!write);
    play.keys("Esc");
    assert_eq!(play.take(), [Effect::Abandon(ticket)]);
    assert!(play.model.doing.is_empty());
    // what comes late is not shown
    let late = Examination::Found(Finding::Best { from: End::A, plan: None });
    play.send(Msg::Found(ticket, Box::new(late)));
    assert!(play.model.overlays.is_empty());
}

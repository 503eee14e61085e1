//! Interrupted jobs are told at the start, and begin on the user's word only.

use super::*;
use crate::base::JobId;
use crate::queue::Ends;
use crate::ui::fake::Play;
use crate::ui::model::msg::Interrupted;

fn job(number: u64, known: bool) -> Interrupted {
    Interrupted {
        job: JobId(number),
        kind: JobKind::Copy,
        ends: known.then(|| Ends { from: None, to: None }),
        words: format!("copy a:/x to b:/y, {number} of 9 done"),
    }
}

fn told(asked: bool, jobs: Vec<Interrupted>) -> Play {
    let mut play = Play::new(120, 40);
    play.send(Msg::Jobs(Ok(jobs), asked));
    play
}

#[test]
fn nothing_begins_by_itself() {
    let mut play = told(false, vec![job(1, true), job(2, false)]);
    let Some(Overlay::Ask(ask)) = play.model.overlays.last() else { panic!() };
    assert_eq!(ask.body[0], "2 jobs were interrupted:");
    assert_eq!(ask.body[2], "  copy a:/x to b:/y, 1 of 9 done");
    // a key that was meant for something else
    play.keys("Enter");
    assert!(play.take().is_empty());
    play.wait(500);
    play.keys("Enter");
    // one whose site is gone is told, the other goes on
    assert!(play.take().contains(&Effect::Adopt(job(1, true))));
    let status = play.model.status.as_ref().unwrap().text.clone();
    assert!(status.contains("2 of 9") && status.contains("not saved any more"), "{status}");
}

#[test]
fn later_leaves_them_and_they_can_be_forgotten() {
    let mut play = told(false, vec![job(1, true)]);
    play.wait(500);
    play.keys("l");
    assert!(play.take().is_empty() && play.model.overlays.is_empty());
    play.keys("I");
    assert_eq!(play.take(), [Effect::Jobs(true)]);
    play.send(Msg::Jobs(Ok(vec![job(1, true)]), true));
    play.wait(500);
    play.keys("f");
    assert!(play.take().contains(&Effect::Forget(JobId(1))));
}

#[test]
fn without_any_only_who_asked_is_told() {
    let play = told(false, Vec::new());
    assert!(play.model.overlays.is_empty() && play.model.status.is_none());
    let play = told(true, Vec::new());
    assert_eq!(play.model.status.as_ref().unwrap().text, "no job was interrupted");
}

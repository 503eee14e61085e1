//! Interrupted jobs are reported at the start, and resumed only if the user confirms.

use super::*;
use crate::base::JobId;
use crate::queue::JobSites;
use crate::ui::fake::Play;
use crate::ui::model::msg::Interrupted;

fn job(number: u64, known: bool) -> Interrupted {
    Interrupted {
        job: JobId(number),
        kind: JobKind::Copy,
        ends: known.then(|| JobSites { from: None, to: None }),
        summary: format!("copy a:/x to b:/y, {number} of 9 done"),
    }
}

fn play(requested: bool, jobs: Vec<Interrupted>) -> Play {
    let mut play = Play::new(120, 40);
    play.send(Msg::InterruptedJobs(Ok(jobs), requested));
    play
}

#[test]
fn jobs_are_not_resumed_without_confirmation() {
    let mut play = play(false, vec![job(1, true), job(2, false)]);
    let Some(Overlay::Question(question)) = play.model.overlays.last() else { panic!() };
    assert_eq!(question.body[0], "2 jobs were interrupted:");
    assert_eq!(question.body[2], "  copy a:/x to b:/y, 1 of 9 done");
    // a key that was meant for something else
    play.keys("Enter");
    assert!(play.take().is_empty());
    play.wait(500);
    play.keys("Enter");
    // a job whose site is gone is reported, the other one is resumed
    assert!(play.take().contains(&UiEffect::ResumeJob(job(1, true))));
    let status = play.model.status.as_ref().unwrap().text.clone();
    assert!(status.contains("2 of 9") && status.contains("no longer saved"), "{status}");
}

#[test]
fn later_keeps_the_jobs_and_discard_removes_them() {
    let mut play = play(false, vec![job(1, true)]);
    play.wait(500);
    play.keys("l");
    assert!(play.take().is_empty() && play.model.overlays.is_empty());
    play.keys("I");
    assert_eq!(play.take(), [UiEffect::FindInterrupted(true)]);
    play.send(Msg::InterruptedJobs(Ok(vec![job(1, true)]), true));
    play.wait(500);
    play.keys("d");
    assert!(play.take().contains(&UiEffect::RemoveJob(JobId(1))));
}

#[test]
fn no_interrupted_jobs_are_reported_only_on_request() {
    let play = play(false, Vec::new());
    assert!(play.model.overlays.is_empty() && play.model.status.is_none());
    let asked = self::play(true, Vec::new());
    assert_eq!(asked.model.status.as_ref().unwrap().text, "no interrupted jobs");
}

//! What can be done with whole jobs.

use crate::base::JobId;
use crate::engine::{Control, EventKind, RowFilter, RowQuery};
use crate::queue::store::JobState;
use crate::ui::fake::{Play, job_line, window};
use crate::ui::model::jobs::JobLine;
use crate::ui::model::msg::{Effect, Msg};
use crate::ui::model::overlay::{Asking, Overlay};

/// A running job, one that was interrupted, one that has ended.
fn jobs() -> Vec<JobLine> {
    let mut interrupted = job_line(2);
    interrupted.state = JobState::Interrupted;
    let mut ended = job_line(1);
    ended.state = JobState::Ended;
    ended.totals = crate::queue::Totals { done: 3, failed: 1, ..Default::default() };
    vec![ended, interrupted, job_line(3)]
}

fn play() -> Play {
    let mut play = Play::new(80, 24);
    play.keys("F12 2");
    assert_eq!(play.take(), [Effect::JobLines]);
    play.send(Msg::JobLines(Ok(jobs())));
    play.take();
    play
}

fn status(play: &Play) -> &str {
    play.model.status.as_ref().map_or("", |status| &status.text)
}

#[test]
fn a_job_is_controlled_as_a_whole() {
    let mut play = play();
    // the interrupted one comes first: it is the older one of the two that are open
    play.keys("a");
    assert!(matches!(&play.take()[0], Effect::Adopt(job) if job.job == JobId(2)));
    play.keys("x");
    assert_eq!(status(&play), "nobody runs it; c takes it out of the queue");
    play.keys("j a");
    assert_eq!(status(&play), "job 3: it is run already, or has ended");
    play.keys("+ K B O");
    let three = |control| Effect::Job(JobId(3), control);
    let asked = play.take();
    assert_eq!(
        asked.iter().filter(|effect| matches!(effect, Effect::Job(..))).collect::<Vec<_>>(),
        [&three(Control::Up), &three(Control::Up), &three(Control::Bottom), &three(Control::Hold)]
    );
    assert!(play.model.queue.jobs.lines[1].held);
    play.keys("O");
    assert!(play.take().contains(&three(Control::Release)));
    play.keys("D Left Enter");
    assert!(play.take().contains(&three(Control::Cancel)));
    play.keys("j r");
    assert!(play.take().contains(&Effect::Job(JobId(1), Control::Retry)));
    play.keys("c");
    assert!(play.take().contains(&Effect::Forget(JobId(1))));
    assert_eq!(play.model.queue.total(), 2);
}

#[test]
fn lanes_are_changed_while_a_job_works() {
    let mut play = play();
    play.keys("j > > <");
    let lanes = play.take();
    let lanes: Vec<_> = lanes.iter().filter(|it| matches!(it, Effect::Lanes(..))).collect();
    let three = |lanes| Effect::Lanes(JobId(3), lanes);
    assert_eq!(lanes, [&three(5), &three(6), &three(5)]);
    assert_eq!(status(&play), "1 job: 5 files side by side");
    play.keys("j >");
    assert_eq!(status(&play), "job 1: it has ended");
}

#[test]
fn a_job_that_waits_for_its_time_is_begun() {
    let mut play = play();
    let mut later = job_line(4);
    later.start_at = Some(jiff::Timestamp::UNIX_EPOCH);
    play.send(Msg::JobLines(Ok(vec![later])));
    play.keys("a");
    assert!(play.take().contains(&Effect::Start(JobId(4))));
}

#[test]
fn what_is_not_done_leaves_the_queue_only_after_a_question() {
    let mut play = play();
    play.keys("Ctrl-A c");
    let Some(Overlay::Ask(ask)) = play.model.overlays.last() else { panic!("no question") };
    assert_eq!(ask.about, Asking::ForgetJobs(vec![JobId(2), JobId(1)]));
    play.keys("Enter");
    assert!(!play.take().iter().any(|effect| matches!(effect, Effect::Forget(_))));
    play.keys("c t");
    let gone = play.take();
    assert!(gone.contains(&Effect::Forget(JobId(1))) && gone.contains(&Effect::Forget(JobId(2))));
    let part = "nas:/in/.a.fxpart stays there: 1.00 MiB of 2.00 MiB of /in/a";
    play.send(Msg::Forgotten(Ok(vec![part.to_owned()])));
    assert_eq!(status(&play), part);
    play.keys("C");
    assert_eq!(status(&play), "no job has ended");
}

#[test]
fn jobs_of_others_are_left_alone() {
    let mut play = play();
    let mut others = job_line(7);
    (others.ours, others.totals.failed) = (false, 1);
    play.send(Msg::JobLines(Ok(vec![others])));
    for (key, told) in [
        ("x", "another fxpane runs it"),
        ("H", "job 7: another fxpane runs it"),
        ("r", "job 7: another fxpane runs it"),
        ("c", "it is running; cancel it first"),
        ("+", "job 7: another fxpane runs it"),
    ] {
        play.keys(key);
        assert_eq!(status(&play), told, "{key}");
    }
    assert!(!play.take().iter().any(|effect| matches!(effect, Effect::Job(..))));
}

#[test]
fn jobs_that_nobody_runs_are_put_in_order_and_tried_again() {
    let mut play = play();
    let mut left = job_line(7);
    (left.ours, left.state, left.totals.failed) = (false, JobState::Interrupted, 2);
    play.send(Msg::JobLines(Ok(vec![left])));
    play.keys("+ T");
    let asked = play.take();
    assert!(asked.contains(&Effect::Job(JobId(7), Control::Up)));
    assert!(asked.contains(&Effect::Job(JobId(7), Control::Top)));
    play.keys("r");
    assert!(matches!(&play.take()[..], [Effect::Retake(job), ..] if job.job == JobId(7)));
}

#[test]
fn what_other_programs_do_is_seen_without_a_key() {
    let mut play = play();
    assert!(play.model.is_moving());
    play.wait(1_900);
    assert!(!play.take().contains(&Effect::JobLines));
    play.wait(200);
    assert!(play.take().contains(&Effect::JobLines));
    play.send(Msg::JobLines(Ok(vec![])));
    play.keys("3");
    play.model.status = None;
    assert!(!play.model.is_moving());
}

#[test]
fn enter_shows_the_files_of_a_job_and_esc_all() {
    let mut play = play();
    play.keys("j Enter");
    let query = RowQuery { job: Some(JobId(3)), ..RowQuery::default() };
    let asked = play.take();
    assert!(
        asked.iter().any(|effect| matches!(effect, Effect::Window { query: q, .. } if *q == query))
    );
    play.send(Msg::Window(query, Ok(window())));
    play.keys("E");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!("no prompt") };
    assert_eq!(prompt.input.text(), "job-3.json");
    play.keys("Enter");
    assert!(play.take().contains(&Effect::Export("job-3.json".into(), Some(JobId(3)))));
    play.keys("Esc");
    assert!(play.model.in_queue);
    assert_eq!(play.model.queue.query, RowFilter::All.into());
    play.keys("Esc");
    assert!(!play.model.in_queue);
}

#[test]
fn the_list_is_asked_for_again_when_something_happens_but_not_all_the_time() {
    let mut play = play();
    play.happen(EventKind::Queue(window().counts));
    assert!(!play.take().contains(&Effect::JobLines));
    assert!(play.model.is_moving());
    play.wait(600);
    assert!(play.take().contains(&Effect::JobLines));
}

//! Controlling whole jobs.

use crate::base::JobId;
use crate::engine::{Control, EventKind, RowFilter, RowQuery};
use crate::queue::store::JobStatus;
use crate::ui::fake::{Play, job_line, window};
use crate::ui::model::job_line::JobLine;
use crate::ui::model::msg::{Msg, UiEffect};
use crate::ui::model::overlay::{Overlay, QuestionKind};

/// A finished, an interrupted and a running job.
fn jobs() -> Vec<JobLine> {
    let mut interrupted = job_line(2);
    interrupted.state = JobStatus::Interrupted;
    let mut ended = job_line(1);
    ended.state = JobStatus::Ended;
    ended.totals = crate::queue::Totals { done: 3, failed: 1, ..Default::default() };
    vec![ended, interrupted, job_line(3)]
}

fn play() -> Play {
    let mut play = Play::new(80, 24);
    play.keys("F12 2");
    assert_eq!(play.take(), [UiEffect::JobLines]);
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
    // the interrupted job comes first: it is the older of the two open jobs
    play.keys("a");
    assert!(matches!(&play.take()[0], UiEffect::ResumeJob(job) if job.job == JobId(2)));
    play.keys("x");
    assert_eq!(status(&play), "not running; press c to remove it from the queue");
    play.keys("j a");
    assert_eq!(status(&play), "job 3: already running or finished");
    play.keys("+ K B O");
    let three = |control| UiEffect::Job(JobId(3), control);
    let effects = play.take();
    assert_eq!(
        effects.iter().filter(|effect| matches!(effect, UiEffect::Job(..))).collect::<Vec<_>>(),
        [&three(Control::Up), &three(Control::Up), &three(Control::Bottom), &three(Control::Hold)]
    );
    assert!(play.model.queue.jobs.lines[1].held);
    play.keys("O");
    assert!(play.take().contains(&three(Control::Release)));
    play.keys("D Left Enter");
    assert!(play.take().contains(&three(Control::Cancel)));
    play.keys("j r");
    assert!(play.take().contains(&UiEffect::Job(JobId(1), Control::Retry)));
    play.keys("c");
    assert!(play.take().contains(&UiEffect::RemoveJob(JobId(1))));
    assert_eq!(play.model.queue.total(), 2);
}

#[test]
fn lanes_can_be_changed_while_a_job_runs() {
    let mut play = play();
    play.keys("j > > <");
    let lanes = play.take();
    let lanes: Vec<_> = lanes.iter().filter(|it| matches!(it, UiEffect::Lanes(..))).collect();
    let three = |lanes| UiEffect::Lanes(JobId(3), lanes);
    assert_eq!(lanes, [&three(5), &three(6), &three(5)]);
    assert_eq!(status(&play), "1 job: 5 parallel files");
    play.keys("j >");
    assert_eq!(status(&play), "job 1: already finished");
}

#[test]
fn a_scheduled_job_can_be_started() {
    let mut play = play();
    let mut later = job_line(4);
    later.start_at = Some(jiff::Timestamp::UNIX_EPOCH);
    play.send(Msg::JobLines(Ok(vec![later])));
    play.keys("a");
    assert!(play.take().contains(&UiEffect::Start(JobId(4))));
}

#[test]
fn unfinished_jobs_are_removed_only_after_a_question() {
    let mut play = play();
    play.keys("Ctrl-A c");
    let Some(Overlay::Question(question)) = play.model.overlays.last() else {
        panic!("no question")
    };
    assert_eq!(question.about, QuestionKind::RemoveJobs(vec![JobId(2), JobId(1)]));
    play.keys("Enter");
    assert!(!play.take().iter().any(|effect| matches!(effect, UiEffect::RemoveJob(_))));
    play.keys("c r");
    let removed = play.take();
    assert!(
        removed.contains(&UiEffect::RemoveJob(JobId(1)))
            && removed.contains(&UiEffect::RemoveJob(JobId(2)))
    );
    let message = "nas:/in/.a.fxpart is kept: 1.00 MiB of 2.00 MiB of /in/a";
    play.send(Msg::JobRemoved(Ok(vec![message.to_owned()])));
    assert_eq!(status(&play), message);
    play.keys("C");
    assert_eq!(status(&play), "no finished jobs");
}

#[test]
fn jobs_of_other_processes_cannot_be_controlled() {
    let mut play = play();
    let mut foreign = job_line(7);
    (foreign.ours, foreign.totals.failed) = (false, 1);
    play.send(Msg::JobLines(Ok(vec![foreign])));
    for (key, message) in [
        ("x", "running in another fxpane process"),
        ("H", "job 7: running in another fxpane process"),
        ("r", "job 7: running in another fxpane process"),
        ("c", "job is running; cancel it first"),
        ("+", "job 7: running in another fxpane process"),
    ] {
        play.keys(key);
        assert_eq!(status(&play), message, "{key}");
    }
    assert!(!play.take().iter().any(|effect| matches!(effect, UiEffect::Job(..))));
}

#[test]
fn jobs_that_no_process_runs_can_be_prioritized_and_retried() {
    let mut play = play();
    let mut unowned = job_line(7);
    (unowned.ours, unowned.state, unowned.totals.failed) = (false, JobStatus::Interrupted, 2);
    play.send(Msg::JobLines(Ok(vec![unowned])));
    play.keys("+ T");
    let effects = play.take();
    assert!(effects.contains(&UiEffect::Job(JobId(7), Control::Up)));
    assert!(effects.contains(&UiEffect::Job(JobId(7), Control::Top)));
    play.keys("r");
    assert!(matches!(&play.take()[..], [UiEffect::RetryJob(job), ..] if job.job == JobId(7)));
}

#[test]
fn changes_by_other_processes_appear_without_a_key() {
    let mut play = play();
    assert!(play.model.is_moving());
    play.wait(1_900);
    assert!(!play.take().contains(&UiEffect::JobLines));
    play.wait(200);
    assert!(play.take().contains(&UiEffect::JobLines));
    play.send(Msg::JobLines(Ok(vec![])));
    play.keys("3");
    play.model.status = None;
    assert!(!play.model.is_moving());
}

#[test]
fn enter_shows_the_files_of_a_job_and_esc_shows_all() {
    let mut play = play();
    play.keys("j Enter");
    let query = RowQuery { job: Some(JobId(3)), ..RowQuery::default() };
    let effects = play.take();
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, UiEffect::Window { query: q, .. } if *q == query))
    );
    play.send(Msg::Window(query, Ok(window())));
    play.keys("E");
    let Some(Overlay::Prompt(prompt)) = play.model.overlays.last() else { panic!("no prompt") };
    assert_eq!(prompt.input.text(), "job-3.json");
    play.keys("Enter");
    assert!(play.take().contains(&UiEffect::Export("job-3.json".into(), Some(JobId(3)))));
    play.keys("Esc");
    assert!(play.model.in_queue);
    assert_eq!(play.model.queue.query, RowFilter::All.into());
    play.keys("Esc");
    assert!(!play.model.in_queue);
}

#[test]
fn the_list_is_refreshed_after_events_but_not_too_often() {
    let mut play = play();
    play.event(EventKind::Queue(window().counts));
    assert!(!play.take().contains(&UiEffect::JobLines));
    assert!(play.model.is_moving());
    play.wait(600);
    assert!(play.take().contains(&UiEffect::JobLines));
}

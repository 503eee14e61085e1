//! Controls whole jobs in the list of jobs.

use crate::base::text::counted;
use crate::base::{JobId, Word};
use crate::engine::{Control, Failure, Level};
use crate::queue::store::JobStatus;
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::job_line::JobLine;
use crate::ui::model::msg::{Interrupted, UiEffect};
use crate::ui::model::overlay::QuestionKind;
use crate::ui::update::{confirm, failure};

/// Shows a new list of jobs.
pub fn fetched(model: &mut Model, result: Result<Vec<JobLine>, Failure>) {
    model.queue.jobs.asked = false;
    match result {
        Ok(lines) => {
            let job = model.queue.job_under_cursor().map(|line| line.job);
            let now = model.now;
            let panel = &mut model.queue;
            panel.jobs.show(lines, now);
            if let Some(at) =
                panel.jobs.lines.iter().position(|line| Some(line.job) == job && model.in_queue)
            {
                panel.cursor = at as u64;
            }
            let height = model.queue_height();
            model.queue.keep_in_view(height);
        }
        Err(failure) => failure::notify(model, &failure),
    }
}

/// Applies an action to the selected jobs, or to the one under the cursor.
pub fn control(model: &mut Model, action: Action, out: &mut Vec<UiEffect>) {
    let list = &model.queue.jobs;
    let lines: Vec<JobLine> = if list.marks.is_empty() {
        model.queue.job_under_cursor().cloned().into_iter().collect()
    } else {
        list.lines.iter().filter(|line| list.marks.contains(&line.job)).cloned().collect()
    };
    if lines.is_empty() {
        model.notify(Level::Info, "no job under the cursor");
        return;
    }
    match action {
        Action::ItemCancel | Action::JobCancel => cancel(model, &lines),
        Action::ItemHold | Action::JobHold => hold(model, &lines, out),
        Action::ItemRetry => {
            each(model, &lines, out, "retrying failed files", |line| match line.totals {
                totals if totals.failed + totals.skipped + totals.cancelled == 0 => {
                    Err("no failed files")
                }
                _ if line.ours => Ok(UiEffect::Job(line.job, Control::Retry)),
                _ if line.state == JobStatus::Running => Err("running in another fxpane process"),
                _ => unowned(line).map(UiEffect::RetryJob),
            });
        }
        Action::ItemClear => clear(model, lines, out),
        Action::LanesMore => lanes(model, &lines, 1, out),
        Action::LanesFewer => lanes(model, &lines, -1, out),
        Action::JobRun => each(model, &lines, out, "started", |line| match line.state {
            _ if line.ours && line.start_at.is_some() && !line.is_ended() => {
                Ok(UiEffect::Start(line.job))
            }
            _ if !line.can_be_taken() => Err("already running or finished"),
            _ => unowned(line).map(UiEffect::ResumeJob),
        }),
        action => match order(action) {
            Some(control) => each(model, &lines, out, "moved", |line| match line.state {
                JobStatus::Ended => Err("already finished"),
                JobStatus::Running if !line.ours => Err("running in another fxpane process"),
                _ => Ok(UiEffect::Job(line.job, control)),
            }),
            None => model
                .notify(Level::Info, "only available for single files; press Enter to show them"),
        },
    }
}

/// A job that no process runs, ready to be resumed; the error says why it cannot be.
fn unowned(line: &JobLine) -> Result<Interrupted, &'static str> {
    let ends = line.ends.clone().ok_or("its site is no longer saved")?;
    Ok(Interrupted { job: line.job, kind: line.kind, ends: Some(ends), summary: String::new() })
}

/// The control that changes the priority of a job.
#[must_use]
pub fn order(action: Action) -> Option<Control> {
    Some(match action {
        Action::JobRaise | Action::ItemUp => Control::Up,
        Action::JobLower | Action::ItemDown => Control::Down,
        Action::ItemTop => Control::Top,
        Action::ItemBottom => Control::Bottom,
        _ => return None,
    })
}

/// Applies an effect to each job that allows it and reports the number of jobs; if no job allows
/// it, reports why.
fn each(
    model: &mut Model,
    lines: &[JobLine],
    out: &mut Vec<UiEffect>,
    done: &str,
    effect_of: impl Fn(&JobLine) -> Result<UiEffect, &'static str>,
) {
    let mut refused = None;
    let mut count = 0;
    for line in lines {
        match effect_of(line) {
            Ok(effect) => {
                out.push(effect);
                count += 1;
            }
            Err(why) => refused = refused.or(Some(format!("job {}: {why}", line.job))),
        }
    }
    model.queue.touch();
    match (count, refused) {
        (0, Some(why)) => model.notify(Level::Info, why),
        (count, _) => model.notify(Level::Info, format!("{}: {done}", counted(count, "job"))),
    }
    if count > 0 {
        model.queue.jobs.marks.clear();
    }
}

fn lanes(model: &mut Model, lines: &[JobLine], more: isize, out: &mut Vec<UiEffect>) {
    let text = match lines {
        [line] => counted(line.lanes_by(more) as u64, "parallel file"),
        _ if more > 0 => "one more parallel file".to_owned(),
        _ => "one fewer parallel file".to_owned(),
    };
    let allowed = |line: &JobLine| line.state != JobStatus::Running || line.ours;
    each(model, lines, out, &text, |line| match line.state {
        JobStatus::Ended => Err("already finished"),
        _ if !allowed(line) => Err("running in another fxpane process"),
        _ => Ok(UiEffect::Lanes(line.job, line.lanes_by(more))),
    });
    // update the list at once, so that another key press counts from the new value
    for line in model.queue.jobs.lines.iter_mut().filter(|line| !line.is_ended()) {
        if allowed(line) && lines.iter().any(|other| other.job == line.job) {
            line.lanes = Some(line.lanes_by(more));
        }
    }
}

fn hold(model: &mut Model, lines: &[JobLine], out: &mut Vec<UiEffect>) {
    // hold all jobs if any of them is not held
    let held = lines.iter().any(|line| !line.held && !line.is_ended());
    let (control, word) =
        if held { (Control::Hold, "held") } else { (Control::Release, "released") };
    each(model, lines, out, word, |line| match line.state {
        JobStatus::Ended => Err("already finished"),
        JobStatus::Running if !line.ours => Err("running in another fxpane process"),
        _ => Ok(UiEffect::Job(line.job, control)),
    });
    for line in model.queue.jobs.lines.iter_mut().filter(|line| !line.is_ended()) {
        if lines.iter().any(|other| other.job == line.job) {
            line.held = held;
        }
    }
}

fn cancel(model: &mut Model, lines: &[JobLine]) {
    let running: Vec<JobId> = lines
        .iter()
        .filter(|line| line.state == JobStatus::Running && line.ours)
        .map(|line| line.job)
        .collect();
    if running.is_empty() {
        let why = match lines.first().map(|line| line.state) {
            Some(JobStatus::Running) => "running in another fxpane process",
            Some(JobStatus::Ended) => "already finished",
            _ => "not running; press c to remove it from the queue",
        };
        return model.notify(Level::Info, why);
    }
    let body = lines.iter().filter(|line| running.contains(&line.job)).map(title).collect();
    let title = if running.len() == 1 { "Cancel the whole job?" } else { "Cancel these jobs?" };
    confirm::ask_cancel(model, title, body, QuestionKind::CancelJobs(running));
}

fn clear(model: &mut Model, lines: Vec<JobLine>, out: &mut Vec<UiEffect>) {
    let (free, running): (Vec<JobLine>, Vec<JobLine>) =
        lines.into_iter().partition(|line| line.state != JobStatus::Running);
    if free.is_empty() {
        let count = running.len();
        let why = if count == 1 {
            "job is running; cancel it first"
        } else {
            "jobs are running; cancel them first"
        };
        return model.notify(Level::Info, why);
    }
    let open: Vec<&JobLine> = free.iter().filter(|line| !line.is_ended()).collect();
    if open.is_empty() {
        return remove(model, free.iter().map(|line| line.job).collect(), out);
    }
    let mut body: Vec<String> = open.iter().map(|line| title(line)).collect();
    body.push(String::new());
    body.push("Remaining files will not be transferred; transferred files are kept.".to_owned());
    let all = free.iter().map(|line| line.job).collect();
    let choices = ["Remove", "Keep"];
    confirm::ask_danger(
        model,
        "Remove from the queue?",
        body,
        choices,
        QuestionKind::RemoveJobs(all),
    );
}

/// Removes jobs from the queue.
pub fn remove(model: &mut Model, jobs: Vec<JobId>, out: &mut Vec<UiEffect>) {
    let count = counted(jobs.len() as u64, "job");
    model
        .notify(Level::Info, format!("{count} removed from the queue; transferred files are kept"));
    model.queue.jobs.marks.clear();
    model.queue.jobs.lines.retain(|line| !jobs.contains(&line.job));
    if model.queue.query.job.is_some_and(|job| jobs.contains(&job)) {
        model.queue.set_query(Default::default());
    }
    out.extend(jobs.into_iter().map(UiEffect::RemoveJob));
    model.queue.touch();
}

/// Reports partial files that a removed job left at its target.
pub fn removed(model: &mut Model, result: Result<Vec<String>, Failure>) {
    match result {
        // only the last message stays visible, all are in the log
        Ok(kept) => kept.into_iter().for_each(|message| model.notify(Level::Info, message)),
        Err(failure) => failure::notify(model, &failure),
    }
}

/// Removes all finished jobs.
pub fn remove_ended(model: &mut Model, out: &mut Vec<UiEffect>) {
    let ended = model.queue.jobs.lines.iter().filter(|line| line.is_ended());
    let ended: Vec<JobId> = ended.map(|line| line.job).collect();
    match ended.is_empty() {
        true => model.notify(Level::Info, "no finished jobs"),
        false => remove(model, ended, out),
    }
}

/// A job as a line of a dialog.
#[must_use]
pub fn title(line: &JobLine) -> String {
    let to = if line.to.is_empty() { String::new() } else { format!(" to {}", line.to) };
    format!("{} {}{to}", line.kind.word(), line.from)
}

#[cfg(test)]
#[path = "jobs_tests.rs"]
mod tests;

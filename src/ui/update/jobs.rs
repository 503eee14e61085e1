//! What can be done with whole jobs.

use crate::base::text::counted;
use crate::base::{JobId, Word};
use crate::engine::{Control, Failure, Level};
use crate::queue::store::JobState;
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::jobs::JobLine;
use crate::ui::model::msg::{Effect, Interrupted};
use crate::ui::model::overlay::Asking;
use crate::ui::update::{failure, grave};

/// The list of jobs has arrived.
pub fn known(model: &mut Model, result: Result<Vec<JobLine>, Failure>) {
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
        Err(failure) => failure::say(model, &failure),
    }
}

/// Does something with the selected jobs, or with the one under the cursor.
pub fn control(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    let list = &model.queue.jobs;
    let lines: Vec<JobLine> = if list.marks.is_empty() {
        model.queue.job_under_cursor().cloned().into_iter().collect()
    } else {
        list.lines.iter().filter(|line| list.marks.contains(&line.job)).cloned().collect()
    };
    if lines.is_empty() {
        model.say(Level::Info, "there is no job under the cursor");
        return;
    }
    match action {
        Action::ItemCancel | Action::JobCancel => cancel(model, &lines),
        Action::ItemHold | Action::JobHold => hold(model, &lines, out),
        Action::ItemRetry => each(model, &lines, out, "tried again", |line| match line.totals {
            totals if totals.failed + totals.skipped + totals.cancelled == 0 => {
                Err("nothing of it failed")
            }
            _ if line.ours => Ok(Effect::Job(line.job, Control::Retry)),
            _ if line.state == JobState::Running => Err("another fxpane runs it"),
            _ => left(line).map(Effect::Retake),
        }),
        Action::ItemClear => clear(model, lines, out),
        Action::LanesMore => lanes(model, &lines, 1, out),
        Action::LanesFewer => lanes(model, &lines, -1, out),
        Action::JobRun => each(model, &lines, out, "taken up", |line| match line.state {
            _ if line.ours && line.start_at.is_some() && !line.is_ended() => {
                Ok(Effect::Start(line.job))
            }
            _ if !line.can_be_taken() => Err("it is run already, or has ended"),
            _ => left(line).map(Effect::Adopt),
        }),
        action => match order(action) {
            Some(control) => each(model, &lines, out, "moved", |line| match line.state {
                JobState::Ended => Err("it has ended"),
                JobState::Running if !line.ours => Err("another fxpane runs it"),
                _ => Ok(Effect::Job(line.job, control)),
            }),
            None => model.say(Level::Info, "that is for single files: Enter shows them"),
        },
    }
}

/// A job that nobody runs, as it is taken up; why it cannot be.
fn left(line: &JobLine) -> Result<Interrupted, &'static str> {
    let ends = line.ends.clone().ok_or("its site is not saved any more")?;
    Ok(Interrupted { job: line.job, kind: line.kind, ends: Some(ends), words: String::new() })
}

/// Where a job goes among the others.
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

/// Does the same with each job that allows it, and says of how many; why not, when none does.
fn each(
    model: &mut Model,
    lines: &[JobLine],
    out: &mut Vec<Effect>,
    done: &str,
    what: impl Fn(&JobLine) -> Result<Effect, &'static str>,
) {
    let mut refused = None;
    let mut count = 0;
    for line in lines {
        match what(line) {
            Ok(effect) => {
                out.push(effect);
                count += 1;
            }
            Err(why) => refused = refused.or(Some(format!("job {}: {why}", line.job))),
        }
    }
    model.queue.touch();
    match (count, refused) {
        (0, Some(why)) => model.say(Level::Info, why),
        (count, _) => model.say(Level::Info, format!("{}: {done}", counted(count, "job"))),
    }
    if count > 0 {
        model.queue.jobs.marks.clear();
    }
}

fn lanes(model: &mut Model, lines: &[JobLine], more: isize, out: &mut Vec<Effect>) {
    let word = match lines {
        [line] => counted(line.lanes_by(more) as u64, "file") + " side by side",
        _ if more > 0 => "one file more side by side".to_owned(),
        _ => "one file less side by side".to_owned(),
    };
    let allowed = |line: &JobLine| line.state != JobState::Running || line.ours;
    each(model, lines, out, &word, |line| match line.state {
        JobState::Ended => Err("it has ended"),
        _ if !allowed(line) => Err("another fxpane runs it"),
        _ => Ok(Effect::Lanes(line.job, line.lanes_by(more))),
    });
    // the next list confirms it; until then another press counts from here
    for line in model.queue.jobs.lines.iter_mut().filter(|line| !line.is_ended()) {
        if allowed(line) && lines.iter().any(|other| other.job == line.job) {
            line.lanes = Some(line.lanes_by(more));
        }
    }
}

fn hold(model: &mut Model, lines: &[JobLine], out: &mut Vec<Effect>) {
    // all the same way: held if any of them goes on
    let held = lines.iter().any(|line| !line.held && !line.is_ended());
    let (control, word) =
        if held { (Control::Hold, "held back") } else { (Control::Release, "let go") };
    each(model, lines, out, word, |line| match line.state {
        JobState::Ended => Err("it has ended"),
        JobState::Running if !line.ours => Err("another fxpane runs it"),
        _ => Ok(Effect::Job(line.job, control)),
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
        .filter(|line| line.state == JobState::Running && line.ours)
        .map(|line| line.job)
        .collect();
    if running.is_empty() {
        let why = match lines.first().map(|line| line.state) {
            Some(JobState::Running) => "another fxpane runs it",
            Some(JobState::Ended) => "it has ended",
            _ => "nobody runs it; c takes it out of the queue",
        };
        return model.say(Level::Info, why);
    }
    let body = lines.iter().filter(|line| running.contains(&line.job)).map(title).collect();
    let title =
        if running.len() == 1 { "Cancel the whole job?" } else { "Cancel these whole jobs?" };
    grave::ask_cancel(model, title, body, Asking::CancelJobs(running));
}

fn clear(model: &mut Model, lines: Vec<JobLine>, out: &mut Vec<Effect>) {
    let (free, running): (Vec<JobLine>, Vec<JobLine>) =
        lines.into_iter().partition(|line| line.state != JobState::Running);
    if free.is_empty() {
        let count = running.len();
        let why = if count == 1 { "it is running; cancel it first" } else { "they are running" };
        return model.say(Level::Info, why);
    }
    let open: Vec<&JobLine> = free.iter().filter(|line| !line.is_ended()).collect();
    if open.is_empty() {
        return forget(model, free.iter().map(|line| line.job).collect(), out);
    }
    let mut body: Vec<String> = open.iter().map(|line| title(line)).collect();
    body.push(String::new());
    body.push("What is left of it is not copied then; what arrived stays.".to_owned());
    let all = free.iter().map(|line| line.job).collect();
    let choices = ["Take out", "Keep"];
    grave::ask_grave(model, "Take it out of the queue?", body, choices, Asking::ForgetJobs(all));
}

/// Takes jobs out of the queue.
pub fn forget(model: &mut Model, jobs: Vec<JobId>, out: &mut Vec<Effect>) {
    let count = counted(jobs.len() as u64, "job");
    model.say(Level::Info, format!("{count} taken out of the queue; what arrived stays"));
    model.queue.jobs.marks.clear();
    model.queue.jobs.lines.retain(|line| !jobs.contains(&line.job));
    if model.queue.query.job.is_some_and(|job| jobs.contains(&job)) {
        model.queue.ask_for(Default::default());
    }
    out.extend(jobs.into_iter().map(Effect::Forget));
    model.queue.touch();
}

/// A job is out of the queue.
pub fn forgotten(model: &mut Model, result: Result<Vec<String>, Failure>) {
    match result {
        // the last one is seen, all stand in the log
        Ok(kept) => kept.into_iter().for_each(|part| model.say(Level::Info, part)),
        Err(failure) => failure::say(model, &failure),
    }
}

/// Takes all jobs out that have ended.
pub fn forget_ended(model: &mut Model, out: &mut Vec<Effect>) {
    let ended = model.queue.jobs.lines.iter().filter(|line| line.is_ended());
    let ended: Vec<JobId> = ended.map(|line| line.job).collect();
    match ended.is_empty() {
        true => model.say(Level::Info, "no job has ended"),
        false => forget(model, ended, out),
    }
}

/// A job in a line of a dialog.
#[must_use]
pub fn title(line: &JobLine) -> String {
    let to = if line.to.is_empty() { String::new() } else { format!(" to {}", line.to) };
    format!("{} {}{to}", line.kind.word(), line.from)
}

#[cfg(test)]
#[path = "jobs_tests.rs"]
mod tests;

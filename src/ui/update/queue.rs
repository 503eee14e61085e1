//! The queue panel: its tabs, and what can be done with its rows.

use crate::base::JobId;
use crate::base::size::bytes;
use crate::base::text::counted;
use crate::engine::{Control, Failure, Level, Row, RowFilter, RowQuery, Tally};
use crate::queue::{ItemState, JobKind};
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::msg::Effect;
use crate::ui::model::overlay::Asking;
use crate::ui::model::queue::Tab;
use crate::ui::update::{failure, grave, jobs};

/// Shows a tab.
pub fn show(model: &mut Model, tab: Tab) {
    if model.queue.tab != tab {
        model.queue.tab = tab;
        model.queue.all = false;
        // what has happened meanwhile in other processes nobody told
        model.queue.jobs.fetched = None;
        model.queue.to_top();
    }
}

/// To the next or previous tab.
pub fn turn(model: &mut Model, by: isize) {
    let at = Tab::ALL.iter().position(|tab| *tab == model.queue.tab).unwrap_or(0);
    let to = (at as isize + by).rem_euclid(Tab::ALL.len() as isize) as usize;
    show(model, Tab::ALL[to]);
}

/// Begins nothing new, or goes on.
pub fn pause(model: &mut Model, out: &mut Vec<Effect>) {
    let paused = !model.queue.counts.paused;
    // the engine's next word confirms it
    model.queue.counts.paused = paused;
    let message = if paused {
        "the queue is paused: what runs goes on, nothing new begins"
    } else {
        "the queue goes on"
    };
    model.say(Level::Info, message);
    out.push(Effect::Pause(paused));
}

/// A job was queued, or refused.
pub fn submitted(model: &mut Model, result: Result<JobId, Failure>) {
    match result {
        Ok(_) => {
            model.queue.touch();
            if !model.in_queue {
                model.queue.to_top();
            }
        }
        Err(failure) => failure::say(model, &failure),
    }
}

/// A job has come to its end.
pub fn ended(model: &mut Model, kind: JobKind, tally: &Tally) {
    let verb = match kind {
        JobKind::Copy => "copied",
        JobKind::Move => "moved",
        JobKind::Delete => "deleted",
        JobKind::Mirror => "mirrored",
    };
    let mut done = Vec::new();
    if tally.files > 0 {
        done.push(counted(tally.files, "file"));
    }
    match tally.dirs {
        // directories on the way are not what the user looks for
        0 => {}
        dirs if tally.files == 0 || kind == JobKind::Delete => {
            done.push(if dirs == 1 { "1 directory".into() } else { format!("{dirs} directories") });
        }
        _ => {}
    }
    if tally.bytes > 0 && kind != JobKind::Delete {
        done.push(bytes(tally.bytes));
    }
    let mut text = match done.is_empty() {
        true => format!("{verb} nothing"),
        false => format!("{verb} {}", done.join(", ")),
    };
    if tally.skipped > 0 {
        text.push_str(&format!("; {} skipped", tally.skipped));
    }
    if tally.cancelled > 0 {
        text.push_str(&format!("; {} cancelled", tally.cancelled));
    }
    if tally.failed > 0 {
        text.push_str(&format!("; {} failed, see the tab Failed", tally.failed));
    }
    let level = if tally.failed > 0 { Level::Warning } else { Level::Info };
    model.say(level, text);
}

/// Does something with the row under the cursor, or with all rows.
pub fn control(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    let of = |filter| RowQuery { filter, ..RowQuery::default() };
    match action {
        Action::ClearEnded if model.queue.tab == Tab::Jobs => jobs::forget_ended(model, out),
        Action::ClearEnded => {
            model.say(Level::Info, "taking what has ended out of the list");
            out.push(Effect::All(of(RowFilter::Ended), Control::Clear));
        }
        Action::RetryFailed => {
            model.say(Level::Info, "trying again what failed");
            out.push(Effect::All(of(RowFilter::Failed), Control::Retry));
        }
        Action::CancelAll => cancel_all(model),
        action if model.queue.tab == Tab::Jobs => jobs::control(model, action, out),
        action => of_row(model, action, out),
    }
}

/// The job that the line under the cursor is or belongs to.
#[must_use]
pub fn job_of_line(model: &Model) -> Option<JobId> {
    let row = model.queue.under_cursor().map(|row| row.job);
    row.or_else(|| model.queue.job_under_cursor().map(|line| line.job))
}

/// Selects or unselects the line under the cursor and goes on to the next.
pub fn select(model: &mut Model) {
    let height = model.queue_height();
    let panel = &mut model.queue;
    if panel.all {
        // all but one cannot be said: the selection begins anew
        panel.select_none();
    }
    if let Some(job) = panel.job_under_cursor().map(|line| line.job) {
        if !panel.jobs.marks.remove(&job) {
            panel.jobs.marks.insert(job);
        }
    } else if let Some(item) = panel.under_cursor().map(|row| row.item) {
        if !panel.marks.remove(&item) {
            panel.marks.insert(item);
        }
    } else {
        return;
    }
    panel.cursor = (panel.cursor + 1).min(panel.total().saturating_sub(1));
    panel.keep_in_view(height);
}

fn of_row(model: &mut Model, action: Action, out: &mut Vec<Effect>) {
    if model.queue.tab == Tab::Log {
        model.say(Level::Info, "lines of the log can only be read");
        return;
    }
    let Some(row) = model.queue.under_cursor().cloned() else {
        model.say(Level::Info, "there is no line under the cursor");
        return;
    };
    if action == Action::JobCancel {
        let body = vec![format!("All of the job that {} belongs to.", row.name)];
        grave::ask_cancel(model, "Cancel the whole job?", body, Asking::CancelJobs(vec![row.job]));
        return;
    }
    if matches!(action, Action::JobRun | Action::LanesMore | Action::LanesFewer) {
        model.say(Level::Info, "choose the job in the tab Jobs for that");
        return;
    }
    if let (Action::JobRaise | Action::JobLower, Some(control)) = (action, jobs::order(action)) {
        let word = if control == Control::Up { "comes earlier" } else { "comes later" };
        model.say(Level::Info, format!("the whole job of {} {word}", row.name));
        out.push(Effect::Job(row.job, control));
        model.queue.touch();
        return;
    }
    if action == Action::JobHold {
        let held = !row.job_held;
        let control = if held { Control::Hold } else { Control::Release };
        // the next window confirms it
        for other in model.queue.window.rows.iter_mut().filter(|other| other.job == row.job) {
            other.job_held = held && !other.state.is_ended();
        }
        let word = if held { "is held back" } else { "may begin" };
        model.say(Level::Info, format!("what waits in the job of {} {word}", row.name));
        out.push(Effect::Job(row.job, control));
        model.queue.touch();
        return;
    }
    if let (true, Some(query)) = (model.queue.all, model.queue.wants()) {
        return of_all(model, action, &row, query, out);
    }
    let marks = model.queue.marks.len() as u64;
    match item_control(action, &row) {
        // what means nothing for one of several rows leaves that one as it is
        result if marks > 0 => {
            let control = result.unwrap_or_else(|_| of_several(action));
            let items = model.queue.targets();
            model.queue.marks.clear();
            model.queue.touch();
            model.say(Level::Info, format!("{}: {}", counted(marks, "line"), word(control)));
            out.push(Effect::Items(items, control));
        }
        Ok(control) => {
            out.push(Effect::Items(vec![row.item], control));
            model.queue.touch();
        }
        Err(why) => model.say(Level::Info, format!("{}: {why}", row.name)),
    }
}

/// Does something with all rows that are shown, seen or not.
fn of_all(model: &mut Model, action: Action, row: &Row, query: RowQuery, out: &mut Vec<Effect>) {
    let control = item_control(action, row).unwrap_or_else(|_| of_several(action));
    let count = model.queue.total();
    if control == Control::Cancel {
        let body = vec![format!("All {} that the list shows.", counted(count, "line"))];
        return grave::ask_cancel(model, "Cancel them all?", body, Asking::CancelAll(query));
    }
    model.queue.select_none();
    model.queue.touch();
    model.say(Level::Info, format!("{}: {}", counted(count, "line"), word(control)));
    out.push(Effect::All(query, control));
}

/// What an action means for several rows, whatever the one under the cursor is.
fn of_several(action: Action) -> Control {
    match action {
        Action::ItemCancel => Control::Cancel,
        Action::ItemHold => Control::Hold,
        Action::ItemRetry => Control::Retry,
        Action::ItemUp => Control::Up,
        Action::ItemDown => Control::Down,
        Action::ItemTop => Control::Top,
        Action::ItemBottom => Control::Bottom,
        _ => Control::Clear,
    }
}

fn word(control: Control) -> &'static str {
    match control {
        Control::Cancel => "cancelled",
        Control::Hold => "held back",
        Control::Release => "let go",
        Control::Retry => "tried again",
        Control::Clear => "taken out of the list",
        Control::Up | Control::Down | Control::Top | Control::Bottom => "moved",
    }
}

/// What an action means for a row, or why it means nothing.
fn item_control(action: Action, row: &Row) -> Result<Control, &'static str> {
    let ended = row.state.is_ended();
    Ok(match action {
        Action::ItemCancel if ended => return Err("has ended already"),
        Action::ItemCancel => Control::Cancel,
        Action::ItemHold if row.state == ItemState::Held => Control::Release,
        Action::ItemHold if row.state == ItemState::Waiting => Control::Hold,
        Action::ItemHold => return Err("only what waits can be held back"),
        Action::ItemRetry if ended && row.state != ItemState::Done => Control::Retry,
        Action::ItemRetry => {
            return Err("only what failed, was skipped or cancelled can be tried again");
        }
        Action::ItemClear if ended => Control::Clear,
        Action::ItemClear => return Err("has not ended; cancel it first"),
        Action::ItemUp | Action::ItemDown | Action::ItemTop | Action::ItemBottom
            if !matches!(row.state, ItemState::Waiting | ItemState::Held) =>
        {
            return Err("only what waits has a place in the order");
        }
        Action::ItemUp => Control::Up,
        Action::ItemDown => Control::Down,
        Action::ItemTop => Control::Top,
        Action::ItemBottom => Control::Bottom,
        _ => return Err("nothing to do"),
    })
}

fn cancel_all(model: &mut Model) {
    let counts = model.queue.counts;
    if counts.running + counts.waiting == 0 {
        model.say(Level::Info, "nothing waits or runs");
        return;
    }
    let body = vec![format!("{} running, {} waiting.", counts.running, counts.waiting)];
    grave::ask_cancel(model, "Cancel everything?", body, Asking::CancelAll(RowFilter::Open.into()));
}

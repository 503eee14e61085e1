//! The queue panel: switching tabs and controlling rows.

use crate::base::JobId;
use crate::base::size::bytes;
use crate::base::text::counted;
use crate::engine::{Control, Failure, Level, Row, RowFilter, RowQuery, Tally};
use crate::queue::{ItemState, JobKind};
use crate::ui::action::Action;
use crate::ui::model::Model;
use crate::ui::model::msg::UiEffect;
use crate::ui::model::overlay::QuestionKind;
use crate::ui::model::queue::Tab;
use crate::ui::update::{confirm, failure, jobs};

/// Shows a tab.
pub fn show(model: &mut Model, tab: Tab) {
    if model.queue.tab != tab {
        model.queue.tab = tab;
        model.queue.all = false;
        // other processes may have changed jobs in the meantime
        model.queue.jobs.fetched = None;
        model.queue.to_top();
    }
}

/// Goes to the next or previous tab.
pub fn next_tab(model: &mut Model, by: isize) {
    let at = Tab::ALL.iter().position(|tab| *tab == model.queue.tab).unwrap_or(0);
    let to = (at as isize + by).rem_euclid(Tab::ALL.len() as isize) as usize;
    show(model, Tab::ALL[to]);
}

/// Pauses or resumes the queue.
pub fn pause(model: &mut Model, out: &mut Vec<UiEffect>) {
    let paused = !model.queue.counts.paused;
    // set at once; the next event of the engine confirms it
    model.queue.counts.paused = paused;
    let message = if paused {
        "queue paused: running transfers continue, no new ones start"
    } else {
        "queue resumed"
    };
    model.notify(Level::Info, message);
    out.push(UiEffect::Pause(paused));
}

/// Handles the answer to a submitted job.
pub fn submitted(model: &mut Model, result: Result<JobId, Failure>) {
    match result {
        Ok(_) => {
            model.queue.touch();
            if !model.in_queue {
                model.queue.to_top();
            }
        }
        Err(failure) => failure::notify(model, &failure),
    }
}

/// Reports the result of a finished job.
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
        // directories are not reported next to files
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
        text.push_str(&format!("; {} failed, see the Failed tab", tally.failed));
    }
    let level = if tally.failed > 0 { Level::Warning } else { Level::Info };
    model.notify(level, text);
}

/// Applies an action to the row under the cursor, the selected rows, or all rows.
pub fn control(model: &mut Model, action: Action, out: &mut Vec<UiEffect>) {
    let query = |filter| RowQuery { filter, ..RowQuery::default() };
    match action {
        Action::ClearEnded if model.queue.tab == Tab::Jobs => jobs::remove_ended(model, out),
        Action::ClearEnded => {
            model.notify(Level::Info, "removing finished files from the list");
            out.push(UiEffect::All(query(RowFilter::Ended), Control::Clear));
        }
        Action::RetryFailed => {
            model.notify(Level::Info, "retrying failed files");
            out.push(UiEffect::All(query(RowFilter::Failed), Control::Retry));
        }
        Action::CancelAll => cancel_all(model),
        action if model.queue.tab == Tab::Jobs => jobs::control(model, action, out),
        action => of_row(model, action, out),
    }
}

/// The job of the line under the cursor.
#[must_use]
pub fn job_of_line(model: &Model) -> Option<JobId> {
    let row = model.queue.under_cursor().map(|row| row.job);
    row.or_else(|| model.queue.job_under_cursor().map(|line| line.job))
}

/// Selects or unselects the line under the cursor and moves to the next one.
pub fn select(model: &mut Model) {
    let height = model.queue_height();
    let panel = &mut model.queue;
    if panel.all {
        // "all but one" cannot be represented: start a new selection
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

fn of_row(model: &mut Model, action: Action, out: &mut Vec<UiEffect>) {
    if model.queue.tab == Tab::Log {
        model.notify(Level::Info, "log lines cannot be changed");
        return;
    }
    let Some(row) = model.queue.under_cursor().cloned() else {
        model.notify(Level::Info, "no line under the cursor");
        return;
    };
    if action == Action::JobCancel {
        let body = vec![format!("The job of {}, with all its files.", row.name)];
        confirm::ask_cancel(
            model,
            "Cancel the whole job?",
            body,
            QuestionKind::CancelJobs(vec![row.job]),
        );
        return;
    }
    if matches!(action, Action::JobRun | Action::LanesMore | Action::LanesFewer) {
        model.notify(Level::Info, "select the job in the Jobs tab");
        return;
    }
    if let (Action::JobRaise | Action::JobLower, Some(control)) = (action, jobs::order(action)) {
        let verb = if control == Control::Up { "raised" } else { "lowered" };
        model.notify(Level::Info, format!("{verb} the priority of the job of {}", row.name));
        out.push(UiEffect::Job(row.job, control));
        model.queue.touch();
        return;
    }
    if action == Action::JobHold {
        let held = !row.job_held;
        let control = if held { Control::Hold } else { Control::Release };
        // set at once; the next window confirms it
        for other in model.queue.window.rows.iter_mut().filter(|other| other.job == row.job) {
            other.job_held = held && !other.state.is_ended();
        }
        let verb = if held { "held" } else { "released" };
        model.notify(Level::Info, format!("{verb} the job of {}", row.name));
        out.push(UiEffect::Job(row.job, control));
        model.queue.touch();
        return;
    }
    if let (true, Some(query)) = (model.queue.all, model.queue.current_query()) {
        return of_all(model, action, &row, query, out);
    }
    let marks = model.queue.marks.len() as u64;
    match item_control(action, &row) {
        // rows to which the action does not apply are left unchanged
        result if marks > 0 => {
            let control = result.unwrap_or_else(|_| control_of(action));
            let items = model.queue.targets();
            model.queue.marks.clear();
            model.queue.touch();
            model.notify(Level::Info, format!("{}: {}", counted(marks, "line"), word(control)));
            out.push(UiEffect::Items(items, control));
        }
        Ok(control) => {
            out.push(UiEffect::Items(vec![row.item], control));
            model.queue.touch();
        }
        Err(why) => model.notify(Level::Info, format!("{}: {why}", row.name)),
    }
}

/// Applies an action to all rows that match the filter.
fn of_all(model: &mut Model, action: Action, row: &Row, query: RowQuery, out: &mut Vec<UiEffect>) {
    let control = item_control(action, row).unwrap_or_else(|_| control_of(action));
    let count = model.queue.total();
    if control == Control::Cancel {
        let body = vec![format!("All {} in the list.", counted(count, "line"))];
        return confirm::ask_cancel(
            model,
            "Cancel all lines?",
            body,
            QuestionKind::CancelAll(query),
        );
    }
    model.queue.select_none();
    model.queue.touch();
    model.notify(Level::Info, format!("{}: {}", counted(count, "line"), word(control)));
    out.push(UiEffect::All(query, control));
}

/// The control of an action for several rows, independent of the one under the cursor.
fn control_of(action: Action) -> Control {
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
        Control::Hold => "held",
        Control::Release => "released",
        Control::Retry => "retried",
        Control::Clear => "removed from the list",
        Control::Up | Control::Down | Control::Top | Control::Bottom => "moved",
    }
}

/// The control of an action for a row, or why it does not apply.
fn item_control(action: Action, row: &Row) -> Result<Control, &'static str> {
    let ended = row.state.is_ended();
    Ok(match action {
        Action::ItemCancel if ended => return Err("already finished"),
        Action::ItemCancel => Control::Cancel,
        Action::ItemHold if row.state == ItemState::Held => Control::Release,
        Action::ItemHold if row.state == ItemState::Waiting => Control::Hold,
        Action::ItemHold => return Err("only waiting files can be held"),
        Action::ItemRetry if ended && row.state != ItemState::Done => Control::Retry,
        Action::ItemRetry => {
            return Err("only failed, skipped or cancelled files can be retried");
        }
        Action::ItemClear if ended => Control::Clear,
        Action::ItemClear => return Err("not finished; cancel it first"),
        Action::ItemUp | Action::ItemDown | Action::ItemTop | Action::ItemBottom
            if !matches!(row.state, ItemState::Waiting | ItemState::Held) =>
        {
            return Err("only waiting files can be moved");
        }
        Action::ItemUp => Control::Up,
        Action::ItemDown => Control::Down,
        Action::ItemTop => Control::Top,
        Action::ItemBottom => Control::Bottom,
        _ => return Err("not available"),
    })
}

fn cancel_all(model: &mut Model) {
    let counts = model.queue.counts;
    if counts.running + counts.waiting == 0 {
        model.notify(Level::Info, "no waiting or running files");
        return;
    }
    let body = vec![format!("{} running, {} waiting.", counts.running, counts.waiting)];
    confirm::ask_cancel(
        model,
        "Cancel everything?",
        body,
        QuestionKind::CancelAll(RowFilter::Open.into()),
    );
}

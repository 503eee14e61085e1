//! Which rows of the queue are shown: by state, by name, of one job; and selecting them.

use crate::base::JobId;
use crate::engine::{Level, RowQuery};
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::Side;
use crate::ui::model::overlay::{Ask, Asking, Overlay, Seek, Seeking, Weight};
use crate::ui::model::queue::{STATES, Tab};
use crate::ui::update::{info, queue};

/// Asks which states are shown.
pub fn ask(model: &mut Model) {
    let now = model.queue.query.filter;
    let cursor = STATES.iter().position(|(filter, _)| *filter == now).unwrap_or(0);
    model.overlays.push(Overlay::Ask(Box::new(Ask {
        title: "Show which lines?".to_owned(),
        body: vec!["What failed has a tab of its own.".to_owned()],
        weight: Weight::Plain,
        choices: STATES.map(|(_, word)| word.to_owned()).to_vec(),
        cursor,
        // closing it changes nothing
        safe: usize::MAX,
        about: Asking::Rows,
        raised: None,
    })));
}

/// The states are chosen.
pub fn chosen(model: &mut Model, choice: usize) {
    let Some((filter, _)) = STATES.get(choice) else { return };
    queue::show(model, Tab::Queue);
    let query = RowQuery { filter: *filter, ..model.queue.query.clone() };
    model.queue.ask_for(query);
}

/// Opens the line for a text that all rows have.
pub fn seek(model: &mut Model) {
    if matches!(model.queue.tab, Tab::Jobs | Tab::Log) {
        queue::show(model, Tab::Queue);
    }
    let text = model.queue.query.text.clone();
    model.overlays.push(Overlay::Seek(Seek {
        kind: Seeking::Rows,
        side: Side::Left,
        input: Input::new(text.clone()),
        cursor: 0,
        filter: text,
        lost: false,
    }));
}

/// Shows rows that have this text.
pub fn by_text(model: &mut Model, text: String) {
    let query = RowQuery { text, ..model.queue.query.clone() };
    model.queue.ask_for(query);
}

/// Shows the rows of one job.
pub fn of_job(model: &mut Model, job: JobId) {
    queue::show(model, Tab::Queue);
    model.queue.ask_for(RowQuery { job: Some(job), ..RowQuery::default() });
}

/// The rows of a job, or all that is known of a row.
pub fn open(model: &mut Model) {
    match model.queue.job_under_cursor().map(|line| line.job) {
        Some(job) => of_job(model, job),
        None => info::row(model),
    }
}

/// Shows the rows of the job under the cursor, or those of all jobs again.
pub fn toggle_job(model: &mut Model) {
    if model.queue.query.job.is_some() && model.queue.tab != Tab::Jobs {
        let query = RowQuery { job: None, ..model.queue.query.clone() };
        return model.queue.ask_for(query);
    }
    match queue::job_of_line(model) {
        Some(job) => of_job(model, job),
        None => model.say(Level::Info, "there is no job under the cursor"),
    }
}

/// Shows everything again. False when it does already.
pub fn widen(model: &mut Model) -> bool {
    if matches!(model.queue.tab, Tab::Jobs | Tab::Log) || !model.queue.is_narrowed() {
        return false;
    }
    model.queue.ask_for(RowQuery::default());
    true
}

/// Selects all that is shown, whether it is seen or not.
pub fn select_all(model: &mut Model) {
    let panel = &mut model.queue;
    match panel.tab {
        Tab::Log => {}
        Tab::Jobs => panel.jobs.marks = panel.jobs.lines.iter().map(|line| line.job).collect(),
        Tab::Queue | Tab::Failed => panel.all = panel.total() > 0,
    }
}

#[cfg(test)]
#[path = "narrow_tests.rs"]
mod tests;

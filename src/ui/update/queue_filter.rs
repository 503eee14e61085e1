//! Filters the rows of the queue by state, name or job, and selects all of them.

use crate::base::JobId;
use crate::engine::{Level, RowQuery};
use crate::ui::model::Model;
use crate::ui::model::input::Input;
use crate::ui::model::msg::PaneSide;
use crate::ui::model::overlay::{
    Overlay, QuestionDialog, QuestionKind, SearchInput, SearchKind, Severity,
};
use crate::ui::model::queue::{STATES, Tab};
use crate::ui::update::{properties, queue};

/// Asks for the state to filter by.
pub fn ask(model: &mut Model) {
    let now = model.queue.query.filter;
    let cursor = STATES.iter().position(|(filter, _)| *filter == now).unwrap_or(0);
    model.overlays.push(Overlay::Question(Box::new(QuestionDialog {
        title: "Filter by state".to_owned(),
        body: vec!["Failed files have their own tab.".to_owned()],
        severity: Severity::Normal,
        choices: STATES.map(|(_, word)| word.to_owned()).to_vec(),
        cursor,
        // Esc changes nothing
        safe: usize::MAX,
        about: QuestionKind::Rows,
        raised: None,
    })));
}

/// Applies the chosen state.
pub fn state_chosen(model: &mut Model, choice: usize) {
    let Some((filter, _)) = STATES.get(choice) else { return };
    queue::show(model, Tab::Queue);
    let query = RowQuery { filter: *filter, ..model.queue.query.clone() };
    model.queue.set_query(query);
}

/// Opens the input for the text to filter by.
pub fn open_search(model: &mut Model) {
    if matches!(model.queue.tab, Tab::Jobs | Tab::Log) {
        queue::show(model, Tab::Queue);
    }
    let text = model.queue.query.text.clone();
    model.overlays.push(Overlay::Search(SearchInput {
        kind: SearchKind::Rows,
        side: PaneSide::Left,
        input: Input::new(text.clone()),
        cursor: 0,
        filter: text,
        no_match: false,
    }));
}

/// Shows only rows that contain a text.
pub fn set_text(model: &mut Model, text: String) {
    let query = RowQuery { text, ..model.queue.query.clone() };
    model.queue.set_query(query);
}

/// Shows only the rows of one job.
pub fn of_job(model: &mut Model, job: JobId) {
    queue::show(model, Tab::Queue);
    model.queue.set_query(RowQuery { job: Some(job), ..RowQuery::default() });
}

/// Shows the rows of a job, or the properties of a row.
pub fn open(model: &mut Model) {
    match model.queue.job_under_cursor().map(|line| line.job) {
        Some(job) => of_job(model, job),
        None => properties::row(model),
    }
}

/// Shows only the rows of the job under the cursor, or the rows of all jobs again.
pub fn toggle_job(model: &mut Model) {
    if model.queue.query.job.is_some() && model.queue.tab != Tab::Jobs {
        let query = RowQuery { job: None, ..model.queue.query.clone() };
        return model.queue.set_query(query);
    }
    match queue::job_of_line(model) {
        Some(job) => of_job(model, job),
        None => model.notify(Level::Info, "no job under the cursor"),
    }
}

/// Clears the filter. False if there is none.
pub fn clear(model: &mut Model) -> bool {
    if matches!(model.queue.tab, Tab::Jobs | Tab::Log) || !model.queue.is_filtered() {
        return false;
    }
    model.queue.set_query(RowQuery::default());
    true
}

/// Selects all rows that match the filter.
pub fn select_all(model: &mut Model) {
    let panel = &mut model.queue;
    match panel.tab {
        Tab::Log => {}
        Tab::Jobs => panel.jobs.marks = panel.jobs.lines.iter().map(|line| line.job).collect(),
        Tab::Queue | Tab::Failed => panel.all = panel.total() > 0,
    }
}

#[cfg(test)]
#[path = "queue_filter_tests.rs"]
mod tests;

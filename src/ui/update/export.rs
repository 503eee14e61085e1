//! Exports the queue to a file.

use std::path::PathBuf;

use crate::base::JobId;
use crate::base::text;
use crate::engine::Level;
use crate::queue::export::LeftOut;
use crate::ui::model::Model;
use crate::ui::model::msg::{ExportFailure, UiEffect};
use crate::ui::model::overlay::{Overlay, Prompt, PromptKind};
use crate::ui::model::queue::Tab;

/// Asks for the file. Exports only one job if the rows are filtered by a job.
pub fn ask(model: &mut Model) {
    let job = match model.queue.tab {
        Tab::Jobs => None,
        Tab::Queue | Tab::Failed | Tab::Log => model.queue.query.job,
    };
    let (title, name) = match job {
        Some(job) => (format!("Export job {job} to a file"), format!("job-{job}.json")),
        None => ("Export the queue to a file".to_owned(), "queue.json".to_owned()),
    };
    let label = "File name, ending in .json (complete), .csv, .lftp or .fqf (FlashFXP):";
    let prompt = Prompt::new(PromptKind::Export(job), model.active, title, label, name);
    model.overlays.push(Overlay::Prompt(prompt));
}

/// Starts the export to the typed file.
pub fn accept(model: &mut Model, job: Option<JobId>, typed: &str, out: &mut Vec<UiEffect>) {
    model.overlays.pop();
    out.push(UiEffect::Export(PathBuf::from(typed), job));
}

/// Reports the result of the export.
pub fn done(model: &mut Model, file: &std::path::Path, result: Result<LeftOut, ExportFailure>) {
    let name = text::visible(file.as_os_str().as_encoded_bytes());
    match result {
        Ok(LeftOut { why: None, .. }) => model.notify(Level::Info, format!("exported to {name}")),
        Ok(LeftOut { count, why: Some(why) }) => {
            let text = format!("exported to {name}; {count} left out, the first because {why}");
            model.notify(Level::Warning, text);
        }
        Err(failure) => model.notify(Level::Error, text::visible_str(&failure.to_string())),
    }
}

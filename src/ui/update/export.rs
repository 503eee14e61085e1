//! Writes the queue into a file.

use std::path::PathBuf;

use crate::base::JobId;
use crate::base::text;
use crate::engine::Level;
use crate::queue::export::LeftOut;
use crate::ui::model::Model;
use crate::ui::model::msg::{Effect, ExportFailure};
use crate::ui::model::overlay::{Overlay, Prompt, Prompting};
use crate::ui::model::queue::Tab;

/// Asks for the file; of the job whose rows are shown, or that is under the cursor in the list of
/// jobs, else of all.
pub fn ask(model: &mut Model) {
    let job = match model.queue.tab {
        Tab::Jobs => None,
        Tab::Queue | Tab::Failed | Tab::Log => model.queue.query.job,
    };
    let (title, name) = match job {
        Some(job) => (format!("Write job {job} into a file"), format!("job-{job}.json")),
        None => ("Write the queue into a file".to_owned(), "queue.json".to_owned()),
    };
    let label = "File, by its ending .json (complete), .csv, .lftp or .fqf (FlashFXP):";
    let prompt = Prompt::new(Prompting::Export(job), model.active, title, label, name);
    model.overlays.push(Overlay::Prompt(prompt));
}

/// The file is told.
pub fn accept(model: &mut Model, job: Option<JobId>, typed: &str, out: &mut Vec<Effect>) {
    model.overlays.pop();
    out.push(Effect::Export(PathBuf::from(typed), job));
}

/// It is written, or could not be.
pub fn done(model: &mut Model, file: &std::path::Path, result: Result<LeftOut, ExportFailure>) {
    let name = text::visible(file.as_os_str().as_encoded_bytes());
    match result {
        Ok(LeftOut { why: None, .. }) => model.say(Level::Info, format!("written into {name}")),
        Ok(LeftOut { count, why: Some(why) }) => {
            let text = format!("written into {name}; {count} left out, the first because {why}");
            model.say(Level::Warning, text);
        }
        Err(failure) => model.say(Level::Error, text::visible_str(&failure.to_string())),
    }
}

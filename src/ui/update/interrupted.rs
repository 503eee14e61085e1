//! Interrupted jobs: reported at the start, resumed only if the user confirms.

use crate::base::text::counted;
use crate::engine::{Failure, Level};
use crate::ui::model::Model;
use crate::ui::model::msg::{Interrupted, UiEffect};
use crate::ui::model::overlay::{Overlay, QuestionDialog, QuestionKind, Severity};
use crate::ui::update::failure;

/// The maximum number of jobs in the question.
const MAX_LISTED: usize = 6;
/// The index of the button that resumes.
const RESUME: usize = 0;

/// Asks what to do with interrupted jobs, if there are any.
pub fn found(model: &mut Model, result: Result<Vec<Interrupted>, Failure>, requested: bool) {
    let jobs = match result {
        Ok(jobs) => jobs,
        Err(failure) => return failure::notify(model, &failure),
    };
    if jobs.is_empty() {
        if requested {
            model.notify(Level::Info, "no interrupted jobs");
        }
        return;
    }
    let count = jobs.len();
    let verb = if count == 1 { "was" } else { "were" };
    let mut body = vec![format!("{} {verb} interrupted:", counted(count as u64, "job"))];
    body.push(String::new());
    body.extend(jobs.iter().take(MAX_LISTED).map(|job| format!("  {}", job.summary)));
    if count > MAX_LISTED {
        body.push(format!("  and {} more", count - MAX_LISTED));
    }
    body.push(String::new());
    body.push(
        "Partial files are checked first; finished files are not transferred again.".to_owned(),
    );
    let raised = Some(model.now);
    model.raise(Overlay::Question(Box::new(QuestionDialog {
        title: "Resume interrupted jobs?".to_owned(),
        body,
        severity: Severity::Normal,
        choices: ["Resume", "Later", "Discard"].map(str::to_owned).to_vec(),
        cursor: RESUME,
        safe: 1,
        about: QuestionKind::Interrupted(jobs),
        raised,
    })));
}

/// Handles the answer to the question of [`found`].
pub fn answered(model: &mut Model, jobs: Vec<Interrupted>, choice: usize, out: &mut Vec<UiEffect>) {
    if choice != RESUME {
        let count = counted(jobs.len() as u64, "job");
        model.notify(Level::Info, format!("{count} discarded; transferred files are kept"));
        out.extend(jobs.into_iter().map(|job| UiEffect::RemoveJob(job.job)));
        return;
    }
    let (resumable, unknown): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|job| job.ends.is_some());
    if let Some(job) = unknown.first() {
        let text = format!("cannot resume {}: its site is no longer saved", job.summary);
        model.notify(Level::Warning, text);
    }
    out.extend(resumable.into_iter().map(UiEffect::ResumeJob));
    model.queue.touch();
}

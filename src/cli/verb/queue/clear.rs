//! `queue clear`: removes jobs from the queue.

use crate::base::text;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::find_jobs;
use crate::cli::verb::queue::parts::note_kept;
use crate::queue::store::JobStatus;

/// Remove jobs from the queue: all that have ended, or the given ones
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Copied files are not deleted. Neither are partial files: they are listed, and the next copy of the \
same file resumes from them (`queue parts` lists and deletes them).

Examples:
  fxpane queue clear
  fxpane queue clear 12")]
pub(super) struct Clear {
    /// Numbers of jobs to remove; none may be running
    #[arg(value_name = "JOB")]
    jobs: Vec<u64>,
}

impl Clear {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut jobs = find_jobs(context, &self.jobs).await?;
        if self.jobs.is_empty() {
            jobs.retain(|job| job.state() == JobStatus::Ended);
        }
        if let Some(job) = jobs.iter().find(|job| job.state() == JobStatus::Running) {
            return Err(CliError::Queue(format!(
                "job {} is running; stop the fxpane that runs it first",
                job.id
            )));
        }
        for job in &jobs {
            context.engine.discard(job.id).await?;
        }
        let parts = context.engine.partials().await?;
        for part in parts.iter().filter(|part| jobs.iter().any(|job| part.belongs_to(job))) {
            note_kept(context, part)?;
        }
        let unfinished: u64 = jobs.iter().map(|job| job.totals.running).sum();
        if unfinished > 0 && !context.out.is_json() {
            let files = text::counted(unfinished, "file");
            context.out.note(format_args!(
                "{files} had been in progress when fxpane stopped; the next copy to the same \
                 destination resumes or deletes the partial files"
            ));
        }
        Ok(Exit::Done)
    }
}

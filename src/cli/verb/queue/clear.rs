//! `queue clear`: taking jobs out of the queue.

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::{chosen, usage};
use crate::queue::store::JobState;

/// Takes jobs out of the queue: those that have ended, or the named ones
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What a job has copied stays where it is.

Examples:
  fxpane queue clear
  fxpane queue clear 12")]
pub(super) struct Clear {
    /// These jobs, unless they are running
    #[arg(value_name = "JOB")]
    jobs: Vec<u64>,
}

impl Clear {
    /// Takes them out.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut jobs = chosen(context, &self.jobs).await?;
        if self.jobs.is_empty() {
            jobs.retain(|job| job.state() == JobState::Ended);
        }
        if let Some(job) = jobs.iter().find(|job| job.state() == JobState::Running) {
            return Err(usage(format!("job {} is running; end that fxpane first", job.id)));
        }
        for job in jobs {
            context.engine.discard(job.id).await?;
        }
        Ok(Exit::Done)
    }
}

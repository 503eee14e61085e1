//! `queue clear`: taking jobs out of the queue.

use crate::base::text;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::parts::tell_kept;
use crate::cli::verb::queue::{chosen, usage};
use crate::queue::store::JobState;

/// Takes jobs out of the queue: those that have ended, or the named ones
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What a job has copied stays where it is. So does what has arrived of a file that broke off: it is \
told, and the next copy of that file goes on from there (`queue parts` lists and deletes it).

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
        for job in &jobs {
            context.engine.discard(job.id).await?;
        }
        let parts = context.engine.parts().await?;
        for part in parts.iter().filter(|part| jobs.iter().any(|job| part.lies_below(job))) {
            tell_kept(context, part)?;
        }
        let under_way: u64 = jobs.iter().map(|job| job.totals.running).sum();
        if under_way > 0 && !context.out.is_json() {
            let files = text::counted(under_way, "file");
            context.out.remark(format_args!(
                "{files} had been handed out when the program ended; what is left of them at the \
                 target is cleared away, or goes on, with the next copy to the same place"
            ));
        }
        Ok(Exit::Done)
    }
}

//! `queue lanes`: how many files of a job are copied side by side.

use serde::Serialize;

use crate::base::text;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::{chosen, usage};
use crate::engine::Command;
use crate::queue::store::JobState;

/// Changes how many files of a job are copied side by side, also while it runs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The fxpane that runs the job follows within two seconds: more lanes are begun as both sites' limits \
allow, and those that are too many end with the file that they are at.

Examples:
  fxpane queue lanes 12 8
  fxpane queue lanes 12 auto")]
pub(super) struct Lanes {
    /// The job
    #[arg(value_name = "JOB")]
    job: u64,
    /// Files side by side, 1 to 64; auto: what both sites bear, at most 4
    #[arg(value_name = "N|auto", value_parser = wanted)]
    lanes: Wanted,
}

/// So many, or as many as fit.
#[derive(Debug, Clone, Copy)]
struct Wanted(Option<u16>);

fn wanted(typed: &str) -> Result<Wanted, String> {
    if typed == "auto" {
        return Ok(Wanted(None));
    }
    let lanes = typed.parse().ok().filter(|lanes| (1..=64).contains(lanes));
    lanes.map(|lanes| Wanted(Some(lanes))).ok_or_else(|| "write 1 to 64, or auto".to_owned())
}

/// The change for machines.
#[derive(Debug, Serialize)]
struct Changed {
    event: &'static str,
    job: u64,
    lanes: Option<u16>,
}

impl Lanes {
    /// Changes it.
    ///
    /// # Errors
    /// [`CliError`]: no such job, or it has ended.
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let Wanted(lanes) = self.lanes;
        for job in chosen(context, &[self.job]).await? {
            if job.state() == JobState::Ended {
                let number = job.id;
                return Err(usage(format!(
                    "job {number} has ended; “fxpane queue retry {number}” tries once more what failed"
                )));
            }
            context.engine.send(Command::Lanes(job.id, lanes.map(usize::from))).await?;
            if context.out.is_json() {
                context.out.object(&Changed { event: "lanes", job: job.id.0, lanes })?;
            } else {
                let files = lanes.map_or_else(
                    || "as many files as both sites bear, at most 4,".to_owned(),
                    |lanes| text::counted(lanes.into(), "file"),
                );
                context.out.line(format_args!("job {}: {files} side by side", job.id))?;
            }
        }
        Ok(Exit::Done)
    }
}

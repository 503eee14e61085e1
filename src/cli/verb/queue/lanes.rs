//! `queue lanes`: changes how many files of a job are transferred in parallel.

use serde::Serialize;

use crate::base::text;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::find_jobs;
use crate::engine::Command;
use crate::queue::store::JobStatus;

/// Change how many files of a job are transferred in parallel, even while it runs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The fxpane that runs the job applies the change within two seconds: it starts more transfers if the \
limits of both sites allow, or fewer once the current files are finished.

Examples:
  fxpane queue lanes 12 8
  fxpane queue lanes 12 auto")]
pub(super) struct Lanes {
    /// Number of the job
    #[arg(value_name = "JOB")]
    job: u64,
    /// Number of parallel transfers, 1 to 64; auto: as many as both sites allow, at most 4
    #[arg(value_name = "N|auto", value_parser = parse_lanes)]
    lanes: LaneCount,
}

/// The number of lanes; `None` for `auto`. A newtype, as clap treats `Option` specially.
#[derive(Debug, Clone, Copy)]
struct LaneCount(Option<u16>);

fn parse_lanes(typed: &str) -> Result<LaneCount, String> {
    if typed == "auto" {
        return Ok(LaneCount(None));
    }
    let lanes = typed.parse().ok().filter(|lanes| (1..=64).contains(lanes));
    lanes.map(|lanes| LaneCount(Some(lanes))).ok_or_else(|| "write 1 to 64, or auto".to_owned())
}

/// The JSON record of the change.
#[derive(Debug, Serialize)]
struct LanesRecord {
    event: &'static str,
    job: u64,
    lanes: Option<u16>,
}

impl Lanes {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`]: no such job, or the job has ended.
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let LaneCount(lanes) = self.lanes;
        for job in find_jobs(context, &[self.job]).await? {
            if job.state() == JobStatus::Ended {
                let number = job.id;
                return Err(CliError::Queue(format!(
                    "job {number} is already finished; `fxpane queue retry {number}` retries its \
                     failed files"
                )));
            }
            context.engine.send(Command::Lanes(job.id, lanes.map(usize::from))).await?;
            if context.out.is_json() {
                context.out.object(&LanesRecord { event: "lanes", job: job.id.0, lanes })?;
            } else {
                let files = lanes.map_or_else(
                    || "as many files as both sites allow, at most 4,".to_owned(),
                    |lanes| text::counted(lanes.into(), "file"),
                );
                context.out.line(format_args!("job {}: {files} in parallel", job.id))?;
            }
        }
        Ok(Exit::Done)
    }
}

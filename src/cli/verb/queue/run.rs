//! `queue run` and `queue retry`: run jobs of the queue.

use jiff::Timestamp;

use crate::cli::connect::{ConnectOverrides, PairConnectOptions};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::job::{self, QueuedJob};
use crate::cli::verb::queue::find_jobs;
use crate::queue::JobSites;
use crate::queue::store::{JobStatus, StoredJob};
use crate::site::{Location, Site};
use std::sync::Arc;

/// Run waiting and interrupted jobs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Files that were in progress when fxpane stopped are checked first: data that has arrived is not \
sent again. Passwords that were given in a URL are not stored and are asked for again. Scheduled \
jobs wait for their start time, unless their number is given.

Examples:
  fxpane queue run
  fxpane queue run 12")]
pub(super) struct Run {
    /// Numbers of the jobs [default: all]
    #[arg(value_name = "JOB")]
    jobs: Vec<u64>,
    /// Connection options.
    #[command(flatten)]
    pub(super) connect: PairConnectOptions,
}

/// Retry failed files
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane queue retry
  fxpane queue retry 12")]
pub(super) struct Retry {
    /// Numbers of the jobs [default: all]
    #[arg(value_name = "JOB")]
    jobs: Vec<u64>,
    /// Connection options.
    #[command(flatten)]
    pub(super) connect: PairConnectOptions,
}

impl Run {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut jobs = find_jobs(context, &self.jobs).await?;
        if self.jobs.is_empty() {
            jobs.retain(|job| matches!(job.state(), JobStatus::Waiting | JobStatus::Interrupted));
        }
        jobs.sort_by_key(|job| (std::cmp::Reverse(job.priority), job.id));
        let now = !self.jobs.is_empty();
        run(context, jobs, &self.connect, RunMode { retry: false, now }).await
    }
}

impl Retry {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut jobs = find_jobs(context, &self.jobs).await?;
        if self.jobs.is_empty() {
            jobs.retain(|job| job.totals.failed > 0 && job.state() != JobStatus::Running);
        }
        run(context, jobs, &self.connect, RunMode { retry: true, now: true }).await
    }
}

/// How jobs are run.
#[derive(Clone, Copy)]
struct RunMode {
    /// Retry failed files.
    retry: bool,
    /// Ignore the start time.
    now: bool,
}

async fn run(
    context: &mut Context,
    jobs: Vec<StoredJob>,
    connect: &PairConnectOptions,
    RunMode { retry, now }: RunMode,
) -> Result<Exit, CliError> {
    let (mut queued, mut unusable) = (Vec::new(), Vec::new());
    for record in jobs {
        let job = record.id;
        if record.state() == JobStatus::Running {
            context.out.message(format_args!("job {job}: another fxpane process runs it"));
            continue;
        }
        let start_at = record.start_at.filter(|at| *at > Timestamp::now());
        match prepare_both(context, &record, connect).await {
            Ok(ends) => {
                queued.push(QueuedJob { job, kind: record.kind, ends, start_at, now, retry });
            }
            Err(error @ (CliError::Interrupted | CliError::Terminal(_))) => return Err(error),
            // the other jobs can still run
            Err(error) => unusable.push(error.of_job(job)),
        }
    }
    job::run_queued(context, queued, unusable).await
}

async fn prepare_both(
    context: &mut Context,
    record: &StoredJob,
    connect: &PairConnectOptions,
) -> Result<JobSites, CliError> {
    let ends = record
        .find_sites(&context.sites)
        .map_err(|name| CliError::Queue(format!("there is no site “{name}”")))?;
    Ok(JobSites {
        from: prepare(context, ends.from, &connect.of_source()).await?,
        to: prepare(context, ends.to, &connect.of_target()).await?,
    })
}

/// The site with the overrides of the command line applied and its password asked for.
async fn prepare(
    context: &mut Context,
    site: Option<Arc<Site>>,
    overrides: &ConnectOverrides,
) -> Result<Option<Arc<Site>>, CliError> {
    let Some(site) = site else { return Ok(None) };
    let at = Location::Remote { site, path: Default::default() };
    let at = context.prepare(at, overrides).await?;
    Ok(at.remote().map(|(site, _)| site.clone()))
}

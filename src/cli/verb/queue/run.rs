//! `queue run` and `queue retry`: going on with jobs of the queue.

use jiff::Timestamp;

use crate::cli::connect::{Changes, TwoSides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::job::{self, Taken};
use crate::cli::verb::queue::{chosen, usage};
use crate::queue::Ends;
use crate::queue::store::{JobRecord, JobState};
use crate::site::{Location, Site};
use std::sync::Arc;

/// Runs what waits and what was interrupted
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What was under way when a fxpane ended is looked at first: what has arrived is not sent again. A \
server that was given as a URL with a password is asked for the password again. A job that begins \
at a time is waited for, unless its number is given.

Examples:
  fxpane queue run
  fxpane queue run 12")]
pub(super) struct Run {
    /// Only these jobs
    #[arg(value_name = "JOB")]
    jobs: Vec<u64>,
    /// The connections.
    #[command(flatten)]
    pub(super) connect: TwoSides,
}

/// Tries once more what failed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane queue retry
  fxpane queue retry 12")]
pub(super) struct Retry {
    /// Only these jobs
    #[arg(value_name = "JOB")]
    jobs: Vec<u64>,
    /// The connections.
    #[command(flatten)]
    pub(super) connect: TwoSides,
}

impl Run {
    /// Runs them.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut jobs = chosen(context, &self.jobs).await?;
        if self.jobs.is_empty() {
            jobs.retain(|job| matches!(job.state(), JobState::Waiting | JobState::Interrupted));
        }
        jobs.sort_by_key(|job| (std::cmp::Reverse(job.priority), job.id));
        let now = !self.jobs.is_empty();
        run(context, jobs, &self.connect, How { retry: false, now }).await
    }
}

impl Retry {
    /// Retries them.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut jobs = chosen(context, &self.jobs).await?;
        if self.jobs.is_empty() {
            jobs.retain(|job| job.totals.failed > 0 && job.state() != JobState::Running);
        }
        run(context, jobs, &self.connect, How { retry: true, now: true }).await
    }
}

/// How jobs are run.
#[derive(Clone, Copy)]
struct How {
    /// What failed is tried once more.
    retry: bool,
    /// They begin before their time.
    now: bool,
}

async fn run(
    context: &mut Context,
    jobs: Vec<JobRecord>,
    connect: &TwoSides,
    How { retry, now }: How,
) -> Result<Exit, CliError> {
    let mut taken = Vec::new();
    for record in jobs {
        if record.state() == JobState::Running {
            return Err(usage(format!("job {} is run by another fxpane", record.id)));
        }
        let ends = record.ends(&context.sites).map_err(|name| {
            usage(format!("job {} names the site “{name}”, which is no bookmark", record.id))
        })?;
        let ends = Ends {
            from: prepared(context, ends.from, &connect.of_source()).await?,
            to: prepared(context, ends.to, &connect.of_target()).await?,
        };
        let start_at = record.start_at.filter(|at| *at > Timestamp::now());
        taken.push(Taken { job: record.id, kind: record.kind, ends, start_at, now, retry });
    }
    job::take(context, taken).await
}

/// A site with the options of the command line, and its password at hand.
async fn prepared(
    context: &mut Context,
    site: Option<Arc<Site>>,
    changes: &Changes,
) -> Result<Option<Arc<Site>>, CliError> {
    let Some(site) = site else { return Ok(None) };
    let at = Location::Remote { site, path: Default::default() };
    let at = context.prepare(at, changes).await?;
    Ok(at.remote().map(|(site, _)| site.clone()))
}

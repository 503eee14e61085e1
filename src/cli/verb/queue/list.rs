//! `queue list`: lists the jobs of the queue.

use jiff::Timestamp;
use serde::Serialize;

use crate::base::{Word, size};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::start;
use crate::queue::JobKind;
use crate::queue::store::{JobStatus, SiteRef, StoredJob};
use crate::site::location::location_text;

/// List the jobs of the queue
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A job is waiting (not started yet, or scheduled for later), running (in another fxpane), \
interrupted (its fxpane stopped before the job was done; `queue run` resumes it) or ended.

Examples:
  fxpane queue list
  fxpane --json queue list")]
pub(super) struct List {}

/// The JSON record of a job.
#[derive(Debug, Serialize)]
struct ListRecord {
    job: u64,
    state: &'static str,
    kind: JobKind,
    from: Option<String>,
    source: String,
    sources: u64,
    to: Option<String>,
    target: Option<String>,
    held: bool,
    priority: i32,
    /// Requested number of parallel files; `None` if the sites' limits decide.
    lanes: Option<usize>,
    waiting: u64,
    running: u64,
    done: u64,
    skipped: u64,
    failed: u64,
    cancelled: u64,
    bytes: u64,
    bytes_left: u64,
    start_at: Option<String>,
    created: String,
    ended: Option<String>,
}

impl List {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        for job in context.engine.jobs().await? {
            if context.out.is_json() {
                context.out.object(&record(&job))?;
            } else {
                context.out.line(line(&job))?;
            }
        }
        Ok(Exit::Done)
    }
}

fn record(job: &StoredJob) -> ListRecord {
    let path = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let label = |site: &Option<SiteRef>| site.as_ref().map(SiteRef::label);
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let totals = &job.totals;
    ListRecord {
        job: job.id.0,
        state: job.state().word(),
        kind: job.kind,
        from: label(&job.from),
        source: path(&job.source),
        sources: job.sources,
        to: label(&job.to),
        target: job.target.as_deref().map(path),
        held: job.held,
        priority: job.priority,
        lanes: job.rules.parallel,
        waiting: totals.waiting + totals.held,
        running: totals.running,
        done: totals.done,
        skipped: totals.skipped,
        failed: totals.failed,
        cancelled: totals.cancelled,
        bytes: totals.bytes_done,
        bytes_left: totals.bytes_open,
        start_at: job.start_at.map(time),
        created: time(job.created_at),
        ended: job.ended_at.map(time),
    }
}

/// True if the job is scheduled for a later time.
fn is_scheduled(job: &StoredJob, start: Timestamp) -> bool {
    job.state() != JobStatus::Ended && start > Timestamp::now()
}

fn line(job: &StoredJob) -> String {
    let location = |site: &Option<SiteRef>, path: &[u8]| {
        location_text(site.as_ref().map(SiteRef::label).as_deref(), path)
    };
    let kind = job.kind.word();
    let more = match job.sources {
        0 | 1 => String::new(),
        sources => format!(" and {} more", size::grouped(sources - 1)),
    };
    let target = job
        .target
        .as_ref()
        .map_or(String::new(), |target| format!(" -> {}", location(&job.to, target)));
    let totals = &job.totals;
    let mut counts = vec![format!("{} done", size::grouped(totals.done))];
    for (count, word) in [
        (totals.open(), "left"),
        (totals.skipped, "skipped"),
        (totals.failed, "failed"),
        (totals.cancelled, "cancelled"),
    ] {
        if count > 0 {
            counts.push(format!("{} {word}", size::grouped(count)));
        }
    }
    let later = job.start_at.filter(|at| is_scheduled(job, *at));
    if let Some(at) = later {
        counts.push(format!("waits until {}", start::local_time(at)));
    }
    // a process that has claimed a scheduled job does not run it yet
    let state = if later.is_some() { JobStatus::Waiting } else { job.state() };
    if job.state() != JobStatus::Ended && job.held {
        counts.push("held".to_owned());
    }
    format!(
        "{:>4}  {:<11} {kind} {}{more}{target}: {}",
        job.id,
        state.word(),
        location(&job.from, &job.source),
        counts.join(", ")
    )
}

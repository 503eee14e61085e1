//! `queue list`: the jobs of the queue.

use jiff::Timestamp;
use serde::Serialize;

use crate::base::{Word, size, text};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::start;
use crate::queue::JobKind;
use crate::queue::store::{JobRecord, JobState, SiteRef};

/// Shows the jobs of the queue
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A job is waiting (added, and nobody has begun it, or for its time), running (in another fxpane), \
interrupted (its fxpane ended before it was done; `queue run` goes on with it) or ended.

Examples:
  fxpane queue list
  fxpane --json queue list")]
pub(super) struct List {}

/// A job for machines.
#[derive(Debug, Serialize)]
struct Record {
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
    /// Files side by side that are wished; none where the sites' limits decide.
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
    /// Shows them.
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

fn record(job: &JobRecord) -> Record {
    let path = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let label = |site: &Option<SiteRef>| site.as_ref().map(SiteRef::label);
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let totals = &job.totals;
    Record {
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

/// True while its time has not come.
fn waits(job: &JobRecord, start: Timestamp) -> bool {
    job.state() != JobState::Ended && start > Timestamp::now()
}

fn line(job: &JobRecord) -> String {
    let place = |site: &Option<SiteRef>, path: &[u8]| {
        let site = site.as_ref().map_or(String::new(), |site| site.label() + ":");
        format!("{}{}", text::visible_str(&site), text::visible(path))
    };
    let kind = job.kind.word();
    let more = match job.sources {
        0 | 1 => String::new(),
        sources => format!(" and {} more", size::grouped(sources - 1)),
    };
    let target = job
        .target
        .as_ref()
        .map_or(String::new(), |target| format!(" -> {}", place(&job.to, target)));
    let totals = &job.totals;
    let mut counts = vec![format!("{} done", size::grouped(totals.done))];
    for (count, word) in [
        (totals.open(), "to do"),
        (totals.skipped, "skipped"),
        (totals.failed, "failed"),
        (totals.cancelled, "cancelled"),
    ] {
        if count > 0 {
            counts.push(format!("{} {word}", size::grouped(count)));
        }
    }
    let later = job.start_at.filter(|at| waits(job, *at));
    if let Some(at) = later {
        counts.push(format!("waits until {}", start::here(at)));
    }
    // whoever has taken it runs nothing of it before its time
    let state = if later.is_some() { JobState::Waiting } else { job.state() };
    if job.state() != JobState::Ended && job.held {
        counts.push("held".to_owned());
    }
    format!(
        "{:>4}  {:<11} {kind} {}{more}{target}: {}",
        job.id,
        state.word(),
        place(&job.from, &job.source),
        counts.join(", ")
    )
}

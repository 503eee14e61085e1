//! The types of the engine's interface: events, reports, windows of the queue, failures.

use std::time::Duration;

use jiff::Timestamp;

use crate::base::needle::Needle;
use crate::base::{ItemId, JobId, RemotePath, Word, words};
use crate::ftp::Entry;
use crate::queue::{Ending, Item, ItemState, JobKind};
use crate::site::location::LOCAL;
use crate::site::{Location, SiteKey};
use crate::transfer::doctor::Finding;
use crate::transfer::{Plan, Verdict, Via};

pub use crate::engine::failure::{Failure, FailureKind, Step};
pub use crate::net::LineKind;

/// The channel for the answer to a command.
pub type Answer<T> = tokio::sync::oneshot::Sender<Result<T, Failure>>;

/// An event with its number.
#[derive(Debug, Clone)]
pub struct Event {
    /// Counted from 1 without gaps; a receiver that misses a number must request a new window.
    pub number: u64,
    /// The event.
    pub what: EventKind,
}

/// The kind of an event.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// A site's connection changed.
    Site {
        /// The site.
        site: SiteKey,
        /// The new state.
        state: SiteState,
    },
    /// Something in this directory changed; a pane that shows it should list it again.
    DirectoryChanged {
        /// The directory.
        at: Location,
    },
    /// Counts or rows of the queue changed; sent at most ten times a second.
    Queue(Counts),
    /// One line of the FTP conversation with a site.
    LogLine(LogLine),
    /// A question to answer with [`crate::engine::Command::Answer`].
    Question(Question),
    /// The question with this ID has been answered.
    Answered(u64),
    /// A message that does not belong to a file.
    Notice {
        /// The severity.
        level: Level,
        /// The text, safe to show.
        text: String,
    },
}

/// The state of the connection to a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteState {
    /// Connecting, starting TLS, logging in.
    Connecting,
    /// Logged in.
    Connected {
        /// True if the control connection uses TLS.
        tls: bool,
        /// True if the site accepts any certificate (`--insecure` or its setting).
        unverified: bool,
    },
    /// Closed by either side; the next request connects again.
    Disconnected,
    /// Connecting or logging in has failed.
    Failed(Failure),
}

/// The severity of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Information.
    Info,
    /// A problem that does not stop the work.
    Warning,
    /// An operation has failed.
    Error,
}

/// One line of the FTP conversation on a control connection.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// The site.
    pub site: SiteKey,
    /// The number of the session, counted from 1.
    pub session: u32,
    /// Command, reply or note.
    pub kind: LineKind,
    /// The line with secrets masked, safe to show.
    pub text: String,
}

/// A question to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The ID, used in the answer.
    pub id: u64,
    /// The question, safe to show.
    pub text: String,
    /// The possible answers; the first is the safe one.
    pub choices: Vec<String>,
}

/// The listing of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The directory, with an absolute path.
    pub at: Location,
    /// Its entries in the server's order, without `.` and `..`.
    pub entries: Vec<Entry>,
    /// The number of entries that could not be read.
    pub unreadable: usize,
    /// Free space in bytes; `None` if unknown.
    pub free: Option<u64>,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// True if this is the whole file.
    pub whole: bool,
}

impl Head {
    /// Truncates bytes that were read to `limit`.
    #[must_use]
    pub fn cut(mut bytes: Vec<u8>, limit: usize) -> Self {
        let whole = bytes.len() <= limit;
        bytes.truncate(limit);
        Self { bytes, whole }
    }
}

/// The totals of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Waiting items, including held ones.
    pub waiting: u64,
    /// Running items.
    pub running: u64,
    /// Completed items.
    pub done: u64,
    /// Items that were skipped by a rule.
    pub skipped: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items that the user cancelled.
    pub cancelled: u64,
    /// Bytes transferred, of ended and running items.
    pub bytes: u64,
    /// Bytes not yet transferred, as far as sizes are known.
    pub bytes_left: u64,
    /// The current rate of all lanes in bytes per second.
    pub rate: f64,
    /// The remaining time at this rate; `None` if unknown.
    pub left: Option<Duration>,
    /// True if the queue is paused.
    pub paused: bool,
    /// True while a directory tree is being listed, so that the counts may grow.
    pub listing: bool,
}

/// One row of the queue panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The item's ID.
    pub item: ItemId,
    /// Its job.
    pub job: JobId,
    /// The kind of the job.
    pub kind: JobKind,
    /// The name, relative to what the user selected; safe to show.
    pub name: String,
    /// True for a directory.
    pub dir: bool,
    /// Its source.
    pub from: RowEnd,
    /// Its target; `None` for deletions.
    pub to: Option<RowEnd>,
    /// True if its whole job is held.
    pub job_held: bool,
    /// True if its job was interrupted and waits for the user to resume it.
    pub interrupted: bool,
    /// The state.
    pub state: ItemState,
    /// The route of the data, if known.
    pub via: Option<Via>,
    /// Whether its data connection is encrypted, if known.
    pub protected: Option<bool>,
    /// Bytes transferred; `None` if unknown.
    pub bytes: Option<u64>,
    /// The size in bytes; `None` if unknown.
    pub size: Option<u64>,
    /// The rate in bytes per second, for running items whose progress is known.
    pub rate: Option<f64>,
    /// The running time so far, or in total.
    pub elapsed: Duration,
    /// Why it was skipped, failed or held, or why it takes this route; safe to show.
    pub reason: Option<String>,
    /// How completely it was verified; `None` before its end.
    pub verdict: Option<Verdict>,
}

/// Source or target of a [`Row`], safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowEnd {
    /// The label of the site; `None` for this machine.
    pub site: Option<String>,
    /// The path; empty for what was left out before anybody asked where it would go.
    pub path: String,
}

impl RowEnd {
    /// The label of the site, or of this machine.
    #[must_use]
    pub fn label(&self) -> &str {
        self.site.as_deref().unwrap_or(LOCAL)
    }
}

/// `nas:/incoming/a.txt`; the path alone on this machine.
impl std::fmt::Display for RowEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.site {
            _ if self.path.is_empty() => f.write_str(self.label()),
            Some(site) => write!(f, "{site}:{}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl From<&Location> for RowEnd {
    fn from(at: &Location) -> Self {
        Self { site: at.site().map(|_| at.label()), path: at.path_text() }
    }
}

/// Which rows of the queue to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowFilter {
    /// Running, then waiting, then ended.
    #[default]
    All,
    /// Only running and waiting items.
    Open,
    /// Only failed items.
    Failed,
    /// Only ended items.
    Ended,
    /// Only running items.
    Running,
    /// Only waiting items that are not held.
    Waiting,
    /// Only held items, and items of held jobs.
    Held,
    /// Only completed items.
    Done,
    /// Only skipped items.
    Skipped,
    /// Only cancelled items.
    Cancelled,
}

impl RowFilter {
    /// Whether a row is shown.
    #[must_use]
    pub fn shows(self, row: &Row) -> bool {
        let held = row.job_held || row.state == ItemState::Held;
        match self {
            Self::All => true,
            Self::Open => !row.state.is_ended(),
            Self::Ended => row.state.is_ended(),
            Self::Running => row.state == ItemState::Running,
            Self::Waiting => row.state == ItemState::Waiting && !held,
            Self::Held => held && !row.state.is_ended() && row.state != ItemState::Running,
            Self::Failed => row.state == ItemState::Failed,
            Self::Done => row.state == ItemState::Done,
            Self::Skipped => row.state == ItemState::Skipped,
            Self::Cancelled => row.state == ItemState::Cancelled,
        }
    }
}

/// Selects rows of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowQuery {
    /// Rows in these states.
    pub filter: RowFilter,
    /// Rows of this job only; `None` for all jobs.
    pub job: Option<JobId>,
    /// Rows whose name contains this text, or matches this pattern (`*`, `?`), case-insensitively;
    /// empty for all. A search has to read every row.
    pub text: String,
}

impl RowQuery {
    /// Whether a row is shown.
    #[must_use]
    pub fn shows(&self, row: &Row) -> bool {
        self.job.is_none_or(|job| row.job == job)
            && self.filter.shows(row)
            && Needle::new(&self.text).matches_path(&row.name)
    }
}

impl From<RowFilter> for RowQuery {
    fn from(filter: RowFilter) -> Self {
        Self { filter, ..Self::default() }
    }
}

/// A window of the queue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    /// The total number of rows that match the query.
    pub total: u64,
    /// The number of the first row in [`Window::rows`], from 0.
    pub offset: u64,
    /// The rows.
    pub rows: Vec<Row>,
    /// The totals of the whole queue.
    pub counts: Counts,
}

/// The result of an item; a line of `cp --json`.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReport {
    /// The item.
    pub item: Item,
    /// Done, skipped, failed or cancelled.
    pub state: ItemState,
    /// The result in detail.
    pub ending: Ending,
    /// The kind of failure, for the exit code.
    pub failure: Option<FailureKind>,
}

impl ItemReport {
    /// True if this failure ended the item.
    #[must_use]
    pub fn ended_by(&self, failure: &Failure) -> bool {
        self.failure.as_ref() == Some(&failure.kind) && self.ending.reason == Some(failure.reason())
    }
}

/// The line of the log file.
impl std::fmt::Display for ItemReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Item { id, job, source, target, .. } = &self.item;
        write!(f, "job {job} item {id} {}: {source}", self.state.word())?;
        if let Some(target) = target {
            write!(f, " to {target}")?;
        }
        write!(f, ", {} bytes in {:.3} s", self.ending.bytes, self.ending.elapsed.as_secs_f64())?;
        if let Some(verdict) = self.ending.verdict {
            write!(f, ", {}", verdict.word())?;
        }
        if let Some(reason) = &self.ending.reason {
            write!(f, ": {reason}")?;
        }
        Ok(())
    }
}

/// A report on a job to its front end.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// An item ended.
    Item(Box<ItemReport>),
    /// A failure that belongs to the job or a site instead of an item, such as an unreachable site.
    Error(Failure),
    /// A note that is not an error, such as unencrypted data where encryption was preferred.
    Note {
        /// The label of the site.
        site: String,
        /// The text, safe to show.
        text: String,
    },
    /// The number of files of a mirror that are already identical.
    Same(u64),
    /// The job has ended; its last report.
    End {
        /// The job.
        job: JobId,
    },
}

/// The action of a mirror for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanAction {
    /// Copy it, or create the directory.
    Copy,
    /// Delete it at the target.
    Delete,
    /// Keep it unchanged.
    Skip,
    /// Keep it unchanged, because both sides are identical.
    Same,
}

words!(PlanAction { Copy: "copy", Delete: "delete", Skip: "skip", Same: "skip" });

/// One step of the preview of a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// The action.
    pub action: PlanAction,
    /// The path relative to both directories; that of a directory ends with a slash.
    pub path: RemotePath,
    /// True for a directory.
    pub dir: bool,
    /// The size at the source in bytes, if known.
    pub size: Option<u64>,
    /// The reason, safe to show.
    pub reason: String,
}

/// The preview of a mirror, in the order of execution.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// A step.
    Step(PlanStep),
    /// An entry that cannot be mirrored; the preview continues.
    Trouble(Failure),
    /// The preview is complete. The last message.
    End {
        /// The number of files that are already identical.
        same: u64,
    },
    /// The preview has failed. The last message.
    Failed(Failure),
}

/// A message of the doctor to a front end.
#[derive(Debug)]
pub enum Examination {
    /// A finding.
    Found(Finding),
    /// The examination has failed: no connection, no login.
    Failed(Failure),
}

/// What is remembered of a route, for display.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRoute {
    /// The source site.
    pub from: SiteKey,
    /// The destination site.
    pub to: SiteKey,
    /// The FXP mode that worked last, and when.
    pub worked: Option<(Plan, Timestamp)>,
    /// Whether the user allowed unencrypted data; `None` if the user was not asked.
    pub clear: Option<bool>,
    /// Why an FXP mode failed last, safe to show, and when.
    pub failure: Option<(String, Timestamp)>,
    /// FXP modes that were refused within the last day and are tried last, with the reply.
    pub refused: Vec<(Plan, String)>,
    /// The sites that accept only one command at a time.
    pub asynchronous: Vec<SiteKey>,
}

/// A control operation on a job or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Cancel it; running transfers are aborted.
    Cancel,
    /// Do not start it until it is released.
    Hold,
    /// Undo [`Control::Hold`].
    Release,
    /// Retry it if it failed.
    Retry,
    /// Remove ended items from the queue.
    Clear,
    /// Move up by one.
    Up,
    /// Move down by one.
    Down,
    /// Move before all waiting ones.
    Top,
    /// Move after all waiting ones.
    Bottom,
}

/// The outcome of deleting a partial file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialOutcome {
    /// It was deleted.
    Deleted,
    /// It no longer existed.
    Gone,
    /// A file that is not smaller than the complete one has its name, and was kept.
    Whole,
}

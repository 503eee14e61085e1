//! What goes in and out of the engine: events, reports, windows of the queue, failures.

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

/// Where an answer goes.
pub type Answer<T> = tokio::sync::oneshot::Sender<Result<T, Failure>>;

/// Something that happened, in order.
#[derive(Debug, Clone)]
pub struct Event {
    /// Counted from 1 without gaps; a receiver that misses numbers asks for a fresh window.
    pub number: u64,
    /// What happened.
    pub what: EventKind,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum EventKind {
    /// A site's connection changed.
    Site {
        /// Which site.
        site: SiteKey,
        /// What it is now.
        state: SiteState,
    },
    /// Something in this directory changed; whoever shows it lists it again.
    DirectoryChanged {
        /// The directory.
        at: Location,
    },
    /// Counts or rows of the queue changed; sent at most ten times a second.
    Queue(Counts),
    /// One line of the control dialogue with a site.
    LogLine(LogLine),
    /// Something to answer with [`crate::engine::Command::Answer`].
    Question(Question),
    /// A question that needs no answer any more.
    Answered(u64),
    /// Something worth telling that belongs to no item.
    Notice {
        /// How bad it is.
        level: Level,
        /// The text, safe to show.
        text: String,
    },
}

/// A site's connection, for the pane's title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteState {
    /// On the way: connecting, securing, logging in.
    Connecting,
    /// Logged in.
    Connected {
        /// True when the control connection is under TLS.
        tls: bool,
        /// True when `--insecure` or the like let an unknown certificate pass.
        unverified: bool,
    },
    /// Closed by either side; it connects again when somebody needs it.
    Disconnected,
    /// Could not be reached or logged in to.
    Failed(Failure),
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something is not as it should be, and work goes on.
    Warning,
    /// Something did not work.
    Error,
}

/// One line that was said on a control connection.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// With which site.
    pub site: SiteKey,
    /// On which of its sessions, counted from 1.
    pub session: u32,
    /// Who said it.
    pub by: LineKind,
    /// The line; secrets masked, safe to show.
    pub text: String,
}

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineKind {
    /// We did.
    Us,
    /// The server did.
    Server,
    /// Nobody: a remark on the connection itself, such as "connected to …".
    Remark,
}

/// Something that only the user can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Names it in the answer.
    pub id: u64,
    /// The question, safe to show.
    pub text: String,
    /// The answers to choose from; the first is the safe one.
    pub choices: Vec<String>,
}

/// A directory as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Where it is; the path is what the server calls it when the user's was relative.
    pub at: Location,
    /// Its entries in the server's order, without `.` and `..`.
    pub entries: Vec<Entry>,
    /// Lines of the listing that were not understood.
    pub unreadable: usize,
    /// Free space in bytes where the server tells it.
    pub free: Option<u64>,
}

/// The beginning of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// True when these are all.
    pub whole: bool,
}

impl Head {
    /// At most `limit` bytes of those read.
    #[must_use]
    pub fn cut(mut bytes: Vec<u8>, limit: usize) -> Self {
        let whole = bytes.len() <= limit;
        bytes.truncate(limit);
        Self { bytes, whole }
    }
}

/// How the queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Items that wait, held ones included.
    pub waiting: u64,
    /// Items being worked on.
    pub running: u64,
    /// Items that ended well.
    pub done: u64,
    /// Items that a rule left out.
    pub skipped: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items that the user has given up.
    pub cancelled: u64,
    /// Bytes that arrived, of ended and running items.
    pub bytes: u64,
    /// Bytes still to come, as far as sizes are known.
    pub bytes_left: u64,
    /// Bytes a second now, all lanes together.
    pub rate: f64,
    /// Time to the end at this rate; `None` when unknown.
    pub left: Option<Duration>,
    /// True when nothing new is begun until the user resumes.
    pub paused: bool,
    /// True while a directory tree is still being listed: the counts will grow.
    pub listing: bool,
}

/// One line of the queue panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The item.
    pub item: ItemId,
    /// Its job.
    pub job: JobId,
    /// Copy, move or delete.
    pub kind: JobKind,
    /// The name, relative to what the user selected; safe to show.
    pub name: String,
    /// True for a directory.
    pub dir: bool,
    /// Its source.
    pub from: RowEnd,
    /// Its target; `None` for deletions.
    pub to: Option<RowEnd>,
    /// True when its whole job is held back.
    pub job_held: bool,
    /// True when its job was interrupted, and goes on only on the user's word.
    pub interrupted: bool,
    /// Where it stands.
    pub state: ItemState,
    /// The way it takes, when known.
    pub via: Option<Via>,
    /// Whether its data connection is encrypted, when known.
    pub protected: Option<bool>,
    /// Bytes that arrived; `None` when nobody can tell.
    pub bytes: Option<u64>,
    /// Bytes in all; `None` when unknown.
    pub size: Option<u64>,
    /// Bytes a second, for running items whose progress is known.
    pub rate: Option<f64>,
    /// How long it has been running, or took.
    pub elapsed: Duration,
    /// Why it was skipped, failed or held; what is special about the way; safe to show.
    pub reason: Option<String>,
    /// What is known after the end.
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
    /// Only what runs or waits.
    Open,
    /// Only what failed.
    Failed,
    /// Only what has ended.
    Ended,
    /// Only what runs.
    Running,
    /// Only what waits and may begin.
    Waiting,
    /// Only what is held back, by itself or with its job.
    Held,
    /// Only what ended well.
    Done,
    /// Only what a rule left out.
    Skipped,
    /// Only what the user gave up.
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

/// What of the queue is to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowQuery {
    /// Rows in these states.
    pub filter: RowFilter,
    /// Rows of this job only.
    pub job: Option<JobId>,
    /// Rows whose name has this text, or matches this pattern (`*`, `?`), letters without case;
    /// empty for all. Finding them means looking at every row.
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

/// A piece of the queue.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Window {
    /// How many rows the filter lets through in all.
    pub total: u64,
    /// The row number of the first of [`Window::rows`].
    pub offset: u64,
    /// The rows.
    pub rows: Vec<Row>,
    /// The whole queue in numbers.
    pub counts: Counts,
}

/// How an item ended; the lines of `cp --json`.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReport {
    /// The item.
    pub item: Item,
    /// Done, skipped, failed or cancelled.
    pub state: ItemState,
    /// How it ended.
    pub ending: Ending,
    /// What kind of failure it was, for the exit code.
    pub failure: Option<FailureKind>,
}

impl ItemReport {
    /// True when this failure ended the item.
    #[must_use]
    pub fn ended_by(&self, failure: &Failure) -> bool {
        self.failure.as_ref() == Some(&failure.kind) && self.ending.reason == Some(failure.reason())
    }
}

/// A line of the log file: what became of the item, and why.
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

/// How a job ended; the last line of `cp --json`.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// An item ended.
    Item(Box<ItemReport>),
    /// Something that belongs to a site rather than to an item: it could not be reached, its
    /// data goes in the clear, and so on.
    Error(Failure),
    /// A remark that is no error: plain data where protection was preferred, and so on.
    Note {
        /// The site it is about.
        site: String,
        /// The text, safe to show.
        text: String,
    },
    /// So many files of a mirror are the same already.
    Same(u64),
    /// Nothing is left to do; the last report of a job.
    End {
        /// The job.
        job: JobId,
    },
}

/// What a mirror would do with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanAction {
    /// It is copied; a directory is made.
    Copy,
    /// It is deleted at the target.
    Delete,
    /// It stays as it is.
    Skip,
    /// It stays because both sides are the same already.
    Same,
}

words!(PlanAction { Copy: "copy", Delete: "delete", Skip: "skip", Same: "skip" });

/// One step of a mirror that is only told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanStep {
    /// What would be done.
    pub action: PlanAction,
    /// The path below both directories; a directory's ends in a slash.
    pub path: RemotePath,
    /// True for a directory.
    pub dir: bool,
    /// Bytes at the source, if known.
    pub size: Option<u64>,
    /// Why, safe to show.
    pub reason: String,
}

/// What a mirror would do, in the order in which it would do it.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// A step.
    Step(PlanStep),
    /// Something that cannot be mirrored; the rest can.
    Trouble(Failure),
    /// All is told; so many files are the same already. The last one.
    End {
        /// How many.
        same: u64,
    },
    /// It cannot be told. The last one.
    Failed(Failure),
}

/// What the doctor says to a front end.
#[derive(Debug)]
pub enum Examination {
    /// Something was found.
    Found(Finding),
    /// It could not go on: no connection, no login.
    Failed(Failure),
}

/// What is remembered of a route, to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownRoute {
    /// The source site.
    pub from: SiteKey,
    /// The destination site.
    pub to: SiteKey,
    /// The way that worked last, and when.
    pub worked: Option<(Plan, Timestamp)>,
    /// Whether the user allowed data in the clear; `None` when nobody was asked.
    pub clear: Option<bool>,
    /// Why a way failed last, safe to show, and when.
    pub failure: Option<(String, Timestamp)>,
    /// Ways that were refused within the last day and are tried last, with the server's words.
    pub refused: Vec<(Plan, String)>,
    /// Which of the two take one command at a time.
    pub asynchronous: Vec<SiteKey>,
}

/// What to do with a job or item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Stop and give up; running transfers are aborted.
    Cancel,
    /// Do not begin it.
    Hold,
    /// Undo [`Control::Hold`].
    Release,
    /// Try what failed once more.
    Retry,
    /// Take ended items out of the queue.
    Clear,
    /// Before its neighbours.
    Up,
    /// After its neighbours.
    Down,
    /// Before all that waits.
    Top,
    /// After all that waits.
    Bottom,
}

/// What became of a partial file that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartialOutcome {
    /// It is deleted.
    Deleted,
    /// It was not there any more.
    Gone,
    /// A file that is not smaller than the whole has its name: it was left alone.
    Whole,
}

//! The messages that the update function receives and the effects that it returns.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{ItemId, JobId, RemotePath, Secret, Stamp};
use crate::engine::{
    Control, Event, Examination, Failure, Head, PlanStep, PlanTally, RowQuery, Tally, Window,
};
use crate::queue::export::LeftOut;
use crate::queue::store::ExportError;
use crate::queue::{JobKind, JobSites, JobSpec};
use crate::site::import::{Program, SiteImportError};
use crate::site::sites_file::{SiteChange, SitesError};
use crate::site::{Location, LocationError, Site, SiteKey};
use crate::ui::key::Key;
use crate::ui::model::job_line::JobLine;
use crate::ui::model::listing::Arranged;

impl Operation {
    /// True if the operation changes something on the server.
    #[must_use]
    pub fn changes(&self) -> bool {
        !matches!(
            self,
            Self::View { .. }
                | Self::Fetch { .. }
                | Self::Test { .. }
                | Self::Plan { .. }
                | Self::Examine { .. }
        )
    }
}

/// Milliseconds since the screen was opened.
pub type Millis = u64;

/// Identifies a request, so that answers to abandoned requests can be ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// The left or the right pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaneSide {
    /// The left pane.
    Left,
    /// The right pane.
    Right,
}

impl PaneSide {
    /// The opposite side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}

/// A mouse button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// The primary button.
    Left,
    /// The secondary button.
    Right,
}

/// A mouse event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// A button was pressed.
    Press(Button),
    /// The mouse moved with the left button down.
    Drag,
    /// The left button was released.
    Release,
    /// The wheel was turned; positive values scroll down.
    Wheel(i8),
}

/// An event for the update function.
#[derive(Debug)]
pub enum Msg {
    /// The current time. Sent before other messages, so that the model knows when they arrived.
    Tick(Millis),
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// A mouse event at this column and row.
    Mouse(Mouse, u16, u16),
    /// The new size of the terminal, in columns and rows.
    Resize(u16, u16),
    /// An event of the engine.
    Engine(Box<Event>),
    /// Engine events were lost: the displayed state may be outdated.
    Lagged,
    /// The answer to [`UiEffect::List`].
    Listed(Ticket, Result<Arranged, Failure>),
    /// The answer to [`UiEffect::Run`].
    OperationDone(Ticket, Result<OperationReply, Failure>),
    /// The editor of [`UiEffect::Edit`] has ended; true if it changed the file.
    Edited(Box<Draft>, Result<bool, Failure>),
    /// The answer to [`UiEffect::Submit`].
    Submitted(Result<JobId, Failure>),
    /// A finding of [`Operation::Examine`].
    Found(Ticket, Box<Examination>),
    /// A job queued with [`UiEffect::Submit`] has ended.
    Ended(JobKind, Tally),
    /// The answer to [`UiEffect::Window`].
    Window(RowQuery, Result<Window, Failure>),
    /// The answer to [`UiEffect::JobLines`].
    JobLines(Result<Vec<JobLine>, Failure>),
    /// The answer to [`UiEffect::Export`]: what the file format cannot express.
    Exported(PathBuf, Result<LeftOut, ExportFailure>),
    /// The answer to [`UiEffect::Parse`].
    Parsed(String, Result<Location, LocationError>),
    /// The answer to [`UiEffect::FindInterrupted`]; true if the user requested it.
    InterruptedJobs(Result<Vec<Interrupted>, Failure>, bool),
    /// The answer to [`UiEffect::RemoveJob`]: a message for each partial file kept at the target.
    JobRemoved(Result<Vec<String>, Failure>),
    /// The answer to [`UiEffect::Sites`].
    Sites(Result<SavedSites, ManageError>),
    /// A command without an answer could not be sent.
    SendFailed(Failure),
}

/// A file that is being edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The location of the file.
    pub at: Location,
    /// Its local copy; for a local file the file itself.
    pub file: PathBuf,
    /// Size and time on the server when the file was downloaded, if known.
    pub before: (Option<u64>, Option<Stamp>),
}

/// A job whose process ended before the job did.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupted {
    /// The ID of the job.
    pub job: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// The sites of the job; `None` if one of them is no longer saved.
    pub ends: Option<JobSites>,
    /// A description with its progress, safe to display.
    pub summary: String,
}

/// A change to the saved sites.
#[derive(Debug, Clone, PartialEq)]
pub enum SitesRequest {
    /// Apply these changes.
    Change(Vec<SiteChange>),
    /// Import the sites of another program, from this file or from its default file.
    Import(Program, Option<PathBuf>),
}

/// The saved sites after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedSites {
    /// All saved sites.
    pub sites: Vec<Arc<Site>>,
    /// Messages for the user, safe to display.
    pub messages: Vec<String>,
}

/// Why the saved sites could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// `sites.toml` could not be read or written.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// The other program's file could not be imported.
    #[error(transparent)]
    Import(#[from] SiteImportError),
    /// The other program's file was not found.
    #[error("the site file of this program was not found; add its path after the program name")]
    NoFile,
}

/// Why the queue could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailure {
    /// The file could not be created.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The path of the file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The file could not be written, or the queue could not be read.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// What a mirror would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MirrorPlan {
    /// The number of its steps.
    pub tally: PlanTally,
    /// The first steps of the plan.
    pub steps: Vec<PlanStep>,
    /// Messages about entries that cannot be mirrored.
    pub problems: Vec<String>,
}

/// The result of an [`Operation`].
#[derive(Debug, Clone, PartialEq)]
pub enum OperationReply {
    /// Done, without further data.
    Done,
    /// The plan of a mirror.
    Plan(Box<MirrorPlan>),
    /// The number of entries in a directory.
    Entries(usize),
    /// The lines of a server's reply, safe to display.
    Lines(Vec<String>),
    /// The beginning of a file.
    Head(Head),
    /// A file was downloaded and can be edited.
    Draft(Box<Draft>),
    /// The file changed on the server since it was downloaded.
    Conflict(Box<Draft>),
}

/// An operation on a server.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Make a directory.
    MakeDir {
        /// The new directory.
        at: Location,
    },
    /// Rename within one site.
    Rename {
        /// The entry.
        from: Location,
        /// The new path.
        to: RemotePath,
    },
    /// Change the permissions of entries.
    Chmod {
        /// The entries.
        at: Vec<Location>,
        /// The new mode, such as `0o644`.
        mode: u32,
    },
    /// Compute what a mirror would do.
    Plan {
        /// The mirror job.
        spec: Box<JobSpec>,
    },
    /// Test the FXP routes between two locations.
    Examine {
        /// The two locations.
        between: Box<[Location; 2]>,
        /// True to transfer small test files, which are deleted afterwards.
        write: bool,
    },
    /// Log in and list a directory, to test the site.
    Test {
        /// The directory.
        at: Location,
    },
    /// Read the beginning of a file.
    View {
        /// The file.
        at: Location,
        /// Its size, if known.
        size: Option<u64>,
    },
    /// Download a file to edit it.
    Fetch {
        /// The file.
        at: Location,
    },
    /// Upload an edited file.
    PutBack {
        /// The edited file.
        draft: Box<Draft>,
        /// The target.
        to: Location,
        /// True to upload even if the file changed on the server.
        anyway: bool,
    },
    /// Send a raw FTP command.
    Raw {
        /// The site.
        site: Arc<Site>,
        /// The working directory.
        cwd: RemotePath,
        /// The command line.
        line: String,
    },
}

/// The user's answer that a listing needs before it is retried.
#[derive(Debug, Clone, PartialEq)]
pub enum LoginAnswer {
    /// A password that the user typed.
    Password(SiteKey, Secret),
    /// The passphrase of the password vault.
    Passphrase(Secret),
    /// A certificate that the user trusts.
    Trust {
        /// The site of the certificate.
        site: SiteKey,
        /// The SHA-256 fingerprint in hex.
        fingerprint: String,
        /// True to trust it permanently, not only for this run.
        keep: bool,
    },
}

/// Something that the event loop must do for the model.
#[derive(Debug, Clone, PartialEq)]
pub enum UiEffect {
    /// List a directory.
    List {
        /// Identifies the answer.
        ticket: Ticket,
        /// The directory.
        at: Location,
        /// True to ignore cached listings.
        fresh: bool,
        /// What to send to the engine first.
        answer: Option<LoginAnswer>,
    },
    /// Run an operation on a server.
    Run(Ticket, Operation),
    /// Abort a request; its answer is no longer needed.
    Abandon(Ticket),
    /// Queue a job.
    Submit(Box<JobSpec>),
    /// Control items of the queue.
    Items(Vec<ItemId>, Control),
    /// Control a job.
    Job(JobId, Control),
    /// Control all items that match a query.
    All(RowQuery, Control),
    /// Pause or resume the queue.
    Pause(bool),
    /// Fetch a range of rows of the queue.
    Window {
        /// The first row.
        offset: u64,
        /// The maximum number of rows.
        limit: usize,
        /// The filter.
        query: RowQuery,
    },
    /// Set the number of lanes of a job.
    Lanes(JobId, usize),
    /// Start a scheduled job now.
    Start(JobId),
    /// Fetch the list of jobs.
    JobLines,
    /// Export the queue, or one job, to a new file.
    Export(PathBuf, Option<JobId>),
    /// Open a file in the user's editor.
    Edit(Box<Draft>),
    /// Delete the local copy of an edited file.
    Discard(Box<Draft>),
    /// Look for interrupted jobs; true if the user requested it, so that "none" is reported too.
    FindInterrupted(bool),
    /// Resume an interrupted job.
    ResumeJob(Interrupted),
    /// Retry the failed files of a job that no process runs.
    RetryJob(Interrupted),
    /// Remove a job from the queue.
    RemoveJob(JobId),
    /// Change the saved sites.
    Sites(SitesRequest),
    /// Save the history of addresses.
    Remember(Vec<String>),
    /// Answer a question of the engine.
    Answer {
        /// The ID of the question.
        question: u64,
        /// The index of the chosen answer.
        choice: usize,
    },
    /// Close the idle connections of a site.
    Disconnect(SiteKey),
    /// Parse the text of an address.
    Parse(String),
    /// Clear the terminal and redraw the screen.
    Redraw,
    /// Quit the program.
    Quit,
}

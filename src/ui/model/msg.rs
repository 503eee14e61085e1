//! What goes into the update function and what comes out of it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::{ItemId, JobId, RemotePath, Secret, Stamp};
use crate::engine::{
    Control, Event, Examination, Failure, Head, PlanStep, PlanTally, RowQuery, Tally, Window,
};
use crate::queue::export::LeftOut;
use crate::queue::store::ExportError;
use crate::queue::{Ends, JobKind, JobSpec};
use crate::site::import::{ImportError, Program};
use crate::site::sites_file::{Change, SitesError};
use crate::site::{Location, LocationError, Site, SiteKey};
use crate::ui::key::Key;
use crate::ui::model::jobs::JobLine;
use crate::ui::model::listing::Arranged;

impl Act {
    /// True when something at the server is another one afterwards.
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

/// Names one request, so that its answer finds back and an answer that nobody waits for any more
/// is known as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Left or right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left pane.
    Left,
    /// The right pane.
    Right,
}

impl Side {
    /// The other one.
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
    /// The one under the index finger.
    Left,
    /// The other one.
    Right,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// A button went down.
    Press(Button),
    /// The mouse moved with the left button down.
    Drag,
    /// The button went up.
    Release,
    /// The wheel was turned; positive is down.
    Wheel(i8),
}

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// Time goes on. Sent before whatever else happened, so that the model knows when.
    Tick(Millis),
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something at this column and row.
    Mouse(Mouse, u16, u16),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The engine says something.
    Engine(Box<Event>),
    /// Events of the engine were missed: what is shown may be old.
    Lagged,
    /// The answer to [`Effect::List`].
    Listed(Ticket, Result<Arranged, Failure>),
    /// The answer to [`Effect::Act`].
    Acted(Ticket, Result<Reply, Failure>),
    /// The editor of [`Effect::Edit`] has ended: whether the file is another one now.
    Edited(Box<Draft>, Result<bool, Failure>),
    /// The answer to [`Effect::Submit`].
    Submitted(Result<JobId, Failure>),
    /// Something was found by [`Act::Examine`].
    Found(Ticket, Box<Examination>),
    /// Nothing is left to do of a job that was queued with [`Effect::Submit`].
    Ended(JobKind, Tally),
    /// The answer to [`Effect::Window`].
    Window(RowQuery, Result<Window, Failure>),
    /// The answer to [`Effect::JobLines`].
    JobLines(Result<Vec<JobLine>, Failure>),
    /// The answer to [`Effect::Export`]: what a form cannot say.
    Exported(PathBuf, Result<LeftOut, ExportFailure>),
    /// The answer to [`Effect::Parse`].
    Parsed(String, Result<Location, LocationError>),
    /// The answer to [`Effect::Jobs`]: the second says that the user asked for it.
    Jobs(Result<Vec<Interrupted>, Failure>, bool),
    /// The answer to [`Effect::Forget`]: what of its files is kept at the target.
    Forgotten(Result<Vec<String>, Failure>),
    /// The answer to [`Effect::Sites`].
    Sites(Result<SitesNow, ManageError>),
    /// A command without an answer could not be sent.
    Unsent(Failure),
}

/// A file that is being edited here.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Which file it is.
    pub at: Location,
    /// Its copy on this machine; the same file when it is on this machine anyway.
    pub file: PathBuf,
    /// Size and time at the server when it was fetched, as far as it tells.
    pub before: (Option<u64>, Option<Stamp>),
}

/// A job whose process ended before it was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupted {
    /// Its number.
    pub job: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// Its sites; nothing when one of them is no bookmark any more.
    pub ends: Option<Ends>,
    /// What it is and how far it came, safe to show.
    pub words: String,
}

/// What is to be done with the bookmarks.
#[derive(Debug, Clone, PartialEq)]
pub enum SitesOrder {
    /// Change them.
    Change(Vec<Change>),
    /// Take over those of another program, from this file or its usual one.
    Import(Program, Option<PathBuf>),
}

/// The bookmarks after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct SitesNow {
    /// All of them.
    pub sites: Vec<Arc<Site>>,
    /// What to tell the user, safe to show.
    pub said: Vec<String>,
}

/// Why the bookmarks could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The file of bookmarks.
    #[error(transparent)]
    Sites(#[from] SitesError),
    /// The other program's file.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The other program's file is nowhere.
    #[error("nobody knows where that program keeps its bookmarks; write the file behind its name")]
    NoFile,
}

/// Why the queue could not be written into a file.
#[derive(Debug, thiserror::Error)]
pub enum ExportFailure {
    /// The file could not be made.
    #[error("cannot make {}: {source}", path.display())]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It could not be written, or the queue not be read.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// What a mirror would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MirrorPlan {
    /// Its steps in numbers.
    pub tally: PlanTally,
    /// The first steps.
    pub steps: Vec<PlanStep>,
    /// What cannot be mirrored.
    pub troubles: Vec<String>,
}

/// What came of an [`Act`].
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// It is done.
    Done,
    /// What a mirror would do.
    Plan(Box<MirrorPlan>),
    /// So many entries are in a directory.
    Entries(usize),
    /// The lines of a server's reply, safe to show.
    Lines(Vec<String>),
    /// The beginning of a file.
    Head(Head),
    /// A file is here and can be edited.
    Draft(Box<Draft>),
    /// The file at the server is not the one that was fetched any more.
    Clash(Box<Draft>),
}

/// Something to be done on a server that has an end.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Make a directory.
    MakeDir {
        /// Which.
        at: Location,
    },
    /// Rename within one site.
    Rename {
        /// What.
        from: Location,
        /// Its new path.
        to: RemotePath,
    },
    /// Change permissions of several entries.
    Chmod {
        /// Which.
        at: Vec<Location>,
        /// The mode, such as `0o644`.
        mode: u32,
    },
    /// Find out what a mirror would do.
    Plan {
        /// The mirror.
        spec: Box<JobSpec>,
    },
    /// Examine the ways between two places.
    Examine {
        /// The places.
        between: Box<[Location; 2]>,
        /// With small files, which are deleted again.
        write: bool,
    },
    /// Log in and list a directory, to see whether it works.
    Test {
        /// Which.
        at: Location,
    },
    /// Read the beginning of a file.
    View {
        /// Which.
        at: Location,
        /// Its size, if known.
        size: Option<u64>,
    },
    /// Bring a file here to be edited.
    Fetch {
        /// Which.
        at: Location,
    },
    /// Bring an edited file back.
    PutBack {
        /// The file.
        draft: Box<Draft>,
        /// Where to.
        to: Location,
        /// Whatever became of it at the server meanwhile.
        anyway: bool,
    },
    /// Send a command as it is.
    Raw {
        /// To whom.
        site: Arc<Site>,
        /// In which directory.
        cwd: RemotePath,
        /// The command.
        line: String,
    },
}

/// What comes before a listing that is tried again.
#[derive(Debug, Clone, PartialEq)]
pub enum First {
    /// A password that the user typed.
    Password(SiteKey, Secret),
    /// The passphrase of the vault of passwords.
    Passphrase(Secret),
    /// A certificate that the user trusts.
    Trust {
        /// Whose.
        site: SiteKey,
        /// SHA-256 in hex.
        fingerprint: String,
        /// For good, not only for this run.
        keep: bool,
    },
}

/// Something for the driver to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// List a directory.
    List {
        /// Names the answer.
        ticket: Ticket,
        /// Which.
        at: Location,
        /// Anew, whatever is remembered.
        fresh: bool,
        /// What comes before.
        first: Option<First>,
    },
    /// Do something on a server.
    Act(Ticket, Act),
    /// Nobody waits for this answer any more.
    Abandon(Ticket),
    /// Queue a job.
    Submit(Box<JobSpec>),
    /// Do something with items of the queue.
    Items(Vec<ItemId>, Control),
    /// Do something with a job.
    Job(JobId, Control),
    /// Do something with all items that a filter lets through.
    All(RowQuery, Control),
    /// Begin nothing new, or go on.
    Pause(bool),
    /// Fetch a piece of the queue.
    Window {
        /// First row.
        offset: u64,
        /// Rows at most.
        limit: usize,
        /// Which.
        query: RowQuery,
    },
    /// Give a job so many lanes.
    Lanes(JobId, usize),
    /// Begin a job that waits for its time.
    Start(JobId),
    /// Fetch the jobs.
    JobLines,
    /// Write the queue, or one job of it, into a new file.
    Export(PathBuf, Option<JobId>),
    /// Give the terminal to the user's editor.
    Edit(Box<Draft>),
    /// Forget the copy of a file that was edited.
    Discard(Box<Draft>),
    /// Find out which jobs were interrupted; with true the user wants to hear of none, too.
    Jobs(bool),
    /// Go on with an interrupted job.
    Adopt(Interrupted),
    /// Try again what failed of a job that nobody runs, which takes it up.
    Retake(Interrupted),
    /// Forget an interrupted job.
    Forget(JobId),
    /// Change the bookmarks.
    Sites(SitesOrder),
    /// Keep the addresses opened before for the next run.
    Remember(Vec<String>),
    /// Answer a question of the engine.
    Answer {
        /// Which.
        question: u64,
        /// The index of the choice.
        choice: usize,
    },
    /// Close the idle sessions of a site.
    Disconnect(SiteKey),
    /// Find out which location a text means.
    Parse(String),
    /// Draw everything anew, as if nothing were on the screen.
    Redraw,
    /// End.
    Quit,
}

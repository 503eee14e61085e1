//! Dialogs, lists and texts that lie over the panes; the last one gets the keys.

use std::collections::BTreeSet;

use crate::base::JobId;
use crate::engine::RowQuery;
use crate::queue::{JobKind, JobSpec, Rules, Source, TreeRules};
use crate::site::{Location, SiteKey};
use crate::ui::action::{Action, Group};
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Draft, Interrupted, Millis, MirrorPlan, Side, Ticket};

/// Something over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// A text to read.
    Reading(Reading),
    /// A list to choose from.
    Choose(Choose),
    /// A line to type.
    Prompt(Prompt),
    /// What to copy or move, and how.
    Transfer(Box<TransferForm>),
    /// A question with buttons.
    Ask(Box<Ask>),
    /// Find or filter, in the last line of the screen.
    Seek(Seek),
}

/// A line of a text to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadLine {
    /// A heading.
    Heading(String),
    /// A paragraph; it is wrapped.
    Text(String),
    /// A line of a file, broken where it must be, every space kept.
    Verbatim(String),
    /// A name and what belongs to it.
    Pair(String, String),
    /// Nothing.
    Blank,
}

/// A text to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its title.
    pub title: String,
    /// Its lines, safe to show.
    pub lines: Vec<ReadLine>,
    /// Columns for the names of pairs.
    pub names: usize,
    /// The first line that is drawn.
    pub scroll: usize,
    /// What is still being done to fill it; closing it gives that up.
    pub live: Option<Ticket>,
}

/// What a list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choosing {
    /// A site to open in this pane.
    Site(Side),
    /// A setting of a bookmark.
    Field,
    /// A command to run.
    Command {
        /// By group, as a menu; otherwise the best match first.
        grouped: bool,
    },
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChooseRow {
    /// The heading of a group; it cannot be taken.
    Heading(Group),
    /// A command.
    Command(Action),
    /// A folder of sites.
    Folder {
        /// Its name.
        name: String,
        /// How many sites it has.
        sites: usize,
        /// True when they are shown.
        open: bool,
    },
    /// A setting of a bookmark, by its place among all.
    Field(usize),
    /// A site, by its index in the model.
    Site {
        /// The index.
        at: usize,
        /// True inside a folder.
        indented: bool,
    },
}

/// A list to choose from, narrowed by typing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choose {
    /// What it is for.
    pub kind: Choosing,
    /// What was typed.
    pub input: Input,
    /// What is left.
    pub rows: Vec<ChooseRow>,
    /// The row with the cursor.
    pub cursor: usize,
    /// The first row that is drawn.
    pub scroll: usize,
    /// Folders that are closed.
    pub folded: BTreeSet<String>,
}

impl Choose {
    /// A list in which nothing was typed yet, still without rows.
    #[must_use]
    pub fn new(kind: Choosing) -> Self {
        Self {
            kind,
            input: Input::default(),
            rows: Vec::new(),
            cursor: 0,
            scroll: 0,
            folded: BTreeSet::new(),
        }
    }
}

/// What a typed line is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Prompting {
    /// Open an address.
    Connect,
    /// Go to a path, seen from here.
    GoTo(Location),
    /// Make a directory here.
    MakeDir(Location),
    /// Rename this entry.
    Rename {
        /// The directory.
        dir: Location,
        /// Its name.
        name: Box<[u8]>,
    },
    /// Select or unselect by pattern.
    Pattern {
        /// Select.
        on: bool,
    },
    /// Change permissions of these.
    Chmod(Vec<Location>),
    /// Send a command to the site of this directory.
    Raw(Location),
    /// The value of a setting of a bookmark.
    SiteField(usize),
    /// A password that stands in the file of bookmarks as it is.
    PlainPassword,
    /// The program whose bookmarks are imported, and its file.
    Import,
    /// The password of a site, to list this again.
    Password(Retry),
    /// The passphrase of the vault, to list this again.
    Passphrase(Retry),
    /// The file that the queue, or this job of it, is written into.
    Export(Option<JobId>),
}

/// A line to type, in a dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What for.
    pub kind: Prompting,
    /// For which pane.
    pub side: Side,
    /// The title of the dialog.
    pub title: String,
    /// What to type, above the line.
    pub label: String,
    /// The line.
    pub input: Input,
    /// Why what was typed cannot be taken.
    pub error: Option<String>,
    /// True while an answer is awaited.
    pub waiting: bool,
    /// Which line of the history is shown, counted from the newest, and what had been typed.
    pub older: Option<(usize, String)>,
}

impl Prompt {
    /// A dialog with a line to type, and what stands in it.
    #[must_use]
    pub fn new(
        kind: Prompting,
        side: Side,
        title: impl Into<String>,
        label: impl Into<String>,
        typed: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            side,
            title: title.into(),
            label: label.into(),
            input: Input::new(typed),
            error: None,
            waiting: false,
            older: None,
        }
    }

    /// A dialog with a line for a password.
    #[must_use]
    pub fn masked(kind: Prompting, side: Side, title: String, label: String) -> Self {
        Self { input: Input::masked(), ..Self::new(kind, side, title, label, "") }
    }
}

/// A listing to try again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// In which pane.
    pub side: Side,
    /// What.
    pub at: Location,
}

/// A field of the copy dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The target.
    Target,
    /// How a mirror compares.
    Compare,
    /// Whether a mirror deletes.
    Delete,
    /// What to do with existing targets.
    Exists,
    /// How to check.
    Verify,
    /// Which way.
    Via,
    /// How many files side by side.
    Lanes,
    /// Whether copies get the permissions of their sources.
    Keep,
    /// What becomes of symbolic links.
    Links,
    /// How the bytes are carried.
    Type,
    /// Begin.
    Begin,
    /// Do not.
    Dismiss,
}

impl Field {
    /// Its name in the dialog; buttons have labels of their own.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Target => "To",
            Self::Compare => "Compare",
            Self::Delete => "Delete",
            Self::Exists => "Exists",
            Self::Verify => "Verify",
            Self::Via => "Via",
            Self::Lanes => "Lanes",
            Self::Keep => "Keep",
            Self::Links => "Links",
            Self::Type => "Type",
            Self::Begin | Self::Dismiss => "",
        }
    }

    /// The fields for a kind of job, from top to bottom, the two buttons last.
    #[must_use]
    pub fn of(kind: JobKind) -> &'static [Self] {
        match kind {
            JobKind::Mirror => &[
                Self::Target,
                Self::Compare,
                Self::Delete,
                Self::Verify,
                Self::Via,
                Self::Lanes,
                Self::Keep,
                Self::Links,
                Self::Begin,
                Self::Dismiss,
            ],
            JobKind::Copy | JobKind::Move | JobKind::Delete => &[
                Self::Target,
                Self::Exists,
                Self::Verify,
                Self::Via,
                Self::Lanes,
                Self::Keep,
                Self::Links,
                Self::Type,
                Self::Begin,
                Self::Dismiss,
            ],
        }
    }
}

/// What to copy or move, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferForm {
    /// Copy or move.
    pub kind: JobKind,
    /// The directory that the sources are in.
    pub from: Location,
    /// What to take.
    pub sources: Vec<Source>,
    /// What that is, in words.
    pub summary: String,
    /// The directory of the other pane.
    pub to: Location,
    /// The target as typed.
    pub target: Input,
    /// The rules.
    pub rules: Rules,
    /// The rules for what is found in directories.
    pub tree: TreeRules,
    /// The field that listens.
    pub field: Field,
    /// Why the target cannot be taken.
    pub error: Option<String>,
    /// True while it is found out what the typed target means.
    pub waiting: bool,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Asking {
    /// Delete these.
    Delete(Box<JobSpec>),
    /// End the program while transfers run.
    Quit,
    /// A directory could not be listed: try again, type another address, or let it be.
    Failed(Retry),
    /// A certificate that nobody vouches for.
    Trust {
        /// What to list when it is trusted.
        retry: Retry,
        /// Whose it is.
        site: SiteKey,
        /// SHA-256 in hex.
        fingerprint: String,
    },
    /// What becomes of a form with changes.
    SaveSite,
    /// Remove the bookmark of this name.
    RemoveSite(String),
    /// Examine the ways between these two places.
    Doctor(Box<[Location; 2]>),
    /// What becomes of interrupted jobs.
    Interrupted(Vec<Interrupted>),
    /// How to compare the panes.
    Compare,
    /// Begin this mirror, of which is known what it would do.
    Mirror(Box<JobSpec>, Box<MirrorPlan>),
    /// A question of the engine.
    Engine(u64),
    /// An edited file whose original has changed meanwhile.
    Clash(Box<Draft>),
    /// Cancel whole jobs.
    CancelJobs(Vec<JobId>),
    /// Take jobs out of the queue that have not ended.
    ForgetJobs(Vec<JobId>),
    /// Cancel all that a query shows.
    CancelAll(RowQuery),
    /// Which rows of the queue are shown.
    Rows,
}

/// How much a dialog presses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// An ordinary question.
    Plain,
    /// Something may be lost or is not safe.
    Grave,
}

/// A question with buttons.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The title of the dialog.
    pub title: String,
    /// The text, safe to show; each line is wrapped.
    pub body: Vec<String>,
    /// How much it presses.
    pub weight: Weight,
    /// The buttons.
    pub choices: Vec<String>,
    /// The button that Enter takes.
    pub cursor: usize,
    /// The button that Esc takes: the safe one.
    pub safe: usize,
    /// What it is about.
    pub about: Asking,
    /// When it came up by itself; keys typed within [`READING_TIME`] were meant for something
    /// else.
    pub raised: Option<Millis>,
}

/// Milliseconds that a dialog which came up by itself takes no keys.
pub const READING_TIME: Millis = 400;

impl Ask {
    /// The button that begins with a typed letter, after the one under the cursor when there are
    /// several; the second says that there is only this one, so that the letter takes it. Where
    /// there are two buttons, `y` is the one that does it and `n` the safe one.
    #[must_use]
    pub fn hotkey(&self, typed: char) -> Option<(usize, bool)> {
        let same = |at: &usize| {
            let first = self.choices[*at].chars().next();
            first.is_some_and(|c| c.to_lowercase().eq(typed.to_lowercase()))
        };
        let total = self.choices.len();
        let all: Vec<usize> =
            (1..=total).map(|step| (self.cursor + step) % total).filter(same).collect();
        if let Some(first) = all.first() {
            return Some((*first, all.len() == 1));
        }
        match (typed, total) {
            ('y' | 'Y', 2) => Some((1 - self.safe.min(1), true)),
            ('n' | 'N', 2) => Some((self.safe.min(1), true)),
            _ => None,
        }
    }
}

/// What is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeking {
    /// A name to put the cursor on.
    Find,
    /// A text that all names shown have.
    Filter,
    /// A text that all rows of the queue have that are shown.
    Rows,
}

/// Find or filter: works while one types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seek {
    /// What.
    pub kind: Seeking,
    /// In which pane.
    pub side: Side,
    /// What was typed.
    pub input: Input,
    /// Where the cursor stood before.
    pub cursor: usize,
    /// The filter before.
    pub filter: String,
    /// True when no name has what was typed.
    pub lost: bool,
}

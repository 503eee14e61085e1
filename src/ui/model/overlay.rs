//! Dialogs, lists and texts over the panes; the last one has the focus.

use std::collections::BTreeSet;

use crate::base::JobId;
use crate::engine::RowQuery;
use crate::queue::{JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::site::{Location, SiteKey};
use crate::ui::action::{Action, Group};
use crate::ui::model::input::Input;
use crate::ui::model::msg::{Draft, Interrupted, Millis, MirrorPlan, PaneSide, Ticket};

/// A dialog over the panes.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// A text dialog.
    Text(TextDialog),
    /// A list dialog.
    List(ListDialog),
    /// A prompt with one text input.
    Prompt(Prompt),
    /// The copy, move or mirror dialog.
    Transfer(Box<TransferForm>),
    /// A question with buttons.
    Question(Box<QuestionDialog>),
    /// The find or filter input in the last line of the screen.
    Search(SearchInput),
}

/// A line of a text dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextLine {
    /// A heading.
    Heading(String),
    /// A paragraph, wrapped between words.
    Text(String),
    /// A line of a file: broken at the width of the dialog, spaces kept.
    Verbatim(String),
    /// A name and its value.
    Pair(String, String),
    /// An empty line.
    Blank,
}

/// A text dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDialog {
    /// The title of the dialog.
    pub title: String,
    /// The lines, safe to display.
    pub lines: Vec<TextLine>,
    /// The width of the names of pairs.
    pub names: usize,
    /// The first visible line.
    pub scroll: usize,
    /// The operation that still adds lines; closing the dialog aborts it.
    pub live: Option<Ticket>,
}

/// The purpose of a list dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// A site to open in this pane.
    Site(PaneSide),
    /// A setting of a site.
    Field,
    /// A command to run.
    Command {
        /// True for a menu by group, false for the best match first.
        grouped: bool,
    },
}

/// A row of a list dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListRow {
    /// The heading of a group; it cannot be chosen.
    Heading(Group),
    /// A command.
    Command(Action),
    /// A folder of sites.
    Folder {
        /// The name of the folder.
        name: String,
        /// The number of sites in it.
        sites: usize,
        /// True if the folder is unfolded.
        open: bool,
    },
    /// A setting of a site, by its index in the table of settings.
    Field(usize),
    /// A saved site.
    Site {
        /// The index in [`crate::ui::model::Model::sites`].
        at: usize,
        /// True if it is in a folder.
        indented: bool,
    },
}

/// A list dialog that typing filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListDialog {
    /// The purpose of the list.
    pub kind: ListKind,
    /// The filter.
    pub input: Input,
    /// The rows that match.
    pub rows: Vec<ListRow>,
    /// The row with the cursor.
    pub cursor: usize,
    /// The first visible row.
    pub scroll: usize,
    /// The names of closed folders.
    pub folded: BTreeSet<String>,
}

impl ListDialog {
    /// A list without filter and without rows.
    #[must_use]
    pub fn new(kind: ListKind) -> Self {
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

/// The purpose of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub enum PromptKind {
    /// Open an address.
    Connect,
    /// Go to a path, relative to this directory.
    GoTo(Location),
    /// Create a directory in this directory.
    MakeDir(Location),
    /// Rename an entry.
    Rename {
        /// The directory of the entry.
        dir: Location,
        /// The current name.
        name: Box<[u8]>,
    },
    /// Select or unselect by pattern.
    Pattern {
        /// True to select, false to unselect.
        on: bool,
    },
    /// Change the permissions of these entries.
    Chmod(Vec<Location>),
    /// Send a command to the site of this directory.
    Raw(Location),
    /// The value of a setting of a site, by its index in the table of settings.
    SiteField(usize),
    /// A password that is stored unencrypted in `sites.toml`.
    PlainPassword,
    /// The program to import sites from, and its file.
    Import,
    /// The password of a site, to retry a listing.
    Password(ListingRetry),
    /// The passphrase of the vault, to retry a listing.
    Passphrase(ListingRetry),
    /// The file to export the queue, or this job, to.
    Export(Option<JobId>),
}

/// A dialog with one text input.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The purpose of the prompt.
    pub kind: PromptKind,
    /// The pane that it applies to.
    pub side: PaneSide,
    /// The title of the dialog.
    pub title: String,
    /// The label above the input.
    pub label: String,
    /// The text input.
    pub input: Input,
    /// Why the input is invalid.
    pub error: Option<String>,
    /// True while the input is being resolved.
    pub waiting: bool,
    /// The displayed entry of the history, counted from the newest, and the text typed before.
    pub history: Option<(usize, String)>,
}

impl Prompt {
    /// A prompt with an initial text.
    #[must_use]
    pub fn new(
        kind: PromptKind,
        side: PaneSide,
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
            history: None,
        }
    }

    /// A prompt for a password.
    #[must_use]
    pub fn masked(kind: PromptKind, side: PaneSide, title: String, label: String) -> Self {
        Self { input: Input::masked(), ..Self::new(kind, side, title, label, "") }
    }
}

/// A listing that can be retried.
#[derive(Debug, Clone, PartialEq)]
pub struct ListingRetry {
    /// The pane of the listing.
    pub side: PaneSide,
    /// The directory.
    pub at: Location,
}

/// A field of the copy dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormField {
    /// The target.
    Target,
    /// How a mirror compares files.
    Compare,
    /// Whether a mirror deletes extraneous files.
    Delete,
    /// What to do if a target exists.
    Exists,
    /// How to verify copies.
    Verify,
    /// Directly between the servers, or relayed.
    Via,
    /// The number of parallel files.
    Lanes,
    /// Whether permissions are preserved.
    Preserve,
    /// How symbolic links are handled.
    Links,
    /// Binary or text mode.
    Type,
    /// The button that starts the job.
    Start,
    /// The button that closes the dialog.
    Cancel,
}

impl FormField {
    /// The name in the dialog; empty for buttons, which have labels.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Target => "To",
            Self::Compare => "Compare",
            Self::Delete => "Delete",
            Self::Exists => "Exists",
            Self::Verify => "Verify",
            Self::Via => "Via",
            Self::Lanes => "Parallel",
            Self::Preserve => "Preserve",
            Self::Links => "Links",
            Self::Type => "Type",
            Self::Start | Self::Cancel => "",
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
                Self::Preserve,
                Self::Links,
                Self::Start,
                Self::Cancel,
            ],
            JobKind::Copy | JobKind::Move | JobKind::Delete => &[
                Self::Target,
                Self::Exists,
                Self::Verify,
                Self::Via,
                Self::Lanes,
                Self::Preserve,
                Self::Links,
                Self::Type,
                Self::Start,
                Self::Cancel,
            ],
        }
    }
}

/// The copy, move or mirror dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct TransferForm {
    /// Copy, move or mirror.
    pub kind: JobKind,
    /// The directory that contains the sources.
    pub from: Location,
    /// The selected sources.
    pub sources: Vec<Source>,
    /// A description of the sources.
    pub summary: String,
    /// The directory of the other pane.
    pub to: Location,
    /// The target as typed.
    pub target: Input,
    /// The transfer rules.
    pub rules: JobRules,
    /// The rules for directories.
    pub tree: TreeRules,
    /// The field with the focus.
    pub field: FormField,
    /// Why the job cannot be started.
    pub error: Option<String>,
    /// True while the typed target is being resolved.
    pub waiting: bool,
}

/// The subject of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum QuestionKind {
    /// Delete these entries.
    Delete(Box<JobSpec>),
    /// Quit while transfers are running.
    Quit,
    /// A listing failed: retry, open another address, or close.
    Failed(ListingRetry),
    /// A certificate that is not signed by a trusted authority.
    Trust {
        /// The listing to retry if the user trusts it.
        retry: ListingRetry,
        /// The site of the certificate.
        site: SiteKey,
        /// The SHA-256 fingerprint in hex.
        fingerprint: String,
    },
    /// Save or discard the changes to a site.
    SaveSite,
    /// Remove the site with this name.
    RemoveSite(String),
    /// Test the FXP routes between these two locations.
    Doctor(Box<[Location; 2]>),
    /// Resume or discard interrupted jobs.
    Interrupted(Vec<Interrupted>),
    /// How to compare the panes.
    Compare,
    /// Start a mirror whose plan is known.
    Mirror(Box<JobSpec>, Box<MirrorPlan>),
    /// A question of the engine, by its ID.
    Engine(u64),
    /// An edited file that also changed on the server.
    Conflict(Box<Draft>),
    /// Cancel whole jobs.
    CancelJobs(Vec<JobId>),
    /// Remove unfinished jobs from the queue.
    RemoveJobs(Vec<JobId>),
    /// Cancel all files that match a query.
    CancelAll(RowQuery),
    /// The state filter of the queue.
    Rows,
}

/// The severity of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// An ordinary question.
    Normal,
    /// Data may be lost, or a connection is not secure.
    Danger,
}

/// A question with buttons.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionDialog {
    /// The title of the dialog.
    pub title: String,
    /// The paragraphs of the text, safe to display.
    pub body: Vec<String>,
    /// The severity, which sets the colour of the title.
    pub severity: Severity,
    /// The labels of the buttons.
    pub choices: Vec<String>,
    /// The index of the button that Enter chooses.
    pub cursor: usize,
    /// The index of the button that Esc chooses: the safe one.
    pub safe: usize,
    /// The subject of the question.
    pub about: QuestionKind,
    /// When the question appeared without a request of the user; keys pressed within
    /// [`READING_TIME`] were not meant for it.
    pub raised: Option<Millis>,
}

/// Milliseconds during which an unrequested dialog ignores keys.
pub const READING_TIME: Millis = 400;

impl QuestionDialog {
    /// The next button whose label starts with a typed letter, and whether it is the only one, so
    /// that the letter chooses it. With two buttons, `n` is the safe one and `y` the other.
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

/// The purpose of a find or filter input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Move the cursor to a name.
    Find,
    /// Show only names that contain a text.
    Filter,
    /// Show only rows of the queue that contain a text.
    Rows,
}

/// The find or filter input, which applies while the user types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchInput {
    /// The purpose of the input.
    pub kind: SearchKind,
    /// The pane that it applies to.
    pub side: PaneSide,
    /// The text input.
    pub input: Input,
    /// The row of the cursor before.
    pub cursor: usize,
    /// The filter before.
    pub filter: String,
    /// True if nothing matches.
    pub no_match: bool,
}

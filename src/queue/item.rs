//! Items: the files and directories of a job, and their results.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{ItemId, JobId, Stamp};
use crate::queue::ItemState;
use crate::site::{Location, Site};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

/// A file or directory of a job. Its paths are locations, or the bytes that the store has, where
/// the sites are not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<P = Location> {
    /// The item's id.
    pub id: ItemId,
    /// The job that it belongs to.
    pub job: JobId,
    /// The name to display, relative to the source that the user selected.
    pub label: Box<str>,
    /// True for a directory.
    pub dir: bool,
    /// The path of the source.
    pub source: P,
    /// The path of the target; `None` for deletions.
    pub target: Option<P>,
    /// The size in bytes that the source reported.
    pub size: Option<u64>,
    /// The modification time of the source.
    pub modified: Option<Stamp>,
    /// The permissions for the target; `None` to leave the server's default.
    pub mode: Option<u32>,
    /// True when the target exists and will be replaced.
    pub replaces: bool,
    /// The number of finished attempts.
    pub tries: u32,
}

impl Item<Vec<u8>> {
    /// The same with its paths on these sites.
    #[must_use]
    pub fn on(self, sites: &JobSites) -> Item {
        let Self { id, job, label, dir, source, target, size, modified, mode, replaces, tries } =
            self;
        let source = Location::new(sites.from.as_ref(), source);
        let target = target.map(|target| Location::new(sites.to.as_ref(), target));
        Item { id, job, label, dir, source, target, size, modified, mode, replaces, tries }
    }
}

/// The position of a new item among those of its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precedence {
    /// Before all that wait: it matches a first-list.
    First,
    /// After those that were added before.
    #[default]
    Normal,
    /// After all others, including those that are added later: it will be resumed, and the site has
    /// the setting `resume_last`.
    Last,
}

/// An item to be added to a job.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// See [`Item::label`].
    pub label: Box<str>,
    /// See [`Item::dir`].
    pub dir: bool,
    /// See [`Item::source`].
    pub source: Location,
    /// See [`Item::target`].
    pub target: Option<Location>,
    /// See [`Item::size`].
    pub size: Option<u64>,
    /// See [`Item::modified`].
    pub modified: Option<Stamp>,
    /// See [`Item::mode`].
    pub mode: Option<u32>,
    /// See [`Item::replaces`].
    pub replaces: bool,
    /// Its position among the other items of its job.
    pub precedence: Precedence,
}

impl NewItem {
    /// An item of which only the source and the target are known.
    #[must_use]
    pub fn named(label: &str, dir: bool, source: Location, target: Option<Location>) -> Self {
        Self {
            label: label.into(),
            dir,
            source,
            target,
            size: None,
            modified: None,
            mode: None,
            replaces: false,
            precedence: Precedence::Normal,
        }
    }

    /// Converts it to an item of a job with this id.
    #[must_use]
    pub fn with_id(self, id: ItemId, job: JobId) -> Item {
        let Self { label, dir, source, target, size, modified, mode, replaces, precedence: _ } =
            self;
        Item { id, job, label, dir, source, target, size, modified, mode, replaces, tries: 0 }
    }
}

/// The result of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ending {
    /// What is known about the target; `None` when nothing was stored.
    pub verdict: Option<Verdict>,
    /// How the target was verified.
    pub verified: Evidence,
    /// The route of the data.
    pub via: Option<Via>,
    /// Which server was passive; `None` unless the transfer was direct.
    pub passive: Option<PassiveSide>,
    /// True when the data was encrypted; `None` when nothing was transferred.
    pub protected: Option<bool>,
    /// The size at the target in bytes.
    pub bytes: u64,
    /// The duration.
    pub elapsed: Duration,
    /// Why it was skipped or failed, or a warning; escaped for display.
    pub reason: Option<String>,
}

/// An item to be added to the store: waiting, or with a result.
#[derive(Debug, Clone)]
pub struct QueueEntry {
    /// The item.
    pub item: NewItem,
    /// Its final state and result; `None` when it waits.
    pub ended: Option<(ItemState, Ending)>,
}

/// The number of items in each state, and their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Waiting to be processed.
    pub waiting: u64,
    /// Held by the user.
    pub held: u64,
    /// Being worked on.
    pub running: u64,
    /// Finished successfully.
    pub done: u64,
    /// Skipped by a rule.
    pub skipped: u64,
    /// Failed.
    pub failed: u64,
    /// Cancelled by the user.
    pub cancelled: u64,
    /// The bytes of items that finished successfully.
    pub bytes_done: u64,
    /// The bytes of items that are waiting, held or running, as far as known.
    pub bytes_open: u64,
}

impl Totals {
    /// The number of items that are not finished.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.waiting + self.held + self.running
    }

    /// The number of finished items.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.done + self.skipped + self.failed + self.cancelled
    }

    /// Adds bytes of running items, which the store does not count.
    pub fn add_arrived(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes_open);
        self.bytes_done += bytes;
        self.bytes_open -= bytes;
    }

    /// The sum of both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            waiting: self.waiting + other.waiting,
            held: self.held + other.held,
            running: self.running + other.running,
            done: self.done + other.done,
            skipped: self.skipped + other.skipped,
            failed: self.failed + other.failed,
            cancelled: self.cancelled + other.cancelled,
            bytes_done: self.bytes_done + other.bytes_done,
            bytes_open: self.bytes_open + other.bytes_open,
        }
    }
}

/// The sites of a job; `None` for this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobSites {
    /// The source site.
    pub from: Option<Arc<Site>>,
    /// The target site; `None` also for deletions.
    pub to: Option<Arc<Site>>,
}

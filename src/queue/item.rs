//! Items: the files and directories that a job consists of, and how they ended.

use std::sync::Arc;
use std::time::Duration;

use crate::base::{ItemId, JobId, Stamp};
use crate::queue::ItemState;
use crate::site::{Location, Site};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

/// An item as it is handed to a lane.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// Its job.
    pub job: JobId,
    /// The name to show, relative to what the user selected.
    pub label: Box<str>,
    /// True for a directory.
    pub dir: bool,
    /// From where.
    pub source: Location,
    /// To where; `None` for deletions.
    pub target: Option<Location>,
    /// Bytes, as the source told.
    pub size: Option<u64>,
    /// Time of the source.
    pub modified: Option<Stamp>,
    /// Permissions to give to the target.
    pub mode: Option<u32>,
    /// True when the target exists and is to be replaced.
    pub replaces: bool,
    /// Tries that ended.
    pub tries: u32,
}

/// When the turn of a new item comes among those of its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Turn {
    /// Before all that waits: a move-first rule names it.
    First,
    /// Behind the others.
    #[default]
    Usual,
    /// Behind all others, those that come later included: it is to be resumed, and the site says
    /// that this comes last.
    Last,
}

/// A new item.
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
    /// Where it stands among the others of its job.
    pub turn: Turn,
}

impl NewItem {
    /// One of which nothing more is known than where it is and where it goes.
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
            turn: Turn::Usual,
        }
    }

    /// The same as an item of a job, under its number.
    #[must_use]
    pub fn numbered(self, id: ItemId, job: JobId) -> Item {
        let Self { label, dir, source, target, size, modified, mode, replaces, turn: _ } = self;
        Item { id, job, label, dir, source, target, size, modified, mode, replaces, tries: 0 }
    }
}

/// How an item ended.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ending {
    /// What is known of the target.
    pub verdict: Option<Verdict>,
    /// What the verdict rests on.
    pub verified: Evidence,
    /// The way it took.
    pub via: Option<Via>,
    /// Which server listened.
    pub passive: Option<PassiveSide>,
    /// Whether the data was encrypted.
    pub protected: Option<bool>,
    /// Bytes at the target.
    pub bytes: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// Why it was skipped or failed, or a warning; safe to show.
    pub reason: Option<String>,
}

/// An item to be added: one that waits, or one that has ended already.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The item.
    pub item: NewItem,
    /// How it ended, if it has: left out by a rule, failed or done on the way.
    pub ended: Option<(ItemState, Ending)>,
}

/// How many items are in each state, and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Waiting for their turn.
    pub waiting: u64,
    /// Held by the user.
    pub held: u64,
    /// Handed out to be worked on.
    pub running: u64,
    /// Ended well.
    pub done: u64,
    /// Left out.
    pub skipped: u64,
    /// Ended badly.
    pub failed: u64,
    /// Given up by the user.
    pub cancelled: u64,
    /// Bytes of items that ended well.
    pub bytes_done: u64,
    /// Bytes of items that wait, are held or handed out, as far as known.
    pub bytes_open: u64,
}

impl Totals {
    /// Items that did not end yet.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.waiting + self.held + self.running
    }

    /// Items that ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.done + self.skipped + self.failed + self.cancelled
    }

    /// Counts bytes of items that are still running, which the store does not know.
    pub fn add_arrived(&mut self, bytes: u64) {
        let bytes = bytes.min(self.bytes_open);
        self.bytes_done += bytes;
        self.bytes_open -= bytes;
    }

    /// Both together.
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

/// The sites at both ends of a job; `None` for this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends {
    /// Where the files come from.
    pub from: Option<Arc<Site>>,
    /// Where they go; `None` also for deletions.
    pub to: Option<Arc<Site>>,
}

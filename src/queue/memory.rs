//! The queue in memory: jobs, their items in order, and what became of them.
//!
//! Everything that the engine asks costs at most the logarithm of the queue's length; a window
//! costs its offset.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use crate::base::{ItemId, JobId, Stamp};
use crate::queue::{ItemState, JobKind, JobSpec, Rules};
use crate::site::Location;
use crate::transfer::{PassiveSide, Verdict, Via};

/// One file or directory of a job.
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
    /// True when the target exists and is to be replaced.
    pub replaces: bool,
    /// Where it stands.
    pub state: ItemState,
    /// How it ended, or what is special about it.
    pub ending: Ending,
    /// Tries so far.
    pub tries: u32,
    /// Not to be begun before.
    pub not_before: Option<Instant>,
    order: i64,
}

/// How an item ended.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// What is known of the target.
    pub verdict: Option<Verdict>,
    /// What the verdict rests on.
    pub verified: &'static str,
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
    /// See [`Item::replaces`].
    pub replaces: bool,
    /// Where it stands among the others.
    pub turn: Turn,
}

/// When the turn of a new item comes.
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

/// One job.
#[derive(Debug)]
pub struct Job {
    /// Copy, move or delete.
    pub kind: JobKind,
    /// The rules.
    pub rules: Rules,
    /// True while its tree is still being listed.
    pub listing: bool,
    /// True when nothing of it is to be begun.
    pub held: bool,
    /// True once the user has given it up.
    pub cancelled: bool,
    waiting: BTreeMap<i64, ItemId>,
    running: usize,
}

/// How many items are in each state, and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Waiting or held.
    pub waiting: u64,
    /// Being worked on.
    pub running: u64,
    /// Ended well.
    pub done: u64,
    /// Left out.
    pub skipped: u64,
    /// Ended badly.
    pub failed: u64,
    /// Bytes of ended items.
    pub bytes_done: u64,
    /// Bytes of waiting items, as far as known.
    pub bytes_waiting: u64,
}

/// The order of items that come last begins here.
const LAST: i64 = i64::MAX / 2;

/// All jobs and items.
#[derive(Debug, Default)]
pub struct Queue {
    jobs: BTreeMap<JobId, Job>,
    items: HashMap<ItemId, Item>,
    waiting: BTreeMap<i64, ItemId>,
    running: BTreeSet<ItemId>,
    ended: BTreeMap<u64, ItemId>,
    failed: BTreeMap<u64, ItemId>,
    ended_at: HashMap<ItemId, u64>,
    totals: Totals,
    last_job: u64,
    last_item: u64,
    last_ended: u64,
    first_order: i64,
    last_order: i64,
}

impl Queue {
    /// An empty queue.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job without items.
    pub fn add_job(&mut self, spec: &JobSpec) -> JobId {
        self.last_job += 1;
        let id = JobId(self.last_job);
        let job = Job {
            kind: spec.kind,
            rules: spec.rules,
            listing: true,
            held: false,
            cancelled: false,
            waiting: BTreeMap::new(),
            running: 0,
        };
        self.jobs.insert(id, job);
        id
    }

    /// Adds an item behind all others.
    pub fn add_item(&mut self, job: JobId, new: NewItem) -> ItemId {
        self.last_item += 1;
        let id = ItemId(self.last_item);
        let NewItem { label, dir, source, target, size, modified, replaces, turn } = new;
        let order = match turn {
            Turn::First => {
                self.first_order -= 1;
                self.first_order
            }
            Turn::Usual => {
                self.last_order += 1;
                self.last_order
            }
            Turn::Last => LAST + id.0.cast_signed(),
        };
        let item = Item {
            id,
            job,
            label,
            dir,
            source,
            target,
            size,
            modified,
            replaces,
            state: ItemState::Waiting,
            ending: Ending { verified: "none", ..Ending::default() },
            tries: 0,
            not_before: None,
            order,
        };
        self.count(&item, true);
        self.enter(&item);
        self.items.insert(id, item);
        id
    }

    /// A job.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Job> {
        self.jobs.get(&id)
    }

    /// A job, to change its flags.
    pub fn job_mut(&mut self, id: JobId) -> Option<&mut Job> {
        self.jobs.get_mut(&id)
    }

    /// All jobs, oldest first.
    pub fn jobs(&self) -> impl Iterator<Item = (JobId, &Job)> {
        self.jobs.iter().map(|(id, job)| (*id, job))
    }

    /// An item.
    #[must_use]
    pub fn item(&self, id: ItemId) -> Option<&Item> {
        self.items.get(&id)
    }

    /// The whole queue in numbers.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// The items being worked on.
    pub fn running(&self) -> impl Iterator<Item = &Item> {
        self.running.iter().filter_map(|id| self.items.get(id))
    }

    /// The next item of a job that may be begun now; it becomes running.
    pub fn claim(&mut self, job: JobId, now: Instant) -> Option<&Item> {
        let entry = self.jobs.get(&job).filter(|job| !job.held && !job.cancelled)?;
        let id = entry.waiting.values().copied().find(|id| {
            self.items.get(id).is_some_and(|item| {
                item.state == ItemState::Waiting && item.not_before.is_none_or(|at| at <= now)
            })
        })?;
        self.set_state(id, ItemState::Running);
        if let Some(item) = self.items.get_mut(&id) {
            item.tries += 1;
            item.not_before = None;
        }
        self.items.get(&id)
    }

    /// True when an item of the job may be begun now.
    #[must_use]
    pub fn has_ready(&self, job: JobId, now: Instant) -> bool {
        self.jobs.get(&job).is_some_and(|job| {
            !job.held
                && !job.cancelled
                && job.waiting.values().any(|id| {
                    self.items.get(id).is_some_and(|item| {
                        item.state == ItemState::Waiting
                            && item.not_before.is_none_or(|at| at <= now)
                    })
                })
        })
    }

    /// True when nothing of the job is left to do.
    #[must_use]
    pub fn is_finished(&self, job: JobId) -> bool {
        self.jobs.get(&job).is_none_or(|job| {
            !job.listing && job.running == 0 && (job.waiting.is_empty() || job.cancelled)
        })
    }

    /// How many items of the job are being worked on.
    #[must_use]
    pub fn running_of(&self, job: JobId) -> usize {
        self.jobs.get(&job).map_or(0, |job| job.running)
    }

    /// Puts a running item back, to be tried again from `not_before` on.
    pub fn put_back(&mut self, id: ItemId, reason: String, not_before: Instant) {
        if let Some(item) = self.items.get_mut(&id) {
            item.not_before = Some(not_before);
            item.ending.reason = Some(reason);
        }
        self.set_state(id, ItemState::Waiting);
    }

    /// How many items of the job wait.
    #[must_use]
    pub fn waiting_count(&self, job: JobId) -> u64 {
        self.jobs.get(&job).map_or(0, |job| job.waiting.len() as u64)
    }

    /// What is special about a running item.
    pub fn set_ending(&mut self, id: ItemId, ending: Ending) {
        if let Some(item) = self.items.get_mut(&id).filter(|i| i.state == ItemState::Running) {
            item.ending = ending;
        }
    }

    /// An ended item waits again, as if it were new.
    pub fn renew(&mut self, id: ItemId) {
        if let Some(item) = self.items.get_mut(&id) {
            item.tries = 0;
            item.not_before = None;
        }
        self.set_state(id, ItemState::Waiting);
    }

    /// Ends an item.
    pub fn end(&mut self, id: ItemId, state: ItemState, ending: Ending) -> Option<&Item> {
        let item = self.items.get_mut(&id)?;
        let before = item.clone();
        item.ending = ending;
        let item = item.clone();
        // bytes are counted by the ending, so the old count goes and the new one comes
        self.count(&before, false);
        self.count(&item, true);
        self.set_state(id, state);
        self.items.get(&id)
    }

    /// Changes an item's state.
    pub fn set_state(&mut self, id: ItemId, state: ItemState) {
        let Some(item) = self.items.get(&id).cloned() else { return };
        self.count(&item, false);
        self.leave(&item);
        let item = Item { state, ..item };
        self.count(&item, true);
        self.enter(&item);
        self.items.insert(id, item);
    }

    /// Takes an ended item out of the queue.
    pub fn remove(&mut self, id: ItemId) {
        if let Some(item) = self.items.remove(&id) {
            self.count(&item, false);
            self.leave(&item);
        }
    }

    /// Moves a waiting item before (`up`) or behind its neighbour, or with `far` all others.
    pub fn shift(&mut self, id: ItemId, up: bool, far: bool) {
        let Some(item) = self
            .items
            .get(&id)
            .filter(|item| self.waiting.get(&item.order) == Some(&item.id))
            .cloned()
        else {
            return;
        };
        let order = match (up, far) {
            (true, true) => {
                self.first_order -= 1;
                self.first_order
            }
            (false, true) => {
                self.last_order += 1;
                self.last_order
            }
            _ => {
                let neighbour = if up {
                    self.waiting.range(..item.order).next_back()
                } else {
                    self.waiting.range(item.order + 1..).next()
                };
                let Some((&order, &other)) = neighbour else { return };
                self.reorder(other, item.order);
                order
            }
        };
        self.leave(&item);
        let item = Item { order, ..item };
        self.enter(&item);
        self.items.insert(id, item);
    }

    fn reorder(&mut self, id: ItemId, order: i64) {
        let Some(item) = self.items.get(&id).cloned() else { return };
        self.leave(&item);
        let item = Item { order, ..item };
        self.enter(&item);
        self.items.insert(id, item);
    }

    /// The waiting items of a job, in order.
    #[must_use]
    pub fn waiting_of(&self, job: JobId) -> Vec<ItemId> {
        self.jobs.get(&job).map(|job| job.waiting.values().copied().collect()).unwrap_or_default()
    }

    /// The ended items of a job.
    #[must_use]
    pub fn ended_of(&self, job: JobId) -> Vec<ItemId> {
        self.ended
            .values()
            .copied()
            .filter(|id| self.items.get(id).is_some_and(|item| item.job == job))
            .collect()
    }

    /// Items in the order of the panel: running, waiting, ended (newest first), as far as wanted.
    pub fn rows(&self, open: bool, ended: bool) -> impl Iterator<Item = ItemId> {
        let running = self.running.iter().copied();
        let waiting = self.waiting.values().copied();
        let over = self.ended.values().rev().copied();
        running.chain(waiting).take(if open { usize::MAX } else { 0 }).chain(over.take(if ended {
            usize::MAX
        } else {
            0
        }))
    }

    /// Failed items, newest first.
    pub fn failed(&self) -> impl Iterator<Item = ItemId> {
        self.failed.values().rev().copied()
    }

    fn enter(&mut self, item: &Item) {
        let job = self.jobs.get_mut(&item.job);
        match item.state {
            ItemState::Waiting | ItemState::Held => {
                self.waiting.insert(item.order, item.id);
                if let Some(job) = job {
                    job.waiting.insert(item.order, item.id);
                }
            }
            ItemState::Running => {
                self.running.insert(item.id);
                if let Some(job) = job {
                    job.running += 1;
                }
            }
            ItemState::Done | ItemState::Skipped | ItemState::Failed => {
                self.last_ended += 1;
                self.ended.insert(self.last_ended, item.id);
                self.ended_at.insert(item.id, self.last_ended);
                if item.state == ItemState::Failed {
                    self.failed.insert(self.last_ended, item.id);
                }
            }
        }
    }

    fn leave(&mut self, item: &Item) {
        let job = self.jobs.get_mut(&item.job);
        match item.state {
            ItemState::Waiting | ItemState::Held => {
                if self.waiting.get(&item.order) == Some(&item.id) {
                    self.waiting.remove(&item.order);
                }
                if let Some(job) = job
                    && job.waiting.get(&item.order) == Some(&item.id)
                {
                    job.waiting.remove(&item.order);
                }
            }
            ItemState::Running => {
                self.running.remove(&item.id);
                if let Some(job) = job {
                    job.running = job.running.saturating_sub(1);
                }
            }
            ItemState::Done | ItemState::Skipped | ItemState::Failed => {
                if let Some(at) = self.ended_at.remove(&item.id) {
                    self.ended.remove(&at);
                    self.failed.remove(&at);
                }
            }
        }
    }

    fn count(&mut self, item: &Item, add: bool) {
        let totals = &mut self.totals;
        let (count, bytes) = match item.state {
            ItemState::Waiting | ItemState::Held => {
                (&mut totals.waiting, Some((&mut totals.bytes_waiting, item.size.unwrap_or(0))))
            }
            ItemState::Running => (&mut totals.running, None),
            ItemState::Done => {
                (&mut totals.done, Some((&mut totals.bytes_done, item.ending.bytes)))
            }
            ItemState::Skipped => (&mut totals.skipped, None),
            ItemState::Failed => (&mut totals.failed, None),
        };
        let change = |count: &mut u64, by: u64| {
            *count = if add { *count + by } else { count.saturating_sub(by) };
        };
        change(count, 1);
        if let Some((total, by)) = bytes {
            change(total, by);
        }
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;

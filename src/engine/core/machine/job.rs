//! A job that this engine runs or ran: its phase, and the files that the store has handed out.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use crate::base::ItemId;
use crate::engine::api::{Control, Failure};
use crate::engine::message::LaneId;
use crate::queue::store::{ItemSelection, VersionedTotals};
use crate::queue::{Item, JobKind, JobRules, JobSites};
use crate::site::{Site, SiteKey};
use crate::transfer::StopRequest;

/// Where a job is in its life.
#[derive(Debug)]
pub(in crate::engine) enum Phase {
    /// It begins at a time; `walk`: its trees must be listed then.
    Scheduled {
        at: Timestamp,
        walk: bool,
    },
    /// Its trees are being listed, and files of them are already copied. `files_expected`: the
    /// walk has met a directory.
    Walking {
        files_expected: bool,
    },
    /// All its files are known.
    Running,
    /// It was cancelled, or cannot go on: what waits is failed for this reason. `walking`: the
    /// walk has not stopped yet.
    Draining {
        why: Failure,
        walking: bool,
    },
    /// Nothing is left to copy; the emptied source directories of a move are being deleted.
    Emptying,
    Ended,
}

/// A file that the store has handed out.
#[derive(Debug)]
pub(super) enum HandedOut {
    /// No lane has it yet.
    Ready(Item),
    Running {
        item: Item,
        lane: LaneId,
        stop_request: StopRequest,
    },
    /// On its way back into the store.
    Settling,
}

/// The store is asked for files. What the user has done meanwhile did not reach those that are
/// on their way, and is repeated when they are here.
#[derive(Debug, Default)]
pub(super) struct Claim {
    pub(super) missed: Vec<(ItemSelection, Control)>,
}

/// A job; its files are in the store.
#[derive(Debug)]
pub(in crate::engine) struct Job {
    pub(super) kind: JobKind,
    pub(super) rules: JobRules,
    pub(super) ends: JobSites,
    pub(super) priority: i32,
    pub(super) held: bool,
    pub(super) stale: bool,
    pub(super) phase: Phase,
    /// Its files in numbers, as the store last counted them.
    pub(super) counted: VersionedTotals,
    pub(super) handed_out: BTreeMap<ItemId, HandedOut>,
    /// The order of those that are ready.
    pub(super) ready: VecDeque<ItemId>,
    pub(super) claim: Option<Claim>,
    /// All that wait are put off: the store has nothing before.
    pub(super) next_at: Option<Instant>,
    /// No lane is started before, after one that could not go on.
    pub(super) not_before: Option<Instant>,
    pub(super) last_lane: u64,
}

impl Job {
    pub(in crate::engine) fn kind(&self) -> JobKind {
        self.kind
    }

    pub(in crate::engine) fn rules(&self) -> JobRules {
        self.rules
    }

    pub(in crate::engine) fn ends(&self) -> &JobSites {
        &self.ends
    }

    pub(in crate::engine) fn is_held(&self) -> bool {
        self.held
    }

    pub(in crate::engine) fn is_stale(&self) -> bool {
        self.stale
    }

    pub(in crate::engine) fn is_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    /// True while its files are not all known.
    pub(in crate::engine) fn is_listing(&self) -> bool {
        matches!(
            self.phase,
            Phase::Walking { .. } | Phase::Draining { walking: true, .. } | Phase::Emptying
        )
    }

    /// When it begins, if that is yet to come.
    pub(in crate::engine) fn start_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Scheduled { at, .. } => Some(at),
            _ => None,
        }
    }

    /// Why it is being given up.
    pub(super) fn draining(&self) -> Option<&Failure> {
        match &self.phase {
            Phase::Draining { why, .. } => Some(why),
            _ => None,
        }
    }

    /// True when none of its files may begin.
    pub(super) fn is_stopped(&self) -> bool {
        self.held || matches!(self.phase, Phase::Draining { .. } | Phase::Scheduled { .. })
    }

    /// The sites that a lane needs a session with, each.
    pub(in crate::engine) fn sites(&self) -> Vec<Arc<Site>> {
        self.ends.from.iter().chain(&self.ends.to).cloned().collect()
    }

    pub(super) fn needs(&self, site: &SiteKey) -> bool {
        self.ends.from.iter().chain(&self.ends.to).any(|end| end.key() == *site)
    }

    pub(super) fn stores_on(&self, site: &SiteKey) -> bool {
        self.ends.to.as_ref().is_some_and(|end| end.key() == *site)
    }

    /// Files that may begin now.
    pub(super) fn startable(&self, now: Instant) -> u64 {
        let later = |at: Option<Instant>| at.is_some_and(|at| at > now);
        if self.is_ended() || self.is_stopped() || later(self.not_before) {
            return 0;
        }
        let stored = if later(self.next_at) { 0 } else { self.counted.totals.waiting };
        self.ready.len() as u64 + stored
    }

    /// Lanes that log in while the tree is still being listed: as many as the user has asked for,
    /// without the one that gets the walk's own sessions. Without a wish none: a small job shall
    /// not take more sessions than it has files.
    pub(super) fn early_lanes(&self) -> usize {
        let expected = matches!(self.phase, Phase::Walking { files_expected: true });
        self.rules
            .parallel
            .filter(|_| expected && !self.held)
            .map_or(0, |lanes| lanes.saturating_sub(1))
    }

    /// Takes a newer count; counts may arrive out of order.
    pub(super) fn count(&mut self, counted: VersionedTotals) {
        if counted.version >= self.counted.version {
            self.counted = counted;
        }
    }

    pub(super) fn running(&self) -> impl Iterator<Item = (ItemId, StopRequest)> + '_ {
        self.handed_out.iter().filter_map(|(id, state)| match state {
            HandedOut::Running { stop_request, .. } => Some((*id, *stop_request)),
            _ => None,
        })
    }

    /// A file that is being copied.
    pub(in crate::engine) fn running_item(&self, id: ItemId) -> Option<&Item> {
        match self.handed_out.get(&id)? {
            HandedOut::Running { item, .. } => Some(item),
            _ => None,
        }
    }

    /// Files on their way back into the store.
    pub(in crate::engine) fn settling(&self) -> impl Iterator<Item = ItemId> + '_ {
        self.handed_out
            .iter()
            .filter(|(_, state)| matches!(state, HandedOut::Settling))
            .map(|(id, _)| *id)
    }

    pub(super) fn set_stop_request(&mut self, id: ItemId, wanted: StopRequest) -> bool {
        match self.handed_out.get_mut(&id) {
            Some(HandedOut::Running { stop_request, .. }) => {
                *stop_request = wanted;
                true
            }
            _ => false,
        }
    }

    /// Takes the next ready file for a lane.
    pub(super) fn begin_next(&mut self, lane: LaneId) -> Option<Item> {
        let id = self.ready.pop_front()?;
        let HandedOut::Ready(mut item) = self.handed_out.remove(&id)? else { return None };
        // a try is counted when it begins
        item.tries += 1;
        let running =
            HandedOut::Running { item: item.clone(), lane, stop_request: StopRequest::None };
        self.handed_out.insert(id, running);
        Some(item)
    }

    /// A file that no lane has begun after all.
    pub(super) fn unbegin(&mut self, id: ItemId) {
        if let Some(HandedOut::Running { mut item, .. }) = self.handed_out.remove(&id) {
            item.tries = item.tries.saturating_sub(1);
            self.handed_out.insert(id, HandedOut::Ready(item));
            self.ready.push_front(id);
        }
    }

    pub(super) fn add_ready(&mut self, items: Vec<Item>) {
        for item in items {
            self.ready.push_back(item.id);
            self.handed_out.insert(item.id, HandedOut::Ready(item));
        }
    }

    /// Takes all ready files out.
    pub(super) fn take_ready(&mut self) -> Vec<Item> {
        let ids = std::mem::take(&mut self.ready);
        ids.into_iter()
            .filter_map(|id| match self.handed_out.remove(&id) {
                Some(HandedOut::Ready(item)) => Some(item),
                _ => None,
            })
            .collect()
    }

    /// Takes a running file out, with what was wanted of it.
    pub(super) fn take_running(&mut self, id: ItemId) -> Option<(Item, StopRequest)> {
        match self.handed_out.remove(&id)? {
            HandedOut::Running { item, stop_request, .. } => Some((item, stop_request)),
            other => {
                self.handed_out.insert(id, other);
                None
            }
        }
    }
}

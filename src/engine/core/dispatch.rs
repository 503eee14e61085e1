//! Lanes from the engine's side: handing out work, taking results.
//!
//! The store hands items out in batches ([`Engine::refill`]), and what may be stored for them is
//! committed with that; so a lane never waits for a disk between two files, and yet nothing is
//! stored anywhere that the store does not know of.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{oneshot, watch};

use crate::base::{ItemId, JobId};
use crate::engine::api::{Failure, FailureKind, ItemReport, Level, Report};
use crate::engine::core::actor::{Engine, LaneState, Running};
use crate::engine::core::rate::Rate;
use crate::engine::failure;
use crate::engine::message::{Ended, EngineMsg, LaneId, Work};
use crate::engine::work::Worker;
use crate::queue::store::{Back, BackAs, Claimed, Counted};
use crate::queue::{Ending, Item, ItemState, StoreError};
use crate::site::Location;
use crate::transfer::{Progress, Wish};

/// Items that a job has at hand at most.
const STOCK: usize = 128;
/// Items that are asked for when all that wait are to be given up.
const GIVEN_UP: usize = 500;

impl Engine {
    pub(in crate::engine) fn start_lane(&mut self, job: JobId) {
        let Some(state) = self.jobs.get(&job) else { return };
        let (ends, kind, rules) = (state.ends.clone(), state.kind, state.rules);
        let (sandbox, stale) = (state.sandbox.clone(), state.adopted);
        let mut leases = self.lend(&state.sites()).into_iter();
        let lane = self.new_lane();
        if let Some(state) = self.jobs.get_mut(&job) {
            state.last_lane = lane.0;
        }
        let worker = Worker {
            hub: self.hub.clone(),
            lane,
            job,
            kind,
            rules,
            sandbox,
            source: ends.from.and_then(|_| leases.next()),
            destination: ends.to.and_then(|_| leases.next()),
            tag: self.tag.clone(),
            pair: None,
            stale,
            seen: None,
            for_all: None,
            kinds: Default::default(),
            duplicates: Default::default(),
        };
        self.lanes.insert(lane, LaneState { job, begun: None, parked: None });
        self.refill(job);
        tokio::spawn(worker.run());
    }

    /// Asks the store for more items of a job, before those at hand are used up.
    pub(in crate::engine) fn refill(&mut self, job: JobId) {
        let now = Instant::now();
        let paused = self.paused || self.closing;
        let lanes = self.lanes.values().any(|lane| lane.job == job);
        let Some(state) = self.jobs.get_mut(&job) else { return };
        let later = state.next_at.is_some_and(|at| at > now);
        if state.claiming
            || !lanes
            || paused
            || state.held
            || state.giving_up.is_some()
            || later
            || state.counted.totals.waiting == 0
            || state.stock.len() > STOCK / 2
        {
            return;
        }
        state.next_at = None;
        let wanted = STOCK - state.stock.len();
        self.claim(job, wanted, false);
    }

    fn claim(&mut self, job: JobId, wanted: usize, held: bool) {
        let Some(state) = self.jobs.get_mut(&job) else { return };
        state.claiming = true;
        let hub = self.hub.clone();
        let store = &self.hub.options.store;
        store
            .claim(job, state.ends.clone(), wanted, self.tag.clone(), held)
            .then(move |claimed| hub.inform(EngineMsg::Claimed { job, claimed }));
    }

    /// The store has handed out items.
    pub(in crate::engine) fn claimed(&mut self, job: JobId, claimed: Result<Claimed, StoreError>) {
        let closing = self.closing;
        let Some(state) = self.jobs.get_mut(&job) else { return };
        state.claiming = false;
        let missed = std::mem::take(&mut state.missed);
        let Claimed { items, counted, next_at } = match claimed {
            Ok(claimed) => claimed,
            Err(error) => {
                self.hub.notice(Level::Error, error.to_string());
                state.next_at = Some(Instant::now() + Duration::from_secs(5));
                return self.release_idle(job);
            }
        };
        state.next_at = next_at.map(|at| {
            let wait = at.duration_since(Timestamp::now()).try_into();
            Instant::now() + wait.unwrap_or(Duration::ZERO)
        });
        self.count(job, counted);
        if let Some(failure) = self.jobs.get(&job).and_then(|state| state.giving_up.clone()) {
            for item in items {
                self.fail(item, &failure);
            }
            return self.go_on_giving_up(job);
        }
        let Some(state) = self.jobs.get_mut(&job) else { return };
        state.stock.extend(items);
        if closing || state.held || !missed.is_empty() {
            self.restock(job);
        }
        for (selection, control) in missed {
            self.change(selection, control);
        }
        let parked: Vec<LaneId> = self
            .lanes
            .iter()
            .filter(|(_, lane)| lane.job == job && lane.parked.is_some())
            .map(|(id, _)| *id)
            .collect();
        for lane in parked {
            let answer = self.lanes.get_mut(&lane).and_then(|lane| lane.parked.take());
            if let Some(answer) = answer {
                self.next(lane, answer);
            }
        }
        self.schedule();
    }

    /// Fails the next ones of a job that is given up.
    pub(in crate::engine) fn go_on_giving_up(&mut self, job: JobId) {
        let Some(state) = self.jobs.get_mut(&job) else { return };
        let Some(failure) = state.giving_up.clone() else { return };
        for item in std::mem::take(&mut state.stock) {
            self.fail(item, &failure);
        }
        let Some(state) = self.jobs.get(&job) else { return };
        let totals = state.counted.totals;
        if !state.claiming && totals.waiting + totals.held > 0 && !self.closing {
            self.claim(job, GIVEN_UP, true);
        }
        self.settle(job);
    }

    fn fail(&mut self, item: Item, failure: &Failure) {
        let reason = Some(failure::reason(failure));
        let ending = Ending { reason, ..Ending::default() };
        self.finish(item, ItemState::Failed, ending, Some(failure.kind.clone()));
    }

    /// A lane wants work.
    pub(in crate::engine) fn next(&mut self, lane: LaneId, answer: oneshot::Sender<Option<Work>>) {
        let Some(lane_state) = self.lanes.get_mut(&lane) else { return };
        let job = lane_state.job;
        let room = self.makes_room(lane);
        let Some(state) = self.jobs.get_mut(&job) else { return };
        let held = state.held || state.giving_up.is_some();
        let stopped = self.paused || self.closing || held || room;
        let item = if stopped { None } else { state.stock.pop_front() };
        self.refill(job);
        let Some(item) = item else {
            let more = self.jobs.get(&job).is_some_and(|state| state.claiming || state.listing);
            match self.lanes.get_mut(&lane) {
                Some(lane) if more && !stopped => lane.parked = Some(answer),
                _ => {
                    // a lane that is gone needs no answer
                    let _ = answer.send(None);
                }
            }
            return;
        };
        let progress = Arc::new(Progress::default());
        let (wish, wished) = watch::channel(Wish::GoOn);
        let now = Instant::now();
        if let Some(lane) = self.lanes.get_mut(&lane) {
            lane.begun.get_or_insert(now);
        }
        let mut item = item;
        // a try is counted when it begins
        item.tries += 1;
        let running = Running {
            item: item.clone(),
            way: Ending::default(),
            progress: progress.clone(),
            wish,
            begun: now,
            rate: Rate::new(now),
            stored_at: None,
            lane,
        };
        let id = item.id;
        self.running.insert(id, running);
        self.dirty = true;
        if answer.send(Some(Work { item, progress, wish: wished })).is_err() {
            self.unbegin(id);
        }
    }

    /// An item that no lane has begun after all.
    fn unbegin(&mut self, item: ItemId) {
        if let Some(Running { mut item, .. }) = self.running.remove(&item) {
            item.tries = item.tries.saturating_sub(1);
            if let Some(state) = self.jobs.get_mut(&item.job) {
                state.stock.push_front(item);
            }
        }
    }

    /// The way of a running item is known now.
    pub(in crate::engine) fn way(&mut self, item: ItemId, ending: Ending) {
        if let Some(running) = self.running.get_mut(&item) {
            running.way = ending;
            self.dirty = true;
        }
    }

    /// A running item has another target than it was planned with.
    pub(in crate::engine) fn renamed(&mut self, item: ItemId, target: Location) {
        if let Some(running) = self.running.get_mut(&item) {
            running.item.target = Some(target);
            self.dirty = true;
        }
    }

    pub(in crate::engine) fn ended(&mut self, ended: Ended) {
        let Ended { item, state, mut ending, mut failure, setback } = ended;
        let Some(Running { mut item, wish, .. }) = self.running.remove(&item) else { return };
        let cancelled = *wish.borrow() == Wish::Cancel;
        if self.closing && state == ItemState::Failed && !cancelled {
            // it goes on when the program is started again
            return self.put_back(&item, None, ending.reason);
        }
        match setback {
            Some(setback) if !cancelled => {
                if let Some((at, why)) = self.another_try(&mut item, setback, &ending) {
                    return self.put_back(&item, at, Some(why));
                }
            }
            Some(_) => {}
            None if state == ItemState::Done => self.stored(&item),
            None => {}
        }
        if failure == Some(FailureKind::Cancelled)
            && let Some(why) = self.jobs.get(&item.job).and_then(|job| job.giving_up.as_ref())
        {
            // its job could not go on: nobody cancelled it
            ending.reason = Some(failure::reason(why));
            failure = Some(why.kind.clone());
        }
        self.finish(item, state, ending, failure);
    }

    /// An item waits again.
    fn put_back(&mut self, item: &Item, at: Option<Timestamp>, reason: Option<String>) {
        let (id, job, tries) = (item.id, item.job, item.tries);
        self.give_back(Back { item: id, job, tries, what: BackAs::Later(at, reason) }, None);
    }

    /// An item has come to its end; it is told once that is written down.
    pub(in crate::engine) fn finish(
        &mut self,
        item: Item,
        state: ItemState,
        ending: Ending,
        failure: Option<FailureKind>,
    ) {
        let state = failure::end(state, failure.as_ref());
        let (id, job, tries) = (item.id, item.job, item.tries);
        let report = ItemReport::of(item, state, ending.clone(), failure);
        let what = BackAs::Ended(state, ending);
        self.give_back(Back { item: id, job, tries, what }, Some(Box::new(report)));
    }

    fn give_back(&mut self, back: Back, report: Option<Box<ItemReport>>) {
        let (hub, item, job) = (self.hub.clone(), back.item, back.job);
        if let Some(state) = self.jobs.get_mut(&back.job) {
            state.settling += 1;
        }
        let more = self.jobs.get(&job).is_some_and(|state| !state.stock.is_empty());
        self.settling.insert(item);
        self.dirty = true;
        let giving = self.hub.options.store.give_back(vec![back]);
        // others end soon, and share the commit
        let giving = if more { giving.unhurried() } else { giving };
        giving.then(move |counted| hub.inform(EngineMsg::Settled { item, job, counted, report }));
    }

    /// What came back from a lane is in the store.
    pub(in crate::engine) fn settled(
        &mut self,
        item: ItemId,
        job: JobId,
        counted: Result<Vec<(JobId, Counted)>, StoreError>,
        report: Option<Box<ItemReport>>,
    ) {
        self.settling.remove(&item);
        self.dirty = true;
        let counted = match counted {
            Ok(counted) => counted,
            Err(error) => {
                // it stays handed out: the next start looks at the target
                self.hub.notice(Level::Error, error.to_string());
                Vec::new()
            }
        };
        for (job, counted) in counted {
            self.count(job, counted);
        }
        if let Some(report) = report {
            if report.state == ItemState::Done
                && let Some(parent) = report.target.as_ref().and_then(Location::parent)
            {
                self.note_change(parent);
            }
            self.report(report.job, Report::Item(report));
        }
        if let Some(state) = self.jobs.get_mut(&job) {
            state.settling = state.settling.saturating_sub(1);
            // what was put off may be the next one
            if state.next_at.is_none() && state.stock.is_empty() {
                self.refill(job);
            }
        }
        self.settle(job);
    }

    /// Puts items that no lane has begun back into the store.
    pub(in crate::engine) fn restock(&mut self, job: JobId) {
        let Some(state) = self.jobs.get_mut(&job) else { return };
        for item in std::mem::take(&mut state.stock) {
            self.put_back(&item, None, None);
        }
    }

    /// The same for all jobs.
    pub(in crate::engine) fn restock_all(&mut self) {
        let jobs: Vec<JobId> = self.jobs.keys().copied().collect();
        for job in jobs {
            self.restock(job);
        }
    }

    /// True while the store is asked for items.
    pub(in crate::engine) fn is_claiming(&self) -> bool {
        self.jobs.values().any(|state| state.claiming)
    }

    pub(in crate::engine) fn lane_over(&mut self, lane: LaneId, failure: Option<Failure>) {
        let Some(LaneState { job, .. }) = self.lanes.remove(&lane) else { return };
        let lost: Vec<ItemId> = self
            .running
            .iter()
            .filter(|(_, running)| running.lane == lane)
            .map(|(item, _)| *item)
            .collect();
        for item in lost {
            // the lane ended without a word about it
            self.unbegin(item);
        }
        if let Some(failure) = failure {
            self.lane_failed(job, &failure);
        }
        if self.closing {
            self.restock(job);
        }
        self.settle(job);
        self.schedule();
    }
}

impl ItemReport {
    /// What is told of an item that has ended.
    pub(in crate::engine) fn of(
        item: Item,
        state: ItemState,
        ending: Ending,
        failure: Option<FailureKind>,
    ) -> Self {
        Self {
            job: item.job,
            item: item.id,
            source: item.source,
            target: item.target,
            dir: item.dir,
            state,
            verdict: ending.verdict,
            verified: ending.verified,
            via: ending.via,
            passive: ending.passive,
            protected: ending.protected,
            bytes: ending.bytes,
            elapsed: ending.elapsed,
            reason: ending.reason,
            failure,
        }
    }
}

//! Who gets sessions: those who wait for them, then jobs, as the scheduler decides.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::base::JobId;
use crate::engine::core::actor::{Engine, JobState, LaneState};
use crate::engine::message::{EngineMsg, LaneId, Lease, Purpose};
use crate::queue::StoreError;
use crate::queue::schedule::{self, Candidate};
use crate::site::{Site, SiteKey};

/// Lanes of a job, unless the job says otherwise (docs/command-line.md "Defaults").
const LANES: usize = 4;
/// Most lanes that a job may have.
const MOST_LANES: usize = 64;

impl Engine {
    /// Lends sessions to whoever waits for them.
    pub(in crate::engine) fn serve(&mut self) {
        while let Some(waiter) = self.waiters.pop_ready(&self.pool) {
            let leases = self.lend(&waiter.sites);
            if let Err(Ok(unwanted)) = waiter.answer.send(Ok(leases)) {
                drop(unwanted); // they come back by themselves
            }
        }
    }

    pub(in crate::engine) fn lend(&mut self, sites: &[Arc<Site>]) -> Vec<Lease> {
        for site in sites {
            self.known_sites.entry(site.key()).or_insert_with(|| site.clone());
        }
        let inbox = self.hub.inbox.clone();
        let mut lend = |site: &Arc<Site>| {
            let mut idle = self.pool.lend(site);
            if let Some((session, _)) = &mut idle {
                // whoever logged in may have been more patient, or less
                session.set_limits(self.hub.limits_of(site));
            }
            Lease::new(inbox.clone(), site.clone(), idle)
        };
        sites.iter().map(&mut lend).collect()
    }

    pub(in crate::engine) fn new_lane(&mut self) -> LaneId {
        self.last_lane += 1;
        LaneId(self.last_lane)
    }

    pub(in crate::engine) fn disconnect(&mut self, site: &SiteKey) {
        for session in self.pool.take_idle(Some(site)) {
            tokio::spawn(session.quit());
        }
    }

    /// Starts lanes where there is work and sessions are free: the job with the fewest lanes
    /// first, then the oldest.
    pub(in crate::engine) fn schedule(&mut self) {
        if self.paused {
            return;
        }
        let now = Instant::now();
        while let Some(job) = self.next_job(now) {
            self.start_lane(job);
        }
        self.clear_room();
    }

    fn next_job(&self, now: Instant) -> Option<JobId> {
        let lanes = self.lane_counts();
        let candidate = |(id, state): (&JobId, &JobState)| {
            let early = match state.early_lanes() {
                early if early > 0 && !self.has_work_beside(*id) => early,
                _ => 0,
            };
            if state.ready(now) == 0 && early == 0 {
                return None;
            }
            let mut candidate = self.candidate(*id, state, &lanes, now);
            if candidate.lanes < early {
                candidate.ready = candidate.ready.max(candidate.lanes.max(1) as u64);
            }
            // who has all the lanes that he may have is not worth a look at the pool
            candidate.free = candidate.lanes < candidate.max_lanes.max(1) && {
                let sites = state.sites();
                self.are_ready(&sites, now) && self.pool.can_lend(&sites, Purpose::Work)
            };
            Some(candidate)
        };
        schedule::next(self.jobs.iter().filter_map(candidate))
    }

    /// True when another job is open as well, whose lanes may want the same sessions.
    fn has_work_beside(&self, job: JobId) -> bool {
        self.jobs.iter().any(|(id, state)| *id != job && !state.ended)
    }

    fn lane_counts(&self) -> HashMap<JobId, usize> {
        let mut lanes: HashMap<JobId, usize> = HashMap::new();
        for lane in self.lanes.values() {
            *lanes.entry(lane.job).or_default() += 1;
        }
        lanes
    }

    fn are_ready(&self, sites: &[Arc<Site>], now: Instant) -> bool {
        sites.iter().all(|site| self.sites.is_ready(&site.key(), now))
    }

    fn candidate(
        &self,
        job: JobId,
        state: &JobState,
        lanes: &HashMap<JobId, usize>,
        now: Instant,
    ) -> Candidate {
        let max_lanes = state.rules.parallel.unwrap_or_else(|| self.usual_lanes(state));
        let lanes = lanes.get(&job).copied().unwrap_or(0);
        let (priority, ready, last) = (state.priority, state.ready(now), state.last_lane);
        Candidate { job, priority, lanes, max_lanes, ready, free: false, last }
    }

    /// Ends lanes that only wait for work, where somebody else could go on with their sessions:
    /// the work may be long in coming, and may even need what they hold.
    pub(in crate::engine) fn clear_room(&mut self) {
        let parked = self.lanes.iter().filter(|(_, lane)| lane.parked.is_some());
        let Some(lane) = parked.map(|(id, _)| *id).find(|lane| self.makes_room(*lane)) else {
            return;
        };
        // one at a time: when its sessions are back, whoever still waits is looked at again
        if let Some(answer) = self.lanes.get_mut(&lane).and_then(|lane| lane.parked.take()) {
            // a lane that is gone needs no answer
            let _ = answer.send(None);
        }
    }

    /// True when a lane is to end before its next file: its job has more lanes than it may have by
    /// now, or another job is to get its sessions. One that waits for work makes room for any job
    /// that has some.
    pub(in crate::engine) fn makes_room(&self, lane: LaneId) -> bool {
        let Some(LaneState { job, begun, parked }) = self.lanes.get(&lane) else { return false };
        let idle = parked.is_some();
        let Some(state) = self.jobs.get(job) else { return false };
        let (now, lanes) = (Instant::now(), self.lane_counts());
        let own = self.candidate(*job, state, &lanes, now);
        if own.lanes > own.max_lanes.max(1) {
            return true;
        }
        // a login that takes long is no turn: a lane that made room before its first file would get
        // nowhere
        let turn = self.hub.options.turn;
        let turn_over = begun.is_some_and(|begun| now.duration_since(begun) > turn);
        let sites = state.sites();
        // a walk brings work for all lanes, and a person is not to wait
        if self.waiters.want(&self.pool, &sites) {
            return true;
        }
        let others = self.jobs.iter().filter(|(id, other)| {
            let fewer = || own.lanes > lanes.get(id).copied().unwrap_or(0);
            *id != job
                && other.ready(now) > 0
                && (idle
                    || other.priority > own.priority
                    || other.priority == own.priority && fewer())
        });
        others.into_iter().any(|(id, other)| {
            let wanted = other.sites();
            // with these sessions, and not without them
            let shares = wanted.iter().any(|site| sites.iter().any(|own| own.key() == site.key()));
            shares && self.are_ready(&wanted, now) && {
                let free = self.pool.can_lend(&wanted, Purpose::Work);
                let other = Candidate { free, ..self.candidate(*id, other, &lanes, now) };
                let yields = schedule::yields(&own, &other, turn_over);
                let lacks = !other.free && other.lanes < other.max_lanes.max(1);
                (yields || idle && lacks) && self.pool.could_lend(&wanted, &sites)
            }
        })
    }

    /// The user wants another number of lanes for a job; those that are too many end with the file
    /// that they are at.
    pub(in crate::engine) fn set_lanes(&mut self, job: JobId, lanes: Option<usize>) {
        let lanes = lanes.map(|lanes| lanes.clamp(1, MOST_LANES));
        self.hub.options.store.set_lanes(job, lanes).forget();
        self.wishes.overruled(Instant::now());
        if let Some(state) = self.jobs.get_mut(&job) {
            state.rules.parallel = lanes;
        }
        self.dirty = true;
        self.schedule();
    }

    /// Asks the store what is wished of the jobs that run here.
    pub(in crate::engine) fn look_for_wishes(&mut self, now: Instant) {
        let Some(run) = self.hub.run().filter(|_| !self.closing) else { return };
        if self.jobs.values().all(|state| state.ended) || !self.wishes.look(now) {
            return;
        }
        let hub = self.hub.clone();
        self.hub
            .options
            .store
            .requested_lanes(run)
            .then(move |wished| hub.inform(EngineMsg::Wished(wished)));
    }

    /// So many lanes are wished.
    pub(in crate::engine) fn wished(
        &mut self,
        wished: Result<Vec<(JobId, Option<usize>)>, StoreError>,
    ) {
        if !self.wishes.answered() {
            return;
        }
        let wished = wished.unwrap_or_else(|error| {
            tracing::warn!(%error, "the queue cannot be looked at");
            Vec::new()
        });
        for (job, lanes) in wished {
            if let Some(state) = self.jobs.get_mut(&job)
                && state.rules.parallel != lanes
            {
                state.rules.parallel = lanes;
                self.dirty = true;
            }
        }
        if self.dirty {
            self.schedule();
        }
    }

    /// How many lanes a job gets when nobody says: pyftpdlib loses connections when several
    /// transfers go on at once (docs/servers.md "FXP between pairs").
    fn usual_lanes(&self, state: &JobState) -> usize {
        let learned = self.hub.learned();
        let fragile = state.sites().iter().any(|site| learned.is_asynchronous(&site.key()));
        if fragile { 1 } else { LANES }
    }
}

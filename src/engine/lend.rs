//! Who gets sessions: those who wait for them, then jobs, as the scheduler decides.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::base::JobId;
use crate::engine::inside::{LaneId, Lease, Purpose};
use crate::engine::task::{Engine, JobState};
use crate::queue::schedule::{self, Candidate};
use crate::site::{Site, SiteKey};

/// Lanes of a job, unless the job says otherwise (design section 7).
const LANES: usize = 4;

impl Engine {
    /// Lends sessions to whoever waits for them.
    pub(super) fn serve(&mut self) {
        while let Some(waiter) = self.waiters.pop_ready(&self.pool) {
            let leases = self.lend(&waiter.sites);
            if let Err(Ok(unwanted)) = waiter.answer.send(Ok(leases)) {
                drop(unwanted); // they come back by themselves
            }
        }
    }

    pub(super) fn lend(&mut self, sites: &[Arc<Site>]) -> Vec<Lease> {
        for site in sites {
            self.known_sites.entry(site.key()).or_insert_with(|| site.clone());
        }
        let inbox = self.hub.inbox.clone();
        let mut lend =
            |site: &Arc<Site>| Lease::new(inbox.clone(), site.clone(), self.pool.lend(site));
        sites.iter().map(&mut lend).collect()
    }

    pub(super) fn new_lane(&mut self) -> LaneId {
        self.last_lane += 1;
        LaneId(self.last_lane)
    }

    pub(super) fn disconnect(&mut self, site: &SiteKey) {
        for session in self.pool.take_idle(Some(site)) {
            tokio::spawn(session.quit());
        }
    }

    /// Starts lanes where there is work and sessions are free: the job with the fewest lanes
    /// first, then the oldest.
    pub(super) fn schedule(&mut self) {
        if self.paused {
            return;
        }
        let now = Instant::now();
        while let Some(job) = self.next_job(now) {
            self.start_lane(job);
        }
    }

    fn next_job(&self, now: Instant) -> Option<JobId> {
        let mut lanes: HashMap<JobId, usize> = HashMap::new();
        for lane in self.lanes.values() {
            *lanes.entry(lane.job).or_default() += 1;
        }
        let candidate = |(id, state): (&JobId, &JobState)| {
            let ready = state.ready(now);
            if ready == 0 {
                return None;
            }
            let most = state.rules.parallel.unwrap_or_else(|| self.usual_lanes(state));
            let lanes = lanes.get(id).copied().unwrap_or(0);
            // who has all the lanes that he may have is not worth a look at the pool
            let free = lanes < most.max(1) && {
                let sites = state.sites();
                sites.iter().all(|site| self.sites.is_ready(&site.key(), now))
                    && self.pool.can_lend(&sites, Purpose::Work)
            };
            let priority = state.priority;
            Some(Candidate { job: *id, priority, lanes, most, ready, free })
        };
        schedule::next(self.jobs.iter().filter_map(candidate))
    }

    /// How many lanes a job gets when nobody says: pyftpdlib loses connections when several
    /// transfers go on at once (reference/peers.md section 3; seen again with three lanes).
    fn usual_lanes(&self, state: &JobState) -> usize {
        let learned = self.hub.learned();
        let fragile = state.sites().iter().any(|site| learned.is_asynchronous(&site.key()));
        if fragile { 1 } else { LANES }
    }
}

//! Who gets sessions: those who wait for them, then jobs; and which lane gets which file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use crate::base::JobId;
use crate::engine::core::machine::event::{Effect, Now};
use crate::engine::core::machine::job::Claim;
use crate::engine::core::machine::{Job, Lane, Machine};
use crate::engine::message::{LaneId, Purpose};
use crate::queue::schedule::{self, Candidate};
use crate::site::Site;

/// Lanes of a job, unless the job sets another number (docs/command-line.md "Defaults").
const LANES: usize = 4;
/// Most lanes that a job may have.
const MOST_LANES: usize = 64;
/// Files that a job has ready for its lanes at max_lanes.
const READY: usize = 128;
/// Files that are asked for when all that wait will be failed.
const DRAINED: usize = 500;

impl Machine {
    /// Lends sessions to whoever waits for them.
    pub(super) fn serve_waiters(&mut self) {
        while let Some((ticket, sites)) = self.waiters.pop_ready(&self.seats) {
            self.seats.lend(&sites);
            self.effect(Effect::Lend { ticket, sites });
        }
    }

    /// Sizes of growing files are asked for only when a session is free anyway.
    pub(super) fn poll_sizes(&mut self, site: Arc<Site>) {
        let sites = [site.clone()];
        if self.seats.can_lend(&sites, Purpose::Poll) {
            self.seats.lend(&sites);
            self.effect(Effect::PollSizes(site));
        }
    }

    /// Starts lanes where there is work and sessions are free: the job with the fewest lanes
    /// first, then the oldest.
    pub(super) fn start_lanes(&mut self, now: Now) {
        if self.paused {
            return;
        }
        while let Some(id) = self.next_job(now.instant) {
            self.last_lane += 1;
            let lane = LaneId(self.last_lane);
            let Some(job) = self.jobs.get_mut(&id) else { return };
            job.last_lane = lane.0;
            self.seats.lend(&job.sites());
            self.lanes.insert(lane, Lane { job: id, begun: None, waiting: false });
            self.effect(Effect::StartLane { lane, job: id });
        }
    }

    fn next_job(&self, now: Instant) -> Option<JobId> {
        let lanes = self.lane_counts();
        let candidate = |(id, job): (&JobId, &Job)| {
            let early = match job.early_lanes() {
                early if early > 0 && !self.has_other_work(*id) => early,
                _ => 0,
            };
            if job.startable(now) == 0 && early == 0 {
                return None;
            }
            let mut candidate = self.candidate(*id, job, &lanes, now);
            if candidate.lanes < early {
                candidate.ready = candidate.ready.max(candidate.lanes.max(1) as u64);
            }
            // a job with all the lanes that it may have is not worth a look at the sessions
            candidate.free = candidate.lanes < candidate.max_lanes.max(1) && {
                let sites = job.sites();
                self.are_ready(&sites, now) && self.seats.can_lend(&sites, Purpose::Work)
            };
            Some(candidate)
        };
        schedule::next(self.jobs.iter().filter_map(candidate))
    }

    /// True when another job is open as well, whose lanes may want the same sessions.
    fn has_other_work(&self, job: JobId) -> bool {
        self.jobs.iter().any(|(id, other)| *id != job && !other.is_ended())
    }

    fn lane_counts(&self) -> HashMap<JobId, usize> {
        let mut lanes: HashMap<JobId, usize> = HashMap::new();
        for lane in self.lanes.values() {
            *lanes.entry(lane.job).or_default() += 1;
        }
        lanes
    }

    fn candidate(
        &self,
        id: JobId,
        job: &Job,
        lanes: &HashMap<JobId, usize>,
        now: Instant,
    ) -> Candidate {
        Candidate {
            job: id,
            priority: job.priority,
            lanes: lanes.get(&id).copied().unwrap_or(0),
            max_lanes: job.rules.parallel.unwrap_or_else(|| self.default_lanes(job)),
            ready: job.startable(now),
            free: false,
            last: job.last_lane,
        }
    }

    /// pyftpdlib loses connections when several transfers run at the same time (docs/servers.md).
    fn default_lanes(&self, job: &Job) -> usize {
        let fragile = job.sites().iter().any(|site| self.one_lane.contains(&site.key()));
        if fragile { 1 } else { LANES }
    }

    /// The user wants another number of lanes for jobs; a lane too many ends after its file.
    pub(super) fn set_lanes(&mut self, wanted: Vec<(JobId, Option<usize>)>) {
        for (id, lanes) in wanted {
            if let Some(job) = self.jobs.get_mut(&id) {
                job.rules.parallel = lanes.map(|lanes| lanes.clamp(1, MOST_LANES));
            }
        }
    }

    /// Gives each lane that waits the next file of its job.
    pub(super) fn feed_lanes(&mut self, now: Now) {
        if self.paused {
            return;
        }
        let waiting = self.lanes.iter().filter(|(_, lane)| lane.waiting);
        let waiting: Vec<(LaneId, JobId)> = waiting.map(|(id, lane)| (*id, lane.job)).collect();
        for (id, job) in waiting {
            let has_work =
                self.jobs.get(&job).is_some_and(|job| !job.is_stopped() && !job.ready.is_empty());
            if !has_work {
                continue;
            }
            if self.makes_room(id, false, now.instant) {
                self.dismiss(id);
                continue;
            }
            let item = self.jobs.get_mut(&job).and_then(|job| job.begin_next(id));
            let (Some(item), Some(lane)) = (item, self.lanes.get_mut(&id)) else { continue };
            lane.begun.get_or_insert(now.instant);
            lane.waiting = false;
            self.effect(Effect::Give { lane: id, item: Box::new(item) });
        }
    }

    /// Asks the store for more files of jobs whose lanes will soon have none.
    pub(super) fn claim_more(&mut self, now: Now) {
        if self.closing {
            return;
        }
        let lanes = self.lane_counts();
        for (id, job) in &mut self.jobs {
            let totals = &job.counted.totals;
            let (limit, all) = if job.draining().is_some() {
                (if totals.waiting + totals.held > 0 { DRAINED } else { 0 }, true)
            } else {
                let later = job.next_at.is_some_and(|at| at > now.instant);
                let wanted = lanes.contains_key(id)
                    && !self.paused
                    && !job.is_ended()
                    && !job.is_stopped()
                    && !later
                    && totals.waiting > 0
                    && job.ready.len() <= READY / 2;
                (if wanted { READY - job.ready.len() } else { 0 }, false)
            };
            if limit > 0 && job.claim.is_none() {
                job.claim = Some(Claim::default());
                job.next_at = None;
                self.effects.push(Effect::Claim { job: *id, limit, all });
            }
        }
    }

    /// Ends lanes that wait where no file can come for them, and one that others need more.
    pub(super) fn dismiss_lanes(&mut self, now: Now) {
        let waiting = self.lanes.iter().filter(|(_, lane)| lane.waiting);
        let waiting: Vec<(LaneId, JobId)> = waiting.map(|(id, lane)| (*id, lane.job)).collect();
        for (lane, job) in &waiting {
            let more = !self.paused
                && self.jobs.get(job).is_some_and(|job| {
                    !job.is_stopped() && (job.claim.is_some() || job.is_listing())
                });
            if !more {
                self.dismiss(*lane);
            }
        }
        // One at a time: when its sessions are back, those who still wait are looked at again.
        let still = waiting.iter().map(|(lane, _)| *lane);
        let still = still.filter(|id| self.lanes.get(id).is_some_and(|lane| lane.waiting));
        if let Some(lane) = still.into_iter().find(|id| self.makes_room(*id, true, now.instant)) {
            self.dismiss(lane);
        }
    }

    fn dismiss(&mut self, id: LaneId) {
        if let Some(lane) = self.lanes.get_mut(&id) {
            lane.waiting = false;
            self.effect(Effect::Dismiss(id));
        }
    }

    /// True when a lane must end before its next file: its job has more lanes than it may have by
    /// now, or another job shall get its sessions. An `idle` one, which has no file to begin,
    /// makes room for any job that has some.
    fn makes_room(&self, lane: LaneId, idle: bool, now: Instant) -> bool {
        let Some(Lane { job: id, begun, .. }) = self.lanes.get(&lane) else { return false };
        let Some(job) = self.jobs.get(id) else { return false };
        let lanes = self.lane_counts();
        let own = self.candidate(*id, job, &lanes, now);
        if own.lanes > own.max_lanes.max(1) {
            return true;
        }
        // A slow login is no turn: a lane that made room before its first file would never get on.
        let turn = self.settings.turn;
        let turn_over = begun.is_some_and(|begun| now.duration_since(begun) > turn);
        let sites = job.sites();
        // a walk brings work for all lanes, and a person shall not wait
        if self.waiters.want(&self.seats, &sites) {
            return true;
        }
        let others = self.jobs.iter().filter(|(other, state)| {
            let fewer = || own.lanes > lanes.get(other).copied().unwrap_or(0);
            *other != id
                && state.startable(now) > 0
                && (idle
                    || state.priority > own.priority
                    || state.priority == own.priority && fewer())
        });
        others.into_iter().any(|(other, state)| {
            let wanted = state.sites();
            // with these sessions, and not without them
            let shares = wanted.iter().any(|site| job.needs(&site.key()));
            shares && self.are_ready(&wanted, now) && {
                let free = self.seats.can_lend(&wanted, Purpose::Work);
                let other = Candidate { free, ..self.candidate(*other, state, &lanes, now) };
                let yields = schedule::yields(&own, &other, turn_over);
                let lacks = !other.free && other.lanes < other.max_lanes.max(1);
                (yields || idle && lacks) && self.seats.could_lend(&wanted, &sites)
            }
        })
    }
}

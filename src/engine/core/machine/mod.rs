//! The engine's decisions as a pure machine: events in, effects out, no clock and no socket.
//!
//! It knows the jobs of this engine in their phases ([`job::Phase`]), the files that the store has
//! handed out, the lanes, how many sessions are lent and which sites are in trouble. Each event
//! changes what it is about; then one step ([`Machine::reconcile`]) derives everything that follows
//! from the new state: who gets sessions, which lanes start, which lane gets which file, what the
//! store is asked for, which jobs end. The driver (`actor.rs`) carries the effects out and reports
//! their results as events.

mod control;
pub(in crate::engine) mod event;
mod items;
mod job;
mod lifecycle;
mod schedule;
mod seats;
mod sites;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::base::JobId;
use crate::engine::message::LaneId;
use crate::queue::{RetryPolicy, SiteHealth, SiteRetryLimits, Totals};
use crate::site::SiteKey;
pub(in crate::engine) use control::moved;
use event::{Effect, Event, Now};
pub(in crate::engine) use job::Job;
use seats::{Seats, Waiters};
use sites::WaitingWalk;

/// What the machine is started with.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Settings {
    /// Sessions of each site that are kept free for browsing.
    pub(in crate::engine) browsing: usize,
    pub(in crate::engine) tries: RetryPolicy,
    pub(in crate::engine) patience: SiteRetryLimits,
    /// How long a lane keeps sessions that another job wants as well.
    pub(in crate::engine) turn: Duration,
}

/// A lane, as the machine knows it.
#[derive(Debug)]
struct Lane {
    job: JobId,
    /// When it got its first file.
    begun: Option<Instant>,
    /// True while it waits for a file.
    waiting: bool,
}

/// The state of the engine.
#[derive(Debug)]
pub(in crate::engine) struct Machine {
    settings: Settings,
    jobs: BTreeMap<JobId, Job>,
    lanes: BTreeMap<LaneId, Lane>,
    seats: Seats,
    waiters: Waiters,
    health: HashMap<SiteKey, SiteHealth>,
    waiting_walks: Vec<WaitingWalk>,
    /// Sites that lose connections when several transfers run.
    one_lane: HashSet<SiteKey>,
    paused: bool,
    closing: bool,
    last_lane: u64,
    effects: Vec<Effect>,
}

impl Machine {
    pub(in crate::engine) fn new(settings: Settings) -> Self {
        Self {
            seats: Seats::new(settings.browsing),
            settings,
            jobs: BTreeMap::new(),
            lanes: BTreeMap::new(),
            waiters: Waiters::default(),
            health: HashMap::new(),
            waiting_walks: Vec::new(),
            one_lane: HashSet::new(),
            paused: false,
            closing: false,
            last_lane: 0,
            effects: Vec::new(),
        }
    }

    /// Takes an event; returns what must be done about it, in order.
    pub(in crate::engine) fn handle(&mut self, now: Now, event: Event) -> Vec<Effect> {
        self.react(now, event);
        self.reconcile(now);
        std::mem::take(&mut self.effects)
    }

    fn react(&mut self, now: Now, event: Event) {
        match event {
            Event::Tick => self.begin_scheduled(now),
            Event::Borrow { ticket, sites, purpose } => self.waiters.push(ticket, sites, purpose),
            Event::Withdrawn(ticket) => self.waiters.remove(ticket),
            Event::Returned(site) => self.seats.give_back(&site),
            Event::KeepsAlive(site) => self.seats.lend_one(&site),
            Event::Opened { site, opened, one_lane } => self.opened(now, &site, opened, one_lane),
            Event::PollSizes(site) => self.poll_sizes(site),
            Event::AwaitSite { ticket, job, site } => {
                self.waiting_walks.push(WaitingWalk { ticket, job, site });
            }
            Event::JobTaken(new) => self.job_taken(now, *new),
            Event::DirectoryFound(job) => self.directory_found(job),
            Event::Added { job, counted } => self.count(job, counted),
            Event::Walked { job, failure } => self.walked(job, failure),
            Event::Claimed { job, claimed } => self.claimed(now, job, claimed),
            Event::Settled { job, item, counted } => self.settled(job, item, counted),
            Event::Next(lane) => {
                if let Some(lane) = self.lanes.get_mut(&lane) {
                    lane.waiting = true;
                }
            }
            Event::NotTaken { job, item } => {
                if let Some(job) = self.jobs.get_mut(&job) {
                    job.unbegin(item);
                }
            }
            Event::Renamed { job, item, target } => self.renamed(job, item, target),
            Event::Tried(tried) => self.tried(now, *tried),
            Event::LaneOver { lane, failure } => self.lane_over(now, lane, failure),
            Event::ControlJob(job, control) => self.control_job(job, control),
            Event::ControlItems { running, selection, control } => {
                self.control_items(&running, selection, control);
            }
            Event::Controlled { counted, control } => self.controlled(counted, control),
            Event::SetLanes(wanted) => self.set_lanes(wanted),
            Event::StartNow(job) => self.start_now(job),
            Event::Pause(paused) => self.paused = paused,
            Event::Forgotten(jobs) => {
                for id in jobs {
                    if self.jobs.get(&id).is_some_and(Job::is_ended) {
                        self.jobs.remove(&id);
                    }
                }
            }
            Event::Shutdown => self.shut_down(),
        }
    }

    /// Does what follows from the state, whatever the event was.
    fn reconcile(&mut self, now: Now) {
        self.wake_walks(now);
        self.serve_waiters();
        self.drain_impossible_jobs();
        self.empty_stopped_jobs();
        self.start_lanes(now);
        self.feed_lanes(now);
        self.claim_more(now);
        self.dismiss_lanes(now);
        self.end_jobs();
    }

    /// All jobs that this engine runs or ran.
    pub(in crate::engine) fn jobs(&self) -> impl Iterator<Item = (JobId, &Job)> {
        self.jobs.iter().map(|(id, job)| (*id, job))
    }

    pub(in crate::engine) fn job(&self, job: JobId) -> Option<&Job> {
        self.jobs.get(&job)
    }

    /// The files of all jobs of this engine in numbers.
    pub(in crate::engine) fn totals(&self) -> Totals {
        let none = Totals::default();
        self.jobs.values().fold(none, |sum, job| sum.plus(&job.counted.totals))
    }

    pub(in crate::engine) fn is_paused(&self) -> bool {
        self.paused
    }

    pub(in crate::engine) fn seats(&self) -> &Seats {
        &self.seats
    }

    /// True when no lane works and nothing is on its way to or from the store.
    pub(in crate::engine) fn is_quiet(&self) -> bool {
        self.lanes.is_empty()
            && self.jobs.values().all(|job| job.claim.is_none() && job.handed_out.is_empty())
    }

    /// Jobs that have not ended.
    fn open_jobs(&self) -> Vec<JobId> {
        self.jobs.iter().filter(|(_, job)| !job.is_ended()).map(|(id, _)| *id).collect()
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn shut_down(&mut self) {
        self.paused = true;
        self.closing = true;
        for job in self.jobs.keys() {
            self.effects.push(Effect::StopWalk(*job, true));
        }
        // what the user has cancelled stays cancelled
        self.signal_all(None, crate::transfer::StopRequest::Interrupt);
    }
}

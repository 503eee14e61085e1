//! Jobs that begin at a time: nothing of them is listed or sent before.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::JobId;
use crate::engine::core::actor::{Engine, Unwalked};

/// A time for people, by the clock of this machine.
pub(in crate::engine) fn begins_at(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Engine {
    /// Walks the trees of a job now, or when its time has come.
    pub(in crate::engine) fn walk_in_time(&mut self, job: JobId, walk: Unwalked) {
        match self.jobs.get_mut(&job) {
            Some(state) if state.start_at.is_some() => state.unwalked = Some(Box::new(walk)),
            _ => self.walk(job, walk),
        }
    }

    /// Begins the jobs whose time has come.
    pub(in crate::engine) fn begin_what_is_due(&mut self) {
        let now = Timestamp::now();
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let jobs = self.jobs.iter().filter(|(_, state)| due(state.start_at));
        for job in jobs.map(|(job, _)| *job).collect::<Vec<_>>() {
            self.begin(job);
        }
    }

    /// Begins a job before its time.
    pub(in crate::engine) fn start_now(&mut self, job: JobId) {
        self.hub.options.store.set_start(job, None).forget();
        self.begin(job);
        self.schedule();
    }

    fn begin(&mut self, job: JobId) {
        let Some(state) = self.jobs.get_mut(&job) else { return };
        state.start_at = None;
        self.dirty = true;
        if let Some(walk) = state.unwalked.take() {
            self.walk(job, *walk);
        }
    }
}

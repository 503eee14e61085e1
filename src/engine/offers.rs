//! Jobs that are anybody's to run, and when they were looked for.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::base::JobId;

/// How often the store is asked for them.
const EVERY: Duration = Duration::from_secs(1);

/// Jobs that are anybody's to run.
#[derive(Debug)]
pub(super) struct Offers {
    last_look: Instant,
    looking: bool,
    /// Those that this engine has taken, or cannot take.
    seen: HashSet<JobId>,
}

impl Offers {
    pub(super) fn new(now: Instant) -> Self {
        Self { last_look: now, looking: false, seen: HashSet::new() }
    }

    /// True when it is time for another look.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        if self.looking || now.duration_since(self.last_look) < EVERY {
            return false;
        }
        self.last_look = now;
        self.looking = true;
        true
    }

    /// The jobs that are new.
    pub(super) fn found(&mut self, jobs: Vec<JobId>) -> Vec<JobId> {
        self.looking = false;
        jobs.into_iter().filter(|job| self.seen.insert(*job)).collect()
    }
}

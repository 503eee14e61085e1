//! Jobs that are anybody's to run, and when they were looked for.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::base::JobId;

/// How often the store is asked for them.
const EVERY: Duration = Duration::from_secs(1);

/// Jobs that are anybody's to run.
#[derive(Debug)]
pub(in crate::engine) struct Offers {
    last_look: Instant,
    looking: bool,
    /// Those that this engine has taken, or cannot take.
    seen: HashSet<JobId>,
    /// Those that it cannot take as things are.
    refused: HashSet<JobId>,
}

impl Offers {
    pub(in crate::engine) fn new(now: Instant) -> Self {
        Self { last_look: now, looking: false, seen: HashSet::new(), refused: HashSet::new() }
    }

    /// True when it is time for another look.
    pub(in crate::engine) fn look(&mut self, now: Instant) -> bool {
        if self.looking || now.duration_since(self.last_look) < EVERY {
            return false;
        }
        self.last_look = now;
        self.looking = true;
        true
    }

    /// A job cannot be taken: a password is missing, or the like.
    pub(in crate::engine) fn refused(&mut self, job: JobId) {
        self.refused.insert(job);
    }

    /// Something has changed that may let refused ones be taken.
    pub(in crate::engine) fn again(&mut self) {
        for job in self.refused.drain() {
            self.seen.remove(&job);
        }
    }

    /// The jobs that are new.
    pub(in crate::engine) fn found(&mut self, jobs: Vec<JobId>) -> Vec<JobId> {
        self.looking = false;
        jobs.into_iter().filter(|job| self.seen.insert(*job)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_job_is_found_once_and_a_refused_one_again() {
        let begun = Instant::now();
        let mut offers = Offers::new(begun);
        let after = |seconds| begun + Duration::from_secs(seconds);
        assert!(!offers.look(begun));
        assert!(offers.look(after(1)));
        // not while an answer is to come
        assert!(!offers.look(after(3)));
        let jobs = vec![JobId(1), JobId(2)];
        assert_eq!(offers.found(jobs.clone()), jobs);
        assert!(offers.look(after(4)));
        assert_eq!(offers.found(jobs.clone()), []);
        offers.refused(JobId(2));
        assert_eq!(offers.found(jobs.clone()), []);
        offers.again();
        assert_eq!(offers.found(jobs), [JobId(2)]);
    }
}

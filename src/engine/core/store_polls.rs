//! When the store is asked what other processes have changed in it: jobs without an owner, and
//! the number of lanes of jobs that run here.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::base::JobId;

/// How often the store is asked.
const EVERY: Duration = Duration::from_secs(1);

/// One question that is asked again and again.
#[derive(Debug)]
pub(super) struct Polls {
    last_look: Instant,
    /// True until the answer to the last look is there.
    looking: bool,
    /// True when the answer under way may be older than what the user of this engine has set.
    outdated: bool,
}

impl Polls {
    pub(super) fn new(now: Instant) -> Self {
        Self { last_look: now, looking: false, outdated: false }
    }

    /// True when it is time for another look, which is then under way.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        if self.looking || now.duration_since(self.last_look) < EVERY {
            return false;
        }
        (self.last_look, self.looking, self.outdated) = (now, true, false);
        true
    }

    /// The user of this engine has set another value, which is on its way into the store.
    pub(super) fn overruled(&mut self, now: Instant) {
        (self.last_look, self.outdated) = (now, true);
    }

    /// An answer is there; true when it counts.
    pub(super) fn answered(&mut self) -> bool {
        self.looking = false;
        !self.outdated
    }
}

/// Jobs without an owner.
#[derive(Debug)]
pub(super) struct Offers {
    polls: Polls,
    /// Those that this engine has taken, or cannot take.
    seen: HashSet<JobId>,
    /// Those that it cannot take for now.
    refused: HashSet<JobId>,
}

impl Offers {
    pub(super) fn new(now: Instant) -> Self {
        Self { polls: Polls::new(now), seen: HashSet::new(), refused: HashSet::new() }
    }

    /// True when it is time for another look.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        self.polls.look(now)
    }

    /// A job cannot be taken: a password is missing, for instance.
    pub(super) fn refused(&mut self, job: JobId) {
        self.refused.insert(job);
    }

    /// Something has changed that may let refused ones be taken.
    pub(super) fn again(&mut self) {
        for job in self.refused.drain() {
            self.seen.remove(&job);
        }
    }

    /// The jobs that are new.
    pub(super) fn found(&mut self, jobs: Vec<JobId>) -> Vec<JobId> {
        self.polls.answered();
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
        // not while an answer is under way
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

    #[test]
    fn an_answer_older_than_the_users_setting_does_not_count() {
        let begun = Instant::now();
        let mut polls = Polls::new(begun);
        let after = |seconds| begun + Duration::from_secs(seconds);
        assert!(polls.look(after(1)));
        assert!(polls.answered());
        assert!(polls.look(after(4)));
        polls.overruled(after(5));
        assert!(!polls.answered());
        assert!(!polls.look(after(5)));
        assert!(polls.look(after(6)));
        assert!(polls.answered());
    }
}

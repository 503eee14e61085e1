//! Which job gets the next lane, and when a failed attempt is repeated: pure functions.

use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use crate::base::JobId;

/// The first back-off after a transient failure; it doubles with each attempt.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest back-off.
pub(super) const MAX_BACK_OFF: Duration = Duration::from_secs(300);

/// The wait before the next attempt after this number of failed ones: 1 s, doubled each time, at
/// most 5 minutes.
#[must_use]
pub fn back_off(attempts: u32) -> Duration {
    BACK_OFF.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(MAX_BACK_OFF)
}

/// A job that may get another lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The id of the job.
    pub job: JobId,
    /// Jobs with a higher priority come first.
    pub priority: i32,
    /// The number of lanes that it has.
    pub lanes: usize,
    /// The number of lanes that it may have.
    pub max_lanes: usize,
    /// The number of items that could start now and have no lane.
    pub ready: u64,
    /// True when sessions for another lane are available.
    pub free: bool,
    /// When it got its last lane: a counter that grows with each lane.
    pub last: u64,
}

impl Candidate {
    /// True when there is work for another lane, and the job may have one.
    fn wants(&self) -> bool {
        self.ready > 0 && self.lanes < self.max_lanes.max(1) && self.lanes as u64 <= self.ready
    }
}

/// True when a lane of `own` must give up its sessions, between two files, to a job that needs
/// them. Jobs with a higher priority get all lanes that they may have, others an equal share. If
/// sessions cannot be shared equally, jobs take turns (`turn_over`: the lane has had its time).
#[must_use]
pub fn yields(own: &Candidate, other: &Candidate, turn_over: bool) -> bool {
    if !other.wants() || other.free {
        return false;
    }
    match other.priority.cmp(&own.priority) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => own.lanes > other.lanes + 1 || (turn_over && own.lanes > other.lanes),
    }
}

/// The job that gets the next lane: the one with the highest priority, then with the fewest lanes,
/// so that no job waits until another one has finished, then the one that has waited longest.
#[must_use]
pub fn next(candidates: impl IntoIterator<Item = Candidate>) -> Option<JobId> {
    candidates
        .into_iter()
        .filter(|job| job.free && job.wants())
        .min_by_key(|job| (Reverse(job.priority), job.lanes, job.last, job.job))
        .map(|job| job.job)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(number: u64) -> Candidate {
        let (priority, lanes, max_lanes, ready, free, last) = (0, 0, 4, 10, true, 0);
        Candidate { job: JobId(number), priority, lanes, max_lanes, ready, free, last }
    }

    #[test]
    fn lanes_are_shared_among_jobs() {
        let mut jobs = [job(1), job(2), job(3)];
        let mut given = Vec::new();
        while let Some(next) = next(jobs) {
            given.push(next.0);
            for job in jobs.iter_mut().filter(|job| job.job == next) {
                job.lanes += 1;
            }
        }
        assert_eq!(given, [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    }

    #[test]
    fn priority_comes_first_and_work_and_sessions_are_required() {
        let urgent = Candidate { priority: 1, ..job(3) };
        assert_eq!(next([job(1), urgent]), Some(JobId(3)));
        assert_eq!(next([job(1), Candidate { free: false, ..urgent }]), Some(JobId(1)));
        assert_eq!(next([Candidate { ready: 0, ..urgent }]), None);
        assert_eq!(next([Candidate { lanes: 4, ..urgent }]), None);
        // a job may always have one lane
        assert_eq!(next([Candidate { max_lanes: 0, ..urgent }]), Some(JobId(3)));
    }

    #[test]
    fn lanes_yield_to_jobs_with_fewer_lanes() {
        // own priority and lanes, the other's, and whether the lane yields: at once, after a turn
        for (own, other, expected) in [
            ((0, 4), (0, 0), (true, true)),
            ((0, 3), (0, 1), (true, true)),
            ((0, 2), (0, 2), (false, false)),
            ((0, 2), (0, 1), (false, true)),
            ((0, 1), (0, 0), (false, true)),
            ((0, 1), (0, 3), (false, false)),
            ((0, 1), (1, 3), (true, true)),
            ((1, 4), (0, 0), (false, false)),
        ] {
            let with = |(priority, lanes), number| Candidate { priority, lanes, ..job(number) };
            let (own, other) = (with(own, 1), Candidate { free: false, ..with(other, 2) });
            let result = (yields(&own, &other, false), yields(&own, &other, true));
            assert_eq!(result, expected, "{own:?} {other:?}");
            // a job that needs no sessions of others gets none
            assert!(!yields(&own, &Candidate { free: true, ..other }, true));
            assert!(!yields(&own, &Candidate { ready: 0, ..other }, true));
            let full = Candidate { lanes: 4, ..other };
            assert!(!yields(&own, &full, true));
            // nor a job without work for another lane
            let busy = Candidate { lanes: 2, ready: 1, priority: 9, ..other };
            assert!(!yields(&own, &busy, true));
        }
    }

    #[test]
    fn the_job_that_waited_longest_comes_first() {
        let [early, late] = [Candidate { last: 3, ..job(2) }, Candidate { last: 7, ..job(1) }];
        assert_eq!(next([late, early]), Some(JobId(2)));
    }

    #[test]
    fn back_off_doubles_up_to_five_minutes() {
        let seconds: Vec<u64> = (0..12).map(|tries| back_off(tries).as_secs()).collect();
        assert_eq!(seconds, [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }
}

//! Which job gets the next lane, and when a try that failed is repeated: pure decisions.

use std::cmp::{Ordering, Reverse};
use std::time::Duration;

use crate::base::JobId;

/// The first back-off after a passing failure; it doubles with each try.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest back-off.
pub(super) const LONGEST: Duration = Duration::from_secs(300);

/// How long to wait before the next try, after so many that failed: 1 s, doubling, at most 5
/// minutes.
#[must_use]
pub fn back_off(tries: u32) -> Duration {
    BACK_OFF.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST)
}

/// A job that may get a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub job: JobId,
    /// Jobs with a greater number come first.
    pub priority: i32,
    /// Lanes that it has.
    pub lanes: usize,
    /// Lanes that it may have.
    pub most: usize,
    /// Items that could be begun now, and are in no lane.
    pub ready: u64,
    /// True when the sessions for another lane are free.
    pub free: bool,
    /// When it was given a lane last: a number that grows with each lane.
    pub last: u64,
}

impl Candidate {
    /// True when there is work for another lane, and it may have one.
    fn wants(&self) -> bool {
        self.ready > 0 && self.lanes < self.most.max(1) && self.lanes as u64 <= self.ready
    }
}

/// True when a lane of `own` makes room for a job that wants the same sessions, between two files.
/// More urgent jobs get what they may have; others an equal share; and where sessions cannot be
/// shared equally, each has them for a while (`turn_over`: the lane has had its time).
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

/// The job that gets the next lane: the highest priority, then the fewest lanes, so that no job
/// waits for another one's end, then who waits for one longest.
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
        let (priority, lanes, most, ready, free, last) = (0, 0, 4, 10, true, 0);
        Candidate { job: JobId(number), priority, lanes, most, ready, free, last }
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
    fn priority_comes_first_and_nothing_without_work_or_sessions() {
        let urgent = Candidate { priority: 1, ..job(3) };
        assert_eq!(next([job(1), urgent]), Some(JobId(3)));
        assert_eq!(next([job(1), Candidate { free: false, ..urgent }]), Some(JobId(1)));
        assert_eq!(next([Candidate { ready: 0, ..urgent }]), None);
        assert_eq!(next([Candidate { lanes: 4, ..urgent }]), None);
        // at least one lane, whatever the rules say
        assert_eq!(next([Candidate { most: 0, ..urgent }]), Some(JobId(3)));
    }

    #[test]
    fn lanes_make_room_for_those_who_have_fewer() {
        // own priority and lanes, the other's, and whether room is made: at once, and after a turn
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
            let told = (yields(&own, &other, false), yields(&own, &other, true));
            assert_eq!(told, expected, "{own:?} {other:?}");
            // who needs no room gets none
            assert!(!yields(&own, &Candidate { free: true, ..other }, true));
            assert!(!yields(&own, &Candidate { ready: 0, ..other }, true));
            let full = Candidate { lanes: 4, ..other };
            assert!(!yields(&own, &full, true));
            // nor who has no work for another lane
            let busy = Candidate { lanes: 2, ready: 1, priority: 9, ..other };
            assert!(!yields(&own, &busy, true));
        }
    }

    #[test]
    fn who_had_a_lane_longest_ago_comes_first() {
        let [early, late] = [Candidate { last: 3, ..job(2) }, Candidate { last: 7, ..job(1) }];
        assert_eq!(next([late, early]), Some(JobId(2)));
    }

    #[test]
    fn back_off_doubles_up_to_five_minutes() {
        let seconds: Vec<u64> = (0..12).map(|tries| back_off(tries).as_secs()).collect();
        assert_eq!(seconds, [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }
}

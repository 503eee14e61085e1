//! The list of the jobs of the queue.

use std::collections::BTreeSet;

use crate::base::JobId;
use crate::ui::model::jobs::JobLine;
use crate::ui::model::msg::Millis;

/// How long a list of jobs is good while things go on.
const GOOD: Millis = 500;

/// How long it is good while nothing happens here: other programs add jobs, run them and end.
const STILL_GOOD: Millis = 2000;

/// The list of jobs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobList {
    /// The jobs: what is open in the order in which it is run, then what has ended, newest first.
    pub lines: Vec<JobLine>,
    /// The selected ones.
    pub marks: BTreeSet<JobId>,
    /// True when a newer list is wanted.
    pub dirty: bool,
    /// True while one is on its way.
    pub asked: bool,
    /// When this one came; `None` before the first.
    pub fetched: Option<Millis>,
}

impl JobList {
    /// True when a list is to be asked for now.
    #[must_use]
    pub fn is_due(&self, now: Millis) -> bool {
        match self.fetched {
            _ if self.asked => false,
            None => true,
            Some(then) => now >= then + if self.dirty { GOOD } else { STILL_GOOD },
        }
    }

    /// Takes a new list over; what is selected stays so while it is there.
    pub fn show(&mut self, mut lines: Vec<JobLine>, now: Millis) {
        lines.sort_by_key(|line| {
            let place = if line.is_ended() { u64::MAX - line.job.0 } else { line.job.0 };
            (line.is_ended(), if line.is_ended() { 0 } else { -i64::from(line.priority) }, place)
        });
        self.marks.retain(|job| lines.iter().any(|line| line.job == *job));
        self.lines = lines;
        self.fetched = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::store::JobState;
    use crate::ui::fake::job_line;

    #[test]
    fn open_jobs_come_in_their_order_and_ended_ones_behind_them() {
        let mut list = JobList::default();
        let mut lines: Vec<JobLine> = (1..=5).map(job_line).collect();
        lines[0].state = JobState::Ended;
        lines[1].state = JobState::Ended;
        lines[4].priority = 2;
        list.marks = [JobId(3), JobId(9)].into();
        list.show(lines, 7);
        let order: Vec<u64> = list.lines.iter().map(|line| line.job.0).collect();
        assert_eq!(order, [5, 3, 4, 2, 1]);
        assert_eq!(list.marks, [JobId(3)].into());
        assert!(!list.is_due(8 + GOOD) && list.is_due(7 + STILL_GOOD));
        list.dirty = true;
        assert!(!list.is_due(8) && list.is_due(7 + GOOD));
    }
}

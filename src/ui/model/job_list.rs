//! The list of jobs in the queue panel.

use std::collections::BTreeSet;

use crate::base::JobId;
use crate::ui::model::job_line::JobLine;
use crate::ui::model::msg::Millis;

/// Refresh interval in milliseconds while jobs change.
const ACTIVE_INTERVAL: Millis = 500;

/// Refresh interval in milliseconds otherwise: other processes may add, run and finish jobs.
const IDLE_INTERVAL: Millis = 2000;

/// The list of jobs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JobList {
    /// Open jobs in the order in which they run, then finished jobs, the newest first.
    pub lines: Vec<JobLine>,
    /// The selected jobs.
    pub marks: BTreeSet<JobId>,
    /// True if jobs changed since the list was requested.
    pub dirty: bool,
    /// True while a request is pending.
    pub asked: bool,
    /// When the list arrived; `None` before the first one, or to force a new one.
    pub fetched: Option<Millis>,
}

impl JobList {
    /// True if a new list must be requested now.
    #[must_use]
    pub fn is_due(&self, now: Millis) -> bool {
        match self.fetched {
            _ if self.asked => false,
            None => true,
            Some(then) => now >= then + if self.dirty { ACTIVE_INTERVAL } else { IDLE_INTERVAL },
        }
    }

    /// Replaces the list; jobs that still exist stay selected.
    pub fn show(&mut self, mut lines: Vec<JobLine>, now: Millis) {
        lines.sort_by_key(|line| {
            let order = if line.is_ended() { u64::MAX - line.job.0 } else { line.job.0 };
            (line.is_ended(), if line.is_ended() { 0 } else { -i64::from(line.priority) }, order)
        });
        self.marks.retain(|job| lines.iter().any(|line| line.job == *job));
        self.lines = lines;
        self.fetched = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::store::JobStatus;
    use crate::ui::fake::job_line;

    #[test]
    fn open_jobs_come_first_in_their_order_then_finished_jobs() {
        let mut list = JobList::default();
        let mut lines: Vec<JobLine> = (1..=5).map(job_line).collect();
        lines[0].state = JobStatus::Ended;
        lines[1].state = JobStatus::Ended;
        lines[4].priority = 2;
        list.marks = [JobId(3), JobId(9)].into();
        list.show(lines, 7);
        let order: Vec<u64> = list.lines.iter().map(|line| line.job.0).collect();
        assert_eq!(order, [5, 3, 4, 2, 1]);
        assert_eq!(list.marks, [JobId(3)].into());
        assert!(!list.is_due(8 + ACTIVE_INTERVAL) && list.is_due(7 + IDLE_INTERVAL));
        list.dirty = true;
        assert!(!list.is_due(8) && list.is_due(7 + ACTIVE_INTERVAL));
    }
}

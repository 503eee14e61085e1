//! The jobs of the queue, one a line.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::base::JobId;
use crate::queue::store::JobState;
use crate::queue::{Ends, JobKind, Totals};
use crate::ui::model::msg::Millis;

/// A job as its line shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLine {
    /// Its number.
    pub job: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// Its sites; nothing when one of them is no bookmark any more.
    pub ends: Option<Ends>,
    /// What it takes, safe to show.
    pub from: String,
    /// Where to, safe to show; empty for deletions.
    pub to: String,
    /// What becomes of it next.
    pub state: JobState,
    /// True when this program runs it, or ran it.
    pub ours: bool,
    /// True when nothing of it is to be begun.
    pub held: bool,
    /// True once the user has given it up.
    pub cancelled: bool,
    /// True while there may be more in it than is known.
    pub listing: bool,
    /// Jobs with a greater number come first.
    pub priority: i32,
    /// Not to be begun before.
    pub start_at: Option<Timestamp>,
    /// Its items in numbers.
    pub totals: Totals,
}

impl JobLine {
    /// True when nothing is left to do.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.state == JobState::Ended
    }

    /// True when nobody works on it, and somebody could.
    #[must_use]
    pub fn can_be_taken(&self) -> bool {
        matches!(self.state, JobState::Waiting | JobState::Interrupted)
    }

    /// How far it has come.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let Totals { bytes_done, bytes_open, .. } = self.totals;
        let all = bytes_done + bytes_open;
        // while a tree is being listed a percentage would go backwards
        (!self.listing && all > 0).then(|| bytes_done as f64 / all as f64)
    }
}

/// How long a list of jobs is good while things go on.
const GOOD: Millis = 500;

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
            Some(then) => self.dirty && now >= then + GOOD,
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
        assert!(!list.is_due(9_999));
        list.dirty = true;
        assert!(!list.is_due(8) && list.is_due(7 + GOOD));
    }

    #[test]
    fn a_share_is_told_only_of_what_is_known() {
        let mut line = job_line(1);
        line.totals = Totals { bytes_done: 1, bytes_open: 3, ..Totals::default() };
        assert_eq!(line.share(), Some(0.25));
        line.listing = true;
        assert_eq!(line.share(), None);
    }
}

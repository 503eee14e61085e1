//! A job of the queue, as displayed in the list of jobs.

use jiff::Timestamp;

use crate::base::JobId;
use crate::queue::store::JobStatus;
use crate::queue::{JobKind, JobSites, Totals};

/// The default number of lanes of a job (docs/command-line.md "Defaults").
const DEFAULT_LANES: usize = 4;
/// The maximum number of lanes of a job.
const MAX_LANES: usize = 64;

/// A job, as displayed in the list of jobs.
#[derive(Debug, Clone, PartialEq)]
pub struct JobLine {
    /// The ID of the job.
    pub job: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// The sites of the job; `None` if one of them is no longer saved.
    pub ends: Option<JobSites>,
    /// The source, safe to display.
    pub from: String,
    /// The target, safe to display; empty for deletions.
    pub to: String,
    /// Whether it runs, waits, was interrupted or has ended.
    pub state: JobStatus,
    /// True if this process runs it, or ran it.
    pub ours: bool,
    /// True if the job is held.
    pub held: bool,
    /// True once the user has cancelled it.
    pub cancelled: bool,
    /// True while its directories are still being listed.
    pub listing: bool,
    /// Parallel files; `None` if only the limits of both sites apply.
    pub lanes: Option<usize>,
    /// Jobs with a higher priority come first.
    pub priority: i32,
    /// The job must not start before this time.
    pub start_at: Option<Timestamp>,
    /// The counts and sizes of its files.
    pub totals: Totals,
}

impl JobLine {
    /// True if nothing is left to do.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.state == JobStatus::Ended
    }

    /// The number of lanes plus `more`, within the allowed range.
    #[must_use]
    pub fn lanes_by(&self, more: isize) -> usize {
        self.lanes.unwrap_or(DEFAULT_LANES).saturating_add_signed(more).clamp(1, MAX_LANES)
    }

    /// True if no process runs it, so that this process can.
    #[must_use]
    pub fn can_be_taken(&self) -> bool {
        matches!(self.state, JobStatus::Waiting | JobStatus::Interrupted)
    }

    /// The completed share, from 0 to 1; `None` if the total is unknown.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let Totals { bytes_done, bytes_open, .. } = self.totals;
        let all = bytes_done + bytes_open;
        // while directories are being listed a percentage would go backwards
        (!self.listing && all > 0).then(|| bytes_done as f64 / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fake::job_line;

    #[test]
    fn lanes_start_at_the_default_and_stay_in_range() {
        let mut line = job_line(1);
        assert_eq!((line.lanes_by(1), line.lanes_by(-1)), (5, 3));
        line.lanes = Some(1);
        assert_eq!((line.lanes_by(1), line.lanes_by(-1)), (2, 1));
        line.lanes = Some(64);
        assert_eq!(line.lanes_by(1), 64);
    }

    #[test]
    fn the_share_is_unknown_while_listing() {
        let mut line = job_line(1);
        line.totals = Totals { bytes_done: 1, bytes_open: 3, ..Totals::default() };
        assert_eq!(line.share(), Some(0.25));
        line.listing = true;
        assert_eq!(line.share(), None);
    }
}

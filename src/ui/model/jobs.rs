//! A job of the queue, as its line shows it.

use jiff::Timestamp;

use crate::base::JobId;
use crate::queue::store::JobState;
use crate::queue::{Ends, JobKind, Totals};

/// Lanes of a job when nobody says (design section 7).
const USUAL_LANES: usize = 4;
/// Lanes of a job at most.
const MOST_LANES: usize = 64;

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
    /// Files side by side; `None` lets the limits of both sites decide.
    pub lanes: Option<usize>,
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

    /// So many lanes more, beginning with what a job has when nobody says.
    #[must_use]
    pub fn lanes_by(&self, more: isize) -> usize {
        self.lanes.unwrap_or(USUAL_LANES).saturating_add_signed(more).clamp(1, MOST_LANES)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fake::job_line;

    #[test]
    fn lanes_begin_with_the_usual_number_and_have_an_end() {
        let mut line = job_line(1);
        assert_eq!((line.lanes_by(1), line.lanes_by(-1)), (5, 3));
        line.lanes = Some(1);
        assert_eq!((line.lanes_by(1), line.lanes_by(-1)), (2, 1));
        line.lanes = Some(64);
        assert_eq!(line.lanes_by(1), 64);
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

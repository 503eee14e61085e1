//! Results and plans in numbers, as front ends sum them up.

use crate::engine::api::{ItemReport, PlanAction, PlanStep};
use crate::queue::ItemState;

/// How the items of one or more jobs ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Files that are done.
    pub files: u64,
    /// Directories that are done.
    pub dirs: u64,
    /// Bytes of what is done.
    pub bytes: u64,
    /// What a rule left out.
    pub skipped: u64,
    /// What failed.
    pub failed: u64,
    /// What the user gave up.
    pub cancelled: u64,
}

impl Tally {
    /// Counts an item that ended.
    pub fn count(&mut self, item: &ItemReport) {
        match item.state {
            ItemState::Done => {
                *(if item.item.dir { &mut self.dirs } else { &mut self.files }) += 1;
                self.bytes += item.ending.bytes;
            }
            ItemState::Skipped => self.skipped += 1,
            ItemState::Failed => self.failed += 1,
            ItemState::Cancelled => self.cancelled += 1,
            ItemState::Waiting | ItemState::Held | ItemState::Running => {}
        }
    }
}

/// What a mirror would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlanTally {
    /// Files and directories to copy or make.
    pub copies: u64,
    /// Their bytes, as far as sizes are known.
    pub bytes: u64,
    /// Files and directories to delete.
    pub deletes: u64,
    /// What stays though it differs.
    pub skips: u64,
    /// What is the same already.
    pub same: u64,
    /// What cannot be mirrored.
    pub failed: u64,
}

impl PlanTally {
    /// Counts a step.
    pub fn count(&mut self, step: &PlanStep) {
        match step.action {
            PlanAction::Copy => {
                self.copies += 1;
                self.bytes += step.size.unwrap_or(0);
            }
            PlanAction::Delete => self.deletes += 1,
            PlanAction::Skip => self.skips += 1,
            PlanAction::Same => self.same += 1,
        }
    }
}

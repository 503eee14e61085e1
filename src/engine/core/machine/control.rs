//! What the user does with jobs and files.

use crate::base::{ItemId, JobId};
use crate::engine::api::Control;
use crate::engine::core::machine::Machine;
use crate::engine::core::machine::event::{Effect, Note};
use crate::engine::failure;
use crate::queue::store::{ItemSelection, Section, VersionedTotals};
use crate::transfer::StopRequest;

/// A priority moved by a step among others; the greatest and the least step lead before and
/// behind all of them.
pub(in crate::engine) fn moved(priority: i32, step: i32, others: &[i32]) -> i32 {
    match step {
        i32::MAX => others.iter().max().map_or(0, |most| most.saturating_add(1)),
        i32::MIN => others.iter().min().map_or(0, |least| least.saturating_sub(1)),
        step => priority.saturating_add(step),
    }
}

impl Machine {
    pub(super) fn control_job(&mut self, id: JobId, control: Control) {
        match control {
            Control::Cancel => {
                self.effect(Effect::Note(Note::Cancelled(id)));
                self.cancel_job(id);
            }
            Control::Hold | Control::Release => {
                let held = control == Control::Hold;
                self.effect(Effect::Note(Note::Held(id, held)));
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.held = held;
                }
            }
            Control::Retry | Control::Clear => {
                self.change(ItemSelection::Jobs(vec![id], Section::ALL.to_vec()), control);
            }
            Control::Up => self.move_priority(id, 1),
            Control::Down => self.move_priority(id, -1),
            Control::Top => self.move_priority(id, i32::MAX),
            Control::Bottom => self.move_priority(id, i32::MIN),
        }
    }

    /// The user gives a job up: its walk stops, what waits and what runs is cancelled.
    pub(super) fn cancel_job(&mut self, id: JobId) {
        if self.jobs.get(&id).is_some_and(|job| !job.is_ended()) {
            self.effect(Effect::StopWalk(id, true));
            self.drain(id, failure::cancelled());
        }
    }

    /// Moves a job among the others by its priority.
    fn move_priority(&mut self, id: JobId, step: i32) {
        let others = self.jobs.iter().filter(|(other, job)| **other != id && !job.is_ended());
        let priorities: Vec<i32> = others.map(|(_, job)| job.priority).collect();
        let note = match self.jobs.get_mut(&id) {
            Some(job) => {
                job.priority = moved(job.priority, step, &priorities);
                Note::Priority(id, job.priority)
            }
            None => Note::MovePriority(id, step),
        };
        self.effect(Effect::Note(note));
    }

    /// Changes files; those on their way out of the store are changed when they are here.
    pub(super) fn control_items(
        &mut self,
        running: &[(JobId, ItemId)],
        selection: ItemSelection,
        control: Control,
    ) {
        if control == Control::Cancel {
            for (id, item) in running {
                let cancelled = self
                    .jobs
                    .get_mut(id)
                    .is_some_and(|job| job.set_stop_request(*item, StopRequest::Cancel));
                if cancelled {
                    self.effect(Effect::Signal { item: *item, stop_request: StopRequest::Cancel });
                }
            }
        }
        if matches!(control, Control::Cancel | Control::Hold | Control::Release) {
            for claim in self.jobs.values_mut().filter_map(|job| job.claim.as_mut()) {
                claim.missed.push((selection.clone(), control));
            }
        }
        self.change(selection, control);
    }

    pub(super) fn change(&mut self, selection: ItemSelection, control: Control) {
        // what no lane has begun goes back first: the change is for it, too
        if !matches!(control, Control::Retry | Control::Clear | Control::Release) {
            for id in self.open_jobs() {
                self.restock(id);
            }
        }
        self.effect(Effect::ItemChange { selection, control });
    }

    /// The store has changed files.
    pub(super) fn controlled(&mut self, counted: Vec<(JobId, VersionedTotals)>, control: Control) {
        for (id, counted) in counted {
            let open = counted.totals.open() > 0;
            self.count(id, counted);
            if control == Control::Retry && open {
                self.revive(id);
            }
            if let Some(job) = self.jobs.get_mut(&id) {
                job.next_at = None;
            }
        }
    }
}

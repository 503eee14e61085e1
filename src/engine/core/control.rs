//! What the user does with jobs and items.

use crate::base::{ItemId, JobId};
use crate::engine::api::Answer;
use crate::engine::api::{Control, Level, RowQuery};
use crate::engine::core::actor::Engine;
use crate::engine::core::queue_view;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::queue::StoreError;
use crate::queue::store::{
    ItemChange, ItemSelection, JobQuery, JobStatus, Section, VersionedTotals,
};
use crate::transfer::StopRequest;

impl Control {
    /// What it does to items in the store.
    fn change(self) -> ItemChange {
        match self {
            Self::Cancel => ItemChange::Cancel,
            Self::Hold => ItemChange::Hold,
            Self::Release => ItemChange::Release,
            Self::Retry => ItemChange::Retry,
            Self::Clear => ItemChange::Clear,
            Self::Up => ItemChange::Up,
            Self::Down => ItemChange::Down,
            Self::Top => ItemChange::Top,
            Self::Bottom => ItemChange::Bottom,
        }
    }
}

/// A priority moved by a step among others; the greatest and the least step lead before and
/// behind all of them.
fn moved(priority: i32, step: i32, others: &[i32]) -> i32 {
    match step {
        i32::MAX => others.iter().max().map_or(0, |most| most.saturating_add(1)),
        i32::MIN => others.iter().min().map_or(0, |least| least.saturating_sub(1)),
        step => priority.saturating_add(step),
    }
}

impl Engine {
    pub(in crate::engine) fn control_job(&mut self, job: JobId, control: Control) {
        let store = &self.hub.options.store;
        match control {
            Control::Cancel => {
                store.cancel_job(job).forget();
                self.cancel_job(job);
            }
            Control::Hold | Control::Release => {
                let held = control == Control::Hold;
                store.hold_job(job, held).forget();
                if let Some(state) = self.jobs.get_mut(&job) {
                    state.held = held;
                }
                if held {
                    self.restock(job);
                }
            }
            Control::Retry | Control::Clear => {
                self.change(ItemSelection::Jobs(vec![job], Section::ALL.to_vec()), control);
            }
            Control::Up | Control::Down | Control::Top | Control::Bottom => {
                let step = match control {
                    Control::Up => 1,
                    Control::Down => -1,
                    Control::Top => i32::MAX,
                    _ => i32::MIN,
                };
                self.set_priority(job, step);
            }
        }
        self.dirty = true;
        self.schedule();
    }

    /// Moves a job among the others by its priority.
    fn set_priority(&mut self, job: JobId, step: i32) {
        let others = self.jobs.iter().filter(|(id, state)| **id != job && !state.ended);
        let priorities: Vec<i32> = others.map(|(_, state)| state.priority).collect();
        let Some(state) = self.jobs.get_mut(&job) else { return self.set_priority_left(job, step) };
        state.priority = moved(state.priority, step, &priorities);
        self.hub.options.store.set_priority(job, state.priority).forget();
    }

    /// The same with a job that nobody runs: only the store knows of it.
    fn set_priority_left(&self, job: JobId, step: i32) {
        let hub = self.hub.clone();
        tokio::spawn(async move {
            let store = &hub.options.store;
            let work = async {
                let open = store.jobs(JobQuery::Open).await?;
                let (these, others): (Vec<_>, Vec<_>) =
                    open.iter().partition(|record| record.id == job);
                let priorities: Vec<i32> = others.iter().map(|record| record.priority).collect();
                match these.first() {
                    // whoever runs it has its order at hand
                    Some(record) if record.state() != JobStatus::Running => {
                        store.set_priority(job, moved(record.priority, step, &priorities)).await
                    }
                    _ => Ok(()),
                }
            };
            if let Err(error) = work.await {
                hub.notice(Level::Error, error.to_string());
            }
        });
    }

    pub(in crate::engine) fn control_items(&mut self, items: Vec<ItemId>, control: Control) {
        if control == Control::Cancel {
            for item in &items {
                if let Some(running) = self.running.get(item) {
                    running.wish.send_replace(StopRequest::Cancel);
                }
            }
        }
        self.change_all(ItemSelection::Items(items), control);
    }

    /// Every item that the query shows: of one job, else of all of this engine's.
    pub(in crate::engine) fn control_all(&mut self, query: &RowQuery, control: Control) {
        if control == Control::Cancel {
            for running in self.running.values() {
                if query.shows(&self.live_row(running)) {
                    running.wish.send_replace(StopRequest::Cancel);
                }
            }
        }
        let jobs = match query.job {
            Some(job) => vec![job],
            None => self.jobs.keys().copied().collect(),
        };
        let (parts, sought) = (queue_view::parts(query.filter), queue_view::sought(query));
        let selection = match sought.is_all() {
            true => ItemSelection::Jobs(jobs, parts),
            false => ItemSelection::Matching(jobs, parts, sought),
        };
        self.change_all(selection, control);
    }

    /// Takes a job that nobody runs out of the store.
    pub(in crate::engine) fn discard(&mut self, job: JobId, answer: Answer<()>) {
        let running = self.jobs.get(&job).is_some_and(|state| !state.ended);
        let store = self.hub.options.store.clone();
        if !running {
            self.jobs.remove(&job);
        }
        tokio::spawn(async move {
            let step = "discard the job";
            let failed = |error| failure::of_store(step, &error);
            let work = async {
                let record = store.job(job).await.map_err(failed)?;
                let lives = record.is_some_and(|record| record.state() == JobStatus::Running);
                if running || lives {
                    return Err(failure::usage(step, "it is running; cancel it first"));
                }
                store.remove_job(job).await.map_err(failed)
            };
            // a front end that is gone wants no answer
            let _ = answer.send(work.await);
        });
        self.dirty = true;
    }

    /// Changes items; those that are on their way out of the store are changed when they are here.
    fn change_all(&mut self, selection: ItemSelection, control: Control) {
        if matches!(control, Control::Cancel | Control::Hold) {
            for state in self.jobs.values_mut().filter(|state| state.claiming) {
                state.missed.push((selection.clone(), control));
            }
        }
        self.change(selection, control);
    }

    pub(in crate::engine) fn change(&mut self, selection: ItemSelection, control: Control) {
        // what is at hand is in no lane yet: the change is for it, too
        if !matches!(control, Control::Retry | Control::Clear | Control::Release) {
            self.restock_all();
        }
        let hub = self.hub.clone();
        let change = self.hub.options.store.change(selection, control.change());
        change.then(move |counted| hub.inform(EngineMsg::Controlled(counted, control)));
    }

    /// The store has changed items.
    pub(in crate::engine) fn controlled(
        &mut self,
        counted: Result<Vec<(JobId, VersionedTotals)>, StoreError>,
        control: Control,
    ) {
        let counted = match counted {
            Ok(counted) => counted,
            Err(error) => return self.hub.notice(Level::Error, error.to_string()),
        };
        for (job, counted) in counted {
            self.count(job, counted);
            if control == Control::Retry && counted.totals.open() > 0 {
                self.revive(job);
            }
            if let Some(state) = self.jobs.get_mut(&job) {
                state.next_at = None;
            }
            self.refill(job);
            self.settle(job);
        }
        self.dirty = true;
        self.schedule();
    }
}

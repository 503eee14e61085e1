//! Jobs and lanes from the engine's side: submitting, handing out work, taking results.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};

use crate::base::{ItemId, JobId};
use crate::engine::api::{Control, Failure, FailureKind, ItemReport, Level, Report, RowFilter};
use crate::engine::ends;
use crate::engine::failure;
use crate::engine::gauge::Gauge;
use crate::engine::inside::{Ended, LaneId, Work};
use crate::engine::sync::Mirror;
use crate::engine::task::{Engine, JobState, LaneState, Running};
use crate::engine::walk::Walker;
use crate::engine::work::{Worker, is_final};
use crate::queue::{Ending, ItemState, JobKind, JobSpec, NewItem, Turn};
use crate::site::Location;
use crate::transfer::Progress;

/// The first back-off after a passing failure; it doubles with each try.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest back-off.
const LONGEST: Duration = Duration::from_secs(300);

fn back_off(tries: u32) -> Duration {
    BACK_OFF.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(LONGEST)
}

impl Engine {
    pub(super) fn submit(
        &mut self,
        spec: JobSpec,
        reports: Option<mpsc::UnboundedSender<Report>>,
    ) -> Result<JobId, Failure> {
        let site = |at: &Location| at.remote().map(|(site, _)| site.clone());
        let Some(first) = spec.sources.first() else {
            return Err(failure::usage("queue a job", "there is nothing to do"));
        };
        if spec.sources.iter().any(|source| !ends::same_site(&source.at, &first.at)) {
            return Err(failure::usage("queue a job", "the sources are on different sites"));
        }
        let (from, to) = (site(&first.at), spec.target.as_ref().and_then(site));
        match (spec.kind, &spec.target) {
            (JobKind::Delete, _) | (_, Some(_)) => {}
            (_, None) => return Err(failure::usage("queue a job", "there is no target")),
        }
        if spec.kind != JobKind::Delete && from.is_none() && to.is_none() {
            return Err(failure::usage("queue a job", "both ends are on this machine; use cp(1)"));
        }
        if matches!(spec.kind, JobKind::Move | JobKind::Delete) {
            ends::may_change(&first.at, "delete there")?;
        }
        if let Some(target) = &spec.target {
            ends::may_change(target, "copy into it")?;
        }
        if let (Some(from), Some(to)) = (&from, &to)
            && from.key() == to.key()
            && !self.pool.could_ever(from, 2)
        {
            return Err(failure::usage(
                "copy",
                "copying within one site needs two sessions: raise its max_sessions",
            ));
        }
        let job = self.queue.add_job(&spec);
        let (cancel, cancelled) = watch::channel(false);
        let sources = spec.sources.iter().map(|source| source.at.clone()).collect();
        let state = JobState {
            from,
            to,
            reports,
            cancel,
            connect_failures: 0,
            not_before: None,
            sources,
            moved_trees: false,
            ended: false,
        };
        self.jobs.insert(job, state);
        let hub = self.hub.clone();
        if spec.kind == JobKind::Mirror {
            tokio::spawn(Mirror::run(hub, job, spec, cancelled));
        } else {
            tokio::spawn(Walker::run(hub, job, spec, cancelled));
        }
        self.dirty = true;
        Ok(job)
    }

    pub(super) fn found(&mut self, job: JobId, item: NewItem) {
        if self.jobs.get(&job).is_none_or(|state| state.ended) {
            return;
        }
        self.queue.add_item(job, item);
        self.dirty = true;
        let parked = self
            .lanes
            .iter_mut()
            .find(|(_, lane)| lane.job == job && lane.parked.is_some())
            .and_then(|(id, lane)| lane.parked.take().map(|answer| (*id, answer)));
        match parked {
            Some((lane, answer)) => self.next(lane, answer),
            None => self.schedule(),
        }
    }

    pub(super) fn noted(
        &mut self,
        job: JobId,
        item: NewItem,
        state: ItemState,
        ending: Ending,
        failure: Option<FailureKind>,
    ) {
        let id = self.queue.add_item(job, item);
        let failure = failure.or((state == ItemState::Failed).then_some(FailureKind::Refused));
        self.finish(id, state, ending, failure);
    }

    /// A job's tree has been listed, or could not be.
    pub(super) fn walked(&mut self, job: JobId, failure: Option<Failure>) {
        if let Some(job) = self.queue.job_mut(job) {
            job.listing = false;
        }
        if let Some(failure) = failure {
            if failure.kind != FailureKind::Cancelled {
                self.hub.notice(Level::Error, failure.to_string());
            }
            self.report(job, Report::Error(failure.clone()));
            self.note_failed_walk(job, &failure);
        }
        self.release_idle(job);
        self.settle(job);
        self.schedule();
    }

    /// A tree that could not be listed to its end is a failed item of its own, so that it can be
    /// seen in the queue.
    fn note_failed_walk(&mut self, job: JobId, failure: &Failure) {
        let Some(state) = self.jobs.get(&job) else { return };
        let Some(source) = state.sources.first().cloned() else { return };
        let item = NewItem {
            label: source.to_string().into(),
            dir: true,
            source,
            target: None,
            size: None,
            modified: None,
            replaces: false,
            turn: Turn::Usual,
        };
        let reason = Some(failure::reason(failure));
        let ending = Ending { reason, verified: "none", ..Ending::default() };
        self.noted(job, item, ItemState::Failed, ending, Some(failure.kind.clone()));
    }

    pub(super) fn start_lane(&mut self, job: JobId) {
        let (Some(state), Some(entry)) = (self.jobs.get(&job), self.queue.job(job)) else {
            return;
        };
        let (from, to) = (state.from.clone(), state.to.clone());
        let (kind, rules) = (entry.kind, entry.rules);
        let sites: Vec<_> = from.iter().chain(&to).cloned().collect();
        let mut leases = self.lend(&sites).into_iter();
        let lane = self.new_lane();
        let worker = Worker {
            hub: self.hub.clone(),
            lane,
            job,
            kind,
            rules,
            source: from.and_then(|_| leases.next()),
            destination: to.and_then(|_| leases.next()),
            tag: self.tag.clone(),
            pair: None,
            duplicates: Default::default(),
            kinds: Default::default(),
        };
        self.lanes.insert(lane, LaneState { job, parked: None });
        tokio::spawn(worker.run());
    }

    /// A lane wants work.
    pub(super) fn next(&mut self, lane: LaneId, answer: oneshot::Sender<Option<Work>>) {
        let Some(state) = self.lanes.get_mut(&lane) else { return };
        let job = state.job;
        if let Some(job) = self.jobs.get_mut(&job) {
            job.connect_failures = 0;
        }
        let claimed = if self.paused { None } else { self.queue.claim(job, Instant::now()) };
        let Some(item) = claimed.cloned() else {
            let more = self.queue.job(job).is_some_and(|job| job.listing && !job.cancelled);
            if more && !self.paused {
                state.parked = Some(answer);
            } else {
                // a lane that is gone needs no answer
                let _ = answer.send(None);
            }
            return;
        };
        let progress = Arc::new(Progress::default());
        let (cancel, cancelled) = watch::channel(false);
        let now = Instant::now();
        let running = Running {
            progress: progress.clone(),
            cancel,
            begun: now,
            gauge: Gauge::new(now),
            stored_at: None,
            lane,
        };
        let id = item.id;
        self.running.insert(id, running);
        self.dirty = true;
        if answer.send(Some(Work { item, progress, cancel: cancelled })).is_err() {
            self.running.remove(&id);
            self.queue.set_state(id, ItemState::Waiting);
        }
    }

    /// The way of a running item is known now.
    pub(super) fn way(&mut self, item: ItemId, ending: Ending) {
        self.queue.set_ending(item, ending);
        self.dirty = true;
    }

    pub(super) fn ended(&mut self, ended: Ended) {
        let Ended { item, state, ending, failure, again } = ended;
        let running = self.running.remove(&item);
        let tries = self.queue.item(item).map_or(0, |item| item.tries);
        let cancelled = running.is_some_and(|running| *running.cancel.borrow());
        if again && !cancelled && tries < self.hub.options.tries {
            let why = ending.reason.unwrap_or_default();
            let wait = back_off(tries);
            self.queue.put_back(
                item,
                format!("{why} (another try follows)"),
                Instant::now() + wait,
            );
            self.dirty = true;
            return;
        }
        self.finish(item, state, ending, failure);
    }

    /// An item has come to its end.
    pub(super) fn finish(
        &mut self,
        id: ItemId,
        state: ItemState,
        ending: Ending,
        failure: Option<FailureKind>,
    ) {
        let Some(item) = self.queue.end(id, state, ending).cloned() else { return };
        self.dirty = true;
        if state == ItemState::Done
            && let Some(parent) = item.target.as_ref().and_then(ends::parent)
        {
            self.note_change(parent);
        }
        let report = ItemReport {
            job: item.job,
            item: item.id,
            source: item.source.clone(),
            target: item.target.clone(),
            dir: item.dir,
            state,
            verdict: item.ending.verdict,
            verified: item.ending.verified,
            via: item.ending.via,
            passive: item.ending.passive,
            protected: item.ending.protected,
            bytes: item.ending.bytes,
            elapsed: item.ending.elapsed,
            reason: item.ending.reason.clone(),
            failure,
        };
        tracing::info!("{report}");
        self.report(item.job, Report::Item(Box::new(report)));
        self.settle(item.job);
    }

    pub(super) fn lane_over(&mut self, lane: LaneId, failure: Option<Failure>) {
        let Some(LaneState { job, .. }) = self.lanes.remove(&lane) else { return };
        let lost: Vec<ItemId> = self
            .running
            .iter()
            .filter(|(_, running)| running.lane == lane)
            .map(|(item, _)| *item)
            .collect();
        for item in lost {
            // the lane ended without a word about it
            self.running.remove(&item);
            self.queue.set_state(item, ItemState::Waiting);
        }
        if let Some(failure) = failure {
            self.lane_failed(job, &failure);
        }
        self.settle(job);
        self.schedule();
    }

    fn lane_failed(&mut self, job: JobId, failure: &Failure) {
        let others = self.lanes.values().any(|lane| lane.job == job);
        let tries = self.hub.options.connect_tries;
        let Some(state) = self.jobs.get_mut(&job) else { return };
        if others && !is_final(&failure.kind) {
            return; // one lane less, and the work goes on
        }
        state.connect_failures += 1;
        let failures = state.connect_failures;
        if is_final(&failure.kind) || failures >= tries {
            self.hub.notice(Level::Error, failure.to_string());
            self.report(job, Report::Error(failure.clone()));
            self.give_up(job, failure);
        } else {
            state.not_before = Some(Instant::now() + back_off(failures));
        }
    }

    /// Ends the job if nothing is left to do.
    fn settle(&mut self, job: JobId) {
        if !self.queue.is_finished(job) {
            return;
        }
        let Some(state) = self.jobs.get_mut(&job).filter(|state| !state.ended) else { return };
        let moved = self.queue.job(job).is_some_and(|job| job.kind == JobKind::Move);
        if moved && !state.moved_trees {
            state.moved_trees = true;
            let (hub, sources) = (self.hub.clone(), state.sources.clone());
            if let Some(entry) = self.queue.job_mut(job) {
                entry.listing = true; // its emptied directories are still to go
            }
            tokio::spawn(crate::engine::browse::remove_empty_trees(hub, job, sources));
            return;
        }
        state.ended = true;
        self.release_idle(job);
        self.report(job, Report::End { job });
        if let Some(state) = self.jobs.get_mut(&job) {
            state.reports = None;
        }
    }

    /// Lanes of the job that wait for work end, when no more can come.
    fn release_idle(&mut self, job: JobId) {
        if self.queue.job(job).is_some_and(|job| job.listing) {
            return;
        }
        for lane in self.lanes.values_mut().filter(|lane| lane.job == job) {
            if let Some(answer) = lane.parked.take() {
                // a lane that is gone needs no answer
                let _ = answer.send(None);
            }
        }
    }

    pub(super) fn control_job(&mut self, job: JobId, control: Control) {
        match control {
            Control::Cancel => self.cancel_job(job),
            Control::Hold | Control::Release => {
                if let Some(job) = self.queue.job_mut(job) {
                    job.held = control == Control::Hold;
                }
            }
            Control::Retry | Control::Clear => {
                let items = self.queue.ended_of(job);
                self.control_items(&items, control);
            }
            Control::Up | Control::Down | Control::Top | Control::Bottom => {
                let items = self.queue.waiting_of(job);
                self.control_items(&items, control);
            }
        }
        self.dirty = true;
        self.schedule();
    }

    pub(super) fn control_items(&mut self, items: &[ItemId], control: Control) {
        let backwards = matches!(control, Control::Top | Control::Down);
        let order: Vec<ItemId> =
            if backwards { items.iter().rev().copied().collect() } else { items.to_vec() };
        for id in order {
            let Some(item) = self.queue.item(id).cloned() else { continue };
            match (control, item.state) {
                (Control::Cancel, ItemState::Running) => {
                    if let Some(running) = self.running.get(&id) {
                        running.cancel.send_replace(true);
                    }
                }
                (Control::Cancel, ItemState::Waiting | ItemState::Held) => {
                    let reason = Some("cancelled".to_owned());
                    let ending = Ending { reason, verified: "none", ..Ending::default() };
                    self.finish(id, ItemState::Failed, ending, Some(FailureKind::Cancelled));
                }
                (Control::Hold, ItemState::Waiting) => self.queue.set_state(id, ItemState::Held),
                (Control::Release, ItemState::Held) => {
                    self.queue.set_state(id, ItemState::Waiting);
                }
                (Control::Retry, ItemState::Failed | ItemState::Skipped)
                    if item.target.is_some() && !item.dir =>
                {
                    self.queue.renew(id);
                    if let Some(job) = self.jobs.get_mut(&item.job) {
                        job.ended = false;
                        job.connect_failures = 0;
                        job.not_before = None;
                        job.cancel.send_replace(false);
                    }
                }
                (Control::Clear, state) if state.is_ended() => self.queue.remove(id),
                (Control::Up, _) => self.queue.shift(id, true, false),
                (Control::Down, _) => self.queue.shift(id, false, false),
                (Control::Top, _) => self.queue.shift(id, true, true),
                (Control::Bottom, _) => self.queue.shift(id, false, true),
                _ => {}
            }
        }
        self.dirty = true;
        self.schedule();
    }

    /// All items that a filter lets through.
    pub(super) fn filtered(&self, filter: RowFilter) -> Vec<ItemId> {
        match filter {
            RowFilter::All => self.queue.rows(true, true).collect(),
            RowFilter::Open => self.queue.rows(true, false).collect(),
            RowFilter::Ended => self.queue.rows(false, true).collect(),
            RowFilter::Failed => self.queue.failed().collect(),
        }
    }
}

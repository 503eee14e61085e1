//! Jobs from the engine's side: taking them on, their trees, their end.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::base::JobId;
use crate::engine::api::Answer;
use crate::engine::api::{Failure, FailureKind, ItemReport, Level, Report};
use crate::engine::core::actor::{Engine, JobState, Unwalked};
use crate::engine::endpoint;
use crate::engine::failure;
use crate::engine::message::{Adopted, EngineMsg, Submitted};
use crate::engine::recovery::adopt::{self, Taking};
use crate::engine::sandbox::Sandbox;
use crate::engine::tree::batch::Recorder;
use crate::engine::tree::mirror::Mirror;
use crate::engine::tree::walk::Walker;
use crate::queue::store::{Counted, Stage};
use crate::queue::{
    Ending, Ends, ItemState, JobKind, JobSpec, NewItem, Source, StoreError, Totals,
};
use crate::site::location::LOCAL;
use crate::site::{Location, Site};

/// A job whose places on this machine do not change with the current directory: it may be run by
/// another process.
pub(in crate::engine) fn fixed(spec: JobSpec) -> Result<JobSpec, Failure> {
    let source = |source: Source| Ok(Source { at: endpoint::fixed(&source.at)?, ..source });
    Ok(JobSpec {
        sources: spec.sources.into_iter().map(source).collect::<Result<_, Failure>>()?,
        target: spec.target.as_ref().map(endpoint::fixed).transpose()?,
        ..spec
    })
}

impl Engine {
    /// Takes a job on: first into the store, then its trees are walked.
    pub(in crate::engine) fn submit(
        &mut self,
        spec: JobSpec,
        reports: Option<mpsc::UnboundedSender<Report>>,
        answer: Answer<JobId>,
    ) {
        let checked = self.check(&spec).and_then(|ends| Ok((ends, fixed(spec)?)));
        let (ends, spec) = match checked {
            Ok(checked) => checked,
            Err(failure) => {
                // a front end that is gone wants no answer
                let _ = answer.send(Err(failure));
                return;
            }
        };
        self.submitting += 1;
        let hub = self.hub.clone();
        let adding = hub.options.store.add_job(&spec, self.hub.run());
        let submitted = Box::new(Submitted { spec, ends, reports, answer });
        adding.then(move |added| hub.inform(EngineMsg::Submitted { added, submitted }));
    }

    /// Whether a job makes sense.
    pub(in crate::engine) fn check(&self, spec: &JobSpec) -> Result<Ends, Failure> {
        let site = |at: &Location| at.remote().map(|(site, _)| site.clone());
        let Some(first) = spec.sources.first() else {
            return Err(failure::usage("queue a job", "there is nothing to do"));
        };
        if spec.sources.iter().any(|source| !source.at.same_site(&first.at)) {
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
            endpoint::may_change(&first.at, "delete there")?;
        }
        if let Some(target) = &spec.target {
            endpoint::may_change(target, "copy into it")?;
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
        Ok(Ends { from, to })
    }

    /// The store has a new job, or has not.
    pub(in crate::engine) fn submitted(
        &mut self,
        added: Result<JobId, StoreError>,
        submitted: Submitted,
    ) {
        self.submitting = self.submitting.saturating_sub(1);
        let Submitted { spec, ends, reports, answer } = submitted;
        let job = match added {
            Ok(job) => job,
            Err(error) => {
                // a front end that is gone wants no answer
                let _ = answer.send(Err(failure::of_store("queue a job", &error)));
                return;
            }
        };
        let cancelled = self.take_on(job, &spec, ends, reports, true);
        // a front end that is gone wants no number; its job is done all the same
        let _ = answer.send(Ok(job));
        self.walk_in_time(job, Unwalked { spec, cancelled, again: false });
        self.dirty = true;
    }

    /// Walks the trees of a job; `again` when an earlier walk was cut short.
    pub(in crate::engine) fn walk(&self, job: JobId, walk: Unwalked) {
        let Unwalked { spec, cancelled, again } = walk;
        let hub = self.hub.clone();
        let record = Recorder::new(hub.clone(), job, again);
        if spec.kind == JobKind::Mirror {
            tokio::spawn(Mirror::run(hub, job, spec, cancelled, record));
        } else {
            tokio::spawn(Walker::run(hub, job, spec, cancelled, record));
        }
    }

    fn take_on(
        &mut self,
        job: JobId,
        spec: &JobSpec,
        ends: Ends,
        reports: Option<mpsc::UnboundedSender<Report>>,
        listing: bool,
    ) -> watch::Receiver<bool> {
        let (cancel, cancelled) = watch::channel(false);
        let moves = spec.kind == JobKind::Move;
        let sources = spec.sources.iter().take(if moves { usize::MAX } else { 1 });
        let state = JobState {
            kind: spec.kind,
            rules: spec.rules,
            ends,
            sandbox: Sandbox::of(spec),
            priority: 0,
            adopted: false,
            listing,
            expects: false,
            held: false,
            counted: Counted::default(),
            stock: VecDeque::new(),
            claiming: false,
            missed: Vec::new(),
            next_at: None,
            settling: 0,
            giving_up: None,
            reports,
            cancel,
            not_before: None,
            sources: sources.map(|source| source.at.clone()).collect(),
            moved_trees: false,
            start_at: spec.start_at.filter(|at| *at > Timestamp::now()),
            unwalked: None,
            last_lane: 0,
            ended: false,
        };
        self.jobs.insert(job, state);
        cancelled
    }

    /// Takes a job over from an owner who has ended, or from nobody.
    pub(in crate::engine) fn adopt(
        &mut self,
        job: JobId,
        ends: Ends,
        retry: bool,
        reports: Option<mpsc::UnboundedSender<Report>>,
        answer: Answer<JobId>,
    ) {
        let Some(run) = self.hub.run().filter(|_| !self.jobs.contains_key(&job)) else {
            let failure = failure::usage("run the job", "it is run already");
            // a front end that is gone wants no answer
            let _ = answer.send(Err(failure));
            return;
        };
        let taking = Taking { run, job, ends, retry };
        tokio::spawn(adopt::adopt(self.hub.clone(), taking, reports, answer));
    }

    /// A job was taken over, and what its earlier owner left at the target was looked at.
    pub(in crate::engine) fn adopted(&mut self, adopted: Adopted) {
        let Adopted { job, submitted, counted, priority, held, cancelled, listing, found } =
            adopted;
        let given_up = cancelled;
        let Submitted { spec, ends, reports, answer } = submitted;
        let cancelled = self.take_on(job, &spec, ends, reports, listing);
        if let Some(state) = self.jobs.get_mut(&job) {
            (state.priority, state.held, state.counted) = (priority, held, counted);
            state.adopted = true;
        }
        // a front end that is gone wants no number; the job goes on all the same
        let _ = answer.send(Ok(job));
        for report in found {
            self.report(job, Report::Item(Box::new(report)));
        }
        if listing {
            self.walk_in_time(job, Unwalked { spec, cancelled, again: true });
        }
        if given_up {
            self.cancel_job(job);
        }
        self.dirty = true;
        self.settle(job);
        self.schedule();
    }

    /// Newer numbers of a job.
    pub(in crate::engine) fn count(&mut self, job: JobId, counted: Counted) {
        if let Some(state) = self.jobs.get_mut(&job)
            && counted.version >= state.counted.version
        {
            state.counted = counted;
        }
    }

    /// The items of all jobs of this engine in numbers.
    pub(in crate::engine) fn own_totals(&self) -> Totals {
        let none = Totals::default();
        self.jobs.values().fold(none, |sum, state| sum.plus(&state.counted.totals))
    }

    /// A walk has put more items into the store.
    pub(in crate::engine) fn added(
        &mut self,
        job: JobId,
        counted: Counted,
        reports: Vec<ItemReport>,
    ) {
        self.count(job, counted);
        for report in reports {
            if report.state == ItemState::Done
                && let Some(parent) = report.target.as_ref().and_then(Location::parent)
            {
                self.note_change(parent);
            }
            self.report(job, Report::Item(Box::new(report)));
        }
        self.dirty = true;
        self.refill(job);
        self.go_on_giving_up(job);
        self.schedule();
    }

    /// A job's tree has been listed, or could not be.
    pub(in crate::engine) fn walked(&mut self, job: JobId, failure: Option<Failure>) {
        let store = &self.hub.options.store;
        let Some(state) = self.jobs.get_mut(&job) else { return };
        (state.listing, state.expects) = (false, false);
        // where the walk was cut short by the end of the program, it is repeated
        if !(self.closing && failure.is_some()) {
            store.set_stage(job, Stage::Listed).forget();
        }
        if let Some(failure) = failure {
            if failure.kind != FailureKind::Cancelled {
                self.hub.notice(Level::Error, failure.to_string());
            }
            self.report(job, Report::Error(failure.clone()));
            if !self.closing {
                self.note_failed_walk(job, failure);
                return;
            }
        }
        self.after_walk(job);
    }

    fn after_walk(&mut self, job: JobId) {
        self.release_idle(job);
        self.settle(job);
        self.schedule();
    }

    /// A tree that could not be listed to its end is a failed item of its own, so that it can be
    /// seen in the queue.
    fn note_failed_walk(&mut self, job: JobId, failure: Failure) {
        let Some(state) = self.jobs.get_mut(&job) else { return };
        let Some(source) = state.sources.first().cloned() else { return };
        // until it is written down
        state.listing = true;
        let item = NewItem::named(&source.to_string(), true, source, None);
        let reason = Some(failure::reason(&failure));
        let ending = Ending { reason, ..Ending::default() };
        let mut record = Recorder::new(self.hub.clone(), job, false);
        record.ended(item, ItemState::Failed, ending, Some(failure.kind));
        let hub = self.hub.clone();
        tokio::spawn(async move {
            if let Err(failure) = record.finish().await {
                hub.notice(Level::Error, failure.to_string());
            }
            hub.inform(EngineMsg::Walked { job, failure: None });
        });
    }

    /// The walk of a job has met a directory; lanes that the user has asked for log in while it
    /// is listed.
    pub(in crate::engine) fn expect_files(&mut self, job: JobId) {
        if let Some(state) = self.jobs.get_mut(&job) {
            state.expects = true;
            self.schedule();
        }
    }

    /// Ends the job if nothing is left to do.
    pub(in crate::engine) fn settle(&mut self, job: JobId) {
        let closing = self.closing;
        let running = self.running.values().any(|running| running.item.job == job);
        let Some(state) = self.jobs.get_mut(&job).filter(|state| !state.ended) else { return };
        let open = state.counted.totals.open() > 0 || state.settling > 0 || running;
        if state.listing || open || closing {
            return;
        }
        if state.kind == JobKind::Move && !state.moved_trees {
            state.moved_trees = true;
            state.listing = true; // its emptied directories are still to go
            let (hub, sources) = (self.hub.clone(), state.sources.clone());
            tokio::spawn(crate::engine::requests::browse::remove_empty_trees(hub, job, sources));
            return;
        }
        state.ended = true;
        state.giving_up = None;
        let reports = state.reports.take();
        self.release_idle(job);
        // whoever waits for the end finds it written down
        let hub = self.hub.clone();
        self.hub.options.store.end_job(job).then(move |ended| {
            if let Err(error) = ended {
                hub.notice(Level::Error, error.to_string());
            }
            if let Some(reports) = reports {
                // a front end that is gone wants no reports
                let _ = reports.send(Report::End { job });
            }
            hub.inform(EngineMsg::JobOver);
        });
    }

    /// Lanes of the job that wait for work end, when no more can come.
    pub(in crate::engine) fn release_idle(&mut self, job: JobId) {
        if self.jobs.get(&job).is_some_and(|state| state.listing || state.claiming) {
            return;
        }
        for lane in self.lanes.values_mut().filter(|lane| lane.job == job) {
            if let Some(answer) = lane.parked.take() {
                // a lane that is gone needs no answer
                let _ = answer.send(None);
            }
        }
    }

    /// The sites of a job that has ended may be wanted for what is retried.
    pub(in crate::engine) fn revive(&mut self, job: JobId) {
        if let Some(state) = self.jobs.get_mut(&job) {
            state.ended = false;
            state.giving_up = None;
            state.not_before = None;
            state.next_at = None;
            state.moved_trees = false;
            // its targets may have changed since its end
            state.adopted = true;
            state.cancel.send_replace(false);
        }
    }
}

/// The label of a site, or of this machine.
pub(in crate::engine) fn label(site: Option<&Arc<Site>>) -> String {
    site.map_or_else(|| LOCAL.to_owned(), |site| site.label())
}

//! Performs the effects of the state machine.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::base::{JobId, text};
use crate::engine::api::{Control, Failure, ItemReport, Level, Report};
use crate::engine::core::actor::Engine;
use crate::engine::core::jobs::move_priority;
use crate::engine::core::links::{PendingWalk, Running};
use crate::engine::core::machine::event::{Effect, Event, Note};
use crate::engine::core::rate::Rate;
use crate::engine::message::{EngineMsg, LaneId, Lease, Work};
use crate::engine::tree::batch::Recorder;
use crate::engine::tree::walk::TreeWalk;
use crate::engine::work::Worker;
use crate::queue::store::{ItemChange, ItemSelection, ReturnedItem, Stage};
use crate::queue::{Ending, Item, ItemState, NewItem};
use crate::site::{Location, Site, SiteKey};
use crate::transfer::{Progress, StopRequest};

impl Control {
    /// The change of items in the store.
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

impl Engine {
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Lend { ticket, sites } => {
                let leases = sites.iter().map(|site| self.lease(site)).collect();
                self.links.lend(ticket, leases);
            }
            Effect::PollSizes(site) => {
                let lease = self.lease(&site);
                self.ask_sizes(&site.key(), lease);
            }
            Effect::Wake { ticket, go } => self.links.wake(ticket, go),
            Effect::StartLane { lane, job } => self.start_lane(lane, job),
            Effect::Give { lane, item } => self.give(lane, *item),
            Effect::Dismiss(lane) => {
                self.links.answer_lane(lane, None);
            }
            Effect::Signal { item, stop_request } => {
                if let Some(running) = self.running.get(&item) {
                    running.stop_request.send_replace(stop_request);
                }
            }
            Effect::Walk(job) => self.walk(job),
            Effect::StopWalk(job, stop) => {
                if let Some(link) = self.jobs.get(&job) {
                    link.stop_walk.send_replace(stop);
                }
            }
            Effect::RecordFailedWalk { job, failure } => self.record_failed_walk(job, failure),
            Effect::RemoveEmptied(job) => {
                let sources = self.jobs.get(&job).map(|link| link.sources.clone());
                let sources = sources.unwrap_or_default();
                tokio::spawn(TreeWalk::delete_emptied(self.context.clone(), job, sources));
            }
            Effect::Claim { job, limit, all } => self.claim(job, limit, all),
            Effect::GiveBack { back, report, batch } => self.give_back(back, report, batch),
            Effect::ItemChange { selection, control } => self.change(selection, control),
            Effect::Note(note) => self.note(note),
            Effect::EndJob(job) => self.end_job(job),
            Effect::Report(job, report) => self.report(job, report),
            Effect::Notice(level, text) => self.context.notice(level, text),
            Effect::SiteNotice { site, text, jobs } => self.site_notice(&site, &text, &jobs),
        }
    }

    fn lease(&mut self, site: &Arc<Site>) -> Lease {
        let key = site.key();
        let mut idle = self.idle.take(&key);
        if let Some((session, _)) = &mut idle {
            // the session may have been opened with other time limits
            session.set_limits(self.context.limits_of(site));
        }
        self.sites.entry(key).or_insert_with(|| site.clone());
        Lease::new(self.context.inbox.clone(), site.clone(), idle)
    }

    fn start_lane(&mut self, lane: LaneId, id: JobId) {
        let Some(job) = self.machine.job(id) else { return };
        let (kind, rules, stale) = (job.kind(), job.rules(), job.is_stale());
        let ends = job.ends().clone();
        let worker = Worker {
            context: self.context.clone(),
            lane,
            job: id,
            kind,
            rules,
            sandbox: self.jobs.get(&id).and_then(|link| link.sandbox.clone()),
            source: ends.from.map(|site| self.lease(&site)),
            destination: ends.to.map(|site| self.lease(&site)),
            tag: self.tag.clone(),
            pair: None,
            stale,
            seen: None,
            for_all: None,
            kinds: Default::default(),
            duplicates: Default::default(),
        };
        tokio::spawn(worker.run());
    }

    fn give(&mut self, lane: LaneId, item: Item) {
        let (job, id) = (item.job, item.id);
        let progress = Arc::new(Progress::default());
        let (stop_request, stop_requests) = watch::channel(StopRequest::None);
        let now = Instant::now();
        let running = Running {
            job,
            lane,
            progress: progress.clone(),
            stop_request,
            started: now,
            rate: Rate::new(now),
            details: Ending::default(),
            stored_at: None,
        };
        self.running.insert(id, running);
        if !self.links.answer_lane(lane, Some(Work { item, progress, stop_request: stop_requests }))
        {
            self.running.remove(&id);
            self.pending.push_back(Event::NotTaken { job, item: id });
        }
    }

    fn walk(&mut self, job: JobId) {
        let Some(link) = self.jobs.get_mut(&job) else { return };
        let Some(PendingWalk { spec, again }) = link.walk.take() else { return };
        let (context, stopped) = (self.context.clone(), link.stop_walk.subscribe());
        let record = Recorder::new(context.clone(), job, again);
        tokio::spawn(TreeWalk::run(context, job, spec, stopped, record));
    }

    fn record_failed_walk(&self, job: JobId, why: Failure) {
        let source = self.jobs.get(&job).and_then(|link| link.sources.first().cloned());
        let Some(source) = source else {
            return self.context.send(EngineMsg::Walked { job, failure: None });
        };
        let item = NewItem::named(&source.to_string(), true, source, None);
        let reason = Some(why.reason());
        let ending = Ending { reason, ..Ending::default() };
        let mut record = Recorder::new(self.context.clone(), job, false);
        record.ended(item, ItemState::Failed, ending, Some(why.kind));
        let context = self.context.clone();
        tokio::spawn(async move {
            if let Err(failure) = record.finish().await {
                context.notice(Level::Error, failure.to_string());
            }
            context.send(EngineMsg::Walked { job, failure: None });
        });
    }

    fn claim(&self, job: JobId, limit: usize, all: bool) {
        let Some(ends) = self.machine.job(job).map(|job| job.ends().clone()) else { return };
        let context = self.context.clone();
        let store = &self.context.options.store;
        store
            .claim(job, ends, limit, self.tag.clone(), all)
            .then(move |claimed| context.send(EngineMsg::Claimed { job, claimed }));
    }

    fn give_back(&self, back: ReturnedItem, report: Option<Box<ItemReport>>, batch: bool) {
        let (context, item, job) = (self.context.clone(), back.item, back.job);
        let giving = self.context.options.store.give_back(vec![back]);
        let giving = if batch { giving.batched() } else { giving };
        giving.then(move |counted| {
            context.send(EngineMsg::Settled { item, job, counted, report });
        });
    }

    fn change(&self, selection: ItemSelection, control: Control) {
        let context = self.context.clone();
        let change = self.context.options.store.change(selection, control.change());
        change.then(move |counted| context.send(EngineMsg::Controlled(counted, control)));
    }

    fn note(&self, note: Note) {
        let store = &self.context.options.store;
        match note {
            Note::Cancelled(job) => store.cancel_job(job).forget(),
            Note::Held(job, held) => store.hold_job(job, held).forget(),
            Note::Priority(job, priority) => store.set_priority(job, priority).forget(),
            Note::MovePriority(job, step) => {
                tokio::spawn(move_priority(self.context.clone(), job, step));
            }
            Note::StartNow(job) => store.set_start(job, None).forget(),
            Note::Listed(job) => store.set_stage(job, Stage::Listed).forget(),
        }
    }

    fn end_job(&mut self, job: JobId) {
        let reports = self.jobs.get_mut(&job).and_then(|link| link.reports.take());
        let context = self.context.clone();
        // the end is in the store before it is reported
        self.context.options.store.end_job(job).then(move |ended| {
            if let Err(error) = ended {
                context.notice(Level::Error, error.to_string());
            }
            if let Some(reports) = reports {
                // the front end may be gone
                let _ = reports.send(Report::End { job });
            }
            context.send(EngineMsg::JobOver);
        });
    }

    /// Sends a report to a job's front end.
    pub(super) fn report(&self, job: JobId, report: Report) {
        if let Some(reports) = self.jobs.get(&job).and_then(|link| link.reports.as_ref()) {
            // the front end may be gone
            let _ = reports.send(report);
        }
    }

    /// The result of a file is in the store.
    pub(super) fn item_ended(&mut self, job: JobId, report: ItemReport) {
        if report.state == ItemState::Done
            && let Some(parent) = report.item.target.as_ref().and_then(Location::parent)
        {
            self.updates.directory_changed(parent);
        }
        self.report(job, Report::Item(Box::new(report)));
    }

    fn site_notice(&self, site: &SiteKey, text: &str, jobs: &[JobId]) {
        let label = self.sites.get(site).map_or_else(|| site.0.clone(), |site| site.label());
        let shown = text::visible_str(&label);
        self.context.notice(Level::Warning, format!("{shown}: {text}"));
        for job in jobs {
            self.report(*job, Report::Note { site: label.clone(), text: text.to_owned() });
        }
    }
}

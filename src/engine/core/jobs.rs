//! Taking jobs on: new ones, those of an earlier run, those without an owner; and letting go of
//! old ones.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot, watch};

use crate::base::{ItemId, JobId};
use crate::engine::api::{Answer, Control, Failure, Level, Report, RowQuery};
use crate::engine::context::EngineContext;
use crate::engine::core::actor::Engine;
use crate::engine::core::links::{JobLink, PendingWalk};
use crate::engine::core::machine::event::{Event, NewJob};
use crate::engine::core::machine::moved;
use crate::engine::core::queue_view;
use crate::engine::endpoint;
use crate::engine::failure;
use crate::engine::message::{Adopted, EngineMsg, Submitted, reply};
use crate::engine::recovery::adopt::{self, Taking};
use crate::engine::sandbox::Sandbox;
use crate::queue::store::{ItemSelection, JobQuery, JobStatus, RunId, VersionedTotals};
use crate::queue::{JobKind, JobSites, JobSpec, Source, StoreError};
use crate::site::{Location, PasswordRef, Site, Sites, sites_file};

const TAKE: &str = "begin the job that was added";
const DISCARD: &str = "discard the job";

/// A job whose local paths do not change with the current directory: another process may run it.
fn fixed(spec: JobSpec) -> Result<JobSpec, Failure> {
    let source = |source: Source| Ok(Source { at: endpoint::fixed(&source.at)?, ..source });
    Ok(JobSpec {
        sources: spec.sources.into_iter().map(source).collect::<Result<_, Failure>>()?,
        target: spec.target.as_ref().map(endpoint::fixed).transpose()?,
        ..spec
    })
}

/// A time for people, by the clock of this machine.
pub(super) fn local_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Engine {
    /// Takes a job on: first into the store, then its trees are walked.
    pub(super) fn submit(
        &mut self,
        spec: JobSpec,
        reports: Option<mpsc::UnboundedSender<Report>>,
        answer: Answer<JobId>,
    ) {
        let checked = self.check(&spec).and_then(|ends| Ok((ends, fixed(spec)?)));
        let (ends, spec) = match checked {
            Ok(checked) => checked,
            Err(failure) => return reply(answer, Err(failure)),
        };
        self.submitting += 1;
        let context = self.context.clone();
        let adding = context.options.store.add_job(&spec, self.context.run());
        let submitted = Box::new(Submitted { spec, ends, reports, answer });
        adding.then(move |added| context.send(EngineMsg::Submitted { added, submitted }));
    }

    /// Whether a job makes sense.
    fn check(&self, spec: &JobSpec) -> Result<JobSites, Failure> {
        const STEP: &str = "queue a job";
        let site = |at: &Location| at.remote().map(|(site, _)| site.clone());
        let Some(first) = spec.sources.first() else {
            return Err(failure::usage(STEP, "nothing is selected"));
        };
        if spec.sources.iter().any(|source| !source.at.same_site(&first.at)) {
            return Err(failure::usage(STEP, "the sources are on different sites"));
        }
        let (from, to) = (site(&first.at), spec.target.as_ref().and_then(site));
        if spec.kind != JobKind::Delete && spec.target.is_none() {
            return Err(failure::usage(STEP, "there is no target"));
        }
        if spec.kind != JobKind::Delete && from.is_none() && to.is_none() {
            return Err(failure::usage(STEP, "both ends are on this machine; use cp(1)"));
        }
        if matches!(spec.kind, JobKind::Move | JobKind::Delete) {
            endpoint::check_writable(&first.at, "delete there")?;
        }
        if let Some(target) = &spec.target {
            endpoint::check_writable(target, "copy into it")?;
        }
        if let (Some(from), Some(to)) = (&from, &to)
            && from.key() == to.key()
            && self.machine.seats().limit(from) < 2
        {
            return Err(failure::usage(
                "copy",
                "copying within one site needs two sessions: raise its max_sessions",
            ));
        }
        Ok(JobSites { from, to })
    }

    /// The store has a new job, or could not take it.
    pub(super) fn submitted(&mut self, added: Result<JobId, StoreError>, submitted: Submitted) {
        self.submitting = self.submitting.saturating_sub(1);
        let job = match added {
            Ok(job) => job,
            Err(error) => {
                let failure = failure::of_store("queue a job", &error);
                return reply(submitted.answer, Err(failure));
            }
        };
        let new = NewJob {
            walk: true,
            start_at: submitted.spec.start_at,
            ..self.new_job(job, &submitted)
        };
        self.take_on(new, submitted, false);
    }

    fn new_job(&self, job: JobId, submitted: &Submitted) -> NewJob {
        let Submitted { spec, ends, .. } = submitted;
        let learned = self.context.route_memory();
        let keys = ends.from.iter().chain(&ends.to).map(|site| site.key());
        NewJob {
            job,
            kind: spec.kind,
            rules: spec.rules,
            ends: ends.clone(),
            priority: 0,
            held: false,
            walk: false,
            start_at: spec.start_at,
            stale: false,
            cancelled: false,
            counted: VersionedTotals::default(),
            one_lane: keys.filter(|key| learned.is_asynchronous(key)).collect(),
        }
    }

    /// A job of the store runs here from now on. `again`: an earlier walk was cut short.
    fn take_on(&mut self, new: NewJob, submitted: Submitted, again: bool) {
        let Submitted { spec, reports, answer, .. } = submitted;
        let job = new.job;
        let sources = spec.sources.iter().map(|source| source.at.clone());
        let kept = if spec.kind == JobKind::Move { usize::MAX } else { 1 };
        let link = JobLink {
            reports,
            stop_walk: watch::channel(false).0,
            sandbox: Sandbox::of(&spec),
            sources: sources.take(kept).collect(),
            walk: new.walk.then_some(PendingWalk { spec, again }),
        };
        self.jobs.insert(job, link);
        // a front end that is gone wants no number; its job goes on all the same
        reply(answer, Ok(job));
        self.feed(Event::JobTaken(Box::new(new)));
    }

    /// Takes a job over from an owner who has ended, or that has none.
    pub(super) fn adopt(
        &mut self,
        job: JobId,
        ends: JobSites,
        retry: bool,
        reports: Option<mpsc::UnboundedSender<Report>>,
        answer: Answer<JobId>,
    ) {
        let Some(run) = self.context.run().filter(|_| self.machine.job(job).is_none()) else {
            return reply(answer, Err(failure::usage("run the job", "it is already running")));
        };
        let taking = Taking { run, job, ends, retry };
        tokio::spawn(adopt::adopt(self.context.clone(), taking, reports, answer));
    }

    /// A job was taken over, and what its earlier owner left at the target was looked at.
    pub(super) fn adopted(&mut self, adopted: Adopted) {
        let Adopted { job, submitted, counted, priority, held, cancelled, listing, found } =
            adopted;
        let new = NewJob {
            priority,
            held,
            walk: listing,
            stale: true,
            cancelled,
            counted,
            ..self.new_job(job, &submitted)
        };
        for report in found {
            if let Some(reports) = &submitted.reports {
                // a front end that is gone wants no reports
                let _ = reports.send(Report::Item(Box::new(report)));
            }
        }
        self.take_on(new, submitted, true);
    }

    /// Adds a job that any engine may run.
    pub(super) fn offer(&mut self, spec: JobSpec, answer: Answer<JobId>) {
        match self.check(&spec).and_then(|_| fixed(spec)) {
            Ok(spec) => self.context.options.store.add_job(&spec, None).then(move |added| {
                let added = added.map_err(|error| failure::of_store("add a job", &error));
                reply(answer, added);
            }),
            Err(failure) => reply(answer, Err(failure)),
        }
    }

    /// Looks for jobs without an owner, where this engine takes them.
    pub(super) fn look_for_offers(&mut self, now: Instant) {
        let takes = self.context.options.sites_file.is_some() && self.context.run().is_some();
        if !takes || !self.offers.look(now) {
            return;
        }
        let context = self.context.clone();
        self.context.options.store.offered().then(move |found| {
            if let Err(error) = &found {
                tracing::warn!(%error, "cannot read the queue");
            }
            context.send(EngineMsg::Offered(found.unwrap_or_default()));
        });
    }

    /// There are such jobs.
    pub(super) fn offered(&mut self, jobs: Vec<JobId>) {
        let Some(run) = self.context.run() else { return };
        for job in self.offers.found(jobs) {
            tokio::spawn(take(self.context.clone(), run, job));
        }
    }

    /// The user of this engine wants another number of lanes for a job.
    pub(super) fn set_lanes(&mut self, job: JobId, lanes: Option<usize>) {
        self.feed(Event::SetLanes(vec![(job, lanes)]));
        let lanes = match self.machine.job(job) {
            Some(job) => job.rules().parallel,
            None => lanes,
        };
        self.context.options.store.set_lanes(job, lanes).forget();
        self.lane_polls.overruled(Instant::now());
    }

    /// Asks the store how many lanes other processes want for jobs that run here.
    pub(super) fn look_for_lanes(&mut self, now: Instant) {
        let Some(run) = self.context.run() else { return };
        if self.machine.jobs().all(|(_, job)| job.is_ended()) || !self.lane_polls.look(now) {
            return;
        }
        let context = self.context.clone();
        let read = self.context.options.store.requested_lanes(run);
        read.then(move |wanted| context.send(EngineMsg::RequestedLanes(wanted)));
    }

    /// The store has answered.
    pub(super) fn lanes_read(&mut self, wanted: Result<Vec<(JobId, Option<usize>)>, StoreError>) {
        if !self.lane_polls.answered() {
            return;
        }
        match wanted {
            Ok(mut wanted) => {
                wanted.retain(|(id, lanes)| {
                    self.machine.job(*id).is_some_and(|job| job.rules().parallel != *lanes)
                });
                if !wanted.is_empty() {
                    self.feed(Event::SetLanes(wanted));
                }
            }
            Err(error) => tracing::warn!(%error, "cannot read the queue"),
        }
    }

    pub(super) fn control_items(&mut self, items: Vec<ItemId>, control: Control) {
        let running =
            items.iter().filter_map(|item| Some((self.running.get(item)?.job, *item))).collect();
        self.feed(Event::ControlItems { running, selection: ItemSelection::Items(items), control });
    }

    /// Acts on every file that the query shows: of one job, else of all of this engine's.
    pub(super) fn control_all(&mut self, query: &RowQuery, control: Control) {
        let shown = self.running.iter().filter(|(item, running)| {
            self.live_row(**item, running).is_some_and(|row| query.shows(&row))
        });
        let running = shown.map(|(item, running)| (running.job, *item)).collect();
        let jobs = match query.job {
            Some(job) => vec![job],
            None => self.machine.jobs().map(|(id, _)| id).collect(),
        };
        let (parts, sought) = (queue_view::parts(query.filter), queue_view::sought(query));
        let selection = match sought.is_all() {
            true => ItemSelection::Jobs(jobs, parts),
            false => ItemSelection::Matching(jobs, parts, sought),
        };
        self.feed(Event::ControlItems { running, selection, control });
    }

    /// Takes a job that nobody runs out of the store.
    pub(super) fn discard(&mut self, job: JobId, answer: Answer<()>) {
        let running = self.machine.job(job).is_some_and(|job| !job.is_ended());
        let store = self.context.options.store.clone();
        if !running {
            self.forgotten(vec![job]);
        }
        tokio::spawn(async move {
            let failed = |error| failure::of_store(DISCARD, &error);
            let work = async {
                let record = store.job(job).await.map_err(failed)?;
                let lives = record.is_some_and(|record| record.state() == JobStatus::Running);
                if running || lives {
                    return Err(failure::usage(DISCARD, "it is running; cancel it first"));
                }
                store.remove_job(job).await.map_err(failed)
            };
            reply(answer, work.await);
        });
    }

    /// Removes the oldest jobs that have ended from the store when there are too many, so that
    /// neither the store nor the memory grows for ever.
    pub(super) fn forget_old_jobs(&mut self) {
        let context = self.context.clone();
        tokio::spawn(async move {
            let store = &context.options.store;
            let work = async {
                let old = store.old_jobs(context.options.history).await?;
                for job in &old {
                    store.remove_job(*job).await?;
                }
                Ok::<_, StoreError>(old)
            };
            match work.await {
                Ok(old) if old.is_empty() => {}
                Ok(old) => context.send(EngineMsg::Forgotten(old)),
                // the next end of a job is another opportunity
                Err(error) => tracing::warn!(%error, "cannot remove old jobs from the queue"),
            }
        });
    }

    /// They are gone from the store.
    pub(super) fn forgotten(&mut self, jobs: Vec<JobId>) {
        self.context.forget_notes(&jobs);
        self.feed(Event::Forgotten(jobs));
        self.jobs.retain(|id, _| self.machine.job(*id).is_some());
    }
}

/// Moves the priority of a job that is not run here.
pub(super) async fn move_priority(context: Arc<EngineContext>, job: JobId, step: i32) {
    let store = &context.options.store;
    let work = async {
        let open = store.jobs(JobQuery::Open).await?;
        let (these, others): (Vec<_>, Vec<_>) = open.iter().partition(|record| record.id == job);
        let priorities: Vec<i32> = others.iter().map(|record| record.priority).collect();
        match these.first() {
            // whoever runs it knows its order from memory
            Some(record) if record.state() != JobStatus::Running => {
                store.set_priority(job, moved(record.priority, step, &priorities)).await
            }
            _ => Ok(()),
        }
    };
    if let Err(error) = work.await {
        context.notice(Level::Error, error.to_string());
    }
}

/// Takes one of them, and tells the user why not.
async fn take(context: Arc<EngineContext>, run: RunId, job: JobId) {
    let taken = async {
        let (ends, start_at) = ends(&context, job).await?;
        let (answer, taken) = oneshot::channel();
        let taking = Taking { run, job, ends, retry: false };
        adopt::adopt(context.clone(), taking, None, answer).await;
        // an engine that has ended takes nothing
        taken.await.unwrap_or(Ok(job)).map(|_| start_at)
    };
    match taken.await {
        Ok(start_at) => {
            let when = start_at.filter(|at| *at > Timestamp::now()).map(local_time);
            let when = when.map_or_else(String::new, |when| format!(" at {when}"));
            context.notice(Level::Info, format!("job {job} was added, and begins{when}"));
        }
        Err(failure) => {
            context.notice(Level::Warning, format!("job {job} waits: {failure}"));
            context.send(EngineMsg::Refused(job));
        }
    }
}

/// Its sites: bookmarks as they are now, since they may have been added with it.
async fn ends(
    context: &Arc<EngineContext>,
    job: JobId,
) -> Result<(JobSites, Option<Timestamp>), Failure> {
    let record = context.options.store.job(job).await;
    let record = record.map_err(|error| failure::of_store(TAKE, &error))?;
    let record = record.ok_or_else(|| failure::usage(TAKE, "it is gone"))?;
    let path = context.options.sites_file.clone().unwrap_or_default();
    let loaded = tokio::task::spawn_blocking(move || load(&path)).await;
    let sites = loaded.unwrap_or_else(|error| Err(failure::usage(TAKE, error.to_string())))?;
    let ends = record
        .find_sites(&sites)
        .map_err(|name| failure::usage(TAKE, format!("it names “{name}”, which is no bookmark")))?;
    for site in ends.from.iter().chain(&ends.to) {
        if let Some(missing) = missing(context, site) {
            let remedy = format!("open the site, or run “fxpane queue run {job}”");
            return Err(failure::usage(TAKE, missing).with(site).advise(remedy));
        }
    }
    Ok((ends, record.start_at))
}

/// What a login needs that only the user has.
fn missing(context: &EngineContext, site: &Site) -> Option<&'static str> {
    let open = || context.options.vault.as_ref().is_some_and(|vault| vault.is_open());
    match site.password {
        _ if context.knows_password(site) => None,
        PasswordRef::Ask if !is_anonymous(site) => Some("its password is needed"),
        PasswordRef::Vault(_) if !open() => Some("its password is in the vault, which is locked"),
        _ => None,
    }
}

fn load(path: &Path) -> Result<Sites, Failure> {
    let loaded = sites_file::load(path).map_err(|error| failure::usage(TAKE, error.to_string()))?;
    Ok(loaded.sites)
}

fn is_anonymous(site: &Site) -> bool {
    matches!(site.user(), "anonymous" | "ftp")
}

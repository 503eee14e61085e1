//! Starts jobs: new ones, interrupted ones, and jobs without an owner; removes old ones.

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

const START: &str = "start the job that was added";
const DISCARD: &str = "discard the job";

/// Makes local paths absolute: another process, with another current directory, may run the job.
fn with_absolute_paths(spec: JobSpec) -> Result<JobSpec, Failure> {
    let source = |source: Source| Ok(Source { at: endpoint::absolute(&source.at)?, ..source });
    Ok(JobSpec {
        sources: spec.sources.into_iter().map(source).collect::<Result<_, Failure>>()?,
        target: spec.target.as_ref().map(endpoint::absolute).transpose()?,
        ..spec
    })
}

/// A time in the local time zone, for display.
pub(super) fn local_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Engine {
    /// Adds a job to the store; [`Engine::submitted`] then starts it.
    pub(super) fn submit(
        &mut self,
        spec: JobSpec,
        reports: Option<mpsc::UnboundedSender<Report>>,
        answer: Answer<JobId>,
    ) {
        let checked = self.check(&spec).and_then(|ends| Ok((ends, with_absolute_paths(spec)?)));
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

    /// Checks that the sources and the target of a job can be combined.
    fn check(&self, spec: &JobSpec) -> Result<JobSites, Failure> {
        const STEP: &str = "queue a job";
        let site = |at: &Location| at.remote().map(|(site, _)| site.clone());
        let Some(first) = spec.sources.first() else {
            return Err(failure::usage(STEP, "nothing is selected"));
        };
        if spec.sources.iter().any(|source| !source.at.same_site(&first.at)) {
            return Err(failure::usage(STEP, "the sources must all be on the same site"));
        }
        let (from, to) = (site(&first.at), spec.target.as_ref().and_then(site));
        if spec.kind != JobKind::Delete && spec.target.is_none() {
            return Err(failure::usage(STEP, "no target is specified"));
        }
        if spec.kind != JobKind::Delete && from.is_none() && to.is_none() {
            return Err(failure::usage(STEP, "source and target are both local; use cp(1)"));
        }
        if matches!(spec.kind, JobKind::Move | JobKind::Delete) {
            endpoint::check_writable(&first.at, "delete files")?;
        }
        if let Some(target) = &spec.target {
            endpoint::check_writable(target, "copy to the site")?;
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

    /// A new job was added to the store, or could not be.
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
        let memory = self.context.route_memory();
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
            one_lane: keys.filter(|key| memory.is_asynchronous(key)).collect(),
        }
    }

    /// Starts to run a job of the store. `again`: an earlier walk was interrupted.
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
        // the front end may be gone; its job runs nevertheless
        reply(answer, Ok(job));
        self.feed(Event::JobTaken(Box::new(new)));
    }

    /// Takes over a job whose owner has ended, or that has none.
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

    /// A job was taken over, and what its earlier owner left at the target was checked.
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
                // the front end may be gone
                let _ = reports.send(Report::Item(Box::new(report)));
            }
        }
        self.take_on(new, submitted, true);
    }

    /// Adds a job without an owner, which any engine may run.
    pub(super) fn offer(&mut self, spec: JobSpec, answer: Answer<JobId>) {
        match self.check(&spec).and_then(|_| with_absolute_paths(spec)) {
            Ok(spec) => self.context.options.store.add_job(&spec, None).then(move |added| {
                let added = added.map_err(|error| failure::of_store("add a job", &error));
                reply(answer, added);
            }),
            Err(failure) => reply(answer, Err(failure)),
        }
    }

    /// Looks for jobs without an owner, if this engine takes them.
    pub(super) fn poll_offers(&mut self, now: Instant) {
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

    /// Takes over the jobs without an owner.
    pub(super) fn offered(&mut self, jobs: Vec<JobId>) {
        let Some(run) = self.context.run() else { return };
        for job in self.offers.found(jobs) {
            tokio::spawn(adopt_offered(self.context.clone(), run, job));
        }
    }

    /// Changes the number of lanes of a job for the user of this engine.
    pub(super) fn set_lanes(&mut self, job: JobId, lanes: Option<usize>) {
        self.feed(Event::SetLanes(vec![(job, lanes)]));
        let lanes = match self.machine.job(job) {
            Some(job) => job.rules().parallel,
            None => lanes,
        };
        self.context.options.store.set_lanes(job, lanes).forget();
        self.lane_polls.overruled(Instant::now());
    }

    /// Reads the numbers of lanes that other processes have requested for jobs that run here.
    pub(super) fn poll_lanes(&mut self, now: Instant) {
        let Some(run) = self.context.run() else { return };
        if self.machine.jobs().all(|(_, job)| job.is_ended()) || !self.lane_polls.look(now) {
            return;
        }
        let context = self.context.clone();
        let read = self.context.options.store.requested_lanes(run);
        read.then(move |wanted| context.send(EngineMsg::RequestedLanes(wanted)));
    }

    /// Applies the requested numbers of lanes.
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

    /// Controls every file that the query shows, of one job or of all jobs of this engine.
    pub(super) fn control_all(&mut self, query: &RowQuery, control: Control) {
        let shown = self.running.iter().filter(|(item, running)| {
            self.live_row(**item, running).is_some_and(|row| query.shows(&row))
        });
        let running = shown.map(|(item, running)| (running.job, *item)).collect();
        let jobs = match query.job {
            Some(job) => vec![job],
            None => self.machine.jobs().map(|(id, _)| id).collect(),
        };
        let (sections, items) = (queue_view::sections(query.filter), queue_view::item_query(query));
        let selection = match items.is_all() {
            true => ItemSelection::Jobs(jobs, sections),
            false => ItemSelection::Matching(jobs, sections, items),
        };
        self.feed(Event::ControlItems { running, selection, control });
    }

    /// Removes a job that is not running from the store.
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

    /// Removes the oldest ended jobs from the store if there are too many, so that neither the
    /// store nor the memory grows without limit.
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
                // the end of the next job tries again
                Err(error) => tracing::warn!(%error, "cannot remove old jobs from the queue"),
            }
        });
    }

    /// Drops jobs that were removed from the store.
    pub(super) fn forgotten(&mut self, jobs: Vec<JobId>) {
        self.context.forget_notes(&jobs);
        self.feed(Event::Forgotten(jobs));
        self.jobs.retain(|id, _| self.machine.job(*id).is_some());
    }
}

/// Moves a job that this engine does not run up or down.
pub(super) async fn move_priority(context: Arc<EngineContext>, job: JobId, step: i32) {
    let store = &context.options.store;
    let work = async {
        let open = store.jobs(JobQuery::Open).await?;
        let (these, others): (Vec<_>, Vec<_>) = open.iter().partition(|record| record.id == job);
        let priorities: Vec<i32> = others.iter().map(|record| record.priority).collect();
        match these.first() {
            // the process that runs a job keeps its order in memory
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

/// Takes over a job without an owner; notifies the user of the result.
async fn adopt_offered(context: Arc<EngineContext>, run: RunId, job: JobId) {
    let taken = async {
        let (ends, start_at) = job_sites(&context, job).await?;
        let (answer, taken) = oneshot::channel();
        let taking = Taking { run, job, ends, retry: false };
        adopt::adopt(context.clone(), taking, None, answer).await;
        // an error means that the engine has ended
        taken.await.unwrap_or(Ok(job)).map(|_| start_at)
    };
    match taken.await {
        Ok(start_at) => {
            let when = start_at.filter(|at| *at > Timestamp::now()).map(local_time);
            let when = when.map_or_else(String::new, |when| format!(" at {when}"));
            context.notice(Level::Info, format!("job {job} was added and starts{when}"));
        }
        Err(failure) => {
            context.notice(Level::Warning, format!("job {job} is waiting: {failure}"));
            context.send(EngineMsg::Refused(job));
        }
    }
}

/// The sites of a job, from the sites file as it is now: they may have been added with the job.
async fn job_sites(
    context: &Arc<EngineContext>,
    job: JobId,
) -> Result<(JobSites, Option<Timestamp>), Failure> {
    let record = context.options.store.job(job).await;
    let record = record.map_err(|error| failure::of_store(START, &error))?;
    let record = record.ok_or_else(|| failure::usage(START, "it no longer exists"))?;
    let path = context.options.sites_file.clone().unwrap_or_default();
    let loaded = tokio::task::spawn_blocking(move || load(&path)).await;
    let sites = loaded.unwrap_or_else(|error| Err(failure::usage(START, error.to_string())))?;
    let ends = record.find_sites(&sites).map_err(|name| {
        failure::usage(START, format!("it uses “{name}”, which is not a saved site"))
    })?;
    for site in ends.from.iter().chain(&ends.to) {
        if let Some(missing) = missing_secret(context, site) {
            let remedy = format!("open the site, or run “fxpane queue run {job}”");
            return Err(failure::usage(START, missing).with(site).advise(remedy));
        }
    }
    Ok((ends, record.start_at))
}

/// What a login needs from the user.
fn missing_secret(context: &EngineContext, site: &Site) -> Option<&'static str> {
    let open = || context.options.vault.as_ref().is_some_and(|vault| vault.is_open());
    match site.password {
        _ if context.knows_password(site) => None,
        PasswordRef::Ask if !is_anonymous(site) => Some("a password is needed"),
        PasswordRef::Vault(_) if !open() => Some("its password is in the vault, which is locked"),
        _ => None,
    }
}

fn load(path: &Path) -> Result<Sites, Failure> {
    let loaded =
        sites_file::load(path).map_err(|error| failure::usage(START, error.to_string()))?;
    Ok(loaded.sites)
}

fn is_anonymous(site: &Site) -> bool {
    matches!(site.user(), "anonymous" | "ftp")
}

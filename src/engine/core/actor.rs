//! The engine's own task: the only place where queue, pool and lanes change.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::base::{ItemId, JobId};
use crate::engine::api::{
    Control, EventKind, Failure, FailureKind, Level, Question, Report, SiteState,
};
use crate::engine::context::{Hub, cancelled};
use crate::engine::core::rate::Rate;
use crate::engine::core::site_state::Sites;
use crate::engine::core::store_polls::Offers;
use crate::engine::core::wishes::Wishes;
use crate::engine::handle::{Command, EngineHandle};
use crate::engine::message::{EngineMsg, LaneId, Opened, Work};
use crate::engine::options::EngineOptions;
use crate::engine::requests::browse;
use crate::engine::requests::doctor;
use crate::engine::requests::head;
use crate::engine::requests::pipe;
use crate::engine::sandbox::Sandbox;
use crate::engine::sessions::pool::{Pool, Waiter, Waiters};
use crate::engine::tree::mirror::Mirror;
use crate::queue::store::{ItemSelection, VersionedTotals};
use crate::queue::{Ending, Item, JobKind, JobRules, JobSites, JobSpec, Totals};
use crate::session::Session;
use crate::site::Location;
use crate::transfer::{Progress, StopRequest};

/// How often the engine looks at its clock and tells what changed (at most ten times a second).
const TICK: Duration = Duration::from_millis(100);
/// How many commands may wait.
const COMMANDS: usize = 256;
/// How many events a slow front end may lag behind.
const EVENTS: usize = 4096;

/// What is kept of an item that is being worked on.
#[derive(Debug)]
pub(in crate::engine) struct Running {
    pub(in crate::engine) item: Item,
    /// What is special about its way, once that is known.
    pub(in crate::engine) way: Ending,
    pub(in crate::engine) progress: Arc<Progress>,
    pub(in crate::engine) wish: watch::Sender<StopRequest>,
    pub(in crate::engine) begun: Instant,
    pub(in crate::engine) rate: Rate,
    /// Where its growing size can be asked for.
    pub(in crate::engine) stored_at: Option<Location>,
    pub(in crate::engine) lane: LaneId,
}

/// What is kept of a lane.
#[derive(Debug)]
pub(in crate::engine) struct LaneState {
    pub(in crate::engine) job: JobId,
    /// When it got its first file.
    pub(in crate::engine) begun: Option<Instant>,
    /// Its request for work, while there is none but may be soon.
    pub(in crate::engine) parked: Option<oneshot::Sender<Option<Work>>>,
}

/// What is kept of a job that this engine runs or ran; its items are in the store.
#[derive(Debug)]
pub(in crate::engine) struct JobState {
    pub(in crate::engine) kind: JobKind,
    pub(in crate::engine) rules: JobRules,
    pub(in crate::engine) ends: JobSites,
    /// Where it may write on this machine.
    pub(in crate::engine) sandbox: Option<Sandbox>,
    pub(in crate::engine) priority: i32,
    /// True when an earlier run has planned items of it.
    pub(in crate::engine) adopted: bool,
    /// True while its tree is still being listed.
    pub(in crate::engine) listing: bool,
    /// True when its tree has a directory whose files are yet to be found.
    pub(in crate::engine) expects: bool,
    /// True when nothing of it is to be begun.
    pub(in crate::engine) held: bool,
    /// Its items in numbers, as of the last word of the store.
    pub(in crate::engine) counted: VersionedTotals,
    /// Items that the store has handed out, and no lane has yet.
    pub(in crate::engine) stock: VecDeque<Item>,
    /// True while the store is asked for more.
    pub(in crate::engine) claiming: bool,
    /// What the user gave up or held meanwhile: what is handed out by then did not hear of it.
    pub(in crate::engine) missed: Vec<(ItemSelection, Control)>,
    /// When items that are put off may be begun; nothing is ready before.
    pub(in crate::engine) next_at: Option<Instant>,
    /// Items that are on their way back into the store.
    pub(in crate::engine) settling: usize,
    /// Why everything that waits is to be failed.
    pub(in crate::engine) giving_up: Option<Failure>,
    pub(in crate::engine) reports: Option<mpsc::UnboundedSender<Report>>,
    pub(in crate::engine) cancel: watch::Sender<bool>,
    /// No lane is begun before, after one that could not go on.
    pub(in crate::engine) not_before: Option<Instant>,
    /// Source directories of a move, to be deleted when all is done.
    pub(in crate::engine) sources: Vec<Location>,
    pub(in crate::engine) moved_trees: bool,
    /// Nothing of it is begun before.
    pub(in crate::engine) start_at: Option<Timestamp>,
    /// The number of the lane that was begun last.
    pub(in crate::engine) last_lane: u64,
    /// The walk that is begun then.
    pub(in crate::engine) unwalked: Option<Box<Unwalked>>,
    pub(in crate::engine) ended: bool,
}

/// A walk that waits for its time.
#[derive(Debug)]
pub(in crate::engine) struct Unwalked {
    pub(in crate::engine) spec: JobSpec,
    pub(in crate::engine) cancelled: watch::Receiver<bool>,
    /// True when an earlier walk was cut short.
    pub(in crate::engine) again: bool,
}

/// The engine.
pub struct Engine {
    pub(in crate::engine) hub: Arc<Hub>,
    /// Items on their way back into the store: shown neither as running nor as waiting.
    pub(in crate::engine) settling: HashSet<ItemId>,
    /// Jobs on their way into the store.
    pub(in crate::engine) submitting: usize,
    /// Items of jobs that other processes run, or nobody yet, as of the last look.
    pub(in crate::engine) others: Totals,
    pub(in crate::engine) pool: Pool,
    /// Which sites are away or full.
    pub(in crate::engine) sites: Sites,
    pub(in crate::engine) waiters: Waiters,
    pub(in crate::engine) jobs: BTreeMap<JobId, JobState>,
    pub(in crate::engine) lanes: HashMap<LaneId, LaneState>,
    pub(in crate::engine) running: HashMap<ItemId, Running>,
    pub(in crate::engine) questions: HashMap<u64, oneshot::Sender<usize>>,
    pub(in crate::engine) changed: Vec<Location>,
    pub(in crate::engine) last_changed: Instant,
    pub(in crate::engine) last_poll: Instant,
    /// Jobs that anybody may run.
    pub(in crate::engine) offers: Offers,
    /// When it was looked what is wished of the jobs that run here.
    pub(in crate::engine) wishes: Wishes,
    pub(in crate::engine) polling: HashSet<crate::site::SiteKey>,
    pub(in crate::engine) rate: Rate,
    pub(in crate::engine) dirty: bool,
    pub(in crate::engine) paused: bool,
    /// True once the engine is ending: what is aborted then waits for the next start.
    pub(in crate::engine) closing: bool,
    pub(in crate::engine) tag: String,
    pub(in crate::engine) last_lane: u64,
    last_question: u64,
    pub(in crate::engine) known_sites: HashMap<crate::site::SiteKey, Arc<crate::site::Site>>,
    /// How many doctors are at work.
    examinations: usize,
    /// Tells them that the engine ends.
    stop: watch::Sender<bool>,
}

impl JobState {
    /// The sites that a lane needs a session with, each.
    pub(in crate::engine) fn sites(&self) -> Vec<Arc<crate::site::Site>> {
        self.ends.from.iter().chain(&self.ends.to).cloned().collect()
    }

    /// Lanes that log in while its tree is still being listed: as many as the user has asked for,
    /// without the one that gets the walk's own sessions. Where nobody has asked, none: a small
    /// job is not to have more sessions than it has files.
    pub(in crate::engine) fn early_lanes(&self) -> usize {
        let early = self.expects && self.listing && self.giving_up.is_none() && !self.held;
        self.rules.parallel.filter(|_| early).map_or(0, |lanes| lanes.saturating_sub(1))
    }

    /// Items that may be begun now.
    pub(in crate::engine) fn ready(&self, now: Instant) -> u64 {
        let later = |at: Option<Instant>| at.is_some_and(|at| at > now);
        if self.ended
            || self.held
            || self.start_at.is_some()
            || self.giving_up.is_some()
            || later(self.not_before)
        {
            return 0;
        }
        let stored = if later(self.next_at) { 0 } else { self.counted.totals.waiting };
        self.stock.len() as u64 + stored
    }
}

impl Engine {
    /// Starts an engine on the current tokio runtime and returns the way to talk to it. It ends
    /// with [`EngineHandle::shutdown`], or when the last handle is gone.
    #[must_use]
    pub fn start(options: EngineOptions) -> EngineHandle {
        let (commands, command_inbox) = mpsc::channel(COMMANDS);
        let (events, _) = broadcast::channel(EVENTS);
        let (inbox_sender, inbox) = mpsc::unbounded_channel();
        let browsing = options.browsing;
        let hub = Arc::new(Hub::new(options, inbox_sender, events.clone()));
        let now = Instant::now();
        let engine = Self {
            hub,
            settling: HashSet::new(),
            submitting: 0,
            others: Totals::default(),
            pool: Pool::new(browsing),
            sites: Sites::default(),
            waiters: Waiters::default(),
            jobs: BTreeMap::new(),
            lanes: HashMap::new(),
            running: HashMap::new(),
            questions: HashMap::new(),
            changed: Vec::new(),
            last_changed: now,
            last_poll: now,
            offers: Offers::new(now),
            wishes: Wishes::new(now),
            polling: HashSet::new(),
            rate: Rate::new(now),
            dirty: false,
            paused: false,
            closing: false,
            tag: run_tag(),
            last_lane: 0,
            last_question: 0,
            known_sites: HashMap::new(),
            examinations: 0,
            stop: watch::channel(false).0,
        };
        tokio::spawn(engine.run(command_inbox, inbox));
        EngineHandle::new(commands, events)
    }

    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut inbox: mpsc::UnboundedReceiver<EngineMsg>,
    ) {
        self.hub.recall().await;
        match self.hub.options.store.begin_run(&self.tag).await {
            Ok(run) => {
                self.hub.begin_run(run);
                self.forget_old_jobs();
            }
            Err(error) => self.hub.notice(Level::Error, error.to_string()),
        }
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Shutdown(done)) => {
                        self.shut_down(&mut inbox).await;
                        // whoever asked may be gone by now
                        let _ = done.send(());
                        return;
                    }
                    Some(command) => self.command(command),
                    None => return self.shut_down(&mut inbox).await,
                },
                Some(inside) = inbox.recv() => self.inside(inside),
                _ = tick.tick() => self.tick(),
            }
        }
    }

    /// Aborts what runs, waits a little for it, closes all sessions.
    async fn shut_down(&mut self, inbox: &mut mpsc::UnboundedReceiver<EngineMsg>) {
        self.paused = true;
        for job in self.jobs.values() {
            job.cancel.send_replace(true);
        }
        for running in self.running.values() {
            // what the user has cancelled stays cancelled
            running.wish.send_if_modified(|wish| {
                let goes_on = *wish == StopRequest::None;
                if goes_on {
                    *wish = StopRequest::Interrupt;
                }
                goes_on
            });
        }
        self.stop.send_replace(true);
        self.closing = true;
        self.unpark_all();
        self.restock_all();
        let deadline = tokio::time::Instant::now() + Duration::from_secs(15);
        while !self.lanes.is_empty()
            || !self.settling.is_empty()
            || self.examinations > 0
            || self.is_claiming()
        {
            match tokio::time::timeout_at(deadline, inbox.recv()).await {
                Ok(Some(inside)) => self.inside(inside),
                _ => break,
            }
        }
        for session in self.pool.take_idle(None) {
            session.quit().await;
        }
        self.hub.options.store.close().await;
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::List { at, fresh, answer } => {
                self.know(&at);
                if fresh && let Some((site, _)) = at.remote() {
                    self.disconnect(&site.key());
                }
                tokio::spawn(browse::list(self.hub.clone(), at, answer));
            }
            Command::Stat { at, answer } => {
                self.know(&at);
                tokio::spawn(browse::stat(self.hub.clone(), at, answer));
            }
            Command::IsDir { at, answer } => {
                self.know(&at);
                tokio::spawn(browse::is_dir(self.hub.clone(), at, answer));
            }
            Command::Head { at, limit, answer } => {
                self.know(&at);
                tokio::spawn(head::head(self.hub.clone(), at, limit, answer));
            }
            Command::Pipe { piped, answer } => {
                self.know(&piped.at);
                let lane = self.new_lane();
                let tag = format!("{}-p{}", self.tag, lane.0);
                tokio::spawn(pipe::run(self.hub.clone(), tag, *piped, answer));
            }
            Command::MakeDir { at, answer } => {
                tokio::spawn(browse::make_dir(self.hub.clone(), at, answer));
            }
            Command::Rename { from, to, answer } => {
                tokio::spawn(browse::rename(self.hub.clone(), from, to, answer));
            }
            Command::Chmod { at, mode, answer } => {
                tokio::spawn(browse::chmod(self.hub.clone(), at, mode, answer));
            }
            Command::Raw { site, cwd, line, answer } => {
                tokio::spawn(browse::raw(self.hub.clone(), site, cwd, line, answer));
            }
            Command::Submit { spec, reports, answer } => {
                self.submit(*spec, reports, answer);
            }
            Command::Plan { spec, steps } => {
                tokio::spawn(Mirror::plan(self.hub.clone(), *spec, steps));
            }
            Command::Examine { places, write, findings } => {
                let [a, b] = *places;
                self.know(&a);
                self.know(&b);
                self.examinations += 1;
                let stop = self.stop.subscribe();
                let hub = self.hub.clone();
                tokio::spawn(doctor::examine(hub, [a, b], write, findings, stop));
            }
            Command::KnownRoutes(answer) => {
                tokio::spawn(doctor::known_routes(self.hub.clone(), answer));
            }
            Command::ForgetRoute { a, b, answer } => {
                self.hub.learned().forget(&(a.clone(), b.clone()));
                self.hub.learned().forget(&(b, a));
                // a front end that is gone needs no answer
                let _ = answer.send(Ok(()));
            }
            Command::Offer { spec, answer } => self.offer(*spec, answer),
            Command::Start(job) => self.start_now(job),
            Command::Lanes(job, lanes) => self.set_lanes(job, lanes),
            Command::Adopt { job, ends, retry, reports, answer } => {
                self.adopt(job, ends, retry, reports, answer);
            }
            Command::Jobs { answer } => self.list_jobs(answer),
            Command::Discard { job, answer } => self.discard(job, answer),
            Command::Parts { answer } => self.parts(answer),
            Command::DropPart { site, part, answer } => {
                self.drop_part(site.as_ref(), *part, answer);
            }
            Command::Job(job, control) => self.control_job(job, control),
            Command::Items(items, control) => self.control_items(items, control),
            Command::All(query, control) => self.control_all(&query, control),
            Command::Pause(paused) => {
                self.paused = paused;
                self.dirty = true;
                self.schedule();
            }
            Command::Window { offset, limit, query, answer } => {
                self.window(offset, limit, query, answer);
            }
            Command::Answer { question, choice } => {
                if let Some(answer) = self.questions.remove(&question) {
                    // the task that asked was cancelled in the meantime
                    let _ = answer.send(choice);
                    self.hub.tell(EventKind::Answered(question));
                }
            }
            Command::Trust { site, fingerprint, keep, answer } => {
                let trusted = self.trust(&site, &fingerprint, keep);
                // a front end that is gone needs no answer
                let _ = answer.send(trusted);
            }
            Command::Password { site, password } => self.hub.set_password(site, password),
            Command::Unlock { passphrase, answer } => {
                tokio::spawn(browse::unlock(self.hub.clone(), passphrase, answer));
            }
            Command::Disconnect(site) => self.disconnect(&site),
            Command::Shutdown(_) => {}
        }
    }

    fn inside(&mut self, inside: EngineMsg) {
        match inside {
            EngineMsg::Borrow { sites, purpose, answer } => {
                for site in &sites {
                    self.known_sites.insert(site.key(), site.clone());
                }
                self.waiters.push(Waiter { sites, purpose, answer });
                self.serve();
                self.clear_room();
            }
            EngineMsg::Return { site, session } => {
                let session = session.map(|session| *session);
                if let Some(session) = &session {
                    self.hub.remember(session);
                }
                if self.pool.give_back(&site, session) == 0 {
                    let state = SiteState::Disconnected;
                    self.hub.tell(EventKind::Site { site, state });
                }
                self.serve();
                self.schedule();
            }
            EngineMsg::Opened { site, opened } => {
                if matches!(opened, Opened::TooMany(_)) {
                    let limit = self.pool.too_many(&site);
                    let text = format!("{site} takes no more than {limit} connections");
                    self.hub.notice(Level::Warning, text);
                }
                self.opened(&site, opened);
            }
            EngineMsg::JobOver => self.forget_old_jobs(),
            EngineMsg::Forgotten(jobs) => self.forgotten(&jobs),
            EngineMsg::Refused(job) => self.offers.refused(job),
            EngineMsg::Offered(jobs) => self.offered(jobs),
            EngineMsg::Await { job, site, answer } => self.await_site(job, site, answer),
            EngineMsg::Spoken(spoken) => self.hub.tell(EventKind::Spoken(spoken)),
            EngineMsg::Ask { text, choices, answer } => {
                self.last_question += 1;
                self.questions.insert(self.last_question, answer);
                self.hub.question(Question { id: self.last_question, text, choices });
            }
            EngineMsg::Changed(at) => self.note_change(at),
            EngineMsg::Remark { job, site, text } => {
                self.hub.notice(Level::Warning, text.clone());
                self.report(job, Report::Note { site, text });
            }
            EngineMsg::Submitted { added, submitted } => self.submitted(added, *submitted),
            EngineMsg::Adopted(adopted) => self.adopted(*adopted),
            EngineMsg::Added { job, counted, reports } => self.added(job, counted, reports),
            EngineMsg::Expected(job) => self.expect_files(job),
            EngineMsg::Claimed { job, claimed } => self.claimed(job, claimed),
            EngineMsg::Settled { item, job, counted, report } => {
                self.settled(item, job, counted, report);
            }
            EngineMsg::Controlled(counted, control) => self.controlled(counted, control),
            EngineMsg::Wished(wished) => self.wished(wished),
            EngineMsg::Others(others) => {
                self.dirty |= others != self.others;
                self.others = others;
            }
            EngineMsg::Same { job, files } => self.report(job, Report::Same(files)),
            EngineMsg::Walked { job, failure } => self.walked(job, failure),
            EngineMsg::Next { lane, answer } => self.next(lane, answer),
            EngineMsg::Storing { item, at } => {
                if let Some(running) = self.running.get_mut(&item) {
                    running.stored_at = Some(at);
                }
            }
            EngineMsg::Examined => self.examinations = self.examinations.saturating_sub(1),
            EngineMsg::Polled(site) => {
                self.polling.remove(&site);
            }
            EngineMsg::Way { item, ending } => self.way(item, ending),
            EngineMsg::Renamed { item, target } => self.renamed(item, target),
            EngineMsg::Ended(ended) => self.ended(*ended),
            EngineMsg::LaneOver { lane, failure } => self.lane_over(lane, failure),
        }
    }

    pub(in crate::engine) fn know(&mut self, at: &Location) {
        if let Some((site, _)) = at.remote() {
            self.known_sites.insert(site.key(), site.clone());
        }
    }

    fn trust(
        &mut self,
        key: &crate::site::SiteKey,
        fingerprint: &str,
        keep: bool,
    ) -> Result<(), Failure> {
        let Some(site) = self.known_sites.get(key) else {
            return Err(crate::engine::failure::usage(
                "trust the certificate",
                format!("{key} was never connected to"),
            ));
        };
        self.hub.options.trust.accept(site, fingerprint, keep).map_err(|error| Failure {
            site: Some(site.label()),
            step: "remember the certificate".to_owned(),
            cause: error.to_string(),
            remedy: None,
            kind: FailureKind::Local,
        })
    }

    /// What the clock brings: samples, items whose time has come, idle sessions.
    fn tick(&mut self) {
        let now = Instant::now();
        self.sample(now);
        self.flush_changes(now);
        self.poll(now);
        self.wake_walks();
        self.begin_what_is_due();
        self.look_for_offers(now);
        self.look_for_wishes(now);
        for session in self.pool.expired() {
            tokio::spawn(session.quit());
        }
        for (site, session) in self.pool.drowsy() {
            tokio::spawn(keep_alive(self.hub.clone(), site, session));
        }
        self.schedule();
    }

    /// Tells a job's front end.
    pub(in crate::engine) fn report(&self, job: JobId, report: Report) {
        if let Some(reports) = self.jobs.get(&job).and_then(|job| job.reports.as_ref()) {
            // a front end that is gone wants no reports
            let _ = reports.send(report);
        }
    }

    /// Ends lanes that wait for work, so that they give their sessions back.
    pub(in crate::engine) fn unpark_all(&mut self) {
        for lane in self.lanes.values_mut() {
            if let Some(answer) = lane.parked.take() {
                // a lane that is gone needs no answer
                let _ = answer.send(None);
            }
        }
    }

    /// Gives up a job: what waits is failed, what runs is aborted.
    pub(in crate::engine) fn give_up(&mut self, job: JobId, failure: &Failure) {
        for running in self.running.values().filter(|running| running.item.job == job) {
            running.wish.send_replace(StopRequest::Cancel);
        }
        let Some(state) = self.jobs.get_mut(&job) else { return };
        state.giving_up = Some(failure.clone());
        if state.unwalked.take().is_some() {
            state.start_at = None;
            self.hub.inform(EngineMsg::Walked { job, failure: Some(failure.clone()) });
        }
        self.go_on_giving_up(job);
        self.dirty = true;
    }

    /// The user's word: the same as a failure, under another name.
    pub(in crate::engine) fn cancel_job(&mut self, job: JobId) {
        if let Some(state) = self.jobs.get(&job) {
            state.cancel.send_replace(true);
        }
        self.give_up(job, &cancelled());
    }
}

/// Asks an idle session for a sign of life and gives it back.
async fn keep_alive(hub: Arc<Hub>, site: crate::site::SiteKey, mut session: Session) {
    let alive = session.noop().await.is_ok() && session.is_usable();
    let session = alive.then(|| Box::new(session));
    hub.inform(EngineMsg::Return { site, session });
}

/// Makes names of this run unlike those of any other: time and process.
fn run_tag() -> String {
    let now = jiff::Timestamp::now().as_microsecond() & 0xff_ffff_ffff;
    format!("{now:x}{:x}-", std::process::id())
}

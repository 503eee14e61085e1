//! The engine's own task: turns commands and messages into events of the [`Machine`], and performs
//! the effects. The machine makes the decisions; the channels and sockets are here.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc, watch};

use crate::base::{ItemId, JobId};
use crate::engine::api::{EventKind, Failure, FailureKind, Level, Question, Report, SiteState};
use crate::engine::context::EngineContext;
use crate::engine::core::links::{JobLink, Links, Running};
use crate::engine::core::machine::event::{Event, Now, Tried};
use crate::engine::core::machine::{Machine, Settings};
use crate::engine::core::progress::PendingUpdates;
use crate::engine::core::store_polls::{Offers, Polls};
use crate::engine::failure;
use crate::engine::handle::{Command, EngineHandle};
use crate::engine::message::{EngineMsg, Opened, reply};
use crate::engine::options::EngineOptions;
use crate::engine::requests::{browse, doctor, head, pipe};
use crate::engine::sessions::idle::IdleSessions;
use crate::engine::tree::walk::TreeWalk;
use crate::queue::Totals;
use crate::session::Session;
use crate::site::{Location, Site, SiteKey};

/// The interval of timers and change events.
const TICK: Duration = Duration::from_millis(100);
/// The capacity of the command channel.
const COMMANDS: usize = 256;
/// The number of events that a slow front end may lag behind.
const EVENTS: usize = 4096;
/// How long running transfers may take to stop when the engine ends.
const STOP: Duration = Duration::from_secs(15);

/// The engine.
pub struct Engine {
    pub(super) context: Arc<EngineContext>,
    pub(super) machine: Machine,
    pub(super) idle: IdleSessions,
    pub(super) links: Links,
    pub(super) jobs: HashMap<JobId, JobLink>,
    pub(super) running: HashMap<ItemId, Running>,
    pub(super) updates: PendingUpdates,
    pub(super) sites: HashMap<SiteKey, Arc<Site>>,
    /// Polls for jobs without an owner.
    pub(super) offers: Offers,
    /// Polls for numbers of lanes that other processes have requested.
    pub(super) lane_polls: Polls,
    /// The number of jobs that are being added to the store.
    pub(super) submitting: usize,
    /// The totals of jobs that this engine does not run, as of the last read.
    pub(super) others: Totals,
    pub(super) tag: String,
    /// Events that follow from effects.
    pub(super) pending: VecDeque<Event>,
    pipes: u64,
    examinations: usize,
    /// Stops the examinations when the engine ends.
    stop: watch::Sender<bool>,
    closing: bool,
}

impl Engine {
    /// Starts an engine on the current tokio runtime. It ends with [`EngineHandle::shutdown`], or
    /// when the last handle is dropped.
    #[must_use]
    pub fn start(options: EngineOptions) -> EngineHandle {
        let (commands, command_inbox) = mpsc::channel(COMMANDS);
        let (events, _) = broadcast::channel(EVENTS);
        let (inbox_sender, inbox) = mpsc::unbounded_channel();
        let now = Instant::now();
        let settings = Settings {
            browsing: options.browsing,
            tries: options.tries(),
            patience: options.patience(),
            turn: options.turn,
        };
        let engine = Self {
            context: Arc::new(EngineContext::new(options, inbox_sender, events.clone())),
            machine: Machine::new(settings),
            idle: IdleSessions::default(),
            links: Links::default(),
            jobs: HashMap::new(),
            running: HashMap::new(),
            updates: PendingUpdates::new(now),
            sites: HashMap::new(),
            offers: Offers::new(now),
            lane_polls: Polls::new(now),
            submitting: 0,
            others: Totals::default(),
            tag: run_tag(),
            pending: VecDeque::new(),
            pipes: 0,
            examinations: 0,
            stop: watch::channel(false).0,
            closing: false,
        };
        tokio::spawn(engine.run(command_inbox, inbox));
        EngineHandle::new(commands, events)
    }

    async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut inbox: mpsc::UnboundedReceiver<EngineMsg>,
    ) {
        self.context.load_route_memory().await;
        match self.context.options.store.begin_run(&self.tag).await {
            Ok(run) => {
                self.context.begin_run(run);
                self.forget_old_jobs();
            }
            Err(error) => self.context.notice(Level::Error, error.to_string()),
        }
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Shutdown(done)) => {
                        self.shut_down(&mut inbox).await;
                        reply(done, ());
                        return;
                    }
                    Some(command) => self.command(command),
                    None => return self.shut_down(&mut inbox).await,
                },
                Some(message) = inbox.recv() => self.message(message),
                _ = tick.tick() => self.tick(),
            }
        }
    }

    /// Stops running transfers, waits for a limited time, closes all sessions.
    async fn shut_down(&mut self, inbox: &mut mpsc::UnboundedReceiver<EngineMsg>) {
        self.closing = true;
        self.stop.send_replace(true);
        self.feed(Event::Shutdown);
        let deadline = tokio::time::Instant::now() + STOP;
        while !self.machine.is_quiet() || self.examinations > 0 {
            match tokio::time::timeout_at(deadline, inbox.recv()).await {
                Ok(Some(message)) => self.message(message),
                _ => break,
            }
        }
        for (_, session) in self.idle.take_all(None) {
            session.quit().await;
        }
        self.context.options.store.close().await;
    }

    /// Handles an event with the machine, and performs its effects.
    pub(super) fn feed(&mut self, event: Event) {
        for ticket in self.links.take_withdrawn() {
            self.pending.push_back(Event::Withdrawn(ticket));
        }
        self.pending.push_back(event);
        while let Some(event) = self.pending.pop_front() {
            if event.changes_queue() {
                self.updates.changed();
            }
            let now = Now { instant: Instant::now(), wall: Timestamp::now() };
            for effect in self.machine.handle(now, event) {
                self.perform(effect);
            }
        }
    }

    fn command(&mut self, command: Command) {
        let context = self.context.clone();
        match command {
            Command::List { at, fresh, answer } => {
                self.remember_site(&at);
                if fresh && let Some((site, _)) = at.remote() {
                    self.disconnect(&site.key());
                }
                tokio::spawn(browse::list(context, at, answer));
            }
            Command::Stat { at, answer } => {
                self.remember_site(&at);
                tokio::spawn(browse::stat(context, at, answer));
            }
            Command::IsDir { at, answer } => {
                self.remember_site(&at);
                tokio::spawn(browse::is_dir(context, at, answer));
            }
            Command::Head { at, limit, answer } => {
                self.remember_site(&at);
                tokio::spawn(head::head(context, at, limit, answer));
            }
            Command::Pipe { piped, answer } => {
                self.remember_site(&piped.at);
                self.pipes += 1;
                let tag = format!("{}-p{}", self.tag, self.pipes);
                tokio::spawn(pipe::run(context, tag, *piped, answer));
            }
            Command::MakeDir { at, answer } => {
                tokio::spawn(browse::make_dir(context, at, answer));
            }
            Command::Rename { from, to, answer } => {
                tokio::spawn(browse::rename(context, from, to, answer));
            }
            Command::Chmod { at, mode, answer } => {
                tokio::spawn(browse::chmod(context, at, mode, answer));
            }
            Command::Raw { site, cwd, line, answer } => {
                tokio::spawn(browse::raw(context, site, cwd, line, answer));
            }
            Command::Submit { spec, reports, answer } => self.submit(*spec, reports, answer),
            Command::Plan { spec, steps } => {
                tokio::spawn(TreeWalk::plan(context, *spec, steps));
            }
            Command::Examine { places, write, findings } => {
                let [a, b] = *places;
                self.remember_site(&a);
                self.remember_site(&b);
                self.examinations += 1;
                let stop = self.stop.subscribe();
                tokio::spawn(doctor::examine(context, [a, b], write, findings, stop));
            }
            Command::KnownRoutes(answer) => {
                tokio::spawn(doctor::known_routes(context, answer));
            }
            Command::ForgetRoute { a, b, answer } => {
                self.context.route_memory().forget(&(a.clone(), b.clone()));
                self.context.route_memory().forget(&(b, a));
                reply(answer, Ok(()));
            }
            Command::Offer { spec, answer } => self.offer(*spec, answer),
            Command::Start(job) => self.feed(Event::StartNow(job)),
            Command::Lanes(job, lanes) => self.set_lanes(job, lanes),
            Command::Adopt { job, ends, retry, reports, answer } => {
                self.adopt(job, ends, retry, reports, answer);
            }
            Command::Jobs { answer } => self.list_jobs(answer),
            Command::Discard { job, answer } => self.discard(job, answer),
            Command::Partials { answer } => self.partials(answer),
            Command::DeletePartial { site, partial, answer } => {
                self.delete_partial(site.as_ref(), *partial, answer);
            }
            Command::Job(job, control) => self.feed(Event::ControlJob(job, control)),
            Command::Items(items, control) => self.control_items(items, control),
            Command::All(query, control) => self.control_all(&query, control),
            Command::Pause(paused) => self.feed(Event::Pause(paused)),
            Command::Window { offset, limit, query, answer } => {
                self.window(offset, limit, query, answer);
            }
            Command::Answer { question, choice } => {
                if self.links.answer(question, choice) {
                    self.context.emit(EventKind::Answered(question));
                }
            }
            Command::Trust { site, fingerprint, keep, answer } => {
                reply(answer, self.trust(&site, &fingerprint, keep));
            }
            Command::Password { site, password } => self.context.set_password(site, password),
            Command::Unlock { passphrase, answer } => {
                tokio::spawn(browse::unlock(context, passphrase, answer));
            }
            Command::Disconnect(site) => self.disconnect(&site),
            Command::Shutdown(_) => {}
        }
    }

    fn message(&mut self, message: EngineMsg) {
        match message {
            EngineMsg::Borrow { sites, purpose, answer } => {
                for site in &sites {
                    self.sites.insert(site.key(), site.clone());
                }
                let ticket = self.links.wait_for_sessions(answer);
                self.feed(Event::Borrow { ticket, sites, purpose });
            }
            EngineMsg::Return { site, session } => {
                if let Some(session) = session {
                    self.context.remember(&session);
                    self.idle.put(site.clone(), *session);
                }
                self.feed(Event::Returned(site.clone()));
                if self.machine.seats().lent(&site) == 0 && !self.idle.has(&site) {
                    self.context.emit(EventKind::Site { site, state: SiteState::Disconnected });
                }
            }
            EngineMsg::Opened { site, opened } => {
                if matches!(opened, Opened::LoggedIn) {
                    // a job without an owner may have been waiting for its password
                    self.offers.again();
                }
                let one_lane = self.context.route_memory().is_asynchronous(&site);
                self.feed(Event::Opened { site, opened, one_lane });
            }
            EngineMsg::JobOver => self.forget_old_jobs(),
            EngineMsg::Forgotten(jobs) => self.forgotten(jobs),
            EngineMsg::Refused(job) => self.offers.refused(job),
            EngineMsg::Offered(jobs) => self.offered(jobs),
            EngineMsg::Await { job, site, answer } => {
                let ticket = self.links.wait_for_site(answer);
                self.feed(Event::AwaitSite { ticket, job, site });
            }
            EngineMsg::LogLine(line) => self.context.emit(EventKind::LogLine(line)),
            EngineMsg::Ask { text, choices, answer } => {
                let id = self.links.ask(answer);
                self.context.question(Question { id, text, choices });
            }
            EngineMsg::DirectoryChanged(at) => self.updates.directory_changed(at),
            EngineMsg::JobNote { job, site, text } => {
                self.context.notice(Level::Warning, text.clone());
                self.report(job, Report::Note { site, text });
            }
            EngineMsg::Submitted { added, submitted } => self.submitted(added, *submitted),
            EngineMsg::Adopted(adopted) => self.adopted(*adopted),
            EngineMsg::Added { job, counted, reports } => {
                for report in reports {
                    self.item_ended(job, report);
                }
                self.feed(Event::Added { job, counted });
            }
            EngineMsg::DirectoryFound(job) => self.feed(Event::DirectoryFound(job)),
            EngineMsg::Claimed { job, claimed } => {
                let claimed = self.stored(claimed);
                self.feed(Event::Claimed { job, claimed });
            }
            EngineMsg::Settled { item, job, counted, report } => {
                // if it could not be written, the next start checks the target
                let counted = self.stored(counted).unwrap_or_default();
                if let Some(report) = report {
                    self.item_ended(job, *report);
                }
                self.feed(Event::Settled { job, item, counted });
            }
            EngineMsg::Controlled(counted, control) => {
                if let Some(counted) = self.stored(counted) {
                    self.feed(Event::Controlled { counted, control });
                }
            }
            EngineMsg::RequestedLanes(wanted) => self.lanes_read(wanted),
            EngineMsg::OtherTotals(others) => {
                if others != self.others {
                    self.updates.changed();
                }
                self.others = others;
            }
            EngineMsg::Same { job, files } => self.report(job, Report::Same(files)),
            EngineMsg::Walked { job, failure } => self.feed(Event::Walked { job, failure }),
            EngineMsg::Next { lane, answer } => {
                self.links.lane_waits(lane, answer);
                self.feed(Event::Next(lane));
            }
            EngineMsg::Storing { item, at } => {
                if let Some(running) = self.running.get_mut(&item) {
                    running.stored_at = Some(at);
                }
            }
            EngineMsg::Details { item, ending } => {
                if let Some(running) = self.running.get_mut(&item) {
                    running.details = ending;
                    self.updates.changed();
                }
            }
            EngineMsg::Renamed { item, target } => {
                if let Some(job) = self.running.get(&item).map(|running| running.job) {
                    self.feed(Event::Renamed { job, item, target });
                }
            }
            EngineMsg::ExaminationOver => self.examinations = self.examinations.saturating_sub(1),
            EngineMsg::Polled(site) => self.updates.polled(&site),
            EngineMsg::Ended(ended) => {
                if let Some(running) = self.running.remove(&ended.item) {
                    let ended = *ended;
                    self.feed(Event::Tried(Box::new(Tried {
                        job: running.job,
                        item: ended.item,
                        state: ended.state,
                        ending: ended.ending,
                        failure: ended.failure,
                        retry_class: ended.retry_class,
                    })));
                }
            }
            EngineMsg::LaneOver { lane, failure } => {
                self.links.lane_over(lane);
                self.running.retain(|_, running| running.lane != lane);
                self.feed(Event::LaneOver { lane, failure });
            }
        }
    }

    /// The result of a change of the store; reports an error.
    fn stored<T>(&self, result: Result<T, crate::queue::StoreError>) -> Option<T> {
        result.inspect_err(|error| self.context.notice(Level::Error, error.to_string())).ok()
    }

    pub(super) fn remember_site(&mut self, at: &Location) {
        if let Some((site, _)) = at.remote() {
            self.sites.insert(site.key(), site.clone());
        }
    }

    fn disconnect(&mut self, site: &SiteKey) {
        for (_, session) in self.idle.take_all(Some(site)) {
            tokio::spawn(session.quit());
        }
    }

    fn trust(&mut self, key: &SiteKey, fingerprint: &str, keep: bool) -> Result<(), Failure> {
        let Some(site) = self.sites.get(key) else {
            return Err(failure::usage(
                "trust the certificate",
                format!("there was no connection to {key}"),
            ));
        };
        self.context.options.trust.accept(site, fingerprint, keep).map_err(|error| {
            Failure::new("remember the certificate", error.to_string(), FailureKind::Local)
                .with(site)
        })
    }

    /// Timers: samples, polls, start times of jobs, idle sessions.
    fn tick(&mut self) {
        let now = Instant::now();
        self.sample(now);
        self.flush_changes(now);
        self.poll_sizes(now);
        if !self.closing {
            self.poll_offers(now);
            self.poll_lanes(now);
        }
        for (_, session) in self.idle.take_expired() {
            tokio::spawn(session.quit());
        }
        for (site, session) in self.idle.take_stale() {
            self.feed(Event::KeepsAlive(site.clone()));
            tokio::spawn(keep_alive(self.context.clone(), site, session));
        }
        self.feed(Event::Tick);
    }
}

/// Sends a command on an idle session and gives it back.
async fn keep_alive(context: Arc<EngineContext>, site: SiteKey, mut session: Session) {
    let alive = session.noop().await.is_ok() && session.is_usable();
    let session = alive.then(|| Box::new(session));
    context.send(EngineMsg::Return { site, session });
}

/// A part of temporary names that is unique to this run: time and process.
fn run_tag() -> String {
    let now = Timestamp::now().as_microsecond() & 0xff_ffff_ffff;
    format!("{now:x}{:x}-", std::process::id())
}

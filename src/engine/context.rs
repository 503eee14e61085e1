//! State that all tasks of the engine share: options, channels, passwords, route memory; logging
//! in.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::base::{JobId, Secret};
use crate::engine::api::{Event, EventKind, Failure, Level, LogLine, Question, SiteState, Step};
use crate::engine::failure;
use crate::engine::message::{EngineMsg, Lease, Opened, Opener, Purpose};
use crate::engine::options::EngineOptions;
use crate::engine::sessions::route_memory::{Remembered, RouteMemory};
use crate::net::{ConversationLog, TlsContext};
use crate::queue::store::RunId;
use crate::session::{Limits, ServerProfile, Session, SessionError, SessionOptions};
use crate::site::{Site, SiteKey, password};
use crate::transfer::Server;

/// Shared by the engine's tasks.
#[derive(Debug)]
pub(super) struct EngineContext {
    pub(super) options: EngineOptions,
    pub(super) inbox: mpsc::UnboundedSender<EngineMsg>,
    tls: TlsContext,
    events: broadcast::Sender<Event>,
    number: Mutex<u64>,
    sessions: AtomicU32,
    run: OnceLock<RunId>,
    passwords: Mutex<HashMap<SiteKey, Secret>>,
    known: Mutex<HashMap<SiteKey, ServerProfile>>,
    routes: Mutex<RouteMemory>,
    notes: Mutex<HashSet<(JobId, String)>>,
    /// Held while the user is asked about a route.
    pub(super) asking: tokio::sync::Mutex<()>,
}

/// Ignores poisoning: every change below is one assignment or one call, so a task that panicked
/// has left consistent data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EngineContext {
    pub(super) fn new(
        options: EngineOptions,
        inbox: mpsc::UnboundedSender<EngineMsg>,
        events: broadcast::Sender<Event>,
    ) -> Self {
        let routes = Mutex::new(RouteMemory::new(options.store.clone()));
        Self {
            options,
            inbox,
            tls: TlsContext::new(),
            events,
            number: Mutex::new(0),
            run: OnceLock::new(),
            sessions: AtomicU32::new(0),
            passwords: Mutex::default(),
            known: Mutex::default(),
            routes,
            notes: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Sends an event to all front ends.
    pub(super) fn emit(&self, what: EventKind) {
        let mut number = lock(&self.number);
        *number += 1;
        // an error only means that there are no receivers
        let _ = self.events.send(Event { number: *number, what });
    }

    pub(super) fn notice(&self, level: Level, text: String) {
        self.emit(EventKind::Notice { level, text });
    }

    /// Sends a message to the engine's own task.
    pub(super) fn send(&self, message: EngineMsg) {
        // an error means that the engine has ended; its tasks end as well
        let _ = self.inbox.send(message);
    }

    /// Sends a note to the front end of a job, once even if several lanes report it.
    pub(super) fn note_once(&self, job: JobId, site: String, text: String) {
        if lock(&self.notes).insert((job, text.clone())) {
            self.send(EngineMsg::JobNote { job, site, text });
        }
    }

    /// Forgets the notes of removed jobs.
    pub(super) fn forget_notes(&self, jobs: &[JobId]) {
        lock(&self.notes).retain(|(job, _)| !jobs.contains(job));
    }

    /// Loads what is stored about routes and servers.
    pub(super) async fn load_route_memory(&self) {
        match Remembered::of(&self.options.store).await {
            Ok(remembered) => self.route_memory().adopt(remembered),
            Err(error) => tracing::warn!(%error, "cannot read the stored routes"),
        }
    }

    pub(super) fn route_memory(&self) -> MutexGuard<'_, RouteMemory> {
        lock(&self.routes)
    }

    pub(super) fn set_password(&self, site: SiteKey, password: Secret) {
        lock(&self.passwords).insert(site, password);
    }

    /// True if the user has typed the password in this run.
    pub(super) fn knows_password(&self, site: &Site) -> bool {
        lock(&self.passwords).contains_key(&site.key())
    }

    /// Keeps what a session found out about its server, for the next session.
    pub(super) fn remember(&self, session: &Session) {
        lock(&self.known).insert(session.site().key(), session.known());
    }

    /// The ID of this run of the program; `None` until it is in the store.
    pub(super) fn run(&self) -> Option<RunId> {
        self.run.get().copied()
    }

    /// Sets the ID of this run.
    pub(super) fn begin_run(&self, run: RunId) {
        // it is set only once
        let _ = self.run.set(run);
    }

    /// Asks the user; `None` when not interactive.
    pub(super) async fn ask(&self, text: String, choices: Vec<String>) -> Option<usize> {
        if !self.options.interactive {
            return None;
        }
        let (answer, choice) = oneshot::channel();
        self.send(EngineMsg::Ask { text, choices, answer });
        choice.await.ok()
    }

    pub(super) fn question(&self, question: Question) {
        self.emit(EventKind::Question(question));
    }

    /// Borrows one session of each site, waiting until all are free.
    pub(super) async fn borrow(
        &self,
        sites: Vec<Arc<Site>>,
        purpose: Purpose,
    ) -> Result<Vec<Lease>, Failure> {
        let (answer, leases) = oneshot::channel();
        self.send(EngineMsg::Borrow { sites, purpose, answer });
        leases.await.unwrap_or_else(|_| Err(failure::cancelled()))
    }

    /// The time limits of a site's sessions.
    pub(super) fn limits_of(&self, site: &Site) -> Limits {
        site.timeout.map_or(self.options.limits, Limits::all)
    }

    async fn log_in(&self, asked: &Arc<Site>, key: &SiteKey) -> Result<Session, Failure> {
        let typed = lock(&self.passwords).get(key).cloned();
        let (site, password) = match typed {
            Some(password) => (asked.clone(), password),
            None => {
                let login = password::login(asked, self.options.vault.as_deref())
                    .await
                    .map_err(|error| failure::of_password(asked, &error))?;
                // a .netrc may name the user as well
                let mut named = Site::clone(asked);
                named.user = Some(login.user);
                let same = named.user() == asked.user();
                (if same { asked.clone() } else { Arc::new(named) }, login.password)
            }
        };
        let known = lock(&self.known).get(key).cloned();
        let proxy_password = match &site.proxy {
            Some(proxy) if proxy.user.is_some() => {
                let user = proxy.user.as_deref().unwrap_or_default();
                let vault = self.options.vault.as_deref();
                let found = password::resolve(&proxy.password, user, vault).await;
                Some(found.map_err(|error| failure::of_password(asked, &error))?)
            }
            _ => None,
        };
        let options = SessionOptions {
            site: site.clone(),
            password,
            proxy_password,
            tls: self.tls.clone(),
            policy: self.options.trust.policy_for(&site),
            limits: self.limits_of(&site),
            conversation: self.conversation_log(key.clone()),
            tls_seen: self.has_shown_tls(&site),
            known,
            only_tls12: false,
        };
        match Session::open(options).await {
            Ok(session) => {
                self.remember(&session);
                self.send(EngineMsg::Opened { site: key.clone(), opened: Opened::LoggedIn });
                if Server::of(&session).asynchronous {
                    self.route_memory().assume_asynchronous(key);
                }
                Ok(session)
            }
            Err(error) => {
                if matches!(error, SessionError::Login { .. }) {
                    // a wrong password is not tried again
                    lock(&self.passwords).remove(key);
                }
                let too_many = matches!(error, SessionError::TooMany { .. });
                let failure = failure::of_session(asked, Step::Connect, &error);
                let opened = if too_many {
                    Opened::TooMany(failure.clone())
                } else {
                    Opened::Failed(failure.clone())
                };
                self.send(EngineMsg::Opened { site: key.clone(), opened });
                Err(failure)
            }
        }
    }

    fn has_shown_tls(&self, site: &Site) -> bool {
        site.hosts.iter().any(|host| self.options.trust.tls_seen(host, site.port()))
    }

    fn conversation_log(&self, site: SiteKey) -> ConversationLog {
        let session = self.sessions.fetch_add(1, Ordering::Relaxed) + 1;
        let inbox = self.inbox.clone();
        if !self.options.conversation {
            return ConversationLog::default();
        }
        ConversationLog::new(move |line| {
            let line = LogLine { site: site.clone(), session, kind: line.kind, text: line.text };
            // an error means that the engine has ended
            let _ = inbox.send(EngineMsg::LogLine(line));
        })
    }
}

impl Opener for EngineContext {
    async fn open(&self, site: &Arc<Site>) -> Result<Session, Failure> {
        let key = site.key();
        self.emit(EventKind::Site { site: key.clone(), state: SiteState::Connecting });
        let opened = self.log_in(site, &key).await;
        let state = match &opened {
            Ok(session) => {
                SiteState::Connected { tls: session.is_tls(), unverified: site.insecure }
            }
            Err(failure) => SiteState::Failed(failure.clone()),
        };
        self.emit(EventKind::Site { site: key, state });
        opened
    }

    async fn wait_until_reachable(&self, job: JobId, site: &Site, failure: &Failure) -> bool {
        if failure::is_final(&failure.kind) || failure.step != Step::Connect {
            return false;
        }
        let (answer, reachable) = oneshot::channel();
        self.send(EngineMsg::Await { job, site: site.key(), answer });
        reachable.await.unwrap_or(false)
    }
}

//! What the engine's tasks say to the engine, and the sessions they borrow.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use crate::base::{ItemId, JobId, RemotePath};
use crate::engine::api::Answer;
use crate::engine::api::{Control, Failure, FailureKind, ItemReport, LogLine, Report};
use crate::engine::failure;
use crate::queue::store::{ClaimedItems, VersionedTotals};
use crate::queue::{Ending, ItemState, JobSites, JobSpec, RetryClass, StoreError, Totals};
use crate::session::{Session, SessionError};
use crate::site::{Location, Site, SiteKey};
use crate::transfer::{Progress, StopRequest};

/// Sends an answer; whoever asked may be gone by now, and then nobody needs it.
pub(super) fn reply<T>(to: oneshot::Sender<T>, answer: T) {
    let _ = to.send(answer);
}

/// What a session is borrowed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The user waits for it: a listing, a directory to be made.
    Browse,
    /// A job.
    Work,
    /// The size of a growing file: only when one is free anyway.
    Poll,
}

/// Numbers the lanes of an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u64);

/// An item handed to a lane.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) item: crate::queue::Item,
    pub(super) progress: Arc<Progress>,
    pub(super) stop_request: watch::Receiver<StopRequest>,
}

/// How a lane's try of an item ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) item: ItemId,
    pub(super) state: ItemState,
    pub(super) ending: Ending,
    /// What kind of failure it was.
    pub(super) failure: Option<FailureKind>,
    /// Why it failed, when it did.
    pub(super) retry_class: Option<RetryClass>,
}

/// A job on its way into the store.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) spec: JobSpec,
    pub(super) ends: JobSites,
    pub(super) reports: Option<mpsc::UnboundedSender<Report>>,
    pub(super) answer: Answer<JobId>,
}

/// A job that was taken over, with what was checked.
#[derive(Debug)]
pub(super) struct Adopted {
    pub(super) job: JobId,
    pub(super) submitted: Submitted,
    pub(super) counted: VersionedTotals,
    pub(super) priority: i32,
    pub(super) held: bool,
    /// True when it was given up, and its owner ended before all of it was.
    pub(super) cancelled: bool,
    /// True when its trees are to be walked again.
    pub(super) listing: bool,
    /// What was found done at the target.
    pub(super) found: Vec<ItemReport>,
}

/// How a login went.
#[derive(Debug)]
pub(super) enum Opened {
    /// There is a session.
    Well,
    /// The server takes no more of them.
    TooMany(Failure),
    /// Anything else.
    Badly(Failure),
}

/// A message to the engine's task.
pub(super) enum EngineMsg {
    /// Somebody needs sessions.
    Borrow {
        sites: Vec<Arc<Site>>,
        purpose: Purpose,
        answer: oneshot::Sender<Result<Vec<Lease>, Failure>>,
    },
    /// A session comes back, or is gone.
    Return { site: SiteKey, session: Option<Box<Session>> },
    /// Somebody has logged in to a site, or could not.
    Opened { site: SiteKey, opened: Opened },
    /// The end of a job is in the store.
    JobOver,
    /// These jobs have ended long ago, and are not in the store any more.
    Forgotten(Vec<JobId>),
    /// A job that is anybody's to run cannot be taken as things are.
    Refused(JobId),
    /// These jobs are anybody's to run.
    Offered(Vec<JobId>),
    /// A walk waits until a site may be tried again; `false` when it is given up.
    Await { job: JobId, site: SiteKey, answer: oneshot::Sender<bool> },
    /// A line of a control dialogue.
    LogLine(LogLine),
    /// The user is to be asked.
    Ask { text: String, choices: Vec<String>, answer: oneshot::Sender<usize> },
    /// A job is in the store, or not.
    Submitted { added: Result<JobId, StoreError>, submitted: Box<Submitted> },
    /// A job of an earlier owner is this engine's now.
    Adopted(Box<Adopted>),
    /// A job's tree has more items; some of them have ended already, left out, failed, or done on
    /// the way.
    Added { job: JobId, counted: VersionedTotals, reports: Vec<ItemReport> },
    /// A job's walk goes into a directory: there will be files.
    Expected(JobId),
    /// The store has handed out items of a job.
    Claimed { job: JobId, claimed: Result<ClaimedItems, StoreError> },
    /// What came back from lanes is in the store.
    Settled {
        item: ItemId,
        job: JobId,
        counted: Result<Vec<(JobId, VersionedTotals)>, StoreError>,
        report: Option<Box<ItemReport>>,
    },
    /// So many files of a mirror are the same already.
    Same { job: JobId, files: u64 },
    /// So many lanes are wished for jobs of this engine.
    Wished(Result<Vec<(JobId, Option<usize>)>, StoreError>),
    /// Items of jobs that are not this engine's, in numbers.
    Others(Totals),
    /// Items were changed by the user.
    Controlled(Result<Vec<(JobId, VersionedTotals)>, StoreError>, Control),
    /// A job's tree has been listed.
    Walked { job: JobId, failure: Option<Failure> },
    /// A lane wants its next item.
    Next { lane: LaneId, answer: oneshot::Sender<Option<Work>> },
    /// A lane begins to store a file under this path, whose size tells its progress.
    Storing { item: ItemId, at: Location },
    /// What is special about the way of an item.
    Way { item: ItemId, ending: Ending },
    /// A lane gives the file of an item another name, since its own is not free any more.
    Renamed { item: ItemId, target: Location },
    /// A lane has ended a try.
    Ended(Box<Ended>),
    /// A lane has ended.
    LaneOver { lane: LaneId, failure: Option<Failure> },
    /// The doctor has ended.
    Examined,
    /// The sizes on this site were asked for.
    Polled(SiteKey),
    /// Something in this directory changed.
    Changed(Location),
    /// A remark for the job's front end.
    Remark { job: JobId, site: String, text: String },
}

impl fmt::Debug for EngineMsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EngineMsg")
    }
}

/// Logs in to sites.
pub(super) trait Opener {
    /// A new session.
    fn open(&self, site: &Arc<Site>) -> impl Future<Output = Result<Session, Failure>> + Send;

    /// Waits until the site may be tried again for a walk of this job; false when that is not to
    /// be expected.
    fn wait_until_reachable(
        &self,
        job: JobId,
        site: &Site,
        failure: &Failure,
    ) -> impl Future<Output = bool> + Send;
}

/// A borrowed session: opened on first use, given back when dropped.
#[derive(Debug)]
pub(super) struct Lease {
    inbox: mpsc::UnboundedSender<EngineMsg>,
    site: Arc<Site>,
    session: Option<Session>,
    idle: Duration,
    /// The job whose walk waits for the site when it is away.
    patient: Option<JobId>,
}

/// What a session is asked; boxed, since the future of an async closure is not known to be [`Send`].
pub(super) type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionError>> + Send + 'a>>;

/// A session that was idle for longer is asked whether it lives before it is used.
const FRESH: Duration = Duration::from_secs(10);

impl Lease {
    pub(super) fn new(
        inbox: mpsc::UnboundedSender<EngineMsg>,
        site: Arc<Site>,
        idle: Option<(Session, Duration)>,
    ) -> Self {
        let (session, idle) = match idle {
            Some((session, idle)) => (Some(session), idle),
            None => (None, Duration::ZERO),
        };
        Self { inbox, site, session, idle, patient: None }
    }

    /// The same, for a walk that waits for its site when it is away.
    pub(super) fn retrying(mut self, job: JobId) -> Self {
        self.patient = Some(job);
        self
    }

    /// The session, logged in if it was not.
    pub(super) async fn session(&mut self, opener: &impl Opener) -> Result<&mut Session, Failure> {
        if let Some(session) = &mut self.session {
            session.check_alive().await;
            if self.idle > FRESH && session.is_usable() && session.noop().await.is_err() {
                session.poison();
            }
        }
        self.idle = Duration::ZERO;
        let session = match self.session.take().filter(Session::is_usable) {
            Some(session) => session,
            None => loop {
                match (opener.open(&self.site).await, self.patient) {
                    (Ok(session), _) => break session,
                    (Err(failure), Some(job))
                        if opener.wait_until_reachable(job, &self.site, &failure).await => {}
                    (Err(failure), _) => return Err(failure),
                }
            },
        };
        Ok(self.session.insert(session))
    }

    /// Takes the session out; the lease then only keeps its place.
    pub(super) async fn take(&mut self, opener: &impl Opener) -> Result<Session, Failure> {
        self.session(opener).await?;
        match self.session.take() {
            Some(session) => Ok(session),
            None => opener.open(&self.site).await,
        }
    }

    /// Puts a session back that was taken out.
    pub(super) fn put(&mut self, session: Session) {
        self.session = Some(session);
    }

    /// Asks the session about a path, logged in if it was not; a failure says that `verb` and the
    /// path could not be done.
    pub(super) async fn with_session<T>(
        &mut self,
        opener: &impl Opener,
        (verb, path): (&str, &RemotePath),
        ask: impl for<'a> FnOnce(&'a mut Session, &'a RemotePath) -> Asked<'a, T>,
    ) -> Result<T, Failure> {
        let asked = ask(self.session(opener).await?, path).await;
        asked.map_err(|error| failure::of_session(&self.site, format!("{verb} {path}"), &error))
    }

    /// [`Lease::with_session`] for what may be asked twice: a session that was idle may have died
    /// unnoticed, and then a new one is asked.
    pub(super) async fn with_live_session<T>(
        &mut self,
        opener: &impl Opener,
        (verb, path): (&str, &RemotePath),
        ask: impl for<'a> Fn(&'a mut Session, &'a RemotePath) -> Asked<'a, T>,
    ) -> Result<T, Failure> {
        if self.session.is_some() {
            match ask(self.session(opener).await?, path).await {
                Err(error @ (SessionError::Net { .. } | SessionError::Closing { .. })) => {
                    tracing::debug!(%error, "a session had died");
                }
                asked => {
                    let step = format!("{verb} {path}");
                    return asked.map_err(|error| failure::of_session(&self.site, step, &error));
                }
            }
        }
        self.with_session(opener, (verb, path), ask).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let session = self.session.take().filter(Session::is_usable).map(Box::new);
        // the engine has ended: the session ends with it
        let _ = self.inbox.send(EngineMsg::Return { site: self.site.key(), session });
    }
}

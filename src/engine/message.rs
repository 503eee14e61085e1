//! The messages of the engine's tasks to the engine, and the sessions that they borrow.

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

/// Sends an answer; the receiver may be gone, and then the answer is not needed.
pub(super) fn reply<T>(to: oneshot::Sender<T>, answer: T) {
    let _ = to.send(answer);
}

/// What a session is borrowed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The user waits for it, for example for a listing.
    Browse,
    /// A job.
    Work,
    /// Asking for the size of a growing file; only if a session is free.
    Poll,
}

/// The number of a lane, unique in an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct LaneId(pub(super) u64);

/// An item that is given to a lane.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) item: crate::queue::Item,
    pub(super) progress: Arc<Progress>,
    pub(super) stop_request: watch::Receiver<StopRequest>,
}

/// The result of a lane's attempt at an item.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) item: ItemId,
    pub(super) state: ItemState,
    pub(super) ending: Ending,
    /// The kind of failure; `None` if it did not fail.
    pub(super) failure: Option<FailureKind>,
    /// Whether and when a retry makes sense; `None` if it did not fail.
    pub(super) retry_class: Option<RetryClass>,
}

/// A job that is being added to the store.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) spec: JobSpec,
    pub(super) ends: JobSites,
    pub(super) reports: Option<mpsc::UnboundedSender<Report>>,
    pub(super) answer: Answer<JobId>,
}

/// A job that was taken over, with the results of the check.
#[derive(Debug)]
pub(super) struct Adopted {
    pub(super) job: JobId,
    pub(super) submitted: Submitted,
    pub(super) counted: VersionedTotals,
    pub(super) priority: i32,
    pub(super) held: bool,
    /// True if it was cancelled, and its owner ended before all of its files were.
    pub(super) cancelled: bool,
    /// True if its trees must be walked again.
    pub(super) listing: bool,
    /// Files that were found complete at the target.
    pub(super) found: Vec<ItemReport>,
}

/// The result of a login.
#[derive(Debug)]
pub(super) enum Opened {
    /// Logged in.
    LoggedIn,
    /// The server accepts no more sessions.
    TooMany(Failure),
    /// Any other failure.
    Failed(Failure),
}

/// A message to the engine's task.
pub(super) enum EngineMsg {
    /// A task needs sessions.
    Borrow {
        sites: Vec<Arc<Site>>,
        purpose: Purpose,
        answer: oneshot::Sender<Result<Vec<Lease>, Failure>>,
    },
    /// A task gives a session back; `None` if it is closed.
    Return { site: SiteKey, session: Option<Box<Session>> },
    /// A task has logged in to a site, or could not.
    Opened { site: SiteKey, opened: Opened },
    /// The end of a job is in the store.
    JobOver,
    /// Old jobs that have ended were removed from the store.
    Forgotten(Vec<JobId>),
    /// A job without an owner cannot be taken at present.
    Refused(JobId),
    /// The jobs without an owner.
    Offered(Vec<JobId>),
    /// A walk waits until a site may be tried again; the answer `false` ends the walk.
    Await { job: JobId, site: SiteKey, answer: oneshot::Sender<bool> },
    /// A line of the FTP conversation.
    LogLine(LogLine),
    /// Ask the user.
    Ask { text: String, choices: Vec<String>, answer: oneshot::Sender<usize> },
    /// A job was added to the store, or could not be.
    Submitted { added: Result<JobId, StoreError>, submitted: Box<Submitted> },
    /// A job of an earlier owner was taken over.
    Adopted(Box<Adopted>),
    /// A job's walk has found more items. `reports`: those that have already ended.
    Added { job: JobId, counted: VersionedTotals, reports: Vec<ItemReport> },
    /// A job's walk enters a directory: files may follow.
    DirectoryFound(JobId),
    /// The store has given out items of a job.
    Claimed { job: JobId, claimed: Result<ClaimedItems, StoreError> },
    /// The results of lanes are in the store.
    Settled {
        item: ItemId,
        job: JobId,
        counted: Result<Vec<(JobId, VersionedTotals)>, StoreError>,
        report: Option<Box<ItemReport>>,
    },
    /// The number of files of a mirror that are already identical.
    Same { job: JobId, files: u64 },
    /// The number of lanes that other processes have requested for jobs of this engine.
    RequestedLanes(Result<Vec<(JobId, Option<usize>)>, StoreError>),
    /// The totals of jobs that this engine does not run.
    OtherTotals(Totals),
    /// The user's change of items is in the store.
    Controlled(Result<Vec<(JobId, VersionedTotals)>, StoreError>, Control),
    /// A job's tree has been listed.
    Walked { job: JobId, failure: Option<Failure> },
    /// A lane wants its next item.
    Next { lane: LaneId, answer: oneshot::Sender<Option<Work>> },
    /// A lane starts to store a file under this path; its size there is the progress.
    Storing { item: ItemId, at: Location },
    /// How an item is transferred: route, protection, and the reason for it.
    Details { item: ItemId, ending: Ending },
    /// A lane stores a file under another name, since its own name is taken.
    Renamed { item: ItemId, target: Location },
    /// A lane has ended an attempt.
    Ended(Box<Ended>),
    /// A lane has ended.
    LaneOver { lane: LaneId, failure: Option<Failure> },
    /// The doctor has ended.
    ExaminationOver,
    /// The growing files on this site have been polled.
    Polled(SiteKey),
    /// Something in this directory changed.
    DirectoryChanged(Location),
    /// A note for the job's front end.
    JobNote { job: JobId, site: String, text: String },
}

impl fmt::Debug for EngineMsg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EngineMsg")
    }
}

/// Logs in to sites.
pub(super) trait Opener {
    /// Opens a new session.
    fn open(&self, site: &Arc<Site>) -> impl Future<Output = Result<Session, Failure>> + Send;

    /// Waits until the site may be tried again for a walk of this job; false if a retry makes no
    /// sense.
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
    /// The job whose walk waits when the site is unreachable.
    retry_for: Option<JobId>,
}

/// A request on a session; boxed, since the future of an async closure is not known to be [`Send`].
pub(super) type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionError>> + Send + 'a>>;

/// A session that was idle for longer is checked with NOOP before it is used.
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
        Self { inbox, site, session, idle, retry_for: None }
    }

    /// Makes the lease wait for its site when it is unreachable, for a walk of this job.
    pub(super) fn retrying(mut self, job: JobId) -> Self {
        self.retry_for = Some(job);
        self
    }

    /// The session; logs in if necessary.
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
                match (opener.open(&self.site).await, self.retry_for) {
                    (Ok(session), _) => break session,
                    (Err(failure), Some(job))
                        if opener.wait_until_reachable(job, &self.site, &failure).await => {}
                    (Err(failure), _) => return Err(failure),
                }
            },
        };
        Ok(self.session.insert(session))
    }

    /// Takes the session out; the lease then only keeps the connection counted.
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

    /// Runs a request about a path, logging in if necessary; a failure has the step `verb` with the
    /// path.
    pub(super) async fn with_session<T>(
        &mut self,
        opener: &impl Opener,
        (verb, path): (&str, &RemotePath),
        ask: impl for<'a> FnOnce(&'a mut Session, &'a RemotePath) -> Asked<'a, T>,
    ) -> Result<T, Failure> {
        let asked = ask(self.session(opener).await?, path).await;
        asked.map_err(|error| failure::of_session(&self.site, format!("{verb} {path}"), &error))
    }

    /// [`Lease::with_session`] for requests that may be repeated: a session that was idle may have
    /// died unnoticed, and then the request is repeated on a new one.
    pub(super) async fn with_live_session<T>(
        &mut self,
        opener: &impl Opener,
        (verb, path): (&str, &RemotePath),
        ask: impl for<'a> Fn(&'a mut Session, &'a RemotePath) -> Asked<'a, T>,
    ) -> Result<T, Failure> {
        if self.session.is_some() {
            match ask(self.session(opener).await?, path).await {
                Err(error @ (SessionError::Net { .. } | SessionError::Closing { .. })) => {
                    tracing::debug!(%error, "an idle session was dead");
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
        // an error means that the engine has ended; the session ends with it
        let _ = self.inbox.send(EngineMsg::Return { site: self.site.key(), session });
    }
}

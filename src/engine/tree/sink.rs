//! Where the findings of a walk go.

use tokio::sync::mpsc;

use crate::base::{JobId, RemotePath};
use crate::engine::api::{Failure, FailureKind, PlanAction, PlanStep, Planned};
use crate::engine::failure;
use crate::engine::tree::batch::Recorder;
use crate::queue::{Ending, ItemState, NewItem};
use crate::site::Location;

/// Takes what a walk finds. A job and its dry run differ in nothing else.
pub(super) enum Sink {
    /// A dry run: the steps go to the caller.
    Plan(mpsc::Sender<Planned>),
    /// A job: they go into its queue.
    Queue(Box<Recorder>),
}

impl Sink {
    /// The job; `None` for a dry run.
    pub(super) fn job(&self) -> Option<JobId> {
        match self {
            Self::Plan(_) => None,
            Self::Queue(record) => Some(record.job()),
        }
    }

    /// A step of a dry run. `below` is the path below the two tops.
    pub(super) async fn plan(
        &self,
        action: PlanAction,
        below: &[u8],
        dir: bool,
        size: Option<u64>,
        reason: &str,
    ) -> Result<(), Failure> {
        let Self::Plan(out) = self else { return Ok(()) };
        let path = match (dir, below) {
            (true, b"") => b"./".to_vec(),
            (true, _) => [below, b"/"].concat(),
            (false, _) => below.to_vec(),
        };
        let (path, reason) = (RemotePath::new(path), reason.to_owned());
        send(out, Planned::Step(PlanStep { action, path, dir, size, reason })).await
    }

    /// A failure for a dry run: the rest goes on.
    pub(super) async fn trouble(&self, at: &Location, why: &str) -> Result<(), Failure> {
        let Self::Plan(out) = self else { return Ok(()) };
        send(out, Planned::Trouble(failure::trouble(at, "mirror", why))).await
    }

    /// A file to be copied.
    pub(super) async fn queue(&mut self, item: NewItem) -> Result<(), Failure> {
        let Self::Queue(record) = self else { return Ok(()) };
        record.found(item);
        record.flush_if_full().await
    }

    /// Something that needs no lane: skipped, failed, or done by the walk.
    pub(super) fn ended(
        &mut self,
        item: NewItem,
        state: ItemState,
        reason: Option<String>,
        failure: Option<FailureKind>,
    ) {
        let Self::Queue(record) = self else { return };
        let ending = Ending { reason, ..Ending::default() };
        record.ended(item, state, ending, failure);
    }

    /// True for what an earlier walk of the same job has put into the queue.
    pub(super) async fn has_seen(&mut self, at: &Location) -> Result<bool, Failure> {
        match self {
            Self::Plan(_) => Ok(false),
            Self::Queue(record) => record.has_seen(at).await,
        }
    }

    /// Sends what was found so far to the queue.
    pub(super) async fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::Plan(_) => Ok(()),
            Self::Queue(record) => record.flush().await,
        }
    }

    /// [`Sink::flush`] once a batch is full.
    pub(super) async fn flush_if_full(&mut self) -> Result<(), Failure> {
        match self {
            Self::Plan(_) => Ok(()),
            Self::Queue(record) => record.flush_if_full().await,
        }
    }

    /// [`Sink::flush`], and waits until it is stored and the engine knows of it.
    pub(super) async fn finish(&mut self) -> Result<(), Failure> {
        match self {
            Self::Plan(_) => Ok(()),
            Self::Queue(record) => record.finish().await,
        }
    }
}

/// A caller that hung up wants nothing more.
async fn send(out: &mpsc::Sender<Planned>, planned: Planned) -> Result<(), Failure> {
    out.send(planned).await.map_err(|_| failure::cancelled())
}

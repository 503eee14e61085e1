//! A lane at work: it asks for files and moves them, one after the other.
//!
//! [`attempt`] is what every file goes through; the movers `fxp`, `relay`, `download` and `upload`
//! only move the bytes.

mod attempt;
pub(in crate::engine) mod backup;
mod download;
mod fxp;
mod intent;
mod relay;
mod resume;
mod sessions;
mod stale;
mod upload;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::base::{JobId, RemotePath};
use crate::engine::api::{Failure, Step};
use crate::engine::context::EngineContext;
use crate::engine::failure;
use crate::engine::message::{Ended, EngineMsg, LaneId, Lease, Work};
use crate::engine::sandbox::Sandbox;
pub(in crate::engine) use crate::engine::work::attempt::takes_temporary;
use crate::engine::work::attempt::usual_way;
use crate::ftp::ServerKind;
use crate::queue::{Ending, Exists, Item, ItemState, JobKind, JobRules, RetryClass};
use crate::site::Location;
use crate::transfer::{Diagnosis, Fault, Lane, Outcome, Side, Verdict, Watch};

/// Files up to this size may arrive under their final name (transfer rule 2).
pub(super) const SMALL: u64 = 1024 * 1024;

/// Appended to the reason of a failure after which the file can be resumed.
const KEPT: &str = "; the partial file is kept, and the next attempt resumes it";

/// A lane of one job.
pub(super) struct Worker {
    pub(super) context: Arc<EngineContext>,
    pub(super) lane: LaneId,
    pub(super) job: JobId,
    pub(super) kind: JobKind,
    pub(super) rules: JobRules,
    /// The local directory that it may write to.
    pub(super) sandbox: Option<Sandbox>,
    /// Sessions with the source and the destination, where they are sites.
    pub(super) source: Option<Lease>,
    pub(super) destination: Option<Lease>,
    /// Makes temporary names unique to this run of the program.
    pub(super) tag: String,
    /// The two sessions while they work together.
    pub(super) pair: Option<Lane>,
    /// Targets that exist according to the destination (`X-DUPE`).
    pub(super) duplicates: HashSet<RemotePath>,
    /// True when its files were planned by an earlier run.
    pub(super) stale: bool,
    /// The directory of the target that was listed last, when they were planned by an earlier run.
    pub(super) seen: Option<stale::ListedDir>,
    /// The user's answer for all files whose names were taken meanwhile.
    pub(super) for_all: Option<Exists>,
    /// The software of the two servers, for advice.
    pub(super) kinds: (ServerKind, ServerKind),
}

impl Worker {
    /// Works until there is nothing left to do.
    pub(super) async fn run(mut self) {
        let failure = self.work().await.err();
        self.split();
        let (context, lane) = (self.context.clone(), self.lane);
        // the sessions go back first, so that whoever comes next finds them
        drop(self);
        context.send(EngineMsg::LaneOver { lane, failure });
    }

    async fn work(&mut self) -> Result<(), Failure> {
        self.open().await?;
        loop {
            let (answer, next) = oneshot::channel();
            self.context.send(EngineMsg::Next { lane: self.lane, answer });
            let Ok(Some(work)) = next.await else { return Ok(()) };
            self.one(work).await?;
        }
    }

    async fn one(&mut self, work: Work) -> Result<(), Failure> {
        let begun = Instant::now();
        let Work { mut item, progress, stop_request } = work;
        let mut watch = Watch::new(progress, stop_request);
        let checked = self.check_target(&mut item).await;
        let Some(target) = item.target.clone() else { return Ok(()) };
        let copied = match checked {
            Ok(None) => self.copy(&item, &target, &mut watch).await,
            Ok(Some(ended)) => {
                self.context.send(EngineMsg::Ended(Box::new(ended)));
                return Ok(());
            }
            Err(failure) => Err(failure),
        };
        let (mut outcome, lost) = match copied {
            Ok(outcome) => (outcome, None),
            Err(failure) => {
                // no session: the file waits, the lane ends
                let why = failure.reason();
                let fault = Fault::Lost { side: Side::Source, why };
                (Outcome::failed(usual_way(&item.source, &target), fault, 0), Some(failure))
            }
        };
        self.remark_mode(&target, &mut outcome);
        if self.kind == JobKind::Move && proven(outcome.verdict) {
            self.delete_source(&item.source, &mut outcome).await;
        }
        let ended = self.judge(&item, outcome, begun, lost.as_ref());
        self.context.send(EngineMsg::Ended(Box::new(ended)));
        lost.map_or(Ok(()), Err)
    }

    /// What an outcome means for the file in the queue.
    fn judge(
        &self,
        item: &Item,
        outcome: Outcome,
        begun: Instant,
        lost: Option<&Failure>,
    ) -> Ended {
        let failed = outcome.verdict == Verdict::Failed;
        if let Some(Fault::Duplicate(reply)) = &outcome.fault {
            return skipped(item, format!("already exists at the destination: {}", reply.shown()));
        }
        let failure = match (&outcome.fault, lost) {
            (_, Some(lost)) => Some(lost.clone()),
            (Some(fault), None) => {
                let mut failure = failure::of_fault(fault);
                let found = outcome.plan.map(|plan| Diagnosis::of(&plan, fault));
                let (source, destination) = self.kinds;
                let advice = found.and_then(|found| found.advice(source, destination));
                failure.remedy = advice.or(failure.remedy);
                Some(failure)
            }
            (None, None) => None,
        };
        let retry_class = match (&outcome.fault, lost) {
            (_, Some(lost)) if lost.step == Step::Connect => RetryClass::Unreachable,
            (_, Some(_)) => RetryClass::Transient,
            (Some(fault), None) => RetryClass::of_fault(fault),
            (None, None) => RetryClass::Permanent,
        };
        let aside = failure::names_now(&outcome);
        let kept = if outcome.kept { KEPT } else { "" };
        let reason = failure.as_ref().map(|failure| format!("{}{kept}{aside}", failure.reason()));
        let ending = Ending {
            verdict: Some(outcome.verdict),
            verified: outcome.verified(),
            via: Some(outcome.via),
            passive: outcome.plan.map(|plan| plan.passive),
            protected: outcome.protected,
            bytes: outcome.bytes,
            elapsed: begun.elapsed(),
            reason: reason.or(outcome.warning),
        };
        Ended {
            item: item.id,
            state: if failed { ItemState::Failed } else { ItemState::Done },
            ending,
            failure: failure.map(|failure| failure.kind),
            retry_class: failed.then_some(retry_class),
        }
    }

    /// Permissions that a file did not get: reported once per job where the server cannot set any,
    /// else noted with the file.
    fn remark_mode(&self, target: &Location, outcome: &mut Outcome) {
        let Some((reply, (site, _))) = outcome.mode_refusal.take().zip(target.remote()) else {
            return;
        };
        if reply.is_unknown_command() {
            let text = format!("{} does not set permissions: {}", site.label(), reply.shown());
            self.context.note_once(self.job, site.label(), text);
        } else {
            let text = || format!("permissions could not be set: {}", reply.shown());
            outcome.warning.get_or_insert_with(text);
        }
    }

    /// A move deletes its source once the target is proven.
    async fn delete_source(&mut self, source: &Location, outcome: &mut Outcome) {
        let path = source.to_remote_path();
        if let Err(error) = self.delete(Side::Source, &path).await {
            outcome.warning = Some(format!("copied, but the source could not be deleted: {error}"));
        }
        if let Some(parent) = source.parent() {
            self.context.send(EngineMsg::DirectoryChanged(parent));
        }
    }
}

/// An item that ends without an attempt, and why.
fn skipped(item: &Item, reason: String) -> Ended {
    let ending = Ending { reason: Some(reason), ..Ending::default() };
    Ended { item: item.id, state: ItemState::Skipped, ending, failure: None, retry_class: None }
}

/// A source is only deleted for a target that is at least known to be complete.
fn proven(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Verified | Verdict::Complete)
}

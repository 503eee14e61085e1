//! A lane at work: it asks for items and moves them, one after the other.

pub(in crate::engine) mod backup;
mod fxp;
mod intent;
mod local;
mod relay;
mod resume;
mod sides;
mod stale;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::base::{JobId, RemotePath};
use crate::engine::api::{Failure, Step};
use crate::engine::context::Hub;
use crate::engine::failure;
use crate::engine::message::{Ended, EngineMsg, LaneId, Lease, Work};
use crate::engine::sandbox::Sandbox;
use crate::ftp::ServerKind;
use crate::queue::{Ending, Exists, ItemState, JobKind, JobRules, RetryClass, Verify};
use crate::site::{Location, Site, TempNames};
use crate::transfer::{Diagnosis, Fault, Lane, Outcome, Plan, Side, Verdict, Via, Watch};

/// Files up to this size may arrive under their final name (transfer rule 2).
pub(super) const SMALL: u64 = 1024 * 1024;

/// Behind the reason of a failure that the next try can go on from.
const KEPT: &str = "; what has arrived is kept, and the next try goes on from there";

/// A lane of one job.
pub(super) struct Worker {
    pub(super) hub: Arc<Hub>,
    pub(super) lane: LaneId,
    pub(super) job: JobId,
    pub(super) kind: JobKind,
    pub(super) rules: JobRules,
    /// Where it may write on this machine.
    pub(super) sandbox: Option<Sandbox>,
    /// Sessions with the source and the destination, where they are sites.
    pub(super) source: Option<Lease>,
    pub(super) destination: Option<Lease>,
    /// Makes temporary names unique to this run of the program.
    pub(super) tag: String,
    /// The two sessions while they work together.
    pub(super) pair: Option<Lane>,
    /// Targets that the destination said it has (`X-DUPE`).
    pub(super) duplicates: HashSet<RemotePath>,
    /// True when its items were planned by an earlier run.
    pub(super) stale: bool,
    /// The directory of the target that was looked at last, where they were.
    pub(super) seen: Option<stale::Seen>,
    /// What the user wants done with all files whose names were taken meanwhile.
    pub(super) for_all: Option<Exists>,
    /// Which software the two servers are, for advice.
    pub(super) kinds: (ServerKind, ServerKind),
}

/// What came of one item, before it is reported.
struct Try {
    outcome: Outcome,
    via: Via,
    plan: Option<Plan>,
    /// Whether the data of a transfer without plan was encrypted, when there was any.
    protected: Option<bool>,
}

impl Worker {
    /// Works until there is nothing left to do.
    pub(super) async fn run(mut self) {
        let failure = self.work().await.err();
        if let Some(pair) = self.pair.take() {
            self.split(pair);
        }
        let (hub, lane) = (self.hub.clone(), self.lane);
        // the sessions go back first, so that whoever comes next finds them
        drop(self);
        hub.inform(EngineMsg::LaneOver { lane, failure });
    }

    async fn work(&mut self) -> Result<(), Failure> {
        let hub = self.hub.clone();
        // both servers at the same time
        let (from, to) =
            tokio::join!(opened(&mut self.source, &hub), opened(&mut self.destination, &hub));
        from.and(to)?;
        loop {
            let (answer, next) = oneshot::channel();
            self.hub.inform(EngineMsg::Next { lane: self.lane, answer });
            let Ok(Some(work)) = next.await else { return Ok(()) };
            self.one(work).await?;
        }
    }

    async fn one(&mut self, work: Work) -> Result<(), Failure> {
        let begun = Instant::now();
        let Work { mut item, progress, wish } = work;
        let mut watch = Watch::new(progress, wish);
        let looked = self.look_again(&mut item).await;
        let Some(target) = item.target.clone() else { return Ok(()) };
        let tried = match looked {
            Ok(None) => self.copy(&item, &target, &mut watch).await,
            Ok(Some(ended)) => {
                self.hub.inform(EngineMsg::Ended(Box::new(ended)));
                return Ok(());
            }
            Err(failure) => Err(failure),
        };
        let (tried, lost) = match tried {
            Ok(tried) => (tried, None),
            Err(failure) => {
                // a session could not be had: the item waits, the lane ends
                let why = failure.reason();
                let fault = Fault::Lost { side: Side::Source, why };
                let outcome = Outcome::failed(fault, 0);
                (Try { outcome, via: Via::Direct, plan: None, protected: None }, Some(failure))
            }
        };
        let mut tried = tried;
        self.remark_mode(&target, &mut tried.outcome);
        if self.kind == JobKind::Move && proven(tried.outcome.verdict) {
            self.delete_source(&item.source, &mut tried.outcome).await;
        }
        let ended = self.judge(&item, tried, begun, lost.as_ref());
        self.hub.inform(EngineMsg::Ended(Box::new(ended)));
        match lost {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// One try of an item, by the kind of its ends.
    async fn copy(
        &mut self,
        item: &crate::queue::Item,
        target: &Location,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        match (&item.source, target) {
            (Location::Remote { .. }, Location::Remote { .. }) => {
                self.fly(item, target, watch).await
            }
            (Location::Local(_), Location::Local(_)) => {
                Err(failure::usage("copy", "both are on this machine; use cp(1)"))
            }
            _ => self.carry(item, target, watch).await,
        }
    }

    /// What an outcome means for the item.
    fn judge(
        &self,
        item: &crate::queue::Item,
        tried: Try,
        begun: Instant,
        lost: Option<&Failure>,
    ) -> Ended {
        let Try { outcome, via, plan, protected } = tried;
        let failed = outcome.verdict == Verdict::Failed;
        if let Some(Fault::Duplicate(reply)) = &outcome.fault {
            let reason = Some(format!("the destination has it already: {}", reply.shown()));
            let ending = Ending { reason, ..Ending::default() };
            let state = ItemState::Skipped;
            return Ended { item: item.id, state, ending, failure: None, retry_class: None };
        }
        let failure = match (&outcome.fault, lost) {
            (_, Some(lost)) => Some(lost.clone()),
            (Some(fault), None) => {
                let mut failure = failure::of_fault(fault);
                let found = plan.map(|plan| Diagnosis::of(&plan, fault));
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
        let aside = outcome.displaced.as_ref().map(failure::aside).unwrap_or_default();
        let ending = Ending {
            verdict: Some(outcome.verdict),
            verified: outcome.verified(),
            via: Some(via),
            passive: plan.map(|plan| plan.passive),
            protected: plan.map(|plan| plan.protected).or(protected),
            bytes: outcome.bytes,
            elapsed: begun.elapsed(),
            reason: failure
                .as_ref()
                .map(|failure| {
                    let kept = if outcome.kept { KEPT } else { "" };
                    format!("{}{kept}{aside}", failure.reason())
                })
                .or(outcome.warning),
        };
        Ended {
            item: item.id,
            state: if failed { ItemState::Failed } else { ItemState::Done },
            ending,
            failure: failure.map(|failure| failure.kind),
            retry_class: failed.then_some(retry_class),
        }
    }

    /// The two sessions together, opened anew where one was lost.
    async fn pair(&mut self, plan: Plan) -> Result<&mut Lane, Failure> {
        if let Some(pair) = self.pair.take() {
            if pair.is_usable() {
                return Ok(self.pair.insert(pair));
            }
            self.split(pair);
        }
        let hub = self.hub.clone();
        let (Some(source), Some(destination)) = (&mut self.source, &mut self.destination) else {
            return Err(failure::usage("copy", "both ends must be sites"));
        };
        let from = source.take(&*hub).await?;
        let to = match destination.take(&*hub).await {
            Ok(session) => session,
            Err(failure) => {
                source.put(from);
                return Err(failure);
            }
        };
        Ok(self.pair.insert(Lane::new(from, to, plan)))
    }

    fn split(&mut self, pair: Lane) {
        let (from, to) = pair.into_sessions();
        if let Some(lease) = &mut self.source {
            lease.put(from);
        }
        if let Some(lease) = &mut self.destination {
            lease.put(to);
        }
    }

    fn temporary(
        &self,
        item: &crate::queue::Item,
        to: &Site,
        path: &RemotePath,
        size: Option<u64>,
    ) -> Option<RemotePath> {
        let wanted = takes_temporary(to, item.replaces, size, self.rules.verify);
        wanted.then(|| self.temporary_name(item, path))
    }

    /// Permissions that a file did not get: said once a job where the server sets none at all, else
    /// noted with the file.
    fn remark_mode(&self, target: &Location, outcome: &mut Outcome) {
        let Some((reply, (site, _))) = outcome.mode_refusal.take().zip(target.remote()) else {
            return;
        };
        if reply.is_unknown_command() {
            let text = format!("{} sets no permissions: {}", site.label(), reply.shown());
            self.hub.remark_once(self.job, site.label(), text);
        } else {
            let text = || format!("its permissions could not be set: {}", reply.shown());
            outcome.warning.get_or_insert_with(text);
        }
    }

    /// A move deletes its source once the target is proven.
    async fn delete_source(&mut self, source: &Location, outcome: &mut Outcome) {
        let hub = self.hub.clone();
        let deleted = match (source, &mut self.pair, &mut self.source) {
            (Location::Remote { path, .. }, Some(pair), _) => {
                pair.session(Side::Source).remove_file(path).await.map_err(|e| e.to_string())
            }
            (Location::Remote { path, .. }, None, Some(lease)) => {
                match lease.session(&*hub).await {
                    Ok(session) => session.remove_file(path).await.map_err(|e| e.to_string()),
                    Err(failure) => Err(failure.to_string()),
                }
            }
            (Location::Local(path), ..) => {
                tokio::fs::remove_file(path).await.map_err(|error| error.to_string())
            }
            _ => Ok(()),
        };
        if let Err(error) = deleted {
            outcome.warning = Some(format!("it was copied, but the source remains: {error}"));
        }
        if let Some(parent) = source.parent() {
            hub.inform(EngineMsg::Changed(parent));
        }
    }
}

/// True for files that arrive under a temporary name (transfer rule 2).
pub(super) fn takes_temporary(
    to: &Site,
    replaces: bool,
    size: Option<u64>,
    verify: Verify,
) -> bool {
    match to.use_temp_name {
        TempNames::Always => true,
        // a digest that differs must not cost the old file
        TempNames::Never => replaces && verify == Verify::Checksum,
        TempNames::Auto => replaces || size.is_none_or(|size| size > SMALL),
    }
}

/// Logs in where a site is, unless that is done.
async fn opened(lease: &mut Option<Lease>, hub: &Hub) -> Result<(), Failure> {
    match lease {
        Some(lease) => lease.session(hub).await.map(|_| ()),
        None => Ok(()),
    }
}

/// A source is only deleted for a target that is at least known to be whole.
fn proven(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Verified | Verdict::Complete)
}

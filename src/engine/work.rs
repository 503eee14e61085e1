//! A lane at work: it asks for items and moves them, one after the other.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use crate::base::{JobId, RemotePath};
use crate::engine::api::{Failure, FailureKind};
use crate::engine::ends;
use crate::engine::failure;
use crate::engine::hub::Hub;
use crate::engine::inside::{Ended, Inside, LaneId, Lease, Work};
use crate::engine::ways::{self, Server};
use crate::queue::{Ending, ItemState, JobKind, Rules, Verify, ViaRule};
use crate::session::SessionError;
use crate::site::{DataProtection, Location, Site, SiteKey, TempNames};
use crate::transfer::own::{self, Download};
use crate::transfer::{
    Fault, Lane, Order, Outcome, PassiveSide, Plan, Side, Verdict, Via, Watch, temporary_name,
};

/// Files up to this size may arrive under their final name (design rule 2).
const SMALL: u64 = 1024 * 1024;

/// A lane of one job.
pub(super) struct Worker {
    pub(super) hub: Arc<Hub>,
    pub(super) lane: LaneId,
    pub(super) job: JobId,
    pub(super) kind: JobKind,
    pub(super) rules: Rules,
    /// Sessions with the source and the destination, where they are sites.
    pub(super) source: Option<Lease>,
    pub(super) destination: Option<Lease>,
    /// Makes temporary names unique to this run of the program.
    pub(super) tag: String,
    /// The two sessions while they work together.
    pub(super) pair: Option<Lane>,
}

/// What came of one item, before it is reported.
struct Try {
    outcome: Outcome,
    via: Via,
    plan: Option<Plan>,
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
        hub.inform(Inside::LaneOver { lane, failure });
    }

    async fn work(&mut self) -> Result<(), Failure> {
        let hub = self.hub.clone();
        for lease in [&mut self.source, &mut self.destination].into_iter().flatten() {
            lease.session(&*hub).await?;
        }
        loop {
            let (answer, next) = oneshot::channel();
            self.hub.inform(Inside::Next { lane: self.lane, answer });
            let Ok(Some(work)) = next.await else { return Ok(()) };
            self.one(work).await?;
        }
    }

    async fn one(&mut self, work: Work) -> Result<(), Failure> {
        let begun = Instant::now();
        let Work { item, progress, cancel } = work;
        let mut watch = Watch::new(progress, cancel);
        let Some(target) = item.target.clone() else { return Ok(()) };
        let tried = match (&item.source, &target) {
            (Location::Remote { .. }, Location::Remote { .. }) => {
                self.fly(&item, &target, &mut watch).await
            }
            (Location::Remote { path, .. }, Location::Local(local)) => {
                self.download(&item, path, local.clone(), &mut watch).await
            }
            (Location::Local(local), Location::Remote { site, path }) => {
                self.upload(&item, local.clone(), site, path, &mut watch).await
            }
            (Location::Local(_), Location::Local(_)) => {
                Err(failure::usage("copy", "both are on this machine; use cp(1)"))
            }
        };
        let (tried, lost) = match tried {
            Ok(tried) => (tried, None),
            Err(failure) => {
                // a session could not be had: the item waits, the lane ends
                let why = failure::reason(&failure);
                let fault = Fault::Lost { side: Side::Source, why };
                let outcome = Outcome::failed(fault, 0);
                (Try { outcome, via: Via::Direct, plan: None }, Some(failure))
            }
        };
        let mut tried = tried;
        if self.kind == JobKind::Move && proven(tried.outcome.verdict) {
            self.delete_source(&item.source, &mut tried.outcome).await;
        }
        let ended = self.judge(&item, &target, tried, begun, lost.as_ref());
        self.hub.inform(Inside::Ended(Box::new(ended)));
        match lost {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    /// What an outcome means for the item.
    fn judge(
        &self,
        item: &crate::queue::Item,
        target: &Location,
        tried: Try,
        begun: Instant,
        lost: Option<&Failure>,
    ) -> Ended {
        let Try { outcome, via, plan } = tried;
        let failed = outcome.verdict == Verdict::Failed;
        let failure = match (&outcome.fault, lost) {
            (_, Some(lost)) => Some(lost.clone()),
            (Some(fault), None) => {
                let label = |at: &Location| at.remote().map(|(site, _)| site.label());
                let from = label(&item.source).unwrap_or_else(|| "this machine".to_owned());
                let to = label(target).unwrap_or_else(|| "this machine".to_owned());
                Some(failure::of_fault(&from, &to, fault))
            }
            (None, None) => None,
        };
        let transient = outcome.fault.as_ref().is_some_and(Fault::is_transient);
        let ending = Ending {
            verdict: Some(outcome.verdict),
            verified: if outcome.verdict == Verdict::Complete { "size" } else { "none" },
            via: Some(via),
            passive: plan.map(|plan| plan.passive),
            protected: plan.map(|plan| plan.protected),
            bytes: outcome.bytes,
            elapsed: begun.elapsed(),
            reason: failure.as_ref().map(failure::reason).or(outcome.warning),
        };
        Ended {
            item: item.id,
            state: if failed { ItemState::Failed } else { ItemState::Done },
            ending,
            failure: failure.map(|failure| failure.kind),
            again: failed && (transient || lost.is_some()),
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

    /// Server to server: every way that the two allow, in turn.
    async fn fly(
        &mut self,
        item: &crate::queue::Item,
        target: &Location,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        let (Some((from, source)), Some((to, path))) = (item.source.remote(), target.remote())
        else {
            return Err(failure::usage("copy", "both ends must be sites"));
        };
        let route = (from.key(), to.key());
        if self.rules.via == ViaRule::Relay {
            return Err(failure::usage("copy", "copying through this machine is not possible yet"));
        }
        let (ways, can_set_time) = self.ways(&route).await?;
        let size = match item.size {
            Some(size) => Some(size),
            None => self.ask_size(source).await?,
        };
        let order = Order {
            source: source.clone(),
            target: path.clone(),
            temporary: self.temporary(item, to, path, size),
            replaces: item.replaces,
            size,
            modified: item.modified.filter(|_| can_set_time),
            check_size: self.rules.verify != Verify::Off,
        };
        let mut fault = Fault::Unprotected(ways.unprotected.unwrap_or("no way is allowed"));
        let mut last = None;
        for mut plan in ways.plans {
            if !plan.protected
                && let Some(clear) = &ways.clear
                && !self.allows_clear(&route, from, to, clear).await
            {
                fault = Fault::Unprotected("you did not allow it");
                break;
            }
            let mut outcome = self.attempt(item, &order, plan, target, watch).await?;
            if !outcome.surprised.is_empty() {
                for side in &outcome.surprised {
                    let site = if *side == Side::Source { &route.0 } else { &route.1 };
                    self.hub.learned().surprised(site);
                    match side {
                        Side::Source => plan.pipelined_source = false,
                        Side::Destination => plan.pipelined_destination = false,
                    }
                }
                if outcome.verdict == Verdict::Failed && !watch.is_cancelled() {
                    // the file is not lost by it: once more, one command at a time
                    outcome = self.attempt(item, &order, plan, target, watch).await?;
                }
            }
            if outcome.verdict != Verdict::Failed {
                if !plan.proven {
                    self.hub.learned().worked(&route, plan);
                }
                return Ok(Try { outcome, via: Via::Direct, plan: Some(plan) });
            }
            let way = outcome.fault.as_ref().is_some_and(Fault::is_of_the_way);
            last = Some(Try { outcome, via: Via::Direct, plan: Some(plan) });
            if !way || watch.is_cancelled() {
                break;
            }
        }
        Ok(last.unwrap_or_else(|| Try {
            outcome: Outcome::failed(fault, 0),
            via: Via::Direct,
            plan: None,
        }))
    }

    /// The ways of this route in the order of what was learned.
    async fn ways(&mut self, route: &(SiteKey, SiteKey)) -> Result<(ways::Ways, bool), Failure> {
        let first = Plan {
            passive: PassiveSide::Destination,
            command: crate::transfer::PassiveCommand::Pasv,
            protected: false,
            sscn: None,
            proven: false,
            pipelined_source: false,
            pipelined_destination: false,
        };
        let pair = self.pair(first).await?;
        let (source, destination) = pair.sessions();
        let mut ways = ways::between(&Server::of(source), &Server::of(destination));
        let can_set_time = destination.features().has("MFMT");
        self.hub.learned().apply(route, &mut ways.plans);
        Ok((ways, can_set_time))
    }

    async fn ask_size(&mut self, path: &RemotePath) -> Result<Option<u64>, Failure> {
        let Some(pair) = &mut self.pair else { return Ok(None) };
        let session = pair.session(Side::Source);
        let site = session.site().clone();
        session
            .size(path)
            .await
            .map_err(|error| failure::of_session(&site, "ask for the size", &error))
    }

    fn temporary(
        &self,
        item: &crate::queue::Item,
        to: &Site,
        path: &RemotePath,
        size: Option<u64>,
    ) -> Option<RemotePath> {
        let wanted = match to.use_temp_name {
            TempNames::Always => true,
            TempNames::Never => false,
            TempNames::Auto => item.replaces || size.is_none_or(|size| size > SMALL),
        };
        wanted.then(|| temporary_name(path, &format!("{}{}", self.tag, item.id)))
    }

    async fn attempt(
        &mut self,
        item: &crate::queue::Item,
        order: &Order,
        plan: Plan,
        target: &Location,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let hub = self.hub.clone();
        let ending = Ending {
            via: Some(Via::Direct),
            passive: Some(plan.passive),
            protected: Some(plan.protected),
            verified: "none",
            ..Ending::default()
        };
        hub.inform(Inside::Way { item: item.id, ending });
        // small files, too: one that stalls is only noticed by its size (design rule 11)
        if let Some((site, _)) = target.remote() {
            let at = Location::Remote { site: site.clone(), path: order.stored_as().clone() };
            hub.inform(Inside::Storing { item: item.id, at });
        }
        let pair = self.pair(plan).await?;
        pair.set_plan(plan);
        let mut outcome = match pair.transfer(order, watch).await {
            Ok(outcome) => outcome,
            Err((side, error)) => Outcome::failed(of_preparation(side, error), 0),
        };
        if let Some(leftover) = outcome.leftover.take() {
            self.clean(&leftover).await;
        }
        Ok(outcome)
    }

    /// Deletes what a failed try left at the destination, on a session that works.
    async fn clean(&mut self, leftover: &RemotePath) {
        if let Some(pair) = self.pair.take() {
            self.split(pair);
        }
        let hub = self.hub.clone();
        let Some(lease) = &mut self.destination else { return };
        let deleted = match lease.session(&*hub).await {
            Ok(session) => session.remove_file(leftover).await.map_err(|error| error.to_string()),
            Err(failure) => Err(failure.to_string()),
        };
        if let Err(error) = deleted {
            tracing::warn!(%leftover, %error, "a partial file could not be deleted");
        }
    }

    /// Whether data may go in the clear on this route (design rule 5).
    async fn allows_clear(
        &mut self,
        route: &(SiteKey, SiteKey),
        from: &Site,
        to: &Site,
        clear: &str,
    ) -> bool {
        // several lanes come to this point together, and the user is asked once
        let hub = self.hub.clone();
        let _asking = hub.asking.lock().await;
        let known = self.hub.learned().clear(route);
        if let Some(allowed) = known {
            return allowed;
        }
        let asks = from.data_protection.max(to.data_protection) == DataProtection::Ask;
        let answer = if asks {
            let choices = vec!["No".to_owned(), "Yes, on this route".to_owned()];
            self.hub.ask(format!("{clear}. Send it all the same?"), choices).await
        } else {
            None
        };
        // nobody to ask: `ask` behaves as `prefer`, and says so
        let allowed = answer.is_none_or(|choice| choice == 1);
        self.hub.learned().allow_clear(route, allowed);
        if allowed {
            let (job, site) = (self.job, from.label());
            self.hub.inform(Inside::Remark { job, site, text: clear.to_owned() });
        }
        allowed
    }

    async fn download(
        &mut self,
        item: &crate::queue::Item,
        path: &RemotePath,
        target: PathBuf,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        let hub = self.hub.clone();
        let Some(lease) = &mut self.source else {
            return Err(failure::usage("download", "the source must be a site"));
        };
        let session = lease.session(&*hub).await?;
        let size = match item.size {
            Some(size) => Some(size),
            None => session.size(path).await.ok().flatten(),
        };
        let name = target.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default();
        let hidden = format!(".{}{}.fxpart", self.tag, item.id);
        let temporary = match ends::child(
            &Location::Local(target.parent().map(PathBuf::from).unwrap_or_default()),
            &[b".", name, hidden.as_bytes()].concat(),
        ) {
            Some(Location::Local(path)) => path,
            _ => target.with_extension("fxpart"),
        };
        let modified = item
            .modified
            .and_then(|stamp| stamp.at.to_zoned(jiff::tz::TimeZone::UTC).ok())
            .map(std::time::SystemTime::from);
        let order = Download { source: path.clone(), target, temporary, size, modified };
        let outcome = own::download(session, &order, watch).await;
        Ok(Try { outcome, via: Via::Download, plan: None })
    }

    async fn upload(
        &mut self,
        item: &crate::queue::Item,
        source: PathBuf,
        site: &Site,
        path: &RemotePath,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        let hub = self.hub.clone();
        let order = Order {
            source: RemotePath::default(),
            target: path.clone(),
            temporary: self.temporary(item, site, path, item.size),
            replaces: item.replaces,
            size: item.size,
            modified: item.modified,
            check_size: self.rules.verify != Verify::Off,
        };
        let Some(lease) = &mut self.destination else {
            return Err(failure::usage("upload", "the destination must be a site"));
        };
        let session = lease.session(&*hub).await?;
        let outcome = match tokio::fs::File::open(&source).await {
            Ok(mut file) => own::upload(session, &mut file, &order, watch).await,
            Err(error) => {
                let fault = Fault::Local { path: source, why: error.to_string(), full: false };
                Outcome::failed(fault, 0)
            }
        };
        Ok(Try { outcome, via: Via::Upload, plan: None })
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
        if let Some(parent) = ends::parent(source) {
            hub.inform(Inside::Changed(parent));
        }
    }
}

/// A source is only deleted for a target that is at least known to be whole.
fn proven(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Verified | Verdict::Complete)
}

/// A session that cannot be brought into the state that a plan needs: another plan may do.
fn of_preparation(side: Side, error: SessionError) -> Fault {
    match error {
        SessionError::ProtectionRefused { reply } | SessionError::Refused { reply, .. } => {
            Fault::NoPassive { side, reply }
        }
        error => Fault::Lost { side, why: error.to_string() },
    }
}

/// True when the failure is one that no further try can mend.
pub(super) fn is_final(kind: &FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Login
            | FailureKind::UnknownCertificate { .. }
            | FailureKind::Safety
            | FailureKind::Usage
            | FailureKind::Cancelled
    )
}

//! Runs the doctor on the engine's sessions, and remembers its findings for later copies.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::engine::api::Answer;
use crate::engine::api::{Examination, Failure, KnownRoute};
use crate::engine::context::EngineContext;
use crate::engine::failure;
use crate::engine::message::{EngineMsg, Lease, Purpose};
use crate::engine::sessions::route_memory::Remembered;
use crate::session::{Limits, Session};
use crate::site::{Location, Site};
use crate::transfer::doctor::{self, Finding, Options, Peer, PlanResult, ProbeDir};
use crate::transfer::{Diagnosis, StopRequest};

/// One session of each site, borrowed for the whole examination.
struct Lent {
    context: Arc<EngineContext>,
    leases: [Lease; 2],
}

impl doctor::Sessions for Lent {
    type Error = Failure;

    async fn open(&mut self, end: Peer) -> Result<Session, Failure> {
        self.leases[end as usize].take(&*self.context).await
    }

    fn close(&mut self, end: Peer, session: Session) {
        self.leases[end as usize].put(session);
    }
}

/// Tests the FXP modes between two servers. Stops when the receiver is dropped or the engine ends.
pub(in crate::engine) async fn examine(
    context: Arc<EngineContext>,
    places: [Location; 2],
    write: bool,
    findings: mpsc::UnboundedSender<Examination>,
    stop: watch::Receiver<bool>,
) {
    let (stop_sender, stop_receiver) = watch::channel(StopRequest::None);
    let work = examine_places(&context, places, write, &findings, stop_receiver);
    let mut work = std::pin::pin!(work);
    let mut stop = stop;
    let ended = tokio::select! {
        ended = &mut work => ended,
        () = stop_requested(&findings, &mut stop) => {
            // it still deletes its probe files
            stop_sender.send_replace(StopRequest::Cancel);
            work.await
        }
    };
    if let Err(failure) = ended {
        // the front end may be gone
        let _ = findings.send(Examination::Failed(failure));
    }
    context.send(EngineMsg::ExaminationOver);
}

/// Returns when the receiver is dropped, or the engine ends.
async fn stop_requested(
    findings: &mpsc::UnboundedSender<Examination>,
    stop: &mut watch::Receiver<bool>,
) {
    tokio::select! {
        () = findings.closed() => {}
        // an error means that the engine has ended
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn examine_places(
    context: &Arc<EngineContext>,
    places: [Location; 2],
    write: bool,
    findings: &mpsc::UnboundedSender<Examination>,
    stop: watch::Receiver<StopRequest>,
) -> Result<(), Failure> {
    let step = "test the FXP modes between two servers";
    let [Some((a, at_a)), Some((b, at_b))] = [places[0].remote(), places[1].remote()] else {
        return Err(failure::usage(step, "both locations must be on sites"));
    };
    let sites = [a.clone(), b.clone()];
    let probe_dir = |site: &Site, dir: &crate::base::RemotePath| ProbeDir {
        label: site.label(),
        dir: dir.clone(),
        read_only: site.read_only,
    };
    let places = [probe_dir(a, at_a), probe_dir(b, at_b)];
    let leases = context.borrow(sites.to_vec(), Purpose::Work).await?;
    let leases = <[Lease; 2]>::try_from(leases)
        .map_err(|_| failure::usage(step, "two sessions are needed"))?;
    let mut sessions = Lent { context: context.clone(), leases };
    let options =
        Options { write, tag: tag(), limits: at_most(Options::limits(), context.options.limits) };
    let mut report = |finding: Finding| {
        remember(context, &sites, &finding);
        // `stop_requested` notices that the front end is gone
        let _ = findings.send(Examination::Found(finding));
    };
    doctor::examine(&mut sessions, places, &options, stop, &mut report)
        .await
        .map_err(|(_, failure)| failure)
}

/// What is remembered of all routes.
pub(in crate::engine) async fn known_routes(
    context: Arc<EngineContext>,
    answer: Answer<Vec<KnownRoute>>,
) {
    let known = Remembered::of(&context.options.store)
        .await
        .map_err(|error| failure::of_store("read the remembered routes", &error));
    // the front end may be gone
    let _ = answer.send(known.map(Remembered::shown));
}

/// Remembers what later copies can use.
fn remember(context: &EngineContext, sites: &[Arc<Site>; 2], finding: &Finding) {
    let route = |from: Peer| (sites[from as usize].key(), sites[from.other() as usize].key());
    match finding {
        Finding::Plan(found) => {
            let failed = matches!(found.result, PlanResult::Refused | PlanResult::Failed);
            if let Some(cause) = found.cause.filter(|cause| failed && cause.is_mode_specific()) {
                let words = found.reply.clone().unwrap_or_default();
                let diagnosis = Diagnosis { cause, by: found.by, words, code: None };
                context.route_memory().failed(&route(found.from), found.plan, &diagnosis);
            }
        }
        Finding::Best { from, plan: Some(plan) } => {
            context.route_memory().worked(&route(*from), *plan);
        }
        _ => {}
    }
}

/// The shorter of each of two limits.
fn at_most(a: Limits, b: Limits) -> Limits {
    Limits {
        connect: a.connect.min(b.connect),
        reply: a.reply.min(b.reply),
        set_up: a.set_up.min(b.set_up),
        no_growth: a.no_growth.min(b.no_growth),
    }
}

/// A part of the probe names that is unique to this examination.
fn tag() -> String {
    let now = jiff::Timestamp::now().as_microsecond() & 0xff_ffff_ffff;
    format!("{now:x}{:x}", std::process::id())
}

//! The doctor over the engine's sessions, and what it finds out kept for the next copy.

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

/// Sessions from the pool: one of each site is lent for the whole examination.
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

/// Examines the ways between two places. It ends early when nobody listens any more or the
/// engine ends.
pub(in crate::engine) async fn examine(
    context: Arc<EngineContext>,
    places: [Location; 2],
    write: bool,
    findings: mpsc::UnboundedSender<Examination>,
    stop: watch::Receiver<bool>,
) {
    let (stop_request, stop_requests) = watch::channel(StopRequest::None);
    let work = examine_places(&context, places, write, &findings, stop_requests);
    let mut work = std::pin::pin!(work);
    let mut stop = stop;
    let ended = tokio::select! {
        ended = &mut work => ended,
        () = nobody_cares(&findings, &mut stop) => {
            // it deletes its probes and comes back
            stop_request.send_replace(StopRequest::Cancel);
            work.await
        }
    };
    if let Err(failure) = ended {
        // a front end that is gone wants no reason
        let _ = findings.send(Examination::Failed(failure));
    }
    context.send(EngineMsg::ExaminationOver);
}

/// Returns when there is nobody to tell any more, or the engine ends.
async fn nobody_cares(
    findings: &mpsc::UnboundedSender<Examination>,
    stop: &mut watch::Receiver<bool>,
) {
    tokio::select! {
        () = findings.closed() => {}
        // a sender that is gone is an engine that has ended
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn examine_places(
    context: &Arc<EngineContext>,
    places: [Location; 2],
    write: bool,
    findings: &mpsc::UnboundedSender<Examination>,
    stop_request: watch::Receiver<StopRequest>,
) -> Result<(), Failure> {
    let step = "examine the ways between two servers";
    let [Some((a, at_a)), Some((b, at_b))] = [places[0].remote(), places[1].remote()] else {
        return Err(failure::usage(step, "both ends must be sites"));
    };
    let sites = [a.clone(), b.clone()];
    let place = |site: &Site, folder: &crate::base::RemotePath| ProbeDir {
        label: site.label(),
        folder: folder.clone(),
        read_only: site.read_only,
    };
    let places = [place(a, at_a), place(b, at_b)];
    let leases = context.borrow(sites.to_vec(), Purpose::Work).await?;
    let leases = <[Lease; 2]>::try_from(leases)
        .map_err(|_| failure::usage(step, "two sessions are needed"))?;
    let mut sessions = Lent { context: context.clone(), leases };
    let options =
        Options { write, tag: tag(), limits: at_most(Options::limits(), context.options.limits) };
    let mut tell = |finding: Finding| {
        learn(context, &sites, &finding);
        // a front end that is gone is noticed above
        let _ = findings.send(Examination::Found(finding));
    };
    doctor::examine(&mut sessions, places, &options, stop_request, &mut tell)
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
        .map_err(|error| failure::of_store("read what is remembered", &error));
    // a front end that is gone needs no answer
    let _ = answer.send(known.map(Remembered::shown));
}

/// Keeps what the next copy can use.
fn learn(context: &EngineContext, sites: &[Arc<Site>; 2], finding: &Finding) {
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
            context.route_memory().worked(&route(*from), *plan)
        }
        _ => {}
    }
}

/// The shorter of two limits, each: whoever asks for shorter ones gets them.
fn at_most(a: Limits, b: Limits) -> Limits {
    Limits {
        connect: a.connect.min(b.connect),
        reply: a.reply.min(b.reply),
        set_up: a.set_up.min(b.set_up),
        no_growth: a.no_growth.min(b.no_growth),
    }
}

/// Makes the probes of this examination unlike those of any other.
fn tag() -> String {
    let now = jiff::Timestamp::now().as_microsecond() & 0xff_ffff_ffff;
    format!("{now:x}{:x}", std::process::id())
}

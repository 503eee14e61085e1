//! Files that go to or come from another program: standard output and input.
//!
//! They are no items of the queue: after the end of this program nobody could go on with them.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::base::{ItemId, JobId, RemotePath};
use crate::engine::api::Answer;
use crate::engine::api::{Failure, ItemReport};
use crate::engine::context::Hub;
use crate::engine::message::{Lease, Purpose};
use crate::engine::work::backup;
use crate::engine::{endpoint, failure};
use crate::queue::{ItemState, JobRules};
use crate::session::{Session, SessionError};
use crate::site::{Location, TempNames};
use crate::transfer::{
    Fault, Input, Order, Outcome, Output, Progress, StopRequest, StoreAs, Verdict, Via, Watch,
    fetch, temporary_name, upload,
};

/// What passes through a pipe.
#[derive(Debug)]
pub enum Pipe {
    /// A file of a server, to be written there.
    Out(Output),
    /// What is read there, to a server; true when a file of that name may be replaced.
    In(Input, bool),
}

/// A file and a pipe.
#[derive(Debug)]
pub struct Piped {
    /// The file on the server.
    pub at: Location,
    /// Where its bytes come from or go to.
    pub pipe: Pipe,
    /// How.
    pub rules: JobRules,
    /// How far it is.
    pub progress: Arc<Progress>,
}

/// Moves one file, and answers how it ended. When nobody waits for the answer any more, the
/// transfer is cancelled.
pub(in crate::engine) async fn run(
    hub: Arc<Hub>,
    tag: String,
    piped: Piped,
    mut answer: Answer<ItemReport>,
) {
    let (wish, wished) = watch::channel(StopRequest::None);
    let work = tokio::spawn(one(hub, tag, piped, wished));
    tokio::pin!(work);
    let moved = tokio::select! {
        moved = &mut work => moved,
        () = answer.closed() => {
            wish.send_replace(StopRequest::Cancel);
            work.await
        }
    };
    let moved = moved.unwrap_or_else(|error| Err(failure::usage("copy", error.to_string())));
    // whoever asked may be gone
    let _ = answer.send(moved);
}

async fn one(
    hub: Arc<Hub>,
    tag: String,
    piped: Piped,
    wished: watch::Receiver<StopRequest>,
) -> Result<ItemReport, Failure> {
    let begun = Instant::now();
    let Piped { at, pipe, rules, progress } = piped;
    let mut watch = Watch::new(progress, wished);
    let Some((site, path)) = at.remote().map(|(site, path)| (site.clone(), path.clone())) else {
        return Err(failure::usage("copy", "it is on this machine already"));
    };
    let mut leases = hub.borrow(vec![site.clone()], Purpose::Work).await?;
    let Some(lease) = leases.first_mut() else {
        return Err(failure::usage("copy", "there is no session"));
    };
    let session = lease.session(&*hub).await?;
    let path = session.absolute(&path);
    let at = Location::Remote { site: site.clone(), path: path.clone() };
    let pipe_end = Location::Local("-".into());
    let (source, target) = match &pipe {
        Pipe::Out(_) => (at.clone(), pipe_end),
        Pipe::In(..) => (pipe_end, at.clone()),
    };
    let order = Order {
        verify: rules.verify,
        form: rules.form,
        store: rules.store,
        ..Order::new(path.clone(), path.clone())
    };
    let uncompared = endpoint::uncompared(session, &rules);
    let mut outcome = match pipe {
        Pipe::Out(output) => {
            let size = if rules.form.is_text() {
                None
            } else {
                let asked = session.size(&path).await;
                asked.map_err(|error| failure::of_session(&site, "ask for the size", &error))?
            };
            let order = Order { size, ..order };
            let mut protected = None;
            let fetched = fetch(session, &order, output, &mut watch, &mut protected).await;
            let failed = |fault| {
                Outcome::failed(Via::Download, fault, watch.progress().bytes().unwrap_or(0))
            };
            Outcome { protected, ..fetched.unwrap_or_else(failed) }
        }
        Pipe::In(input, replaces) => {
            endpoint::may_change(&at, "write there")?;
            let refused = |error| failure::of_session(&site, "make the directory", &error);
            let unmade = if replaces { Ok(None) } else { make_parents(session, &path).await };
            let unmade = unmade.map_err(refused)?;
            let named = order.store == StoreAs::Name && site.use_temp_name != TempNames::Never;
            let order = Order {
                // nobody knows how much will come: it may break off at any time
                temporary: named.then(|| temporary_name(&path, &tag)),
                replaces,
                ..order
            };
            let mut outcome = upload(session, &order, input, &mut watch).await;
            if let Some(aside) = &outcome.displaced {
                let put = match lease.session(&*hub).await {
                    Ok(session) => backup::put_back(session, aside, &order.target).await,
                    Err(failure) => Err(failure),
                };
                match put {
                    Ok(true) => outcome.displaced = None,
                    Ok(false) => tracing::warn!(%aside, "an old file has not got its name back"),
                    Err(error) => tracing::warn!(%aside, %error, "an old file has lost its name"),
                }
            }
            if let Some(stranded) = &outcome.stranded
                && outcome.displaced.is_none()
                && let Ok(session) = lease.session(&*hub).await
                && backup::is_there(session, &order.target).await.unwrap_or(false)
            {
                outcome.leftover = Some(stranded.clone());
                outcome.stranded = None;
            }
            if let Some(leftover) = outcome.leftover.take() {
                clean(&hub, lease, &leftover).await;
            }
            if let (Some(Fault::TargetRefused(_)), Some(error)) = (&outcome.fault, unmade) {
                return Err(refused(error));
            }
            outcome
        }
    };
    if outcome.verdict != Verdict::Failed {
        outcome.warning = outcome.warning.or(uncompared);
    }
    let aside = failure::names_now(&outcome);
    let fault = outcome.fault.as_ref();
    let failed = fault.map(failure::of_fault);
    Ok(ItemReport {
        job: JobId(0),
        item: ItemId(0),
        source,
        target: Some(target),
        dir: false,
        state: if outcome.verdict == Verdict::Failed { ItemState::Failed } else { ItemState::Done },
        verdict: Some(outcome.verdict),
        verified: outcome.verified(),
        via: Some(outcome.via),
        passive: None,
        protected: outcome.protected,
        bytes: outcome.bytes,
        elapsed: begun.elapsed(),
        reason: failed.as_ref().map(|failed| failed.reason() + &aside).or(outcome.warning),
        failure: failed.map(|failed| failed.kind),
    })
}

/// Makes the directory of a file that is not there yet. The refusal comes back as a value: the
/// file may be taken all the same by a directory that nobody may enter.
async fn make_parents(
    session: &mut Session,
    path: &RemotePath,
) -> Result<Option<SessionError>, SessionError> {
    let Some(parent) = path.parent().filter(|parent| !parent.is_root()) else { return Ok(None) };
    match session.change_dir(&parent).await {
        Ok(()) => return Ok(None),
        Err(SessionError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    match endpoint::make_remote(session, &parent).await {
        Ok(_) => Ok(None),
        Err(error @ SessionError::Refused { .. }) => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// Deletes what a failed upload left, on a session that works.
async fn clean(hub: &Arc<Hub>, lease: &mut Lease, leftover: &RemotePath) {
    let deleted = match lease.session(&**hub).await {
        Ok(session) => Session::remove_file(session, leftover).await.map_err(|e| e.to_string()),
        Err(failure) => Err(failure.to_string()),
    };
    if let Err(error) = deleted {
        tracing::warn!(%leftover, %error, "a partial file could not be deleted");
    }
}

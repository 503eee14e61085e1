//! Transfers to standard output and from standard input.
//!
//! They are not items of the queue, since a later run could not resume them.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use crate::base::{ItemId, JobId, RemotePath};
use crate::engine::api::Answer;
use crate::engine::api::{Failure, ItemReport};
use crate::engine::context::EngineContext;
use crate::engine::message::{Lease, Purpose};
use crate::engine::work::backup;
use crate::engine::{endpoint, failure};
use crate::queue::{Ending, ItemState, JobRules, NewItem};
use crate::session::{Session, SessionError};
use crate::site::{Location, TempNames};
use crate::transfer::{
    Fault, Input, Order, Outcome, Output, Progress, StopRequest, StoreAs, Verdict, Via, Watch,
    fetch, temporary_name, upload,
};

/// The direction of a transfer through a pipe.
#[derive(Debug)]
pub enum Pipe {
    /// A file on a server is written to the output.
    Out(Output),
    /// The input is stored on a server; true if an existing file may be replaced.
    In(Input, bool),
}

/// A transfer through a pipe.
#[derive(Debug)]
pub struct Piped {
    /// The file on the server.
    pub at: Location,
    /// The input or output.
    pub pipe: Pipe,
    /// The rules of the transfer.
    pub rules: JobRules,
    /// The progress, for the front end.
    pub progress: Arc<Progress>,
}

/// Transfers one file and sends the result. Dropping the receiver cancels the transfer.
pub(in crate::engine) async fn run(
    context: Arc<EngineContext>,
    tag: String,
    piped: Piped,
    mut answer: Answer<ItemReport>,
) {
    let (stop_request, stop_requests) = watch::channel(StopRequest::None);
    let work = tokio::spawn(one(context, tag, piped, stop_requests));
    tokio::pin!(work);
    let moved = tokio::select! {
        moved = &mut work => moved,
        () = answer.closed() => {
            stop_request.send_replace(StopRequest::Cancel);
            work.await
        }
    };
    let moved = moved.unwrap_or_else(|error| Err(failure::usage("copy", error.to_string())));
    // the receiver may be gone
    let _ = answer.send(moved);
}

async fn one(
    context: Arc<EngineContext>,
    tag: String,
    piped: Piped,
    stop_requests: watch::Receiver<StopRequest>,
) -> Result<ItemReport, Failure> {
    let started = Instant::now();
    let Piped { at, pipe, rules, progress } = piped;
    let mut watch = Watch::new(progress, stop_requests);
    let Some((site, path)) = at.remote().map(|(site, path)| (site.clone(), path.clone())) else {
        return Err(failure::usage("copy", "the file is local already"));
    };
    let mut leases = context.borrow(vec![site.clone()], Purpose::Work).await?;
    let Some(lease) = leases.first_mut() else {
        return Err(failure::usage("copy", "no session is available"));
    };
    let session = lease.session(&*context).await?;
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
    let checksum_unavailable = endpoint::checksum_unavailable(session, &rules);
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
            endpoint::check_writable(&at, "write the file")?;
            let refused = |error| failure::of_session(&site, "create the directory", &error);
            let refused_dir = if replaces { Ok(None) } else { make_parents(session, &path).await };
            let refused_dir = refused_dir.map_err(refused)?;
            let named = order.store == StoreAs::Name && site.use_temp_name != TempNames::Never;
            let order = Order {
                // the size is unknown, so an interruption would not be noticed
                temporary: named.then(|| temporary_name(&path, &tag)),
                replaces,
                ..order
            };
            let mut outcome = upload(session, &order, input, &mut watch).await;
            if let Some(aside) = &outcome.displaced {
                let put = match lease.session(&*context).await {
                    Ok(session) => backup::put_back(session, aside, &order.target).await,
                    Err(failure) => Err(failure),
                };
                match put {
                    Ok(true) => outcome.displaced = None,
                    Ok(false) => tracing::warn!(%aside, "the replaced file is not back"),
                    Err(error) => {
                        tracing::warn!(%aside, %error, "cannot rename the replaced file back");
                    }
                }
            }
            if let Some(stranded) = &outcome.stranded
                && outcome.displaced.is_none()
                && let Ok(session) = lease.session(&*context).await
                && backup::is_there(session, &order.target).await.unwrap_or(false)
            {
                outcome.leftover = Some(stranded.clone());
                outcome.stranded = None;
            }
            if let Some(leftover) = outcome.leftover.take() {
                clean(&context, lease, &leftover).await;
            }
            if let (Some(Fault::TargetRefused(_)), Some(error)) = (&outcome.fault, refused_dir) {
                return Err(refused(error));
            }
            outcome
        }
    };
    if outcome.verdict != Verdict::Failed {
        outcome.warning = outcome.warning.or(checksum_unavailable);
    }
    let aside = failure::names_now(&outcome);
    let fault = outcome.fault.as_ref();
    let failed = fault.map(failure::of_fault);
    let ending = Ending {
        verdict: Some(outcome.verdict),
        verified: outcome.verified(),
        via: Some(outcome.via),
        protected: outcome.protected,
        bytes: outcome.bytes,
        elapsed: started.elapsed(),
        reason: failed.as_ref().map(|failed| failed.reason() + &aside).or(outcome.warning),
        ..Ending::default()
    };
    Ok(ItemReport {
        item: NewItem::named("", false, source, Some(target)).with_id(ItemId(0), JobId(0)),
        state: if outcome.verdict == Verdict::Failed { ItemState::Failed } else { ItemState::Done },
        ending,
        failure: failed.map(|failed| failed.kind),
    })
}

/// Creates the missing directory of a file. Returns a refusal as a value, since the server may
/// accept the file nevertheless: a directory may exist that cannot be entered.
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

/// Deletes the partial file of a failed upload, on a new session if necessary.
async fn clean(context: &Arc<EngineContext>, lease: &mut Lease, leftover: &RemotePath) {
    let deleted = match lease.session(&**context).await {
        Ok(session) => Session::remove_file(session, leftover).await.map_err(|e| e.to_string()),
        Err(failure) => Err(failure.to_string()),
    };
    if let Err(error) = deleted {
        tracing::warn!(%leftover, %error, "cannot delete a partial file");
    }
}

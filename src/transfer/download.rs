//! From a server to this machine.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use tokio::fs;

use crate::base::RemotePath;
use crate::session::{OwnOrder, OwnVerb, Session, SessionError};
use crate::transfer::fault::Fault;
use crate::transfer::outcome::Outcome;
use crate::transfer::own::{arrived, begin, broke_off, last_words, local, of_data};
use crate::transfer::pump::{Broken, Drain, EndError, Feed, Flow, pump};
use crate::transfer::side::Side;
use crate::transfer::watch::Watch;

/// Where a download goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The file on the server.
    pub source: RemotePath,
    /// The file here.
    pub target: PathBuf,
    /// The free name here that it arrives under.
    pub temporary: PathBuf,
    /// Bytes, as the server told.
    pub size: Option<u64>,
    /// The time to give to the file.
    pub modified: Option<SystemTime>,
}

/// Downloads a file: under a temporary name, checked by its size, then renamed over what was
/// there. The flag says whether the data connection was encrypted; `None` when there was none.
///
/// A failed download leaves the old file as it was.
pub async fn download(
    session: &mut Session,
    order: &Download,
    watch: &mut Watch,
) -> (Outcome, Option<bool>) {
    let mut protected = None;
    let result = download_to_temporary(session, order, watch, &mut protected).await;
    let placed = match result {
        Ok(fetched) => match fs::rename(&order.temporary, &order.target).await {
            Ok(()) => Ok(fetched),
            Err(error) => Err(local(&order.target, &error)),
        },
        Err(fault) => Err(fault),
    };
    let outcome = match placed {
        Ok(Fetched { bytes, warning }) => Outcome { warning, ..arrived(bytes, order.size) },
        Err(fault) => {
            if let Err(error) = fs::remove_file(&order.temporary).await
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "a partial download cannot be deleted");
            }
            Outcome::failed(fault, watch.progress().bytes().unwrap_or(0))
        }
    };
    (outcome, protected)
}

async fn download_to_temporary(
    session: &mut Session,
    order: &Download,
    watch: &mut Watch,
    protected: &mut Option<bool>,
) -> Result<Fetched, Fault> {
    let here = |error: io::Error| local(&order.temporary, &error);
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).open(&order.temporary).await.map_err(here)?;
    let file = file.into_std().await;
    let times = file.try_clone().map_err(here)?;
    let sink = Sink { writer: Box::new(file), path: order.temporary.clone() };
    let fetched = fetch(session, &order.source, order.size, sink, watch, protected).await?;
    if let Some(want) = order.size.filter(|want| *want != fetched.bytes) {
        return Err(Fault::WrongSize { have: fetched.bytes, want, claimed: true });
    }
    if let Some(modified) = order.modified
        && let Err(error) = times.set_modified(modified)
    {
        tracing::debug!(%error, "the time of a download cannot be set");
    }
    Ok(fetched)
}

/// Where the bytes of a download are written.
pub struct Sink {
    /// Takes the bytes.
    pub writer: Box<dyn Write + Send>,
    /// What it is called in messages.
    pub path: PathBuf,
}

/// What came of reading a file.
#[derive(Debug)]
pub struct Fetched {
    /// Bytes that were read.
    pub bytes: u64,
    /// Something odd about a file that is whole all the same.
    pub warning: Option<String>,
}

/// Reads a file of the server into `sink`.
///
/// # Errors
/// [`Fault`]; what was read until then is in `sink`.
pub async fn fetch(
    session: &mut Session,
    source: &RemotePath,
    size: Option<u64>,
    sink: Sink,
    watch: &mut Watch,
    protected: &mut Option<bool>,
) -> Result<Fetched, Fault> {
    let own = OwnOrder {
        verb: OwnVerb::Retrieve,
        path: source,
        offset: 0,
        protection: session.site().data_protection,
    };
    let (data, pending) = begin(session, Side::Source, &own, watch).await?.apart();
    *protected = Some(data.is_tls());
    let flow = Flow { limit: session.limits().no_growth, offset: 0, size };
    let pumped = pump(Feed::Net(data), Drain::Local(sink.writer), flow, watch).await;
    let bytes = pumped.bytes;
    match (pumped.broken, pumped.feed) {
        (None, Some(data)) => match session.conclude(data, pending, "read the file").await {
            Ok(_) => Ok(Fetched { bytes, warning: None }),
            // all of it came: what the server says of its connection does not matter
            Err(SessionError::Refused { reply, .. }) if size == Some(bytes) => {
                let said = format!("the server said {} after all data", reply.shown());
                Ok(Fetched { bytes, warning: Some(said) })
            }
            Err(error) => Err(broke_off(Side::Source, error)),
        },
        (Some(Broken::Feed(error)), data) => {
            let heard = last_words(session, data, pending).await;
            Err(heard.map_or_else(
                || of_data(Side::Source, &error),
                |words| broke_off(Side::Source, words),
            ))
        }
        (Some(Broken::Drain(error)), data) => {
            drop(data);
            session.abandon(&pending).await;
            Err(match error {
                EndError::Local(error) => local(&sink.path, &error),
                error => of_data(Side::Destination, &error),
            })
        }
        (Some(Broken::Cancelled) | None, data) => {
            drop(data);
            session.abandon(&pending).await;
            Err(Fault::Cancelled)
        }
    }
}

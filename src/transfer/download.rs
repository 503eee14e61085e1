//! From a server to this machine.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::SystemTime;

use tokio::fs;

use crate::base::RemotePath;
use crate::base::rules::Verify;
use crate::ftp::Digest;
use crate::ftp::begun::announced_size;
use crate::session::{Comparison, OwnOrder, OwnVerb, Session, SessionError};
use crate::transfer::fault::Fault;
use crate::transfer::form::Form;
use crate::transfer::landing::{not_compared, verify};
use crate::transfer::outcome::Outcome;
use crate::transfer::own::{
    arrived, begin, broke_off, hasher_for, last_words, local, of_data, of_session,
};
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
    /// What is compared before the file counts as arrived.
    pub verify: Verify,
    /// How the bytes are carried.
    pub form: Form,
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
        Ok(fetched) => fetched.outcome(),
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
    let file = File {
        path: &order.source,
        size: order.size.filter(|_| order.verify != Verify::Off),
        verify: order.verify,
        form: order.form,
    };
    let fetched = fetch(session, file, sink, watch, protected).await?;
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

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sink").field(&self.path).finish()
    }
}

/// A file of the server that is read.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// Its path.
    pub path: &'a RemotePath,
    /// The bytes it must have, if known.
    pub size: Option<u64>,
    /// What is compared.
    pub verify: Verify,
    /// How the bytes are carried.
    pub form: Form,
}

/// What came of reading a file.
#[derive(Debug)]
pub struct Fetched {
    /// Bytes that were written here.
    pub bytes: u64,
    /// True when their number is the one that the server told.
    pub counted: bool,
    /// The digest that both sides have.
    pub digest: Option<Digest>,
    /// Something odd about a file that is whole all the same.
    pub warning: Option<String>,
}

impl Fetched {
    /// What is known of the file.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        let mut outcome = arrived(self.bytes, self.counted.then_some(self.bytes));
        if let Some(digest) = &self.digest {
            verify(&mut outcome, digest);
        }
        Outcome { warning: self.warning, ..outcome }
    }
}

/// Reads a file of the server into `sink`, and compares its size and digest.
///
/// # Errors
/// [`Fault`]; what was read until then is in `sink`.
pub async fn fetch(
    session: &mut Session,
    file: File<'_>,
    sink: Sink,
    watch: &mut Watch,
    protected: &mut Option<bool>,
) -> Result<Fetched, Fault> {
    let own = OwnOrder {
        verb: OwnVerb::Retrieve,
        path: file.path,
        offset: 0,
        text: file.form.is_text(),
        protection: session.site().data_protection,
    };
    let begun = begin(session, Side::Source, &own, watch).await?;
    let size = match file.form {
        // where SIZE is missing, the first reply often tells
        Form::Binary if file.verify != Verify::Off => {
            file.size.or_else(|| begun.begun().and_then(announced_size))
        }
        _ => None,
    };
    let (data, pending) = begun.apart();
    *protected = Some(data.is_tls());
    let hasher = hasher_for(session, file.verify).filter(|_| !file.form.is_text());
    let limit = session.limits().no_growth;
    let flow = Flow { limit, offset: 0, size, filter: file.form.receiving(), hasher };
    let pumped = pump(Feed::Net(data), Drain::Local(sink.writer), flow, watch).await;
    let bytes = pumped.bytes;
    let mut fetched = Fetched { bytes, counted: size.is_some(), digest: None, warning: None };
    match (pumped.broken, pumped.feed) {
        (None, Some(data)) => match session.conclude(data, pending, "read the file").await {
            Ok(_) => {}
            // all of it came: what the server says of its connection does not matter
            Err(SessionError::Refused { reply, .. }) if size == Some(bytes) => {
                fetched.warning = Some(format!("the server said {} after all data", reply.shown()));
            }
            Err(error) => return Err(broke_off(Side::Source, error)),
        },
        (Some(Broken::Feed(error)), data) => {
            let heard = last_words(session, data, pending).await;
            return Err(heard.map_or_else(
                || of_data(Side::Source, &error),
                |words| broke_off(Side::Source, words),
            ));
        }
        (Some(Broken::Drain(error)), data) => {
            drop(data);
            session.abandon(&pending).await;
            return Err(match error {
                EndError::Local(error) => local(&sink.path, &error),
                error => of_data(Side::Destination, &error),
            });
        }
        (Some(Broken::Cancelled) | None, data) => {
            drop(data);
            session.abandon(&pending).await;
            return Err(Fault::Cancelled);
        }
    }
    if let Some(want) = size.filter(|want| *want != bytes) {
        return Err(Fault::WrongSize { have: bytes, want, claimed: true });
    }
    let Some(ours) = pumped.digest else { return Ok(fetched) };
    let compared = session.compare_digest(file.path, &ours, bytes).await;
    match compared.map_err(|error| of_session(Side::Source, error))? {
        Comparison::Same => fetched.digest = Some(ours),
        Comparison::Differs(want) => return Err(Fault::WrongDigest { have: ours, want }),
        Comparison::Unknown(said) => {
            fetched.warning.get_or_insert_with(|| not_compared(said.as_ref()));
        }
    }
    Ok(fetched)
}

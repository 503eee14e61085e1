//! From a server to this machine.

use std::fmt;
use std::io::{self, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio::fs;
use tokio::io::AsyncSeekExt as _;

use crate::base::RemotePath;
use crate::base::rules::Verify;
use crate::ftp::Digest;
use crate::ftp::transfer_reply::announced_size;
use crate::session::{Comparison, Session, SessionError, TransferRequest, TransferVerb};
use crate::transfer::fault::Fault;
use crate::transfer::form::Form;
use crate::transfer::landing::{not_compared, verify};
use crate::transfer::outcome::Outcome;
use crate::transfer::own::{
    arrived, begin, broke_off, conclude, hasher_for, last_words, local, of_data, of_session, seeded,
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
    /// The name here that it arrives under: a free one, or that of a part of it; `None` where the
    /// part has the final name already.
    pub temporary: Option<PathBuf>,
    /// Bytes that are under that name, known to be those of the source (transfer rule 9); what is
    /// behind them there is cut off.
    pub offset: u64,
    /// True when a temporary file that a broken try leaves is worth keeping: a later try can go
    /// on where it ends.
    pub keep: bool,
    /// Bytes, as the server told.
    pub size: Option<u64>,
    /// The time to give to the file.
    pub modified: Option<SystemTime>,
    /// The permissions to give to the file, at most `0o777`.
    pub mode: Option<u32>,
    /// What is compared before the file counts as arrived.
    pub verify: Verify,
    /// How the bytes are carried.
    pub form: Form,
}

impl Download {
    fn stored_as(&self) -> &Path {
        self.temporary.as_ref().unwrap_or(&self.target)
    }
}

/// Downloads a file: under a temporary name, checked by its size, then renamed over what was
/// there. The flag says whether the data connection was encrypted; `None` when there was none.
///
/// A failed download leaves the old file as it was; what arrived until then is kept where the
/// order says so.
pub async fn download(
    session: &mut Session,
    order: &Download,
    watch: &mut Watch,
) -> (Outcome, Option<bool>) {
    let mut protected = None;
    let result = download_to_temporary(session, order, watch, &mut protected).await;
    if order.offset > 0 {
        session.reset_offset().await;
    }
    let placed = match (result, &order.temporary) {
        (Ok(fetched), Some(temporary)) => match fs::rename(temporary, &order.target).await {
            Ok(()) => Ok(fetched),
            Err(error) => Err(local(&order.target, &error)),
        },
        (fetched, _) => fetched,
    };
    let outcome = match placed {
        Ok(fetched) => fetched.outcome(),
        Err(fault) => give_up(order, fault, watch.progress().bytes().unwrap_or(0)).await,
    };
    (outcome, protected)
}

/// Keeps what a failed try left for a later one, or deletes it. A part under the final name is
/// the beginning of the source, and stays.
async fn give_up(order: &Download, fault: Fault, bytes: u64) -> Outcome {
    let keep = order.keep && fault.leaves_beginning() && bytes > 0;
    let mut outcome = Outcome::failed(fault, bytes);
    let Some(temporary) = &order.temporary else { return outcome };
    if keep {
        outcome.kept = true;
    } else if let Err(error) = fs::remove_file(temporary).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a partial download cannot be deleted");
    }
    outcome
}

/// The file here: a new one, or the part that is to go on.
async fn open(order: &Download) -> io::Result<std::fs::File> {
    let mut options = fs::OpenOptions::new();
    if order.offset == 0 {
        let file = options.write(true).create_new(true).open(order.stored_as()).await?;
        return Ok(file.into_std().await);
    }
    if fs::symlink_metadata(order.stored_as()).await?.is_symlink() {
        return Err(io::Error::other("a symbolic link has taken its place"));
    }
    let mut file = options.write(true).open(order.stored_as()).await?;
    file.set_len(order.offset).await?;
    file.seek(SeekFrom::Start(order.offset)).await?;
    Ok(file.into_std().await)
}

async fn download_to_temporary(
    session: &mut Session,
    order: &Download,
    watch: &mut Watch,
    protected: &mut Option<bool>,
) -> Result<Fetched, Fault> {
    let here = |error: io::Error| local(order.stored_as(), &error);
    let file = open(order).await.map_err(here)?;
    let times = file.try_clone().map_err(here)?;
    let (path, begins_at) = (order.stored_as().to_owned(), order.offset);
    let sink = Sink { writer: Box::new(file), path, begins_at };
    let file = File {
        path: &order.source,
        size: order.size.filter(|_| order.verify != Verify::Off),
        verify: order.verify,
        form: order.form,
    };
    let mut fetched = fetch(session, file, sink, watch, protected).await?;
    if let Some(modified) = order.modified
        && let Err(error) = times.set_modified(modified)
    {
        tracing::debug!(%error, "the time of a download cannot be set");
    }
    if let Some(mode) = order.mode
        && let Err(error) = set_mode(&times, mode)
    {
        fetched.warning = Some(format!("its permissions could not be set: {error}"));
    }
    Ok(fetched)
}

#[cfg(unix)]
fn set_mode(file: &std::fs::File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
}

/// Of a mode such a system knows whether the owner may write.
#[cfg(not(unix))]
fn set_mode(file: &std::fs::File, mode: u32) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(mode & 0o200 == 0);
    file.set_permissions(permissions)
}

/// Where the bytes of a download are written.
pub struct Sink {
    /// Takes the bytes.
    pub writer: Box<dyn Write + Send>,
    /// What it is called in messages; where a part is there already, the file itself.
    pub path: PathBuf,
    /// Bytes of the file that are there already.
    pub begins_at: u64,
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
    /// Bytes that are here now.
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
    let offset = sink.begins_at;
    let hasher = hasher_for(session, file.verify).filter(|_| !file.form.is_text());
    let hasher = seeded(hasher, &sink.path, offset).await?;
    let own = TransferRequest {
        verb: TransferVerb::Retrieve,
        path: file.path,
        offset,
        text: file.form.is_text(),
        protection: session.site().data_protection,
    };
    let begun = begin(session, Side::Source, &own, watch).await?;
    let size = match file.form {
        // where SIZE is missing, the first reply often tells; in the middle of a file, servers
        // tell either the whole or what is left
        Form::Binary if file.verify != Verify::Off => file
            .size
            .or_else(|| begun.first_reply().filter(|_| offset == 0).and_then(announced_size)),
        _ => None,
    };
    let (data, pending) = begun.into_parts();
    *protected = Some(data.is_tls());
    let limit = session.limits().no_growth;
    let flow = Flow { limit, offset, size, filter: file.form.receiving(), hasher };
    let pumped = pump(Feed::Net(data), Drain::Local(sink.writer), flow, watch).await;
    let bytes = offset + pumped.bytes;
    let mut fetched = Fetched { bytes, counted: size.is_some(), digest: None, warning: None };
    match (pumped.broken, pumped.feed) {
        (None, Some(data)) => match conclude(session, data, pending, "read the file", watch).await?
        {
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
            return Err(watch.stopped());
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

//! From a server to this machine.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::tz::TimeZone;
use tokio::fs;
use tokio::io::AsyncSeekExt as _;

use crate::base::rules::Verify;
use crate::ftp::transfer_reply::announced_size;
use crate::session::{Session, TransferVerb};
use crate::transfer::fault::Fault;
use crate::transfer::finish::compare_checksum;
use crate::transfer::local::{Output, hasher_for, seeded};
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Via};
use crate::transfer::plan::Side;
use crate::transfer::pump::Flow;
use crate::transfer::seam::{self, FileAt};
use crate::transfer::stream::{End, begin, stream};
use crate::transfer::watch::Watch;

/// The names of a download on this machine: those of [`Order::target`] and [`Order::temporary`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalTarget {
    /// The final name.
    pub path: PathBuf,
    /// The name that the file has until it is whole; `None` where a partial file has the final name
    /// already.
    pub temporary: Option<PathBuf>,
}

impl LocalTarget {
    fn stored_as(&self) -> &Path {
        self.temporary.as_ref().unwrap_or(&self.path)
    }
}

/// Downloads one file: under a temporary name, checked by its size, then renamed over what was
/// there.
///
/// A failed download leaves the old file as it was; what arrived until then is kept where the
/// order allows it.
pub async fn download(
    session: &mut Session,
    order: &Order,
    to: &LocalTarget,
    watch: &mut Watch,
) -> Outcome {
    let mut protected = None;
    let fetched = fetch_to_file(session, order, to, watch, &mut protected).await;
    if order.offset > 0 {
        session.reset_offset().await;
    }
    let placed = match (fetched, &to.temporary) {
        (Ok(outcome), Some(temporary)) => match fs::rename(temporary, &to.path).await {
            Ok(()) => Ok(outcome),
            Err(error) => Err(Fault::local(&to.path, &error)),
        },
        (fetched, _) => fetched,
    };
    let outcome = match placed {
        Ok(outcome) => outcome,
        Err(fault) => give_up(order, to, fault, watch).await,
    };
    Outcome { protected, ..outcome }
}

/// Keeps what a failed attempt left for a later one, or deletes it. A partial file under the final
/// name is the beginning of the source, and stays.
async fn give_up(order: &Order, to: &LocalTarget, fault: Fault, watch: &Watch) -> Outcome {
    let bytes = watch.progress().bytes().unwrap_or(0);
    let keep = order.keep && fault.leaves_beginning() && bytes > 0;
    let mut outcome = Outcome::failed(Via::Download, fault, bytes);
    let Some(temporary) = &to.temporary else { return outcome };
    if keep {
        outcome.kept = true;
    } else if let Err(error) = fs::remove_file(temporary).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a partial download cannot be deleted");
    }
    outcome
}

/// Opens a new file, or the partial file that will be resumed; what is behind the offset there is
/// cut off.
async fn open(path: &Path, offset: u64) -> io::Result<std::fs::File> {
    let mut options = fs::OpenOptions::new();
    if offset == 0 {
        let file = options.write(true).create_new(true).open(path).await?;
        return Ok(file.into_std().await);
    }
    if fs::symlink_metadata(path).await?.is_symlink() {
        return Err(io::Error::other("it has been replaced by a symbolic link"));
    }
    let mut file = options.write(true).open(path).await?;
    file.set_len(offset).await?;
    file.seek(SeekFrom::Start(offset)).await?;
    Ok(file.into_std().await)
}

async fn fetch_to_file(
    session: &mut Session,
    order: &Order,
    to: &LocalTarget,
    watch: &mut Watch,
    protected: &mut Option<bool>,
) -> Result<Outcome, Fault> {
    let path = to.stored_as();
    let failed = |error: io::Error| Fault::local(path, &error);
    let file = open(path, order.offset).await.map_err(failed)?;
    let attributes = file.try_clone().map_err(failed)?;
    let output = Output { writer: Box::new(file), path: path.to_owned() };
    let mut outcome = fetch(session, order, output, watch, protected).await?;
    let modified = order.modified.as_ref().and_then(|stamp| stamp.at.to_zoned(TimeZone::UTC).ok());
    if let Some(modified) = modified
        && let Err(error) = attributes.set_modified(SystemTime::from(modified))
    {
        tracing::debug!(%error, "the time of a download cannot be set");
    }
    if let Some(mode) = order.mode
        && let Err(error) = set_mode(&attributes, mode)
    {
        outcome.warning = Some(format!("permissions could not be set: {error}"));
    }
    Ok(outcome)
}

#[cfg(unix)]
fn set_mode(file: &std::fs::File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))
}

/// Such a system only knows whether the owner may write.
#[cfg(not(unix))]
fn set_mode(file: &std::fs::File, mode: u32) -> io::Result<()> {
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(mode & 0o200 == 0);
    file.set_permissions(permissions)
}

/// Reads the source of `order` into `output`, and compares its size and checksum. `protected`
/// becomes true or false once there is a data connection: whether it is encrypted.
///
/// # Errors
/// [`Fault`]; what was read until then is in `output`.
pub async fn fetch(
    session: &mut Session,
    order: &Order,
    output: Output,
    watch: &mut Watch,
    protected: &mut Option<bool>,
) -> Result<Outcome, Fault> {
    let offset = order.offset;
    let hasher = hasher_for(session, order.verify).filter(|_| !order.form.is_text());
    let hasher = seeded(hasher, &output.path, offset).await?;
    let protection = session.site().data_protection;
    let begun = begin(session, TransferVerb::Retrieve, order, protection, watch).await?;
    *protected = Some(begun.data.is_tls());
    // where SIZE is missing, the first reply often has the size; in the middle of a file, servers
    // report either the whole or what is left
    let announced = begun.first_reply().filter(|_| offset == 0).and_then(announced_size);
    let size = match order.verify {
        Verify::Off => None,
        _ if order.form.is_text() => None,
        _ => order.size.or(announced),
    };
    let limit = session.limits().no_growth;
    let flow = Flow { limit, offset, size, filter: order.form.receiving(), hasher };
    let to = End::Local(&output.path, output.writer);
    let streamed = stream(End::Server(session, begun), to, flow, watch).await?;
    let mut outcome = Outcome::arrived(Via::Download, streamed.bytes, size.is_some());
    outcome.warning = streamed.warning;
    if let Some(ours) = streamed.digest {
        compare_checksum(session, Side::Source, &order.source, ours, offset, &mut outcome).await?;
    } else if offset > 0 {
        let from = FileAt::Server(session, &order.source, protection);
        seam::prove(from, FileAt::Local(&output.path), offset, streamed.bytes).await?;
    }
    Ok(outcome)
}

//! What all transfers through this machine have in common: how they begin, and what a failure
//! of theirs means.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::base::rules::Verify;
use crate::ftp::{Algorithm, Digest, Hasher, Reply};
use crate::net::{DataConnection, NetError};
use crate::session::{LocalTransfer, PendingReply, Session, SessionError, TransferRequest};
use crate::transfer::fault::{DATA, Fault, refused_target};
use crate::transfer::outcome::{Outcome, Verdict};
use crate::transfer::pump::EndError;
use crate::transfer::side::Side;
use crate::transfer::watch::Watch;

/// Begins one side's transfer, unless the user cancels.
pub(super) async fn begin(
    session: &mut Session,
    side: Side,
    order: &TransferRequest<'_>,
    watch: &mut Watch,
) -> Result<LocalTransfer, Fault> {
    let begun = tokio::select! {
        begun = session.start(order) => Some(begun),
        () = watch.cancelled() => None,
    };
    match begun {
        Some(begun) => {
            let begun = begun.map_err(|error| of_session(side, error))?;
            if side == Side::Destination && begun.first_reply().is_some() {
                watch.begun();
            }
            Ok(begun)
        }
        None => {
            // which replies are still to come is not known
            session.poison();
            Err(watch.stopped())
        }
    }
}

/// Hears the final reply of a transfer whose data has ended, unless the user stops it: much of it
/// may still be on its way then, and the session is of no use any more.
pub(super) async fn conclude(
    session: &mut Session,
    data: DataConnection,
    pending: PendingReply,
    step: &str,
    watch: &mut Watch,
) -> Result<Result<Reply, SessionError>, Fault> {
    let ended = tokio::select! {
        ended = session.finish_transfer(data, pending, step) => Some(ended),
        () = watch.cancelled() => None,
    };
    ended.ok_or_else(|| {
        session.poison();
        watch.stopped()
    })
}

/// True when something may be stored after this beginning of a `STOR`.
pub(super) fn may_have_stored(session: &Session, begun: &Result<LocalTransfer, Fault>) -> bool {
    match begun {
        Ok(_) => true,
        Err(
            Fault::TargetRefused(_)
            | Fault::NoSpace(_)
            | Fault::Command(_)
            | Fault::RestRefused { .. },
        ) => false,
        Err(_) => session.transfer_command_sent(),
    }
}

/// The server's own words for a broken data connection are better than ours: disk full, quota,
/// session reuse. `None` when it has none.
pub(super) async fn last_words(
    session: &mut Session,
    data: Option<DataConnection>,
    pending: PendingReply,
) -> Option<SessionError> {
    let Some(data) = data else {
        session.abandon(&pending).await;
        return None;
    };
    session.failure_reply(data, pending, "move the file").await
}

/// What computes the digest that this server can be asked for, where digests are wanted.
pub(super) fn hasher_for(session: &Session, verify: Verify) -> Option<Hasher> {
    let algorithm = session.digests().strongest().next()?;
    (verify == Verify::Checksum).then(|| Hasher::new(algorithm))
}

/// The hasher, having seen the first `bytes` of a file of this machine: those that are not moved
/// again.
///
/// # Errors
/// [`Fault::Local`] when the file cannot be read, or has not so many.
pub(super) async fn seeded(
    hasher: Option<Hasher>,
    path: &Path,
    bytes: u64,
) -> Result<Option<Hasher>, Fault> {
    let hasher = match hasher {
        Some(hasher) if bytes > 0 => hasher,
        hasher => return Ok(hasher),
    };
    let hashed = hash_beginning(hasher, path.to_owned(), bytes).await;
    hashed.map(Some).map_err(|error| local(path, &error))
}

/// The digest of the first `bytes` of a file of this machine.
///
/// # Errors
/// Those of the file system; [`io::ErrorKind::UnexpectedEof`] when it has not so many.
pub async fn digest_of_beginning(
    path: &Path,
    bytes: u64,
    algorithm: Algorithm,
) -> io::Result<Digest> {
    hash_beginning(Hasher::new(algorithm), path.to_owned(), bytes).await.map(Hasher::finish)
}

async fn hash_beginning(mut hasher: Hasher, path: PathBuf, bytes: u64) -> io::Result<Hasher> {
    let hash = move || {
        let mut file = File::open(path)?.take(bytes);
        let mut buffer = vec![0; 256 * 1024];
        let mut seen = 0;
        while seen < bytes {
            match file.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    seen += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(hasher)
    };
    spawn_blocking(hash).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// All bytes arrived; `confirmed` is the size that the other side tells.
pub(super) fn arrived(bytes: u64, confirmed: Option<u64>) -> Outcome {
    let verdict = if confirmed.is_some() { Verdict::Complete } else { Verdict::Unverified };
    Outcome::new(verdict, bytes)
}

/// A failure of a session as a failure of a transfer.
pub(super) fn of_session(side: Side, error: SessionError) -> Fault {
    match error {
        SessionError::Refused { reply, .. } => match side {
            Side::Source => Fault::SourceRefused(reply),
            Side::Destination => refused_target(reply),
        },
        SessionError::RestRefused { reply } => Fault::RestRefused { side, reply },
        SessionError::ProtectionRefused { .. } | SessionError::NoTls => {
            Fault::Unprotected(match side {
                Side::Source => "the source does not protect its data connections",
                Side::Destination => "the destination does not protect its data connections",
            })
        }
        SessionError::Command(error) => Fault::Command(error),
        SessionError::Net { source: NetError::Timeout { after, .. }, .. } => {
            Fault::Silent { step: DATA, seconds: after.as_secs() }
        }
        error => Fault::Lost { side, why: error.to_string() },
    }
}

/// A failure of a session after its server had begun to move data: something of the file may be
/// there.
pub(super) fn broke_off(side: Side, error: SessionError) -> Fault {
    match of_session(side, error) {
        Fault::TargetRefused(reply) | Fault::SourceRefused(reply) => {
            Fault::BrokeOff { side, reply }
        }
        fault => fault,
    }
}

/// A data connection that broke, where the server has no words for it.
pub(super) fn of_data(side: Side, error: &EndError) -> Fault {
    match error {
        EndError::Net(NetError::Timeout { after, .. }) => {
            Fault::Silent { step: DATA, seconds: after.as_secs() }
        }
        error => Fault::Lost { side, why: format!("the data connection: {error}") },
    }
}

/// The file system of this machine refused.
pub(super) fn local(path: &Path, error: &io::Error) -> Fault {
    Fault::Local {
        path: path.to_owned(),
        why: error.to_string(),
        full: error.kind() == io::ErrorKind::StorageFull,
    }
}

//! What all transfers through this machine have in common: how they begin, and what a failure
//! of theirs means.

use std::io;
use std::path::Path;

use crate::base::rules::Verify;
use crate::ftp::Hasher;
use crate::net::{DataConnection, NetError};
use crate::session::{OwnOrder, OwnTransfer, Pending, Session, SessionError};
use crate::transfer::fault::{DATA, Fault, refused_target};
use crate::transfer::outcome::{Outcome, Verdict};
use crate::transfer::pump::EndError;
use crate::transfer::side::Side;
use crate::transfer::watch::Watch;

/// Begins one side's transfer, unless the user cancels.
pub(super) async fn begin(
    session: &mut Session,
    side: Side,
    order: &OwnOrder<'_>,
    watch: &mut Watch,
) -> Result<OwnTransfer, Fault> {
    let begun = tokio::select! {
        begun = session.start(order) => Some(begun),
        () = watch.cancelled() => None,
    };
    match begun {
        Some(begun) => begun.map_err(|error| of_session(side, error)),
        None => {
            // which replies are still to come is not known
            session.condemn();
            Err(Fault::Cancelled)
        }
    }
}

/// True when something may be stored after this beginning of a `STOR`.
pub(super) fn may_have_stored(session: &Session, begun: &Result<OwnTransfer, Fault>) -> bool {
    match begun {
        Ok(_) => true,
        Err(Fault::TargetRefused(_) | Fault::NoSpace(_) | Fault::Command(_)) => false,
        Err(_) => session.sent_transfer(),
    }
}

/// The server's own words for a broken data connection are better than ours: disk full, quota,
/// session reuse. `None` when it has none.
pub(super) async fn last_words(
    session: &mut Session,
    data: Option<DataConnection>,
    pending: Pending,
) -> Option<SessionError> {
    let Some(data) = data else {
        session.abandon(&pending).await;
        return None;
    };
    match session.conclude(data, pending, "move the file").await {
        Err(error @ SessionError::Refused { .. }) => Some(error),
        Err(_) | Ok(_) => None,
    }
}

/// What computes the digest that this server can be asked for, where digests are wanted.
pub(super) fn hasher_for(session: &Session, verify: Verify) -> Option<Hasher> {
    let algorithm = session.digests().strongest().next()?;
    (verify == Verify::Checksum).then(|| Hasher::new(algorithm))
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
        SessionError::ProtectionRefused { .. } => Fault::Unprotected(match side {
            Side::Source => "the source does not protect its data connections",
            Side::Destination => "the destination does not protect its data connections",
        }),
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

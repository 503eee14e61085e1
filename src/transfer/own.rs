//! Files between a server and this machine: download and upload.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::base::{RemotePath, Stamp};
use crate::session::{Session, SessionError};
use crate::transfer::fault::{DATA, Fault, refused_target};
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict};
use crate::transfer::place::{Next, Place};
use crate::transfer::side::Side;
use crate::transfer::watch::Watch;

/// How much is moved at once.
const CHUNK: usize = 128 * 1024;

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
    pub modified: Option<std::time::SystemTime>,
}

/// Downloads a file: under a temporary name, checked by its size, then renamed over what was
/// there.
///
/// A failed download leaves the old file as it was.
pub async fn download(session: &mut Session, order: &Download, watch: &mut Watch) -> Outcome {
    let result = download_to_temporary(session, order, watch).await;
    let placed = match result {
        Ok(bytes) => match fs::rename(&order.temporary, &order.target).await {
            Ok(()) => Ok(bytes),
            Err(error) => Err(local(&order.target, &error)),
        },
        Err(fault) => Err(fault),
    };
    match placed {
        Ok(bytes) => arrived(bytes, order.size),
        Err(fault) => {
            if let Err(error) = fs::remove_file(&order.temporary).await
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "a partial download cannot be deleted");
            }
            Outcome::failed(fault, watch.progress().bytes().unwrap_or(0))
        }
    }
}

async fn download_to_temporary(
    session: &mut Session,
    order: &Download,
    watch: &mut Watch,
) -> Result<u64, Fault> {
    let here = |error: io::Error| local(&order.temporary, &error);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&order.temporary)
        .await
        .map_err(here)?;
    let bytes = fetch(session, &order.source, &mut file, watch).await?;
    file.flush().await.map_err(here)?;
    if let Some(want) = order.size.filter(|want| *want != bytes) {
        return Err(Fault::WrongSize { have: bytes, want, claimed: true });
    }
    if let Some(modified) = order.modified {
        let file = file.into_std().await;
        if let Err(error) = file.set_modified(modified) {
            tracing::debug!(%error, "the time of a download cannot be set");
        }
    }
    Ok(bytes)
}

/// Reads a file of the server into `sink` and returns the number of bytes.
///
/// # Errors
/// [`Fault`]; what was written until then is in `sink`.
pub async fn fetch(
    session: &mut Session,
    source: &RemotePath,
    sink: &mut (impl AsyncWrite + Unpin),
    watch: &mut Watch,
) -> Result<u64, Fault> {
    let limit = session.limits().no_growth;
    let mut transfer =
        session.retrieve(source, 0).await.map_err(|error| of_session(Side::Source, error))?;
    watch.progress().flow();
    watch.progress().set_bytes(0);
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let read = tokio::select! {
            read = transfer.data.read(&mut buffer, limit) => read,
            () = watch.cancelled() => {
                session.condemn();
                return Err(Fault::Cancelled);
            }
        };
        let count = match read {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                session.condemn();
                return Err(Fault::Lost { side: Side::Source, why: error.to_string() });
            }
        };
        if let Err(error) = sink.write_all(&buffer[..count]).await {
            session.condemn();
            return Err(local(Path::new("the target"), &error));
        }
        bytes += count as u64;
        watch.progress().set_bytes(bytes);
    }
    session
        .end(transfer, "read the file")
        .await
        .map_err(|error| of_session(Side::Source, error))?;
    Ok(bytes)
}

/// Uploads `source` by this order: STOR, the size asked afterwards, then the final name.
///
/// The same rules as between servers hold (design rule 2): what exists is only replaced by a file
/// that has arrived whole.
pub async fn upload(
    session: &mut Session,
    source: &mut (impl AsyncRead + Unpin),
    order: &Order,
    watch: &mut Watch,
) -> Outcome {
    let sent = match send(session, source, order.stored_as(), watch).await {
        Ok(sent) => sent,
        Err(fault) => return give_up(session, order, fault, watch).await,
    };
    if let Some(want) = order.size.filter(|want| *want != sent) {
        let fault = Fault::WrongSize { have: sent, want, claimed: false };
        return give_up(session, order, fault, watch).await;
    }
    match finish(session, order, sent).await {
        Ok((confirmed, warning)) => {
            let outcome = arrived(sent, confirmed);
            Outcome { warning, ..outcome }
        }
        Err(fault) => give_up(session, order, fault, watch).await,
    }
}

async fn send(
    session: &mut Session,
    source: &mut (impl AsyncRead + Unpin),
    name: &RemotePath,
    watch: &mut Watch,
) -> Result<u64, Fault> {
    let limit = session.limits().no_growth;
    let at_target = |error| of_session(Side::Destination, error);
    let mut transfer = session.store(name, 0).await.map_err(at_target)?;
    watch.progress().flow();
    watch.progress().set_bytes(0);
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let count = match source.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => {
                session.condemn();
                return Err(local(Path::new("the source"), &error));
            }
        };
        let written = tokio::select! {
            written = transfer.data.write(&buffer[..count], limit) => written,
            () = watch.cancelled() => {
                session.condemn();
                return Err(Fault::Cancelled);
            }
        };
        if written.is_err() {
            // the server's own words say more than a broken pipe: disk full, quota …
            return Err(match session.end(transfer, "write the file").await {
                Err(error) => broke_off(error),
                Ok(_) => {
                    session.condemn();
                    let why = "the data connection broke".to_owned();
                    Fault::Lost { side: Side::Destination, why }
                }
            });
        }
        bytes += count as u64;
        watch.progress().set_bytes(bytes);
    }
    session.end(transfer, "write the file").await.map_err(broke_off)?;
    Ok(bytes)
}

/// A refusal after the server had begun to store: something of the file may be there.
fn broke_off(error: SessionError) -> Fault {
    match of_session(Side::Destination, error) {
        Fault::TargetRefused(reply) => Fault::BrokeOff { side: Side::Destination, reply },
        fault => fault,
    }
}

/// Checks the size, sets the time, gives the final name.
async fn finish(
    session: &mut Session,
    order: &Order,
    sent: u64,
) -> Result<(Option<u64>, Option<String>), Fault> {
    let at_target = |error| of_session(Side::Destination, error);
    let name = order.stored_as();
    let confirmed =
        if order.checks_size() { session.size(name).await.map_err(at_target)? } else { None };
    if let Some(have) = confirmed.filter(|have| *have != sent) {
        return Err(Fault::WrongSize { have, want: sent, claimed: true });
    }
    if let Some(modified) = &order.modified {
        set_time(session, name, modified).await.map_err(at_target)?;
    }
    let Some(temporary) = &order.temporary else { return Ok((confirmed, None)) };
    let mut place = Place::new(temporary.clone(), order.target.clone(), order.replaces, false);
    let mut commands = place.first()?;
    loop {
        let Some((command, expect)) = commands.pop() else { return Ok((confirmed, None)) };
        let reply = session.ask(command).await.map_err(at_target)?;
        match place.answered(expect, reply)? {
            Next::Wait => {}
            Next::Send(next) => commands = next,
            Next::Placed(warning) => return Ok((confirmed, warning)),
            Next::Refused(reply) => return Err(Fault::Rename(reply)),
        }
    }
}

async fn set_time(
    session: &mut Session,
    name: &RemotePath,
    modified: &Stamp,
) -> Result<(), SessionError> {
    if !session.set_modified(name, modified).await? {
        tracing::debug!(%name, "the server does not set times");
    }
    Ok(())
}

/// Deletes what a failed upload left, where it is ours and the session still lives.
async fn give_up(session: &mut Session, order: &Order, fault: Fault, watch: &Watch) -> Outcome {
    let mut outcome = Outcome::failed(fault, watch.progress().bytes().unwrap_or(0));
    let refused = matches!(outcome.fault, Some(Fault::TargetRefused(_) | Fault::Command(_)));
    if refused || order.is_in_place() {
        return outcome;
    }
    let deleted = session.is_usable() && session.remove_file(order.stored_as()).await.is_ok();
    if !deleted {
        outcome.leftover = Some(order.stored_as().clone());
    }
    outcome
}

/// All bytes arrived; `confirmed` is the size that the other side tells.
fn arrived(bytes: u64, confirmed: Option<u64>) -> Outcome {
    let verdict = if confirmed.is_some() { Verdict::Complete } else { Verdict::Unverified };
    Outcome::new(verdict, bytes)
}

/// A failure of a session as a failure of a transfer.
pub fn of_session(side: Side, error: SessionError) -> Fault {
    match error {
        SessionError::Refused { reply, .. } | SessionError::ProtectionRefused { reply } => {
            match side {
                Side::Source => Fault::SourceRefused(reply),
                Side::Destination => refused_target(reply),
            }
        }
        SessionError::Command(error) => Fault::Command(error),
        SessionError::Net { source: crate::net::NetError::Timeout { after, .. }, .. } => {
            Fault::Silent { step: DATA, seconds: after.as_secs() }
        }
        error => Fault::Lost { side, why: error.to_string() },
    }
}

fn local(path: &Path, error: &io::Error) -> Fault {
    Fault::Local {
        path: path.to_owned(),
        why: error.to_string(),
        full: error.kind() == io::ErrorKind::StorageFull,
    }
}

//! What a file that was sent from here needs at its destination: the check of its size, its time,
//! its final name; or its removal when it did not arrive.
//!
//! The rules are those between two servers (transfer rules 2, 8 and 12): what exists is only
//! replaced by a file that has arrived whole.

use crate::base::{RemotePath, Stamp};
use crate::ftp::{Digest, Reply};
use crate::session::{Comparison, Session, SessionError};
use crate::transfer::fault::Fault;
use crate::transfer::order::Order;
use crate::transfer::outcome::{Outcome, Verdict};
use crate::transfer::own::{arrived, of_session};
use crate::transfer::place::{Next, Place};
use crate::transfer::side::Side;

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Bytes in all, those of earlier tries included.
    pub(super) bytes: u64,
    /// The size that the file must have now; `None` where that cannot be said.
    pub(super) size: Option<u64>,
    /// The digest of the whole file.
    pub(super) digest: Option<Digest>,
    /// Something odd.
    pub(super) warning: Option<String>,
}

/// Why a file did not come to stand where it should.
#[derive(Debug)]
pub(super) struct Stranded {
    fault: Fault,
    /// The old file's name, when it was renamed aside and did not come back.
    displaced: Option<RemotePath>,
}

impl From<Fault> for Stranded {
    fn from(fault: Fault) -> Self {
        Self { fault, displaced: None }
    }
}

/// Checks size and digest, sets the time, gives the final name.
pub(super) async fn land(
    session: &mut Session,
    order: &Order,
    sent: Sent,
) -> Result<Outcome, Stranded> {
    let at_target = |error| of_session(Side::Destination, error);
    let name = order.stored_as();
    let expected = sent.size.filter(|_| order.checks_size());
    let mut confirmed = None;
    if let Some(want) = expected {
        confirmed = session.size(name).await.map_err(at_target)?;
        if let Some(have) = confirmed.filter(|have| *have != want) {
            return Err(Fault::WrongSize { have, want, claimed: true }.into());
        }
    }
    let mut outcome = arrived(sent.bytes, confirmed);
    outcome.warning = sent.warning;
    if let Some(ours) = &sent.digest {
        match session.compare_digest(name, ours, sent.bytes).await.map_err(at_target)? {
            Comparison::Same => verify(&mut outcome, ours),
            Comparison::Differs(have) => {
                return Err(Fault::WrongDigest { have, want: ours.clone() }.into());
            }
            Comparison::Unknown(said) => {
                outcome.warning.get_or_insert_with(|| not_compared(said.as_ref()));
            }
        }
    }
    if let Some(modified) = &order.modified {
        set_time(session, name, modified).await.map_err(at_target)?;
    }
    if let Some(mode) = order.mode {
        outcome.mode_refusal = session.set_mode(name, mode).await.map_err(at_target)?;
    }
    let Some(temporary) = &order.temporary else { return Ok(outcome) };
    let mut place = Place::new(temporary.clone(), order.target.clone(), order.replaces, false);
    let renamed = rename(session, &mut place).await;
    outcome.displaced = place.displaced().cloned();
    match renamed {
        Ok(warning) => outcome.warning = outcome.warning.or(warning),
        // only the old file is still to go
        Err(_) if place.is_placed() => {}
        Err(fault) => return Err(Stranded { fault, displaced: outcome.displaced }),
    }
    Ok(outcome)
}

/// Gives the final name; perhaps with something to tell.
async fn rename(session: &mut Session, place: &mut Place) -> Result<Option<String>, Fault> {
    let mut commands = place.first()?;
    while let Some((command, expect)) = commands.pop() {
        let asked = session.ask(command).await;
        let reply = asked.map_err(|error| of_session(Side::Destination, error))?;
        match place.answered(expect, reply)? {
            Next::Wait => {}
            Next::Send(next) => commands = next,
            Next::Placed(warning) => return Ok(warning),
            Next::Refused(reply) => return Err(Fault::Rename(reply)),
        }
    }
    Ok(None)
}

/// Both sides have the same digest.
pub(super) fn verify(outcome: &mut Outcome, digest: &Digest) {
    outcome.verdict = Verdict::Verified;
    outcome.digest = Some(digest.algorithm);
}

/// Why a digest that was asked for proves nothing.
pub(super) fn not_compared(said: Option<&Reply>) -> String {
    let said = said.map(|reply| format!(": the server answered {}", reply.shown()));
    format!("digests could not be compared{}", said.unwrap_or_default())
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

/// Keeps what a failed try left for a later one, or deletes it, where it is ours: the name was
/// free, and the server had accepted `STOR`, or may have. A temporary name is nobody else's.
pub(super) async fn give_up(
    session: &mut Session,
    order: &Order,
    accepted: bool,
    Stranded { fault, displaced }: Stranded,
    bytes: u64,
) -> Outcome {
    let keep = order.keep && order.temporary.is_some() && fault.leaves_beginning();
    let mut outcome = Outcome { displaced, ..Outcome::failed(fault, bytes) };
    if !accepted || !order.is_ours() {
        return outcome;
    }
    if keep && bytes > 0 {
        outcome.kept = true;
        return outcome;
    }
    let name = order.stored_as();
    let deleted = session.is_usable() && session.remove_file(name).await.is_ok();
    if !deleted {
        outcome.leftover = Some(name.clone());
    }
    outcome
}

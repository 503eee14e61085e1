//! What a file that was sent from here needs at its destination: the check of its size, its time,
//! its final name; or its removal when it did not arrive.
//!
//! The rules are those between two servers (design rules 2, 8 and 12): what exists is only
//! replaced by a file that has arrived whole.

use crate::base::{RemotePath, Stamp};
use crate::session::{Session, SessionError};
use crate::transfer::fault::Fault;
use crate::transfer::order::Order;
use crate::transfer::outcome::Outcome;
use crate::transfer::own::of_session;
use crate::transfer::place::{Next, Place};
use crate::transfer::side::Side;

/// What is known of a file that has its final name.
#[derive(Debug)]
pub(super) struct Landed {
    /// Its size, as the server told.
    pub(super) confirmed: Option<u64>,
    /// Something odd.
    pub(super) warning: Option<String>,
}

/// Checks the size, sets the time, gives the final name. `sent` bytes were sent.
pub(super) async fn land(session: &mut Session, order: &Order, sent: u64) -> Result<Landed, Fault> {
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
    let Some(temporary) = &order.temporary else { return Ok(Landed { confirmed, warning: None }) };
    let mut place = Place::new(temporary.clone(), order.target.clone(), order.replaces, false);
    let mut commands = place.first()?;
    loop {
        let Some((command, expect)) = commands.pop() else {
            return Ok(Landed { confirmed, warning: None });
        };
        let reply = session.ask(command).await.map_err(at_target)?;
        match place.answered(expect, reply)? {
            Next::Wait => {}
            Next::Send(next) => commands = next,
            Next::Placed(warning) => return Ok(Landed { confirmed, warning }),
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

/// Deletes what a failed try left, where it is ours: the name was free, and the server had
/// accepted `STOR`, or may have. A temporary name is nobody else's.
pub(super) async fn give_up(
    session: &mut Session,
    order: &Order,
    accepted: bool,
    fault: Fault,
    bytes: u64,
) -> Outcome {
    let mut outcome = Outcome::failed(fault, bytes);
    if !accepted || order.is_in_place() {
        return outcome;
    }
    let name = order.stored_as();
    let deleted = session.is_usable() && session.remove_file(name).await.is_ok();
    if !deleted {
        outcome.leftover = Some(name.clone());
    }
    outcome
}

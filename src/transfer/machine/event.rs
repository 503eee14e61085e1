//! What goes into the machine and what comes out of it.

use std::net::SocketAddr;

use crate::ftp::{Command, Reply};
use crate::transfer::side::Side;

/// What happens to a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A server answered.
    Reply(Side, Reply),
    /// A control connection is gone, and why.
    Lost(Side, String),
    /// The limit that was armed last has passed; seconds it lasted.
    Expired(u64),
    /// Data has been flowing for so long that the source may have changed meanwhile.
    Long,
    /// The user wants it to end.
    Cancel,
    /// It is to end now, and will go on later.
    Interrupt,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send these in one write.
    Send(Side, Vec<Command>),
    /// From now on this limit applies, counted anew.
    Arm(Limit),
    /// Connect to this address and close at once: it frees a passive side that waits for a peer
    /// that will not come (docs/servers.md "The destination is stuck after a failed RETR").
    Knock(SocketAddr),
    /// Data flows: progress can be asked for.
    Flowing,
    /// The transfer has ended; [`super::Machine::into_outcome`] tells how.
    End,
}

/// Which time limit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// One reply.
    Reply,
    /// Both sides having begun.
    SetUp,
    /// A digest being computed: longer for a large file.
    Digest,
    /// Data flowing.
    Data,
    /// One side has ended; the other one has this long to do so too.
    Tail,
    /// Something failed; what is still to come has this long.
    Grace,
    /// As [`Limit::Grace`], where the pending replies mean nothing any more.
    Brief,
}

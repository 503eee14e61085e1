//! What goes into the machine and what comes out of it.

use std::net::SocketAddr;

use crate::ftp::{Command, Reply};
use crate::transfer::plan::Side;

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
    /// The user cancels it.
    Cancel,
    /// It stops now, and will be resumed later.
    Interrupt,
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send these in one write.
    Send(Side, Vec<Command>),
    /// From now on this limit applies, counted from zero.
    Arm(Limit),
    /// Connect to this address and close at once: it unblocks a passive side that waits for a peer
    /// that will not connect (docs/servers.md "The destination is stuck after a failed RETR").
    UnblockListener(SocketAddr),
    /// Data flows: progress can be asked for.
    Flowing,
    /// The transfer has ended; [`super::Machine::into_outcome`] has the result.
    End,
}

/// Which time limit applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// One reply.
    Reply,
    /// Both sides must begin.
    SetUp,
    /// A checksum is computed: longer for a large file.
    Digest,
    /// Data flowing.
    Data,
    /// One side has ended; the other one must end, too.
    Tail,
    /// Something failed; pending replies are collected.
    Grace,
    /// As [`Limit::Grace`], where the pending replies do not matter any more.
    Brief,
}

//! How a file shall go from server to server.

use crate::transfer::side::{PassiveSide, Side};

/// How the passive side is asked for its port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PassiveCommand {
    /// `PASV` (RFC 959).
    Pasv,
    /// `EPSV`, for IPv6 (RFC 2428).
    Epsv,
    /// `CPSV`: like PASV, and the passive side becomes the TLS client.
    Cpsv,
}

impl PassiveCommand {
    /// The word that is sent.
    #[must_use]
    pub fn verb(self) -> &'static str {
        match self {
            Self::Pasv => "PASV",
            Self::Epsv => "EPSV",
            Self::Cpsv => "CPSV",
        }
    }
}

/// One way between two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plan {
    /// Who listens.
    pub passive: PassiveSide,
    /// How it is asked to.
    pub command: PassiveCommand,
    /// True when data goes under TLS (PROT P on both sides).
    pub protected: bool,
    /// Which side is made the TLS client by SSCN; `None` in the clear and with CPSV.
    pub sscn: Option<Side>,
    /// True once a file went this way: only then is the transfer command sent before the answer
    /// to PORT is known.
    pub proven: bool,
    /// True when the source bears several commands in one write (design rule 13).
    pub pipelined_source: bool,
    /// True when the destination does.
    pub pipelined_destination: bool,
}

impl Plan {
    /// The plan in words, for the log and the queue: `direct TLS, nas passive`.
    #[must_use]
    pub fn words(&self) -> String {
        let protection = if self.protected { "direct TLS" } else { "direct" };
        let side = match self.passive {
            PassiveSide::Destination => "destination passive",
            PassiveSide::Source => "source passive",
        };
        format!("{protection}, {side}")
    }
}

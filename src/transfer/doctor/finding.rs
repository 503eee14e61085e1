//! The findings of the doctor.

use std::net::SocketAddr;
use std::time::Duration;

use crate::base::words;
use crate::ftp::ServerKind;
use crate::transfer::failure_class::FailureClass;
use crate::transfer::plan::Side;
use crate::transfer::plan::{PassiveCommand, Plan};

/// One of the two servers that are examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// The first server.
    A,
    /// The second server.
    B,
}

impl Peer {
    /// The other server.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// `a` or `b`.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
        }
    }

    /// The server on this side of a transfer whose source is `self`.
    #[must_use]
    pub fn of(self, side: Side) -> Self {
        match side {
            Side::Source => self,
            Side::Destination => self.other(),
        }
    }
}

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// A description of one of the servers.
    Server(Box<ServerFinding>),
    /// A plan is being tried; it can take some seconds.
    Trying {
        /// The source of the file.
        from: Peer,
        /// The plan.
        plan: Plan,
    },
    /// The result of a plan.
    Plan(Box<PlanFinding>),
    /// The best FXP mode of a direction, which is remembered; `None` if no direct mode works.
    Best {
        /// The source of the files.
        from: Peer,
        /// The best plan.
        plan: Option<Plan>,
    },
    /// A note about one of the servers, for example that a probe file could not be written.
    Note {
        /// The server.
        end: Peer,
        /// The text, safe to show.
        text: String,
    },
}

/// A description of one of the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFinding {
    /// The server.
    pub end: Peer,
    /// Name of the site.
    pub label: String,
    /// Its server software.
    pub kind: ServerKind,
    /// Its greeting, safe to show.
    pub greeting: String,
    /// The address of its control connection.
    pub address: SocketAddr,
    /// True if the control connection uses TLS.
    pub tls: bool,
    /// The FEAT lines in alphabetical order, safe to show.
    pub features: Vec<String>,
}

/// The result of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanResult {
    /// Both probe files arrived completely.
    Works,
    /// One of the servers refused a command.
    Refused,
    /// The transfer failed or timed out.
    Failed,
    /// It was not tried, or only its commands were.
    Skipped,
}

words!(PlanResult { Works: "works", Refused: "refused", Failed: "failed", Skipped: "skipped" });

/// Which side is the TLS client on the data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsRole {
    /// Unencrypted data.
    Clear,
    /// The source; many servers lose data in this role.
    Source,
    /// The destination.
    Destination,
}

words!(TlsRole { Clear: "none", Source: "src", Destination: "dst" });

impl TlsRole {
    /// The role in a plan.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        match plan.tls_client() {
            None => Self::Clear,
            Some(Side::Source) => Self::Source,
            Some(Side::Destination) => Self::Destination,
        }
    }

    /// The command that sets the role, `SSCN` or `CPSV`; `None` for unencrypted data.
    #[must_use]
    pub fn command(plan: &Plan) -> Option<&'static str> {
        match (plan.protected, plan.command) {
            (false, _) => None,
            (true, PassiveCommand::Cpsv) => Some("CPSV"),
            (true, _) => Some("SSCN"),
        }
    }
}

/// The result of one plan in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFinding {
    /// The source of the file.
    pub from: Peer,
    /// The plan.
    pub plan: Plan,
    /// The result.
    pub result: PlanResult,
    /// Why it does not work.
    pub cause: Option<FailureClass>,
    /// The side that caused the failure.
    pub by: Option<Side>,
    /// Its reply, or our own message if there was none; safe to show.
    pub reply: Option<String>,
    /// What to change, and on which server.
    pub advice: Option<String>,
    /// True if both servers accepted the commands, and no data was sent.
    pub accepted: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl PlanFinding {
    /// A finding with only a result.
    #[must_use]
    pub(super) fn new(from: Peer, plan: Plan, result: PlanResult) -> Self {
        Self {
            from,
            plan,
            result,
            cause: None,
            by: None,
            reply: None,
            advice: None,
            accepted: false,
            elapsed: Duration::ZERO,
        }
    }

    /// The finding for a plan that was not tried since it would fail like this one.
    #[must_use]
    pub(super) fn same_reason(&self) -> Self {
        Self { result: PlanResult::Skipped, elapsed: Duration::ZERO, ..self.clone() }
    }

    /// A plan that is not tried, with the reason.
    #[must_use]
    pub(super) fn skipped(from: Peer, plan: Plan, why: impl Into<String>) -> Self {
        Self { advice: Some(why.into()), ..Self::new(from, plan, PlanResult::Skipped) }
    }
}

//! What the doctor finds, in the order in which it finds it.

use std::net::SocketAddr;
use std::time::Duration;

use crate::base::words;
use crate::ftp::ServerKind;
use crate::transfer::failure_class::FailureClass;
use crate::transfer::plan::Side;
use crate::transfer::plan::{PassiveCommand, Plan};

/// One of the two places that are examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Peer {
    /// The first one.
    A,
    /// The second one.
    B,
}

impl Peer {
    /// The other one.
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

    /// The place on this side of a transfer that begins here.
    #[must_use]
    pub fn of(self, side: Side) -> Self {
        match side {
            Side::Source => self,
            Side::Destination => self.other(),
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// What one of the servers is.
    Server(Box<ServerFinding>),
    /// A plan is being tried; it can take some seconds.
    Trying {
        /// Where the file comes from.
        from: Peer,
        /// How it shall go.
        plan: Plan,
    },
    /// What came of a plan.
    Plan(Box<PlanFinding>),
    /// The best way of a direction, which is remembered; `None` when no direct way works.
    Best {
        /// Where files come from.
        from: Peer,
        /// The way.
        plan: Option<Plan>,
    },
    /// Something worth telling about one of the servers, safe to show: a probe that could not be
    /// written or deleted.
    Note {
        /// Which.
        end: Peer,
        /// The text.
        text: String,
    },
}

/// What one of the servers is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFinding {
    /// Which.
    pub end: Peer,
    /// Name of the site.
    pub label: String,
    /// Its software.
    pub kind: ServerKind,
    /// Its greeting, safe to show.
    pub greeting: String,
    /// Where it was reached.
    pub address: SocketAddr,
    /// True when the control connection is under TLS.
    pub tls: bool,
    /// Lines of FEAT in alphabetical order, safe to show.
    pub features: Vec<String>,
}

/// What came of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlanResult {
    /// Both probes arrived whole.
    Works,
    /// One of the servers said no.
    Refused,
    /// It was tried and broke, or nothing happened.
    Failed,
    /// It was not tried, or only asked for.
    Skipped,
}

words!(PlanResult { Works: "works", Refused: "refused", Failed: "failed", Skipped: "skipped" });

/// Which side is the TLS client on the data connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsRole {
    /// Data goes in the clear.
    Clear,
    /// The source: loses data with many servers.
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

    /// The command that makes it so: `SSCN`, `CPSV`, or nothing.
    #[must_use]
    pub fn command(plan: &Plan) -> Option<&'static str> {
        match (plan.protected, plan.command) {
            (false, _) => None,
            (true, PassiveCommand::Cpsv) => Some("CPSV"),
            (true, _) => Some("SSCN"),
        }
    }
}

/// What came of one plan in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanFinding {
    /// Where the file came from.
    pub from: Peer,
    /// How it went, or was to go.
    pub plan: Plan,
    /// What came of it.
    pub result: PlanResult,
    /// Why, when it does not work.
    pub cause: Option<FailureClass>,
    /// The guilty side.
    pub by: Option<Side>,
    /// Its words, or ours where it said nothing; safe to show.
    pub reply: Option<String>,
    /// What to change, and where.
    pub advice: Option<String>,
    /// True when both servers accepted what was asked, and no data was sent.
    pub accepted: bool,
    /// How long it took.
    pub elapsed: Duration,
}

impl PlanFinding {
    /// A plan about which nothing is said yet.
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

    /// For a plan that is bound to fail as this one did, and was not tried.
    #[must_use]
    pub(super) fn same_reason(&self) -> Self {
        Self { result: PlanResult::Skipped, elapsed: Duration::ZERO, ..self.clone() }
    }

    /// A plan that is not tried, and why.
    #[must_use]
    pub(super) fn skipped(from: Peer, plan: Plan, why: impl Into<String>) -> Self {
        Self { advice: Some(why.into()), ..Self::new(from, plan, PlanResult::Skipped) }
    }
}

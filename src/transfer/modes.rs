//! The FXP modes of a pair of servers, and the order in which they are tried (transfer rules 3 to
//! 5).
//!
//! Passive side × TLS role × command set. [`Search`] tries them in turn and leaves out those that
//! an earlier failure has ruled out.

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::base::Word;
use crate::ftp::ServerKind;
use crate::session::Session;
use crate::site::{DataProtection, Switch};
use crate::transfer::diagnosis::Diagnosis;
use crate::transfer::failure_class::FailureClass;
use crate::transfer::fault::Barrier;
use crate::transfer::plan::{PassiveCommand, Plan, PortCommand};
use crate::transfer::plan::{PassiveSide, Side};

/// What is known of one server, as far as the modes depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Name of the site, for messages.
    pub label: String,
    /// Which software it is.
    pub kind: ServerKind,
    /// True when its control connection is under TLS.
    pub tls: bool,
    /// It can become the TLS client by SSCN, which works only after AUTH TLS.
    pub sscn: bool,
    /// It can become the TLS client by CPSV.
    pub cpsv: bool,
    /// True when this machine reaches it by IPv6.
    pub ipv6: bool,
    /// Whether other servers reach it by IPv6, where `fxp_address` decides that.
    pub meets_by_ipv6: Option<bool>,
    /// It answers commands out of turn: they are never pipelined (transfer rule 13).
    pub asynchronous: bool,
    /// The user's choice: always passive, always active, or whatever works.
    pub passive: Switch,
    /// Whether its data must be encrypted.
    pub protection: DataProtection,
}

impl Server {
    /// What is known from a session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let (site, features) = (session.site(), session.features());
        let tls = session.is_tls();
        let kind = ServerKind::of(session.greeting(), session.system(), features);
        // a host name may resolve to either
        let literal = site.fxp_address.as_ref().and_then(|address| address.parse().ok());
        Self {
            label: site.label(),
            kind,
            tls,
            sscn: tls && features.has("SSCN"),
            cpsv: tls && features.has("CPSV"),
            ipv6: session.peer().ip().to_canonical().is_ipv6(),
            meets_by_ipv6: literal.map(|ip: IpAddr| ip.is_ipv6()),
            asynchronous: kind.is_asynchronous(),
            passive: site.fxp_passive,
            protection: site.data_protection,
        }
    }
}

/// The FXP modes of one route, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modes {
    /// All modes that may be tried.
    pub plans: Vec<Plan>,
    /// What is reported or asked before data is sent unencrypted; `None` where that needs no
    /// question.
    pub clear: Option<String>,
    /// Why data cannot be encrypted, when a site demands it.
    pub unprotected: Option<&'static str>,
    /// Why FXP is impossible, with or without encryption.
    pub barrier: Option<Barrier>,
}

/// The FXP modes between two servers by their features and settings.
///
/// `comparable` is true when both can compute the same checksum: only then may a source be the TLS
/// client (transfer rule 5).
#[must_use]
pub fn between(source: &Server, destination: &Server, comparable: bool) -> Modes {
    let protection = source.protection.max(destination.protection);
    let (bases, barrier) = bases(source, destination);
    let both_tls = source.tls && destination.tls;
    let required = protection == DataProtection::Require;
    let mut plans = Vec::new();
    if both_tls && protection != DataProtection::Off {
        // a source that is the TLS client loses data
        plans.extend(protected(&bases, Side::Destination, destination));
    }
    if !required {
        plans.extend(&bases);
    }
    let at_source = protected(&bases, Side::Source, source);
    if both_tls && required && comparable {
        plans.extend(&at_source);
    }
    let unprotected = match (both_tls, at_source.is_empty()) {
        (false, _) => "TLS is not in use on both servers",
        (true, true) => "the destination supports neither SSCN nor CPSV",
        (true, false) => {
            "only the source can be the TLS client, which loses data, and no checksum can be \
             compared"
        }
    };
    let clear = (source.tls || destination.tls)
        && !matches!(protection, DataProtection::Off | DataProtection::Require);
    let clear = clear.then(|| {
        let why = match both_tls {
            true => "the destination supports neither SSCN nor CPSV",
            false => unprotected,
        };
        format!("data from {} to {} is not encrypted: {why}", source.label, destination.label)
    });
    Modes { plans, clear, unprotected: required.then_some(unprotected), barrier }
}

/// Every FXP mode that two servers could use, best first, and why a mode is impossible: for the
/// doctor, which reports all of them.
#[must_use]
pub fn all(source: &Server, destination: &Server, comparable: bool) -> Vec<(Plan, Option<String>)> {
    let free = |server: &Server| Server { passive: Switch::Auto, ..server.clone() };
    let (bases, barrier) = bases(&free(source), &free(destination));
    if let Some(barrier) = barrier {
        return vec![(Plan::plain(), Some(barrier.to_string()))];
    }
    let (by_role, _) = self::bases(source, destination);
    let of_role = |plan: &Plan| {
        let allowed = by_role.iter().any(|base| base.passive == plan.passive);
        (!allowed).then(|| "forbidden by fxp_role of a site".to_owned())
    };
    let strictest = source.protection.max(destination.protection);
    let setting = |word: &str| format!("forbidden by data_protection = \"{word}\" of a site");
    let off = (strictest == DataProtection::Off).then(|| setting("off"));
    let required = (strictest == DataProtection::Require).then(|| setting("require"));
    let both_tls = source.tls && destination.tls;
    let lossy = "a source that is the TLS client loses data, and no checksum can be compared";
    let under_tls = |side: Side, client: &Server| -> Vec<(Plan, Option<String>)> {
        let plans = protected(&bases, side, client);
        let none = match (both_tls, plans.is_empty()) {
            (false, _) => Some("TLS is not in use on both servers".to_owned()),
            (_, true) => Some(format!("the {} supports neither SSCN nor CPSV", side.word())),
            _ if side == Side::Source && !comparable => Some(lossy.to_owned()),
            _ => None,
        };
        if let Some(why) = none {
            // reported once, not for every passive side
            let plan = |base: &Plan| Plan { protected: true, sscn: Some(side), ..*base };
            return bases.first().map(|base| (plan(base), Some(why))).into_iter().collect();
        }
        let why = |plan: &Plan| off.clone().or_else(|| of_role(plan));
        plans.into_iter().map(|plan| (plan, why(&plan))).collect()
    };
    let clear = bases.iter().map(|plan| (*plan, required.clone().or_else(|| of_role(plan))));
    let mut plans = under_tls(Side::Destination, destination);
    plans.extend(clear);
    if both_tls {
        plans.extend(under_tls(Side::Source, source));
    }
    plans
}

/// The unencrypted modes: who listens, with the commands that the addresses require.
fn bases(source: &Server, destination: &Server) -> (Vec<Plan>, Option<Barrier>) {
    let mut bases = Vec::new();
    let mut barrier = Some(Barrier::Roles);
    for passive in [PassiveSide::Destination, PassiveSide::Source] {
        let (listens, connects) = match passive {
            PassiveSide::Destination => (destination, source),
            PassiveSide::Source => (source, destination),
        };
        if listens.passive == Switch::No || connects.passive == Switch::Yes {
            continue;
        }
        let ipv6 = listens.meets_by_ipv6.unwrap_or(listens.ipv6);
        // the user's own fxp_address is assumed to be reachable
        if ipv6 != connects.ipv6 && listens.meets_by_ipv6.is_none() {
            barrier = barrier.map(|_| Barrier::Families);
            continue;
        }
        let (command, port) = match ipv6 {
            true => (PassiveCommand::Epsv, PortCommand::Eprt),
            false => (PassiveCommand::Pasv, PortCommand::Port),
        };
        barrier = None;
        bases.push(Plan {
            passive,
            command,
            port,
            pipelined_source: !source.asynchronous,
            pipelined_destination: !destination.asynchronous,
            ..Plan::plain()
        });
    }
    (bases, barrier)
}

/// The modes in which `side` is the TLS client.
fn protected(bases: &[Plan], side: Side, client: &Server) -> Vec<Plan> {
    let mut plans = Vec::new();
    for base in bases {
        let base = Plan { protected: true, ..*base };
        if client.sscn {
            plans.push(Plan { sscn: Some(side), ..base });
        }
        // its reply has the form of PASV, which cannot express IPv6
        if client.cpsv && base.passive.side() == side && base.command == PassiveCommand::Pasv {
            plans.push(Plan { command: PassiveCommand::Cpsv, ..base });
        }
    }
    plans
}

/// Tries the modes of a route: best first, without those that an earlier failure has ruled out, and
/// with EPSV for a PASV that was refused.
#[derive(Debug, Clone)]
pub struct Search {
    left: VecDeque<Plan>,
    tried: Vec<Plan>,
}

impl Search {
    /// A search that has not tried any mode yet.
    #[must_use]
    pub fn new(plans: Vec<Plan>) -> Self {
        Self { left: plans.into(), tried: Vec::new() }
    }

    /// The mode to try next; `None` when there is none left.
    pub fn next_plan(&mut self) -> Option<Plan> {
        let plan = self.left.pop_front()?;
        self.tried.push(plan);
        Some(plan)
    }

    /// Tries a mode again before the others: what prevented it has been settled.
    pub fn again(&mut self, plan: Plan) {
        self.left.push_front(plan);
    }

    /// Takes a failure into account; returns the modes that are no longer worth trying.
    pub fn failed(&mut self, plan: &Plan, found: &Diagnosis) -> Vec<Plan> {
        let (poisoned, left): (VecDeque<Plan>, VecDeque<Plan>) =
            self.left.drain(..).partition(|left| found.rules_out(plan, left));
        self.left = left;
        if let Some(other) = other_commands(plan, found.cause)
            && !self.tried.iter().any(|tried| tried.is_same_mode(&other))
            && !found.rules_out(plan, &other)
        {
            self.left.push_front(other);
        }
        poisoned.into()
    }
}

/// The same mode with other commands: where PASV or PORT was not understood, EPSV or EPRT may be,
/// and vice versa. IPv6 has no other commands.
fn other_commands(plan: &Plan, cause: FailureClass) -> Option<Plan> {
    let ipv6 = plan.command == PassiveCommand::Epsv && plan.port == PortCommand::Eprt;
    let other = match (cause, plan.command, plan.port) {
        (FailureClass::NoPassive, PassiveCommand::Pasv, _) => {
            Plan { command: PassiveCommand::Epsv, ..*plan }
        }
        (FailureClass::NoPassive, PassiveCommand::Epsv, _) if !ipv6 => {
            Plan { command: PassiveCommand::Pasv, ..*plan }
        }
        (FailureClass::PortUnknown, PassiveCommand::Pasv, PortCommand::Port) => {
            Plan { port: PortCommand::Eprt, ..*plan }
        }
        (FailureClass::PortUnknown, _, PortCommand::Eprt) if !ipv6 => {
            Plan { port: PortCommand::Port, ..*plan }
        }
        _ => return None,
    };
    Some(Plan { proven: false, ..other })
}

/// Puts what worked before first, marked as proven, and what failed last. Data is never sent
/// unencrypted only because it was before: modes with TLS that have not failed still come first.
pub fn reorder(plans: &mut Vec<Plan>, worked: Option<&Plan>, failed: &[Plan]) {
    let has_failed = |plan: &Plan| failed.iter().any(|failed| failed.is_same_mode(plan));
    plans.sort_by_key(has_failed);
    let Some(known) = worked else { return };
    // EPSV instead of PASV is the same mode with another command
    let alike = |plan: &Plan| {
        let cpsv = |plan: &Plan| plan.command == PassiveCommand::Cpsv;
        let role = |plan: &Plan| (plan.passive, plan.protected, plan.sscn, cpsv(plan));
        role(plan) == role(known)
    };
    let Some(at) = plans.iter().position(alike) else { return };
    let found = plans.remove(at);
    // the command that an address requires is not replaced by what worked with another one
    let command = match found.command {
        PassiveCommand::Pasv => known.command,
        demanded => demanded,
    };
    let port = match found.port {
        PortCommand::Port => known.port,
        demanded => demanded,
    };
    let better = |plan: &&Plan| plan.protected && !found.protected && !has_failed(plan);
    let place = plans.iter().take_while(better).count();
    plans.insert(place, Plan { command, port, proven: true, ..found });
}

#[cfg(test)]
#[path = "modes_tests.rs"]
mod tests;

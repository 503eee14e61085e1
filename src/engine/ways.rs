//! Which ways there are between two servers, in which order they are tried, and what was learned.

use std::collections::{HashMap, HashSet};

use crate::session::Session;
use crate::site::{DataProtection, SiteKey, Switch};
use crate::transfer::{PassiveCommand, PassiveSide, Plan, Side};

/// What is known of one server, as far as ways depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) label: String,
    pub(super) tls: bool,
    pub(super) sscn: bool,
    pub(super) cpsv: bool,
    pub(super) ipv6: bool,
    /// Commands are answered out of turn: never pipelined (design rule 13).
    pub(super) asynchronous: bool,
    pub(super) passive: Switch,
    pub(super) protection: DataProtection,
}

impl Server {
    pub(super) fn of(session: &Session) -> Self {
        let features = session.features();
        let tls = session.is_tls();
        // pyftpdlib is the one server that names its facts in small letters (reference/servers.md
        // section 2), whatever its banner says
        let small_facts =
            features.parameters("MLST").is_some_and(|facts| facts.contains("unix.mode"));
        let banner = session.greeting().to_ascii_lowercase();
        Self {
            label: session.site().label(),
            tls,
            sscn: tls && features.has("SSCN"),
            cpsv: tls && features.has("CPSV"),
            ipv6: session.peer().is_ipv6(),
            asynchronous: small_facts || banner.contains("pyftpdlib"),
            passive: session.site().fxp_passive,
            protection: session.site().data_protection,
        }
    }
}

/// The ways of one route, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ways {
    pub(super) plans: Vec<Plan>,
    /// What is to be said or asked before data goes in the clear; `None` where nothing is lost
    /// by it.
    pub(super) clear: Option<String>,
    /// Why data cannot be protected, when a site demands it.
    pub(super) unprotected: Option<&'static str>,
}

/// All ways between two servers by their features and settings (design rules 3 to 5).
pub(super) fn between(source: &Server, destination: &Server) -> Ways {
    let protection = source.protection.max(destination.protection);
    let command =
        if source.ipv6 || destination.ipv6 { PassiveCommand::Epsv } else { PassiveCommand::Pasv };
    let base = Plan {
        passive: PassiveSide::Destination,
        command,
        protected: false,
        sscn: None,
        proven: false,
        pipelined_source: !source.asynchronous,
        pipelined_destination: !destination.asynchronous,
    };
    let sides: Vec<PassiveSide> = [PassiveSide::Destination, PassiveSide::Source]
        .into_iter()
        .filter(|side| match side {
            PassiveSide::Destination => {
                destination.passive != Switch::No && source.passive != Switch::Yes
            }
            PassiveSide::Source => {
                source.passive != Switch::No && destination.passive != Switch::Yes
            }
        })
        .collect();
    let mut plans = Vec::new();
    let both_tls = source.tls && destination.tls;
    if both_tls && protection != DataProtection::Off {
        // the destination is the TLS client: a source in that role loses data
        let protected = Plan { protected: true, ..base };
        if destination.sscn {
            let sscn = Some(Side::Destination);
            plans.extend(sides.iter().map(|&passive| Plan { passive, sscn, ..protected }));
        }
        if destination.cpsv && sides.contains(&PassiveSide::Destination) {
            plans.push(Plan { command: PassiveCommand::Cpsv, ..protected });
        }
    }
    let unprotected = if both_tls {
        "the destination can take neither SSCN nor CPSV"
    } else {
        "not both of them are reached under TLS"
    };
    let required = protection == DataProtection::Require;
    let clear = (source.tls || destination.tls)
        && !matches!(protection, DataProtection::Off | DataProtection::Require);
    if !required {
        plans.extend(sides.iter().map(|&passive| Plan { passive, ..base }));
    }
    let clear = clear.then(|| {
        format!(
            "data from {} to {} goes in the clear: {unprotected}",
            source.label, destination.label
        )
    });
    Ways { plans, clear, unprotected: required.then_some(unprotected) }
}

/// What was learned of routes and servers while the engine runs.
#[derive(Debug, Default)]
pub(super) struct Learned {
    routes: HashMap<(SiteKey, SiteKey), Plan>,
    asynchronous: HashSet<SiteKey>,
    clear_allowed: HashMap<(SiteKey, SiteKey), bool>,
}

impl Learned {
    /// Puts what worked before first, marked as proven, and drops pipelining where it failed.
    pub(super) fn apply(&self, route: &(SiteKey, SiteKey), plans: &mut [Plan]) {
        for plan in plans.iter_mut() {
            plan.pipelined_source &= !self.asynchronous.contains(&route.0);
            plan.pipelined_destination &= !self.asynchronous.contains(&route.1);
        }
        if let Some(known) = self.routes.get(route)
            && let Some(at) = plans.iter().position(|plan| same_way(plan, known))
        {
            plans[at].proven = true;
            plans[..=at].rotate_right(1);
        }
    }

    pub(super) fn worked(&mut self, route: &(SiteKey, SiteKey), plan: Plan) {
        self.routes.insert(route.clone(), plan);
    }

    pub(super) fn surprised(&mut self, site: &SiteKey) {
        self.asynchronous.insert(site.clone());
    }

    /// True for servers that are driven one command at a time.
    pub(super) fn is_asynchronous(&self, site: &SiteKey) -> bool {
        self.asynchronous.contains(site)
    }

    /// Whether the user allowed data in the clear on this route.
    pub(super) fn clear(&self, route: &(SiteKey, SiteKey)) -> Option<bool> {
        self.clear_allowed.get(route).copied()
    }

    pub(super) fn allow_clear(&mut self, route: &(SiteKey, SiteKey), allowed: bool) {
        self.clear_allowed.insert(route.clone(), allowed);
    }
}

fn same_way(a: &Plan, b: &Plan) -> bool {
    (a.passive, a.command, a.protected, a.sscn) == (b.passive, b.command, b.protected, b.sscn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(tls: bool, sscn: bool) -> Server {
        Server {
            label: "x".to_owned(),
            tls,
            sscn,
            cpsv: false,
            ipv6: false,
            asynchronous: false,
            passive: Switch::Auto,
            protection: DataProtection::Ask,
        }
    }

    fn words(ways: &Ways) -> Vec<String> {
        ways.plans.iter().map(Plan::words).collect()
    }

    #[test]
    fn protected_first_and_plain_only_where_allowed() {
        let (plain, sscn) = (server(true, false), server(true, true));
        let ways = between(&plain, &sscn);
        assert_eq!(
            words(&ways),
            [
                "direct TLS, destination passive",
                "direct TLS, source passive",
                "direct, destination passive",
                "direct, source passive"
            ]
        );
        assert!(ways.clear.is_some());
        // SSCN at the source alone is no way: it loses data
        assert_eq!(words(&between(&sscn, &plain)).len(), 2);
        let strict = Server { protection: DataProtection::Require, ..plain.clone() };
        assert_eq!(words(&between(&strict, &sscn)).len(), 2);
        let none = between(&sscn, &strict);
        assert!(none.plans.is_empty() && none.unprotected.is_some());
        let off = Server { protection: DataProtection::Off, ..plain };
        assert_eq!(between(&off, &off).clear, None);
        assert_eq!(between(&server(false, false), &server(false, false)).clear, None);
    }

    #[test]
    fn what_worked_comes_first_and_is_proven() {
        let route = (SiteKey("a".to_owned()), SiteKey("b".to_owned()));
        let mut ways = between(&server(false, false), &server(false, false));
        let mut learned = Learned::default();
        learned.worked(&route, ways.plans[1]);
        learned.surprised(&route.1);
        learned.apply(&route, &mut ways.plans);
        assert_eq!(ways.plans[0].passive, PassiveSide::Source);
        assert!(ways.plans[0].proven && !ways.plans[1].proven);
        assert!(!ways.plans[0].pipelined_destination && ways.plans[0].pipelined_source);
    }

    #[test]
    fn the_users_wish_for_a_side_holds() {
        let mut source = server(false, false);
        source.passive = Switch::Yes;
        let ways = between(&source, &server(false, false));
        assert_eq!(words(&ways), ["direct, source passive"]);
    }
}

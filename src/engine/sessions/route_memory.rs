//! What was learned of routes and servers: which mode worked, which did not and why, and what the
//! user allowed.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::engine::api::KnownRoute;
use crate::queue::Store;
use crate::queue::store::{self, RouteFailure, RouteMode, StoreError};
use crate::site::SiteKey;
use crate::transfer::{Diagnosis, Plan, modes};

/// A source site and a destination site.
pub(in crate::engine) type Route = (SiteKey, SiteKey);

/// What is known of one route.
#[derive(Debug, Clone, Default)]
struct Known {
    worked: Option<Plan>,
    /// Modes that failed in this run, or were refused lately.
    failed: Vec<Plan>,
    /// Whether data may be unencrypted, once that is decided.
    clear: Option<bool>,
    /// Why no direct mode works, and when that was found out.
    relayed: Option<(String, Instant)>,
}

/// A route that had to go through this machine is tried directly again after this time.
const RELAYED: Duration = Duration::from_secs(600);

/// What was learned of routes and servers. What is learned is kept in the store as well, and
/// what the store knows is learned at the start.
#[derive(Debug)]
pub(in crate::engine) struct RouteMemory {
    store: Store,
    routes: HashMap<Route, Known>,
    asynchronous: HashSet<SiteKey>,
    /// Servers that do not resume files, or wrongly.
    mishandle_rest: HashSet<SiteKey>,
    /// Announced addresses that the user trusts in this run, or does not.
    address_decisions: HashMap<(SiteKey, IpAddr), bool>,
}

/// What the store knows.
pub(in crate::engine) struct Remembered {
    routes: Vec<(Route, store::StoredRoute)>,
    refused: Vec<(Route, Plan, String)>,
    servers: Vec<(SiteKey, store::LearnedServer)>,
    mishandle_rest: Vec<SiteKey>,
}

/// A refusal is believed for so long; then the server's settings may have changed.
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);
/// Begins the names of facts that tell of a refused mode; destination and plan follow.
const REFUSED: &str = "fxp refused ";

/// The fact that a server mishandles `REST`: when this was found out, and how.
const REST: &str = "rest wrong";
/// After this time the server may be another one.
const REST_BELIEVED: SignedDuration = SignedDuration::from_hours(30 * 24);

fn fact(to: &SiteKey, plan: &Plan) -> String {
    format!("{REFUSED}{} {}", plan.code(), to.0)
}

impl Remembered {
    /// Reads all that the store knows of routes and servers.
    pub(in crate::engine) async fn of(store: &Store) -> Result<Self, StoreError> {
        let (routes, servers) = (store.routes().await?, store.servers().await?);
        let sources: BTreeSet<SiteKey> = routes.iter().map(|((from, _), _)| from.clone()).collect();
        let mut refused = Vec::new();
        for from in sources {
            for (name, value) in store.facts(&from).await? {
                let Some(rest) = name.strip_prefix(REFUSED) else { continue };
                let found = rest.split_once(' ').zip(value.split_once(' '));
                let found = found.and_then(|((code, to), (at, words))| {
                    let at: Timestamp = at.parse().ok()?;
                    let fresh = Timestamp::now().duration_since(at) < BELIEVED;
                    Some((SiteKey(to.to_owned()), Plan::parse(code)?, words)).filter(|_| fresh)
                });
                match found {
                    Some((to, plan, words)) => {
                        refused.push(((from.clone(), to), plan, words.to_owned()));
                    }
                    None => store.set_fact(&from, &name, None).forget(),
                }
            }
        }
        let mut mishandle_rest = Vec::new();
        for (site, value) in store.facts_named(REST).await? {
            let at = value.split_once(' ').and_then(|(at, _)| at.parse::<Timestamp>().ok());
            if at.is_some_and(|at| Timestamp::now().duration_since(at) < REST_BELIEVED) {
                mishandle_rest.push(site);
            } else {
                store.set_fact(&site, REST, None).forget();
            }
        }
        Ok(Self { routes, refused, servers, mishandle_rest })
    }

    /// The same for people.
    pub(in crate::engine) fn shown(self) -> Vec<KnownRoute> {
        let careful: HashSet<SiteKey> = self
            .servers
            .into_iter()
            .filter(|(_, s)| s.asynchronous)
            .map(|(site, _)| site)
            .collect();
        let shown = |((from, to), route): (Route, store::StoredRoute)| KnownRoute {
            asynchronous: [&from, &to]
                .into_iter()
                .filter(|site| careful.contains(site))
                .cloned()
                .collect(),
            worked: route.mode.map(|(mode, at)| (plan_of(mode), at)),
            clear: route.allow_clear,
            failure: route.failure.map(|failure| (failure.text, failure.at)),
            refused: self
                .refused
                .iter()
                .filter(|(route, ..)| (&route.0, &route.1) == (&from, &to))
                .map(|(_, plan, words)| (*plan, words.clone()))
                .collect(),
            from,
            to,
        };
        self.routes.into_iter().map(shown).collect()
    }
}

fn plan_of(mode: RouteMode) -> Plan {
    let RouteMode { passive, command, protected, sscn } = mode;
    Plan { passive, command, protected, sscn, ..Plan::plain() }
}

fn mode_of(plan: &Plan) -> RouteMode {
    let Plan { passive, command, protected, sscn, .. } = *plan;
    RouteMode { passive, command, protected, sscn }
}

impl RouteMemory {
    /// Nothing yet, to be kept in this store.
    pub(in crate::engine) fn new(store: Store) -> Self {
        Self {
            store,
            routes: HashMap::new(),
            asynchronous: HashSet::new(),
            mishandle_rest: HashSet::new(),
            address_decisions: HashMap::new(),
        }
    }

    /// Learns what the store knows.
    pub(in crate::engine) fn adopt(&mut self, remembered: Remembered) {
        for (route, stored) in remembered.routes {
            let known = self.routes.entry(route).or_default();
            known.worked = stored.mode.map(|(mode, _)| plan_of(mode));
            known.clear = stored.allow_clear;
        }
        for (route, plan, _) in remembered.refused {
            self.routes.entry(route).or_default().failed.push(plan);
        }
        let careful = remembered.servers.into_iter().filter(|(_, server)| server.asynchronous);
        self.asynchronous.extend(careful.map(|(site, _)| site));
        self.mishandle_rest.extend(remembered.mishandle_rest);
    }

    /// Forgets all of a route.
    pub(in crate::engine) fn forget(&mut self, route: &Route) {
        let known = self.routes.remove(route).unwrap_or_default();
        for plan in &known.failed {
            self.store.set_fact(&route.0, &fact(&route.1, plan), None).forget();
        }
        for site in [&route.0, &route.1] {
            if self.mishandle_rest.remove(site) {
                self.store.set_fact(site, REST, None).forget();
            }
        }
        self.store.forget_route(route).forget();
    }

    /// Puts what worked before first, marked as proven, and what failed last; drops pipelining
    /// where it failed.
    pub(in crate::engine) fn apply(&self, route: &Route, plans: &mut Vec<Plan>) {
        for plan in plans.iter_mut() {
            plan.pipelined_source &= !self.asynchronous.contains(&route.0);
            plan.pipelined_destination &= !self.asynchronous.contains(&route.1);
        }
        if let Some(known) = self.routes.get(route) {
            modes::reorder(plans, known.worked.as_ref(), &known.failed);
        }
    }

    pub(in crate::engine) fn worked(&mut self, route: &Route, plan: Plan) {
        let known = self.routes.entry(route.clone()).or_default();
        if known.failed.iter().any(|failed| failed.is_same_mode(&plan)) {
            known.failed.retain(|failed| !failed.is_same_mode(&plan));
            self.store.set_fact(&route.0, &fact(&route.1, &plan), None).forget();
        }
        known.worked = Some(plan);
        known.relayed = None;
        self.store.mode_worked(route, mode_of(&plan)).forget();
    }

    /// No direct mode works on this route, for this reason: what follows need not try again.
    pub(in crate::engine) fn relay(&mut self, route: &Route, why: String) {
        self.routes.entry(route.clone()).or_default().relayed = Some((why, Instant::now()));
    }

    /// Why this route goes through this machine for now, if it does.
    pub(in crate::engine) fn relayed(&self, route: &Route) -> Option<String> {
        let (why, since) = self.routes.get(route)?.relayed.as_ref()?;
        (since.elapsed() < RELAYED).then(|| why.clone())
    }

    /// A mode failed for a reason of its own: it is tried last from now on.
    pub(in crate::engine) fn failed(&mut self, route: &Route, plan: Plan, found: &Diagnosis) {
        let known = self.routes.entry(route.clone()).or_default();
        known.failed.retain(|failed| !failed.is_same_mode(&plan));
        known.failed.push(plan);
        if found.cause.is_refusal() {
            let value = format!("{} {}", Timestamp::now(), found.words);
            self.store.set_fact(&route.0, &fact(&route.1, &plan), Some(&value)).forget();
        }
        known.worked = known.worked.filter(|worked| !worked.is_same_mode(&plan));
        let text = format!("{}: {}", plan.words(), found.words);
        let failure = RouteFailure { text, code: found.code, at: Timestamp::now() };
        self.store.route_failed(route, failure).forget();
    }

    /// A server answered out of turn.
    pub(in crate::engine) fn record_asynchronous(&mut self, site: &SiteKey) {
        if self.asynchronous.insert(site.clone()) {
            self.store.set_asynchronous(site, true).forget();
        }
    }

    /// A server is known to answer out of turn by its software; that need not be stored.
    pub(in crate::engine) fn assume_asynchronous(&mut self, site: &SiteKey) {
        self.asynchronous.insert(site.clone());
    }

    /// A server did not resume a file, or wrongly, and how that showed.
    pub(in crate::engine) fn resumed_wrongly(&mut self, site: &SiteKey, how: &str) {
        if self.mishandle_rest.insert(site.clone()) {
            let value = format!("{} {how}", Timestamp::now());
            self.store.set_fact(site, REST, Some(&value)).forget();
        }
    }

    /// True when files are not resumed on this route, because of what one of its servers did.
    pub(in crate::engine) fn mishandles_rest(&self, route: &Route) -> bool {
        self.mishandle_rest.contains(&route.0) || self.mishandle_rest.contains(&route.1)
    }

    /// True for servers that are driven one command at a time.
    pub(in crate::engine) fn is_asynchronous(&self, site: &SiteKey) -> bool {
        self.asynchronous.contains(site)
    }

    /// Whether the user allowed unencrypted data on this route.
    pub(in crate::engine) fn clear(&self, route: &Route) -> Option<bool> {
        self.routes.get(route)?.clear
    }

    /// Whether the user trusts an address that a site announced; `None` before the question.
    pub(in crate::engine) fn address_decision(
        &self,
        site: &SiteKey,
        address: IpAddr,
    ) -> Option<bool> {
        self.address_decisions.get(&(site.clone(), address)).copied()
    }

    /// The user trusts an announced address, or does not.
    pub(in crate::engine) fn set_address_decision(
        &mut self,
        site: &SiteKey,
        address: IpAddr,
        believed: bool,
    ) {
        self.address_decisions.insert((site.clone(), address), believed);
    }

    /// All addresses of these sites that the user trusts.
    pub(in crate::engine) fn trusted_addresses(&self, route: &Route) -> Vec<IpAddr> {
        let of = |site: &SiteKey| *site == route.0 || *site == route.1;
        let yes =
            self.address_decisions.iter().filter(|((site, _), believed)| of(site) && **believed);
        yes.map(|((_, address), _)| *address).collect()
    }

    /// Data may be unencrypted on this route, or not; stored if the user decided it.
    pub(in crate::engine) fn allow_clear(&mut self, route: &Route, allowed: bool, asked: bool) {
        self.routes.entry(route.clone()).or_default().clear = Some(allowed);
        if asked {
            self.store.allow_clear(route, Some(allowed)).forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::{FailureClass, PassiveSide};

    #[test]
    fn tries_the_mode_that_worked_first() {
        let route = (SiteKey("a".to_owned()), SiteKey("b".to_owned()));
        let plain = Plan { pipelined_source: true, pipelined_destination: true, ..Plan::plain() };
        let flipped = Plan { passive: PassiveSide::Source, ..plain };
        let mut memory = RouteMemory::new(Store::in_memory());
        memory.worked(&route, flipped);
        memory.record_asynchronous(&route.1);
        let order = |memory: &RouteMemory| {
            let mut plans = vec![plain, flipped];
            memory.apply(&route, &mut plans);
            plans
        };
        let plans = order(&memory);
        assert!(plans[0].is_same_mode(&flipped) && plans[0].proven && !plans[1].proven);
        assert!(!plans[0].pipelined_destination && plans[0].pipelined_source);

        let cause = FailureClass::RefusedPeer;
        let found = Diagnosis { cause, by: None, words: String::new(), code: None };
        memory.failed(&route, flipped, &found);
        let plans = order(&memory);
        assert!(plans[0].is_same_mode(&plain) && !plans.iter().any(|plan| plan.proven));
        memory.allow_clear(&route, true, false);
        assert_eq!(memory.clear(&route), Some(true));
    }

    #[tokio::test]
    async fn restores_routes_from_the_store() {
        let store = Store::in_memory();
        let route = (SiteKey("a".to_owned()), SiteKey("b".to_owned()));
        let back = (route.1.clone(), route.0.clone());
        let flipped = Plan { passive: PassiveSide::Source, ..Plan::plain() };
        let mut first = RouteMemory::new(store.clone());
        first.worked(&route, flipped);
        first.record_asynchronous(&route.1);
        first.allow_clear(&route, false, true);
        first.resumed_wrongly(&route.1, "the target differs");
        let cause = FailureClass::RefusedPort;
        let words = "500 Illegal PORT command.".to_owned();
        let found = Diagnosis { cause, by: None, words, code: Some(500) };
        first.failed(&back, flipped, &found);

        let mut second = RouteMemory::new(store.clone());
        second.adopt(Remembered::of(&store).await.unwrap());
        let mut plans = vec![Plan::plain(), flipped];
        second.apply(&route, &mut plans);
        assert!(plans[0].is_same_mode(&flipped) && plans[0].proven);
        assert!(second.is_asynchronous(&route.1) && second.clear(&route) == Some(false));
        assert!(second.mishandles_rest(&route) && second.mishandles_rest(&back));
        let shown = Remembered::of(&store).await.unwrap().shown();
        assert_eq!(shown[0].asynchronous, std::slice::from_ref(&route.1));
        let failure = &shown[1].failure.as_ref().unwrap().0;
        assert_eq!(failure, "direct, source passive: 500 Illegal PORT command.");
        assert_eq!(shown[1].refused, [(flipped, "500 Illegal PORT command.".to_owned())]);
        let mut plans = vec![flipped, Plan::plain()];
        second.apply(&back, &mut plans);
        assert!(plans[1].is_same_mode(&flipped), "a refused mode comes last");

        second.forget(&route);
        let left = Remembered::of(&store).await.unwrap().shown();
        assert!(left.len() == 1 && left[0].from == route.1 && second.clear(&route).is_none());
    }
}

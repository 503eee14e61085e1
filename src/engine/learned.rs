//! What was learned of routes and servers: which way worked, which did not and why, and what the
//! user allowed.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::site::SiteKey;
use crate::transfer::{Cause, Diagnosis, Plan, ways};

/// A source site and a destination site.
pub(super) type Route = (SiteKey, SiteKey);

/// What is known of one route.
#[derive(Debug, Clone, Default)]
struct Known {
    worked: Option<Plan>,
    /// Ways that failed, and why.
    failed: Vec<(Plan, Cause)>,
    /// Whether data may go in the clear, once the user has said so.
    clear: Option<bool>,
    /// Why no direct way works, and when that was found out.
    relayed: Option<(String, Instant)>,
}

/// A route that had to go through this machine is tried directly again after this time.
const RELAYED: Duration = Duration::from_secs(600);

/// What was learned of routes and servers while the engine runs.
#[derive(Debug, Default)]
pub(super) struct Learned {
    routes: HashMap<Route, Known>,
    asynchronous: HashSet<SiteKey>,
}

impl Learned {
    /// Puts what worked before first, marked as proven, and what failed last; drops pipelining
    /// where it failed.
    pub(super) fn apply(&self, route: &Route, plans: &mut Vec<Plan>) {
        for plan in plans.iter_mut() {
            plan.pipelined_source &= !self.asynchronous.contains(&route.0);
            plan.pipelined_destination &= !self.asynchronous.contains(&route.1);
        }
        if let Some(known) = self.routes.get(route) {
            let failed: Vec<Plan> = known.failed.iter().map(|(plan, _)| *plan).collect();
            ways::reorder(plans, known.worked.as_ref(), &failed);
        }
    }

    pub(super) fn worked(&mut self, route: &Route, plan: Plan) {
        let known = self.routes.entry(route.clone()).or_default();
        known.failed.retain(|(failed, _)| !failed.is_same_way(&plan));
        known.worked = Some(plan);
        known.relayed = None;
    }

    /// No direct way works on this route, for this reason: what follows need not try again.
    pub(super) fn relay(&mut self, route: &Route, why: String) {
        self.routes.entry(route.clone()).or_default().relayed = Some((why, Instant::now()));
    }

    /// Why this route goes through this machine for now, if it does.
    pub(super) fn relayed(&self, route: &Route) -> Option<String> {
        let (why, since) = self.routes.get(route)?.relayed.as_ref()?;
        (since.elapsed() < RELAYED).then(|| why.clone())
    }

    /// A way failed for a reason of its own: it is tried last from now on.
    pub(super) fn failed(&mut self, route: &Route, plan: Plan, found: &Diagnosis) {
        let known = self.routes.entry(route.clone()).or_default();
        known.failed.retain(|(failed, _)| !failed.is_same_way(&plan));
        known.failed.push((plan, found.cause));
        known.worked = known.worked.filter(|worked| !worked.is_same_way(&plan));
    }

    pub(super) fn surprised(&mut self, site: &SiteKey) {
        self.asynchronous.insert(site.clone());
    }

    /// True for servers that are driven one command at a time.
    pub(super) fn is_asynchronous(&self, site: &SiteKey) -> bool {
        self.asynchronous.contains(site)
    }

    /// Whether the user allowed data in the clear on this route.
    pub(super) fn clear(&self, route: &Route) -> Option<bool> {
        self.routes.get(route)?.clear
    }

    pub(super) fn allow_clear(&mut self, route: &Route, allowed: bool) {
        self.routes.entry(route.clone()).or_default().clear = Some(allowed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::PassiveSide;

    #[test]
    fn what_worked_comes_first_until_it_fails() {
        let route = (SiteKey("a".to_owned()), SiteKey("b".to_owned()));
        let plain = Plan { pipelined_source: true, pipelined_destination: true, ..Plan::plain() };
        let flipped = Plan { passive: PassiveSide::Source, ..plain };
        let mut learned = Learned::default();
        learned.worked(&route, flipped);
        learned.surprised(&route.1);
        let order = |learned: &Learned| {
            let mut plans = vec![plain, flipped];
            learned.apply(&route, &mut plans);
            plans
        };
        let plans = order(&learned);
        assert!(plans[0].is_same_way(&flipped) && plans[0].proven && !plans[1].proven);
        assert!(!plans[0].pipelined_destination && plans[0].pipelined_source);

        let cause = Cause::RefusedPeer;
        let found = Diagnosis { cause, by: None, words: String::new() };
        learned.failed(&route, flipped, &found);
        let plans = order(&learned);
        assert!(plans[0].is_same_way(&plain) && !plans.iter().any(|plan| plan.proven));
        learned.allow_clear(&route, true);
        assert_eq!(learned.clear(&route), Some(true));
    }
}

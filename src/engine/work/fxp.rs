//! From server to server: every way that the two allow, in turn.

use std::net::IpAddr;

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::sessions::route_memory::Route;
use crate::engine::work::sides::Ends;
use crate::engine::work::{Try, Worker};
use crate::ftp::Reply;
use crate::queue::store::local_path;
use crate::queue::{Ending, Item, Verify};
use crate::site::{DataProtection, Location, Site};
use crate::transfer::address::AddressError;
use crate::transfer::{
    Diagnosis, Fault, Order, Outcome, Plan, Search, Server, Side, Verdict, Via, Watch, Ways, ways,
};

impl Worker {
    /// Server to server: every way that the two allow, in turn.
    pub(super) async fn fly(
        &mut self,
        item: &Item,
        target: &Location,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        let (Some((from, source)), Some((to, path))) = (item.source.remote(), target.remote())
        else {
            return Err(failure::usage("copy", "both ends must be sites"));
        };
        let route = (from.key(), to.key());
        let ends = Ends::of(&item.source, target);
        self.recover(item, path, &ends).await?;
        if !item.replaces && self.duplicates.contains(path) {
            let fault = Fault::Duplicate(Reply::new(553, "X-DUPE"));
            let outcome = Outcome::failed(fault, 0);
            return Ok(Try { outcome, via: Via::Direct, plan: None, protected: None });
        }
        let ways = self.ways(&route).await?;
        let (size, source_time) = self.look(item, &ends).await?;
        self.remark_digests(from);
        let mut order = Order {
            temporary: self.temporary(item, to, path, size),
            replaces: item.replaces,
            size,
            // MDTM tells it to the second and in UTC, a listing perhaps not
            modified: source_time.or(item.modified),
            mode: item.mode,
            source_time,
            verify: self.rules.verify,
            text: self.rules.form.is_text(),
            ..Order::new(source.clone(), path.clone())
        };
        self.resume(item, &mut order, &ends).await?;
        if let Some(why) = self.must_relay(&route) {
            return self.relay(item, &mut order, &ends, why.as_deref(), watch).await;
        }
        let mut fault = match (ways.barrier, ways.unprotected) {
            (Some(barrier), _) => Fault::NoWay(barrier),
            (None, why) => Fault::Unprotected(why.unwrap_or("no way is allowed")),
        };
        let (mut last, mut no_way) = (None, true);
        let mut search = Search::new(ways.plans);
        while let Some(mut plan) = search.next_plan() {
            if !plan.protected
                && let Some(clear) = &ways.clear
                && !self.allows_clear(&route, from, to, clear).await
            {
                fault = Fault::Unprotected("you did not allow it");
                break;
            }
            let mut outcome = self.attempt(item, &mut order, plan, &ends, watch).await?;
            if matches!(outcome.fault, Some(Fault::RestRefused { .. })) {
                self.begin_anew(item, &mut order, &ends).await;
                outcome = self.attempt(item, &mut order, plan, &ends, watch).await?;
            }
            if !outcome.surprised.is_empty() {
                for side in &outcome.surprised {
                    let site = if *side == Side::Source { &route.0 } else { &route.1 };
                    self.hub.learned().surprised(site);
                    match side {
                        Side::Source => plan.pipelined_source = false,
                        Side::Destination => plan.pipelined_destination = false,
                    }
                }
                if outcome.verdict == Verdict::Failed && !watch.is_cancelled() {
                    // the file is not lost by it: once more, one command at a time
                    outcome = self.attempt(item, &mut order, plan, &ends, watch).await?;
                }
            }
            if outcome.verdict != Verdict::Failed {
                if !plan.proven {
                    self.hub.learned().worked(&route, plan);
                }
                self.remark_times(to, &outcome);
                return Ok(Try { outcome, via: Via::Direct, plan: Some(plan), protected: None });
            }
            if let Some(Fault::Address(AddressError::Elsewhere { announced, .. })) = &outcome.fault
                && !watch.is_cancelled()
            {
                let side = if plan.passive.side() == Side::Source { from } else { to };
                if self.believes(side, *announced, &outcome).await {
                    search.again(plan);
                    continue;
                }
            }
            if let Some(Fault::Duplicate(reply)) = &outcome.fault {
                let dir = path.parent().unwrap_or_default();
                self.duplicates.extend(reply.duplicates().map(|name| dir.join(name)));
            }
            let found = outcome.fault.as_ref().map(|fault| Diagnosis::of(&plan, fault));
            last = Some(Try { outcome, via: Via::Direct, plan: Some(plan), protected: None });
            match found.filter(|found| found.cause.is_of_the_way()) {
                Some(found) if !watch.is_cancelled() => {
                    self.hub.learned().failed(&route, plan, &found);
                    search.failed(&plan, &found);
                }
                _ => {
                    no_way = false;
                    break;
                }
            }
        }
        let tried = last.unwrap_or_else(|| Try {
            outcome: Outcome::failed(fault, 0),
            via: Via::Direct,
            plan: None,
            protected: None,
        });
        match self.relay_after(&route, &tried.outcome, no_way) {
            Some(why) => self.relay(item, &mut order, &ends, Some(&why), watch).await,
            None => Ok(tried),
        }
    }

    /// The ways of this route in the order of what was learned.
    pub(super) async fn ways(&mut self, route: &Route) -> Result<Ways, Failure> {
        let text = self.rules.form.is_text();
        let pair = self.pair(Plan::plain()).await?;
        let (source, destination) = pair.sessions();
        let (from, to) = (Server::of(source), Server::of(destination));
        let comparable = !text && !source.digests().common(destination.digests()).is_empty();
        let mut ways = ways::between(&from, &to, comparable);
        self.hub.learned().apply(route, &mut ways.plans);
        self.kinds = (from.kind, to.kind);
        Ok(ways)
    }

    /// Says once a job that a server does not set times.
    fn remark_times(&self, to: &Site, outcome: &Outcome) {
        if let Some(reply) = &outcome.time_refusal {
            let text = format!("{} does not set the times of files: {}", to.label(), reply.shown());
            self.hub.remark_once(self.job, to.label(), text);
        }
    }

    /// Says once a job that checksums were asked for and cannot be had.
    fn remark_digests(&self, from: &Site) {
        let Some(pair) = self.pair.as_ref().filter(|_| self.rules.verify == Verify::Checksum)
        else {
            return;
        };
        let (source, destination) = pair.sessions();
        if source.digests().common(destination.digests()).is_empty() {
            let text = format!(
                "{} and {} have no checksum in common: files are checked by their sizes",
                source.site().label(),
                destination.site().label()
            );
            self.hub.remark_once(self.job, from.label(), text);
        }
    }

    async fn attempt(
        &mut self,
        item: &Item,
        order: &mut Order,
        plan: Plan,
        ends: &Ends<'_>,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let hub = self.hub.clone();
        let ending = Ending {
            via: Some(Via::Direct),
            passive: Some(plan.passive),
            protected: Some(plan.protected),
            ..Ending::default()
        };
        hub.inform(EngineMsg::Way { item: item.id, ending });
        if order.offset > 0 && !self.is_still_there(order, ends).await? {
            self.begin_anew(item, order, ends).await;
        }
        // small files, too: one that stalls is only noticed by its size (transfer rule 11)
        if let Some((site, _)) = item.target.as_ref().and_then(Location::remote) {
            let at = Location::Remote { site: site.clone(), path: order.stored_as().clone() };
            hub.inform(EngineMsg::Storing { item: item.id, at });
        }
        self.intend(item, order, ends).await;
        self.note_begun(item, order, watch);
        let believed = hub.learned().believed(&ends.route);
        let pair = self.pair(plan).await?;
        pair.set_plan(plan);
        pair.believe(believed);
        let mut outcome = match pair.transfer(order, watch).await {
            Ok(outcome) => outcome,
            Err((side, error)) => Outcome::failed(Fault::of_preparation(side, error), 0),
        };
        self.conclude(item, order, &mut outcome, ends).await;
        Ok(outcome)
    }

    /// Deletes what a failed try left at the destination, on a session that works; says whether
    /// it is gone.
    pub(super) async fn clean(&mut self, leftover: &RemotePath) -> bool {
        if let Some(pair) = self.pair.take() {
            self.split(pair);
        }
        let deleted = match self.session_of(Side::Destination).await {
            Ok(Some(session)) => {
                session.remove_file(leftover).await.map_err(|error| error.to_string())
            }
            Ok(None) => {
                let here = local_path(leftover.as_bytes().to_vec());
                tokio::fs::remove_file(here).await.map_err(|error| error.to_string())
            }
            Err(failure) => Err(failure.to_string()),
        };
        if let Err(error) = &deleted {
            tracing::warn!(%leftover, %error, "a partial file could not be deleted");
        }
        deleted.is_ok()
    }

    /// Whether the user believes an address that is not the server's own (docs/transfer-rules.md
    /// "Addresses"); asked once for each, and never believed where nobody can be asked.
    async fn believes(&self, site: &Site, announced: IpAddr, outcome: &Outcome) -> bool {
        let hub = self.hub.clone();
        let _asking = hub.asking.lock().await;
        let key = site.key();
        // another lane may have asked in the meantime
        let known = hub.learned().believes(&key, announced);
        if let Some(believed) = known {
            return believed;
        }
        let fault = outcome.fault.as_ref().map(ToString::to_string).unwrap_or_default();
        let choices = vec!["No".to_owned(), "Yes, it belongs to the same server".to_owned()];
        let question = format!("{fault}. Send files there?");
        let believed = self.hub.ask(question, choices).await == Some(1);
        if self.hub.options.interactive {
            self.hub.learned().believe(&key, announced, believed);
        }
        believed
    }

    /// Whether data may go in the clear on this route (transfer rule 5).
    async fn allows_clear(&mut self, route: &Route, from: &Site, to: &Site, clear: &str) -> bool {
        // several lanes come to this point together, and the user is asked once
        let hub = self.hub.clone();
        let _asking = hub.asking.lock().await;
        let asks = from.data_protection.max(to.data_protection) == DataProtection::Ask;
        let known = if asks { self.hub.learned().clear(route) } else { Some(true) };
        let allowed = match known {
            Some(allowed) => allowed,
            None => {
                let choices = vec!["No".to_owned(), "Yes, on this route".to_owned()];
                let question = format!("{clear}. Send it all the same?");
                let answer = self.hub.ask(question, choices).await;
                // nobody to ask: `ask` behaves as `prefer`, and says so
                let allowed = answer.is_none_or(|choice| choice == 1);
                self.hub.learned().allow_clear(route, allowed, answer.is_some());
                allowed
            }
        };
        if allowed {
            self.hub.remark_once(self.job, from.label(), clear.to_owned());
        }
        allowed
    }
}

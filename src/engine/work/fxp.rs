//! The mover directly from server to server: every FXP mode that the two allow, in turn.

use std::net::IpAddr;

use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::sessions::route_memory::Route;
use crate::engine::work::Worker;
use crate::engine::work::attempt::{FileCopy, Mover};
use crate::queue::{Ending, Verify};
use crate::site::{DataProtection, Location, Site};
use crate::transfer::address::AddressError;
use crate::transfer::{
    Diagnosis, Fault, Modes, Outcome, Plan, Search, Server, Side, Verdict, Via, Watch, modes,
};

impl Worker {
    pub(super) async fn fxp(
        &mut self,
        file: &FileCopy<'_>,
        plan: Plan,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let (context, item) = (self.context.clone(), file.item.id);
        let (passive, protected) = (Some(plan.passive), Some(plan.protected));
        let via = Some(Via::Direct);
        let ending = Ending { via, passive, protected, ..Ending::default() };
        context.send(EngineMsg::Details { item, ending });
        // small files, too: one that stalls is only noticed by its size (transfer rule 11)
        if let Some((site, _)) = file.target.remote() {
            let (site, path) = (site.clone(), file.order.stored_as().clone());
            context.send(EngineMsg::Storing { item, at: Location::Remote { site, path } });
        }
        let trusted = context.route_memory().trusted_addresses(&file.route);
        let pair = self.pair(plan).await?;
        pair.set_plan(plan);
        pair.trust(trusted);
        let outcome = match pair.transfer(&file.order, watch).await {
            Ok(outcome) => outcome,
            Err((side, error)) => {
                Outcome::failed(Via::Direct, Fault::of_preparation(side, error), 0)
            }
        };
        Ok(Outcome { plan: Some(plan), protected, ..outcome })
    }

    /// Server to server: every FXP mode that the two allow, in turn, then through this machine
    /// where that is allowed.
    pub(super) async fn copy_between_servers(
        &mut self,
        file: &mut FileCopy<'_>,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let (Some(from), Some(to)) = (file.from, file.to) else {
            return Err(failure::usage("copy", "both ends must be sites"));
        };
        let modes = self.modes(&file.route).await?;
        self.remark_checksums(from);
        if let Some(why) = self.must_relay(&file.route) {
            return self.copy_by_relay(file, why.as_deref(), watch).await;
        }
        let fault = match (modes.barrier, modes.unprotected) {
            (Some(barrier), _) => Fault::NoWay(barrier),
            (None, why) => Fault::Unprotected(why.unwrap_or("no FXP mode is allowed")),
        };
        let mut outcome = Outcome::failed(Via::Direct, fault, 0);
        let mut tried = false;
        let mut no_mode = true;
        let mut search = Search::new(modes.plans);
        while let Some(mut plan) = search.next_plan() {
            if !plan.protected
                && let Some(clear) = &modes.clear
                && !self.allows_clear(&file.route, from, to, clear).await
            {
                if !tried {
                    let fault = Fault::Unprotected("you did not allow unencrypted data");
                    outcome = Outcome::failed(Via::Direct, fault, 0);
                }
                break;
            }
            tried = true;
            outcome = self.attempt_in_mode(file, &mut plan, watch).await?;
            if outcome.verdict != Verdict::Failed {
                if !plan.proven {
                    self.context.route_memory().worked(&file.route, plan);
                }
                self.remark_times(to, &outcome);
                return Ok(outcome);
            }
            let Some(fault) = &outcome.fault else { break };
            if let Fault::Address(AddressError::Elsewhere { announced, .. }) = fault
                && !watch.is_cancelled()
            {
                let site = if plan.passive.side() == Side::Source { from } else { to };
                if self.trusts(site, *announced, fault).await {
                    search.again(plan);
                    continue;
                }
            }
            if let Fault::Duplicate(reply) = fault {
                let dir = file.order.target.parent().unwrap_or_default();
                self.duplicates.extend(reply.duplicates().map(|name| dir.join(name)));
            }
            let found = Diagnosis::of(&plan, fault);
            if !found.cause.is_mode_specific() || watch.is_cancelled() {
                no_mode = false;
                break;
            }
            self.context.route_memory().failed(&file.route, plan, &found);
            search.failed(&plan, &found);
        }
        match self.relay_after(&file.route, &outcome, no_mode) {
            Some(why) => self.copy_by_relay(file, Some(&why), watch).await,
            None => Ok(outcome),
        }
    }

    /// One attempt in one mode; again with one command at a time where a server answered out of
    /// turn.
    async fn attempt_in_mode(
        &mut self,
        file: &mut FileCopy<'_>,
        plan: &mut Plan,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let outcome = self.attempt(file, Mover::Fxp(*plan), watch).await?;
        for side in &outcome.out_of_turn {
            let (site, pipelined) = match side {
                Side::Source => (&file.route.0, &mut plan.pipelined_source),
                Side::Destination => (&file.route.1, &mut plan.pipelined_destination),
            };
            self.context.route_memory().record_asynchronous(site);
            *pipelined = false;
        }
        let failed = outcome.verdict == Verdict::Failed && !watch.is_cancelled();
        if outcome.out_of_turn.is_empty() || !failed {
            return Ok(outcome);
        }
        self.attempt(file, Mover::Fxp(*plan), watch).await
    }

    /// The FXP modes of this route in the order of what was learned.
    async fn modes(&mut self, route: &Route) -> Result<Modes, Failure> {
        let text = self.rules.form.is_text();
        let pair = self.pair(Plan::plain()).await?;
        let (source, destination) = pair.sessions();
        let (from, to) = (Server::of(source), Server::of(destination));
        let comparable = !text && !source.digests().common(destination.digests()).is_empty();
        let mut modes = modes::between(&from, &to, comparable);
        self.context.route_memory().apply(route, &mut modes.plans);
        self.kinds = (from.kind, to.kind);
        Ok(modes)
    }

    /// Reports once per job that a server does not set times.
    fn remark_times(&self, to: &Site, outcome: &Outcome) {
        if let Some(reply) = &outcome.time_refusal {
            let text = format!("{} does not set the times of files: {}", to.label(), reply.shown());
            self.context.note_once(self.job, to.label(), text);
        }
    }

    /// Reports once per job that checksums were requested and cannot be had.
    fn remark_checksums(&self, from: &Site) {
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
            self.context.note_once(self.job, from.label(), text);
        }
    }

    /// Whether the user trusts an address that is not the server's own (docs/transfer-rules.md
    /// "Addresses"); asked once for each, and never trusted when not interactive.
    async fn trusts(&self, site: &Site, announced: IpAddr, fault: &Fault) -> bool {
        let context = self.context.clone();
        let _asking = context.asking.lock().await;
        let key = site.key();
        // another lane may have asked in the meantime
        let known = context.route_memory().address_decision(&key, announced);
        if let Some(trusted) = known {
            return trusted;
        }
        let choices = vec!["No".to_owned(), "Yes, it belongs to the same server".to_owned()];
        let question = format!("{fault}. Send files there?");
        let trusted = context.ask(question, choices).await == Some(1);
        if context.options.interactive {
            context.route_memory().set_address_decision(&key, announced, trusted);
        }
        trusted
    }

    /// Whether data may be sent unencrypted on this route (transfer rule 5).
    async fn allows_clear(&mut self, route: &Route, from: &Site, to: &Site, clear: &str) -> bool {
        // several lanes come to this point together, and the user is asked once
        let context = self.context.clone();
        let _asking = context.asking.lock().await;
        let asks = from.data_protection.max(to.data_protection) == DataProtection::Ask;
        let known = if asks { context.route_memory().clear(route) } else { Some(true) };
        let allowed = match known {
            Some(allowed) => allowed,
            None => {
                let choices = vec!["No".to_owned(), "Yes, on this route".to_owned()];
                let question = format!("{clear}. Send it anyway?");
                let answer = context.ask(question, choices).await;
                // when not interactive, `ask` behaves as `prefer`, and reports that
                let allowed = answer.is_none_or(|choice| choice == 1);
                context.route_memory().allow_clear(route, allowed, answer.is_some());
                allowed
            }
        };
        if allowed {
            context.note_once(self.job, from.label(), clear.to_owned());
        }
        allowed
    }
}

//! From server to server through this machine.

use crate::engine::api::Failure;
use crate::engine::message::EngineMsg;
use crate::engine::sessions::route_memory::Route;
use crate::engine::work::sides::Ends;
use crate::engine::work::{Try, Worker};
use crate::queue::{Ending, Item, ViaRule};
use crate::transfer::{Fault, Order, Outcome, Plan, Via, Watch, relay};

impl Worker {
    /// Whether a file goes through this machine without a try at the direct ways: the rule says
    /// so, or they are known not to work; why, in that case.
    pub(super) fn must_relay(&self, route: &Route) -> Option<Option<String>> {
        match self.rules.via {
            ViaRule::Relay => Some(None),
            ViaRule::Auto => self.hub.learned().relayed(route).map(Some),
            ViaRule::Direct => None,
        }
    }

    /// Why a file whose direct ways have all failed goes through this machine; `None` when it
    /// does not. With `no_way` it is the ways that failed, and not the file.
    pub(super) fn relay_after(
        &self,
        route: &Route,
        outcome: &Outcome,
        no_way: bool,
    ) -> Option<String> {
        let fault = outcome.fault.as_ref()?;
        // nothing was learned of the route by a file that cannot be replaced where it stands
        let this_file = matches!(fault, Fault::NoSafeOverwrite);
        // an address that is not to be trusted stays a refusal (docs/transfer-rules.md "Addresses")
        let refused = matches!(fault, Fault::Address(_) | Fault::Cancelled | Fault::Interrupted);
        if !(no_way || this_file) || refused || self.rules.via != ViaRule::Auto {
            return None;
        }
        let why = fault.to_string();
        if !this_file {
            self.hub.learned().relay(route, why.clone());
        }
        Some(why)
    }

    /// Copies one file through this machine, which is said, with the reason.
    pub(super) async fn relay(
        &mut self,
        item: &Item,
        order: &mut Order,
        ends: &Ends<'_>,
        why: Option<&str>,
        watch: &mut Watch,
    ) -> Result<Try, Failure> {
        let note = why.map(|why| format!("no direct way: {why}"));
        let ending = Ending { via: Some(Via::Relay), reason: note.clone(), ..Ending::default() };
        self.hub.inform(EngineMsg::Way { item: item.id, ending });
        let (mut outcome, mut protected) = self.relay_once(item, order, ends, watch).await?;
        if matches!(outcome.fault, Some(Fault::RestRefused { .. })) {
            self.begin_anew(item, order, ends).await;
            (outcome, protected) = self.relay_once(item, order, ends, watch).await?;
        }
        outcome.warning = match (outcome.warning, note) {
            (Some(warning), Some(note)) => Some(format!("{warning}; {note}")),
            (warning, note) => warning.or(note),
        };
        Ok(Try { outcome, via: Via::Relay, plan: None, protected })
    }

    async fn relay_once(
        &mut self,
        item: &Item,
        order: &mut Order,
        ends: &Ends<'_>,
        watch: &mut Watch,
    ) -> Result<(Outcome, Option<bool>), Failure> {
        if order.offset > 0 && !self.is_still_there(order, ends).await? {
            self.begin_anew(item, order, ends).await;
        }
        self.intend(item, order, ends).await;
        self.note_begun(item, order, watch);
        let pair = self.pair(Plan::plain()).await?;
        let (source, destination) = pair.both();
        let (mut outcome, protected) = relay(source, destination, order, watch).await;
        self.conclude(item, order, &mut outcome, ends).await;
        Ok((outcome, protected))
    }
}

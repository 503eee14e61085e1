//! The mover from server to server through this machine, and when it is used.

use crate::engine::api::Failure;
use crate::engine::message::EngineMsg;
use crate::engine::sessions::route_memory::Route;
use crate::engine::work::Worker;
use crate::engine::work::attempt::{FileCopy, Mover};
use crate::queue::{Ending, ViaRule};
use crate::transfer::{Fault, Outcome, Plan, Via, Watch, relay};

impl Worker {
    pub(super) async fn relay(
        &mut self,
        file: &FileCopy<'_>,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let (source, destination) = self.pair(Plan::plain()).await?.both();
        Ok(relay(source, destination, &file.order, watch).await)
    }

    /// Copies one file through this machine, and reports that with the reason.
    pub(super) async fn copy_by_relay(
        &mut self,
        file: &mut FileCopy<'_>,
        why: Option<&str>,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let note = why.map(|why| format!("relayed: {why}"));
        let ending = Ending { via: Some(Via::Relay), reason: note.clone(), ..Ending::default() };
        self.context.send(EngineMsg::Details { item: file.item.id, ending });
        let mut outcome = self.attempt(file, Mover::Relay, watch).await?;
        outcome.warning = match (outcome.warning, note) {
            (Some(warning), Some(note)) => Some(format!("{warning}; {note}")),
            (warning, note) => warning.or(note),
        };
        Ok(outcome)
    }

    /// Whether a file is relayed without an attempt at FXP: the rule demands it (without a reason),
    /// or FXP is known not to work (with the reason).
    pub(super) fn must_relay(&self, route: &Route) -> Option<Option<String>> {
        match self.rules.via {
            ViaRule::Relay => Some(None),
            ViaRule::Auto => self.context.route_memory().relayed(route).map(Some),
            ViaRule::Direct => None,
        }
    }

    /// Why a file for which FXP has failed is relayed; `None` when it is not. `no_mode` is true
    /// when the FXP modes failed, and not the file.
    pub(super) fn relay_after(
        &self,
        route: &Route,
        outcome: &Outcome,
        no_mode: bool,
    ) -> Option<String> {
        let fault = outcome.fault.as_ref()?;
        // a file that cannot be replaced where it stands proves nothing about the route
        let this_file = matches!(fault, Fault::NoSafeOverwrite);
        // an address that is not trusted stays a refusal (docs/transfer-rules.md "Addresses")
        let refused = matches!(fault, Fault::Address(_) | Fault::Cancelled | Fault::Interrupted);
        if !(no_mode || this_file) || refused || self.rules.via != ViaRule::Auto {
            return None;
        }
        let why = fault.to_string();
        if !this_file {
            self.context.route_memory().relay(route, why.clone());
        }
        Some(why)
    }
}

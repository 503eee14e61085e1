//! What is under way at a target, as the store knows it.
//!
//! Before STOR leaves, the store knows under which name the file will arrive ([`Intent`]); what a
//! broken try leaves is recorded there as a [`Partial`] (transfer rules 2 and 9).

use std::sync::Arc;

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::work::backup;
use crate::engine::work::sides::Ends;
use crate::engine::work::{SMALL, Worker};
use crate::queue::Item;
use crate::queue::store::{Intent, IntentState, Partial, StoreRequest};
use crate::transfer::{Order, Outcome, Side, Verdict, Watch, aside_name, temporary_name};

impl Worker {
    /// Records what is about to be stored, before anything is.
    pub(super) async fn intend(&self, item: &Item, order: &Order, ends: &Ends<'_>) {
        if self.is_recorded(item, order) {
            return;
        }
        let intent = Intent {
            item: item.id,
            source: ends.route.0.clone(),
            source_path: order.source.clone(),
            destination: ends.route.1.clone(),
            target: order.target.clone(),
            temporary: order.temporary.clone(),
            // text has another size there
            expected: order.size.filter(|_| !self.rules.form.is_text()),
            modified: order.source_time,
            replaces: !order.is_ours() || order.replaces,
            state: IntentState::Recorded,
            bytes: order.offset,
        };
        noted(self.hub.options.store.record_intents(vec![intent])).await;
    }

    /// Has the store told when the destination begins to store under the final name: only then
    /// what is there after a sudden end is known to be ours. A temporary name is nobody else's.
    pub(super) fn note_begun(&self, item: &Item, order: &Order, watch: &mut Watch) {
        let (store, id) = (self.hub.options.store.clone(), item.id);
        let begun = move || store.set_intent_state(id, IntentState::Started).batched().forget();
        watch.on_begun(order.temporary.is_none().then(|| Arc::new(begun) as _));
    }

    /// What a try came to, for the store.
    async fn settle(&self, item: &Item, order: &Order, outcome: &Outcome, ends: &Ends<'_>) {
        let store = &self.hub.options.store;
        if self.is_recorded(item, order) {
            return;
        }
        if outcome.kept {
            let partial = Partial {
                destination: ends.route.1.clone(),
                target: order.target.clone(),
                stored_as: order.stored_as().clone(),
                source: ends.route.0.clone(),
                source_path: order.source.clone(),
                size: order.size,
                modified: order.source_time,
                bytes: outcome.bytes,
            };
            noted(store.save_partial(partial)).await;
        } else if outcome.verdict != Verdict::Failed {
            noted(store.delete_partial(&ends.route.1, &order.target)).await;
        }
        if outcome.leftover.is_none() && outcome.displaced.is_none() {
            noted(store.delete_intents(vec![item.id])).await;
        }
    }

    /// The old file gets its name back that an earlier try had renamed aside, where it could not do
    /// so itself any more. What an earlier run left was looked at when its job was taken over.
    pub(super) async fn recover(
        &mut self,
        item: &Item,
        target: &RemotePath,
        ends: &Ends<'_>,
    ) -> Result<(), Failure> {
        if item.tries <= 1 || !item.replaces || ends.to.is_none() {
            return Ok(());
        }
        let kept = self.recorded(ends, target).await.map(|partial| partial.stored_as);
        let temporary = kept
            .filter(|stored_as| stored_as != target)
            .unwrap_or_else(|| self.temporary_name(item, target));
        self.put_back(&aside_name(&temporary), target).await
    }

    /// Mends what a try left at the destination, on a session that works, and has the store know
    /// what it came to.
    pub(super) async fn conclude(
        &mut self,
        item: &Item,
        order: &Order,
        outcome: &mut Outcome,
        ends: &Ends<'_>,
    ) {
        if let Some(aside) = &outcome.displaced {
            match self.put_back(aside, &order.target).await {
                Ok(()) => outcome.displaced = None,
                Err(error) => tracing::warn!(%aside, %error, "an old file has lost its name"),
            }
        }
        if let Some(leftover) = &outcome.leftover
            && self.clean(leftover).await
        {
            outcome.leftover = None;
        }
        self.settle(item, order, outcome, ends).await;
    }

    /// Gives the old file its name back, where the target is missing: it was renamed aside when
    /// the connection was lost.
    async fn put_back(&mut self, aside: &RemotePath, target: &RemotePath) -> Result<(), Failure> {
        if let Some(pair) = self.pair.take() {
            self.split(pair);
        }
        let Some(session) = self.session_of(Side::Destination).await? else { return Ok(()) };
        backup::put_back(session, aside, target).await
    }

    /// What was kept for this target.
    pub(super) async fn recorded(&self, ends: &Ends<'_>, target: &RemotePath) -> Option<Partial> {
        match self.hub.options.store.partial(&ends.route.1, target).await {
            Ok(partial) => partial,
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked");
                None
            }
        }
    }

    /// A partial file that is of no use: it goes, and so does what is known of it.
    pub(super) async fn forget(&mut self, ends: &Ends<'_>, partial: &Partial, exists: bool) {
        if exists && partial.stored_as != partial.target {
            self.clean(&partial.stored_as).await;
        }
        noted(self.hub.options.store.delete_partial(&ends.route.1, &partial.target)).await;
    }

    /// The hidden name of this run beside a target.
    pub(super) fn temporary_name(&self, item: &Item, target: &RemotePath) -> RemotePath {
        temporary_name(target, &format!("{}{}", self.tag, item.id))
    }

    /// True when the store knows all there is to know since the item was handed out: a small file
    /// from its beginning, under its final name or the name that was recorded then.
    fn is_recorded(&self, item: &Item, order: &Order) -> bool {
        let small = order.size.is_some_and(|size| size <= SMALL);
        let named = match &order.temporary {
            Some(temporary) => *temporary == self.temporary_name(item, &order.target),
            None => order.is_ours(),
        };
        small && named && order.offset == 0
    }
}

/// A change of the store; without a disk to write to files are copied all the same.
async fn noted(change: StoreRequest<()>) {
    if let Err(error) = change.await {
        tracing::warn!(%error, "the store cannot keep what is under way");
    }
}

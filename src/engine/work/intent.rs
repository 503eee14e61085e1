//! What the store knows of a transfer that is under way.
//!
//! Before STOR is sent, the store knows under which name the file will arrive ([`Intent`]); what a
//! failed attempt leaves is recorded there as a [`Partial`] (transfer rules 2 and 9).

use std::sync::Arc;

use crate::base::RemotePath;
use crate::engine::work::attempt::FileCopy;
use crate::engine::work::{SMALL, Worker};
use crate::queue::Item;
use crate::queue::store::{Intent, IntentState, Partial, StoreRequest};
use crate::transfer::{Outcome, Verdict, Watch, temporary_name};

impl Worker {
    /// Records what is about to be stored, before anything is.
    pub(super) async fn record_intent(&self, file: &FileCopy<'_>) {
        if self.is_recorded(file) {
            return;
        }
        let order = &file.order;
        let intent = Intent {
            item: file.item.id,
            source: file.route.0.clone(),
            source_path: order.source.clone(),
            destination: file.route.1.clone(),
            target: order.target.clone(),
            temporary: order.temporary.clone(),
            // text has another size there
            expected: order.size.filter(|_| !order.form.is_text()),
            modified: order.source_time,
            replaces: !order.is_ours() || order.replaces,
            state: IntentState::Recorded,
            bytes: order.offset,
        };
        noted(self.context.options.store.record_intents(vec![intent])).await;
    }

    /// Records when the destination begins to store under the final name: only then what is there
    /// after a sudden end is known to be ours. A temporary name is never anybody else's.
    pub(super) fn record_begin(&self, file: &FileCopy<'_>, watch: &mut Watch) {
        let (store, id) = (self.context.options.store.clone(), file.item.id);
        let begun = move || store.set_intent_state(id, IntentState::Started).batched().forget();
        watch.on_begun(file.order.temporary.is_none().then(|| Arc::new(begun) as _));
    }

    /// Records what an attempt came to.
    pub(super) async fn record_outcome(&self, file: &FileCopy<'_>, outcome: &Outcome) {
        let (store, order) = (&self.context.options.store, &file.order);
        if self.is_recorded(file) {
            return;
        }
        if outcome.kept {
            let partial = Partial {
                destination: file.route.1.clone(),
                target: order.target.clone(),
                stored_as: order.stored_as().clone(),
                source: file.route.0.clone(),
                source_path: order.source.clone(),
                size: order.size,
                modified: order.source_time,
                bytes: outcome.bytes,
            };
            noted(store.save_partial(partial)).await;
        } else if outcome.verdict != Verdict::Failed {
            noted(store.delete_partial(&file.route.1, &order.target)).await;
        }
        if outcome.leftover.is_none() && outcome.displaced.is_none() {
            noted(store.delete_intents(vec![file.item.id])).await;
        }
    }

    /// The partial file that was kept for this target.
    pub(super) async fn recorded_partial(&self, file: &FileCopy<'_>) -> Option<Partial> {
        match self.context.options.store.partial(&file.route.1, &file.order.target).await {
            Ok(partial) => partial,
            Err(error) => {
                tracing::warn!(%error, "the queue file cannot be read");
                None
            }
        }
    }

    /// Deletes a partial file that is of no use, and what is recorded of it.
    pub(super) async fn discard(&mut self, file: &FileCopy<'_>, partial: &Partial, exists: bool) {
        if exists && partial.stored_as != partial.target {
            self.delete_leftover(&partial.stored_as).await;
        }
        noted(self.context.options.store.delete_partial(&file.route.1, &partial.target)).await;
    }

    /// The hidden name of this run beside a target.
    pub(super) fn temporary_name(&self, item: &Item, target: &RemotePath) -> RemotePath {
        temporary_name(target, &format!("{}{}", self.tag, item.id))
    }

    /// True when the store has known everything since the item was handed out: a small file from
    /// its beginning, under its final name or the name that was recorded then.
    fn is_recorded(&self, file: &FileCopy<'_>) -> bool {
        let order = &file.order;
        let small = order.size.is_some_and(|size| size <= SMALL);
        let named = match &order.temporary {
            Some(temporary) => *temporary == self.temporary_name(file.item, &order.target),
            None => order.is_ours(),
        };
        small && named && order.offset == 0
    }
}

/// A change of the store; when it cannot be written, files are copied all the same.
async fn noted(change: StoreRequest<()>) {
    if let Err(error) = change.await {
        tracing::warn!(%error, "the queue file cannot be written");
    }
}

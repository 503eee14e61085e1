//! Going on where a file broke off, and knowing what is under way at a target.
//!
//! Before STOR leaves, the store knows under which name the file will arrive ([`Intent`]); what a
//! broken try leaves is recorded there as a [`Partial`] (design rules 2 and 9).

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::work::{SMALL, Worker};
use crate::queue::store::{Intent, IntentState, Partial, Pending};
use crate::queue::{Exists, Item, Verify};
use crate::session::SessionError;
use crate::site::{Site, SiteKey, Switch};
use crate::transfer::{Order, Outcome, Side, Verdict, aside_name, temporary_name};

/// Source and destination of a transfer.
pub(super) struct Ends<'a> {
    pub(super) from: &'a Site,
    pub(super) to: &'a Site,
    pub(super) route: (SiteKey, SiteKey),
}

impl Worker {
    /// Sets the order to go on where an earlier try ended, where that is provably right.
    pub(super) async fn resume(
        &mut self,
        item: &Item,
        order: &mut Order,
        ends: &Ends<'_>,
    ) -> Result<(), Failure> {
        let allowed = ends.from.resume != Switch::No && ends.to.resume != Switch::No;
        let Some(size) = order.size.filter(|size| *size > SMALL) else { return Ok(()) };
        order.keep = allowed && (order.source_time.is_some() || self.can_compare());
        let partial = self.recorded(ends, &order.target).await;
        if let Some(partial) = partial {
            let same = partial.source == ends.route.0 && partial.source_path == order.source;
            let have = self.size_at_target(ends, &partial.stored_as).await?;
            let known = partial.is_of(order.size, order.source_time.as_ref());
            let right = match have.filter(|have| allowed && same && (1..=size).contains(have)) {
                Some(_) if known => true,
                Some(have) => self.prefix_agrees(ends, order, &partial.stored_as, have).await?,
                None => false,
            };
            if let Some(have) = have.filter(|_| right) {
                order.temporary = (partial.stored_as != order.target).then_some(partial.stored_as);
                // the last byte once more, where only the servers' last words were missing
                order.offset = have.min(size - 1);
            } else {
                self.forget(ends, &partial, have.is_some()).await;
            }
        } else if allowed && self.rules.exists == Exists::Resume && item.replaces {
            let target = order.target.clone();
            let have = self.size_at_target(ends, &target).await?;
            if let Some(have) = have.filter(|have| (1..size).contains(have))
                && self.prefix_agrees(ends, order, &target, have).await?
            {
                order.temporary = None;
                order.offset = have;
            }
        }
        if order.offset > 0 && order.verify == Verify::Size {
            // sizes do not show what became of the seam
            order.verify = Verify::Checksum;
        }
        Ok(())
    }

    /// The order from the beginning, because it cannot go on.
    pub(super) fn begin_anew(&self, item: &Item, order: &mut Order, to: &Site) {
        order.offset = 0;
        order.verify = self.rules.verify;
        if order.temporary.is_none() && order.replaces {
            order.temporary = self.temporary(item, to, &order.target, order.size);
        }
    }

    /// True when the target still has what the order is to go on from. Asked directly before:
    /// servers make a hole where it has less (reference/ftp-fxp.md section 2b).
    pub(super) async fn is_still_there(
        &mut self,
        order: &Order,
        ends: &Ends<'_>,
    ) -> Result<bool, Failure> {
        let have = self.size_at_target(ends, order.stored_as()).await?;
        let size = order.size.unwrap_or(u64::MAX);
        Ok(have.is_some_and(|have| (order.offset..=size).contains(&have)))
    }

    /// Records what is about to be stored, before anything is.
    pub(super) async fn intend(&self, item: &Item, order: &Order, ends: &Ends<'_>) {
        if is_plain(order) {
            return;
        }
        let intent = Intent {
            item: item.id,
            source: ends.route.0.clone(),
            source_path: order.source.clone(),
            destination: ends.route.1.clone(),
            target: order.target.clone(),
            temporary: order.temporary.clone(),
            expected: order.size,
            modified: order.source_time,
            replaces: !order.is_ours() || order.replaces,
            state: IntentState::Recorded,
            bytes: order.offset,
        };
        noted(self.hub.options.store.record_intents(vec![intent])).await;
    }

    /// What a try came to, for the store.
    pub(super) async fn settle(
        &self,
        item: &Item,
        order: &Order,
        outcome: &Outcome,
        ends: &Ends<'_>,
    ) {
        let store = &self.hub.options.store;
        if is_plain(order) {
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
            noted(store.keep_partial(partial)).await;
        } else if outcome.verdict != Verdict::Failed {
            noted(store.forget_partial(&ends.route.1, &order.target)).await;
        }
        if outcome.leftover.is_none() && outcome.displaced.is_none() {
            noted(store.forget_intents(vec![item.id])).await;
        }
    }

    /// What a run of this program that ended suddenly left of this item.
    pub(super) async fn recover(&mut self, item: &Item, ends: &Ends<'_>) -> Result<(), Failure> {
        let intent = match self.hub.options.store.intent(item.id).await {
            Ok(Some(intent)) if intent.destination == ends.route.1 => intent,
            Ok(_) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked");
                return Ok(());
            }
        };
        let Some(temporary) = intent.temporary.clone() else { return Ok(()) };
        if temporary == temporary_name(&intent.target, &format!("{}{}", self.tag, item.id)) {
            // it is of this run: recorded when the item was handed out, and nothing is there yet
            return Ok(());
        }
        if intent.replaces {
            self.put_back(&aside_name(&temporary), &intent.target).await?;
        }
        let partial = Partial {
            destination: intent.destination,
            target: intent.target,
            stored_as: temporary,
            source: intent.source,
            source_path: intent.source_path,
            size: intent.expected,
            modified: intent.modified,
            bytes: intent.bytes,
        };
        noted(self.hub.options.store.keep_partial(partial)).await;
        noted(self.hub.options.store.forget_intents(vec![item.id])).await;
        Ok(())
    }

    /// Gives the old file its name back, where the target is missing: it was renamed aside when
    /// the connection was lost.
    pub(super) async fn put_back(
        &mut self,
        aside: &RemotePath,
        target: &RemotePath,
    ) -> Result<(), Failure> {
        if let Some(pair) = self.pair.take() {
            self.split(pair);
        }
        let hub = self.hub.clone();
        let Some(lease) = &mut self.destination else { return Ok(()) };
        let session = lease.session(&*hub).await?;
        let site = session.site().clone();
        let put = async {
            let now = crate::engine::ends::now();
            if session.stat(aside, now).await?.is_none() {
                return Ok(());
            }
            if session.stat(target, now).await?.is_none() {
                return session.rename(aside, target).await;
            }
            // the new file is in its place
            session.remove_file(aside).await
        };
        let step = format!("give {target} its name back");
        put.await.map_err(|error: SessionError| failure::of_session(&site, &step, &error))
    }

    async fn recorded(&self, ends: &Ends<'_>, target: &RemotePath) -> Option<Partial> {
        match self.hub.options.store.partial(&ends.route.1, target).await {
            Ok(partial) => partial,
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked");
                None
            }
        }
    }

    /// A partial file that is of no use: it goes, and so does what is known of it.
    async fn forget(&mut self, ends: &Ends<'_>, partial: &Partial, exists: bool) {
        if exists && partial.stored_as != partial.target {
            self.clean(&partial.stored_as).await;
        }
        noted(self.hub.options.store.forget_partial(&ends.route.1, &partial.target)).await;
    }

    fn can_compare(&self) -> bool {
        self.pair.as_ref().is_some_and(|pair| {
            let (source, destination) = pair.sessions();
            !source.digests().common(destination.digests()).is_empty()
        })
    }

    async fn size_at_target(
        &mut self,
        ends: &Ends<'_>,
        path: &RemotePath,
    ) -> Result<Option<u64>, Failure> {
        let step = "ask for the size";
        let lost = |error: SessionError| failure::of_session(ends.to, step, &error);
        if let Some(pair) = &mut self.pair {
            return pair.session(Side::Destination).size(path).await.map_err(lost);
        }
        let hub = self.hub.clone();
        let Some(lease) = &mut self.destination else { return Ok(None) };
        lease.session(&*hub).await?.size(path).await.map_err(lost)
    }

    async fn prefix_agrees(
        &mut self,
        ends: &Ends<'_>,
        order: &Order,
        stored_as: &RemotePath,
        have: u64,
    ) -> Result<bool, Failure> {
        let Some(pair) = &mut self.pair else { return Ok(false) };
        pair.prefix_agrees(&order.source, stored_as, have).await.map_err(|(side, error)| {
            let site = if side == Side::Source { ends.from } else { ends.to };
            failure::of_session(site, "compare what is there", &error)
        })
    }
}

/// True for a small file under its final name: the queue's item itself says all there is to know,
/// that its name was free and that it was running.
fn is_plain(order: &Order) -> bool {
    order.temporary.is_none() && order.size.is_some_and(|size| size <= SMALL)
}

/// A change of the store; without a disk to write to files are copied all the same.
async fn noted(change: Pending<()>) {
    if let Err(error) = change.await {
        tracing::warn!(%error, "the store cannot keep what is under way");
    }
}

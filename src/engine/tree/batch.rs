//! What a walk finds, on its way into the store: in batches, and never more of them in memory
//! than a few, since a walk waits when the store is slow.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::base::ItemId;
use crate::base::JobId;
use crate::engine::api::{Failure, FailureKind, ItemReport};
use crate::engine::context::EngineContext;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::queue::{Ending, ItemState, NewItem, QueueEntry, StoreError};
use crate::site::Location;

/// Items that go into the store together at most.
const BATCH: usize = 1000;

/// Takes what a walk finds.
pub(in crate::engine) struct Recorder {
    context: Arc<EngineContext>,
    job: JobId,
    entries: Vec<QueueEntry>,
    /// What kind of failure the entries are that ended badly.
    failures: Vec<Option<FailureKind>>,
    /// Comes when the batch that is on its way is in the store and the engine knows of it.
    sent: Option<oneshot::Receiver<Result<(), StoreError>>>,
    /// True when the walk is repeated: what is in the queue is passed over.
    again: bool,
    seen: Option<(Vec<u8>, HashSet<Vec<u8>>)>,
}

impl Recorder {
    pub(in crate::engine) fn new(context: Arc<EngineContext>, job: JobId, again: bool) -> Self {
        let (entries, failures) = (Vec::new(), Vec::new());
        Self { context, job, entries, failures, sent: None, again, seen: None }
    }

    /// A file that is to be copied.
    pub(in crate::engine) fn found(&mut self, item: NewItem) {
        self.entries.push(item.waiting());
        self.failures.push(None);
    }

    /// Something that is over without any lane: left out, failed, or done on the way.
    pub(in crate::engine) fn ended(
        &mut self,
        item: NewItem,
        state: ItemState,
        ending: Ending,
        failure: Option<FailureKind>,
    ) {
        let failed = state == ItemState::Failed;
        let state = failure::end(state, failure.as_ref());
        self.entries.push(item.ended(state, ending));
        self.failures.push(failure.or(failed.then_some(FailureKind::Refused)));
    }

    /// The job that it is for.
    pub(in crate::engine) fn job(&self) -> JobId {
        self.job
    }

    /// True for what an earlier walk of the same job has put into the queue.
    pub(in crate::engine) async fn has_seen(&mut self, at: &Location) -> Result<bool, Failure> {
        if !self.again {
            return Ok(false);
        }
        let path = at.path_bytes();
        let cut = path.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
        let (dir, name) = path.split_at(cut);
        if self.seen.as_ref().is_none_or(|(known, _)| known != dir) {
            let store = &self.context.options.store;
            let names = store.known_names_in(self.job, dir.to_vec()).await;
            let names = names.map_err(|error| failure::of_store("read the queue", &error))?;
            self.seen = Some((dir.to_vec(), names));
        }
        Ok(self.seen.as_ref().is_some_and(|(_, names)| names.contains(name)))
    }

    /// Sends what was found, once it is much.
    pub(in crate::engine) async fn relieve(&mut self) -> Result<(), Failure> {
        if self.entries.len() < BATCH { Ok(()) } else { self.flush().await }
    }

    /// Sends what was found, and waits until what was sent before is in the store.
    pub(in crate::engine) async fn flush(&mut self) -> Result<(), Failure> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.entries);
        let failures = std::mem::take(&mut self.failures);
        let (context, job) = (self.context.clone(), self.job);
        let reports = entries.iter().zip(failures);
        let reports: Vec<_> = reports.map(|(entry, failure)| report(job, entry, failure)).collect();
        let (told, stored) = oneshot::channel();
        // files fly as soon as they are in the store, while the walk looks at what is next
        self.context.options.store.add(job, entries).then(move |added| {
            let added = added.map(|(ids, counted)| {
                let named = ids.into_iter().zip(reports);
                let reports = named.filter_map(|(id, report)| {
                    let mut report: ItemReport = report?;
                    report.item.id = id;
                    Some(report)
                });
                let reports = reports.collect();
                context.send(EngineMsg::Added { job, counted, reports });
            });
            // the walk may have been given up
            let _ = told.send(added);
        });
        let earlier = self.sent.replace(stored);
        arrived(earlier).await
    }

    /// Sends the rest, and waits until all is in the store and the engine knows of it.
    pub(in crate::engine) async fn finish(&mut self) -> Result<(), Failure> {
        self.flush().await?;
        let last = self.sent.take();
        arrived(last).await
    }
}

async fn arrived(batch: Option<oneshot::Receiver<Result<(), StoreError>>>) -> Result<(), Failure> {
    let Some(stored) = batch else { return Ok(()) };
    let stored = stored.await.unwrap_or(Err(StoreError::Closed));
    stored.map_err(|error| failure::of_store("write the queue", &error))
}

fn report(job: JobId, entry: &QueueEntry, failure: Option<FailureKind>) -> Option<ItemReport> {
    let (state, ending) = entry.ended.clone()?;
    // the store tells its number
    let item = entry.item.clone().with_id(ItemId(0), job);
    Some(ItemReport { item, state, ending, failure })
}

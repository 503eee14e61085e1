//! Jobs that have ended long ago leave the queue, so that neither the store nor the memory grows
//! for ever.

use crate::base::JobId;
use crate::engine::core::actor::Engine;
use crate::engine::message::EngineMsg;

impl Engine {
    /// Takes the oldest jobs that have ended out of the store, when there are too many.
    pub(in crate::engine) fn forget_old_jobs(&mut self) {
        if self.closing {
            return;
        }
        let hub = self.hub.clone();
        tokio::spawn(async move {
            let store = &hub.options.store;
            let work = async {
                let old = store.old_jobs(hub.options.history).await?;
                for job in &old {
                    store.remove_job(*job).await?;
                }
                Ok::<_, crate::queue::StoreError>(old)
            };
            match work.await {
                Ok(old) if old.is_empty() => {}
                Ok(old) => hub.inform(EngineMsg::Forgotten(old)),
                // the next end of a job is another opportunity
                Err(error) => tracing::warn!(%error, "old jobs stay in the queue"),
            }
        });
    }

    /// They are gone from the store.
    pub(in crate::engine) fn forgotten(&mut self, jobs: &[JobId]) {
        for job in jobs {
            if self.jobs.get(job).is_some_and(|state| state.ended) {
                self.jobs.remove(job);
            }
        }
        self.hub.forget_remarks(jobs);
        self.dirty = true;
    }
}

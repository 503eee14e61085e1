//! Progress from the engine's side: speeds, and the sizes of growing targets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::RemotePath;
use crate::engine::context::Hub;
use crate::engine::core::actor::Engine;
use crate::engine::message::{EngineMsg, Lease, Purpose};
use crate::site::{Location, SiteKey};
use crate::transfer::Progress;

impl Engine {
    /// Measures speeds and tells front ends what changed.
    pub(in crate::engine) fn sample(&mut self, now: Instant) {
        let mut bytes = self.own_totals().bytes_done;
        for running in self.running.values_mut() {
            let known = running.progress.bytes().unwrap_or(0);
            running.rate.measure(now, known, running.progress.is_flowing());
            bytes += known;
        }
        if self.running.is_empty() {
            self.rate.rest(now, bytes);
        } else {
            let flowing = self.running.values().any(|running| running.progress.is_flowing());
            self.rate.measure(now, bytes, flowing);
        }
        if self.dirty || !self.running.is_empty() {
            self.dirty = false;
            let counts = self.counts();
            self.hub.tell(crate::engine::api::EventKind::Queue(counts));
        }
    }

    /// Looks at the sizes of growing targets on spare sessions, once a second and only for files
    /// that take longer than that (transfer rule 11).
    pub(in crate::engine) fn poll(&mut self, now: Instant) {
        if now.duration_since(self.last_poll) < Duration::from_secs(1) {
            return;
        }
        self.last_poll = now;
        let mut wanted: HashMap<_, Vec<_>> = HashMap::new();
        for running in self.running.values() {
            let old = now.duration_since(running.begun) > Duration::from_secs(1);
            if let Some((site, path)) = running.stored_at.as_ref().and_then(Location::remote)
                && old
                && running.progress.is_flowing()
                && !running.progress.is_counted_here()
            {
                let files = wanted.entry(site.key()).or_default();
                files.push((site.clone(), path.clone(), running.progress.clone()));
            }
        }
        for (key, files) in wanted {
            let Some((site, ..)) = files.first() else { continue };
            let sites = [site.clone()];
            if self.polling.contains(&key) || !self.pool.can_lend(&sites, Purpose::Poll) {
                continue;
            }
            let Some(lease) = self.lend(&sites).pop() else { continue };
            self.polling.insert(key.clone());
            let files = files.into_iter().map(|(_, path, progress)| (path, progress)).collect();
            tokio::spawn(poll_sizes(self.hub.clone(), key, lease, files));
        }
    }
}

/// Asks once for the size of each file, then gives the session back.
async fn poll_sizes(
    hub: Arc<Hub>,
    site: SiteKey,
    mut lease: Lease,
    files: Vec<(RemotePath, Arc<Progress>)>,
) {
    if let Ok(session) = lease.session(&*hub).await {
        for (path, progress) in files {
            match session.size(&path).await {
                Ok(Some(bytes)) => progress.set_bytes(bytes),
                // it has its final name already, or the server will not tell
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "no progress to be had");
                    break;
                }
            }
        }
    }
    drop(lease);
    hub.inform(EngineMsg::Polled(site));
}

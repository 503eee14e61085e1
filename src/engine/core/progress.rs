//! Progress: rates, the sizes of growing targets, and change events for front ends.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::RemotePath;
use crate::engine::api::{Counts, EventKind};
use crate::engine::context::EngineContext;
use crate::engine::core::actor::Engine;
use crate::engine::core::links::Running;
use crate::engine::core::machine::event::Event;
use crate::engine::core::rate::Rate;
use crate::engine::message::{EngineMsg, Lease};
use crate::site::{Location, SiteKey};
use crate::transfer::Progress;

/// The minimum interval of [`EventKind::DirectoryChanged`] events.
const CHANGES: Duration = Duration::from_millis(700);
/// The interval of polling the sizes of growing files; shorter transfers are not polled.
const SIZES: Duration = Duration::from_secs(1);

/// Changes that have not been sent to front ends yet.
#[derive(Debug)]
pub(super) struct PendingUpdates {
    /// True if rows or totals may have changed since the last event.
    changed: bool,
    directories: Vec<Location>,
    directories_sent: Instant,
    rate: Rate,
    last_poll: Instant,
    /// Sites that are being polled.
    polling: HashSet<SiteKey>,
}

impl PendingUpdates {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            changed: false,
            directories: Vec::new(),
            directories_sent: now,
            rate: Rate::new(now),
            last_poll: now,
            polling: HashSet::new(),
        }
    }

    pub(super) fn changed(&mut self) {
        self.changed = true;
    }

    pub(super) fn directory_changed(&mut self, at: Location) {
        if !self.directories.contains(&at) {
            self.directories.push(at);
        }
    }

    pub(super) fn polled(&mut self, site: &SiteKey) {
        self.polling.remove(site);
    }
}

impl Engine {
    /// Measures rates and sends the totals to front ends.
    pub(super) fn sample(&mut self, now: Instant) {
        let mut bytes = self.machine.totals().bytes_done;
        for running in self.running.values_mut() {
            let known = running.progress.bytes().unwrap_or(0);
            running.rate.measure(now, known, running.progress.is_flowing());
            bytes += known;
        }
        if self.running.is_empty() {
            self.updates.rate.rest(now, bytes);
        } else {
            let flowing = self.running.values().any(|running| running.progress.is_flowing());
            self.updates.rate.measure(now, bytes, flowing);
        }
        if std::mem::take(&mut self.updates.changed) || !self.running.is_empty() {
            self.context.emit(EventKind::Queue(self.counts()));
        }
    }

    /// Sends the changed directories to front ends, at a limited rate.
    pub(super) fn flush_changes(&mut self, now: Instant) {
        if now.duration_since(self.updates.directories_sent) >= CHANGES {
            self.updates.directories_sent = now;
            for at in std::mem::take(&mut self.updates.directories) {
                self.context.emit(EventKind::DirectoryChanged { at });
            }
        }
    }

    /// The totals of the whole queue.
    pub(super) fn counts(&self) -> Counts {
        let totals = self.machine.totals().plus(&self.others);
        let live = self.running.len() as u64;
        let running: u64 =
            self.running.values().filter_map(|running| running.progress.bytes()).sum();
        let rate =
            if self.running.is_empty() { 0.0 } else { self.updates.rate.rate().unwrap_or(0.0) };
        let bytes_left = totals.bytes_open.saturating_sub(running);
        let left = (rate >= 1.0 && bytes_left > 0)
            .then(|| Duration::from_secs_f64((bytes_left as f64 / rate).min(1e9)));
        let others = self.others.running;
        let settling: usize = self.machine.jobs().map(|(_, job)| job.settling().count()).sum();
        Counts {
            waiting: totals.open().saturating_sub(live + others + settling as u64),
            running: live + others,
            done: totals.done,
            skipped: totals.skipped,
            failed: totals.failed,
            cancelled: totals.cancelled,
            bytes: totals.bytes_done + running,
            bytes_left,
            rate,
            left,
            paused: self.machine.is_paused(),
            listing: self.submitting > 0 || self.machine.jobs().any(|(_, job)| job.is_listing()),
        }
    }

    /// Polls the sizes of growing targets on spare sessions, once per second and only for files
    /// that take longer than that (transfer rule 11).
    pub(super) fn poll_sizes(&mut self, now: Instant) {
        if now.duration_since(self.updates.last_poll) < SIZES {
            return;
        }
        self.updates.last_poll = now;
        let growing = self.running.values().filter(|running| grows(running, now));
        let sites = growing.filter_map(|running| running.stored_at.as_ref()?.remote());
        let mut sites: Vec<_> = sites.map(|(site, _)| site.clone()).collect();
        sites.sort_by_key(|site| site.key());
        sites.dedup_by_key(|site| site.key());
        for site in sites {
            if !self.updates.polling.contains(&site.key()) {
                self.feed(Event::PollSizes(site));
            }
        }
    }

    /// Polls the sizes on a site with a session that was lent for it.
    pub(super) fn ask_sizes(&mut self, site: &SiteKey, lease: Lease) {
        let now = Instant::now();
        let growing = self.running.values().filter(|running| grows(running, now));
        let files = growing.filter_map(|running| {
            let (on, path) = running.stored_at.as_ref()?.remote()?;
            (on.key() == *site).then(|| (path.clone(), running.progress.clone()))
        });
        let files = files.collect();
        self.updates.polling.insert(site.clone());
        tokio::spawn(poll_sizes(self.context.clone(), site.clone(), lease, files));
    }
}

/// True for files whose progress is only known from the size at the target.
fn grows(running: &Running, now: Instant) -> bool {
    now.duration_since(running.started) > SIZES
        && running.progress.is_flowing()
        && !running.progress.is_counted_here()
}

/// Asks for the size of each file once, then gives the session back.
async fn poll_sizes(
    context: Arc<EngineContext>,
    site: SiteKey,
    mut lease: Lease,
    files: Vec<(RemotePath, Arc<Progress>)>,
) {
    if let Ok(session) = lease.session(&*context).await {
        for (path, progress) in files {
            match session.size(&path).await {
                Ok(Some(bytes)) => progress.set_bytes(bytes),
                // it already has its final name, or the server does not report its size
                Ok(None) => {}
                Err(error) => {
                    tracing::debug!(%error, "cannot get the size of a growing file");
                    break;
                }
            }
        }
    }
    drop(lease);
    context.send(EngineMsg::Polled(site));
}

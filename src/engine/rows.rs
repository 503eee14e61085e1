//! What front ends see of the queue: counts and windows.

use std::time::{Duration, Instant};

use crate::engine::api::{Counts, Row, RowFilter, Window};
use crate::engine::task::Engine;
use crate::queue::{Item, ItemState};
use crate::site::Location;

/// A pane that shows a directory that files arrive in is told at most this often.
const CHANGES: Duration = Duration::from_millis(700);

impl Engine {
    /// The whole queue in numbers.
    pub(super) fn counts(&self) -> Counts {
        let totals = self.queue.totals();
        let running: u64 =
            self.running.values().filter_map(|running| running.progress.bytes()).sum();
        let running_left: u64 = self
            .queue
            .running()
            .filter_map(|item| {
                let done = self.running.get(&item.id).and_then(|r| r.progress.bytes());
                Some(item.size?.saturating_sub(done.unwrap_or(0)))
            })
            .sum();
        let bytes_left = totals.bytes_waiting + running_left;
        let rate = if self.running.is_empty() { 0.0 } else { self.rate.rate().unwrap_or(0.0) };
        let left = (rate >= 1.0 && bytes_left > 0)
            .then(|| Duration::from_secs_f64((bytes_left as f64 / rate).min(1e9)));
        Counts {
            waiting: totals.waiting,
            running: totals.running,
            done: totals.done,
            skipped: totals.skipped,
            failed: totals.failed,
            bytes: totals.bytes_done + running,
            bytes_left,
            rate,
            left,
            paused: self.paused,
            listing: self.queue.jobs().any(|(_, job)| job.listing),
        }
    }

    /// A piece of the queue.
    pub(super) fn window(&self, offset: u64, limit: usize, filter: RowFilter) -> Window {
        let counts = self.counts();
        let totals = self.queue.totals();
        let open = totals.waiting + totals.running;
        let ended = totals.done + totals.skipped + totals.failed;
        let total = match filter {
            RowFilter::All => open + ended,
            RowFilter::Open => open,
            RowFilter::Failed => totals.failed,
            RowFilter::Ended => ended,
        };
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        let row = |id| self.queue.item(id).map(|item| self.row(item));
        let rows = match filter {
            RowFilter::All => {
                self.queue.rows(true, true).skip(skip).take(limit).filter_map(row).collect()
            }
            RowFilter::Open => {
                self.queue.rows(true, false).skip(skip).take(limit).filter_map(row).collect()
            }
            RowFilter::Ended => {
                self.queue.rows(false, true).skip(skip).take(limit).filter_map(row).collect()
            }
            RowFilter::Failed => {
                self.queue.failed().skip(skip).take(limit).filter_map(row).collect()
            }
        };
        Window { total, offset, rows, counts }
    }

    fn row(&self, item: &Item) -> Row {
        let running = self.running.get(&item.id);
        let label = |at: &Location| match at {
            Location::Remote { site, .. } => site.label(),
            Location::Local(_) => "here".to_owned(),
        };
        let ended = item.state.is_ended();
        let bytes = match running {
            Some(running) => running.progress.bytes(),
            None if item.state == ItemState::Done => Some(item.ending.bytes),
            None => None,
        };
        Row {
            item: item.id,
            job: item.job,
            kind: self.kind_of(item.job),
            name: item.label.to_string(),
            dir: item.dir,
            from: label(&item.source),
            to: item.target.as_ref().map(label).unwrap_or_default(),
            state: item.state,
            via: item.ending.via,
            protected: item.ending.protected,
            bytes,
            size: item.size,
            rate: running.and_then(|running| running.gauge.rate()),
            elapsed: match running {
                Some(running) => running.begun.elapsed(),
                None => item.ending.elapsed,
            },
            reason: item.ending.reason.clone(),
            verdict: if ended { item.ending.verdict } else { None },
        }
    }

    /// Something in a directory changed.
    pub(super) fn note_change(&mut self, at: Location) {
        if !self.changed.contains(&at) {
            self.changed.push(at);
        }
    }

    /// Tells the panes, not too often while much changes.
    pub(super) fn flush_changes(&mut self, now: Instant) {
        if self.changed.is_empty() || now.duration_since(self.last_changed) < CHANGES {
            return;
        }
        self.last_changed = now;
        for at in std::mem::take(&mut self.changed) {
            self.hub.tell(crate::engine::api::Happening::DirectoryChanged { at });
        }
    }
}

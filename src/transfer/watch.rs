//! The progress of a transfer, and the request to stop it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;

use crate::transfer::fault::Fault;

/// It is unknown how much has arrived.
const UNKNOWN: u64 = u64::MAX;

/// The progress of a transfer; written by whatever measures it, read by what displays it.
#[derive(Debug)]
pub struct Progress {
    bytes: AtomicU64,
    flowing: AtomicBool,
    counted_here: AtomicBool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            bytes: AtomicU64::new(UNKNOWN),
            flowing: AtomicBool::new(false),
            counted_here: AtomicBool::new(false),
        }
    }
}

impl Progress {
    /// Bytes at the target; `None` while unknown.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        Some(self.bytes.load(Ordering::Relaxed)).filter(|bytes| *bytes != UNKNOWN)
    }

    /// So many bytes are at the target.
    pub fn set_bytes(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// True once data flows.
    #[must_use]
    pub fn is_flowing(&self) -> bool {
        self.flowing.load(Ordering::Relaxed)
    }

    /// True when the data passes through this machine: the progress is known without asking a
    /// server.
    #[must_use]
    pub fn is_counted_here(&self) -> bool {
        self.counted_here.load(Ordering::Relaxed)
    }

    /// The data passes through this machine.
    pub fn count_here(&self) {
        self.counted_here.store(true, Ordering::Relaxed);
    }

    /// Data flows now.
    pub fn flow(&self) {
        self.flowing.store(true, Ordering::Relaxed);
    }
}

/// Whether a running transfer is asked to stop, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StopRequest {
    /// It continues.
    #[default]
    None,
    /// It stops and will be resumed later: what has arrived is kept.
    Interrupt,
    /// It stops, and what has arrived is deleted.
    Cancel,
}

/// Handed to a transfer: where it writes its progress, and how it is asked to stop.
#[derive(Clone)]
pub struct Watch {
    progress: Arc<Progress>,
    request: watch::Receiver<StopRequest>,
    begun: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl Watch {
    /// A transfer that stops when `request` demands it.
    #[must_use]
    pub fn new(progress: Arc<Progress>, request: watch::Receiver<StopRequest>) -> Self {
        Self { progress, request, begun: None }
    }

    /// Calls it when the destination has replied 1xx: the file under the name is ours from then on
    /// (transfer rule 2).
    pub fn on_begun(&mut self, callback: Option<Arc<dyn Fn() + Send + Sync>>) {
        self.begun = callback;
    }

    /// The destination has replied 1xx.
    pub(super) fn begun(&self) {
        if let Some(callback) = &self.begun {
            callback();
        }
    }

    /// Where progress is written.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// True when it must stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.request.borrow() != StopRequest::None
    }

    /// True when it must stop and will be resumed later.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        *self.request.borrow() == StopRequest::Interrupt
    }

    /// Why it was stopped.
    pub(super) fn stopped(&self) -> Fault {
        if self.is_interrupted() { Fault::Interrupted } else { Fault::Cancelled }
    }

    /// Returns when it must stop; never if the sender of such requests is gone.
    pub async fn cancelled(&mut self) {
        if self.request.wait_for(|request| *request != StopRequest::None).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

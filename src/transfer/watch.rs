//! Looking at a transfer from outside, and stopping it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;

use crate::transfer::fault::Fault;

/// Nobody knows how much has arrived.
const UNKNOWN: u64 = u64::MAX;

/// How far a transfer is; written by whoever can tell, read by whoever shows it.
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
    /// Bytes at the target; `None` while nobody can tell.
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

    /// True when the data passes through this machine: no server need be asked how far it is.
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

/// What is wanted of a transfer that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Wish {
    /// It is to go on.
    #[default]
    GoOn,
    /// It is to stop, and will go on later: what has arrived is kept.
    Interrupt,
    /// It is to stop, and nothing of it is to remain.
    Cancel,
}

/// Handed to a transfer: where it writes its progress, and how it hears that it is to stop.
#[derive(Clone)]
pub struct Watch {
    progress: Arc<Progress>,
    wish: watch::Receiver<Wish>,
    begun: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl Watch {
    /// A transfer that stops when `wish` says so.
    #[must_use]
    pub fn new(progress: Arc<Progress>, wish: watch::Receiver<Wish>) -> Self {
        Self { progress, wish, begun: None }
    }

    /// Tells it when the destination has said 1xx: what is under the name is ours from then on
    /// (transfer rule 2). `None` where nobody wants to know.
    pub fn on_begun(&mut self, tell: Option<Arc<dyn Fn() + Send + Sync>>) {
        self.begun = tell;
    }

    /// The destination has said 1xx.
    pub(super) fn begun(&self) {
        if let Some(tell) = &self.begun {
            tell();
        }
    }

    /// Where progress is written.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// True when it is to stop.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.wish.borrow() != Wish::GoOn
    }

    /// True when it is to stop, and will go on later.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        *self.wish.borrow() == Wish::Interrupt
    }

    /// Why it was stopped.
    pub(super) fn stopped(&self) -> Fault {
        if self.is_interrupted() { Fault::Interrupted } else { Fault::Cancelled }
    }

    /// Returns when it is to stop; never when nobody can say so any more.
    pub async fn cancelled(&mut self) {
        if self.wish.wait_for(|wish| *wish != Wish::GoOn).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

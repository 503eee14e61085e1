//! The state shared by all sessions of one server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedMutexGuard, mpsc};

use crate::base::RemotePath;
use crate::demo::fault::rules::Rules;
use crate::demo::record::Record;
use crate::demo::setup::Setup;
use crate::demo::store::Store;
use crate::demo::tls::TlsKit;

/// A request of a session to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Crash, as with `kill -9`.
    Crash,
}

/// The state shared by all sessions.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) setup: Setup,
    pub(crate) store: Store,
    pub(crate) rules: Rules,
    pub(crate) record: Record,
    pub(crate) tls: Option<TlsKit>,
    /// Number of open sessions.
    pub(crate) sessions: AtomicUsize,
    /// Files that are being written, on servers that lock them.
    pub(crate) locks: Mutex<HashMap<RemotePath, Arc<tokio::sync::Mutex<()>>>>,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

impl Shared {
    /// Waits until no other session writes this file.
    pub(crate) async fn lock(&self, path: &RemotePath) -> OwnedMutexGuard<()> {
        let lock = {
            // no panic leaves the map inconsistent
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(path.clone()).or_default().clone()
        };
        lock.lock_owned().await
    }

    /// Number of open sessions.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Acquire)
    }
}

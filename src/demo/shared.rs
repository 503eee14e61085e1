//! What all sessions of one server share.

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

/// What the sessions ask the server to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Die, as by kill -9.
    Crash,
}

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) setup: Setup,
    pub(crate) store: Store,
    pub(crate) rules: Rules,
    pub(crate) record: Record,
    pub(crate) tls: Option<TlsKit>,
    /// Sessions that live.
    pub(crate) sessions: AtomicUsize,
    /// Files that are being written, where the server locks them.
    pub(crate) locks: Mutex<HashMap<RemotePath, Arc<tokio::sync::Mutex<()>>>>,
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

impl Shared {
    /// Waits until nobody else writes this file.
    pub(crate) async fn lock(&self, path: &RemotePath) -> OwnedMutexGuard<()> {
        let lock = {
            // a map is sound after every step
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.entry(path.clone()).or_default().clone()
        };
        lock.lock_owned().await
    }

    /// Sessions now.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Acquire)
    }
}

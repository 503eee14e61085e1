//! What all sessions of one server share.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

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
    pub(crate) orders: mpsc::UnboundedSender<Order>,
}

impl Shared {
    /// Sessions now.
    pub(crate) fn sessions(&self) -> usize {
        self.sessions.load(Ordering::Acquire)
    }
}

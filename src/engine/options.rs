//! The options of an engine.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::base::EntryFilters;
use crate::queue::store::History;
use crate::queue::{RetryPolicy, SiteRetryLimits, Store};
use crate::session::Limits;
use crate::site::{Trust, Vault};

/// The options of an engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The trusted certificates.
    pub trust: Arc<Trust>,
    /// The password vault; unlocked by the front end.
    pub vault: Option<Arc<Vault>>,
    /// The persistent queue, and what is remembered about routes and servers.
    pub store: Store,
    /// Time limits of sessions.
    pub limits: Limits,
    /// True if a user can answer questions; otherwise every question gets the safe answer.
    pub interactive: bool,
    /// True to send the FTP conversation as [`crate::engine::EventKind::LogLine`] events.
    pub conversation: bool,
    /// The number of sessions of each site that are reserved for browsing: 1 with a screen, else 0.
    pub browsing: usize,
    /// The maximum number of attempts for a file that fails for a transient reason.
    pub tries: u32,
    /// The maximum number of attempts to connect.
    pub connect_tries: u32,
    /// The delay before the first retry of a file that is busy.
    pub busy_wait: Duration,
    /// How long to wait for a site that was reachable before, or that accepts no more sessions;
    /// `None` for no limit.
    pub patience: Option<Duration>,
    /// How long a lane keeps sessions that another job also needs, if they cannot be shared.
    pub turn: Duration,
    /// How many ended jobs and files stay in the queue.
    pub history: History,
    /// The sites file, if this engine takes jobs without an owner on its own; else `None`.
    pub sites_file: Option<PathBuf>,
    /// The filters for directory entries of all sites and jobs.
    pub take: EntryFilters,
}

impl EngineOptions {
    /// The defaults of docs/command-line.md "Defaults", not interactive, with a queue in memory.
    #[must_use]
    pub fn new(trust: Arc<Trust>) -> Self {
        Self {
            trust,
            vault: None,
            store: Store::in_memory(),
            limits: Limits::default(),
            interactive: false,
            conversation: false,
            browsing: 0,
            tries: 5,
            connect_tries: 3,
            busy_wait: Duration::from_secs(10),
            patience: Some(Duration::ZERO),
            turn: Duration::from_secs(10),
            history: History::default(),
            sites_file: None,
            take: EntryFilters::default(),
        }
    }

    /// The retry policy for files.
    pub(super) fn tries(&self) -> RetryPolicy {
        RetryPolicy { max_attempts: self.tries, busy_wait: self.busy_wait }
    }

    /// The retry limits for sites.
    pub(super) fn patience(&self) -> SiteRetryLimits {
        SiteRetryLimits { min_attempts: self.connect_tries, time_limit: self.patience }
    }
}

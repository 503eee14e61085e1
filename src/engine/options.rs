//! What an engine is started with.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::base::EntryFilters;
use crate::queue::store::History;
use crate::queue::{RetryPolicy, SiteRetryLimits, Store};
use crate::session::Limits;
use crate::site::{Trust, Vault};

/// What an engine is started with.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Which certificates are trusted.
    pub trust: Arc<Trust>,
    /// Where passwords in the vault are found; opened by the front end.
    pub vault: Option<Arc<Vault>>,
    /// The durable queue, and what was learned of routes and servers.
    pub store: Store,
    /// Time limits of sessions.
    pub limits: Limits,
    /// True when a person can answer questions; otherwise every question gets the safe answer.
    pub interactive: bool,
    /// True when somebody reads the dialogue with the servers.
    pub conversation: bool,
    /// Sessions of each site that are kept for browsing: 1 with a screen, 0 without.
    pub browsing: usize,
    /// Tries for a file that fails for a passing reason.
    pub tries: u32,
    /// Tries to connect.
    pub connect_tries: u32,
    /// The first wait for a file that is busy.
    pub busy_wait: Duration,
    /// How long a site is waited for that was reached before and is away now, or that is full;
    /// `None` for as long as it takes.
    pub patience: Option<Duration>,
    /// How long a lane keeps sessions that another job wants as well, where they cannot be
    /// shared.
    pub turn: Duration,
    /// How much of what has ended stays in the queue.
    pub history: History,
    /// The file of bookmarks, where jobs that were added for anybody are taken on by themselves;
    /// `None` to leave them alone.
    pub bookmarks: Option<PathBuf>,
    /// What of directories is taken, whatever site or job it is.
    pub take: EntryFilters,
}

impl EngineOptions {
    /// The defaults of docs/command-line.md "Defaults", for a front end without a person; the queue
    /// ends with the program.
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
            bookmarks: None,
            take: EntryFilters::default(),
        }
    }

    /// How often a file is tried.
    pub(super) fn tries(&self) -> RetryPolicy {
        RetryPolicy { max_attempts: self.tries, busy_wait: self.busy_wait }
    }

    /// How long a site is waited for.
    pub(super) fn patience(&self) -> SiteRetryLimits {
        SiteRetryLimits { min_attempts: self.connect_tries, time_limit: self.patience }
    }
}

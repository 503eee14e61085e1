//! The persistent store: SQLite on separate threads, so that other threads never wait for the disk.
//!
//! * A change is answered after its commit ([`StoreRequest`]); requests that wait at the same time
//!   share one transaction.
//! * Several processes may read and change the file; transactions run one after the other.
//! * A damaged file is renamed and never overwritten.
//! * Passwords are never stored: servers are identified by their [`crate::site::SiteKey`].

mod columns;
mod control;
mod error;
mod exchange;
mod intents;
mod items;
mod jobs;
mod names;
mod open;
mod partials;
mod paths;
mod reference;
mod routes;
mod runs;
mod schema;
mod search;
mod servers;
mod thread;
mod window;

#[cfg(test)]
mod queue_tests;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::oneshot;

pub use control::{ItemChange, ItemSelection};
pub use error::StoreError;
pub use exchange::ExportError;
pub use intents::{Intent, IntentState, OwnedIntent, local_key};
pub use items::{ClaimedItems, ReturnOutcome, ReturnedItem, VersionedTotals};
pub use jobs::{History, JobQuery, JobStatus, Stage, StoredJob};
pub use partials::Partial;
pub use reference::SiteRef;
pub use routes::{RouteFailure, RouteKey, RouteMode, StoredRoute};
pub use runs::{JobOwner, RunId};
pub use search::ItemQuery;
pub use servers::LearnedServer;
pub use thread::{StoreAnswer, StoreRequest};
pub use window::{ItemRow, JobSummary, QueueRows, Scope, Section};

use thread::StoreMsg;

/// The persistent store; cheap to clone. It closes when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Store {
    writer: mpsc::Sender<StoreMsg>,
    reader: Option<mpsc::Sender<StoreMsg>>,
}

impl Store {
    /// Opens the file, or creates it with mode 0600. A damaged file is renamed first; its new path
    /// is returned, so that the user can be notified.
    ///
    /// Blocks for a few milliseconds, or while another process opens the same file.
    ///
    /// # Errors
    /// [`StoreError`]: no permission, written by a newer fxpane, no space.
    pub fn open(path: &Path) -> Result<(Self, Option<PathBuf>), StoreError> {
        let opened = open::open(path)?;
        let store = Self {
            writer: thread::writer(opened.writer),
            reader: Some(thread::reader(opened.reader)),
        };
        Ok((store, opened.renamed_to))
    }

    /// A store in memory, for tests and for when the file cannot be used.
    #[must_use]
    pub fn in_memory() -> Self {
        match open::in_memory() {
            Ok(connection) => Self { writer: thread::writer(connection), reader: None },
            Err(error) => {
                tracing::error!(%error, "cannot create a store in memory");
                // a closed store: every request returns `Closed`
                Self { writer: mpsc::channel().0, reader: None }
            }
        }
    }

    /// Completes waiting requests and closes the file; other clones then get
    /// [`StoreError::Closed`].
    pub async fn close(&self) {
        for thread in self.reader.iter().chain([&self.writer]) {
            let (done, closed) = oneshot::channel();
            if thread.send(StoreMsg::Close(done)).is_ok() {
                // an error means that the thread has exited already
                let _ = closed.await;
            }
        }
    }

    /// A change, which is committed before it is answered.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreRequest<T> {
        StoreRequest::new(self.writer.clone(), work)
    }

    /// A query of committed data.
    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreRequest<T> {
        StoreRequest::new(self.reader.as_ref().unwrap_or(&self.writer).clone(), work)
    }
}

//! The durable store: SQLite on threads of its own, so that nobody else ever waits for a disk.
//!
//! * A change is answered after it was committed ([`Pending`]); requests that wait together share
//!   one transaction.
//! * Several processes may read and change the file; each transaction waits for its turn.
//! * A damaged file is set aside under another name and never overwritten.
//! * Passwords are never stored: servers are named by their [`crate::site::SiteKey`].

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
mod servers;
mod sought;
mod thread;
mod window;
mod words;

#[cfg(test)]
mod queue_tests;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::mpsc;

use rusqlite::Connection;
use tokio::sync::oneshot;

pub use crate::base::path::local_path;
pub use control::{Change, Selection};
pub use error::StoreError;
pub use exchange::ExportError;
pub use intents::{Intent, IntentState, UnderWay, this_machine};
pub use items::{Back, BackAs, Claimed, Counted};
pub use jobs::{History, JobRecord, JobState, Stage, Wanted};
pub use partials::Partial;
pub use reference::SiteRef;
pub use routes::{Route, RouteFailure, RouteKey, Way};
pub use runs::{Owner, RunId};
pub use servers::Server;
pub use sought::Sought;
pub use thread::{Pending, Sent};
pub use window::{JobHead, Part, Rows, Scope, Shown};

use thread::Order;

/// The durable store; cheap to clone. It ends when the last clone is gone.
#[derive(Debug, Clone)]
pub struct Store {
    writer: mpsc::Sender<Order>,
    reader: Option<mpsc::Sender<Order>>,
}

impl Store {
    /// Opens the file, or begins a new one with mode 0600. A damaged file is set aside first; its
    /// new name comes back, to be told to the user.
    ///
    /// Blocks for some milliseconds, or while another process opens the same file.
    ///
    /// # Errors
    /// [`StoreError`]: no permission, written by a newer fxpane, no space.
    pub fn open(path: &Path) -> Result<(Self, Option<PathBuf>), StoreError> {
        let opened = open::open(path)?;
        let store = Self {
            writer: thread::writer(opened.writer),
            reader: Some(thread::reader(opened.reader)),
        };
        Ok((store, opened.set_aside))
    }

    /// A store that ends with the program, for tests and for when the file cannot be used.
    #[must_use]
    pub fn in_memory() -> Self {
        match open::in_memory() {
            Ok(connection) => Self { writer: thread::writer(connection), reader: None },
            Err(error) => {
                tracing::error!(%error, "no store in memory");
                // a store that is closed: every request says so
                Self { writer: mpsc::channel().0, reader: None }
            }
        }
    }

    /// Writes all that waits, and closes the file; other clones then get [`StoreError::Closed`].
    pub async fn close(&self) {
        for thread in self.reader.iter().chain([&self.writer]) {
            let (done, closed) = oneshot::channel();
            if thread.send(Order::Close(done)).is_ok() {
                // a thread that is gone has nothing left to write
                let _ = closed.await;
            }
        }
    }

    /// A change, committed before it is answered.
    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<T> {
        Pending::new(self.writer.clone(), work)
    }

    /// A look at what is committed.
    fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Pending<T> {
        Pending::new(self.reader.as_ref().unwrap_or(&self.writer).clone(), work)
    }
}

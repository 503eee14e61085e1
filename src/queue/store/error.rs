//! Why the store could not do what it was asked for.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why the store could not do what it was asked for. Cheap to clone: all requests of a batch
/// that cannot be committed get the same one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The folder or the file cannot be made or opened.
    #[error(
        "the queue {} cannot be opened: {source}; check the folder's permissions, or name another \
         one with --data-dir", path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// A newer fxpane has written it.
    #[error(
        "the queue {} has format {found}, and this fxpane knows formats up to {known}; use the \
         newer fxpane, or another folder with --data-dir", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// Another process holds it for longer than anybody should.
    #[error("another fxpane is writing to the queue and does not come to an end; try again")]
    Busy,
    /// The disk is full.
    #[error("the disk that holds the queue is full; make room and try again")]
    Full,
    /// The file's content makes no sense any more. With the next start it is set aside.
    #[error(
        "the queue's file is damaged ({source}); start fxpane again: it sets the file aside under \
         another name and begins a new one"
    )]
    Damaged {
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The file cannot be written to.
    #[error("the queue's file is read-only; check its permissions")]
    ReadOnly,
    /// Anything else that SQLite says.
    #[error("the queue's file could not be read or written: {source}")]
    Sql {
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The store was closed, or its thread could not be started.
    #[error("the queue's store has been closed")]
    Closed,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        let source = Arc::new(error);
        match code {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { source },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Sql { source },
        }
    }
}

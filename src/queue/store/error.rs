//! Errors of the store.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ErrorCode;

/// Why a request of the store failed. Cheap to clone: if a commit fails, all requests of the batch
/// get the same error.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The directory or the file cannot be created or opened.
    #[error(
        "the queue {} cannot be opened: {source}; check the permissions of the directory, or use \
         another one with --data-dir", path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: Arc<io::Error>,
    },
    /// The file was written by a newer fxpane.
    #[error(
        "the queue {} has format {found}, but this fxpane supports formats up to {known}; use \
         the newer fxpane, or another directory with --data-dir", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: i64,
        /// The newest format that this program supports.
        known: i64,
    },
    /// Another process has locked the file for too long.
    #[error("the queue is locked by another fxpane; try again")]
    Busy,
    /// The disk is full.
    #[error("no space left on the disk of the queue; free some space and try again")]
    Full,
    /// The content of the file is damaged. It is renamed at the next start.
    #[error(
        "the queue file is damaged ({source}); restart fxpane, which renames the file and creates \
         a new one"
    )]
    Damaged {
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The file cannot be written.
    #[error("the queue file is read-only; check its permissions")]
    ReadOnly,
    /// Any other error of SQLite.
    #[error("cannot read or write the queue file: {source}")]
    Sql {
        /// SQLite's reason.
        source: Arc<rusqlite::Error>,
    },
    /// The store was closed, or its thread could not be started.
    #[error("the queue is closed")]
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

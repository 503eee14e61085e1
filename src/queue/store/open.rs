//! Opening the file: private, in WAL mode, migrated to the newest format. A damaged file is
//! renamed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::queue::store::{StoreError, schema};

/// How long a process waits for a transaction of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a file that is checked when it is opened, which takes a few milliseconds.
const MAX_CHECKED_SIZE: u64 = 4 * 1024 * 1024;
/// Makes commits survive a power failure.
const SYNC_FULL: &str = "PRAGMA synchronous = FULL;";
/// The page cache of each connection in KiB.
const CACHE_KIB: i64 = 4096;

/// An opened file.
pub(super) struct OpenedStore {
    /// The connection for changes.
    pub(super) writer: Connection,
    /// The connection for queries, which never wait for changes.
    pub(super) reader: Connection,
    /// The new path of a damaged file.
    pub(super) renamed_to: Option<PathBuf>,
}

/// Opens the file, or creates it.
pub(super) fn open(path: &Path) -> Result<OpenedStore, StoreError> {
    let failed =
        |source: io::Error| StoreError::Open { path: path.to_owned(), source: Arc::new(source) };
    if let Some(dir) = path.parent() {
        create_dir(dir).map_err(failed)?;
    }
    // only one process at a time checks and migrates the file
    let lock = open_private(&with_suffix(path, ".lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let (writer, renamed_to) = match prepare(path) {
        Err(StoreError::Damaged { source }) => {
            tracing::error!(%source, path = %path.display(), "the queue file is damaged");
            let new_path = rename_damaged(path).map_err(failed)?;
            (prepare(path)?, Some(new_path))
        }
        prepared => (prepared?, None),
    };
    let reader = Connection::open_with_flags(path, flags())?;
    reader.busy_timeout(BUSY_TIMEOUT)?;
    reader.execute_batch(&format!("PRAGMA query_only = 1; PRAGMA cache_size = -{CACHE_KIB};"))?;
    drop(lock);
    Ok(OpenedStore { writer, reader, renamed_to })
}

/// A queue in memory.
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

fn flags() -> OpenFlags {
    // each connection is used by one thread only
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Checks and migrates the file, and returns a connection to it.
fn prepare(path: &Path) -> Result<Connection, StoreError> {
    let failed =
        |source: io::Error| StoreError::Open { path: path.to_owned(), source: Arc::new(source) };
    // SQLite creates its other files (-wal, -shm) with the mode of this file
    let length = open_private(path).and_then(|file| file.metadata()).map_err(failed)?.len();
    let mut connection = Connection::open_with_flags(path, flags())?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    let found = schema::format(&connection)?;
    let known = schema::newest();
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    if length > 0 && length <= MAX_CHECKED_SIZE {
        check(&connection)?;
    }
    let new = length == 0;
    if new {
        // auto_vacuum, which frees the pages of removed jobs, can be set only on a new file. No
        // data can be lost yet, so the file is synced only once, when it is complete
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = OFF;")?;
    }
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    if !new {
        connection.execute_batch(SYNC_FULL)?;
    }
    schema::migrate(&mut connection)?;
    if new {
        connection.execute_batch(SYNC_FULL)?;
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?;
        #[cfg(unix)]
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed)?;
        }
    }
    Ok(connection)
}

/// Runs SQLite's integrity check.
fn check(connection: &Connection) -> Result<(), StoreError> {
    let result: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if result == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    let source = Arc::new(rusqlite::Error::SqliteFailure(code, Some(result)));
    Err(StoreError::Damaged { source })
}

/// Renames a damaged file and SQLite's files beside it. Nothing is deleted or overwritten.
fn rename_damaged(path: &Path) -> io::Result<PathBuf> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let new_path = (0u32..)
        .map(|number| match number {
            0 => with_suffix(path, &format!(".damaged-{time}")),
            _ => with_suffix(path, &format!(".damaged-{time}-{number}")),
        })
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| with_suffix(path, ".damaged"));
    fs::rename(path, &new_path)?;
    for suffix in ["-wal", "-shm"] {
        let file = with_suffix(path, suffix);
        if file.exists() {
            fs::rename(&file, with_suffix(&new_path, suffix))?;
        }
    }
    Ok(new_path)
}

/// The path with a suffix appended to its name.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Opens a file that only this user can access; creates it if it does not exist.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

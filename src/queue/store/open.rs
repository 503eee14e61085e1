//! Opening the file: private, in WAL mode, in the newest format; a damaged one is set aside.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use crate::queue::store::{StoreError, schema};

/// How long one process waits for another one's transaction.
const BUSY: Duration = Duration::from_secs(30);
/// A file up to this size is checked as a whole when it is opened; it takes a few milliseconds.
const CHECKED: u64 = 4 * 1024 * 1024;
/// A commit that was answered also survives a power cut.
const FULL: &str = "PRAGMA synchronous = FULL;";
/// SQLite's page cache of each connection, in KiB: the store's share of the program's memory.
const CACHE_KIB: i64 = 4096;

/// An opened file.
pub(super) struct Opened {
    /// For changes.
    pub(super) writer: Connection,
    /// For windows of the queue, which then never wait for a change.
    pub(super) reader: Connection,
    /// Where a damaged file was put.
    pub(super) set_aside: Option<PathBuf>,
}

/// Opens the file, or begins a new one.
pub(super) fn open(path: &Path) -> Result<Opened, StoreError> {
    let failed =
        |source: io::Error| StoreError::Open { path: path.to_owned(), source: Arc::new(source) };
    if let Some(folder) = path.parent() {
        make_folder(folder).map_err(failed)?;
    }
    // one process at a time looks whether the file is sound and brings it to the newest format
    let lock = private(&beside(path, ".lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let (writer, set_aside) = match prepare(path) {
        Err(StoreError::Damaged { source }) => {
            tracing::error!(%source, path = %path.display(), "the queue's file is damaged");
            let aside = put_aside(path).map_err(failed)?;
            (prepare(path)?, Some(aside))
        }
        prepared => (prepared?, None),
    };
    let reader = Connection::open_with_flags(path, flags())?;
    reader.busy_timeout(BUSY)?;
    reader.execute_batch(&format!("PRAGMA query_only = 1; PRAGMA cache_size = -{CACHE_KIB};"))?;
    drop(lock);
    Ok(Opened { writer, reader, set_aside })
}

/// A queue that ends with the program.
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let mut connection = Connection::open_in_memory()?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

fn flags() -> OpenFlags {
    // each connection stays on one thread
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// A connection to a file that is sound and in the newest format.
fn prepare(path: &Path) -> Result<Connection, StoreError> {
    let failed =
        |source: io::Error| StoreError::Open { path: path.to_owned(), source: Arc::new(source) };
    // SQLite gives its further files (-wal, -shm) the mode of this one
    let length = private(path).and_then(|file| file.metadata()).map_err(failed)?.len();
    let mut connection = Connection::open_with_flags(path, flags())?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    let found = schema::format(&connection)?;
    let known = schema::newest();
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    if length > 0 && length <= CHECKED {
        check(&connection)?;
    }
    let new = length == 0;
    if new {
        // only a new file takes the first: pages of cleared jobs go back to the system. Nothing is
        // in it that could be lost: the disk is waited for once, when it is complete
        connection.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA synchronous = OFF;")?;
    }
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    if !new {
        connection.execute_batch(FULL)?;
    }
    schema::migrate(&mut connection)?;
    if new {
        connection.execute_batch(FULL)?;
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);")?;
        #[cfg(unix)]
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
        }
    }
    Ok(connection)
}

/// Whether SQLite finds the file sound.
fn check(connection: &Connection) -> Result<(), StoreError> {
    let said: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    let source = Arc::new(rusqlite::Error::SqliteFailure(code, Some(said)));
    Err(StoreError::Damaged { source })
}

/// Renames a damaged file and what belongs to it; nothing is ever deleted or overwritten.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let aside = (0u32..)
        .map(|number| match number {
            0 => beside(path, &format!(".damaged-{time}")),
            _ => beside(path, &format!(".damaged-{time}-{number}")),
        })
        .find(|aside| !aside.exists())
        .unwrap_or_else(|| beside(path, ".damaged"));
    fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        let part = beside(path, suffix);
        if part.exists() {
            fs::rename(&part, beside(&aside, suffix))?;
        }
    }
    Ok(aside)
}

/// The same path with something behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A file of this user only, made when there is none.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

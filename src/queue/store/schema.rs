//! The tables, as a list of migrations from one format of the file to the next.
//!
//! A released migration is never changed; every change of the schema is a new migration.

use rusqlite::{Connection, TransactionBehavior};

/// Migration n leads from format n to format n+1 (`PRAGMA user_version`).
const MIGRATIONS: &[&str] = &[
    // routes, servers, intents and partial files
    "
    CREATE TABLE routes (
        source TEXT NOT NULL,
        destination TEXT NOT NULL,
        passive TEXT,
        command TEXT,
        protected INTEGER,
        sscn TEXT,
        worked_at INTEGER,
        allow_clear INTEGER,
        failure TEXT,
        failure_code INTEGER,
        failed_at INTEGER,
        PRIMARY KEY (source, destination)
    ) WITHOUT ROWID;

    CREATE TABLE servers (
        site TEXT NOT NULL PRIMARY KEY,
        asynchronous INTEGER NOT NULL DEFAULT 0,
        max_sessions INTEGER,
        learned_at INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE facts (
        site TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (site, name)
    ) WITHOUT ROWID;

    CREATE TABLE intents (
        item INTEGER NOT NULL PRIMARY KEY,
        source TEXT NOT NULL,
        source_path BLOB NOT NULL,
        destination TEXT NOT NULL,
        target BLOB NOT NULL,
        temporary BLOB,
        expected INTEGER,
        modified TEXT,
        replaces INTEGER NOT NULL,
        state TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL
    );

    CREATE TABLE partials (
        destination TEXT NOT NULL,
        target BLOB NOT NULL,
        stored_as BLOB NOT NULL,
        source TEXT NOT NULL,
        source_path BLOB NOT NULL,
        size INTEGER,
        modified TEXT,
        bytes INTEGER NOT NULL,
        kept_at INTEGER NOT NULL,
        PRIMARY KEY (destination, target)
    ) WITHOUT ROWID;
    ",
    include_str!("queue.sql"),
    // permissions of copies
    "ALTER TABLE items ADD COLUMN mode INTEGER;",
    // jobs that any process may run, and overrides from the command line
    "
    ALTER TABLE jobs ADD COLUMN offered INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN from_asked TEXT;
    ALTER TABLE jobs ADD COLUMN to_asked TEXT;
    ",
];

/// The newest format that this program supports.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The format of a file; 0 for a new file.
pub(super) fn format(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Migrates a file to the newest format; several processes may do so at the same time.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let current = usize::try_from(format(&transaction)?).unwrap_or(usize::MAX);
    for (number, sql) in MIGRATIONS.iter().enumerate().skip(current) {
        transaction.execute_batch(sql)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", number + 1))?;
    }
    transaction.commit()
}

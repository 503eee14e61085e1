//! Partial files that were kept at a target, so that a later attempt can resume them (transfer
//! rule 9).

use std::fmt;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::base::{RemotePath, Stamp, size, text};
use crate::queue::store::columns;
use crate::queue::store::{Store, StoreRequest, StoredJob, local_key};
use crate::site::SiteKey;

/// The message for the user: where the partial file is, its size, and that it will be resumed.
impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("kept partial file ")?;
        if !self.destination.0.is_empty() {
            write!(f, "{}:", text::visible_str(&self.destination.0))?;
        }
        write!(f, "{}: {}", self.stored_as, size::bytes(self.bytes))?;
        if let Some(whole) = self.size {
            write!(f, " of {}", size::bytes(whole))?;
        }
        write!(f, " of {}; the next copy resumes it", self.target)
    }
}

/// A partial file that this program left at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// The destination site.
    pub destination: SiteKey,
    /// The final path of the file.
    pub target: RemotePath,
    /// The current path.
    pub stored_as: RemotePath,
    /// The source site.
    pub source: SiteKey,
    /// The path at the source.
    pub source_path: RemotePath,
    /// The size of the source in bytes when the transfer started.
    pub size: Option<u64>,
    /// The modification time of the source when the transfer started.
    pub modified: Option<Stamp>,
    /// The number of bytes that are stored, as far as known.
    pub bytes: u64,
}

impl Partial {
    /// True when the file is below the target of a job.
    #[must_use]
    pub fn belongs_to(&self, job: &StoredJob) -> bool {
        let destination = job.to.as_ref().map_or_else(local_key, |to| to.key.clone());
        let below = job.target.clone().map(RemotePath::new);
        self.destination == destination
            && below.is_some_and(|below| self.target.relative_to(&below).is_some())
    }

    /// True when the source has not changed since the transfer started, so that the file can be
    /// resumed; false when this is unknown.
    #[must_use]
    pub fn matches_source(&self, size: Option<u64>, modified: Option<&Stamp>) -> bool {
        self.size.is_some()
            && self.size == size
            && self.modified.is_some()
            && self.modified.as_ref() == modified
    }
}

impl Store {
    /// Stores the record of a partial file, replacing an earlier one of the same target.
    pub fn save_partial(&self, partial: Partial) -> StoreRequest<()> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO partials VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    partial.destination.0,
                    partial.target.as_bytes(),
                    partial.stored_as.as_bytes(),
                    partial.source.0,
                    partial.source_path.as_bytes(),
                    partial.size.map(columns::number),
                    partial.modified.as_ref().map(columns::stamp),
                    columns::number(partial.bytes),
                    columns::millis(Timestamp::now()),
                ])
                .map(|_| ())
        })
    }

    /// The partial file of a target.
    pub fn partial(
        &self,
        destination: &SiteKey,
        target: &RemotePath,
    ) -> StoreRequest<Option<Partial>> {
        let (destination, target) = (destination.clone(), target.clone());
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE destination = ? AND target = ?"))?
                .query_row(params![destination.0, target.as_bytes()], read)
                .optional()
        })
    }

    /// All partial files, sorted by destination and target.
    pub fn partials(&self) -> StoreRequest<Vec<Partial>> {
        self.read(move |connection| {
            let mut all =
                connection.prepare_cached(&format!("{SELECT} ORDER BY destination, target"))?;
            let rows = all.query_map([], read)?;
            rows.collect()
        })
    }

    /// Deletes the record of a partial file that was completed or deleted.
    pub fn delete_partial(&self, destination: &SiteKey, target: &RemotePath) -> StoreRequest<()> {
        let (destination, target) = (destination.clone(), target.clone());
        self.write(move |connection| {
            connection
                .prepare_cached("DELETE FROM partials WHERE destination = ? AND target = ?")?
                .execute(params![destination.0, target.as_bytes()])
                .map(|_| ())
        })
    }
}

const SELECT: &str = "SELECT destination, target, stored_as, source, source_path, size, \
                      modified, bytes FROM partials";

fn read(row: &Row<'_>) -> rusqlite::Result<Partial> {
    let size: Option<i64> = row.get(5)?;
    let modified: Option<String> = row.get(6)?;
    Ok(Partial {
        destination: columns::key(row, 0)?,
        target: columns::path(row, 1)?,
        stored_as: columns::path(row, 2)?,
        source: columns::key(row, 3)?,
        source_path: columns::path(row, 4)?,
        size: size.map(columns::size),
        modified: modified.and_then(|text| columns::read_stamp(&text)),
        bytes: columns::size(row.get(7)?),
    })
}

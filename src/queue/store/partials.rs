//! Partial files that were kept at a target, so that a later try goes on where they end (design
//! rule 9).

use std::fmt;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use crate::base::{RemotePath, Stamp, size, text};
use crate::queue::store::words;
use crate::queue::store::{JobRecord, Pending, Store, this_machine};
use crate::site::SiteKey;

/// What people are told of it: where it is, how much of which file, and what becomes of it.
impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.destination.0.is_empty() {
            write!(f, "{}:", text::visible_str(&self.destination.0))?;
        }
        write!(f, "{} stays there: {}", self.stored_as, size::bytes(self.bytes))?;
        if let Some(whole) = self.size {
            write!(f, " of {}", size::bytes(whole))?;
        }
        write!(f, " of {}; the next copy to it goes on from there", self.target)
    }
}

/// A partial file of ours at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// Where it is.
    pub destination: SiteKey,
    /// The name that the file is to have in the end.
    pub target: RemotePath,
    /// The name that it has now.
    pub stored_as: RemotePath,
    /// Where it came from.
    pub source: SiteKey,
    /// Its path there.
    pub source_path: RemotePath,
    /// Bytes of the source when it was begun.
    pub size: Option<u64>,
    /// Time of the source when it was begun.
    pub modified: Option<Stamp>,
    /// Bytes that have arrived, as far as known.
    pub bytes: u64,
}

impl Partial {
    /// True for what lies where a job was copying to.
    #[must_use]
    pub fn lies_below(&self, job: &JobRecord) -> bool {
        let destination = job.to.as_ref().map_or_else(this_machine, |to| to.key.clone());
        let below = job.target.clone().map(RemotePath::new);
        self.destination == destination
            && below.is_some_and(|below| self.target.relative_to(&below).is_some())
    }

    /// True when the source is still what the partial file was made from, so that going on where
    /// it ends gives one whole file; false where nobody can tell.
    #[must_use]
    pub fn is_of(&self, size: Option<u64>, modified: Option<&Stamp>) -> bool {
        self.size.is_some()
            && self.size == size
            && self.modified.is_some()
            && self.modified.as_ref() == modified
    }
}

impl Store {
    /// Remembers a partial file; an earlier one for the same target is forgotten.
    pub fn keep_partial(&self, partial: Partial) -> Pending<()> {
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
                    partial.size.map(words::number),
                    partial.modified.as_ref().map(words::stamp),
                    words::number(partial.bytes),
                    words::millis(Timestamp::now()),
                ])
                .map(|_| ())
        })
    }

    /// The partial file that was kept for a target.
    pub fn partial(&self, destination: &SiteKey, target: &RemotePath) -> Pending<Option<Partial>> {
        let (destination, target) = (destination.clone(), target.clone());
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE destination = ? AND target = ?"))?
                .query_row(params![destination.0, target.as_bytes()], read)
                .optional()
        })
    }

    /// All partial files that are kept, by destination and target.
    pub fn partials(&self) -> Pending<Vec<Partial>> {
        self.read(move |connection| {
            let mut all =
                connection.prepare_cached(&format!("{SELECT} ORDER BY destination, target"))?;
            let rows = all.query_map([], read)?;
            rows.collect()
        })
    }

    /// The partial file has become whole, or is gone.
    pub fn forget_partial(&self, destination: &SiteKey, target: &RemotePath) -> Pending<()> {
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
        destination: words::key(row, 0)?,
        target: words::path(row, 1)?,
        stored_as: words::path(row, 2)?,
        source: words::key(row, 3)?,
        source_path: words::path(row, 4)?,
        size: size.map(words::size),
        modified: modified.and_then(|text| words::read_stamp(&text)),
        bytes: words::size(row.get(7)?),
    })
}

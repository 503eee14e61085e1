//! Windows: some rows out of a million, found by counters and index, never by counting rows.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::base::{ItemId, JobId, Stamp};
use crate::queue::item::{Ending, Totals};
use crate::queue::store::items::{self, Named, SELECT};
use crate::queue::store::runs;
use crate::queue::store::words;
use crate::queue::store::{Pending, Store};
use crate::queue::{ItemState, JobKind};
use crate::site::SiteKey;

/// A row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The item.
    pub id: ItemId,
    /// Its job.
    pub job: JobId,
    /// The name to show.
    pub label: Box<str>,
    /// True for a directory.
    pub dir: bool,
    /// From where.
    pub source: Vec<u8>,
    /// To where; `None` for deletions.
    pub target: Option<Vec<u8>>,
    /// Bytes, as the source told.
    pub size: Option<u64>,
    /// Time of the source.
    pub modified: Option<Stamp>,
    /// Permissions to give to the target.
    pub mode: Option<u32>,
    /// True when the target exists and is to be replaced.
    pub replaces: bool,
    /// Where it stands.
    pub state: ItemState,
    /// Tries that ended.
    pub tries: u32,
    /// Not to be begun before.
    pub not_before: Option<Timestamp>,
    /// How it ended, or what became of the last try.
    pub ending: Ending,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A part of the queue: items in a state, or in one of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Handed out to be worked on.
    HandedOut,
    /// Waiting or held.
    Open,
    /// Ended badly.
    Failed,
    /// Ended well, left out or given up.
    Ended,
}

impl Part {
    /// All parts, in the order in which the panel shows them.
    pub const ALL: [Self; 4] = [Self::HandedOut, Self::Open, Self::Failed, Self::Ended];

    pub(super) fn class(self) -> i64 {
        match self {
            Self::HandedOut => 0,
            Self::Open => 1,
            Self::Failed => 2,
            Self::Ended => 3,
        }
    }

    /// How many items of a job are in this part.
    #[must_use]
    pub fn of(self, totals: &Totals) -> u64 {
        match self {
            Self::HandedOut => totals.running,
            Self::Open => totals.waiting + totals.held,
            Self::Failed => totals.failed,
            Self::Ended => totals.done + totals.skipped + totals.cancelled,
        }
    }
}

/// Which jobs a front end shows: those that have not ended, and those that it ran itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Also those that have not ended, whoever runs them.
    pub open: bool,
    /// These, even when they have ended.
    pub jobs: Vec<JobId>,
}

/// What is shown of a job beside each of its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHead {
    /// The job.
    pub id: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// What the engine knows the source site by; empty for this machine.
    pub from: SiteKey,
    /// The same of the destination.
    pub to: SiteKey,
    /// True when nothing of it is to be begun.
    pub held: bool,
    /// True when the process that ran it has ended before it was done: it goes on only on the
    /// user's word.
    pub interrupted: bool,
    /// Its items in numbers.
    pub totals: Totals,
}

/// A piece of the queue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// How many rows there are in all.
    pub total: u64,
    /// The rows.
    pub rows: Vec<Shown>,
    /// The jobs of the scope.
    pub jobs: Vec<JobHead>,
}

impl Store {
    /// Rows `offset` to `offset + limit` of these parts of the scope, one part after the other,
    /// within a part job by job.
    pub fn rows(&self, scope: Scope, parts: Vec<Part>, offset: u64, limit: usize) -> Pending<Rows> {
        self.read(move |connection| {
            let jobs = jobs(connection, &scope)?;
            let mut window = Rows::default();
            let mut skip = offset;
            for part in parts {
                for head in &jobs {
                    let count = part.of(&head.totals);
                    window.total += count;
                    let left = limit - window.rows.len();
                    if skip >= count || left == 0 {
                        skip = skip.saturating_sub(count);
                        continue;
                    }
                    window.rows.extend(slice(connection, head.id, part, skip, left)?);
                    skip = 0;
                }
            }
            window.jobs = jobs;
            Ok(window)
        })
    }

    /// The items of a job behind `after`, by number, at most `limit`: for export.
    pub fn items_after(&self, job: JobId, after: ItemId, limit: usize) -> Pending<Vec<Shown>> {
        self.read(move |connection| {
            // by the number itself: the walk over a job is one walk over the table
            let mut all = connection.prepare_cached(&format!(
                "{SELECT} WHERE items.id > ? AND items.job = ? ORDER BY items.id LIMIT ?"
            ))?;
            let rows = all.query_map(
                params![words::number(after.0), words::number(job.0), words::number(limit as u64)],
                |row| shown(row, job),
            )?;
            rows.collect()
        })
    }
}

pub(super) fn jobs(connection: &Connection, scope: &Scope) -> rusqlite::Result<Vec<JobHead>> {
    let mut found = Vec::new();
    let read = |row: &Row<'_>| {
        Ok(JobHead {
            id: JobId(words::size(row.get(0)?)),
            kind: words::known(row, 1)?,
            from: words::key(row, 2)?,
            to: words::key(row, 3)?,
            held: row.get(4)?,
            interrupted: runs::owner(row, 5)?.is_some_and(|owner| !owner.is_alive()),
            totals: Totals::default(),
        })
    };
    if scope.open {
        let mut open = connection.prepare_cached(
            "SELECT jobs.id, kind, from_key, to_key, held, runs.id, runs.pid, runs.started
             FROM jobs LEFT JOIN runs ON runs.id = jobs.owner
             WHERE ended_at IS NULL ORDER BY priority DESC, jobs.id",
        )?;
        found = open.query_map([], read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    }
    // whose a job was that has ended does not matter any more
    let mut one = connection.prepare_cached(
        "SELECT jobs.id, kind, from_key, to_key, held, runs.id, runs.pid, runs.started
         FROM jobs LEFT JOIN runs ON runs.id = jobs.owner AND jobs.ended_at IS NULL
         WHERE jobs.id = ?",
    )?;
    for job in &scope.jobs {
        if !found.iter().any(|head: &JobHead| head.id == *job) {
            for row in one.query_map([words::number(job.0)], read)? {
                found.push(row?);
            }
        }
    }
    for head in &mut found {
        head.totals = items::totals(connection, head.id)?;
    }
    Ok(found)
}

/// Some rows of one part of one job.
fn slice(
    connection: &Connection,
    job: JobId,
    part: Part,
    mut skip: u64,
    limit: usize,
) -> rusqlite::Result<Vec<Shown>> {
    // the bucket that holds the first wanted row, by the counts of those before it
    let mut buckets = connection.prepare_cached(
        "SELECT bucket, items FROM buckets WHERE job = ? AND class = ? ORDER BY bucket",
    )?;
    let mut rows = buckets.query([words::number(job.0), part.class()])?;
    let mut first = i64::MIN;
    while let Some(row) = rows.next()? {
        let items = words::size(row.get(1)?);
        if skip < items {
            let bucket: i64 = row.get(0)?;
            first = bucket << 10;
            break;
        }
        skip -= items;
    }
    let mut wanted = connection.prepare_cached(&format!(
        "{SELECT} WHERE items.job = ? AND items.class = ? AND items.pos >= ?
         ORDER BY items.pos, items.id LIMIT ? OFFSET ?"
    ))?;
    let rows = wanted.query_map(
        params![
            words::number(job.0),
            part.class(),
            first,
            words::number(limit as u64),
            words::number(skip)
        ],
        |row| shown(row, job),
    )?;
    rows.collect()
}

pub(super) fn shown(row: &Row<'_>, job: JobId) -> rusqlite::Result<Shown> {
    let Named { source, target, label } = items::named(row)?;
    let (size, modified): (Option<i64>, Option<String>) = (row.get(8)?, row.get(9)?);
    let verified: Option<String> = row.get(14)?;
    let elapsed: Option<i64> = row.get(19)?;
    let (later, ended): (Option<i64>, Option<i64>) = (row.get(21)?, row.get(22)?);
    Ok(Shown {
        id: ItemId(words::size(row.get(0)?)),
        job,
        label,
        dir: row.get(1)?,
        source,
        target,
        size: size.map(words::size),
        modified: modified.and_then(|text| words::read_stamp(&text)),
        mode: row.get(23)?,
        replaces: row.get(10)?,
        state: items::state(row.get(12)?),
        tries: row.get(11)?,
        not_before: later.map(words::time),
        ending: Ending {
            verdict: words::optional(row.get(13)?),
            verified: words::optional(verified).unwrap_or_default(),
            via: words::optional(row.get(15)?),
            passive: words::optional(row.get(16)?),
            protected: row.get(17)?,
            bytes: words::size(row.get(18)?),
            elapsed: Duration::from_millis(words::size(elapsed.unwrap_or(0))),
            reason: row.get(20)?,
        },
        ended_at: ended.map(words::time),
    })
}

//! Windows: a few rows of a large queue, found by counters and an index, never by counting rows.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::base::{ItemId, JobId};
use crate::queue::item::{Ending, Item, Totals};
use crate::queue::store::columns;
use crate::queue::store::items::{self, SELECT};
use crate::queue::store::runs;
use crate::queue::store::{Store, StoreRequest};
use crate::queue::{ItemState, JobKind};
use crate::site::SiteKey;

/// A row of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// The item.
    pub item: Item<Vec<u8>>,
    /// The state.
    pub state: ItemState,
    /// The item does not start before this time.
    pub not_before: Option<Timestamp>,
    /// The result, or that of the last attempt.
    pub ending: Ending,
    /// When it finished.
    pub ended_at: Option<Timestamp>,
}

/// A section of the queue: the items in certain states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Claimed by a lane.
    Claimed,
    /// Waiting or held.
    Open,
    /// Failed.
    Failed,
    /// Done, skipped or cancelled.
    Ended,
}

impl Section {
    /// All sections, in the order of the queue panel.
    pub const ALL: [Self; 4] = [Self::Claimed, Self::Open, Self::Failed, Self::Ended];

    pub(super) fn class(self) -> i64 {
        match self {
            Self::Claimed => 0,
            Self::Open => 1,
            Self::Failed => 2,
            Self::Ended => 3,
        }
    }

    /// The number of items of a job in this section.
    #[must_use]
    pub fn count(self, totals: &Totals) -> u64 {
        match self {
            Self::Claimed => totals.running,
            Self::Open => totals.waiting + totals.held,
            Self::Failed => totals.failed,
            Self::Ended => totals.done + totals.skipped + totals.cancelled,
        }
    }
}

/// The jobs that a user interface shows: unfinished ones, and those that it ran itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// True to include all unfinished jobs, also those of other processes.
    pub open: bool,
    /// Jobs to include even if they are finished.
    pub jobs: Vec<JobId>,
}

/// The properties of a job that are shown with its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// The id of the job.
    pub id: JobId,
    /// The operation.
    pub kind: JobKind,
    /// The key of the source site; empty for this machine.
    pub from: SiteKey,
    /// The key of the destination site; empty for this machine.
    pub to: SiteKey,
    /// True when the job is held.
    pub held: bool,
    /// True when its process exited before the job finished, so that the user must resume it.
    pub interrupted: bool,
    /// The numbers of its items.
    pub totals: Totals,
}

/// A window of the queue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueRows {
    /// The total number of rows.
    pub total: u64,
    /// The rows of the window.
    pub rows: Vec<ItemRow>,
    /// The jobs of the scope.
    pub jobs: Vec<JobSummary>,
}

impl Store {
    /// The rows `offset` to `offset + limit` of these sections, ordered by section and job.
    pub fn rows(
        &self,
        scope: Scope,
        sections: Vec<Section>,
        offset: u64,
        limit: usize,
    ) -> StoreRequest<QueueRows> {
        self.read(move |connection| {
            let jobs = jobs(connection, &scope)?;
            let mut window = QueueRows::default();
            let mut skip = offset;
            for section in sections {
                for head in &jobs {
                    let count = section.count(&head.totals);
                    window.total += count;
                    let left = limit - window.rows.len();
                    if skip >= count || left == 0 {
                        skip = skip.saturating_sub(count);
                        continue;
                    }
                    window.rows.extend(slice(connection, head.id, section, skip, left)?);
                    skip = 0;
                }
            }
            window.jobs = jobs;
            Ok(window)
        })
    }

    /// The items of a job with ids greater than `after`, at most `limit`, for export.
    pub fn items_after(
        &self,
        job: JobId,
        after: ItemId,
        limit: usize,
    ) -> StoreRequest<Vec<ItemRow>> {
        self.read(move |connection| {
            // ordered by id, so that an export reads the table once
            let mut all = connection.prepare_cached(&format!(
                "{SELECT} WHERE items.id > ? AND items.job = ? ORDER BY items.id LIMIT ?"
            ))?;
            let rows = all.query_map(
                params![
                    columns::number(after.0),
                    columns::number(job.0),
                    columns::number(limit as u64)
                ],
                |row| item_row(row, job),
            )?;
            rows.collect()
        })
    }
}

pub(super) fn jobs(connection: &Connection, scope: &Scope) -> rusqlite::Result<Vec<JobSummary>> {
    let mut found = Vec::new();
    let read = |row: &Row<'_>| {
        Ok(JobSummary {
            id: JobId(columns::size(row.get(0)?)),
            kind: columns::known(row, 1)?,
            from: columns::key(row, 2)?,
            to: columns::key(row, 3)?,
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
    // the owner of a finished job does not matter
    let mut one = connection.prepare_cached(
        "SELECT jobs.id, kind, from_key, to_key, held, runs.id, runs.pid, runs.started
         FROM jobs LEFT JOIN runs ON runs.id = jobs.owner AND jobs.ended_at IS NULL
         WHERE jobs.id = ?",
    )?;
    for job in &scope.jobs {
        if !found.iter().any(|head: &JobSummary| head.id == *job) {
            for row in one.query_map([columns::number(job.0)], read)? {
                found.push(row?);
            }
        }
    }
    for head in &mut found {
        head.totals = items::totals(connection, head.id)?;
    }
    Ok(found)
}

/// Some rows of one section of a job.
fn slice(
    connection: &Connection,
    job: JobId,
    section: Section,
    mut skip: u64,
    limit: usize,
) -> rusqlite::Result<Vec<ItemRow>> {
    // finds the bucket of the first row by the counts of the buckets before it
    let mut buckets = connection.prepare_cached(
        "SELECT bucket, items FROM buckets WHERE job = ? AND class = ? ORDER BY bucket",
    )?;
    let mut rows = buckets.query([columns::number(job.0), section.class()])?;
    let mut first = i64::MIN;
    while let Some(row) = rows.next()? {
        let items = columns::size(row.get(1)?);
        if skip < items {
            let bucket: i64 = row.get(0)?;
            first = bucket << 10;
            break;
        }
        skip -= items;
    }
    let mut select = connection.prepare_cached(&format!(
        "{SELECT} WHERE items.job = ? AND items.class = ? AND items.pos >= ?
         ORDER BY items.pos, items.id LIMIT ? OFFSET ?"
    ))?;
    let rows = select.query_map(
        params![
            columns::number(job.0),
            section.class(),
            first,
            columns::number(limit as u64),
            columns::number(skip)
        ],
        |row| item_row(row, job),
    )?;
    rows.collect()
}

pub(super) fn item_row(row: &Row<'_>, job: JobId) -> rusqlite::Result<ItemRow> {
    let verified: Option<String> = row.get(14)?;
    let elapsed: Option<i64> = row.get(19)?;
    let (not_before, ended): (Option<i64>, Option<i64>) = (row.get(21)?, row.get(22)?);
    Ok(ItemRow {
        item: items::item(row, job)?,
        state: items::state(row.get(12)?),
        not_before: not_before.map(columns::time),
        ending: Ending {
            verdict: columns::optional(row.get(13)?),
            verified: columns::optional(verified).unwrap_or_default(),
            via: columns::optional(row.get(15)?),
            passive: columns::optional(row.get(16)?),
            protected: row.get(17)?,
            bytes: columns::size(row.get(18)?),
            elapsed: Duration::from_millis(columns::size(elapsed.unwrap_or(0))),
            reason: row.get(20)?,
        },
        ended_at: ended.map(columns::time),
    })
}

//! Search for items by state or name.
//!
//! Unlike windows of all rows, matches are found by a scan. For a search by state, the counters
//! give the total, so that the scan ends with the last row of the window. A search by name scans
//! all rows.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row, Rows as SqlRows, params};

use crate::base::needle::Needle;
use crate::base::{ItemId, JobId, text};
use crate::queue::ItemState;
use crate::queue::item::Totals;
use crate::queue::store::columns;
use crate::queue::store::items::{self, SELECT};
use crate::queue::store::window::{self, ItemRow, JobSummary, QueueRows, Scope, Section};
use crate::queue::store::{Store, StoreRequest};

/// Search criteria for items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemQuery {
    /// Only items in this state. Waiting items of a held job count as held.
    pub state: Option<ItemState>,
    /// Only items whose displayed name matches; a pattern may match the last component alone.
    pub name: Needle,
}

impl ItemQuery {
    /// True when all items match.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.state.is_none() && self.name.is_empty()
    }

    /// The state of matching items in the store; `Err` when no item of the job can match.
    fn state_in(&self, head: &JobSummary) -> Result<Option<ItemState>, ()> {
        match self.state {
            Some(ItemState::Held) if head.held => Ok(None),
            Some(ItemState::Waiting) if head.held => Err(()),
            state => Ok(state),
        }
    }
}

impl Store {
    /// Like [`Store::rows`], but only for the items that match.
    pub fn search(
        &self,
        scope: Scope,
        sections: Vec<Section>,
        query: ItemQuery,
        offset: u64,
        limit: usize,
    ) -> StoreRequest<QueueRows> {
        self.read(move |connection| {
            let jobs = window::jobs(connection, &scope)?;
            let mut found = QueueRows::default();
            let mut skip = offset;
            for section in sections {
                for head in &jobs {
                    let Some(scan) = Scan::new(connection, head, section, &query) else { continue };
                    found.total += scan.fill(&mut skip, limit, &mut found.rows)?;
                }
            }
            found.jobs = jobs;
            Ok(found)
        })
    }
}

/// The ids of all matching items, job by job.
pub(super) fn ids(
    connection: &Connection,
    jobs: &[JobId],
    sections: &[Section],
    query: &ItemQuery,
) -> rusqlite::Result<Vec<ItemId>> {
    let heads = window::jobs(connection, &Scope { open: false, jobs: jobs.to_vec() })?;
    let mut found = Vec::new();
    for head in &heads {
        for section in sections {
            let Some(scan) = Scan::new(connection, head, *section, query) else { continue };
            let mut all = scan.prepare()?;
            let mut rows = scan.start(&mut all)?;
            let mut label = String::new();
            while let Some(row) = rows.next()? {
                if scan.matches(row, &mut label)? {
                    found.push(ItemId(columns::size(row.get(0)?)));
                }
            }
        }
    }
    Ok(found)
}

/// A scan of a section of a job.
struct Scan<'a> {
    connection: &'a Connection,
    head: &'a JobSummary,
    section: Section,
    state: Option<ItemState>,
    name: &'a Needle,
}

impl<'a> Scan<'a> {
    fn new(
        connection: &'a Connection,
        head: &'a JobSummary,
        section: Section,
        query: &'a ItemQuery,
    ) -> Option<Self> {
        let state = query.state_in(head).ok()?;
        Some(Self { connection, head, section, state, name: &query.name })
    }

    fn prepare(&self) -> rusqlite::Result<CachedStatement<'a>> {
        self.connection.prepare_cached(&format!(
            "{SELECT} WHERE items.job = ?1 AND items.class = ?2 AND (?3 IS NULL OR state = ?3)
             ORDER BY items.pos, items.id"
        ))
    }

    fn start<'s>(&self, all: &'s mut CachedStatement<'a>) -> rusqlite::Result<SqlRows<'s>> {
        let state = self.state.map(items::code);
        all.query(params![columns::number(self.head.id.0), self.section.class(), state])
    }

    /// True when the name matches.
    fn matches(&self, row: &Row<'_>, label: &mut String) -> rusqlite::Result<bool> {
        if self.name.is_empty() {
            return Ok(true);
        }
        display_name(row, label)?;
        Ok(self.name.matches_path(label))
    }

    /// The number of items of the section in this state, from the counters.
    fn count(&self) -> u64 {
        let Totals { waiting, held, running, done, skipped, failed, cancelled, .. } =
            self.head.totals;
        match self.state {
            Some(state) if items::class(state) != self.section.class() => 0,
            None => self.section.count(&self.head.totals),
            Some(ItemState::Waiting) => waiting,
            Some(ItemState::Held) => held,
            Some(ItemState::Running) => running,
            Some(ItemState::Done) => done,
            Some(ItemState::Skipped) => skipped,
            Some(ItemState::Failed) => failed,
            Some(ItemState::Cancelled) => cancelled,
        }
    }

    /// Skips `skip` matches, appends matches up to `limit` rows, and returns the number of matches.
    fn fill(&self, skip: &mut u64, limit: usize, rows: &mut Vec<ItemRow>) -> rusqlite::Result<u64> {
        let total = self.count();
        let by_name = !self.name.is_empty();
        if total == 0 || (!by_name && (*skip >= total || rows.len() >= limit)) {
            *skip = skip.saturating_sub(total);
            return Ok(total);
        }
        let mut all = self.prepare()?;
        let mut scan = self.start(&mut all)?;
        let (mut found, mut label) = (0, String::new());
        while let Some(row) = scan.next()? {
            if !self.matches(row, &mut label)? {
                continue;
            }
            found += 1;
            if *skip > 0 {
                *skip -= 1;
            } else if rows.len() < limit {
                rows.push(window::item_row(row, self.head.id)?);
            } else if !by_name {
                break;
            }
        }
        Ok(if by_name { found } else { total })
    }
}

/// Writes the displayed name into a buffer, which is reused for all rows.
fn display_name(row: &Row<'_>, into: &mut String) -> rusqlite::Result<()> {
    into.clear();
    if let ValueRef::Text(label) = row.get_ref(7)? {
        into.push_str(&String::from_utf8_lossy(label));
        return Ok(());
    }
    into.push_str(row.get_ref(4)?.as_str()?);
    let name = row.get_ref(5)?.as_blob_or_null()?.unwrap_or_default();
    into.push_str(&text::visible(name));
    Ok(())
}

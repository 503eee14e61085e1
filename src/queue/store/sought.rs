//! Rows of the queue that are in one state, or have a text in their names.
//!
//! Unlike a window of all rows these are found by looking at row after row, as far as needed: of
//! what is sought by state alone the counters tell how many there are, so that the walk ends with
//! the last one wanted; what is sought by name is looked for in all of them.

use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Row, Rows as SqlRows, params};

use crate::base::needle::Needle;
use crate::base::{ItemId, JobId, text};
use crate::queue::ItemState;
use crate::queue::item::Totals;
use crate::queue::store::items::{self, SELECT};
use crate::queue::store::window::{self, JobHead, Part, Rows, Scope, Shown};
use crate::queue::store::words;
use crate::queue::store::{Pending, Store};

/// What is sought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sought {
    /// Only items in this state. What waits in a job that is held back counts as held.
    pub state: Option<ItemState>,
    /// Only items whose name, as it is shown, matches; a pattern may match its last part alone.
    pub name: Needle,
}

impl Sought {
    /// True when everything is wanted.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.state.is_none() && self.name.is_empty()
    }

    /// The state that its items have in the store; `Err` when none of the job can be meant.
    fn state_in(&self, head: &JobHead) -> Result<Option<ItemState>, ()> {
        match self.state {
            Some(ItemState::Held) if head.held => Ok(None),
            Some(ItemState::Waiting) if head.held => Err(()),
            state => Ok(state),
        }
    }
}

impl Store {
    /// The same as [`Store::rows`] of those items that are sought.
    pub fn sought(
        &self,
        scope: Scope,
        parts: Vec<Part>,
        sought: Sought,
        offset: u64,
        limit: usize,
    ) -> Pending<Rows> {
        self.read(move |connection| {
            let jobs = window::jobs(connection, &scope)?;
            let mut found = Rows::default();
            let mut skip = offset;
            for part in parts {
                for head in &jobs {
                    let Some(walk) = Walk::new(connection, head, part, &sought) else { continue };
                    found.total += walk.take(&mut skip, limit, &mut found.rows)?;
                }
            }
            found.jobs = jobs;
            Ok(found)
        })
    }
}

/// The numbers of all items that are sought, job by job.
pub(super) fn ids(
    connection: &Connection,
    jobs: &[JobId],
    parts: &[Part],
    sought: &Sought,
) -> rusqlite::Result<Vec<ItemId>> {
    let heads = window::jobs(connection, &Scope { open: false, jobs: jobs.to_vec() })?;
    let mut found = Vec::new();
    for head in &heads {
        for part in parts {
            let Some(walk) = Walk::new(connection, head, *part, sought) else { continue };
            let mut all = walk.prepared()?;
            let mut rows = walk.begin(&mut all)?;
            let mut label = String::new();
            while let Some(row) = rows.next()? {
                if walk.wants(row, &mut label)? {
                    found.push(ItemId(words::size(row.get(0)?)));
                }
            }
        }
    }
    Ok(found)
}

/// One walk over a part of a job.
struct Walk<'a> {
    connection: &'a Connection,
    head: &'a JobHead,
    part: Part,
    state: Option<ItemState>,
    name: &'a Needle,
}

impl<'a> Walk<'a> {
    fn new(
        connection: &'a Connection,
        head: &'a JobHead,
        part: Part,
        sought: &'a Sought,
    ) -> Option<Self> {
        let state = sought.state_in(head).ok()?;
        Some(Self { connection, head, part, state, name: &sought.name })
    }

    fn prepared(&self) -> rusqlite::Result<CachedStatement<'a>> {
        self.connection.prepare_cached(&format!(
            "{SELECT} WHERE items.job = ?1 AND items.class = ?2 AND (?3 IS NULL OR state = ?3)
             ORDER BY items.pos, items.id"
        ))
    }

    fn begin<'s>(&self, all: &'s mut CachedStatement<'a>) -> rusqlite::Result<SqlRows<'s>> {
        let state = self.state.map(items::code);
        all.query(params![words::number(self.head.id.0), self.part.class(), state])
    }

    /// True for an item with the right name.
    fn wants(&self, row: &Row<'_>, label: &mut String) -> rusqlite::Result<bool> {
        if self.name.is_empty() {
            return Ok(true);
        }
        shown_name(row, label)?;
        Ok(self.name.matches_path(label))
    }

    /// How many of the part are in the state, by the counters.
    fn counted(&self) -> u64 {
        let Totals { waiting, held, running, done, skipped, failed, cancelled, .. } =
            self.head.totals;
        match self.state {
            Some(state) if items::class(state) != self.part.class() => 0,
            None => self.part.of(&self.head.totals),
            Some(ItemState::Waiting) => waiting,
            Some(ItemState::Held) => held,
            Some(ItemState::Running) => running,
            Some(ItemState::Done) => done,
            Some(ItemState::Skipped) => skipped,
            Some(ItemState::Failed) => failed,
            Some(ItemState::Cancelled) => cancelled,
        }
    }

    /// Skips and takes; says how many there are in all.
    fn take(&self, skip: &mut u64, limit: usize, rows: &mut Vec<Shown>) -> rusqlite::Result<u64> {
        let most = self.counted();
        let by_name = !self.name.is_empty();
        if most == 0 || (!by_name && (*skip >= most || rows.len() >= limit)) {
            *skip = skip.saturating_sub(most);
            return Ok(most);
        }
        let mut all = self.prepared()?;
        let mut walk = self.begin(&mut all)?;
        let (mut found, mut label) = (0, String::new());
        while let Some(row) = walk.next()? {
            if !self.wants(row, &mut label)? {
                continue;
            }
            found += 1;
            if *skip > 0 {
                *skip -= 1;
            } else if rows.len() < limit {
                rows.push(window::shown(row, self.head.id)?);
            } else if !by_name {
                break;
            }
        }
        Ok(if by_name { found } else { most })
    }
}

/// The name as it is shown, into a buffer that is used again and again.
fn shown_name(row: &Row<'_>, into: &mut String) -> rusqlite::Result<()> {
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

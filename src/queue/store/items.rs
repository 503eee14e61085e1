//! Items: adding, claiming, finishing. Each change is one short statement that uses an index, and
//! triggers maintain the counters (see `queue.sql`), so operations do not get slower as the queue
//! grows.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::base::{ItemId, JobId, Word};
use crate::queue::ItemState;
use crate::queue::item::{Ending, Item, JobSites, NewItem, Precedence, QueueEntry, Totals};
use crate::queue::store::columns;
use crate::queue::store::intents::{self, Intent, IntentState, local_key};
use crate::queue::store::{Store, StoreRequest, paths};
use crate::site::{Location, SiteKey};
use crate::transfer::temporary_name;

/// The offset of the positions of first and last items, see [`Precedence`].
const PRECEDENCE_OFFSET: i64 = 1 << 40;

/// The totals of a job, with a version to detect outdated ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VersionedTotals {
    /// The totals.
    pub totals: Totals,
    /// Greater than the version of all totals that this store returned before.
    pub version: u64,
}

/// Items that were claimed for lanes.
#[derive(Debug)]
pub struct ClaimedItems {
    /// The items in the order of the queue.
    pub items: Vec<Item>,
    /// The totals of the job.
    pub counted: VersionedTotals,
    /// When the next item may start, if all waiting items are delayed.
    pub next_at: Option<Timestamp>,
}

/// A claimed item that a lane returns.
#[derive(Debug, Clone)]
pub struct ReturnedItem {
    /// The id of the item.
    pub item: ItemId,
    /// The job of the item.
    pub job: JobId,
    /// The number of finished attempts.
    pub tries: u32,
    /// The outcome.
    pub outcome: ReturnOutcome,
}

/// The outcome of a claimed item.
#[derive(Debug, Clone)]
pub enum ReturnOutcome {
    /// It is finished, with this state and result.
    Ended(ItemState, Ending),
    /// It waits again: until this time, and for this reason.
    Later(Option<Timestamp>, Option<String>),
}

/// The number of a state in the database.
pub(super) fn code(state: ItemState) -> i64 {
    match state {
        ItemState::Waiting => 0,
        ItemState::Held => 1,
        ItemState::Running => 2,
        ItemState::Failed => 3,
        ItemState::Skipped => 4,
        ItemState::Done => 5,
        ItemState::Cancelled => 6,
    }
}

/// The state of a number.
pub(super) fn state(code: i64) -> ItemState {
    match code {
        0 => ItemState::Waiting,
        1 => ItemState::Held,
        2 => ItemState::Running,
        3 => ItemState::Failed,
        4 => ItemState::Skipped,
        6 => ItemState::Cancelled,
        _ => ItemState::Done,
    }
}

/// The number of the queue section that a state belongs to.
pub(super) fn class(state: ItemState) -> i64 {
    match state {
        ItemState::Running => 0,
        ItemState::Waiting | ItemState::Held => 1,
        ItemState::Failed => 2,
        ItemState::Skipped | ItemState::Done | ItemState::Cancelled => 3,
    }
}

impl Store {
    /// Adds items to a job in one commit. Returns their ids in the same order.
    pub fn add(
        &self,
        job: JobId,
        entries: Vec<QueueEntry>,
    ) -> StoreRequest<(Vec<ItemId>, VersionedTotals)> {
        self.write(move |connection| {
            let ids = insert(connection, job, &entries)?;
            Ok((ids, counted(connection, job)?))
        })
    }

    /// Claims the next items of a job, at most `limit`, and records their intents, so that no
    /// further commit is needed before STOR is sent. With `held`, also claims items that are held
    /// or delayed.
    pub fn claim(
        &self,
        job: JobId,
        ends: JobSites,
        limit: usize,
        tag: String,
        held: bool,
    ) -> StoreRequest<ClaimedItems> {
        self.write(move |connection| claim(connection, job, &ends, limit, &tag, held))
    }

    /// The claimed items of a job whose owner has exited, with their intents.
    pub fn claimed_items(
        &self,
        job: JobId,
        ends: JobSites,
    ) -> StoreRequest<Vec<(Item, Option<Intent>)>> {
        self.read(move |connection| {
            let mut all = connection.prepare_cached(&format!(
                "{SELECT} WHERE items.job = ? AND items.class = 0 ORDER BY items.pos, items.id"
            ))?;
            let rows =
                all.query_map([columns::number(job.0)], |row| Ok(item(row, job)?.on(&ends)))?;
            let items = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let of = |item: Item| {
                let intent = intents::find(connection, item.id)?;
                Ok((item, intent))
            };
            items.into_iter().map(of).collect()
        })
    }

    /// Returns claimed items to the queue in one commit. Returns the totals of their jobs.
    pub fn give_back(
        &self,
        items: Vec<ReturnedItem>,
    ) -> StoreRequest<Vec<(JobId, VersionedTotals)>> {
        self.write(move |connection| {
            let mut jobs: Vec<JobId> = Vec::new();
            for returned in &items {
                give_back(connection, returned)?;
                if !jobs.contains(&returned.job) {
                    jobs.push(returned.job);
                }
            }
            jobs.into_iter().map(|job| Ok((job, counted(connection, job)?))).collect()
        })
    }

    /// The names in a source directory that the queue already has, which a repeated listing skips.
    /// `dir` is the path up to the names, including the slash.
    pub fn known_names_in(&self, job: JobId, dir: Vec<u8>) -> StoreRequest<HashSet<Vec<u8>>> {
        self.write(move |connection| {
            let mut dirs = connection.prepare_cached(
                "SELECT id, first_item, last_item FROM places WHERE job = ? AND source = ?",
            )?;
            let mut names = connection.prepare_cached(
                "SELECT name FROM items WHERE id BETWEEN ?2 AND ?3 AND place = ?1",
            )?;
            let mut seen = HashSet::new();
            let mut rows = dirs.query(params![columns::number(job.0), dir])?;
            while let Some(row) = rows.next()? {
                let [dir_id, first, last]: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
                for name in names.query_map([dir_id, first, last], |row| row.get(0))? {
                    seen.insert(name?);
                }
            }
            Ok(seen)
        })
    }

    /// The totals of a job.
    pub fn count(&self, job: JobId) -> StoreRequest<VersionedTotals> {
        self.write(move |connection| counted(connection, job))
    }
}

/// The totals of a job, from the counters.
pub(super) fn totals(connection: &Connection, job: JobId) -> rusqlite::Result<Totals> {
    let mut counters =
        connection.prepare_cached("SELECT state, items, sizes, bytes FROM totals WHERE job = ?")?;
    let mut rows = counters.query([columns::number(job.0)])?;
    let mut totals = Totals::default();
    while let Some(row) = rows.next()? {
        let [items, sizes, bytes] =
            [columns::size(row.get(1)?), columns::size(row.get(2)?), columns::size(row.get(3)?)];
        match state(row.get(0)?) {
            ItemState::Waiting => totals.waiting = items,
            ItemState::Held => totals.held = items,
            ItemState::Running => totals.running = items,
            ItemState::Failed => totals.failed = items,
            ItemState::Skipped => totals.skipped = items,
            ItemState::Cancelled => totals.cancelled = items,
            ItemState::Done => {
                totals.done = items;
                totals.bytes_done = bytes;
                continue;
            }
        }
        if !state(row.get(0)?).is_ended() {
            totals.bytes_open += sizes;
        }
    }
    Ok(totals)
}

/// The totals with a version. Only valid on the connection that makes the changes.
pub(super) fn counted(connection: &Connection, job: JobId) -> rusqlite::Result<VersionedTotals> {
    let version: i64 =
        connection.prepare_cached("SELECT total_changes()")?.query_row([], |row| row.get(0))?;
    Ok(VersionedTotals { totals: totals(connection, job)?, version: columns::size(version) })
}

/// The directory of the items that are being added: a row of the table `places`.
struct ItemDir<'a> {
    source: &'a [u8],
    target: Option<&'a [u8]>,
    label: &'a str,
    id: i64,
    /// The id of the last item in it.
    last: i64,
}

impl ItemDir<'_> {
    /// Stores the id of the last item, so that the items of the directory are found by id.
    fn close(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("UPDATE places SET last_item = ?2 WHERE id = ?1")?
            .execute([self.id, self.last])
            .map(|_| ())
    }
}

/// The rank of a waiting item in the order of adding, from its position.
pub(super) fn rank(pos: i64) -> i64 {
    match pos {
        late if late > PRECEDENCE_OFFSET / 2 => late - PRECEDENCE_OFFSET,
        first if first < -PRECEDENCE_OFFSET / 2 => -(first + PRECEDENCE_OFFSET),
        usual => usual,
    }
}

pub(super) fn insert(
    connection: &Connection,
    job: JobId,
    entries: &[QueueEntry],
) -> rusqlite::Result<Vec<ItemId>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let job = columns::number(job.0);
    let first_rank: i64 = connection
        .prepare_cached(
            "UPDATE jobs SET last_rank = last_rank + ?2 WHERE id = ?1 RETURNING last_rank",
        )?
        .query_row(params![job, columns::number(entries.len() as u64)], |row| row.get(0))?;
    let first_rank = first_rank - columns::number(entries.len() as u64);
    let mut add = connection.prepare_cached(
        "INSERT INTO items (job, state, class, pos, dir, place, name, target_name, label, size,
         modified, replaces, verdict, verified, via, passive, protected, bytes, elapsed, reason,
         ended_at, mode)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
         ?19, ?20, ?21, ?22)",
    )?;
    let mut current: Option<ItemDir<'_>> = None;
    let mut counters = CounterChanges::default();
    let mut ids = Vec::with_capacity(entries.len());
    for (at, QueueEntry { item, ended }) in entries.iter().enumerate() {
        let (dir, name) = paths::split(item.source.path_bytes());
        let target = item.target.as_ref().map(|target| paths::split(target.path_bytes()));
        let visible = crate::base::text::visible(name);
        // `docs/a.txt` in `docs/`, or a label of another form
        let (label_dir, custom_label) = match item.label.strip_suffix(&*visible) {
            Some(dir) if dir.is_empty() || dir.ends_with('/') => (dir, None),
            _ => ("", Some(&*item.label)),
        };
        let target_dir = target.map(|(dir, _)| dir);
        let dir_id = match &current {
            Some(known)
                if (known.source, known.target, known.label) == (dir, target_dir, label_dir) =>
            {
                known.id
            }
            _ => {
                if let Some(full) = &current {
                    full.close(connection)?;
                }
                connection
                    .prepare_cached(
                        "INSERT INTO places (job, source, target, label, first_item)
                         VALUES (?, ?, ?, ?, 1 + (SELECT ifnull(max(id), 0) FROM items))",
                    )?
                    .execute(params![job, dir, target_dir, label_dir])?;
                let id = connection.last_insert_rowid();
                current = Some(ItemDir {
                    source: dir,
                    target: target_dir,
                    label: label_dir,
                    id,
                    last: 0,
                });
                id
            }
        };
        let (state, ending) = match ended {
            Some((state, ending)) => (*state, Some(ending)),
            None => (ItemState::Waiting, None),
        };
        let pos = match ended {
            Some(_) => finished_pos(connection, job, class(state))?,
            None => {
                let rank = first_rank + 1 + columns::number(at as u64);
                match item.precedence {
                    // the item that was added last comes first
                    Precedence::First => -rank - PRECEDENCE_OFFSET,
                    Precedence::Normal => rank,
                    Precedence::Last => rank + PRECEDENCE_OFFSET,
                }
            }
        };
        add.execute(params![
            job,
            code(state),
            class(state),
            pos,
            item.dir,
            dir_id,
            name,
            target.map(|(_, target)| target).filter(|target| *target != name),
            custom_label,
            item.size.map(columns::number),
            item.modified.as_ref().map(columns::stamp),
            item.replaces,
            ending.and_then(|ending| ending.verdict.map(Word::word)),
            ending.map(|ending| ending.verified.word()),
            ending.and_then(|ending| ending.via.map(Word::word)),
            ending.and_then(|ending| ending.passive.map(Word::word)),
            ending.and_then(|ending| ending.protected),
            ending.map_or(0, |ending| columns::number(ending.bytes)),
            ending.map(|ending| millis(ending.elapsed)),
            ending.and_then(|ending| ending.reason.as_deref()),
            ending.map(|_| columns::millis(Timestamp::now())),
            item.mode,
        ])?;
        let id = connection.last_insert_rowid();
        if let Some(dir) = &mut current {
            dir.last = id;
        }
        ids.push(ItemId(columns::size(id)));
        let bytes = ending.map_or(0, |ending| columns::number(ending.bytes));
        counters.add(state, pos, item.size.map_or(0, columns::number), bytes);
    }
    if let Some(last) = &current {
        last.close(connection)?;
    }
    counters.write(connection, job)?;
    Ok(ids)
}

/// The changes of the counters by items that are added together.
#[derive(Default)]
struct CounterChanges {
    /// By state: the numbers of items, sizes and bytes.
    totals: BTreeMap<i64, [i64; 3]>,
    /// By class and bucket: the numbers of items.
    buckets: BTreeMap<(i64, i64), i64>,
}

impl CounterChanges {
    fn add(&mut self, state: ItemState, pos: i64, size: i64, bytes: i64) {
        let totals = self.totals.entry(code(state)).or_default();
        for (total, more) in totals.iter_mut().zip([1, size, bytes]) {
            *total = total.saturating_add(more);
        }
        *self.buckets.entry((class(state), pos >> 10)).or_default() += 1;
    }

    fn write(&self, connection: &Connection, job: i64) -> rusqlite::Result<()> {
        let mut add = connection.prepare_cached(
            "INSERT INTO totals VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET items = items + excluded.items,
             sizes = sizes + excluded.sizes, bytes = bytes + excluded.bytes",
        )?;
        for (state, [items, sizes, bytes]) in &self.totals {
            add.execute([job, *state, *items, *sizes, *bytes])?;
        }
        let mut add = connection.prepare_cached(
            "INSERT INTO buckets VALUES (?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET items = items + excluded.items",
        )?;
        for ((class, bucket), items) in &self.buckets {
            add.execute([job, *class, *bucket, *items])?;
        }
        Ok(())
    }
}

fn millis(elapsed: std::time::Duration) -> i64 {
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// The position of an item that finishes now: before all that finished earlier.
fn finished_pos(connection: &Connection, job: i64, class: i64) -> rusqlite::Result<i64> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT min(pos) FROM items WHERE job = ? AND class = ?")?
        .query_row([job, class], |row| row.get(0))?;
    Ok(first.unwrap_or(0).min(0) - 1)
}

fn claim(
    connection: &Connection,
    job: JobId,
    ends: &JobSites,
    limit: usize,
    tag: &str,
    held: bool,
) -> rusqlite::Result<ClaimedItems> {
    let now = columns::millis(Timestamp::now());
    let condition = if held {
        "items.class = 1 AND ?2 = ?2"
    } else {
        "items.state = 0 AND (items.not_before IS NULL OR items.not_before <= ?2)"
    };
    let mut next = connection.prepare_cached(&format!(
        "{SELECT} WHERE items.job = ?1 AND {condition} ORDER BY items.pos LIMIT ?3"
    ))?;
    let rows = next
        .query_map(params![columns::number(job.0), now, columns::number(limit as u64)], |row| {
            Ok(item(row, job)?.on(ends))
        })?;
    let items = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut mark_claimed = connection
        .prepare_cached("UPDATE items SET state = 2, class = 0, not_before = NULL WHERE id = ?")?;
    for item in &items {
        mark_claimed.execute([columns::number(item.id.0)])?;
        if let Some(intent) = intent(item, tag) {
            intents::record(connection, &intent)?;
        }
    }
    let next_at = if items.is_empty() && !held {
        let at: Option<i64> = connection
            .prepare_cached("SELECT min(not_before) FROM items WHERE job = ? AND state = 0")?
            .query_row([columns::number(job.0)], |row| row.get(0))?;
        at.map(columns::time)
    } else {
        None
    };
    Ok(ClaimedItems { items, counted: counted(connection, job)?, next_at })
}

/// The intent of an item; `None` for directories and deletions.
fn intent(item: &Item, tag: &str) -> Option<Intent> {
    let key =
        |at: &Location| at.remote().map_or_else(local_key, |(site, _)| SiteKey::clone(&site.key()));
    let target = item.target.as_ref().filter(|_| !item.dir)?;
    let path = target.to_remote_path();
    Some(Intent {
        item: item.id,
        source: key(&item.source),
        source_path: item.source.to_remote_path(),
        destination: key(target),
        temporary: Some(temporary_name(&path, &format!("{tag}{}", item.id))),
        target: path,
        expected: item.size,
        modified: item.modified,
        replaces: item.replaces,
        state: IntentState::Recorded,
        bytes: 0,
    })
}

fn give_back(connection: &Connection, returned: &ReturnedItem) -> rusqlite::Result<()> {
    let (id, job) = (columns::number(returned.item.0), columns::number(returned.job.0));
    intents::delete(connection, returned.item)?;
    match &returned.outcome {
        ReturnOutcome::Later(at, reason) => connection
            .prepare_cached(
                "UPDATE items SET state = 0, class = 1, tries = ?2, not_before = ?3, reason = ?4
                 WHERE id = ?1 AND state = 2",
            )?
            .execute(params![id, returned.tries, at.map(columns::millis), reason])?,
        ReturnOutcome::Ended(state, ending) => {
            let pos = finished_pos(connection, job, class(*state))?;
            connection
                .prepare_cached(
                    "UPDATE items SET state = ?2, class = ?3, pos = ?4, tries = ?5, verdict = ?6,
                     verified = ?7, via = ?8, passive = ?9, protected = ?10, bytes = ?11,
                     elapsed = ?12, reason = ?13, ended_at = ?14, not_before = NULL
                     WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    code(*state),
                    class(*state),
                    pos,
                    returned.tries,
                    ending.verdict.map(Word::word),
                    ending.verified.word(),
                    ending.via.map(Word::word),
                    ending.passive.map(Word::word),
                    ending.protected,
                    columns::number(ending.bytes),
                    millis(ending.elapsed),
                    ending.reason,
                    columns::millis(Timestamp::now()),
                ])?
        }
    };
    Ok(())
}

/// The columns that [`item`] reads.
pub(super) const SELECT: &str = "SELECT items.id, dir, places.source, places.target, \
     places.label, name, target_name, items.label, size, modified, replaces, tries, state, \
     verdict, verified, via, passive, protected, bytes, elapsed, reason, not_before, ended_at, \
     mode \
     FROM items JOIN places ON places.id = items.place";

/// Reads an item, joining its paths.
pub(super) fn item(row: &Row<'_>, job: JobId) -> rusqlite::Result<Item<Vec<u8>>> {
    let blob = |at: usize| -> rusqlite::Result<&[u8]> {
        Ok(row.get_ref(at)?.as_blob_or_null()?.unwrap_or_default())
    };
    let (source, name) = (blob(2)?, blob(5)?);
    let target_name = row.get_ref(6)?.as_blob_or_null()?.unwrap_or(name);
    let target = row.get_ref(3)?.as_blob_or_null()?.map(|dir| [dir, target_name].concat());
    let label: Option<Box<str>> = row.get(7)?;
    let label = match label {
        Some(label) => label,
        None => {
            let dir = row.get_ref(4)?.as_str()?;
            format!("{dir}{}", crate::base::text::visible(name)).into()
        }
    };
    let (size, modified): (Option<i64>, Option<String>) = (row.get(8)?, row.get(9)?);
    Ok(Item {
        id: ItemId(columns::size(row.get(0)?)),
        job,
        label,
        dir: row.get(1)?,
        source: [source, name].concat(),
        target,
        size: size.map(columns::size),
        modified: modified.and_then(|text| columns::read_stamp(&text)),
        mode: row.get(23)?,
        replaces: row.get(10)?,
        tries: row.get(11)?,
    })
}

impl NewItem {
    /// An entry that waits.
    #[must_use]
    pub fn waiting(self) -> QueueEntry {
        QueueEntry { item: self, ended: None }
    }

    /// An entry that is already finished.
    #[must_use]
    pub fn ended(self, state: ItemState, ending: Ending) -> QueueEntry {
        QueueEntry { item: self, ended: Some((state, ending)) }
    }
}

//! Items: adding, handing out, ending. Each change is one short statement by an index; counts
//! are kept by triggers (see `queue.sql`), so nothing here grows with the queue.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::base::{ItemId, JobId, Word};
use crate::queue::ItemState;
use crate::queue::item::{Ending, Ends, Entry, Item, NewItem, Totals, Turn};
use crate::queue::store::intents::{self, Intent, IntentState, this_machine};
use crate::queue::store::words;
use crate::queue::store::{Pending, Store, paths};
use crate::site::{Location, SiteKey};
use crate::transfer::temporary_name;

/// What a turn adds to the order of coming.
const TURN: i64 = 1 << 40;

/// A job's items in numbers, and how new these numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// The numbers.
    pub totals: Totals,
    /// Greater than that of any earlier count that this store gave.
    pub version: u64,
}

/// Items that were handed out.
#[derive(Debug)]
pub struct Claimed {
    /// The items, in their order.
    pub items: Vec<Item>,
    /// The job's items in numbers.
    pub counted: Counted,
    /// When the next one may be begun, if all that wait are put off until later.
    pub next_at: Option<Timestamp>,
}

/// How an item that was handed out comes back.
#[derive(Debug, Clone)]
pub struct Back {
    /// Which.
    pub item: ItemId,
    /// Its job.
    pub job: JobId,
    /// Tries that ended.
    pub tries: u32,
    /// What came of it.
    pub what: BackAs,
}

/// What came of an item that was handed out.
#[derive(Debug, Clone)]
pub enum BackAs {
    /// It has ended.
    Ended(ItemState, Ending),
    /// It waits again, not before this time, for this reason.
    Later(Option<Timestamp>, Option<String>),
}

/// The state's number in the database.
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

/// The part of the panel that a state belongs to.
pub(super) fn class(state: ItemState) -> i64 {
    match state {
        ItemState::Running => 0,
        ItemState::Waiting | ItemState::Held => 1,
        ItemState::Failed => 2,
        ItemState::Skipped | ItemState::Done | ItemState::Cancelled => 3,
    }
}

impl Store {
    /// Adds items to a job, all in one commit. Their numbers come back in their order.
    pub fn add(&self, job: JobId, entries: Vec<Entry>) -> Pending<(Vec<ItemId>, Counted)> {
        self.write(move |connection| {
            let ids = insert(connection, job, &entries)?;
            Ok((ids, counted(connection, job)?))
        })
    }

    /// Hands out the next items of a job, at most `limit`, and records what may be stored for
    /// them from now on: after this commit no further one is needed before STOR leaves. With
    /// `held` also those that the user holds, and those whose time has not come.
    pub fn claim(
        &self,
        job: JobId,
        ends: Ends,
        limit: usize,
        tag: String,
        held: bool,
    ) -> Pending<Claimed> {
        self.write(move |connection| claim(connection, job, &ends, limit, &tag, held))
    }

    /// Items that were handed out to an owner who has ended, with what may have been stored.
    pub fn handed_out(&self, job: JobId, ends: Ends) -> Pending<Vec<(Item, Option<Intent>)>> {
        self.read(move |connection| {
            let mut all = connection.prepare_cached(&format!(
                "{SELECT} WHERE items.job = ? AND items.class = 0 ORDER BY items.pos, items.id"
            ))?;
            let rows = all.query_map([words::number(job.0)], |row| item(row, job, &ends))?;
            let items = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let of = |item: Item| {
                let intent = intents::find(connection, item.id)?;
                Ok((item, intent))
            };
            items.into_iter().map(of).collect()
        })
    }

    /// Items that were handed out come back, all in one commit; the numbers of their jobs
    /// come back.
    pub fn give_back(&self, items: Vec<Back>) -> Pending<Vec<(JobId, Counted)>> {
        self.write(move |connection| {
            let mut jobs: Vec<JobId> = Vec::new();
            for back in &items {
                give_back(connection, back)?;
                if !jobs.contains(&back.job) {
                    jobs.push(back.job);
                }
            }
            jobs.into_iter().map(|job| Ok((job, counted(connection, job)?))).collect()
        })
    }

    /// The names that the queue has of a source directory (its path as it stands in front of
    /// their names): a walk that begins anew passes over them.
    pub fn seen_in(&self, job: JobId, dir: Vec<u8>) -> Pending<HashSet<Vec<u8>>> {
        self.write(move |connection| {
            let mut places = connection.prepare_cached(
                "SELECT id, first_item, last_item FROM places WHERE job = ? AND source = ?",
            )?;
            let mut names = connection.prepare_cached(
                "SELECT name FROM items WHERE id BETWEEN ?2 AND ?3 AND place = ?1",
            )?;
            let mut seen = HashSet::new();
            let mut rows = places.query(params![words::number(job.0), dir])?;
            while let Some(row) = rows.next()? {
                let [place, first, last]: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
                for name in names.query_map([place, first, last], |row| row.get(0))? {
                    seen.insert(name?);
                }
            }
            Ok(seen)
        })
    }

    /// A job's items in numbers.
    pub fn count(&self, job: JobId) -> Pending<Counted> {
        self.write(move |connection| counted(connection, job))
    }
}

/// A job's items in numbers, from the counters.
pub(super) fn totals(connection: &Connection, job: JobId) -> rusqlite::Result<Totals> {
    let mut counters =
        connection.prepare_cached("SELECT state, items, sizes, bytes FROM totals WHERE job = ?")?;
    let mut rows = counters.query([words::number(job.0)])?;
    let mut totals = Totals::default();
    while let Some(row) = rows.next()? {
        let [items, sizes, bytes] =
            [words::size(row.get(1)?), words::size(row.get(2)?), words::size(row.get(3)?)];
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

/// Only right on the connection that makes the changes.
pub(super) fn counted(connection: &Connection, job: JobId) -> rusqlite::Result<Counted> {
    let version: i64 =
        connection.prepare_cached("SELECT total_changes()")?.query_row([], |row| row.get(0))?;
    Ok(Counted { totals: totals(connection, job)?, version: words::size(version) })
}

/// The directory that items are being added to.
struct Place<'a> {
    source: &'a [u8],
    target: Option<&'a [u8]>,
    label: &'a str,
    id: i64,
    /// The last item in it.
    last: i64,
}

impl Place<'_> {
    /// Nothing more comes: from now on the items in it are found by their numbers.
    fn close(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached("UPDATE places SET last_item = ?2 WHERE id = ?1")?
            .execute([self.id, self.last])
            .map(|_| ())
    }
}

/// The order of coming that is in the place of an item that waits.
pub(super) fn rank(pos: i64) -> i64 {
    match pos {
        late if late > TURN / 2 => late - TURN,
        first if first < -TURN / 2 => -(first + TURN),
        usual => usual,
    }
}

pub(super) fn insert(
    connection: &Connection,
    job: JobId,
    entries: &[Entry],
) -> rusqlite::Result<Vec<ItemId>> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let job = words::number(job.0);
    let first_rank: i64 = connection
        .prepare_cached(
            "UPDATE jobs SET last_rank = last_rank + ?2 WHERE id = ?1 RETURNING last_rank",
        )?
        .query_row(params![job, words::number(entries.len() as u64)], |row| row.get(0))?;
    let first_rank = first_rank - words::number(entries.len() as u64);
    let mut add = connection.prepare_cached(
        "INSERT INTO items (job, state, class, pos, dir, place, name, target_name, label, size,
         modified, replaces, verdict, verified, via, passive, protected, bytes, elapsed, reason,
         ended_at, mode)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
         ?19, ?20, ?21, ?22)",
    )?;
    let mut place: Option<Place<'_>> = None;
    let mut added = Added::default();
    let mut ids = Vec::with_capacity(entries.len());
    for (at, Entry { item, ended }) in entries.iter().enumerate() {
        let (dir, name) = paths::split(item.source.path_bytes());
        let target = item.target.as_ref().map(|target| paths::split(target.path_bytes()));
        let visible = crate::base::text::visible(name);
        // `docs/a.txt` in `docs/`, or a label of another make
        let (label_dir, own_label) = match item.label.strip_suffix(&*visible) {
            Some(dir) if dir.is_empty() || dir.ends_with('/') => (dir, None),
            _ => ("", Some(&*item.label)),
        };
        let target_dir = target.map(|(dir, _)| dir);
        let place_id = match &place {
            Some(known)
                if (known.source, known.target, known.label) == (dir, target_dir, label_dir) =>
            {
                known.id
            }
            _ => {
                if let Some(full) = &place {
                    full.close(connection)?;
                }
                connection
                    .prepare_cached(
                        "INSERT INTO places (job, source, target, label, first_item)
                         VALUES (?, ?, ?, ?, 1 + (SELECT ifnull(max(id), 0) FROM items))",
                    )?
                    .execute(params![job, dir, target_dir, label_dir])?;
                let id = connection.last_insert_rowid();
                place =
                    Some(Place { source: dir, target: target_dir, label: label_dir, id, last: 0 });
                id
            }
        };
        let (state, ending) = match ended {
            Some((state, ending)) => (*state, Some(ending)),
            None => (ItemState::Waiting, None),
        };
        let pos = match ended {
            Some(_) => newest(connection, job, class(state))?,
            None => {
                let rank = first_rank + 1 + words::number(at as u64);
                match item.turn {
                    // the last one that comes is the very first
                    Turn::First => -rank - TURN,
                    Turn::Usual => rank,
                    Turn::Last => rank + TURN,
                }
            }
        };
        add.execute(params![
            job,
            code(state),
            class(state),
            pos,
            item.dir,
            place_id,
            name,
            target.map(|(_, target)| target).filter(|target| *target != name),
            own_label,
            item.size.map(words::number),
            item.modified.as_ref().map(words::stamp),
            item.replaces,
            ending.and_then(|ending| ending.verdict.map(Word::word)),
            ending.map(|ending| ending.verified.word()),
            ending.and_then(|ending| ending.via.map(Word::word)),
            ending.and_then(|ending| ending.passive.map(Word::word)),
            ending.and_then(|ending| ending.protected),
            ending.map_or(0, |ending| words::number(ending.bytes)),
            ending.map(|ending| millis(ending.elapsed)),
            ending.and_then(|ending| ending.reason.as_deref()),
            ending.map(|_| words::millis(Timestamp::now())),
            item.mode,
        ])?;
        let id = connection.last_insert_rowid();
        if let Some(place) = &mut place {
            place.last = id;
        }
        ids.push(ItemId(words::size(id)));
        let bytes = ending.map_or(0, |ending| words::number(ending.bytes));
        added.note(state, pos, item.size.map_or(0, words::number), bytes);
    }
    if let Some(last) = &place {
        last.close(connection)?;
    }
    added.write(connection, job)?;
    Ok(ids)
}

/// What items that are added together add to the counters.
#[derive(Default)]
struct Added {
    /// By state: items, sizes, bytes.
    totals: BTreeMap<i64, [i64; 3]>,
    /// By class and bucket: items.
    buckets: BTreeMap<(i64, i64), i64>,
}

impl Added {
    fn note(&mut self, state: ItemState, pos: i64, size: i64, bytes: i64) {
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

/// The place of an item that ends now: before all that ended earlier.
fn newest(connection: &Connection, job: i64, class: i64) -> rusqlite::Result<i64> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT min(pos) FROM items WHERE job = ? AND class = ?")?
        .query_row([job, class], |row| row.get(0))?;
    Ok(first.unwrap_or(0).min(0) - 1)
}

fn claim(
    connection: &Connection,
    job: JobId,
    ends: &Ends,
    limit: usize,
    tag: &str,
    held: bool,
) -> rusqlite::Result<Claimed> {
    let now = words::millis(Timestamp::now());
    let which = if held {
        "items.class = 1 AND ?2 = ?2"
    } else {
        "items.state = 0 AND (items.not_before IS NULL OR items.not_before <= ?2)"
    };
    let mut next = connection.prepare_cached(&format!(
        "{SELECT} WHERE items.job = ?1 AND {which} ORDER BY items.pos LIMIT ?3"
    ))?;
    let rows = next
        .query_map(params![words::number(job.0), now, words::number(limit as u64)], |row| {
            item(row, job, ends)
        })?;
    let items = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut hand_out = connection
        .prepare_cached("UPDATE items SET state = 2, class = 0, not_before = NULL WHERE id = ?")?;
    for item in &items {
        hand_out.execute([words::number(item.id.0)])?;
        if let Some(intent) = intent(item, tag) {
            intents::record(connection, &intent)?;
        }
    }
    let next_at = if items.is_empty() && !held {
        let at: Option<i64> = connection
            .prepare_cached("SELECT min(not_before) FROM items WHERE job = ? AND state = 0")?
            .query_row([words::number(job.0)], |row| row.get(0))?;
        at.map(words::time)
    } else {
        None
    };
    Ok(Claimed { items, counted: counted(connection, job)?, next_at })
}

/// What may be stored for an item.
fn intent(item: &Item, tag: &str) -> Option<Intent> {
    let key = |at: &Location| {
        at.remote().map_or_else(this_machine, |(site, _)| SiteKey::clone(&site.key()))
    };
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

fn give_back(connection: &Connection, back: &Back) -> rusqlite::Result<()> {
    let (id, job) = (words::number(back.item.0), words::number(back.job.0));
    intents::forget(connection, back.item)?;
    match &back.what {
        BackAs::Later(at, reason) => connection
            .prepare_cached(
                "UPDATE items SET state = 0, class = 1, tries = ?2, not_before = ?3, reason = ?4
                 WHERE id = ?1 AND state = 2",
            )?
            .execute(params![id, back.tries, at.map(words::millis), reason])?,
        BackAs::Ended(state, ending) => {
            let pos = newest(connection, job, class(*state))?;
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
                    back.tries,
                    ending.verdict.map(Word::word),
                    ending.verified.word(),
                    ending.via.map(Word::word),
                    ending.passive.map(Word::word),
                    ending.protected,
                    words::number(ending.bytes),
                    millis(ending.elapsed),
                    ending.reason,
                    words::millis(Timestamp::now()),
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

/// The paths and the label of an item.
pub(super) struct Named {
    pub(super) source: Vec<u8>,
    pub(super) target: Option<Vec<u8>>,
    pub(super) label: Box<str>,
}

/// Puts an item's paths together.
pub(super) fn named(row: &Row<'_>) -> rusqlite::Result<Named> {
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
    Ok(Named { source: [source, name].concat(), target, label })
}

/// An item as lanes get it.
pub(super) fn item(row: &Row<'_>, job: JobId, ends: &Ends) -> rusqlite::Result<Item> {
    let Named { source, target, label } = named(row)?;
    let (size, modified): (Option<i64>, Option<String>) = (row.get(8)?, row.get(9)?);
    Ok(Item {
        id: ItemId(words::size(row.get(0)?)),
        job,
        label,
        dir: row.get(1)?,
        source: Location::new(ends.from.as_ref(), source),
        target: target.map(|target| Location::new(ends.to.as_ref(), target)),
        size: size.map(words::size),
        modified: modified.and_then(|text| words::read_stamp(&text)),
        mode: row.get(23)?,
        replaces: row.get(10)?,
        tries: row.get(11)?,
    })
}

impl NewItem {
    /// An item that waits for its turn.
    #[must_use]
    pub fn waiting(self) -> Entry {
        Entry { item: self, ended: None }
    }

    /// An item that has ended already.
    #[must_use]
    pub fn ended(self, state: ItemState, ending: Ending) -> Entry {
        Entry { item: self, ended: Some((state, ending)) }
    }
}

//! What is about to be stored at a target (design rule 2): recorded before STOR leaves, so that
//! after a crash everything of ours is found, and nothing that is not ours is touched.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::base::{ItemId, JobId, RemotePath, Stamp, Word, words};
use crate::queue::store::runs::{self, Owner, RunId};
use crate::queue::store::words;
use crate::queue::store::{Pending, Store};
use crate::site::SiteKey;

/// How far an intent came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// STOR may leave, or has left.
    Recorded,
    /// The destination said 1xx: what is under the name is ours.
    Begun,
    /// The data is whole; the rename to the final name may have been done or not.
    Placing,
}

words!(IntentState { Recorded: "recorded", Begun: "begun", Placing: "placing" });

/// What is about to be stored at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// For which item. An item has at most one intent.
    pub item: ItemId,
    /// Where the file comes from; [`this_machine`] for an upload.
    pub source: SiteKey,
    /// Its path there.
    pub source_path: RemotePath,
    /// Where it goes; [`this_machine`] for a download.
    pub destination: SiteKey,
    /// Its name there in the end.
    pub target: RemotePath,
    /// The name that it arrives under, if not the final one; unique to the item.
    pub temporary: Option<RemotePath>,
    /// Bytes in all, when the source tells.
    pub expected: Option<u64>,
    /// Time of the source.
    pub modified: Option<Stamp>,
    /// True when the target existed: what is under the final name is then not ours.
    pub replaces: bool,
    /// How far it came.
    pub state: IntentState,
    /// Bytes known to be at the target.
    pub bytes: u64,
}

/// An intent, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The intent.
    pub intent: Intent,
    /// The item's job and the tries that ended; `None` when the job was taken out of the queue.
    pub job: Option<(JobId, u32)>,
    /// Who runs that job, or ran it.
    pub owner: Option<Owner>,
}

/// The key of this machine, which no site can have.
#[must_use]
pub fn this_machine() -> SiteKey {
    SiteKey(String::new())
}

impl Store {
    /// Records intents, all in one commit; an item's earlier intent is replaced.
    pub fn record_intents(&self, intents: Vec<Intent>) -> Pending<()> {
        self.write(move |connection| {
            intents.iter().try_for_each(|intent| record(connection, intent))
        })
    }

    /// An intent came further.
    pub fn note_intent(&self, item: ItemId, state: IntentState) -> Pending<()> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE intents SET state = ?2 WHERE item = ?1")?
                .execute(params![words::number(item.0), state.word()])
                .map(|_| ())
        })
    }

    /// What is under way to a destination: of jobs that another run owns, and of jobs that are not
    /// in the queue any more.
    pub fn under_way(&self, destination: &SiteKey, run: RunId) -> Pending<Vec<UnderWay>> {
        let destination = destination.clone();
        self.read(move |connection| {
            let mut all = connection.prepare_cached(&format!(
                "{COLUMNS}, items.job, items.tries, runs.id, runs.pid, runs.started FROM intents
                 LEFT JOIN items ON items.id = intents.item
                 LEFT JOIN jobs ON jobs.id = items.job LEFT JOIN runs ON runs.id = jobs.owner
                 WHERE intents.destination = ?1 AND (items.id IS NULL OR items.state = 2
                 AND jobs.owner IS NOT ?2) ORDER BY intents.item"
            ))?;
            let rows = all.query_map(params![destination.0, run.0], |row| {
                let (job, tries): (Option<i64>, Option<u32>) = (row.get(11)?, row.get(12)?);
                let owner = runs::owner(row, 13)?;
                let job = job.map(|job| (JobId(words::size(job)), tries.unwrap_or(0)));
                Ok(UnderWay { intent: read(row)?, job, owner })
            })?;
            rows.collect()
        })
    }

    /// The intent of an item.
    pub fn intent(&self, item: ItemId) -> Pending<Option<Intent>> {
        self.read(move |connection| find(connection, item))
    }

    /// Nothing of the item is at the target any more but what belongs there.
    pub fn forget_intents(&self, items: Vec<ItemId>) -> Pending<()> {
        self.write(move |connection| items.iter().try_for_each(|item| forget(connection, *item)))
    }
}

/// The intent of an item.
pub(super) fn find(connection: &Connection, item: ItemId) -> rusqlite::Result<Option<Intent>> {
    connection
        .prepare_cached(&format!("{COLUMNS} FROM intents WHERE item = ?"))?
        .query_row([words::number(item.0)], read)
        .optional()
}

/// Records one intent.
pub(super) fn record(connection: &Connection, intent: &Intent) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO intents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
             ?12)",
        )?
        .execute(params![
            words::number(intent.item.0),
            intent.source.0,
            intent.source_path.as_bytes(),
            intent.destination.0,
            intent.target.as_bytes(),
            intent.temporary.as_ref().map(RemotePath::as_bytes),
            intent.expected.map(words::number),
            intent.modified.as_ref().map(words::stamp),
            intent.replaces,
            intent.state.word(),
            words::number(intent.bytes),
            words::millis(Timestamp::now()),
        ])
        .map(|_| ())
}

/// Forgets one intent.
pub(super) fn forget(connection: &Connection, item: ItemId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM intents WHERE item = ?")?
        .execute([words::number(item.0)])
        .map(|_| ())
}

const COLUMNS: &str = "SELECT intents.item, intents.source, intents.source_path, \
                       intents.destination, intents.target, intents.temporary, \
                       intents.expected, intents.modified, intents.replaces, intents.state, \
                       intents.bytes";

fn read(row: &Row<'_>) -> rusqlite::Result<Intent> {
    let expected: Option<i64> = row.get(6)?;
    let modified: Option<String> = row.get(7)?;
    let temporary: Option<Vec<u8>> = row.get(5)?;
    Ok(Intent {
        item: ItemId(words::size(row.get(0)?)),
        source: words::key(row, 1)?,
        source_path: words::path(row, 2)?,
        destination: words::key(row, 3)?,
        target: words::path(row, 4)?,
        temporary: temporary.map(RemotePath::new),
        expected: expected.map(words::size),
        modified: modified.and_then(|text| words::read_stamp(&text)),
        replaces: row.get(8)?,
        state: words::known(row, 9)?,
        bytes: words::size(row.get(10)?),
    })
}

//! Intents: the files that will be stored at targets (transfer rule 2). They are recorded before
//! STOR is sent, so that after a crash all our files are found, and no other files are changed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::base::{ItemId, JobId, RemotePath, Stamp, Word, words};
use crate::queue::store::columns;
use crate::queue::store::runs::{self, JobOwner, RunId};
use crate::queue::store::{Store, StoreRequest};
use crate::site::SiteKey;

/// The progress of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// STOR may be sent, or was sent.
    Recorded,
    /// The destination replied 1xx: the file under this name is ours.
    Started,
    /// The data is complete; the rename to the final name may be done or not.
    Renaming,
}

words!(IntentState { Recorded: "recorded", Started: "begun", Renaming: "placing" });

/// A file that will be stored at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The item. An item has at most one intent.
    pub item: ItemId,
    /// The source site; [`local_key`] for an upload.
    pub source: SiteKey,
    /// The path at the source.
    pub source_path: RemotePath,
    /// The destination site; [`local_key`] for a download.
    pub destination: SiteKey,
    /// The final path at the destination.
    pub target: RemotePath,
    /// The temporary path, unique to the item; `None` when stored under the final name.
    pub temporary: Option<RemotePath>,
    /// The expected size in bytes, if the source reports it.
    pub expected: Option<u64>,
    /// The modification time of the source.
    pub modified: Option<Stamp>,
    /// True when the target existed, so that the file under the final name is not ours.
    pub replaces: bool,
    /// The progress.
    pub state: IntentState,
    /// The bytes that are known to be at the target.
    pub bytes: u64,
}

/// An intent, and the owner of its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedIntent {
    /// The intent.
    pub intent: Intent,
    /// The item's job and finished attempts; `None` when the job was removed from the queue.
    pub job: Option<(JobId, u32)>,
    /// The process that runs the job, or ran it.
    pub owner: Option<JobOwner>,
}

/// The key that stands for this machine; no site can have it.
#[must_use]
pub fn local_key() -> SiteKey {
    SiteKey(String::new())
}

impl Store {
    /// Records intents in one commit, replacing earlier intents of the items.
    pub fn record_intents(&self, intents: Vec<Intent>) -> StoreRequest<()> {
        self.write(move |connection| {
            intents.iter().try_for_each(|intent| record(connection, intent))
        })
    }

    /// Updates the progress of an intent.
    pub fn set_intent_state(&self, item: ItemId, state: IntentState) -> StoreRequest<()> {
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE intents SET state = ?2 WHERE item = ?1")?
                .execute(params![columns::number(item.0), state.word()])
                .map(|_| ())
        })
    }

    /// The intents for a destination that this run does not own: those of jobs of other runs, and
    /// those of jobs that are no longer in the queue.
    pub fn unfinished_intents(
        &self,
        destination: &SiteKey,
        run: RunId,
    ) -> StoreRequest<Vec<OwnedIntent>> {
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
                let job = job.map(|job| (JobId(columns::size(job)), tries.unwrap_or(0)));
                Ok(OwnedIntent { intent: read(row)?, job, owner })
            })?;
            rows.collect()
        })
    }

    /// The intent of an item.
    pub fn intent(&self, item: ItemId) -> StoreRequest<Option<Intent>> {
        self.read(move |connection| find(connection, item))
    }

    /// Deletes intents: the target has no incomplete files of the items any more.
    pub fn delete_intents(&self, items: Vec<ItemId>) -> StoreRequest<()> {
        self.write(move |connection| items.iter().try_for_each(|item| delete(connection, *item)))
    }
}

/// The intent of an item.
pub(super) fn find(connection: &Connection, item: ItemId) -> rusqlite::Result<Option<Intent>> {
    connection
        .prepare_cached(&format!("{COLUMNS} FROM intents WHERE item = ?"))?
        .query_row([columns::number(item.0)], read)
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
            columns::number(intent.item.0),
            intent.source.0,
            intent.source_path.as_bytes(),
            intent.destination.0,
            intent.target.as_bytes(),
            intent.temporary.as_ref().map(RemotePath::as_bytes),
            intent.expected.map(columns::number),
            intent.modified.as_ref().map(columns::stamp),
            intent.replaces,
            intent.state.word(),
            columns::number(intent.bytes),
            columns::millis(Timestamp::now()),
        ])
        .map(|_| ())
}

/// Deletes one intent.
pub(super) fn delete(connection: &Connection, item: ItemId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM intents WHERE item = ?")?
        .execute([columns::number(item.0)])
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
        item: ItemId(columns::size(row.get(0)?)),
        source: columns::key(row, 1)?,
        source_path: columns::path(row, 2)?,
        destination: columns::key(row, 3)?,
        target: columns::path(row, 4)?,
        temporary: temporary.map(RemotePath::new),
        expected: expected.map(columns::size),
        modified: modified.and_then(|text| columns::read_stamp(&text)),
        replaces: row.get(8)?,
        state: columns::known(row, 9)?,
        bytes: columns::size(row.get(10)?),
    })
}

//! The queue as records, for export; and back from them, for import.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::base::{ItemId, JobId, Stamp, Word};
use crate::queue::export::{Exporter, LeftOut};
use crate::queue::import::{Counted, ImportError, Importer};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, Record, SiteRecord, SourceRecord};
use crate::queue::store::jobs::{self, Stage, Wanted};
use crate::queue::store::reference::SiteRef;
use crate::queue::store::window::Shown;
use crate::queue::store::words;
use crate::queue::store::{Pending, Store, StoreError, items};
use crate::queue::{Ending, Ends, Entry, ItemState, NewItem, Turn};
use crate::site::Location;

/// Items that are read or written together.
const BATCH: usize = 1000;

/// Why a queue could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The queue cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The export cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl Store {
    /// Writes jobs and all their items, in pieces: others need not wait, and memory does not grow.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export(
        &self,
        wanted: Wanted,
        to: &mut (dyn Exporter + Send),
    ) -> Result<LeftOut, ExportError> {
        for job in self.jobs(wanted).await? {
            let id = job.id;
            let sources = self.source_records(id).await?;
            to.record(&Record::Job(Box::new(job_record(job, sources))))?;
            let mut after = ItemId(0);
            loop {
                let shown = self.items_after(id, after, BATCH).await?;
                let ranks = self.ranks(id, after, BATCH).await?;
                let Some(last) = shown.last() else { break };
                after = last.id;
                for one in shown {
                    let rank = ranks.binary_search_by_key(&one.id.0, |(item, _)| *item);
                    let rank = rank.ok().map(|at| ranks[at].1);
                    to.record(&Record::Item(Box::new(item_record(one, rank))))?;
                }
            }
        }
        Ok(to.end()?)
    }

    fn source_records(&self, job: JobId) -> Pending<Vec<SourceRecord>> {
        self.read(move |connection| {
            let mut all = connection
                .prepare_cached("SELECT path, kind, size FROM sources WHERE job = ? ORDER BY n")?;
            let rows = all.query_map([words::number(job.0)], |row| {
                let kind: Option<crate::ftp::Kind> = words::optional(row.get(1)?);
                let size: Option<i64> = row.get(2)?;
                Ok(SourceRecord { path: Bytes(row.get(0)?), kind, size: size.map(words::size) })
            })?;
            rows.collect()
        })
    }

    /// The places of items among those of their job, by number.
    fn ranks(&self, job: JobId, after: ItemId, limit: usize) -> Pending<Vec<(u64, i64)>> {
        self.read(move |connection| {
            let mut all = connection.prepare_cached(
                "SELECT id, pos FROM items WHERE id > ? AND job = ? ORDER BY id LIMIT ?",
            )?;
            let (job, limit) = (words::number(job.0), words::number(limit as u64));
            let rows = all.query_map(params![words::number(after.0), job, limit], |row| {
                Ok((words::size(row.get(0)?), row.get(1)?))
            })?;
            rows.collect()
        })
    }

    /// Adds all records in one commit, as jobs of nobody; a mistake in one of them adds nothing.
    pub fn import(
        &self,
        mut from: Box<dyn Importer + Send>,
    ) -> Pending<Result<Counted, ImportError>> {
        self.write(move |connection| {
            connection.execute_batch("SAVEPOINT imported")?;
            let restored = restore(connection, from.as_mut());
            if !matches!(restored, Ok(Ok(_))) {
                connection.execute_batch("ROLLBACK TO imported")?;
            }
            connection.execute_batch("RELEASE imported")?;
            restored
        })
    }
}

fn site_record(site: SiteRef) -> SiteRecord {
    SiteRecord { key: site.key.0, settings: site.settings }
}

fn job_record(job: jobs::JobRecord, sources: Vec<SourceRecord>) -> JobRecord {
    JobRecord {
        id: job.id.0,
        kind: job.kind,
        from: job.from.map(site_record),
        to: job.to.map(site_record),
        sources,
        target: job.target.map(Bytes),
        rename_to: job.rename_to,
        rules: job.rules,
        tree: job.tree,
        listed: job.stage == Stage::Listed,
        priority: job.priority,
        held: job.held,
        cancelled: job.cancelled,
        created_at: Some(job.created_at),
        start_at: job.start_at,
        ended_at: job.ended_at,
    }
}

fn item_record(shown: Shown, rank: Option<i64>) -> ItemRecord {
    let Shown { job, label, dir, source, target, size, modified, mode, replaces, .. } = shown;
    let ending = shown.ending;
    ItemRecord {
        job: job.0,
        label: label.into(),
        dir,
        source: Bytes(source),
        target: target.map(Bytes),
        size,
        modified: modified.filter(|stamp| stamp.utc).map(|stamp| stamp.digits()),
        mode,
        replaces,
        state: shown.state,
        rank,
        tries: shown.tries,
        not_before: shown.not_before,
        verdict: ending.verdict,
        verified: ending.verified,
        via: ending.via,
        passive: ending.passive,
        protected: ending.protected,
        bytes: ending.bytes,
        millis: u64::try_from(ending.elapsed.as_millis()).unwrap_or(u64::MAX),
        reason: ending.reason,
        ended_at: shown.ended_at,
    }
}

fn restore(
    connection: &Connection,
    from: &mut dyn Importer,
) -> rusqlite::Result<Result<Counted, ImportError>> {
    let mut counted = Counted::default();
    let mut job: Option<(JobId, Ends)> = None;
    let mut batch: Vec<ItemRecord> = Vec::new();
    loop {
        let record = match from.record() {
            Ok(record) => record,
            Err(error) => return Ok(Err(error)),
        };
        let full = batch.len() >= BATCH;
        if full || !matches!(record, Some(Record::Item(_))) {
            if let Some((job, ends)) = &job {
                add_items(connection, *job, ends, &batch)?;
            }
            batch.clear();
        }
        match record {
            None => break,
            Some(Record::Job(record)) => {
                counted.jobs += 1;
                job = Some(add_job(connection, &record)?);
            }
            Some(Record::Item(record)) => {
                counted.items += 1;
                batch.push(*record);
            }
        }
    }
    counted.left_out = from.left_out();
    Ok(Ok(counted))
}

fn add_job(connection: &Connection, job: &JobRecord) -> rusqlite::Result<(JobId, Ends)> {
    let columns = |site: &Option<SiteRecord>| match site {
        Some(site) => (site.key.clone(), Some(site.settings.clone())),
        None => (String::new(), None),
    };
    let ((from_key, from_site), (to_key, to_site)) = (columns(&job.from), columns(&job.to));
    let rules = serde_json::to_string(&job.rules).unwrap_or_default();
    let tree = serde_json::to_string(&job.tree).unwrap_or_default();
    connection
        .prepare_cached(
            "INSERT INTO jobs (kind, rules, tree, from_key, from_site, to_key, to_site, target,
             rename_to, priority, held, cancelled, stage, created_at, start_at, ended_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            job.kind.word(),
            rules,
            tree,
            from_key,
            from_site,
            to_key,
            to_site,
            job.target.as_ref().map(|target| &target.0),
            job.rename_to,
            job.priority,
            job.held,
            job.cancelled,
            if job.listed { 2 } else { 1 },
            words::millis(job.created_at.unwrap_or_else(Timestamp::now)),
            job.start_at.map(words::millis),
            job.ended_at.map(words::millis),
        ])?;
    let id = connection.last_insert_rowid();
    let mut add = connection
        .prepare_cached("INSERT INTO sources (job, n, path, kind, size) VALUES (?, ?, ?, ?, ?)")?;
    for (number, source) in job.sources.iter().enumerate() {
        let kind = source.kind.map(Word::word);
        let size = source.size.map(words::number);
        add.execute(params![id, words::number(number as u64), source.path.0, kind, size])?;
    }
    let site =
        |record: &Option<SiteRecord>| record.as_ref().and_then(SiteRecord::site).map(Arc::new);
    Ok((JobId(words::size(id)), Ends { from: site(&job.from), to: site(&job.to) }))
}

fn add_items(
    connection: &Connection,
    job: JobId,
    ends: &Ends,
    records: &[ItemRecord],
) -> rusqlite::Result<()> {
    let entries: Vec<Entry> = records.iter().map(|record| entry(record, ends)).collect();
    let ids = items::insert(connection, job, &entries)?;
    let mut change = connection.prepare_cached(
        "UPDATE items SET state = ?2, class = ?3, pos = ifnull(?4, pos), tries = ?5,
         not_before = ?6, verdict = ?7, verified = ?8, via = ?9, passive = ?10, protected = ?11,
         bytes = ?12, elapsed = ?13, reason = ?14, ended_at = ?15 WHERE id = ?1",
    )?;
    let mut last_rank = 0;
    for (id, record) in ids.iter().zip(records) {
        let state = restored(record.state);
        // one that was being worked on stood in another part of the panel
        let rank = record.rank.filter(|_| state == record.state);
        if !state.is_ended() {
            last_rank = last_rank.max(items::rank(rank.unwrap_or(0)));
        }
        change.execute(params![
            words::number(id.0),
            items::code(state),
            items::class(state),
            rank,
            record.tries,
            record.not_before.map(words::millis),
            record.verdict.map(Word::word),
            record.verified.word(),
            record.via.map(Word::word),
            record.passive.map(Word::word),
            record.protected,
            words::number(record.bytes),
            words::number(record.millis),
            record.reason,
            record.ended_at.map(words::millis),
        ])?;
    }
    connection
        .prepare_cached("UPDATE jobs SET last_rank = max(last_rank, ?2) WHERE id = ?1")?
        .execute(params![words::number(job.0), last_rank])
        .map(|_| ())
}

/// Nobody works on what was being worked on elsewhere.
fn restored(state: ItemState) -> ItemState {
    if state == ItemState::Running { ItemState::Waiting } else { state }
}

fn entry(record: &ItemRecord, ends: &Ends) -> Entry {
    let place = |site, path: &Bytes| Location::new(site, path.0.clone());
    let item = NewItem {
        label: record.label.as_str().into(),
        dir: record.dir,
        source: place(ends.from.as_ref(), &record.source),
        target: record.target.as_ref().map(|target| place(ends.to.as_ref(), target)),
        size: record.size,
        modified: record.modified.as_deref().and_then(Stamp::from_digits),
        mode: record.mode.map(|mode| mode & 0o777),
        replaces: record.replaces,
        turn: Turn::Usual,
    };
    if record.state.is_ended() {
        let ending = Ending { elapsed: Duration::ZERO, ..Ending::default() };
        item.ended(record.state, ending)
    } else {
        item.waiting()
    }
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;

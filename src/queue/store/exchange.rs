//! Export of the queue to records, and import from records.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::base::{ItemId, JobId, Stamp, Word};
use crate::queue::export::{Exporter, LeftOut};
use crate::queue::import::{Importer, QueueCounts, QueueImportError};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, QueueRecord, SiteRecord, SourceRecord};
use crate::queue::store::columns;
use crate::queue::store::jobs::{JobQuery, Stage, StoredJob};
use crate::queue::store::reference::SiteRef;
use crate::queue::store::window::ItemRow;
use crate::queue::store::{Store, StoreError, StoreRequest, items};
use crate::queue::{Ending, ItemState, JobSites, NewItem, Precedence, QueueEntry};
use crate::site::Location;

/// The number of items that are read or written together.
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
    /// Writes jobs and all their items in batches, so that other requests need not wait and memory
    /// does not grow.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export(
        &self,
        query: JobQuery,
        to: &mut (dyn Exporter + Send),
    ) -> Result<LeftOut, ExportError> {
        for job in self.jobs(query).await? {
            let id = job.id;
            let sources = self.source_records(id).await?;
            to.record(&QueueRecord::Job(Box::new(job_record(job, sources))))?;
            let mut after = ItemId(0);
            loop {
                let rows = self.items_after(id, after, BATCH).await?;
                let ranks = self.ranks(id, after, BATCH).await?;
                let Some(last) = rows.last() else { break };
                after = last.item.id;
                for row in rows {
                    let rank = ranks.binary_search_by_key(&row.item.id.0, |(item, _)| *item);
                    let rank = rank.ok().map(|at| ranks[at].1);
                    to.record(&QueueRecord::Item(Box::new(item_record(row, rank))))?;
                }
            }
        }
        Ok(to.finish()?)
    }

    fn source_records(&self, job: JobId) -> StoreRequest<Vec<SourceRecord>> {
        self.read(move |connection| {
            let mut all = connection
                .prepare_cached("SELECT path, kind, size FROM sources WHERE job = ? ORDER BY n")?;
            let rows = all.query_map([columns::number(job.0)], |row| {
                let kind: Option<crate::ftp::Kind> = columns::optional(row.get(1)?);
                let size: Option<i64> = row.get(2)?;
                Ok(SourceRecord { path: Bytes(row.get(0)?), kind, size: size.map(columns::size) })
            })?;
            rows.collect()
        })
    }

    /// The positions of items in their job, sorted by id.
    fn ranks(&self, job: JobId, after: ItemId, limit: usize) -> StoreRequest<Vec<(u64, i64)>> {
        self.read(move |connection| {
            let mut all = connection.prepare_cached(
                "SELECT id, pos FROM items WHERE id > ? AND job = ? ORDER BY id LIMIT ?",
            )?;
            let (job, limit) = (columns::number(job.0), columns::number(limit as u64));
            let rows = all.query_map(params![columns::number(after.0), job, limit], |row| {
                Ok((columns::size(row.get(0)?), row.get(1)?))
            })?;
            rows.collect()
        })
    }

    /// Adds all records in one commit, as jobs without an owner. An error in a record adds nothing.
    pub fn import(
        &self,
        mut from: Box<dyn Importer + Send>,
    ) -> StoreRequest<Result<QueueCounts, QueueImportError>> {
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

fn job_record(job: StoredJob, sources: Vec<SourceRecord>) -> JobRecord {
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

fn item_record(row: ItemRow, rank: Option<i64>) -> ItemRecord {
    let (item, ending) = (row.item, row.ending);
    ItemRecord {
        job: item.job.0,
        label: item.label.into(),
        dir: item.dir,
        source: Bytes(item.source),
        target: item.target.map(Bytes),
        size: item.size,
        modified: item.modified.filter(|stamp| stamp.utc).map(|stamp| stamp.digits()),
        mode: item.mode,
        replaces: item.replaces,
        state: row.state,
        rank,
        tries: item.tries,
        not_before: row.not_before,
        verdict: ending.verdict,
        verified: ending.verified,
        via: ending.via,
        passive: ending.passive,
        protected: ending.protected,
        bytes: ending.bytes,
        millis: u64::try_from(ending.elapsed.as_millis()).unwrap_or(u64::MAX),
        reason: ending.reason,
        ended_at: row.ended_at,
    }
}

fn restore(
    connection: &Connection,
    from: &mut dyn Importer,
) -> rusqlite::Result<Result<QueueCounts, QueueImportError>> {
    let mut counts = QueueCounts::default();
    let mut job: Option<(JobId, JobSites)> = None;
    let mut batch: Vec<ItemRecord> = Vec::new();
    loop {
        let record = match from.record() {
            Ok(record) => record,
            Err(error) => return Ok(Err(error)),
        };
        let full = batch.len() >= BATCH;
        if full || !matches!(record, Some(QueueRecord::Item(_))) {
            if let Some((job, ends)) = &job {
                add_items(connection, *job, ends, &batch)?;
            }
            batch.clear();
        }
        match record {
            None => break,
            Some(QueueRecord::Job(record)) => {
                counts.jobs += 1;
                job = Some(add_job(connection, &record)?);
            }
            Some(QueueRecord::Item(record)) => {
                counts.items += 1;
                batch.push(*record);
            }
        }
    }
    counts.left_out = from.left_out();
    Ok(Ok(counts))
}

fn add_job(connection: &Connection, job: &JobRecord) -> rusqlite::Result<(JobId, JobSites)> {
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
            columns::millis(job.created_at.unwrap_or_else(Timestamp::now)),
            job.start_at.map(columns::millis),
            job.ended_at.map(columns::millis),
        ])?;
    let id = connection.last_insert_rowid();
    let mut add = connection
        .prepare_cached("INSERT INTO sources (job, n, path, kind, size) VALUES (?, ?, ?, ?, ?)")?;
    for (number, source) in job.sources.iter().enumerate() {
        let kind = source.kind.map(Word::word);
        let size = source.size.map(columns::number);
        add.execute(params![id, columns::number(number as u64), source.path.0, kind, size])?;
    }
    let site =
        |record: &Option<SiteRecord>| record.as_ref().and_then(SiteRecord::site).map(Arc::new);
    Ok((JobId(columns::size(id)), JobSites { from: site(&job.from), to: site(&job.to) }))
}

fn add_items(
    connection: &Connection,
    job: JobId,
    ends: &JobSites,
    records: &[ItemRecord],
) -> rusqlite::Result<()> {
    let entries: Vec<QueueEntry> = records.iter().map(|record| entry(record, ends)).collect();
    let ids = items::insert(connection, job, &entries)?;
    let mut change = connection.prepare_cached(
        "UPDATE items SET state = ?2, class = ?3, pos = ifnull(?4, pos), tries = ?5,
         not_before = ?6, verdict = ?7, verified = ?8, via = ?9, passive = ?10, protected = ?11,
         bytes = ?12, elapsed = ?13, reason = ?14, ended_at = ?15 WHERE id = ?1",
    )?;
    let mut last_rank = 0;
    for (id, record) in ids.iter().zip(records) {
        let state = imported_state(record.state);
        // a running item was in another section, so its position there does not apply
        let rank = record.rank.filter(|_| state == record.state);
        if !state.is_ended() {
            last_rank = last_rank.max(items::rank(rank.unwrap_or(0)));
        }
        change.execute(params![
            columns::number(id.0),
            items::code(state),
            items::class(state),
            rank,
            record.tries,
            record.not_before.map(columns::millis),
            record.verdict.map(Word::word),
            record.verified.word(),
            record.via.map(Word::word),
            record.passive.map(Word::word),
            record.protected,
            columns::number(record.bytes),
            columns::number(record.millis),
            record.reason,
            record.ended_at.map(columns::millis),
        ])?;
    }
    connection
        .prepare_cached("UPDATE jobs SET last_rank = max(last_rank, ?2) WHERE id = ?1")?
        .execute(params![columns::number(job.0), last_rank])
        .map(|_| ())
}

/// A running item waits again, since no lane works on it here.
fn imported_state(state: ItemState) -> ItemState {
    if state == ItemState::Running { ItemState::Waiting } else { state }
}

fn entry(record: &ItemRecord, ends: &JobSites) -> QueueEntry {
    let location = |site, path: &Bytes| Location::new(site, path.0.clone());
    let item = NewItem {
        label: record.label.as_str().into(),
        dir: record.dir,
        source: location(ends.from.as_ref(), &record.source),
        target: record.target.as_ref().map(|target| location(ends.to.as_ref(), target)),
        size: record.size,
        modified: record.modified.as_deref().and_then(Stamp::from_digits),
        mode: record.mode.map(|mode| mode & 0o777),
        replaces: record.replaces,
        precedence: Precedence::Normal,
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

//! Jobs: their specification, owner and listing progress.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::base::{JobId, RemotePath, Word, words};
use crate::queue::item::{JobSites, Totals};
use crate::queue::store::columns;
use crate::queue::store::reference::{self, SiteRef};
use crate::queue::store::runs::{JobOwner, RunId};
use crate::queue::store::{Store, StoreRequest, items, runs};
use crate::queue::{JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::site::Location;

/// Whether the directories of a job are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Sources or directories must still be listed.
    Listing,
    /// All items are in the queue.
    Listed,
}

/// A job in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredJob {
    /// The id of the job.
    pub id: JobId,
    /// The operation.
    pub kind: JobKind,
    /// The rules for each file.
    pub rules: JobRules,
    /// The rules for the content of directories.
    pub tree: TreeRules,
    /// The source site; `None` for this machine.
    pub from: Option<SiteRef>,
    /// The target site; `None` for this machine, and for deletions.
    pub to: Option<SiteRef>,
    /// The path of the first source.
    pub source: Vec<u8>,
    /// The number of sources.
    pub sources: u64,
    /// The target directory, or with `rename_to` the new path of the only source; `None` for
    /// deletions.
    pub target: Option<Vec<u8>>,
    /// True when `target` is the new path of the only source.
    pub rename_to: bool,
    /// Jobs with a higher priority come first.
    pub priority: i32,
    /// True when the job is held.
    pub held: bool,
    /// True when the user has cancelled it.
    pub cancelled: bool,
    /// Whether its directories are listed.
    pub stage: Stage,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// The job does not start before this time.
    pub start_at: Option<Timestamp>,
    /// When it finished.
    pub ended_at: Option<Timestamp>,
    /// The process that runs it, or ran it last.
    pub owner: Option<JobOwner>,
    /// The numbers of its items.
    pub totals: Totals,
}

/// The status of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStatus {
    /// No process has started it.
    Waiting,
    /// A running process works on it.
    Running,
    /// Its process exited before the job finished.
    Interrupted,
    /// The job is finished.
    Ended,
}

words!(JobStatus {
    Waiting: "waiting",
    Running: "running",
    Interrupted: "interrupted",
    Ended: "ended"
});

impl StoredJob {
    /// The status of the job.
    #[must_use]
    pub fn state(&self) -> JobStatus {
        match &self.owner {
            _ if self.ended_at.is_some() => JobStatus::Ended,
            None => JobStatus::Waiting,
            Some(owner) if owner.is_alive() => JobStatus::Running,
            Some(_) => JobStatus::Interrupted,
        }
    }
}

/// How many finished jobs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The maximum number of jobs.
    pub jobs: u64,
    /// The maximum number of items of all these jobs.
    pub items: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { jobs: 1000, items: 2_000_000 }
    }
}

/// A selection of jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobQuery {
    /// All jobs, oldest first.
    All,
    /// The unfinished jobs, in the order in which they will run.
    Open,
    /// These jobs.
    Jobs(Vec<JobId>),
}

impl Store {
    /// Adds a job without items. Without an owner, any process may run it.
    pub fn add_job(&self, spec: &JobSpec, owner: Option<RunId>) -> StoreRequest<JobId> {
        let site = |at: &crate::site::Location| at.remote().map(|(site, _)| site.clone());
        let from = spec.sources.first().and_then(|source| site(&source.at));
        let to = spec.target.as_ref().and_then(site);
        let (from_key, from_site, from_asked) = reference::columns(from.as_deref());
        let (to_key, to_site, to_asked) = reference::columns(to.as_deref());
        let rules = serde_json::to_string(&spec.rules).unwrap_or_default();
        let tree = serde_json::to_string(&spec.tree).unwrap_or_default();
        let spec = spec.clone();
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "INSERT INTO jobs (owner, kind, rules, tree, from_key, from_site, to_key,
                     to_site, target, rename_to, created_at, start_at, offered, from_asked, to_asked)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    owner.map(|run| run.0),
                    spec.kind.word(),
                    rules,
                    tree,
                    from_key,
                    from_site,
                    to_key,
                    to_site,
                    spec.target.as_ref().map(Location::path_bytes),
                    spec.rename_to,
                    columns::millis(Timestamp::now()),
                    spec.start_at.map(columns::millis),
                    owner.is_none(),
                    from_asked,
                    to_asked,
                ])?;
            let job = connection.last_insert_rowid();
            let mut add = connection.prepare_cached(
                "INSERT INTO sources (job, n, path, kind, size) VALUES (?, ?, ?, ?, ?)",
            )?;
            for (number, source) in spec.sources.iter().enumerate() {
                add.execute(params![
                    job,
                    columns::number(number as u64),
                    source.at.path_bytes(),
                    source.kind.map(Word::word),
                    source.size.map(columns::number),
                ])?;
            }
            Ok(JobId(columns::size(job)))
        })
    }

    /// The jobs without an owner that any process may run, in the order in which they will run.
    pub fn offered(&self) -> StoreRequest<Vec<JobId>> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM jobs WHERE ended_at IS NULL AND offered AND owner IS NULL
                     AND NOT held AND NOT cancelled ORDER BY priority DESC, id",
                )?
                .query_map([], |row| Ok(JobId(columns::size(row.get(0)?))))?
                .collect()
        })
    }

    /// The oldest finished jobs that exceed the limits, for removal from the store. The newest
    /// finished job is always kept.
    pub fn old_jobs(&self, keep: History) -> StoreRequest<Vec<JobId>> {
        self.read(move |connection| {
            let mut ended = connection.prepare_cached(
                "SELECT id, (SELECT total(items) FROM totals WHERE job = jobs.id) FROM jobs
                 WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC",
            )?;
            let rows = ended.query_map([], |row| {
                let items: f64 = row.get(1)?;
                Ok((JobId(columns::size(row.get(0)?)), items as u64))
            })?;
            let (mut jobs, mut items, mut old) = (0, 0, Vec::new());
            for row in rows {
                let (job, more) = row?;
                jobs += 1;
                items += more;
                // the newest job stays, even if it exceeds the limits
                if jobs > 1 && (jobs > keep.jobs || items > keep.items) {
                    old.push(job);
                }
            }
            Ok(old)
        })
    }

    /// The selected jobs.
    pub fn jobs(&self, query: JobQuery) -> StoreRequest<Vec<StoredJob>> {
        self.read(move |connection| match query {
            JobQuery::All => select(connection, "ORDER BY jobs.id"),
            JobQuery::Open => {
                select(connection, "WHERE ended_at IS NULL ORDER BY priority DESC, jobs.id")
            }
            JobQuery::Jobs(jobs) => {
                let mut found = Vec::new();
                for job in jobs {
                    found.extend(select(connection, &format!("WHERE jobs.id = {job}"))?);
                }
                Ok(found)
            }
        })
    }

    /// A job; `None` when it is not in the store.
    pub fn job(&self, job: JobId) -> StoreRequest<Option<StoredJob>> {
        self.read(
            move |connection| Ok(select(connection, &format!("WHERE jobs.id = {job}"))?.pop()),
        )
    }

    /// Takes over a job if `seen` is still its owner (none, or a process that has exited). Returns
    /// true on success. Items that were running under the earlier owner stay claimed, since their
    /// targets must be checked first.
    pub fn adopt(&self, job: JobId, seen: Option<RunId>, run: RunId) -> StoreRequest<bool> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET owner = ?3
                     WHERE id = ?1 AND owner IS ?2 AND ended_at IS NULL",
                )?
                .execute(params![columns::number(job.0), seen.map(|run| run.0), run.0])
                .map(|changed| changed == 1)
        })
    }

    /// Takes over a finished job to retry failed items, unless another process did so. Returns true
    /// on success.
    pub fn reopen(&self, job: JobId, run: RunId) -> StoreRequest<bool> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET owner = ?2, ended_at = NULL, cancelled = 0
                     WHERE id = ?1 AND ended_at NOT NULL",
                )?
                .execute(params![columns::number(job.0), run.0])
                .map(|changed| changed == 1)
        })
    }

    /// Removes the owner of this run's unfinished jobs.
    pub fn release_jobs(&self, run: RunId) -> StoreRequest<()> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET owner = NULL WHERE owner = ? AND ended_at IS NULL",
                )?
                .execute([run.0])
                .map(|_| ())
        })
    }

    /// Marks the job as finished.
    pub fn end_job(&self, job: JobId) -> StoreRequest<()> {
        self.update(job, "ended_at = ?2", columns::millis(Timestamp::now()))
    }

    /// Holds or (`false`) releases the job.
    pub fn hold_job(&self, job: JobId, held: bool) -> StoreRequest<()> {
        self.update(job, "held = ?2", i64::from(held))
    }

    /// Marks the job as cancelled.
    pub fn cancel_job(&self, job: JobId) -> StoreRequest<()> {
        self.update(job, "cancelled = ?2", 1)
    }

    /// Sets the priority; jobs with a higher priority come first.
    pub fn set_priority(&self, job: JobId, priority: i32) -> StoreRequest<()> {
        self.update(job, "priority = ?2", i64::from(priority))
    }

    /// Sets the start time; `None` to start at once.
    pub fn set_start(&self, job: JobId, at: Option<Timestamp>) -> StoreRequest<()> {
        self.update(job, "start_at = nullif(?2, 0)", at.map_or(0, columns::millis))
    }

    /// Sets the number of lanes; `None` means as many as the limits of both sites allow.
    pub fn set_lanes(&self, job: JobId, lanes: Option<usize>) -> StoreRequest<()> {
        self.write(move |connection| {
            // changes only this rule of the job
            connection
                .prepare_cached(
                    "UPDATE jobs SET rules = json_set(rules, '$.parallel', ?2) WHERE id = ?1",
                )?
                .execute(params![
                    columns::number(job.0),
                    lanes.map(|lanes| columns::number(lanes as u64))
                ])
                .map(|_| ())
        })
    }

    /// The number of lanes of each unfinished job of a run, as set by [`Store::set_lanes`].
    pub fn requested_lanes(&self, run: RunId) -> StoreRequest<Vec<(JobId, Option<usize>)>> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, json_extract(rules, '$.parallel') FROM jobs
                     WHERE ended_at IS NULL AND owner = ? AND json_valid(rules)",
                )?
                .query_map([run.0], |row| {
                    let lanes: Option<i64> = row.get(1)?;
                    let lanes = lanes.and_then(|lanes| usize::try_from(lanes).ok());
                    Ok((JobId(columns::size(row.get(0)?)), lanes))
                })?
                .collect()
        })
    }

    /// Sets whether the job's directories are listed.
    pub fn set_stage(&self, job: JobId, stage: Stage) -> StoreRequest<()> {
        self.update(job, "stage = ?2", if stage == Stage::Listed { 2 } else { 1 })
    }

    fn update(&self, job: JobId, change: &'static str, value: i64) -> StoreRequest<()> {
        self.write(move |connection| {
            connection
                .prepare_cached(&format!("UPDATE jobs SET {change} WHERE id = ?1"))?
                .execute(params![columns::number(job.0), value])
                .map(|_| ())
        })
    }

    /// The specification of a job, with its sites.
    pub fn spec(&self, record: &StoredJob, ends: &JobSites) -> StoreRequest<JobSpec> {
        let (record, ends) = (record.clone(), ends.clone());
        self.read(move |connection| {
            let mut all = connection
                .prepare_cached("SELECT path, kind, size FROM sources WHERE job = ? ORDER BY n")?;
            let rows = all.query_map([columns::number(record.id.0)], |row| {
                let size: Option<i64> = row.get(2)?;
                Ok(Source {
                    at: Location::new(ends.from.as_ref(), row.get::<_, Vec<u8>>(0)?),
                    kind: columns::optional(row.get(1)?),
                    size: size.map(columns::size),
                })
            })?;
            let sources = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            let target = record.target.map(|path| Location::new(ends.to.as_ref(), path));
            Ok(JobSpec {
                kind: record.kind,
                sources,
                target,
                rename_to: record.rename_to,
                rules: record.rules,
                tree: record.tree,
                start_at: record.start_at,
            })
        })
    }

    /// Removes a job and all its items from the store in batches, so that other requests need not
    /// wait. Files that it left at the target are not deleted.
    ///
    /// # Errors
    /// [`crate::queue::StoreError`].
    pub async fn remove_job(&self, job: JobId) -> Result<(), crate::queue::StoreError> {
        const BATCH: usize = 10_000;
        let id = columns::number(job.0);
        loop {
            let removed = self
                .write(move |connection| {
                    connection
                        .prepare_cached(&format!(
                            "DELETE FROM intents WHERE item IN (SELECT id FROM
                             (SELECT id, state FROM items WHERE job = ? LIMIT {BATCH})
                             WHERE state <> 2)"
                        ))?
                        .execute([id])?;
                    connection
                        .prepare_cached(&format!(
                            "DELETE FROM items WHERE id IN
                             (SELECT id FROM items WHERE job = ? LIMIT {BATCH})"
                        ))?
                        .execute([id])
                })
                .await?;
            if removed < BATCH {
                break;
            }
        }
        self.write(move |connection| {
            for table in ["sources", "places", "totals", "buckets"] {
                connection.execute(&format!("DELETE FROM {table} WHERE job = ?"), [id])?;
            }
            connection.execute("DELETE FROM jobs WHERE id = ?", [id])?;
            Ok(())
        })
        .await?;
        self.write(|connection| connection.execute_batch("PRAGMA incremental_vacuum(2000)")).await
    }
}

impl StoredJob {
    /// The sites of the job: saved sites with their current settings, others with the stored ones.
    ///
    /// # Errors
    /// The name of a saved site that no longer exists.
    pub fn find_sites(&self, sites: &crate::site::Sites) -> Result<JobSites, String> {
        let find = |reference: &Option<SiteRef>| match reference {
            None => Ok(None),
            Some(reference) => {
                reference.site(sites).map(Some).ok_or_else(|| reference.key.0.clone())
            }
        };
        Ok(JobSites { from: find(&self.from)?, to: find(&self.to)? })
    }

    /// The target path; `None` unless it is on a server.
    #[must_use]
    pub fn remote_target(&self) -> Option<RemotePath> {
        self.to.as_ref()?;
        self.target.clone().map(RemotePath::new)
    }
}

fn select(connection: &Connection, rest: &str) -> rusqlite::Result<Vec<StoredJob>> {
    let mut all = connection.prepare_cached(&format!(
        "SELECT jobs.id, kind, rules, from_key, from_site, to_key, to_site, target, rename_to,
         priority, held, cancelled, stage, created_at, start_at, ended_at,
         runs.id, runs.pid, runs.started, tree,
         (SELECT path FROM sources WHERE job = jobs.id AND n = 0),
         (SELECT count(*) FROM sources WHERE job = jobs.id), from_asked, to_asked
         FROM jobs LEFT JOIN runs ON runs.id = jobs.owner {rest}"
    ))?;
    let rows = all.query_map([], read)?;
    let mut records = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    for record in &mut records {
        record.totals = items::totals(connection, record.id)?;
    }
    Ok(records)
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredJob> {
    let rules: String = row.get(2)?;
    let (start, end): (Option<i64>, Option<i64>) = (row.get(14)?, row.get(15)?);
    let stage: i64 = row.get(12)?;
    let source: Option<Vec<u8>> = row.get(20)?;
    let tree: String = row.get(19)?;
    Ok(StoredJob {
        id: JobId(columns::size(row.get(0)?)),
        kind: columns::known(row, 1)?,
        // rules of a later version may not be readable; the defaults apply then
        rules: serde_json::from_str(&rules).unwrap_or_default(),
        tree: serde_json::from_str(&tree).unwrap_or_default(),
        from: reference::read(row, [3, 4, 22])?,
        to: reference::read(row, [5, 6, 23])?,
        source: source.unwrap_or_default(),
        sources: columns::size(row.get(21)?),
        target: row.get(7)?,
        rename_to: row.get(8)?,
        priority: row.get(9)?,
        held: row.get(10)?,
        cancelled: row.get(11)?,
        stage: if stage == 2 { Stage::Listed } else { Stage::Listing },
        created_at: columns::time(row.get(13)?),
        start_at: start.map(columns::time),
        ended_at: end.map(columns::time),
        owner: runs::owner(row, 16)?,
        totals: Totals::default(),
    })
}

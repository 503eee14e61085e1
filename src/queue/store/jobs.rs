//! Jobs: what was asked for, who works on it, and how far its trees are known.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::base::{JobId, RemotePath, Word, words};
use crate::queue::item::{Ends, Totals};
use crate::queue::store::reference::{self, SiteRef};
use crate::queue::store::runs::{Owner, RunId};
use crate::queue::store::words;
use crate::queue::store::{Pending, Store, items, runs};
use crate::queue::{JobKind, JobSpec, Rules, Source, TreeRules};
use crate::site::{Location, Sites};

/// How far the trees of a job are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Sources or directories are yet to be looked at.
    Listing,
    /// All items are in the queue.
    Listed,
}

/// A job as it stands in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// Its number.
    pub id: JobId,
    /// Copy, move or delete.
    pub kind: JobKind,
    /// Its rules.
    pub rules: Rules,
    /// Its rules for directories.
    pub tree: TreeRules,
    /// Where the files come from; `None` for this machine.
    pub from: Option<SiteRef>,
    /// Where they go; `None` for this machine, and for deletions.
    pub to: Option<SiteRef>,
    /// The first source.
    pub source: Vec<u8>,
    /// How many sources it has.
    pub sources: u64,
    /// The directory that receives them, or the place that the only source becomes; `None` for
    /// deletions.
    pub target: Option<Vec<u8>>,
    /// True when the only source becomes the target itself.
    pub rename_to: bool,
    /// Jobs with a greater number come first.
    pub priority: i32,
    /// True when nothing of it is to be begun.
    pub held: bool,
    /// True once the user has given it up.
    pub cancelled: bool,
    /// How far its trees are known.
    pub stage: Stage,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Not to be begun before.
    pub start_at: Option<Timestamp>,
    /// When nothing was left to do.
    pub ended_at: Option<Timestamp>,
    /// The process that runs it, or ran it.
    pub owner: Option<Owner>,
    /// Its items in numbers.
    pub totals: Totals,
}

/// What becomes of a job next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Nobody has begun it.
    Waiting,
    /// A living process works on it.
    Running,
    /// Its process has ended before it was done.
    Interrupted,
    /// Nothing is left to do.
    Ended,
}

words!(JobState {
    Waiting: "waiting",
    Running: "running",
    Interrupted: "interrupted",
    Ended: "ended"
});

impl JobRecord {
    /// What becomes of it next.
    #[must_use]
    pub fn state(&self) -> JobState {
        match &self.owner {
            _ if self.ended_at.is_some() => JobState::Ended,
            None => JobState::Waiting,
            Some(owner) if owner.is_alive() => JobState::Running,
            Some(_) => JobState::Interrupted,
        }
    }
}

/// How much of what has ended is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// Jobs at most.
    pub jobs: u64,
    /// Their items at most, all together.
    pub items: u64,
}

impl Default for History {
    fn default() -> Self {
        Self { jobs: 1000, items: 2_000_000 }
    }
}

/// Which jobs are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// All, oldest first.
    All,
    /// Those that have not ended, in the order in which they are to be run.
    Open,
    /// These.
    Jobs(Vec<JobId>),
}

impl Store {
    /// Adds a job without items. With an owner it is that one's to run, otherwise anybody's.
    pub fn add_job(&self, spec: &JobSpec, owner: Option<RunId>) -> Pending<JobId> {
        let site = |at: &Location| at.remote().map(|(site, _)| site.clone());
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
                    words::millis(Timestamp::now()),
                    spec.start_at.map(words::millis),
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
                    words::number(number as u64),
                    source.at.path_bytes(),
                    source.kind.map(Word::word),
                    source.size.map(words::number),
                ])?;
            }
            Ok(JobId(words::size(job)))
        })
    }

    /// Jobs without an owner that were added for anybody to run them, in the order in which they
    /// are to be run.
    pub fn offered(&self) -> Pending<Vec<JobId>> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM jobs WHERE ended_at IS NULL AND offered AND owner IS NULL
                     AND NOT held AND NOT cancelled ORDER BY priority DESC, id",
                )?
                .query_map([], |row| Ok(JobId(words::size(row.get(0)?))))?
                .collect()
        })
    }

    /// Jobs that have ended and are more than so many, or whose items are, the newest not
    /// counted: the oldest ones, to be taken out of the store.
    pub fn old_jobs(&self, keep: History) -> Pending<Vec<JobId>> {
        self.read(move |connection| {
            let mut ended = connection.prepare_cached(
                "SELECT id, (SELECT total(items) FROM totals WHERE job = jobs.id) FROM jobs
                 WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id DESC",
            )?;
            let rows = ended.query_map([], |row| {
                let items: f64 = row.get(1)?;
                Ok((JobId(words::size(row.get(0)?)), items as u64))
            })?;
            let (mut jobs, mut items, mut old) = (0, 0, Vec::new());
            for row in rows {
                let (job, more) = row?;
                jobs += 1;
                items += more;
                // the newest stays, however large it is
                if jobs > 1 && (jobs > keep.jobs || items > keep.items) {
                    old.push(job);
                }
            }
            Ok(old)
        })
    }

    /// Jobs as they stand.
    pub fn jobs(&self, wanted: Wanted) -> Pending<Vec<JobRecord>> {
        self.read(move |connection| match wanted {
            Wanted::All => select(connection, "ORDER BY jobs.id"),
            Wanted::Open => {
                select(connection, "WHERE ended_at IS NULL ORDER BY priority DESC, jobs.id")
            }
            Wanted::Jobs(jobs) => {
                let mut found = Vec::new();
                for job in jobs {
                    found.extend(select(connection, &format!("WHERE jobs.id = {job}"))?);
                }
                Ok(found)
            }
        })
    }

    /// A job, when it is in the store.
    pub fn job(&self, job: JobId) -> Pending<Option<JobRecord>> {
        self.read(
            move |connection| Ok(select(connection, &format!("WHERE jobs.id = {job}"))?.pop()),
        )
    }

    /// Takes a job over, if it still belongs to whom it was seen with (nobody, or a process that
    /// has ended); says whether it did. What was running under the earlier owner stays handed
    /// out: it is to be checked first.
    pub fn adopt(&self, job: JobId, seen: Option<RunId>, run: RunId) -> Pending<bool> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET owner = ?3
                     WHERE id = ?1 AND owner IS ?2 AND ended_at IS NULL",
                )?
                .execute(params![words::number(job.0), seen.map(|run| run.0), run.0])
                .map(|changed| changed == 1)
        })
    }

    /// Takes over a job that has ended and is to go on with what failed, if nobody else has done
    /// so; says whether it did.
    pub fn reopen(&self, job: JobId, run: RunId) -> Pending<bool> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET owner = ?2, ended_at = NULL, cancelled = 0
                     WHERE id = ?1 AND ended_at NOT NULL",
                )?
                .execute(params![words::number(job.0), run.0])
                .map(|changed| changed == 1)
        })
    }

    /// Jobs of this run that did not end belong to nobody from now on.
    pub fn disown(&self, run: RunId) -> Pending<()> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE jobs SET owner = NULL WHERE owner = ? AND ended_at IS NULL",
                )?
                .execute([run.0])
                .map(|_| ())
        })
    }

    /// Nothing of the job is left to do.
    pub fn end_job(&self, job: JobId) -> Pending<()> {
        self.update(job, "ended_at = ?2", words::millis(Timestamp::now()))
    }

    /// Nothing of the job is to be begun, or (`false`) it may go on.
    pub fn hold_job(&self, job: JobId, held: bool) -> Pending<()> {
        self.update(job, "held = ?2", i64::from(held))
    }

    /// The user has given the job up.
    pub fn cancel_job(&self, job: JobId) -> Pending<()> {
        self.update(job, "cancelled = ?2", 1)
    }

    /// Jobs with a greater priority come first.
    pub fn set_priority(&self, job: JobId, priority: i32) -> Pending<()> {
        self.update(job, "priority = ?2", i64::from(priority))
    }

    /// The job is not to be begun before this time.
    pub fn set_start(&self, job: JobId, at: Option<Timestamp>) -> Pending<()> {
        self.update(job, "start_at = nullif(?2, 0)", at.map_or(0, words::millis))
    }

    /// So many lanes; `None` lets the limits of both sites decide.
    pub fn set_lanes(&self, job: JobId, lanes: Option<usize>) -> Pending<()> {
        self.write(move |connection| {
            // in place: the job's other rules are nobody's business here
            connection
                .prepare_cached(
                    "UPDATE jobs SET rules = json_set(rules, '$.parallel', ?2) WHERE id = ?1",
                )?
                .execute(params![
                    words::number(job.0),
                    lanes.map(|lanes| words::number(lanes as u64))
                ])
                .map(|_| ())
        })
    }

    /// The lanes that are wished for each open job of a run, as [`Store::set_lanes`] has them.
    pub fn wished_lanes(&self, run: RunId) -> Pending<Vec<(JobId, Option<usize>)>> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, json_extract(rules, '$.parallel') FROM jobs
                     WHERE ended_at IS NULL AND owner = ? AND json_valid(rules)",
                )?
                .query_map([run.0], |row| {
                    let lanes: Option<i64> = row.get(1)?;
                    let lanes = lanes.and_then(|lanes| usize::try_from(lanes).ok());
                    Ok((JobId(words::size(row.get(0)?)), lanes))
                })?
                .collect()
        })
    }

    /// How far the job's trees are known.
    pub fn set_stage(&self, job: JobId, stage: Stage) -> Pending<()> {
        self.update(job, "stage = ?2", if stage == Stage::Listed { 2 } else { 1 })
    }

    fn update(&self, job: JobId, change: &'static str, value: i64) -> Pending<()> {
        self.write(move |connection| {
            connection
                .prepare_cached(&format!("UPDATE jobs SET {change} WHERE id = ?1"))?
                .execute(params![words::number(job.0), value])
                .map(|_| ())
        })
    }

    /// What was asked for, with its sites at hand.
    pub fn spec(&self, record: &JobRecord, ends: &Ends) -> Pending<JobSpec> {
        let (record, ends) = (record.clone(), ends.clone());
        self.read(move |connection| {
            let mut all = connection
                .prepare_cached("SELECT path, kind, size FROM sources WHERE job = ? ORDER BY n")?;
            let rows = all.query_map([words::number(record.id.0)], |row| {
                let size: Option<i64> = row.get(2)?;
                Ok(Source {
                    at: Location::new(ends.from.as_ref(), row.get::<_, Vec<u8>>(0)?),
                    kind: words::optional(row.get(1)?),
                    size: size.map(words::size),
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

    /// Takes a job out of the store with all that belongs to it, in pieces, so that others need
    /// not wait. What it left at a target is not looked for.
    ///
    /// # Errors
    /// [`crate::queue::StoreError`].
    pub async fn remove_job(&self, job: JobId) -> Result<(), crate::queue::StoreError> {
        const PIECE: usize = 10_000;
        let id = words::number(job.0);
        loop {
            let removed = self
                .write(move |connection| {
                    connection
                        .prepare_cached(&format!(
                            "DELETE FROM intents WHERE item IN (SELECT id FROM
                             (SELECT id, state FROM items WHERE job = ? LIMIT {PIECE})
                             WHERE state <> 2)"
                        ))?
                        .execute([id])?;
                    connection
                        .prepare_cached(&format!(
                            "DELETE FROM items WHERE id IN
                             (SELECT id FROM items WHERE job = ? LIMIT {PIECE})"
                        ))?
                        .execute([id])
                })
                .await?;
            if removed < PIECE {
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

/// The sites of a job, found again by `bookmark`; `None` where one is not known any more.
impl JobRecord {
    /// The sites at both ends: bookmarks as they are now, others as they were.
    ///
    /// # Errors
    /// The name of the bookmark that is not there any more.
    pub fn ends(&self, sites: &Sites) -> Result<Ends, String> {
        let find = |reference: &Option<SiteRef>| match reference {
            None => Ok(None),
            Some(reference) => {
                reference.site(sites).map(Some).ok_or_else(|| reference.key.0.clone())
            }
        };
        Ok(Ends { from: find(&self.from)?, to: find(&self.to)? })
    }

    /// The target as a path on a server.
    #[must_use]
    pub fn remote_target(&self) -> Option<RemotePath> {
        self.to.as_ref()?;
        self.target.clone().map(RemotePath::new)
    }
}

fn select(connection: &Connection, rest: &str) -> rusqlite::Result<Vec<JobRecord>> {
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

fn read(row: &Row<'_>) -> rusqlite::Result<JobRecord> {
    let rules: String = row.get(2)?;
    let (start, end): (Option<i64>, Option<i64>) = (row.get(14)?, row.get(15)?);
    let stage: i64 = row.get(12)?;
    let source: Option<Vec<u8>> = row.get(20)?;
    let tree: String = row.get(19)?;
    Ok(JobRecord {
        id: JobId(words::size(row.get(0)?)),
        kind: words::known(row, 1)?,
        // rules of a later version: then those that are the same in both
        rules: serde_json::from_str(&rules).unwrap_or_default(),
        tree: serde_json::from_str(&tree).unwrap_or_default(),
        from: reference::read(row, [3, 4, 22])?,
        to: reference::read(row, [5, 6, 23])?,
        source: source.unwrap_or_default(),
        sources: words::size(row.get(21)?),
        target: row.get(7)?,
        rename_to: row.get(8)?,
        priority: row.get(9)?,
        held: row.get(10)?,
        cancelled: row.get(11)?,
        stage: if stage == 2 { Stage::Listed } else { Stage::Listing },
        created_at: words::time(row.get(13)?),
        start_at: start.map(words::time),
        ended_at: end.map(words::time),
        owner: runs::owner(row, 16)?,
        totals: Totals::default(),
    })
}

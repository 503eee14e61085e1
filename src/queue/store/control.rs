//! What a user does with items: hold, release, retry, give up, clear, put in order.
//!
//! Items that are handed out are their engine's, and none of this touches them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::base::{ItemId, JobId};
use crate::queue::store::items::{self, Counted};
use crate::queue::store::sought::{self, Sought};
use crate::queue::store::window::Part;
use crate::queue::store::words;
use crate::queue::store::{Pending, Store};

/// Which items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Items(Vec<ItemId>),
    /// All of these parts of these jobs.
    Jobs(Vec<JobId>, Vec<Part>),
    /// What is sought in these parts of these jobs.
    Sought(Vec<JobId>, Vec<Part>, Sought),
}

/// What is done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// What waits is held.
    Hold,
    /// What is held waits again.
    Release,
    /// What waits or is held is given up.
    Cancel,
    /// What failed or was skipped waits again, as if it were new.
    Retry,
    /// What has ended leaves the queue.
    Clear,
    /// One place up.
    Up,
    /// One place down.
    Down,
    /// Before all others of its job.
    Top,
    /// Behind all others of its job.
    Bottom,
}

impl Store {
    /// Changes items; the numbers of their jobs come back.
    pub fn change(&self, selection: Selection, change: Change) -> Pending<Vec<(JobId, Counted)>> {
        self.write(move |connection| {
            let mut jobs = match &selection {
                Selection::Items(items) => change_items(connection, items, change)?,
                Selection::Jobs(jobs, parts) => {
                    for job in jobs {
                        for part in parts {
                            change_all(connection, *job, *part, change)?;
                        }
                    }
                    jobs.clone()
                }
                Selection::Sought(jobs, parts, sought) => {
                    let items = sought::ids(connection, jobs, parts, sought)?;
                    change_items(connection, &items, change)?
                }
            };
            jobs.sort_unstable();
            jobs.dedup();
            if change == Change::Retry {
                for job in &jobs {
                    connection
                        .prepare_cached(
                            "UPDATE jobs SET ended_at = NULL, cancelled = 0 WHERE id = ?1
                             AND EXISTS (SELECT 1 FROM items WHERE job = ?1 AND state = 0)",
                        )?
                        .execute([words::number(job.0)])?;
                }
            }
            jobs.into_iter().map(|job| Ok((job, items::counted(connection, job)?))).collect()
        })
    }

    /// Directories that failed are no items that could be tried again: they leave the queue, and
    /// the trees of the job are to be walked once more. Says whether there were any.
    pub fn walk_again(&self, job: JobId) -> Pending<bool> {
        self.write(move |connection| {
            let job = words::number(job.0);
            let failed = connection
                .prepare_cached("DELETE FROM items WHERE job = ? AND class = 2 AND dir")?
                .execute([job])?;
            if failed > 0 {
                connection
                    .prepare_cached("UPDATE jobs SET stage = 1 WHERE id = ?")?
                    .execute([job])?;
            }
            Ok(failed > 0)
        })
    }
}

/// Which items a change is for, where they go, and what becomes of them.
fn statement(change: Change) -> (&'static str, &'static str) {
    match change {
        Change::Hold => ("state = 0", "state = 1"),
        Change::Release => ("state = 1", "state = 0"),
        Change::Cancel => (
            "class = 1",
            "state = 6, class = 3, pos = :at + pos, reason = 'cancelled', verified = 'none',
             ended_at = :now, not_before = NULL",
        ),
        Change::Retry => (
            "class IN (2, 3) AND state <> 5 AND NOT dir
             AND (SELECT target FROM places WHERE id = place) NOT NULL",
            "state = 0, class = 1, pos = :at + pos, tries = 0, not_before = NULL, reason = NULL,
             verdict = NULL, bytes = 0, elapsed = NULL, ended_at = NULL",
        ),
        Change::Clear => ("class IN (2, 3)", ""),
        Change::Up | Change::Down | Change::Top | Change::Bottom => ("class = 1", ""),
    }
}

fn change_all(
    connection: &Connection,
    job: JobId,
    part: Part,
    change: Change,
) -> rusqlite::Result<()> {
    let (which, what) = statement(change);
    let (job, class) = (words::number(job.0), part.class());
    match change {
        // all of a job stay in their order
        Change::Up | Change::Down | Change::Top | Change::Bottom => return Ok(()),
        Change::Clear => {
            connection
                .prepare_cached(&format!(
                    "DELETE FROM items WHERE job = ? AND class = ? AND {which}"
                ))?
                .execute([job, class])?;
            return Ok(());
        }
        Change::Hold | Change::Release => {
            connection
                .prepare_cached(&format!(
                    "UPDATE items SET {what} WHERE job = ? AND class = ? AND {which}"
                ))?
                .execute([job, class])?;
            return Ok(());
        }
        Change::Cancel | Change::Retry => {}
    }
    // their order among themselves stays: all move by the same distance
    let ends: (Option<i64>, Option<i64>) = connection
        .prepare_cached("SELECT min(pos), max(pos) FROM items WHERE job = ? AND class = ?")?
        .query_row([job, class], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = ends else { return Ok(()) };
    let at = place(connection, job, change, first, last)?;
    run(connection, &format!("job = :job AND class = :class AND {which}"), what, at, job, class)
}

/// The distance that items from `first` to `last` move.
fn place(
    connection: &Connection,
    job: i64,
    change: Change,
    first: i64,
    last: i64,
) -> rusqlite::Result<i64> {
    if change == Change::Cancel {
        let newest: Option<i64> = connection
            .prepare_cached("SELECT min(pos) FROM items WHERE job = ? AND class = 3")?
            .query_row([job], |row| row.get(0))?;
        return Ok(newest.unwrap_or(0).min(0) - 1 - last);
    }
    let rank: i64 = connection
        .prepare_cached(
            "UPDATE jobs SET last_rank = last_rank + ?2 + 1 WHERE id = ?1 RETURNING last_rank",
        )?
        .query_row([job, last - first], |row| row.get(0))?;
    Ok(rank - last)
}

fn run(
    connection: &Connection,
    which: &str,
    what: &str,
    at: i64,
    job: i64,
    class: i64,
) -> rusqlite::Result<()> {
    let now = words::millis(Timestamp::now());
    let text = format!("UPDATE items SET {what} WHERE {which}");
    let mut statement = connection.prepare_cached(&text)?;
    for (name, value) in [(":at", at), (":now", now), (":job", job), (":class", class)] {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    statement.raw_execute().map(|_| ())
}

fn change_items(
    connection: &Connection,
    items: &[ItemId],
    change: Change,
) -> rusqlite::Result<Vec<JobId>> {
    let mut jobs = Vec::new();
    // what goes to the top or down one place goes last first, so that several keep their order
    let backwards = matches!(change, Change::Top | Change::Down);
    let order: Vec<ItemId> =
        if backwards { items.iter().rev().copied().collect() } else { items.to_vec() };
    for item in order {
        let id = words::number(item.0);
        let found: Option<(i64, i64, i64)> = connection
            .prepare_cached("SELECT job, class, pos FROM items WHERE id = ?")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((job, class, pos)) = found else { continue };
        if jobs.last() != Some(&JobId(words::size(job))) {
            jobs.push(JobId(words::size(job)));
        }
        let (which, what) = statement(change);
        match change {
            Change::Clear => {
                connection
                    .prepare_cached(&format!("DELETE FROM items WHERE id = ? AND {which}"))?
                    .execute([id])?;
            }
            Change::Hold | Change::Release => {
                connection
                    .prepare_cached(&format!("UPDATE items SET {what} WHERE id = ? AND {which}"))?
                    .execute([id])?;
            }
            Change::Cancel | Change::Retry => {
                let at = place(connection, job, change, pos, pos)?;
                run(connection, &format!("id = {id} AND {which}"), what, at, job, class)?;
            }
            _ if class != 1 => {}
            Change::Up | Change::Down => swap(connection, job, id, pos, change == Change::Up)?,
            Change::Top | Change::Bottom => {
                let end = if change == Change::Top { "min(pos) - 1" } else { "max(pos) + 1" };
                let to: i64 = connection
                    .prepare_cached(&format!(
                        "SELECT {end} FROM items WHERE job = ? AND class = 1"
                    ))?
                    .query_row([job], |row| row.get(0))?;
                set_pos(connection, id, to)?;
                // what is added later comes behind it all the same
                connection
                    .prepare_cached("UPDATE jobs SET last_rank = max(last_rank, ?2) WHERE id = ?1")?
                    .execute(params![job, if change == Change::Bottom { to } else { 0 }])?;
            }
        }
    }
    Ok(jobs)
}

/// Changes places with the neighbour.
fn swap(connection: &Connection, job: i64, id: i64, pos: i64, up: bool) -> rusqlite::Result<()> {
    let (side, order) = if up { ("<", "DESC") } else { (">", "ASC") };
    let neighbour: Option<(i64, i64)> = connection
        .prepare_cached(&format!(
            "SELECT id, pos FROM items WHERE job = ? AND class = 1 AND pos {side} ?
             ORDER BY pos {order} LIMIT 1"
        ))?
        .query_row([job, pos], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((other, at)) = neighbour else { return Ok(()) };
    set_pos(connection, other, pos)?;
    set_pos(connection, id, at)
}

fn set_pos(connection: &Connection, id: i64, pos: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE items SET pos = ? WHERE id = ?")?
        .execute([pos, id])
        .map(|_| ())
}

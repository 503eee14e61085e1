//! User actions on items: hold, release, retry, cancel, clear, reorder.
//!
//! Claimed items belong to their engine; none of these actions changes them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::base::{ItemId, JobId};
use crate::queue::store::columns;
use crate::queue::store::items::{self, VersionedTotals};
use crate::queue::store::search::{self, ItemQuery};
use crate::queue::store::window::Section;
use crate::queue::store::{Store, StoreRequest};

/// Which items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemSelection {
    /// These items.
    Items(Vec<ItemId>),
    /// All items in these sections of these jobs.
    Jobs(Vec<JobId>, Vec<Section>),
    /// The items that match the query in these sections of these jobs.
    Matching(Vec<JobId>, Vec<Section>, ItemQuery),
}

/// An action on items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemChange {
    /// Hold waiting items.
    Hold,
    /// Release held items.
    Release,
    /// Cancel waiting and held items.
    Cancel,
    /// Retry failed, skipped and cancelled items, as if they were new.
    Retry,
    /// Remove finished items from the queue.
    Clear,
    /// Move one position up.
    Up,
    /// Move one position down.
    Down,
    /// Move before all others of the job.
    Top,
    /// Move after all others of the job.
    Bottom,
}

impl Store {
    /// Changes items. Returns the totals of their jobs.
    pub fn change(
        &self,
        selection: ItemSelection,
        change: ItemChange,
    ) -> StoreRequest<Vec<(JobId, VersionedTotals)>> {
        self.write(move |connection| {
            let mut jobs = match &selection {
                ItemSelection::Items(items) => change_items(connection, items, change)?,
                ItemSelection::Jobs(jobs, sections) => {
                    for job in jobs {
                        for section in sections {
                            change_all(connection, *job, *section, change)?;
                        }
                    }
                    jobs.clone()
                }
                ItemSelection::Matching(jobs, sections, query) => {
                    let items = search::ids(connection, jobs, sections, query)?;
                    change_items(connection, &items, change)?
                }
            };
            jobs.sort_unstable();
            jobs.dedup();
            if change == ItemChange::Retry {
                for job in &jobs {
                    connection
                        .prepare_cached(
                            "UPDATE jobs SET ended_at = NULL, cancelled = 0 WHERE id = ?1
                             AND EXISTS (SELECT 1 FROM items WHERE job = ?1 AND state = 0)",
                        )?
                        .execute([columns::number(job.0)])?;
                }
            }
            jobs.into_iter().map(|job| Ok((job, items::counted(connection, job)?))).collect()
        })
    }

    /// Removes the directories that could not be listed, and marks the job so that its directories
    /// are listed again. Returns true if there were any.
    pub fn relist_failed_dirs(&self, job: JobId) -> StoreRequest<bool> {
        self.write(move |connection| {
            let job = columns::number(job.0);
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

/// The SQL condition for the items that an action applies to, and the columns that it sets.
fn statement(change: ItemChange) -> (&'static str, &'static str) {
    match change {
        ItemChange::Hold => ("state = 0", "state = 1"),
        ItemChange::Release => ("state = 1", "state = 0"),
        ItemChange::Cancel => (
            "class = 1",
            "state = 6, class = 3, pos = :distance + pos, reason = 'cancelled', verified = 'none',
             ended_at = :now, not_before = NULL",
        ),
        ItemChange::Retry => (
            "class IN (2, 3) AND state <> 5 AND NOT dir
             AND (SELECT target FROM places WHERE id = place) NOT NULL",
            "state = 0, class = 1, pos = :distance + pos, tries = 0, not_before = NULL,
             reason = NULL, verdict = NULL, bytes = 0, elapsed = NULL, ended_at = NULL",
        ),
        ItemChange::Clear => ("class IN (2, 3)", ""),
        ItemChange::Up | ItemChange::Down | ItemChange::Top | ItemChange::Bottom => {
            ("class = 1", "")
        }
    }
}

fn change_all(
    connection: &Connection,
    job: JobId,
    section: Section,
    change: ItemChange,
) -> rusqlite::Result<()> {
    let (condition, assignments) = statement(change);
    let (job, class) = (columns::number(job.0), section.class());
    match change {
        // moving all items of a job does not change their order
        ItemChange::Up | ItemChange::Down | ItemChange::Top | ItemChange::Bottom => return Ok(()),
        ItemChange::Clear => {
            connection
                .prepare_cached(&format!(
                    "DELETE FROM items WHERE job = ? AND class = ? AND {condition}"
                ))?
                .execute([job, class])?;
            return Ok(());
        }
        ItemChange::Hold | ItemChange::Release => {
            connection
                .prepare_cached(&format!(
                    "UPDATE items SET {assignments} WHERE job = ? AND class = ? AND {condition}"
                ))?
                .execute([job, class])?;
            return Ok(());
        }
        ItemChange::Cancel | ItemChange::Retry => {}
    }
    // all items move by the same distance, so their order stays the same
    let range: (Option<i64>, Option<i64>) = connection
        .prepare_cached("SELECT min(pos), max(pos) FROM items WHERE job = ? AND class = ?")?
        .query_row([job, class], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = range else { return Ok(()) };
    let distance = move_distance(connection, job, change, first, last)?;
    update_items(
        connection,
        &format!("job = :job AND class = :class AND {condition}"),
        assignments,
        distance,
        job,
        class,
    )
}

/// The distance by which items at the positions `first` to `last` move.
fn move_distance(
    connection: &Connection,
    job: i64,
    change: ItemChange,
    first: i64,
    last: i64,
) -> rusqlite::Result<i64> {
    if change == ItemChange::Cancel {
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

fn update_items(
    connection: &Connection,
    condition: &str,
    assignments: &str,
    distance: i64,
    job: i64,
    class: i64,
) -> rusqlite::Result<()> {
    let now = columns::millis(Timestamp::now());
    let text = format!("UPDATE items SET {assignments} WHERE {condition}");
    let mut statement = connection.prepare_cached(&text)?;
    for (name, value) in [(":distance", distance), (":now", now), (":job", job), (":class", class)]
    {
        if let Some(index) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    statement.raw_execute().map(|_| ())
}

fn change_items(
    connection: &Connection,
    items: &[ItemId],
    change: ItemChange,
) -> rusqlite::Result<Vec<JobId>> {
    let mut jobs = Vec::new();
    // items that move to the top or down are handled in reverse, so that several keep their order
    let in_reverse = matches!(change, ItemChange::Top | ItemChange::Down);
    let order: Vec<ItemId> =
        if in_reverse { items.iter().rev().copied().collect() } else { items.to_vec() };
    for item in order {
        let id = columns::number(item.0);
        let found: Option<(i64, i64, i64)> = connection
            .prepare_cached("SELECT job, class, pos FROM items WHERE id = ?")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((job, class, pos)) = found else { continue };
        if jobs.last() != Some(&JobId(columns::size(job))) {
            jobs.push(JobId(columns::size(job)));
        }
        let (condition, assignments) = statement(change);
        match change {
            ItemChange::Clear => {
                connection
                    .prepare_cached(&format!("DELETE FROM items WHERE id = ? AND {condition}"))?
                    .execute([id])?;
            }
            ItemChange::Hold | ItemChange::Release => {
                connection
                    .prepare_cached(&format!(
                        "UPDATE items SET {assignments} WHERE id = ? AND {condition}"
                    ))?
                    .execute([id])?;
            }
            ItemChange::Cancel | ItemChange::Retry => {
                let distance = move_distance(connection, job, change, pos, pos)?;
                update_items(
                    connection,
                    &format!("id = {id} AND {condition}"),
                    assignments,
                    distance,
                    job,
                    class,
                )?;
            }
            _ if class != 1 => {}
            ItemChange::Up | ItemChange::Down => {
                swap(connection, job, id, pos, change == ItemChange::Up)?;
            }
            ItemChange::Top | ItemChange::Bottom => {
                let end = if change == ItemChange::Top { "min(pos) - 1" } else { "max(pos) + 1" };
                let to: i64 = connection
                    .prepare_cached(&format!(
                        "SELECT {end} FROM items WHERE job = ? AND class = 1"
                    ))?
                    .query_row([job], |row| row.get(0))?;
                set_pos(connection, id, to)?;
                // items that are added later still come after it
                connection
                    .prepare_cached("UPDATE jobs SET last_rank = max(last_rank, ?2) WHERE id = ?1")?
                    .execute(params![job, if change == ItemChange::Bottom { to } else { 0 }])?;
            }
        }
    }
    Ok(jobs)
}

/// Swaps the position with the neighbor.
fn swap(connection: &Connection, job: i64, id: i64, pos: i64, up: bool) -> rusqlite::Result<()> {
    let (side, order) = if up { ("<", "DESC") } else { (">", "ASC") };
    let neighbor: Option<(i64, i64)> = connection
        .prepare_cached(&format!(
            "SELECT id, pos FROM items WHERE job = ? AND class = 1 AND pos {side} ?
             ORDER BY pos {order} LIMIT 1"
        ))?
        .query_row([job, pos], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((other, other_pos)) = neighbor else { return Ok(()) };
    set_pos(connection, other, pos)?;
    set_pos(connection, id, other_pos)
}

fn set_pos(connection: &Connection, id: i64, pos: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE items SET pos = ? WHERE id = ?")?
        .execute([pos, id])
        .map(|_| ())
}

//! The names that files get at their target, and another one for a file whose own is taken.

use std::collections::HashSet;

use rusqlite::params;

use crate::base::{ItemId, JobId, RemotePath};
use crate::queue::store::{Pending, Store, intents, paths, words};
use crate::site::Location;

impl Store {
    /// The names that a job's items have, or will have, in the directory of this target.
    pub fn planned_beside(&self, job: JobId, target: &Location) -> Pending<HashSet<Vec<u8>>> {
        let dir = paths::split(target.path_bytes()).0.to_vec();
        self.read(move |connection| {
            let mut names = connection.prepare_cached(
                "SELECT ifnull(items.target_name, items.name) FROM items
                 JOIN places ON places.id = items.place
                 WHERE places.job = ?1 AND places.target = ?2",
            )?;
            let names = names.query_map(params![words::number(job.0), dir], |row| row.get(0))?;
            names.collect()
        })
    }

    /// The file of an item that was handed out gets another name in its directory; what was
    /// recorded as about to be stored (as `temporary` for a while) is that from the same commit on.
    pub fn rename_target(
        &self,
        item: ItemId,
        target: &Location,
        temporary: RemotePath,
    ) -> Pending<()> {
        let path = target.path_bytes();
        let (name, target) = (paths::split(path).1.to_vec(), RemotePath::new(path));
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE items SET target_name = ?2 WHERE id = ?1 AND state = 2")?
                .execute(params![words::number(item.0), name])?;
            let Some(mut intent) = intents::find(connection, item)? else { return Ok(()) };
            intent.temporary = intent.temporary.map(|_| temporary);
            intent.target = target;
            intents::record(connection, &intent)
        })
    }
}

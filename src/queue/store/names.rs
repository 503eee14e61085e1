//! Names of files at their target, and renaming a file whose name is taken.

use std::collections::HashSet;

use rusqlite::params;

use crate::base::{ItemId, JobId, RemotePath};
use crate::queue::store::{Store, StoreRequest, columns, intents, paths};
use crate::site::Location;

impl Store {
    /// The names that the items of a job have or will have in the directory of this target.
    pub fn planned_names_beside(
        &self,
        job: JobId,
        target: &Location,
    ) -> StoreRequest<HashSet<Vec<u8>>> {
        let dir = paths::split(target.path_bytes()).0.to_vec();
        self.read(move |connection| {
            let mut names = connection.prepare_cached(
                "SELECT ifnull(items.target_name, items.name) FROM items
                 JOIN places ON places.id = items.place
                 WHERE places.job = ?1 AND places.target = ?2",
            )?;
            let names = names.query_map(params![columns::number(job.0), dir], |row| row.get(0))?;
            names.collect()
        })
    }

    /// Renames the target of a claimed item within its directory, and updates its intent in the
    /// same commit. `temporary` is the new temporary path.
    pub fn rename_target(
        &self,
        item: ItemId,
        target: &Location,
        temporary: RemotePath,
    ) -> StoreRequest<()> {
        let path = target.path_bytes();
        let (name, target) = (paths::split(path).1.to_vec(), RemotePath::new(path));
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE items SET target_name = ?2 WHERE id = ?1 AND state = 2")?
                .execute(params![columns::number(item.0), name])?;
            let Some(mut intent) = intents::find(connection, item)? else { return Ok(()) };
            intent.temporary = intent.temporary.map(|_| temporary);
            intent.target = target;
            intents::record(connection, &intent)
        })
    }
}

//! Items that an earlier run planned: what it knew of their targets may have changed since.
//!
//! A plan says that a name is free, and STOR truncates at once (design rule 2). Between the plan
//! and the STOR of a job that goes on lie hours or days, so each directory of the target is looked
//! at once more before the first of its files is sent.

use std::collections::HashMap;

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::inside::Ended;
use crate::engine::work::Worker;
use crate::engine::{ends, failure};
use crate::ftp::{Entry, Kind};
use crate::queue::{Decision, Ending, Item, ItemState, JobKind, decide};
use crate::session::{Session, SessionError};
use crate::site::{Location, Site};

/// A directory of the target, as a lane has found it.
#[derive(Debug)]
pub(in crate::engine) struct Seen {
    folder: RemotePath,
    entries: HashMap<Box<[u8]>, Entry>,
}

impl Worker {
    /// Looks whether the name that an item was to have is still free. When it is not, the job's
    /// rule decides: the item may go and replace the file, or it ends here.
    pub(super) async fn look_again(&mut self, item: &mut Item) -> Result<Option<Ended>, Failure> {
        if !self.stale || item.replaces {
            return Ok(None);
        }
        let there = match &item.target {
            Some(Location::Remote { site, path }) => {
                let (site, path) = (site.clone(), path.clone());
                if self.is_partial(&site, &path).await {
                    return Ok(None);
                }
                self.entry_there(&site, &path).await?
            }
            Some(Location::Local(path)) => match tokio::fs::symlink_metadata(path).await {
                Ok(metadata) => Some(ends::of_metadata(b"", &metadata)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(failure::of_io("look at", path, &error)),
            },
            None => None,
        };
        if self.kind == JobKind::Mirror {
            // the source is the master
            item.replaces = there.is_some();
            return Ok(None);
        }
        let mut source = Entry::new(ends::name(&item.source), Kind::File);
        (source.size, source.mtime) = (item.size, item.modified);
        let (state, reason) = match decide(self.rules.exists, &source, there.as_ref(), |_| false) {
            Decision::Go { replaces } => {
                item.replaces = replaces;
                return Ok(None);
            }
            Decision::Skip(reason) => (ItemState::Skipped, reason),
            // its place in the queue names the target; a copy of it would need another item
            Decision::As(_) | Decision::Ask => {
                (ItemState::Failed, "another file of that name has appeared meanwhile".to_owned())
            }
        };
        let ending = Ending { reason: Some(reason), verified: "none", ..Ending::default() };
        Ok(Some(Ended { item: item.id, state, ending, failure: None, setback: None }))
    }

    /// True for what an earlier try left under the final name: it is ours.
    async fn is_partial(&self, site: &Site, path: &RemotePath) -> bool {
        match self.hub.options.store.partial(&site.key(), path).await {
            Ok(partial) => partial.is_some_and(|partial| partial.stored_as == *path),
            Err(error) => {
                tracing::warn!(%error, "the store cannot be asked");
                false
            }
        }
    }

    async fn entry_there(
        &mut self,
        site: &Site,
        path: &RemotePath,
    ) -> Result<Option<Entry>, Failure> {
        let folder = path.parent().unwrap_or_default();
        if let Some(seen) = self.seen.as_ref().filter(|seen| seen.folder == folder) {
            return Ok(seen.entries.get(path.name()).cloned());
        }
        let hub = self.hub.clone();
        let session = match (&mut self.pair, &mut self.destination) {
            // a listing of our own: the lane sets its protection anew after it
            (Some(pair), _) if pair.is_usable() => pair.both().1,
            (pair, Some(_)) => {
                if let Some(pair) = pair.take() {
                    self.split(pair);
                }
                let Some(lease) = &mut self.destination else { return Ok(None) };
                lease.session(&*hub).await?
            }
            (_, None) => return Ok(None),
        };
        let entries = list(session, &folder).await;
        let entries = entries
            .map_err(|error| failure::of_session(site, &format!("list {folder}"), &error))?;
        let entries =
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect::<HashMap<_, _>>();
        let there = entries.get(path.name()).cloned();
        self.seen = Some(Seen { folder, entries });
        Ok(there)
    }
}

/// What is in a directory; one that has gone is made again.
async fn list(session: &mut Session, folder: &RemotePath) -> Result<Vec<Entry>, SessionError> {
    match session.list(folder, ends::now()).await {
        Ok(listing) => Ok(listing.entries),
        Err(SessionError::Refused { .. }) => {
            ends::make_remote(session, folder).await?;
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

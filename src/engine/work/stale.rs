//! Items that an earlier run planned: what it knew of their targets may have changed since.
//!
//! A plan says that a name is free, and STOR truncates at once (transfer rule 2). Between the plan
//! and the STOR of a job that goes on lie hours or days, so each directory of the target is looked
//! at once more before the first of its files is sent.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::base::{RemotePath, text};
use crate::engine::api::Failure;
use crate::engine::message::{Ended, EngineMsg};
use crate::engine::question;
use crate::engine::work::Worker;
use crate::engine::{endpoint, failure};
use crate::ftp::{Entry, Kind};
use crate::queue::{Decision, Ending, Exists, Item, ItemState, JobKind, decide};
use crate::session::{Session, SessionError};
use crate::site::{Location, Site};

/// The step of giving a file another name.
const RENAME: &str = "find another name";

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
                Ok(metadata) => Some(endpoint::of_metadata(b"", &metadata)),
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
        let mut source = Entry::new(item.source.name(), Kind::File);
        (source.size, source.mtime) = (item.size, item.modified);
        let mut rule = self.for_all.unwrap_or(self.rules.exists);
        if rule == Exists::Ask
            && let (Some(old), Some(target)) = (&there, &item.target)
        {
            let label = text::visible(&source.name);
            let (answer, all) =
                question::about(&self.hub, &label, target, &source, Some(old)).await;
            self.for_all = all.then_some(answer);
            rule = answer;
        }
        let taken = match (rule, &there) {
            (Exists::Rename, Some(_)) => self.taken(item).await?,
            _ => HashSet::new(),
        };
        let reason = match decide(rule, &source, there.as_ref(), |name| taken.contains(name)) {
            Decision::Copy { replaces } => {
                item.replaces = replaces;
                return Ok(None);
            }
            Decision::CopyAs(name) => {
                self.rename_target(item, &name).await?;
                return Ok(None);
            }
            Decision::Skip(reason) => reason,
            // the safe answer, where nobody could be asked
            Decision::Ask => "already exists".to_owned(),
        };
        let ending = Ending { reason: Some(reason), ..Ending::default() };
        let state = ItemState::Skipped;
        Ok(Some(Ended { item: item.id, state, ending, failure: None, retry_class: None }))
    }

    /// Names that are in use where an item goes: what is there, and what other items of the job
    /// will be called.
    async fn taken(&self, item: &Item) -> Result<HashSet<Vec<u8>>, Failure> {
        let Some(target) = &item.target else { return Ok(HashSet::new()) };
        let planned = self.hub.options.store.planned_names_beside(self.job, target).await;
        let mut taken = planned.map_err(|error| failure::of_store(RENAME, &error))?;
        match (target, &self.seen) {
            (Location::Remote { .. }, Some(seen)) => {
                taken.extend(seen.entries.keys().map(|name| name.to_vec()));
            }
            (Location::Local(path), _) => {
                let folder = path.parent().unwrap_or(path);
                let failed = |error| failure::of_io("list", folder, &error);
                let mut names = tokio::fs::read_dir(folder).await.map_err(failed)?;
                while let Some(entry) = names.next_entry().await.map_err(failed)? {
                    taken.insert(entry.file_name().into_encoded_bytes());
                }
            }
            (Location::Remote { .. }, None) => {}
        }
        Ok(taken)
    }

    /// The item's file gets this name instead, here and in the store, before anything is sent.
    async fn rename_target(&self, item: &mut Item, name: &[u8]) -> Result<(), Failure> {
        let folder = item.target.as_ref().and_then(Location::parent);
        let Some(target) = folder.and_then(|folder| folder.join(name)) else {
            return Err(failure::usage(RENAME, "this machine has no such names"));
        };
        let path = match &target {
            Location::Remote { path, .. } => path.clone(),
            Location::Local(path) => RemotePath::new(path.as_os_str().as_encoded_bytes()),
        };
        let temporary = self.temporary_name(item, &path);
        let store = &self.hub.options.store;
        let renamed = store.rename_target(item.id, &target, temporary).await;
        renamed.map_err(|error| failure::of_store(RENAME, &error))?;
        self.hub.inform(EngineMsg::Renamed { item: item.id, target: target.clone() });
        item.target = Some(target);
        Ok(())
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
        site: &Arc<Site>,
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
        let entries =
            entries.map_err(|error| failure::of_session(site, format!("list {folder}"), &error))?;
        let entries =
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect::<HashMap<_, _>>();
        let there = entries.get(path.name()).cloned();
        self.seen = Some(Seen { folder, entries });
        Ok(there)
    }
}

/// What is in a directory; one that has gone is made again.
async fn list(session: &mut Session, folder: &RemotePath) -> Result<Vec<Entry>, SessionError> {
    match session.list(folder, endpoint::now()).await {
        Ok(listing) => Ok(listing.entries),
        Err(SessionError::Refused { .. }) => {
            endpoint::make_remote(session, folder).await?;
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

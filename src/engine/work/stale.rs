//! Files that an earlier run planned: their targets may have changed since.
//!
//! The plan says that a name is free, and STOR truncates at once (transfer rule 2). Hours or days
//! may lie between the plan and the STOR of a resumed job, so each directory of the target is
//! listed again before the first of its files is sent.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::base::{RemotePath, text};
use crate::engine::api::Failure;
use crate::engine::message::{Ended, EngineMsg};
use crate::engine::question;
use crate::engine::work::{Worker, skipped};
use crate::engine::{endpoint, failure};
use crate::ftp::{Entry, Kind};
use crate::queue::{Decision, Exists, Item, JobKind, decide};
use crate::session::{Session, SessionError};
use crate::site::{Location, Site};
use crate::transfer::Side;

/// The step of finding another name for a file.
const RENAME: &str = "find another name";

/// A directory of the target, as a lane has listed it.
#[derive(Debug)]
pub(in crate::engine) struct ListedDir {
    folder: RemotePath,
    entries: HashMap<Box<[u8]>, Entry>,
}

impl Worker {
    /// Checks whether the name that a file was planned to get is still free. When it is not, the
    /// job's rule decides: the file is replaced or renamed, or it ends here.
    pub(super) async fn check_target(&mut self, item: &mut Item) -> Result<Option<Ended>, Failure> {
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
                Ok(metadata) => Some(endpoint::entry_from_metadata(b"", &metadata)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => return Err(failure::of_io("check", path, &error)),
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
                question::ask_exists(&self.context, &label, target, &source, Some(old)).await;
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
            // the safe answer when not interactive
            Decision::Ask => "already exists".to_owned(),
        };
        Ok(Some(skipped(item, reason)))
    }

    /// Names that are in use where a file goes: what is there, and what other files of the job will
    /// be called.
    async fn taken(&self, item: &Item) -> Result<HashSet<Vec<u8>>, Failure> {
        let Some(target) = &item.target else { return Ok(HashSet::new()) };
        let planned = self.context.options.store.planned_names_beside(self.job, target).await;
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

    /// Gives a file this name instead, here and in the store, before anything is sent.
    async fn rename_target(&self, item: &mut Item, name: &[u8]) -> Result<(), Failure> {
        let folder = item.target.as_ref().and_then(Location::parent);
        let Some(target) = folder.and_then(|folder| folder.join(name)) else {
            return Err(failure::usage(RENAME, "the name is not valid on this machine"));
        };
        let path = match &target {
            Location::Remote { path, .. } => path.clone(),
            Location::Local(path) => RemotePath::new(path.as_os_str().as_encoded_bytes()),
        };
        let temporary = self.temporary_name(item, &path);
        let store = &self.context.options.store;
        let renamed = store.rename_target(item.id, &target, temporary).await;
        renamed.map_err(|error| failure::of_store(RENAME, &error))?;
        self.context.send(EngineMsg::Renamed { item: item.id, target: target.clone() });
        item.target = Some(target);
        Ok(())
    }

    /// True for what an earlier attempt left under the final name: it is ours.
    async fn is_partial(&self, site: &Site, path: &RemotePath) -> bool {
        match self.context.options.store.partial(&site.key(), path).await {
            Ok(partial) => partial.is_some_and(|partial| partial.stored_as == *path),
            Err(error) => {
                tracing::warn!(%error, "the queue file cannot be read");
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
        // the listing has a data connection of its own: the pair sets its protection again after it
        self.split();
        let Some(session) = self.session_of(Side::Destination).await? else { return Ok(None) };
        let entries = list(session, &folder).await;
        let entries =
            entries.map_err(|error| failure::of_session(site, format!("list {folder}"), &error))?;
        let entries =
            entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect::<HashMap<_, _>>();
        let there = entries.get(path.name()).cloned();
        self.seen = Some(ListedDir { folder, entries });
        Ok(there)
    }
}

/// The entries of a directory; one that is missing is created.
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

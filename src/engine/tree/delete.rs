//! Deleting trees, what is inside first: what the user named, what a mirror found at the target
//! only, and the directories that a move has emptied.

use std::sync::Arc;

use tokio::sync::watch;

use crate::base::path::is_usable_name;
use crate::base::{JobId, text};
use crate::engine::api::{Failure, PlanAction};
use crate::engine::context::EngineContext;
use crate::engine::endpoint::{self, Endpoint};
use crate::engine::message::EngineMsg;
use crate::engine::tree::batch::Recorder;
use crate::engine::tree::sink::Sink;
use crate::engine::tree::walk::TreeWalk;
use crate::ftp::{Entry, Kind};
use crate::queue::{
    Deletes, FilterVerdict, ItemState, JobKind, JobRules, JobSpec, Source, TreeRules,
};
use crate::site::Location;

/// Directories deeper than this are not deleted: it is a circle that no listing shows.
const DEEPEST: usize = 2000;

/// What is done with each entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// A dry run reports it.
    Plan,
    /// It is counted, for the question to the user.
    Count,
    /// It is deleted.
    Delete,
    /// It is deleted if it is a directory with nothing but empty directories in it.
    DeleteEmpty,
}

/// A file or directory that will be deleted.
#[derive(Debug, Clone)]
pub(super) struct Doomed {
    at: Location,
    below: Vec<u8>,
    dir: bool,
}

/// Files and directories.
#[derive(Debug, Clone, Copy, Default)]
struct VersionedTotals {
    files: u64,
    dirs: u64,
}

impl Doomed {
    pub(super) fn at(&self) -> &Location {
        &self.at
    }
}

impl TreeWalk {
    /// Deletes all sources.
    pub(super) async fn delete_sources(&mut self) -> Result<(), Failure> {
        let context = self.context.clone();
        for source in self.spec.sources.clone() {
            self.check_cancel()?;
            endpoint::check_writable(&source.at, "delete there")?;
            let at = self.source.absolute(&context, &source.at).await?;
            let source = Source { at, size: Some(0), ..source };
            let Some(entry) = self.look(&source).await? else { continue };
            let (at, below) = (source.at.clone(), source.at.name().to_vec());
            let top = Doomed { at, below, dir: entry.kind == Kind::Dir };
            self.delete_tree(top, Act::Delete, &mut VersionedTotals::default()).await?;
            if let Some(parent) = source.at.parent() {
                context.send(EngineMsg::DirectoryChanged(parent));
            }
        }
        Ok(())
    }

    /// After a move: deletes the source directories that are empty now. What could not be moved
    /// keeps its directory.
    pub(in crate::engine) async fn delete_emptied(
        context: Arc<EngineContext>,
        job: JobId,
        sources: Vec<Location>,
    ) {
        let work = async {
            let (_keep, cancel) = watch::channel(false);
            let source = |at: &Location| Source { at: at.clone(), kind: None, size: None };
            let spec = JobSpec {
                kind: JobKind::Delete,
                sources: sources.iter().map(source).collect(),
                target: None,
                rename_to: false,
                rules: JobRules::default(),
                tree: TreeRules::default(),
                start_at: None,
            };
            let sink = Sink::Queue(Box::new(Recorder::new(context.clone(), job, false)));
            let mut walk = Self::begin(context.clone(), spec, cancel, sink).await?;
            for source in sources {
                let emptied = walk.delete_if_empty(source).await;
                if let Err(failure) = emptied {
                    tracing::debug!(%failure, "a moved directory remains");
                }
            }
            Ok::<_, Failure>(())
        };
        if let Err(failure) = work.await {
            tracing::debug!(%failure, "moved directories remain");
        }
        context.send(EngineMsg::Walked { job, failure: None });
    }

    async fn delete_if_empty(&mut self, source: Location) -> Result<(), Failure> {
        let context = self.context.clone();
        let at = self.source.absolute(&context, &source).await?;
        let entry = self.source.stat(&context, &at).await?.filter(|entry| entry.kind == Kind::Dir);
        let Some(entry) = entry else { return Ok(()) };
        if self.is_link(&entry, &at).await? {
            return Ok(());
        }
        let parent = at.parent();
        let top = Doomed { at, below: Vec::new(), dir: true };
        self.delete_tree(top, Act::DeleteEmpty, &mut VersionedTotals::default()).await?;
        if let Some(parent) = parent {
            context.send(EngineMsg::DirectoryChanged(parent));
        }
        Ok(())
    }

    /// Deletes what a mirror found at the target only: reported, or counted, asked about and
    /// deleted.
    pub(super) async fn delete_extraneous(&mut self) -> Result<(), Failure> {
        let extraneous = std::mem::take(&mut self.mirror.extraneous);
        if extraneous.is_empty() {
            return Ok(());
        }
        self.sink.flush().await?;
        if let Some(doubt) = &self.mirror.doubt {
            let why =
                format!("nothing is deleted, because the source may have more files: {doubt}");
            let Some(target) = self.spec.target.clone() else { return Ok(()) };
            return self.dir_failed(&target, &target, b"", &why, None).await;
        }
        let mut counted = VersionedTotals::default();
        if !self.is_dry() && self.spec.tree.delete == Deletes::Ask {
            for doomed in extraneous.clone() {
                self.delete_tree(doomed, Act::Count, &mut counted).await?;
            }
            // what was found before is copied while the user thinks
            self.sink.finish().await?;
            if !self.confirmed(counted).await {
                return Ok(());
            }
        }
        let act = if self.is_dry() { Act::Plan } else { Act::Delete };
        for doomed in extraneous {
            self.delete_tree(doomed, act, &mut counted).await?;
        }
        Ok(())
    }

    async fn confirmed(&self, counted: VersionedTotals) -> bool {
        let Some(target) = &self.spec.target else { return false };
        let files = text::counted(counted.files, "file");
        let dirs = match counted.dirs {
            0 => String::new(),
            1 => " and 1 directory".to_owned(),
            dirs => format!(" and {} directories", crate::base::size::grouped(dirs)),
        };
        let question = format!("Delete {files}{dirs} in {target} that the source does not have?");
        let choices = ["Keep them", "Delete"].map(str::to_owned).to_vec();
        self.context.ask(question, choices).await == Some(1)
    }

    /// `None` for what stays: a mirror leaves names alone on both sides that its rules exclude.
    pub(super) fn doomed(&self, entry: &Entry, dir: &Location, below: Vec<u8>) -> Option<Doomed> {
        if !is_usable_name(&entry.name) {
            return None;
        }
        // an empty file would not be copied by some rules; that does not protect it
        if self.is_mirror()
            && let FilterVerdict::Exclude(_) =
                self.path_filter.judge(&entry.name, entry.kind, false)
        {
            return None;
        }
        Some(Doomed { at: dir.join(&entry.name)?, below, dir: entry.kind == Kind::Dir })
    }

    /// One entry with all that is in it. A directory goes only when all that its listing shows has
    /// gone, and the listing shows all: some servers delete a directory with what is in it.
    async fn delete_tree(
        &mut self,
        top: Doomed,
        act: Act,
        counted: &mut VersionedTotals,
    ) -> Result<(), Failure> {
        // (entry, all that is in it has been visited), and whether something stays in each
        // directory that is being visited
        let (mut stack, mut stays) = (vec![(top, false)], Vec::new());
        while let Some((doomed, visited)) = stack.pop() {
            self.check_cancel()?;
            let gone = if doomed.dir && !visited {
                if act == Act::Delete && self.delete_link(&doomed).await? {
                    continue;
                }
                let deep = stays.len() >= DEEPEST;
                match self.children(&doomed, act, deep).await? {
                    Some((children, all)) => {
                        stays.push(!all);
                        stack.push((doomed, true));
                        stack.extend(children.into_iter().rev().map(|child| (child, false)));
                        continue;
                    }
                    None => false,
                }
            } else {
                let emptied = !visited || stays.pop() == Some(false);
                emptied && self.delete_one(doomed, act, counted).await?
            };
            if let (false, Some(stays)) = (gone, stays.last_mut()) {
                *stays = true;
            }
        }
        Ok(())
    }

    /// What is in a directory, and whether all of it may go; `None` when it cannot be listed, which is
    /// reported.
    async fn children(
        &mut self,
        dir: &Doomed,
        act: Act,
        deep: bool,
    ) -> Result<Option<(Vec<Doomed>, bool)>, Failure> {
        let context = self.context.clone();
        let end = self.deleting_end();
        let listed = match act {
            // its directories are asked one by one whether they are links
            Act::Delete => end.list(&context, &dir.at).await,
            Act::Plan | Act::Count | Act::DeleteEmpty => {
                end.list_with_links(&context, &dir.at).await
            }
        };
        let why = match listed.as_ref().map(|listed| listed.completeness.fault()) {
            Ok(_) if deep => "it is too deep to be deleted".to_owned(),
            // what is deleted by an incomplete listing may not be what it seems to be
            Ok(Some(why)) => why.to_owned(),
            Ok(None) => {
                let listed = listed?;
                let mut all = true;
                let mut children = Vec::with_capacity(listed.entries.len());
                for entry in listed.entries {
                    let below = [&dir.below, &b"/"[..], &entry.name].concat();
                    let child = self.doomed(&entry, &dir.at, below);
                    all &= child.is_some();
                    children.extend(child);
                }
                return Ok(Some((children, all)));
            }
            Err(failure) if endpoint::is_fatal(failure) => return Err(failure.clone()),
            Err(failure) => failure.reason(),
        };
        match act {
            Act::Count => {}
            Act::DeleteEmpty => tracing::debug!(%why, "a moved directory remains"),
            Act::Plan => self.sink.trouble(&dir.at, &why).await?,
            Act::Delete => self.report_deleted(dir, ItemState::Failed, Some(why)),
        }
        Ok(None)
    }

    /// Deletes what is reported as a directory if it is a symbolic link to one: servers refuse to
    /// delete a directory by `DELE`. True when it is gone.
    async fn delete_link(&mut self, doomed: &Doomed) -> Result<bool, Failure> {
        if doomed.at.remote().is_none() {
            return Ok(false);
        }
        let context = self.context.clone();
        match self.deleting_end().remove(&context, &doomed.at, false).await {
            Ok(()) => {
                let link = Doomed { dir: false, ..doomed.clone() };
                self.report_deleted(&link, ItemState::Done, None);
                Ok(true)
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            Err(_) => Ok(false),
        }
    }

    /// A file or an empty directory; true when it is gone.
    async fn delete_one(
        &mut self,
        doomed: Doomed,
        act: Act,
        counted: &mut VersionedTotals,
    ) -> Result<bool, Failure> {
        let Doomed { at, below, dir } = &doomed;
        match act {
            Act::Count if *dir => counted.dirs += 1,
            Act::Count => counted.files += 1,
            Act::Plan => {
                let why = "it is not at the source";
                self.sink.plan(PlanAction::Delete, below, *dir, None, why).await?;
            }
            Act::DeleteEmpty if !dir => return Ok(false),
            Act::DeleteEmpty | Act::Delete => {
                let context = self.context.clone();
                let deleted = self.deleting_end().remove(&context, at, *dir).await;
                let (state, reason) = match deleted {
                    Ok(()) => (ItemState::Done, None),
                    Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
                    Err(failure) => (ItemState::Failed, Some(failure.reason())),
                };
                if act == Act::Delete {
                    self.report_deleted(&doomed, state, reason);
                    self.sink.flush_if_full().await?;
                }
                return Ok(state == ItemState::Done);
            }
        }
        Ok(true)
    }

    fn report_deleted(&mut self, doomed: &Doomed, state: ItemState, reason: Option<String>) {
        let Doomed { at, below, dir } = doomed;
        self.ended(at, None, below, *dir, state, reason);
        if let (true, Some(above)) = (self.is_mirror(), at.parent()) {
            self.context.send(EngineMsg::DirectoryChanged(above));
        }
    }

    /// A mirror deletes at its target.
    fn deleting_end(&mut self) -> &mut Endpoint {
        if self.is_mirror() { self.target() } else { &mut self.source }
    }
}

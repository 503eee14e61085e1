//! One walk for every kind of job. Source and target are listed directory by directory, both sides
//! at the same time; directories are made as they are met, and files go into the queue at once, so
//! that the first ones are on their way while the tree is still being listed.
//!
//! This file has what all kinds share: which entries are taken, in which order, and how links are
//! followed. What is done with an entry is up to the kind of job (`copy.rs`, `mirror.rs`,
//! `delete.rs`), where the result goes up to the [`Sink`]: a dry run is the same walk as the job.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::base::path::is_usable_name;
use crate::base::{JobId, text};
use crate::engine::api::{Failure, FailureKind, PlanAction, Planned};
use crate::engine::context::EngineContext;
use crate::engine::endpoint::{self, Endpoint};
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::sandbox::Sandbox;
use crate::engine::tree::batch::Recorder;
use crate::engine::tree::mirror::MirrorState;
use crate::engine::tree::permissions::permit;
use crate::engine::tree::sink::Sink;
use crate::engine::tree::symlinks::Trail;
use crate::engine::tree::target::{Made, Opening, TargetDir, open};
use crate::ftp::listing::Completeness;
use crate::ftp::{Entry, Kind};
use crate::queue::{
    Exists, FilterVerdict, ItemState, JobKind, JobSpec, Links, NewItem, PathFilter, Precedence,
};
use crate::site::Location;

/// Walks the trees of one job.
pub(in crate::engine) struct TreeWalk {
    pub(super) context: Arc<EngineContext>,
    pub(super) spec: JobSpec,
    pub(super) source: Endpoint,
    /// `None` when there is no target, or when it is on the source's site: then one session lists
    /// both.
    pub(super) target: Option<Endpoint>,
    pub(super) sink: Sink,
    /// The user's answer for all further files that exist.
    pub(super) for_all: Option<Exists>,
    pub(super) mirror: MirrorState,
    pub(super) path_filter: PathFilter,
    cancel: watch::Receiver<bool>,
    /// Where the job may write on this machine.
    sandbox: Option<Sandbox>,
}

/// A directory that is yet to be listed, and what it becomes.
pub(super) struct DirPair {
    pub(super) from: Location,
    pub(super) to: Location,
    /// The path by which the user knows it; empty at the top of a mirror.
    pub(super) below: Vec<u8>,
    /// How the target is opened.
    pub(super) opening: Opening,
    /// Permissions for the target when it is made.
    pub(super) mode: Option<u32>,
    pub(super) trail: Arc<Trail>,
    /// True when nothing in the target or below it is deleted.
    pub(super) keeps_all: bool,
}

/// An entry of the source that is taken.
pub(super) struct Found {
    pub(super) entry: Entry,
    pub(super) at: Location,
    pub(super) to: Location,
    pub(super) below: Vec<u8>,
    pub(super) precedence: Precedence,
    /// The trail of it when it is a directory.
    pub(super) trail: Arc<Trail>,
    /// True when it is what a symbolic link leads to.
    pub(super) is_link: bool,
}

impl TreeWalk {
    /// Walks as a job, and informs the engine when all is in the queue.
    pub(in crate::engine) async fn run(
        context: Arc<EngineContext>,
        job: JobId,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
        record: Recorder,
    ) {
        let walked = async {
            let sink = Sink::Queue(Box::new(record));
            let mut walk = Self::begin(context.clone(), spec, cancel, sink).await?;
            let walked = match walk.spec.kind {
                JobKind::Delete => walk.delete_sources().await,
                JobKind::Copy | JobKind::Move => walk.copy_sources().await,
                JobKind::Mirror => walk.mirror_top().await,
            };
            // the lanes that copy what was found last get sessions that are logged in
            (walk.source, walk.target) = (Endpoint::Local, None);
            // what was found before a failure stays in the queue
            walk.sink.finish().await.and(walked)
        };
        let failure = walked.await.err();
        context.send(EngineMsg::Walked { job, failure });
    }

    /// The dry run of a mirror.
    pub(in crate::engine) async fn plan(
        context: Arc<EngineContext>,
        spec: JobSpec,
        out: mpsc::Sender<Planned>,
    ) {
        // the caller ends it by hanging up
        let (_keep, cancel) = watch::channel(false);
        let planned = async {
            let sink = Sink::Plan(out.clone());
            let mut walk = Self::begin(context, spec, cancel, sink).await?;
            walk.mirror_top().await.map(|()| walk.mirror.same)
        };
        let last = match planned.await {
            Ok(same) => Planned::End { same },
            Err(failure) => Planned::Failed(failure),
        };
        // the caller may have hung up
        let _ = out.send(last).await;
    }

    pub(super) async fn begin(
        context: Arc<EngineContext>,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
        sink: Sink,
    ) -> Result<Self, Failure> {
        let mirror = MirrorState::new(&spec)?;
        let receiver = spec.target.as_ref().and_then(Location::site);
        let path_filter =
            PathFilter::new(&spec.tree.take, receiver.map(|site| &**site), &context.options.take);
        let (mut source, mut target) = match spec.sources.first() {
            Some(first) => Endpoint::borrow_both(&context, &first.at, spec.target.as_ref()).await?,
            None => (Endpoint::Local, None),
        };
        if let Some(job) = sink.job() {
            (source, target) = (source.retrying(job), target.map(|end| end.retrying(job)));
        }
        let sandbox = Sandbox::of(&spec);
        let for_all = None;
        Ok(Self {
            context,
            spec,
            source,
            target,
            sink,
            for_all,
            mirror,
            path_filter,
            cancel,
            sandbox,
        })
    }

    pub(super) fn target(&mut self) -> &mut Endpoint {
        self.target.as_mut().unwrap_or(&mut self.source)
    }

    pub(super) fn is_mirror(&self) -> bool {
        self.spec.kind == JobKind::Mirror
    }

    pub(super) fn check_cancel(&self) -> Result<(), Failure> {
        if *self.cancel.borrow() { Err(failure::cancelled()) } else { Ok(()) }
    }

    /// Lists directories, the last one first: memory grows with the depth and the width of one
    /// directory, not with the tree.
    pub(super) async fn descend(&mut self, top: DirPair) -> Result<(), Failure> {
        let mut pending = vec![top];
        while let Some(next) = pending.pop() {
            self.check_cancel()?;
            let to = next.to.clone();
            self.directory(next, &mut pending).await?;
            if !pending.is_empty() {
                self.sink.flush().await?; // the last ones go when the sessions are free
            }
            if self.sink.job().is_some() {
                self.context.send(EngineMsg::DirectoryChanged(to));
            }
        }
        Ok(())
    }

    /// Both listings of one directory, and what follows from them.
    async fn directory(
        &mut self,
        next: DirPair,
        pending: &mut Vec<DirPair>,
    ) -> Result<(), Failure> {
        let context = self.context.clone();
        let DirPair { from, to, below, opening, mode, trail, keeps_all } = next;
        if let Err(failure) = self.admits(&to).await {
            let (why, kind) = (failure.reason(), failure.kind);
            return self.dir_failed(&from, &to, &below, &why, Some(kind)).await;
        }
        let (moves, deletes) = (self.spec.kind == JobKind::Move, self.deletes_extraneous());
        let Self { source, target, .. } = self;
        let list = async |source: &mut Endpoint| match moves {
            true => source.list_with_links(&context, &from).await,
            false => source.list(&context, &from).await,
        };
        let (opened, listed) = match target {
            // both servers at the same time
            Some(target) => {
                tokio::join!(open(target, &context, &to, opening, deletes), list(source))
            }
            None => (open(source, &context, &to, opening, deletes).await, list(source).await),
        };
        if let Err(failure) = &listed {
            self.mirror.doubt(&from, &failure.reason());
        }
        let (listed, opened) = match listed.and_then(|listed| Ok((listed, opened?))) {
            Ok(both) => both,
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            // without the top there is no mirror
            Err(failure) if self.is_mirror() && below.is_empty() => return Err(failure),
            Err(failure) => {
                let why = failure.reason();
                return self.dir_failed(&from, &to, &below, &why, None).await;
            }
        };
        if let Some(why) = listed.completeness.doubt() {
            self.mirror.doubt(&from, why);
        }
        if let Some(why) = listed.completeness.fault() {
            self.dir_failed(&from, &to, &below, why, None).await?;
        }
        let extraneous = self.extraneous(&listed, &opened, &to);
        let mut dir = TargetDir::new(from, to, below, opened, mode);
        dir.keeps_all = keeps_all;
        self.keep_extraneous(extraneous, &mut dir, &listed.completeness).await?;
        if dir.made == Made::Now {
            self.was_made(&dir).await?;
        }
        if dir.made == Made::Later
            && !self.path_filter.skips_empty_dirs()
            && !self.make(&mut dir).await?
        {
            return Ok(());
        }
        if !self.is_mirror() && matches!(self.spec.rules.exists, Exists::Rename | Exists::Ask) {
            // names that are still to come are not free
            dir.reserved = listed.entries.iter().map(|entry| entry.name.clone()).collect();
        }
        self.entries(listed.entries, &mut dir, &trail, pending).await
    }

    /// The entries of one directory, in the order of the rules.
    async fn entries(
        &mut self,
        entries: Vec<Entry>,
        dir: &mut TargetDir,
        trail: &Arc<Trail>,
        pending: &mut Vec<DirPair>,
    ) -> Result<(), Failure> {
        let (mut firsts, mut others) = (Vec::new(), Vec::new());
        let mut names = HashSet::new();
        for entry in entries {
            // a second one is an older version (VMS), which has no name of its own here
            if names.insert(entry.name.clone())
                && let Some(found) = self.take(entry, dir, trail).await?
            {
                if found.precedence == Precedence::First { &mut firsts } else { &mut others }
                    .push(found);
            }
        }
        // each of them goes to the top of the queue: the last one first, so that they stand there
        // in their order
        firsts.reverse();
        let (mut first_dirs, mut dirs) = (Vec::new(), Vec::new());
        for found in firsts {
            self.entry(found, dir, &mut first_dirs).await?;
        }
        for found in others {
            self.entry(found, dir, &mut dirs).await?;
        }
        pending.extend(dirs.into_iter().rev());
        pending.extend(first_dirs);
        Ok(())
    }

    /// One entry: a directory is kept for later, a file is decided on.
    async fn entry(
        &mut self,
        found: Found,
        dir: &mut TargetDir,
        dirs: &mut Vec<DirPair>,
    ) -> Result<(), Failure> {
        if self.is_mirror() {
            self.compare_entry(found, dir, dirs).await
        } else {
            self.copy_entry(found, dir, dirs).await
        }
    }

    /// Whether an entry is taken, by name, rules and links; when not, that is reported.
    async fn take(
        &mut self,
        entry: Entry,
        dir: &TargetDir,
        trail: &Arc<Trail>,
    ) -> Result<Option<Found>, Failure> {
        let (name, is_dir) = (entry.name.clone(), entry.kind == Kind::Dir);
        let below = dir.below(&name);
        let (at, to) = (dir.from.join(&name), dir.to.join(&name));
        let (Some(at), Some(to), true) = (at, to, is_usable_name(&name)) else {
            let why = "this name cannot be sent to a server, or kept on this machine";
            self.skip(&dir.from, &below, &entry, ItemState::Failed, why).await?;
            return Ok(None);
        };
        if !self.is_mirror() && !is_dir && self.sink.has_seen(&at).await? {
            return Ok(None);
        }
        let (was_link, target) = (entry.kind == Kind::Link, entry.target.clone());
        if was_link && self.spec.tree.links == Links::Skip {
            let why = "it is a symbolic link, and links are not followed";
            self.skip(&at, &below, &entry, ItemState::Skipped, why).await?;
            return Ok(None);
        }
        let Some(entry) = self.resolved(entry, &at, &below).await? else { return Ok(None) };
        let is_dir = entry.kind == Kind::Dir;
        let empty = entry.kind == Kind::File && entry.size == Some(0);
        let precedence = match self.path_filter.judge(&name, entry.kind, empty) {
            FilterVerdict::Exclude(rule) => {
                let why = rule.to_string();
                self.skip(&at, &below, &entry, ItemState::Skipped, &why).await?;
                return Ok(None);
            }
            FilterVerdict::Include => Precedence::Normal,
            FilterVerdict::IncludeFirst(_) => Precedence::First,
        };
        let trail = match (is_dir, was_link) {
            (true, true) => trail.through_link(&name, target.as_deref()),
            (true, false) => Some(trail.into_dir(&name)),
            (false, _) => Some(trail.clone()),
        };
        let Some(trail) = trail else {
            let (link, why) =
                (Entry::new(name, Kind::Link), "the link leads back to a directory above it");
            self.skip(&at, &below, &link, ItemState::Skipped, why).await?;
            return Ok(None);
        };
        Ok(Some(Found { entry, at, to, below, precedence, trail, is_link: was_link }))
    }

    /// What a link leads to; other entries as they are. `None` when it leads nowhere, which is
    /// reported.
    pub(super) async fn resolved(
        &mut self,
        entry: Entry,
        at: &Location,
        below: &[u8],
    ) -> Result<Option<Entry>, Failure> {
        if entry.kind != Kind::Link {
            return Ok(Some(entry));
        }
        let context = self.context.clone();
        let (state, why) = match self.source.follow(&context, at, &entry).await {
            Ok(Some(found)) => return Ok(Some(found)),
            Ok(None) => (ItemState::Skipped, "the symbolic link leads nowhere".to_owned()),
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            Err(failure) => {
                let why = failure.reason();
                self.mirror.doubt(at, &why);
                (ItemState::Failed, why)
            }
        };
        self.skip(at, below, &entry, state, &why).await?;
        Ok(None)
    }

    /// Whether this directory of the target may be written to.
    async fn admits(&self, to: &Location) -> Result<(), Failure> {
        let (Some(sandbox), Location::Local(path)) = (&self.sandbox, to) else { return Ok(()) };
        sandbox.admits(path).await.map_err(|fault| failure::of_fault(&fault))
    }

    /// Makes a directory of the target that is not there yet; false when that fails, which is
    /// reported.
    pub(super) async fn make(&mut self, dir: &mut TargetDir) -> Result<bool, Failure> {
        if dir.made != Made::Later {
            return Ok(dir.made != Made::Failed);
        }
        dir.made = Made::Before;
        self.sink.plan(PlanAction::Copy, &dir.below, true, None, "it is not at the target").await?;
        if self.sink.job().is_none() {
            return Ok(true);
        }
        let context = self.context.clone();
        match self.target().make_dir(&context, &dir.to).await {
            Ok(true) => {
                dir.completeness = Completeness::Complete;
                self.was_made(dir).await.map(|()| true)
            }
            Ok(false) => Ok(true),
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            Err(failure) => {
                dir.made = Made::Failed;
                let why = failure.reason();
                self.dir_failed(&dir.from, &dir.to, &dir.below, &why, None).await?;
                Ok(false)
            }
        }
    }

    /// A directory of the target is new.
    async fn was_made(&mut self, dir: &TargetDir) -> Result<(), Failure> {
        let context = self.context.clone();
        if let (Some(mode), Some(job)) = (dir.mode, self.sink.job()) {
            permit(self.target(), &context, job, &dir.to, mode).await?;
        }
        if let Some(above) = dir.to.parent() {
            context.send(EngineMsg::DirectoryChanged(above));
        }
        Ok(())
    }

    /// A file for the queue.
    pub(super) async fn queue(&mut self, found: Found, replaces: bool) -> Result<(), Failure> {
        let Found { entry, at, to, below, precedence, .. } = found;
        let item = NewItem {
            label: text::visible(&below).into(),
            dir: false,
            source: at,
            target: Some(to),
            size: entry.size,
            modified: entry.mtime.filter(|stamp| stamp.utc),
            mode: self.spec.mode_for(&entry),
            replaces,
            precedence,
        };
        self.sink.queue(item).await
    }

    /// An entry of the source that is left out.
    pub(super) async fn skip(
        &mut self,
        at: &Location,
        below: &[u8],
        entry: &Entry,
        state: ItemState,
        why: &str,
    ) -> Result<(), Failure> {
        let dir = entry.kind == Kind::Dir;
        if state == ItemState::Failed {
            self.sink.trouble(at, why).await?;
        } else {
            self.sink.plan(PlanAction::Skip, below, dir, entry.size, why).await?;
        }
        // only mirrors report directories that are left out as directories
        self.ended(at, None, below, dir && self.is_mirror(), state, Some(why.to_owned()));
        Ok(())
    }

    /// A directory that could not be walked, or only in part.
    pub(super) async fn dir_failed(
        &mut self,
        from: &Location,
        to: &Location,
        below: &[u8],
        why: &str,
        kind: Option<FailureKind>,
    ) -> Result<(), Failure> {
        self.sink.trouble(from, why).await?;
        let item = NewItem::named(&self.label(below, true), true, from.clone(), Some(to.clone()));
        self.sink.ended(item, ItemState::Failed, Some(why.to_owned()), kind);
        Ok(())
    }

    /// Something that needs no lane.
    pub(super) fn ended(
        &mut self,
        at: &Location,
        to: Option<&Location>,
        below: &[u8],
        dir: bool,
        state: ItemState,
        reason: Option<String>,
    ) {
        let item = NewItem::named(&self.label(below, dir), dir, at.clone(), to.cloned());
        self.sink.ended(item, state, reason, None);
    }

    /// A path as the user sees it: a mirror marks its directories.
    fn label(&self, below: &[u8], dir: bool) -> String {
        let mut label = text::visible(below);
        if dir && self.is_mirror() && !label.is_empty() {
            label.push('/');
        }
        label
    }
}

/// Entries by name. Of several versions of a file (VMS) the first one is the newest.
pub(super) fn by_name(entries: Vec<Entry>) -> HashMap<Box<[u8]>, Entry> {
    let mut names = HashMap::with_capacity(entries.len());
    for entry in entries {
        names.entry(entry.name.clone()).or_insert(entry);
    }
    names
}

//! Mirrors: making a directory tree like another one, or only telling what would be done.
//!
//! Both trees are listed directory by directory, the two sides at the same time, and what is to be
//! copied goes into the queue at once. What is to be deleted is kept until all is listed: nothing
//! is deleted when a single listing of the source was incomplete. Telling and doing are one walk,
//! so a mirror does what its dry run said.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::base::path::is_usable_name;
use crate::base::{JobId, RemotePath, text};
use crate::engine::api::{Failure, PlanAction, PlanStep, Planned};
use crate::engine::context::Hub;
use crate::engine::endpoint::{self, Endpoint};
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::recovery::leftovers;
use crate::engine::tree::batch::Recorder;
use crate::engine::tree::permissions::permit;
use crate::engine::tree::symlinks::Trail;
use crate::ftp::{Entry, Kind};
use crate::queue::sync::{Comparer, MirrorStep, SourceNames, pair};
use crate::queue::{
    Deletes, Ending, FilterVerdict, ItemState, JobSpec, Links, NewItem, PathFilter, Precedence,
};
use crate::site::Location;

/// Mirrors one tree.
pub(in crate::engine) struct Mirror {
    pub(super) hub: Arc<Hub>,
    pub(super) spec: JobSpec,
    pub(super) source: Endpoint,
    /// `None` when it is on the source's site: then one session lists both.
    pub(super) target: Option<Endpoint>,
    pub(super) path_filter: PathFilter,
    pub(super) comparer: Comparer,
    pub(super) out: Out,
    pub(super) cancel: watch::Receiver<bool>,
    /// False once something of the source could not be listed.
    pub(super) complete: bool,
    /// Files that are the same already.
    pub(super) same: u64,
    /// What is at the target only.
    pub(super) doomed: Vec<Doomed>,
    /// Parts of files that are kept there: under which name, and of which target.
    pub(super) parts: HashMap<RemotePath, RemotePath>,
}

/// Where the steps go.
pub(super) enum Out {
    /// To whoever wants to know what would be done.
    Plan(mpsc::Sender<Planned>),
    /// Into the queue.
    Job(Box<Recorder>),
}

/// Two directories that are yet to be compared.
pub(super) struct Pending {
    pub(super) from: Location,
    pub(super) to: Location,
    /// The path below both tops, with a slash at its end; empty at the tops.
    pub(super) below: Vec<u8>,
    /// True when the target has no such directory yet.
    pub(super) new: bool,
    /// Permissions to give to the target, when it is made.
    pub(super) mode: Option<u32>,
    pub(super) trail: Arc<Trail>,
}

/// The directory at the target while its entries are compared.
pub(super) struct Folder {
    pub(super) to: Location,
    pub(super) below: Vec<u8>,
    /// False while it is yet to be made.
    pub(super) made: bool,
    /// Permissions to give to it, when it is made.
    pub(super) mode: Option<u32>,
    /// True when something in it may have escaped its listing: then every file is stored under a
    /// temporary name, so that none is truncated unseen.
    pub(super) unsure: bool,
}

/// Something at the target that is not at the source.
pub(super) struct Doomed {
    pub(super) at: Location,
    pub(super) below: Vec<u8>,
    pub(super) dir: bool,
}

impl Mirror {
    /// Mirrors as a job, and tells the engine when all is in the queue.
    pub(in crate::engine) async fn run(
        hub: Arc<Hub>,
        job: JobId,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
        record: Recorder,
    ) {
        let walked = async {
            let out = Out::Job(Box::new(record));
            let mut mirror = Self::begin(hub.clone(), spec, out, cancel).await?;
            let walked = mirror.mirror().await;
            // what was found before a failure is in the queue all the same
            let recorded = match &mut mirror.out {
                Out::Job(record) => record.finish().await,
                Out::Plan(_) => Ok(()),
            };
            recorded.and(walked)
        };
        let failure = walked.await.err();
        hub.inform(EngineMsg::Walked { job, failure });
    }

    /// Tells what would be done.
    pub(in crate::engine) async fn plan(hub: Arc<Hub>, spec: JobSpec, out: mpsc::Sender<Planned>) {
        // whoever listens ends it by hanging up
        let (_keep, cancel) = watch::channel(false);
        let planned = async {
            let to = Out::Plan(out.clone());
            let mut mirror = Self::begin(hub, spec, to, cancel).await?;
            mirror.mirror().await.map(|()| mirror.same)
        };
        let last = match planned.await {
            Ok(same) => Planned::End { same },
            Err(failure) => Planned::Failed(failure),
        };
        // nobody listens any more
        let _ = out.send(last).await;
    }

    pub(super) async fn begin(
        hub: Arc<Hub>,
        spec: JobSpec,
        out: Out,
        cancel: watch::Receiver<bool>,
    ) -> Result<Self, Failure> {
        let (Some(from), Some(to)) = (spec.sources.first(), &spec.target) else {
            return Err(failure::usage("mirror", "source and target are needed"));
        };
        if from.at.remote().is_none() && to.remote().is_none() {
            return Err(failure::usage("mirror", "both ends are on this machine; use rsync"));
        }
        let receiver = to.remote().map(|(site, _)| site.clone());
        let path_filter = PathFilter::new(&spec.tree.take, receiver.as_deref(), &hub.options.take);
        let (mut source, mut target) = Endpoint::borrow_both(&hub, &from.at, Some(to)).await?;
        if let Out::Job(record) = &out {
            let job = record.job();
            (source, target) = (source.patient(job), target.map(|end| end.patient(job)));
        }
        let compare = spec.tree.compare;
        let comparer = Comparer { compare, keeps_times: false };
        Ok(Self {
            hub,
            spec,
            source,
            target,
            path_filter,
            comparer,
            out,
            cancel,
            complete: true,
            same: 0,
            doomed: Vec::new(),
            parts: HashMap::new(),
        })
    }

    pub(super) fn target(&mut self) -> &mut Endpoint {
        self.target.as_mut().unwrap_or(&mut self.source)
    }

    pub(super) async fn mirror(&mut self) -> Result<(), Failure> {
        let hub = self.hub.clone();
        let (Some(from), Some(to)) = (self.spec.sources.first().cloned(), self.spec.target.clone())
        else {
            return Err(failure::usage("mirror", "source and target are needed"));
        };
        let from = self.source.absolute(&hub, &from.at).await?;
        let to = self.target().absolute(&hub, &to).await?;
        if from.overlaps(&to) {
            return Err(failure::usage("mirror", "one of the two directories lies in the other"));
        }
        let left = leftovers::of_ended_runs(&hub, &to).await;
        self.parts = leftovers::parts(&hub, &to, &left).await;
        if let Out::Job(record) = &self.out {
            let (job, places) = (record.job(), [to.clone()]);
            leftovers::sweep(&hub, job, self.target(), left, &places).await?;
        }
        self.comparer.keeps_times = self.target().keeps_times(&hub).await?;
        let new = match self.target().stat(&hub, &to).await? {
            None => !to.is_root(),
            Some(entry) if entry.kind == Kind::Dir => false,
            // what a link leads to is seen by going there
            Some(entry) if entry.kind == Kind::Link => false,
            Some(_) => {
                return Err(failure::usage("mirror", format!("{to} is not a directory")));
            }
        };
        let trail = Trail::top(from.path_bytes());
        let top = if new && self.spec.keeps_permissions() {
            self.source.stat(&hub, &from).await?
        } else {
            None
        };
        let (below, mode) = (Vec::new(), top.and_then(|top| self.spec.mode_for(&top)));
        let mut pending = vec![Pending { from, to, below, new, mode, trail }];
        while let Some(next) = pending.pop() {
            self.check_cancel()?;
            self.directory(next, &mut pending).await?;
        }
        self.delete().await?;
        if let Out::Job(record) = &self.out {
            hub.inform(EngineMsg::Same { job: record.job(), files: self.same });
        }
        Ok(())
    }

    /// Both listings of one directory, and what follows from them.
    pub(super) async fn directory(
        &mut self,
        next: Pending,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        let hub = self.hub.clone();
        let Pending { from, to, below, new, mode, trail } = next;
        let Self { source, target, .. } = self;
        let (listed, there) = match target {
            _ if new => (source.list(&hub, &from).await, Ok(None)),
            Some(target) => {
                let (listed, there) =
                    tokio::join!(source.list(&hub, &from), target.list(&hub, &to));
                (listed, there.map(Some))
            }
            None => (source.list(&hub, &from).await, source.list(&hub, &to).await.map(Some)),
        };
        let listed = match listed {
            Ok(listed) => listed,
            // without the top there is no mirror
            Err(failure) if below.is_empty() || endpoint::is_fatal(&failure) => {
                return Err(failure);
            }
            Err(failure) => {
                self.complete = false;
                return self.trouble(&from, &to, &below, &failure.reason()).await;
            }
        };
        let there = match there {
            Ok(there) => there,
            Err(failure) if below.is_empty() || endpoint::is_fatal(&failure) => {
                return Err(failure);
            }
            Err(failure) => {
                return self.trouble(&from, &to, &below, &failure.reason()).await;
            }
        };
        let certain = listed.unreadable == 0;
        if !certain {
            self.complete = false;
            let lines = text::counted(listed.unreadable as u64, "line");
            let why = format!("{lines} of its listing could not be read, so files may be missing");
            self.trouble(&from, &to, &below, &why).await?;
        }
        let unsure = there.as_ref().is_some_and(|there| there.unreadable > 0);
        let mut folder = Folder { to, below, made: !new, mode, unsure };
        if !self.path_filter.skips_empty_dirs() && !self.make(&from, &mut folder).await? {
            return Ok(());
        }
        let there = there.map(|there| there.entries).unwrap_or_default();
        self.entries(&from, listed.entries, there, &mut folder, &trail, pending).await?;
        if let Out::Job(record) = &mut self.out {
            record.flush().await?;
            hub.inform(EngineMsg::Changed(folder.to));
        }
        Ok(())
    }

    pub(super) async fn entries(
        &mut self,
        from: &Location,
        source: Vec<Entry>,
        target: Vec<Entry>,
        folder: &mut Folder,
        trail: &Arc<Trail>,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        let (pairs, mut left) = pair(source, target);
        let names = pairs.iter().map(|(entry, there)| (&*entry.name, there.is_some()));
        let names = SourceNames::new(names);
        self.spare_parts(&mut left, &pairs, folder);
        let (mut firsts, mut others, mut dirs) = (Vec::new(), Vec::new(), Vec::new());
        for (entry, there) in pairs {
            let Some((entry, trail)) = self.resolved(entry, from, folder, trail).await? else {
                continue;
            };
            let empty = entry.kind == Kind::File && entry.size == Some(0);
            let first = match self.path_filter.judge(&entry.name, entry.kind, empty) {
                FilterVerdict::Exclude(caught) => {
                    let why = caught.to_string();
                    self.skip(from, &entry, folder, ItemState::Skipped, &why).await?;
                    continue;
                }
                judgement => judgement != FilterVerdict::Include,
            };
            if first { &mut firsts } else { &mut others }.push((entry, there, trail));
        }
        // the last one first, since each goes to the top of the queue
        firsts.reverse();
        let first_dirs = {
            let mut dirs = Vec::new();
            for (entry, there, trail) in firsts {
                let precedence = Precedence::First;
                self.entry(from, entry, there.as_ref(), folder, trail, precedence, &mut dirs)
                    .await?;
            }
            dirs
        };
        for (entry, there, trail) in others {
            let precedence = Precedence::Normal;
            self.entry(from, entry, there.as_ref(), folder, trail, precedence, &mut dirs).await?;
        }
        pending.extend(dirs.into_iter().rev());
        pending.extend(first_dirs);
        if self.spec.tree.delete != Deletes::No {
            let (kept, left): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|entry| names.protects(&entry.name).is_some());
            for entry in kept {
                if let Some(why) = names.protects(&entry.name) {
                    self.tell(PlanAction::Skip, &below(folder, &entry), &entry, why).await?;
                }
            }
            self.poison(left, folder);
        }
        Ok(())
    }

    /// An entry as what it is: a link is followed or left out, and a name that nobody can carry is
    /// left out.
    pub(super) async fn resolved(
        &mut self,
        entry: Entry,
        from: &Location,
        folder: &Folder,
        trail: &Arc<Trail>,
    ) -> Result<Option<(Entry, Arc<Trail>)>, Failure> {
        let (skipped, failed) = (ItemState::Skipped, ItemState::Failed);
        let (at, to) = (from.join(&entry.name), folder.to.join(&entry.name));
        let (Some(at), Some(_), true) = (at, to, is_usable_name(&entry.name)) else {
            let why = "this name cannot be sent to a server, or kept on this machine";
            self.skip(from, &entry, folder, failed, why).await?;
            return Ok(None);
        };
        if entry.kind != Kind::Link {
            let dir = entry.kind == Kind::Dir;
            let trail = if dir { trail.into_dir(&entry.name) } else { trail.clone() };
            return Ok(Some((entry, trail)));
        }
        if self.spec.tree.links == Links::Skip {
            let why = "it is a symbolic link, and links are not followed";
            self.skip(from, &entry, folder, skipped, why).await?;
            return Ok(None);
        }
        let hub = self.hub.clone();
        let found = match self.source.follow(&hub, &at, &entry).await {
            Ok(found) => found,
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            Err(failure) => {
                self.complete = false;
                self.skip(from, &entry, folder, failed, &failure.reason()).await?;
                return Ok(None);
            }
        };
        let why = match found {
            None => "the symbolic link leads nowhere",
            Some(found) if found.kind != Kind::Dir => return Ok(Some((found, trail.clone()))),
            Some(found) => match trail.through_link(&entry.name, entry.target.as_deref()) {
                Some(trail) => return Ok(Some((found, trail))),
                None => "the link leads back to a directory above it",
            },
        };
        self.skip(from, &entry, folder, skipped, why).await?;
        Ok(None)
    }

    #[expect(clippy::too_many_arguments, reason = "an entry, its other side, and where they are")]
    pub(super) async fn entry(
        &mut self,
        from: &Location,
        entry: Entry,
        there: Option<&Entry>,
        folder: &mut Folder,
        trail: Arc<Trail>,
        precedence: Precedence,
        dirs: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        let (Some(at), Some(to)) = (from.join(&entry.name), folder.to.join(&entry.name)) else {
            return Ok(());
        };
        let mut step = self.comparer.judge(&entry, there);
        if let (MirrorStep::CompareChecksum, Some(there)) = (&step, there) {
            let same = self.same_content(&at, &to, entry.size.or(there.size)).await?;
            if let (None, Out::Job(record)) = (same, &self.out) {
                let text = "no checksum in common with the source: the content is unknown";
                self.hub.remark_once(record.job(), to.label(), text.to_owned());
            }
            step = self.comparer.by_checksum(&entry, there, same);
        }
        match step {
            MirrorStep::Enter { new } => {
                let below = [&folder.below, &*entry.name, b"/"].concat();
                let mode = self.spec.mode_for(&entry);
                dirs.push(Pending { from: at, to, below, new, mode, trail });
                Ok(())
            }
            MirrorStep::Copy { replaces, reason } => {
                if !folder.made && !self.make(from, folder).await? {
                    return Ok(());
                }
                let replaces = replaces || folder.unsure;
                self.copy(&entry, at, to, folder, replaces, reason, precedence).await
            }
            MirrorStep::Same(why) => {
                self.same += 1;
                self.tell(PlanAction::Same, &below(folder, &entry), &entry, why).await
            }
            MirrorStep::Conflict(why) => {
                let state = match entry.kind {
                    Kind::File | Kind::Dir => ItemState::Failed,
                    _ => ItemState::Skipped,
                };
                self.skip(from, &entry, folder, state, why).await
            }
            // judged above
            MirrorStep::CompareChecksum => Ok(()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that an item of the queue has")]
    pub(super) async fn copy(
        &mut self,
        entry: &Entry,
        at: Location,
        to: Location,
        folder: &Folder,
        replaces: bool,
        reason: String,
        precedence: Precedence,
    ) -> Result<(), Failure> {
        let below = below(folder, entry);
        self.tell(PlanAction::Copy, &below, entry, &reason).await?;
        let Out::Job(record) = &mut self.out else { return Ok(()) };
        if record.has_seen(&at).await? {
            return Ok(());
        }
        let item = NewItem {
            label: text::visible(&below).into(),
            dir: false,
            source: at,
            target: Some(to),
            size: entry.size,
            modified: entry.mtime.filter(|stamp| stamp.utc),
            mode: self.spec.mode_for(entry),
            replaces,
            precedence,
        };
        record.found(item);
        record.relieve().await
    }

    /// Makes the directory at the target, if it is not there; false when it cannot be made, which
    /// is noted.
    pub(super) async fn make(
        &mut self,
        from: &Location,
        folder: &mut Folder,
    ) -> Result<bool, Failure> {
        if folder.made {
            return Ok(true);
        }
        folder.made = true;
        let dir = Entry::new(*b"", Kind::Dir);
        self.tell(PlanAction::Copy, &folder.below, &dir, "it is not at the target").await?;
        let Out::Job(record) = &self.out else { return Ok(true) };
        let (hub, job) = (self.hub.clone(), record.job());
        match self.target().make_dir(&hub, &folder.to).await {
            Ok(new) => {
                if let (true, Some(mode)) = (new, folder.mode) {
                    permit(self.target(), &hub, job, &folder.to, mode).await?;
                }
                if let Some(above) = folder.to.parent() {
                    hub.inform(EngineMsg::Changed(above));
                }
                Ok(true)
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            Err(failure) => {
                let reason = failure.reason();
                self.trouble(from, &folder.to, &folder.below, &reason).await?;
                Ok(false)
            }
        }
    }

    pub(super) fn check_cancel(&self) -> Result<(), Failure> {
        if *self.cancel.borrow() { Err(failure::cancelled()) } else { Ok(()) }
    }

    /// A step of the plan, for whoever wants to know.
    pub(super) async fn tell(
        &self,
        action: PlanAction,
        below: &[u8],
        entry: &Entry,
        reason: &str,
    ) -> Result<(), Failure> {
        let Out::Plan(out) = &self.out else { return Ok(()) };
        let step = PlanStep {
            action,
            path: RemotePath::new(if below.is_empty() { b"./" } else { below }),
            dir: entry.kind == Kind::Dir,
            size: entry.size,
            reason: reason.to_owned(),
        };
        // nobody listens any more: then nothing more is to be found out
        out.send(Planned::Step(step)).await.map_err(|_| failure::cancelled())
    }

    /// An entry of the source that is left out.
    pub(super) async fn skip(
        &mut self,
        from: &Location,
        entry: &Entry,
        folder: &Folder,
        state: ItemState,
        why: &str,
    ) -> Result<(), Failure> {
        let below = below(folder, entry);
        let at = from.join(&entry.name).unwrap_or_else(|| from.clone());
        if state == ItemState::Failed && matches!(self.out, Out::Plan(_)) {
            return self.trouble(&at, &folder.to, &below, why).await;
        }
        self.tell(PlanAction::Skip, &below, entry, why).await?;
        self.note(&at, None, &below, entry.kind == Kind::Dir, state, Some(why.to_owned()));
        Ok(())
    }

    /// A directory that cannot be mirrored.
    pub(super) async fn trouble(
        &mut self,
        from: &Location,
        to: &Location,
        below: &[u8],
        why: &str,
    ) -> Result<(), Failure> {
        if let Out::Plan(out) = &self.out {
            let failure = failure::trouble(from, "mirror", why);
            return out.send(Planned::Trouble(failure)).await.map_err(|_| failure::cancelled());
        }
        let why = Some(why.to_owned());
        self.note(from, Some(to.clone()), below, true, ItemState::Failed, why);
        Ok(())
    }

    /// Something that is over without any lane.
    pub(super) fn note(
        &mut self,
        from: &Location,
        to: Option<Location>,
        below: &[u8],
        dir: bool,
        state: ItemState,
        reason: Option<String>,
    ) {
        let Out::Job(record) = &mut self.out else { return };
        let item = NewItem::named(&text::visible(below), dir, from.clone(), to);
        let ending = Ending { reason, ..Ending::default() };
        record.ended(item, state, ending, None);
    }
}

/// The path of an entry below the tops; a directory's ends in a slash.
fn below(folder: &Folder, entry: &Entry) -> Vec<u8> {
    let slash: &[u8] = if entry.kind == Kind::Dir { b"/" } else { b"" };
    [&folder.below, &*entry.name, slash].concat()
}

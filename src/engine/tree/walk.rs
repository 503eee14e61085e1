//! Walking a job's sources: directories are made at the target as they are met, and their files
//! go into the queue at once, so that the first ones fly while the tree is still being listed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::watch;

use crate::base::path::is_usable_name;
use crate::base::{JobId, text};
use crate::engine::api::Failure;
use crate::engine::context::Hub;
use crate::engine::endpoint::{self, Endpoint};
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::sandbox::Sandbox;
use crate::engine::tree::batch::Recorder;
use crate::engine::tree::permissions::permit;
use crate::engine::tree::symlinks::Trail;
use crate::engine::tree::target::{prepare, receiving};
use crate::ftp::{Entry, Kind};
use crate::queue::decide::{decide, is_inside};
use crate::queue::{
    Decision, Ending, Exists, FilterVerdict, ItemState, JobKind, JobSpec, Links, NewItem,
    PathFilter, Precedence, Source,
};
use crate::site::Location;

const GIVEN: &str = "another source of this job has the same name; copy it once that one is done, \
                     or to another place";

/// Walks the sources of one job.
pub(in crate::engine) struct Walker {
    pub(super) hub: Arc<Hub>,
    pub(super) spec: JobSpec,
    pub(super) source: Endpoint,
    pub(super) target: Option<Endpoint>,
    pub(super) cancel: watch::Receiver<bool>,
    /// The user's answer for all further files.
    pub(super) for_all: Option<Exists>,
    pub(super) path_filter: PathFilter,
    /// Where it may write on this machine.
    pub(super) sandbox: Option<Sandbox>,
    /// What is found goes into the store.
    pub(super) record: Recorder,
}

/// A directory that is yet to be listed.
pub(super) struct Pending {
    pub(super) from: Location,
    pub(super) to: Location,
    pub(super) label: String,
    pub(super) trail: Arc<Trail>,
    /// Permissions to give to the target, when it is made.
    pub(super) mode: Option<u32>,
}

/// A directory of the target that receives entries.
pub(super) struct Folder {
    pub(super) to: Location,
    /// What is in it, by name.
    pub(super) existing: HashMap<Box<[u8]>, Entry>,
    /// Names that are to come or were given away, beside those that exist.
    pub(super) reserved: HashSet<Box<[u8]>>,
    /// False while it is made only for the first file.
    pub(super) made: bool,
    pub(super) trail: Arc<Trail>,
    /// Permissions to give to it, when it is made.
    pub(super) mode: Option<u32>,
}

/// An entry on its way into a [`Folder`].
pub(super) struct Step<'a> {
    pub(super) entry: &'a Entry,
    pub(super) at: &'a Location,
    /// Its name at the target.
    pub(super) name: &'a [u8],
    pub(super) label: String,
    pub(super) precedence: Precedence,
    /// The way into it, when it is a directory.
    pub(super) trail: Arc<Trail>,
}

impl Walker {
    /// Walks to the end and tells the engine so.
    pub(in crate::engine) async fn run(
        hub: Arc<Hub>,
        job: JobId,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
        record: Recorder,
    ) {
        let walked = async {
            let mut walker = Self::begin(hub.clone(), spec, cancel, record).await?;
            let walked = match walker.spec.kind {
                JobKind::Delete => walker.delete_all().await,
                JobKind::Copy | JobKind::Move | JobKind::Mirror => walker.copy_all().await,
            };
            // whoever copies what was found last finds its sessions logged in
            (walker.source, walker.target) = (Endpoint::Local, None);
            // what was found before a failure is in the queue all the same
            walker.record.finish().await.and(walked)
        };
        let failure = walked.await.err();
        hub.inform(EngineMsg::Walked { job, failure });
    }

    pub(super) async fn begin(
        hub: Arc<Hub>,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
        record: Recorder,
    ) -> Result<Self, Failure> {
        let receiver = spec.target.as_ref().and_then(Location::site);
        let path_filter =
            PathFilter::new(&spec.tree.take, receiver.map(|site| &**site), &hub.options.take);
        let (source, target) = match spec.sources.first() {
            Some(first) => Endpoint::borrow_both(&hub, &first.at, spec.target.as_ref()).await?,
            None => (Endpoint::Local, None),
        };
        let job = record.job();
        let (source, target) = (source.patient(job), target.map(|end| end.patient(job)));
        let sandbox = Sandbox::of(&spec);
        Ok(Self { hub, spec, source, target, cancel, for_all: None, path_filter, sandbox, record })
    }

    pub(super) fn target(&mut self) -> &mut Endpoint {
        self.target.as_mut().unwrap_or(&mut self.source)
    }

    pub(super) fn check_cancel(&self) -> Result<(), Failure> {
        if *self.cancel.borrow() { Err(failure::cancelled()) } else { Ok(()) }
    }

    pub(super) async fn copy_all(&mut self) -> Result<(), Failure> {
        let Some(target) = self.spec.target.clone() else {
            return Err(failure::usage("copy", "there is no target"));
        };
        endpoint::may_change(&target, "copy into it")?;
        let hub = self.hub.clone();
        self.log_in().await?;
        let target = self.target().absolute(&hub, &target).await?;
        let (folder, rename_to) = if self.spec.rename_to {
            (target.parent().unwrap_or_else(|| target.clone()), Some(target.name().to_vec()))
        } else {
            (target.clone(), None)
        };
        self.sweep(&folder, rename_to.as_deref()).await?;
        let existing = match rename_to {
            Some(_) => HashMap::new(), // one name matters, and of a directory not even that
            None => receiving(self.target(), &hub, &folder).await?,
        };
        let (reserved, trail) = (HashSet::new(), Trail::top(b"/"));
        let mode = None;
        let mut folder = Folder { to: folder, existing, reserved, made: true, trail, mode };
        let mut given: HashMap<Vec<u8>, Location> = HashMap::new();
        for source in self.spec.sources.clone() {
            self.check_cancel()?;
            let at = self.source.absolute(&hub, &source.at).await?;
            let source = Source { at, ..source };
            let name = rename_to.clone().unwrap_or_else(|| source.at.name().to_vec());
            let label = text::visible(source.at.name());
            let Some(entry) = self.look(&source, &label).await? else { continue };
            // what was chosen by hand is taken, a link as what it leads to
            let Some(entry) = self.resolved(entry, &source.at, &label).await? else { continue };
            let taken = given.insert(name.clone(), source.at.clone());
            if entry.kind != Kind::Dir && self.record.has_seen(&source.at).await? {
                continue;
            }
            if let Some(other) = taken {
                let renames = self.for_all.unwrap_or(self.spec.rules.exists) == Exists::Rename;
                if other == source.at {
                    self.note(&source.at, &label, ItemState::Skipped, "it was named twice");
                    continue;
                }
                if !renames || entry.kind != Kind::File {
                    self.note(&source.at, &label, ItemState::Failed, GIVEN);
                    continue;
                }
                // as if the other one had arrived already
                folder.existing.insert(name.as_slice().into(), entry.clone());
            }
            let mut pending = Vec::new();
            let trail = Trail::top(source.at.path_bytes());
            let (at, name) = (&source.at, name.as_slice());
            if rename_to.is_some() {
                folder.existing = self.taken_names(&entry, &target, &folder.to).await?;
            }
            let step =
                Step { entry: &entry, at, name, label, precedence: Precedence::Normal, trail };
            self.step(step, &mut folder, &mut pending).await?;
            if !pending.is_empty() {
                // the last ones of a tree before wait no longer
                self.record.flush().await?;
                hub.inform(EngineMsg::Expected(self.record.job()));
            }
            self.trees(pending).await?;
        }
        Ok(())
    }

    /// What a source is, if it is not known yet.
    pub(super) async fn look(
        &mut self,
        source: &Source,
        label: &str,
    ) -> Result<Option<Entry>, Failure> {
        let name = source.at.name();
        let enough = !self.spec.keeps_permissions();
        let hub = self.hub.clone();
        if let (Some(kind), true) =
            (source.kind, enough && (source.kind == Some(Kind::Dir) || source.size.is_some()))
        {
            let mut entry = Entry::new(name, kind);
            entry.size = source.size;
            let by_age = matches!(self.spec.rules.exists, Exists::Newer | Exists::Ask);
            if self.spec.kind == JobKind::Delete || kind != Kind::File || !by_age {
                return Ok(Some(entry));
            }
            // the rule compares times, as of an entry that was listed
            entry.mtime = self.source.modified(&hub, &source.at).await?;
            if entry.mtime.is_some() {
                return Ok(Some(entry));
            }
        }
        match self.source.stat(&hub, &source.at).await {
            Ok(Some(entry)) => Ok(Some(entry)),
            Ok(None) => {
                self.note(
                    &source.at,
                    label,
                    ItemState::Failed,
                    "there is no such file or directory",
                );
                Ok(None)
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            Err(failure) => {
                self.note(&source.at, label, ItemState::Failed, &failure.reason());
                Ok(None)
            }
        }
    }

    /// Directories, deepest last in, first out: memory grows with the depth and the width of one
    /// directory, not with the tree.
    pub(super) async fn trees(&mut self, mut pending: Vec<Pending>) -> Result<(), Failure> {
        let hub = self.hub.clone();
        while let Some(Pending { from, to, label, trail, mode }) = pending.pop() {
            self.check_cancel()?;
            if !self.admits(&from, &to, &label).await {
                continue;
            }
            let lazy = self.path_filter.skips_empty_dirs();
            let Self { source, target, .. } = self;
            let (prepared, listed) = match target {
                // both servers at the same time
                Some(target) => {
                    tokio::join!(prepare(target, &hub, &to, lazy), source.list(&hub, &from))
                }
                None => (prepare(source, &hub, &to, lazy).await, source.list(&hub, &from).await),
            };
            let ((new, existing), listed) = match prepared.and_then(|ready| Ok((ready, listed?))) {
                Ok(ready) => ready,
                Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
                Err(failure) => {
                    let reason = failure.reason();
                    self.note_dir(&from, &to, &label, ItemState::Failed, &reason);
                    continue;
                }
            };
            if listed.unreadable > 0 {
                let lines = text::counted(listed.unreadable as u64, "line");
                let why =
                    format!("{lines} of its listing could not be read, so files may be missing");
                self.note_dir(&from, &to, &label, ItemState::Failed, &why);
            }
            let made = !(new && lazy);
            if new && made {
                self.was_made(&to, mode).await?;
            }
            // names that are still to come are no free names
            let renames = matches!(self.spec.rules.exists, Exists::Rename | Exists::Ask);
            let names = listed.entries.iter().filter(|_| renames).map(|entry| entry.name.clone());
            let reserved = names.collect();
            let mut folder = Folder { to, existing, reserved, made, trail, mode };
            self.directory(&from, &label, listed.entries, &mut folder, &mut pending).await?;
            if !pending.is_empty() {
                self.record.flush().await?; // the last ones go when the sessions are free
            }
            hub.inform(EngineMsg::Changed(folder.to));
        }
        Ok(())
    }

    /// Whether a directory of the target may be gone into; when not, that is noted.
    pub(super) async fn admits(&mut self, from: &Location, to: &Location, label: &str) -> bool {
        let (Some(sandbox), Location::Local(path)) = (&self.sandbox, to) else { return true };
        let Err(fault) = sandbox.admits(path).await else { return true };
        let failure = failure::of_fault(&fault);
        let item = NewItem::named(label, true, from.clone(), Some(to.clone()));
        let reason = Some(failure.reason());
        let ending = Ending { reason, ..Ending::default() };
        self.record.ended(item, ItemState::Failed, ending, Some(failure.kind));
        false
    }

    /// A directory of the target is new.
    pub(super) async fn was_made(
        &mut self,
        at: &Location,
        mode: Option<u32>,
    ) -> Result<(), Failure> {
        let (hub, job) = (self.hub.clone(), self.record.job());
        if let Some(mode) = mode {
            permit(self.target(), &hub, job, at, mode).await?;
        }
        if let Some(above) = at.parent() {
            hub.inform(EngineMsg::Changed(above));
        }
        Ok(())
    }

    /// The entries of one directory, as the rules order them.
    pub(super) async fn directory(
        &mut self,
        from: &Location,
        label: &str,
        entries: Vec<Entry>,
        folder: &mut Folder,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        let (mut firsts, mut others) = (Vec::new(), Vec::new());
        let mut names = HashSet::new();
        for entry in entries {
            if !names.insert(entry.name.clone()) {
                // an older version of it (VMS), which has no name of its own here
                continue;
            }
            let Some(at) = from.join(&entry.name) else {
                self.note(from, label, ItemState::Failed, "this machine cannot hold such a name");
                continue;
            };
            if entry.kind != Kind::Dir && self.record.has_seen(&at).await? {
                continue;
            }
            let label = format!("{label}/{}", text::visible(&entry.name));
            let (was_link, target) = (entry.kind == Kind::Link, entry.target.clone());
            if was_link && self.spec.tree.links == Links::Skip {
                let why = "it is a symbolic link, and links are not followed";
                self.note(&at, &label, ItemState::Skipped, why);
                continue;
            }
            let Some(entry) = self.resolved(entry, &at, &label).await? else { continue };
            let empty = entry.kind == Kind::File && entry.size == Some(0);
            let first = match self.path_filter.judge(&entry.name, entry.kind, empty) {
                FilterVerdict::Exclude(caught) => {
                    self.note(&at, &label, ItemState::Skipped, &caught.to_string());
                    continue;
                }
                judgement => judgement != FilterVerdict::Include,
            };
            let trail = match (entry.kind, was_link) {
                (Kind::Dir, true) => folder.trail.through_link(&entry.name, target.as_deref()),
                (Kind::Dir, false) => Some(folder.trail.into_dir(&entry.name)),
                _ => Some(folder.trail.clone()),
            };
            let Some(trail) = trail else {
                let why = "the link leads back to a directory above it";
                self.note(&at, &label, ItemState::Skipped, why);
                continue;
            };
            let list = if first { &mut firsts } else { &mut others };
            list.push((entry, at, label, trail));
        }
        let mut dirs = Vec::new();
        // each of them goes to the top of the queue: the last one first, so that they stand there
        // in their order
        for (entry, at, label, trail) in firsts.into_iter().rev() {
            let (entry, at, precedence) = (&entry, &at, Precedence::First);
            let step = Step { entry, at, name: &entry.name, label, precedence, trail };
            self.step(step, folder, &mut dirs).await?;
        }
        let first_dirs = std::mem::take(&mut dirs);
        for (entry, at, label, trail) in others {
            let (entry, at, precedence) = (&entry, &at, Precedence::Normal);
            let step = Step { entry, at, name: &entry.name, label, precedence, trail };
            self.step(step, folder, &mut dirs).await?;
        }
        pending.extend(dirs.into_iter().rev());
        pending.extend(first_dirs);
        Ok(())
    }

    /// What a link leads to; other entries as they are. `None` when it leads nowhere, which is
    /// noted.
    pub(super) async fn resolved(
        &mut self,
        entry: Entry,
        at: &Location,
        label: &str,
    ) -> Result<Option<Entry>, Failure> {
        if entry.kind != Kind::Link {
            return Ok(Some(entry));
        }
        let hub = self.hub.clone();
        match self.source.follow(&hub, at, &entry).await {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) => {
                self.note(at, label, ItemState::Skipped, "the symbolic link leads nowhere");
                Ok(None)
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            Err(failure) => {
                self.note(at, label, ItemState::Failed, &failure.reason());
                Ok(None)
            }
        }
    }

    /// One entry: a directory is kept for later, a file is decided on.
    pub(super) async fn step(
        &mut self,
        step: Step<'_>,
        folder: &mut Folder,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        let (at, label) = (step.at, &step.label);
        if !is_usable_name(step.name) {
            self.note(at, label, ItemState::Failed, "this name cannot be sent to a server");
            return Ok(());
        }
        let Some(to) = folder.to.join(step.name) else {
            self.note(at, label, ItemState::Failed, "this machine cannot hold such a name");
            return Ok(());
        };
        let same_site = at.same_site(&to);
        if same_site && at == &to {
            self.note(at, label, ItemState::Skipped, "source and target are the same");
            return Ok(());
        }
        let local_move = self.spec.kind == JobKind::Move && same_site;
        match step.entry.kind {
            Kind::Dir => {
                if let (Location::Remote { path: from, .. }, Location::Remote { path: to, .. }) =
                    (at, &to)
                    && same_site
                    && is_inside(to, from)
                {
                    self.note(at, label, ItemState::Failed, "a directory cannot go into itself");
                    return Ok(());
                }
                if local_move && !folder.existing.contains_key(step.name) {
                    return self.rename(at, &to, label, true).await;
                }
                let mode = self.spec.mode_for(step.entry);
                let Step { label, trail, .. } = step;
                pending.push(Pending { from: at.clone(), to, label, trail, mode });
                Ok(())
            }
            Kind::File => self.file(step, folder, to, local_move).await,
            Kind::Link => {
                self.note(at, label, ItemState::Skipped, "it is a symbolic link");
                Ok(())
            }
            Kind::Other => {
                self.note(at, label, ItemState::Skipped, "it is neither file nor directory");
                Ok(())
            }
        }
    }

    pub(super) async fn file(
        &mut self,
        step: Step<'_>,
        folder: &mut Folder,
        to: Location,
        local_move: bool,
    ) -> Result<(), Failure> {
        let Step { entry, at, name, label, precedence, .. } = step;
        let there = folder.existing.get(name);
        let mut rule = self.for_all.unwrap_or(self.spec.rules.exists);
        let taken =
            |name: &[u8]| folder.existing.contains_key(name) || folder.reserved.contains(name);
        let mut decision = decide(rule, entry, there, taken);
        if decision == Decision::Ask {
            rule = self.ask(&label, &to, entry, there).await?;
            decision = decide(rule, entry, there, taken);
        }
        let (to, replaces) = match decision {
            Decision::Copy { replaces } => (to, replaces),
            Decision::CopyAs(name) => match folder.to.join(&name) {
                Some(to) => {
                    folder.reserved.insert(name.into());
                    (to, false)
                }
                None => return Ok(()),
            },
            Decision::Skip(reason) => {
                self.note(at, &label, ItemState::Skipped, &reason);
                return Ok(());
            }
            // the safe answer, where nobody could be asked
            Decision::Ask => {
                self.note(at, &label, ItemState::Skipped, "it exists");
                return Ok(());
            }
        };
        if !folder.made {
            let hub = self.hub.clone();
            let new = self.target().make_dir(&hub, &folder.to).await?;
            folder.made = true;
            if new {
                self.was_made(&folder.to, folder.mode).await?;
            }
        }
        if local_move && !replaces {
            return self.rename(at, &to, &label, false).await;
        }
        let resumes = rule == Exists::Resume && replaces;
        let late = resumes && to.remote().is_some_and(|(site, _)| site.resume_last);
        let item = NewItem {
            label: label.into(),
            dir: false,
            source: at.clone(),
            target: Some(to),
            size: entry.size,
            modified: entry.mtime.filter(|stamp| stamp.utc),
            mode: self.spec.mode_for(entry),
            replaces,
            precedence: if late { Precedence::Last } else { precedence },
        };
        self.record.found(item);
        self.record.relieve().await?;
        Ok(())
    }

    /// Within one site a move is a rename.
    pub(super) async fn rename(
        &mut self,
        from: &Location,
        to: &Location,
        label: &str,
        dir: bool,
    ) -> Result<(), Failure> {
        let hub = self.hub.clone();
        let renamed = self.source.rename(&hub, from, to).await;
        let (state, reason) = match renamed {
            Ok(()) => (ItemState::Done, None),
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            Err(failure) => (ItemState::Failed, Some(failure.reason())),
        };
        for changed in [from.parent(), to.parent()].into_iter().flatten() {
            self.hub.inform(EngineMsg::Changed(changed));
        }
        self.over(from, Some(to.clone()), label, dir, state, reason);
        Ok(())
    }

    pub(super) fn note(&mut self, at: &Location, label: &str, state: ItemState, reason: &str) {
        self.over(at, None, label, false, state, Some(reason.to_owned()));
    }

    pub(super) fn note_dir(
        &mut self,
        from: &Location,
        to: &Location,
        label: &str,
        state: ItemState,
        why: &str,
    ) {
        self.over(from, Some(to.clone()), label, true, state, Some(why.to_owned()));
    }

    pub(super) fn over(
        &mut self,
        from: &Location,
        to: Option<Location>,
        label: &str,
        dir: bool,
        state: ItemState,
        reason: Option<String>,
    ) {
        let ending = Ending { reason, ..Ending::default() };
        let item = NewItem::named(label, dir, from.clone(), to);
        self.record.ended(item, state, ending, None);
    }
}

//! Walking a job's sources: directories are made at the target as they are met, and their files
//! go into the queue at once, so that the first ones fly while the tree is still being listed.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::base::path::is_usable_name;
use crate::base::{JobId, text};
use crate::engine::api::Failure;
use crate::engine::ends::{self, End};
use crate::engine::failure;
use crate::engine::hub::{Hub, cancelled};
use crate::engine::inside::{Inside, Purpose};
use crate::ftp::{Entry, Kind};
use crate::queue::decide::{decide, is_inside};
use crate::queue::{Decision, Ending, Exists, ItemState, JobKind, JobSpec, NewItem, Source};
use crate::site::Location;

/// Walks the sources of one job.
pub(super) struct Walker {
    hub: Arc<Hub>,
    job: JobId,
    spec: JobSpec,
    source: End,
    target: Option<End>,
    cancel: watch::Receiver<bool>,
    /// The user's answer for all further files.
    for_all: Option<Exists>,
}

/// A directory that is yet to be listed.
struct Pending {
    from: Location,
    to: Location,
    label: String,
}

impl Walker {
    /// Walks to the end and tells the engine so.
    pub(super) async fn run(
        hub: Arc<Hub>,
        job: JobId,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
    ) {
        let walked = async {
            let mut walker = Self::begin(hub.clone(), job, spec, cancel).await?;
            match walker.spec.kind {
                JobKind::Delete => walker.delete_all().await,
                JobKind::Copy | JobKind::Move => walker.copy_all().await,
            }
        };
        let failure = walked.await.err();
        hub.inform(Inside::Walked { job, failure });
    }

    async fn begin(
        hub: Arc<Hub>,
        job: JobId,
        spec: JobSpec,
        cancel: watch::Receiver<bool>,
    ) -> Result<Self, Failure> {
        let site_of = |at: &Location| at.remote().map(|(site, _)| site.clone());
        let source = spec.sources.first().and_then(|source| site_of(&source.at));
        let target = spec.target.as_ref().and_then(site_of);
        let mut sites: Vec<_> = source.iter().chain(target.iter()).cloned().collect();
        let shared = matches!((&source, &target), (Some(a), Some(b)) if a.key() == b.key());
        if shared {
            // one session lists both ends: what they say is never asked at the same time
            sites.truncate(1);
        }
        let mut leases = hub.borrow(sites, Purpose::Work).await?.into_iter();
        let mut end = |site: &Option<_>| match site {
            Some(_) => leases.next().map_or(End::Local, |lease| End::Remote(Box::new(lease))),
            None => End::Local,
        };
        let source = end(&source);
        let target = spec.target.is_some().then(|| if shared { None } else { Some(end(&target)) });
        Ok(Self { hub, job, spec, source, target: target.flatten(), cancel, for_all: None })
    }

    fn target(&mut self) -> &mut End {
        self.target.as_mut().unwrap_or(&mut self.source)
    }

    fn check_cancel(&self) -> Result<(), Failure> {
        if *self.cancel.borrow() { Err(cancelled()) } else { Ok(()) }
    }

    async fn copy_all(&mut self) -> Result<(), Failure> {
        let Some(target) = self.spec.target.clone() else {
            return Err(failure::usage("copy", "there is no target"));
        };
        ends::may_change(&target, "copy into it")?;
        let hub = self.hub.clone();
        let target = self.target().absolute(&hub, &target).await?;
        let (folder, rename_to) = if self.spec.rename_to {
            (ends::parent(&target).unwrap_or_else(|| target.clone()), Some(ends::name(&target)))
        } else {
            (target.clone(), None)
        };
        let new = self.make_folder(&folder).await?;
        let existing = if new { HashMap::new() } else { self.existing(&folder).await? };
        for source in self.spec.sources.clone() {
            self.check_cancel()?;
            let at = self.source.absolute(&hub, &source.at).await?;
            let source = Source { at, ..source };
            let name = rename_to.clone().unwrap_or_else(|| ends::name(&source.at));
            let label = text::visible(&ends::name(&source.at));
            if let Some(entry) = self.look(&source, &label).await? {
                let mut pending = Vec::new();
                self.entry(&entry, &source.at, &folder, &name, &existing, label, &mut pending)
                    .await?;
                self.trees(pending).await?;
            }
        }
        Ok(())
    }

    /// Makes the folder that receives the sources, unless it is there.
    async fn make_folder(&mut self, folder: &Location) -> Result<bool, Failure> {
        let hub = self.hub.clone();
        let is_root = matches!(folder, Location::Remote { path, .. } if path.is_root());
        if is_root {
            return Ok(false);
        }
        self.target().make_dir(&hub, folder).await
    }

    /// What a source is, if it is not known yet.
    async fn look(&mut self, source: &Source, label: &str) -> Result<Option<Entry>, Failure> {
        let name = ends::name(&source.at);
        if let (Some(kind), true) =
            (source.kind, source.kind == Some(Kind::Dir) || source.size.is_some())
        {
            let mut entry = Entry::new(name, kind);
            entry.size = source.size;
            return Ok(Some(entry));
        }
        let hub = self.hub.clone();
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
            Err(failure) if ends::is_fatal(&failure) => Err(failure),
            Err(failure) => {
                self.note(&source.at, label, ItemState::Failed, &failure::reason(&failure));
                Ok(None)
            }
        }
    }

    /// Directories, deepest last in, first out: memory grows with the depth and the width of one
    /// directory, not with the tree.
    async fn trees(&mut self, mut pending: Vec<Pending>) -> Result<(), Failure> {
        let hub = self.hub.clone();
        while let Some(Pending { from, to, label }) = pending.pop() {
            self.check_cancel()?;
            let prepared = async {
                let new = self.target().make_dir(&hub, &to).await?;
                if new && let Some(above) = ends::parent(&to) {
                    hub.inform(Inside::Changed(above));
                }
                let existing = if new { HashMap::new() } else { self.existing(&to).await? };
                let listed = self.source.list(&hub, &from).await?;
                Ok::<_, Failure>((existing, listed))
            };
            let (existing, listed) = match prepared.await {
                Ok(prepared) => prepared,
                Err(failure) if ends::is_fatal(&failure) => return Err(failure),
                Err(failure) => {
                    self.note_dir(
                        &from,
                        &to,
                        &label,
                        ItemState::Failed,
                        &failure::reason(&failure),
                    );
                    continue;
                }
            };
            if listed.unreadable > 0 {
                let lines = text::counted(listed.unreadable as u64, "line");
                self.note_dir(
                    &from,
                    &to,
                    &label,
                    ItemState::Failed,
                    &format!("{lines} of its listing could not be read, so files may be missing"),
                );
            }
            for entry in &listed.entries {
                let Some(at) = ends::child(&from, &entry.name) else { continue };
                let label = format!("{label}/{}", text::visible(&entry.name));
                self.entry(entry, &at, &to, &entry.name, &existing, label, &mut pending).await?;
            }
            hub.inform(Inside::Changed(to));
        }
        Ok(())
    }

    /// One entry: a directory is kept for later, a file is decided on.
    #[expect(clippy::too_many_arguments, reason = "an entry, where it is, where it goes")]
    async fn entry(
        &mut self,
        entry: &Entry,
        at: &Location,
        folder: &Location,
        name: &[u8],
        existing: &HashMap<Box<[u8]>, Entry>,
        label: String,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Failure> {
        if !is_usable_name(name) {
            self.note(at, &label, ItemState::Failed, "this name cannot be sent to a server");
            return Ok(());
        }
        let Some(to) = ends::child(folder, name) else {
            self.note(at, &label, ItemState::Failed, "this machine cannot hold such a name");
            return Ok(());
        };
        if ends::same_site(at, &to) && at == &to {
            self.note(at, &label, ItemState::Skipped, "source and target are the same");
            return Ok(());
        }
        let local_move = self.spec.kind == JobKind::Move && ends::same_site(at, &to);
        match entry.kind {
            Kind::Dir => {
                if let (Location::Remote { path: from, .. }, Location::Remote { path: to, .. }) =
                    (at, &to)
                    && ends::same_site(at, folder)
                    && is_inside(to, from)
                {
                    self.note(at, &label, ItemState::Failed, "a directory cannot go into itself");
                    return Ok(());
                }
                if local_move && !existing.contains_key(name) {
                    return self.rename(at, &to, &label, true).await;
                }
                pending.push(Pending { from: at.clone(), to, label });
                Ok(())
            }
            Kind::File => self.file(entry, at, folder, &to, existing, label, local_move).await,
            Kind::Link => {
                self.note(at, &label, ItemState::Skipped, "it is a symbolic link");
                Ok(())
            }
            Kind::Other => {
                self.note(at, &label, ItemState::Skipped, "it is neither file nor directory");
                Ok(())
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an entry, where it is, where it goes")]
    async fn file(
        &mut self,
        entry: &Entry,
        at: &Location,
        folder: &Location,
        to: &Location,
        existing: &HashMap<Box<[u8]>, Entry>,
        label: String,
        local_move: bool,
    ) -> Result<(), Failure> {
        let name = ends::name(to);
        let there = existing.get(name.as_slice());
        let rule = self.for_all.unwrap_or(self.spec.rules.exists);
        let taken = |name: &[u8]| existing.contains_key(name);
        let mut decision = decide(rule, entry, there, taken);
        if decision == Decision::Ask {
            let chosen = self.ask(&label, to, entry, there).await?;
            decision = decide(chosen, entry, there, taken);
        }
        let (to, replaces) = match decision {
            Decision::Go { replaces } => (to.clone(), replaces),
            Decision::As(name) => match ends::child(folder, &name) {
                Some(to) => (to, false),
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
        if local_move && !replaces {
            return self.rename(at, &to, &label, false).await;
        }
        let item = NewItem {
            label: label.into(),
            dir: false,
            source: at.clone(),
            target: Some(to),
            size: entry.size,
            modified: entry.mtime.filter(|stamp| stamp.utc),
            replaces,
        };
        self.hub.inform(Inside::Found { job: self.job, item });
        Ok(())
    }

    /// Within one site a move is a rename.
    async fn rename(
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
            Err(failure) if ends::is_fatal(&failure) => return Err(failure),
            Err(failure) => (ItemState::Failed, Some(failure::reason(&failure))),
        };
        for changed in [ends::parent(from), ends::parent(to)].into_iter().flatten() {
            self.hub.inform(Inside::Changed(changed));
        }
        self.over(from, Some(to.clone()), label, dir, state, reason);
        Ok(())
    }

    async fn ask(
        &mut self,
        label: &str,
        to: &Location,
        new: &Entry,
        old: Option<&Entry>,
    ) -> Result<Exists, Failure> {
        let about = |entry: &Entry| {
            let size = entry.size.map(crate::base::size::bytes).unwrap_or_default();
            let time = entry.mtime.map(|stamp| stamp.to_string()).unwrap_or_default();
            format!("{size} {time}").trim().to_owned()
        };
        let old = old.map(about).unwrap_or_default();
        let question = format!("{to} exists ({old}). Replace it by {label} ({})?", about(new));
        let choices = ["Skip", "Overwrite", "Keep both", "Skip all", "Overwrite all", "Newer only"];
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        let answer = self.hub.ask(question, choices).await;
        let (rule, all) = match answer {
            Some(1) => (Exists::Overwrite, false),
            Some(2) => (Exists::Rename, false),
            Some(3) => (Exists::Skip, true),
            Some(4) => (Exists::Overwrite, true),
            Some(5) => (Exists::Newer, true),
            _ => (Exists::Skip, false),
        };
        if all {
            self.for_all = Some(rule);
        }
        Ok(rule)
    }

    /// What is in the target's directory, by name.
    async fn existing(&mut self, at: &Location) -> Result<HashMap<Box<[u8]>, Entry>, Failure> {
        let hub = self.hub.clone();
        let listed = self.target().list(&hub, at).await?;
        Ok(listed.entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect())
    }

    async fn delete_all(&mut self) -> Result<(), Failure> {
        let hub = self.hub.clone();
        for source in self.spec.sources.clone() {
            self.check_cancel()?;
            ends::may_change(&source.at, "delete there")?;
            let at = self.source.absolute(&hub, &source.at).await?;
            let source = Source { at, size: Some(0), ..source };
            let label = text::visible(&ends::name(&source.at));
            let Some(entry) = self.look(&source, &label).await? else { continue };
            self.delete(&source.at, entry.kind == Kind::Dir, label).await?;
            if let Some(parent) = ends::parent(&source.at) {
                hub.inform(Inside::Changed(parent));
            }
        }
        Ok(())
    }

    /// Deletes a tree, what is inside first.
    async fn delete(&mut self, at: &Location, dir: bool, label: String) -> Result<(), Failure> {
        let hub = self.hub.clone();
        // (place, label, directory whose inside is done)
        let mut stack = vec![(at.clone(), label, dir, false)];
        while let Some((at, label, dir, emptied)) = stack.pop() {
            self.check_cancel()?;
            if dir && !emptied {
                match self.source.list(&hub, &at).await {
                    Ok(listed) => {
                        stack.push((at.clone(), label.clone(), true, true));
                        for entry in &listed.entries {
                            if let Some(child) = ends::child(&at, &entry.name) {
                                let label = format!("{label}/{}", text::visible(&entry.name));
                                stack.push((child, label, entry.kind == Kind::Dir, false));
                            }
                        }
                    }
                    Err(failure) if ends::is_fatal(&failure) => return Err(failure),
                    Err(failure) => {
                        let reason = Some(failure::reason(&failure));
                        self.over(&at, None, &label, true, ItemState::Failed, reason);
                    }
                }
                continue;
            }
            let (state, reason) = match self.source.remove(&hub, &at, dir).await {
                Ok(()) => (ItemState::Done, None),
                Err(failure) if ends::is_fatal(&failure) => return Err(failure),
                Err(failure) => (ItemState::Failed, Some(failure::reason(&failure))),
            };
            self.over(&at, None, &label, dir, state, reason);
        }
        Ok(())
    }

    fn note(&self, at: &Location, label: &str, state: ItemState, reason: &str) {
        self.over(at, None, label, false, state, Some(reason.to_owned()));
    }

    fn note_dir(&self, from: &Location, to: &Location, label: &str, state: ItemState, why: &str) {
        self.over(from, Some(to.clone()), label, true, state, Some(why.to_owned()));
    }

    fn over(
        &self,
        from: &Location,
        to: Option<Location>,
        label: &str,
        dir: bool,
        state: ItemState,
        reason: Option<String>,
    ) {
        let item = NewItem {
            label: label.into(),
            dir,
            source: from.clone(),
            target: to,
            size: None,
            modified: None,
            replaces: false,
        };
        let ending = Ending { verified: "none", reason, ..Ending::default() };
        self.hub.inform(Inside::Noted { job: self.job, item, state, ending, failure: None });
    }
}

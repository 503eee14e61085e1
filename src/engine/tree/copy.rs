//! Copying and moving: which files go, by the rule for targets that exist.

use std::collections::HashMap;

use crate::base::path::is_usable_name;
use crate::base::text;
use crate::engine::api::Failure;
use crate::engine::message::EngineMsg;
use crate::engine::tree::symlinks::Trail;
use crate::engine::tree::target::{Made, Opened, Opening, TargetDir};
use crate::engine::tree::walk::{DirPair, Found, TreeWalk, by_name};
use crate::engine::{endpoint, failure, question};
use crate::ftp::{Entry, Kind};
use crate::queue::decide::is_inside;
use crate::queue::{Decision, Exists, ItemState, JobKind, Precedence, Source};
use crate::session::Presence;
use crate::site::Location;

const SAME_NAME: &str = "another source of this job has the same name; copy it after that one is \
                         done, or to another directory";

impl TreeWalk {
    /// Copies all sources.
    pub(super) async fn copy_sources(&mut self) -> Result<(), Failure> {
        let Some(target) = self.spec.target.clone() else {
            return Err(failure::usage("copy", "there is no target"));
        };
        endpoint::check_writable(&target, "copy into it")?;
        let context = self.context.clone();
        self.log_in().await?;
        let target = self.target().absolute(&context, &target).await?;
        let (folder, rename_to) = if self.spec.rename_to {
            (target.parent().unwrap_or_else(|| target.clone()), Some(target.name().to_vec()))
        } else {
            (target.clone(), None)
        };
        self.sweep(&folder, rename_to.as_deref()).await?;
        let opened = match rename_to {
            // one name matters, and of a directory not even that
            Some(_) => Opened::empty(Made::Before),
            None => self.receiving(&folder).await?,
        };
        let mut dir = TargetDir::new(folder.clone(), folder, Vec::new(), opened, None);
        dir.made = Made::Before;
        let mut given: HashMap<Vec<u8>, Location> = HashMap::new();
        for source in self.spec.sources.clone() {
            self.check_cancel()?;
            let at = self.source.absolute(&context, &source.at).await?;
            let source = Source { at, ..source };
            let (at, below) = (&source.at, source.at.name().to_vec());
            let name = rename_to.clone().unwrap_or_else(|| below.clone());
            let Some(entry) = self.look(&source).await? else { continue };
            let is_link = self.spec.kind == JobKind::Move && self.is_link(&entry, at).await?;
            // what was chosen by hand is taken, a link as what it leads to
            let Some(entry) = self.resolved(entry, at, &below).await? else { continue };
            let taken = given.insert(name.clone(), at.clone());
            if entry.kind != Kind::Dir && self.sink.has_seen(at).await? {
                continue;
            }
            if let Some(other) = taken {
                let renames = self.for_all.unwrap_or(self.spec.rules.exists) == Exists::Rename;
                if other == *at {
                    self.skip(at, &below, &entry, ItemState::Skipped, "it was named twice").await?;
                    continue;
                }
                if !renames || entry.kind != Kind::File {
                    self.skip(at, &below, &entry, ItemState::Failed, SAME_NAME).await?;
                    continue;
                }
                // as if the other one had arrived already
                dir.existing.insert(name.as_slice().into(), entry.clone());
            }
            if rename_to.is_some() {
                let opened = self.names_beside(&entry, &target, &dir.to).await?;
                (dir.existing, dir.completeness) = (by_name(opened.entries), opened.completeness);
            }
            let Some(to) = dir.to.join(&name).filter(|_| is_usable_name(&name)) else {
                let why = "this name cannot be sent to a server, or kept on this machine";
                self.skip(at, &below, &entry, ItemState::Failed, why).await?;
                continue;
            };
            let (trail, precedence) = (Trail::top(at.path_bytes()), Precedence::Normal);
            let found = Found { entry, at: source.at, to, below, precedence, trail, is_link };
            let mut dirs = Vec::new();
            self.copy_entry(found, &mut dir, &mut dirs).await?;
            if let Some(top) = dirs.pop() {
                // the last files of the tree before it wait no longer
                self.sink.flush().await?;
                if let Some(job) = self.sink.job() {
                    context.send(EngineMsg::DirectoryFound(job));
                }
                self.descend(top).await?;
            }
        }
        Ok(())
    }

    /// What a source is, if that is not known yet; `None` when it cannot be found out, which is
    /// reported.
    pub(super) async fn look(&mut self, source: &Source) -> Result<Option<Entry>, Failure> {
        let name = source.at.name();
        let context = self.context.clone();
        let enough = !self.spec.keeps_permissions();
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
            entry.mtime = self.source.modified(&context, &source.at).await?;
            if entry.mtime.is_some() {
                return Ok(Some(entry));
            }
        }
        let why = match self.source.stat(&context, &source.at).await {
            Ok(Some(entry)) => return Ok(Some(entry)),
            Ok(None) => "there is no such file or directory".to_owned(),
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            Err(failure) => failure.reason(),
        };
        self.ended(&source.at, None, name, false, ItemState::Failed, Some(why));
        Ok(None)
    }

    /// Whether a source is a symbolic link, also where the server reports it as the directory that
    /// it leads to.
    pub(super) async fn is_link(&mut self, entry: &Entry, at: &Location) -> Result<bool, Failure> {
        if entry.kind != Kind::Dir || at.remote().is_none() {
            return Ok(entry.kind == Kind::Link);
        }
        let Some(above) = at.parent() else { return Ok(false) };
        let context = self.context.clone();
        match self.source.list_with_links(&context, &above).await {
            Ok(listed) => {
                let mut links = listed.entries.iter().filter(|entry| entry.kind == Kind::Link);
                Ok(links.any(|link| *link.name == *at.name()))
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            // a directory that may not be listed shows no links
            Err(_) => Ok(false),
        }
    }

    /// One entry: a directory is kept for later, a file is decided on. Within one site a move is a
    /// rename.
    pub(super) async fn copy_entry(
        &mut self,
        found: Found,
        dir: &mut TargetDir,
        dirs: &mut Vec<DirPair>,
    ) -> Result<(), Failure> {
        let Found { entry, at, to, below, .. } = &found;
        let same_site = at.same_site(to);
        let renames = self.spec.kind == JobKind::Move && same_site;
        let why = match entry.kind {
            _ if same_site && at == to => "source and target are the same",
            Kind::Dir if same_site && is_inside(&to.to_remote_path(), &at.to_remote_path()) => {
                let why = "a directory cannot go into itself";
                return self.skip(at, below, entry, ItemState::Failed, why).await;
            }
            Kind::Dir if renames && self.there(to, dir).await? == Presence::Absent => {
                return self.rename(&found, true).await;
            }
            Kind::Dir if found.is_link && self.spec.kind == JobKind::Move => {
                let why = "it is a symbolic link to a directory, which a move does not go through; \
                           copy it instead";
                return self.skip(at, below, entry, ItemState::Failed, why).await;
            }
            Kind::Dir => {
                let lazy = self.path_filter.skips_empty_dirs();
                let opening = if lazy { Opening::Look } else { Opening::Make };
                dirs.push(self.pair(found, opening, dir));
                return Ok(());
            }
            Kind::File => return self.copy_file(found, dir, renames).await,
            Kind::Link => "it is a symbolic link",
            Kind::Other => "it is neither file nor directory",
        };
        self.skip(at, below, entry, ItemState::Skipped, why).await
    }

    /// A directory for later.
    pub(super) fn pair(&self, found: Found, opening: Opening, above: &TargetDir) -> DirPair {
        let mode = self.spec.mode_for(&found.entry);
        let Found { at: from, to, below, trail, .. } = found;
        DirPair { from, to, below, opening, mode, trail, keeps_all: above.keeps_all }
    }

    async fn copy_file(
        &mut self,
        mut found: Found,
        dir: &mut TargetDir,
        renames: bool,
    ) -> Result<(), Failure> {
        let unknown_entry = Entry::new(found.to.name(), Kind::File);
        let (there, mut unknown) = match self.there(&found.to, dir).await? {
            Presence::Present(entry) => (Some(entry), None),
            Presence::Absent => (None, None),
            // it may exist: no rule that would keep it is broken
            Presence::Unknown(reply) => (Some(unknown_entry), Some(reply)),
        };
        let mut rule = self.for_all.unwrap_or(self.spec.rules.exists);
        let mut decision = dir.decide(rule, &found.entry, there.as_ref());
        if decision == Decision::Ask {
            rule = self.ask(&found, there.as_ref()).await?;
            decision = dir.decide(rule, &found.entry, there.as_ref());
        }
        while let (Decision::CopyAs(name), None) = (&decision, &unknown) {
            let Some(to) = dir.to.join(name) else { return Ok(()) };
            dir.reserved.insert(name.as_slice().into());
            match self.there(&to, dir).await? {
                Presence::Absent => {
                    found.to = to;
                    decision = Decision::Copy { replaces: false };
                }
                Presence::Present(_) => {
                    decision = dir.decide(rule, &found.entry, there.as_ref());
                }
                Presence::Unknown(reply) => unknown = Some(reply),
            }
        }
        let Found { entry, at, below, .. } = &found;
        let replaces = match (decision, unknown) {
            (Decision::Copy { replaces }, _) => replaces,
            (Decision::Skip(_) | Decision::CopyAs(_), Some(reply)) => {
                let why = format!("the server does not say whether it exists: {}", reply.shown());
                return self.skip(at, below, entry, ItemState::Failed, &why).await;
            }
            (Decision::Skip(why), None) => {
                return self.skip(at, below, entry, ItemState::Skipped, &why).await;
            }
            // the safe answer when not interactive
            (Decision::Ask | Decision::CopyAs(_), _) => {
                return self.skip(at, below, entry, ItemState::Skipped, "it exists").await;
            }
        };
        if !self.make(dir).await? {
            return Ok(());
        }
        if renames && !replaces {
            return self.rename(&found, false).await;
        }
        let resumes = rule == Exists::Resume && replaces;
        if resumes && found.to.site().is_some_and(|site| site.resume_last) {
            found.precedence = Precedence::Last;
        }
        self.queue(found, replaces).await
    }

    /// What to do with a file whose target exists; the answer may hold for all further ones.
    async fn ask(&mut self, found: &Found, there: Option<&Entry>) -> Result<Exists, Failure> {
        // what was found before is copied while the user thinks
        self.sink.finish().await?;
        let label = text::visible(&found.below);
        let (rule, all) =
            question::ask_exists(&self.context, &label, &found.to, &found.entry, there).await;
        if all {
            self.for_all = Some(rule);
        }
        Ok(rule)
    }

    async fn rename(&mut self, found: &Found, dir: bool) -> Result<(), Failure> {
        let context = self.context.clone();
        let Found { at, to, below, .. } = found;
        let (state, reason) = match self.source.rename(&context, at, to).await {
            Ok(()) => (ItemState::Done, None),
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            Err(failure) => (ItemState::Failed, Some(failure.reason())),
        };
        for changed in [at.parent(), to.parent()].into_iter().flatten() {
            context.send(EngineMsg::DirectoryChanged(changed));
        }
        self.ended(at, Some(to), below, dir, state, reason);
        Ok(())
    }
}

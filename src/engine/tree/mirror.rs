//! Mirrors: making a directory tree like another one.
//!
//! A file to copy goes into the queue at once. What will be deleted is kept until all is
//! listed: nothing is deleted when a single listing of the source is not known to be complete, and
//! nothing in or below a directory of the target whose own listing is not.

use std::collections::{HashMap, HashSet};

use crate::base::RemotePath;
use crate::engine::api::{Failure, PlanAction};
use crate::engine::endpoint::Listed;
use crate::engine::failure;
use crate::engine::message::EngineMsg;
use crate::engine::recovery::leftovers;
use crate::engine::tree::delete::Doomed;
use crate::engine::tree::sink::Sink;
use crate::engine::tree::symlinks::Trail;
use crate::engine::tree::target::{Made, Opened, Opening, TargetDir};
use crate::engine::tree::walk::{DirPair, Found, TreeWalk};
use crate::ftp::listing::Completeness;
use crate::ftp::{Entry, Kind};
use crate::queue::sync::{Comparer, MirrorStep, SourceNames};
use crate::queue::{Deletes, ItemState, JobKind, JobSpec};
use crate::session::Presence;
use crate::site::Location;

/// An entry that only the target has.
pub(super) struct Extraneous {
    entry: Entry,
    /// Why it is not deleted all the same.
    kept: Option<&'static str>,
}

/// What a mirror knows besides its pending directories.
pub(super) struct MirrorState {
    comparer: Comparer,
    /// Why the source may have more than its listings show; nothing is deleted then.
    pub(super) doubt: Option<String>,
    /// Files that are the same already.
    pub(super) same: u64,
    /// What is at the target only.
    pub(super) extraneous: Vec<Doomed>,
    /// Partial files at the target: under which name, and of which file.
    partials: HashMap<RemotePath, RemotePath>,
}

impl MirrorState {
    /// The state before the first listing; also for other kinds of jobs, which leave it alone.
    ///
    /// # Errors
    /// When this mirror is not possible.
    pub(super) fn new(spec: &JobSpec) -> Result<Self, Failure> {
        if spec.kind == JobKind::Mirror {
            let (Some(from), Some(to)) = (spec.sources.first(), &spec.target) else {
                return Err(failure::usage("mirror", "source and target are needed"));
            };
            if from.at.remote().is_none() && to.remote().is_none() {
                return Err(failure::usage("mirror", "both ends are on this machine; use rsync"));
            }
        }
        Ok(Self {
            comparer: Comparer { compare: spec.tree.compare, keeps_times: false },
            doubt: None,
            same: 0,
            extraneous: Vec::new(),
            partials: HashMap::new(),
        })
    }

    /// A directory of the source may have more than its listing shows.
    pub(super) fn doubt(&mut self, at: &Location, why: &str) {
        self.doubt.get_or_insert_with(|| format!("{}: {why}", at.path_text()));
    }
}

impl TreeWalk {
    /// Mirrors the source, and deletes at the end.
    pub(super) async fn mirror_top(&mut self) -> Result<(), Failure> {
        let context = self.context.clone();
        let (Some(from), Some(to)) = (self.spec.sources.first().cloned(), self.spec.target.clone())
        else {
            return Err(failure::usage("mirror", "source and target are needed"));
        };
        let from = self.source.absolute(&context, &from.at).await?;
        let to = self.target().absolute(&context, &to).await?;
        if from.overlaps(&to) {
            return Err(failure::usage("mirror", "one of the two directories lies in the other"));
        }
        let left = leftovers::of_ended_runs(&context, &to).await;
        self.mirror.partials = leftovers::partials(&context, &to, &left).await;
        if let Some(job) = self.sink.job() {
            leftovers::sweep(&context, job, self.target(), left, std::slice::from_ref(&to)).await?;
        }
        self.mirror.comparer.keeps_times = self.target().can_set_times(&context).await?;
        let new = match self.target().stat(&context, &to).await?.map(|entry| entry.kind) {
            None => !to.is_root(),
            // what a link leads to shows when it is listed
            Some(Kind::Dir | Kind::Link) => false,
            Some(_) => {
                return Err(failure::usage("mirror", format!("{to} is not a directory")));
            }
        };
        let top = match new && self.spec.keeps_permissions() {
            true => self.source.stat(&context, &from).await?,
            false => None,
        };
        let opening = if new { Opening::Absent } else { Opening::Present };
        let mode = top.and_then(|top| self.spec.mode_for(&top));
        let trail = Trail::top(from.path_bytes());
        let (below, keeps_all) = (Vec::new(), false);
        self.descend(DirPair { from, to, below, opening, mode, trail, keeps_all }).await?;
        self.delete_extraneous().await?;
        if let Some(job) = self.sink.job() {
            context.send(EngineMsg::Same { job, files: self.mirror.same });
        }
        Ok(())
    }

    /// One entry, compared with what the target has there.
    pub(super) async fn compare_entry(
        &mut self,
        found: Found,
        dir: &mut TargetDir,
        dirs: &mut Vec<DirPair>,
    ) -> Result<(), Failure> {
        let Found { entry, at, to, below, .. } = &found;
        let (there, unknown) = match self.there(to, dir).await? {
            Presence::Present(entry) => (Some(entry), false),
            Presence::Absent => (None, false),
            Presence::Unknown(_) => (None, true),
        };
        let mut step = self.mirror.comparer.judge(entry, there.as_ref());
        if let (MirrorStep::CompareChecksum, Some(there)) = (&step, &there) {
            let same = self.same_content(at, to, entry.size.or(there.size)).await?;
            if let (None, Some(job)) = (same, self.sink.job()) {
                let text = "no checksum in common with the source: the content is unknown";
                self.context.note_once(job, to.label(), text.to_owned());
            }
            step = self.mirror.comparer.by_checksum(entry, there, same);
        }
        match step {
            MirrorStep::Enter { new } => {
                let opening = match (new, unknown) {
                    (true, false) => Opening::Absent,
                    (true, true) => Opening::Look,
                    (false, _) => Opening::Present,
                };
                dirs.push(self.pair(found, opening, dir));
                Ok(())
            }
            MirrorStep::Copy { replaces, reason } => {
                if !self.make(dir).await? {
                    return Ok(());
                }
                self.sink.plan(PlanAction::Copy, below, false, entry.size, &reason).await?;
                if self.sink.has_seen(at).await? {
                    return Ok(());
                }
                // under a temporary name, so that no file is truncated that the listing hides
                self.queue(found, replaces || unknown).await
            }
            MirrorStep::Same(why) => {
                self.mirror.same += 1;
                self.sink.plan(PlanAction::Same, below, false, entry.size, why).await
            }
            MirrorStep::Conflict(why) => {
                let state = match entry.kind {
                    Kind::File | Kind::Dir => ItemState::Failed,
                    _ => ItemState::Skipped,
                };
                self.skip(at, below, entry, state, why).await
            }
            // judged above
            MirrorStep::CompareChecksum => Ok(()),
        }
    }

    /// True when what is at the target only will be deleted.
    pub(super) fn deletes_extraneous(&self) -> bool {
        self.is_mirror() && self.spec.tree.delete != Deletes::No
    }

    /// What of the target the source does not have, with why it must stay if it must. A partial
    /// file is not extraneous while its file will be copied: the copy resumes it.
    pub(super) fn extraneous(
        &self,
        source: &Listed,
        target: &Opened,
        to: &Location,
    ) -> Vec<Extraneous> {
        if !self.deletes_extraneous() {
            return Vec::new();
        }
        let names: HashSet<&[u8]> = source.entries.iter().map(|entry| &*entry.name).collect();
        let is_needed = |entry: &Entry| {
            let at = to.join(&entry.name).map(|at| at.to_remote_path());
            let whole = at.and_then(|at| self.mirror.partials.get(&at));
            whole.is_some_and(|whole| names.contains(whole.name()))
        };
        let mut left = missing(&names, &target.entries);
        left.retain(|entry| self.mirror.partials.is_empty() || !is_needed(entry));
        let listed: HashSet<&[u8]> = target.entries.iter().map(|entry| &*entry.name).collect();
        let known = SourceNames::new(names.iter().map(|name| (*name, listed.contains(name))));
        let protected = |entry: Entry| Extraneous { kept: known.protects(&entry.name), entry };
        left.into_iter().map(protected).collect()
    }

    /// Keeps what is at the target only, unless a rule protects it, until all is listed. What the
    /// source may have, and what is in a listing that is not complete, stays.
    pub(super) async fn keep_extraneous(
        &mut self,
        left: Vec<Extraneous>,
        dir: &mut TargetDir,
        source: &Completeness,
    ) -> Result<(), Failure> {
        if !self.deletes_extraneous() {
            return Ok(());
        }
        if let Some(why) = dir.completeness.fault().filter(|_| dir.made == Made::Before) {
            let why = format!("nothing is deleted in it: {why}");
            dir.keeps_all = true;
            self.dir_failed(&dir.to, &dir.to, &dir.below, &why, None).await?;
        }
        if dir.keeps_all {
            return Ok(());
        }
        for Extraneous { entry, kept } in left {
            let Some(doomed) = self.doomed(&entry, &dir.to, dir.below(&entry.name)) else {
                continue;
            };
            if let Some(why) = kept {
                let (at, below) = (doomed.at(), dir.below(&entry.name));
                self.skip(at, &below, &entry, ItemState::Skipped, why).await?;
                continue;
            }
            // after a doubt nothing is deleted at all, which is reported once
            if source.doubt().is_some() || source.proves_absent(&entry.name) {
                self.mirror.extraneous.push(doomed);
            } else {
                let why = "it stays: the source's server may hide names that begin with a dot";
                let (at, below) = (doomed.at(), dir.below(&entry.name));
                self.skip(at, &below, &entry, ItemState::Skipped, why).await?;
            }
        }
        Ok(())
    }

    /// True when this is a dry run.
    pub(super) fn is_dry(&self) -> bool {
        matches!(self.sink, Sink::Plan(_))
    }
}

/// Entries under other names than these, each name once.
fn missing(names: &HashSet<&[u8]>, target: &[Entry]) -> Vec<Entry> {
    let mut seen = HashSet::new();
    let missing = target.iter().filter(|entry| !names.contains(&*entry.name));
    missing.filter(|entry| seen.insert(&*entry.name)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn only_names_that_the_source_does_not_have_are_extraneous(
            source in proptest::collection::hash_set("[a-d]{1,2}", 0..8),
            target in proptest::collection::vec("[a-d]{1,2}", 0..8),
        ) {
            let names = source.iter().map(String::as_bytes).collect();
            let entries = target.iter().map(|name| Entry::new(name.as_bytes(), Kind::File));
            let mut left = missing(&names, &entries.collect::<Vec<_>>());
            left.sort_by(|a, b| a.name.cmp(&b.name));
            let only: std::collections::BTreeSet<&[u8]> =
                target.iter().filter(|name| !source.contains(*name)).map(|n| n.as_bytes()).collect();
            prop_assert!(left.iter().map(|entry| &*entry.name).eq(only));
        }
    }
}

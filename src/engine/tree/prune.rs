//! What a mirror deletes: counted, asked about, and only when the source was listed whole.

use std::pin::Pin;

use crate::base::path::is_usable_name;
use crate::base::text;
use crate::engine::api::{Failure, PlanAction};
use crate::engine::endpoint;
use crate::engine::message::EngineMsg;
use crate::engine::tree::mirror::{Doomed, Folder, Mirror, Out};
use crate::ftp::{Entry, Kind};
use crate::queue::{Deletes, FilterVerdict, ItemState};
use crate::site::Location;

/// Directories deeper than this are not deleted: no person made them.
const DEEPEST: usize = 250;

/// What is done with what is at the target only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// It is told.
    Tell,
    /// It is counted.
    Count,
    /// It is deleted.
    Delete,
}

/// Files and directories.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct VersionedTotals {
    pub(super) files: u64,
    pub(super) dirs: u64,
}

impl Mirror {
    /// Keeps what is at the target only, unless a rule protects it, until all is listed.
    pub(super) fn poison(&mut self, left: Vec<Entry>, folder: &Folder) {
        if self.spec.tree.delete == Deletes::No {
            return;
        }
        for entry in left {
            if let Some(doomed) = self.doomed(&entry, &folder.to, &folder.below) {
                self.doomed.push(doomed);
            }
        }
    }

    /// A part that is kept of a file that is to be copied is not at the target only: the copy goes
    /// on with it.
    pub(super) fn spare_parts(
        &self,
        left: &mut Vec<Entry>,
        pairs: &[(Entry, Option<Entry>)],
        folder: &Folder,
    ) {
        if self.parts.is_empty() {
            return;
        }
        left.retain(|entry| {
            let at = folder.to.join(&entry.name).map(|at| at.to_remote_path());
            let whole = at.and_then(|at| self.parts.get(&at));
            !whole.is_some_and(|whole| pairs.iter().any(|(file, _)| *file.name == *whole.name()))
        });
    }

    /// `None` for what stays: names that the rules leave out are left alone on both sides.
    fn doomed(&self, entry: &Entry, folder: &Location, below: &[u8]) -> Option<Doomed> {
        if !is_usable_name(&entry.name) {
            return None;
        }
        // what would not be copied because it is empty is nobody's to keep
        if let FilterVerdict::Exclude(_) = self.path_filter.judge(&entry.name, entry.kind, false) {
            return None;
        }
        let dir = entry.kind == Kind::Dir;
        let slash: &[u8] = if dir { b"/" } else { b"" };
        let below = [below, &*entry.name, slash].concat();
        Some(Doomed { at: folder.join(&entry.name)?, below, dir })
    }

    /// Tells, or counts, asks and deletes.
    pub(in crate::engine) async fn delete(&mut self) -> Result<(), Failure> {
        let doomed = std::mem::take(&mut self.doomed);
        if doomed.is_empty() {
            return Ok(());
        }
        if !self.complete {
            let why = "nothing is deleted, because the source could not be listed whole";
            let Some(target) = self.spec.target.clone() else { return Ok(()) };
            return self.trouble(&target, &target, b"", why).await;
        }
        let mut counted = VersionedTotals::default();
        if matches!(self.out, Out::Plan(_)) {
            return self.all(doomed, Act::Tell, &mut counted).await;
        }
        if self.spec.tree.delete == Deletes::Ask {
            let copy = doomed.iter().map(Doomed::again).collect();
            self.all(copy, Act::Count, &mut counted).await?;
            if let Out::Job(record) = &mut self.out {
                // what was found before flies while the user thinks
                record.finish().await?;
            }
            if !self.asked(counted).await {
                return Ok(());
            }
        }
        self.all(doomed, Act::Delete, &mut counted).await
    }

    async fn asked(&self, counted: VersionedTotals) -> bool {
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

    async fn all(
        &mut self,
        doomed: Vec<Doomed>,
        act: Act,
        counted: &mut VersionedTotals,
    ) -> Result<(), Failure> {
        for one in doomed {
            self.one(one, act, counted, 0).await?;
        }
        Ok(())
    }

    /// One entry with all that is in it; true when nothing of it is left.
    fn one<'a>(
        &'a mut self,
        doomed: Doomed,
        act: Act,
        counted: &'a mut VersionedTotals,
        depth: usize,
    ) -> Pin<Box<dyn Future<Output = Result<bool, Failure>> + Send + 'a>> {
        Box::pin(async move {
            self.check_cancel()?;
            if doomed.dir && !self.inside(&doomed, act, counted, depth).await? {
                return Ok(false);
            }
            let Doomed { at, below, dir } = doomed;
            match act {
                Act::Count if dir => counted.dirs += 1,
                Act::Count => counted.files += 1,
                Act::Tell => {
                    let kind = if dir { Kind::Dir } else { Kind::File };
                    let entry = Entry::new(*b"", kind);
                    self.emit(PlanAction::Delete, &below, &entry, "it is not at the source")
                        .await?;
                }
                Act::Delete => {
                    let context = self.context.clone();
                    if let Err(failure) = self.target().remove(&context, &at, dir).await {
                        if endpoint::is_fatal(&failure) {
                            return Err(failure);
                        }
                        let why = Some(failure.reason());
                        self.note(&at, None, &below, dir, ItemState::Failed, why);
                        return Ok(false);
                    }
                    self.note(&at, None, &below, dir, ItemState::Done, None);
                    if let Some(above) = at.parent() {
                        context.send(EngineMsg::DirectoryChanged(above));
                    }
                }
            }
            Ok(true)
        })
    }

    /// All that is in a directory; true when nothing of it is left.
    async fn inside(
        &mut self,
        doomed: &Doomed,
        act: Act,
        counted: &mut VersionedTotals,
        depth: usize,
    ) -> Result<bool, Failure> {
        let Doomed { at, below, .. } = doomed;
        let context = self.context.clone();
        let why = match self.target().list(&context, at).await {
            Ok(_) if depth >= DEEPEST => "it is too deep to be deleted".to_owned(),
            Ok(listed) => {
                let mut gone = listed.unreadable == 0;
                for entry in listed.entries {
                    gone &= match self.doomed(&entry, at, below) {
                        Some(child) => self.one(child, act, counted, depth + 1).await?,
                        None => false,
                    };
                }
                return Ok(gone);
            }
            Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
            Err(failure) => failure.reason(),
        };
        if act != Act::Count {
            self.trouble(at, at, below, &why).await?;
        }
        Ok(false)
    }
}

impl Doomed {
    fn again(&self) -> Self {
        Self { at: self.at.clone(), below: self.below.clone(), dir: self.dir }
    }
}

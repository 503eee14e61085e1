//! The directory that receives entries: made, and listed.

use std::collections::{HashMap, HashSet};

use crate::engine::api::Failure;
use crate::engine::context::EngineContext;
use crate::engine::endpoint::{self, Endpoint, Listed};
use crate::engine::recovery::leftovers;
use crate::engine::tree::walk::{TreeWalk, by_name};
use crate::ftp::listing::Completeness;
use crate::ftp::{Entry, Kind};
use crate::queue::{Decision, Exists, decide::decide};
use crate::session::Presence;
use crate::site::Location;

/// How a directory of the target is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is made unless it is there, and listed when it was.
    Make,
    /// It is listed; where that fails it is made for the first file, if there is one.
    Look,
    /// It is known to be there: it is listed.
    Present,
    /// It is known to be absent.
    Absent,
}

/// Whether a directory of the target is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// It was there before, or what follows from making it is done.
    Before,
    /// This walk has just made it.
    Now,
    /// It is made when it is needed.
    Later,
    /// It could not be made.
    Failed,
}

/// A directory of the target that was opened.
pub(super) struct Opened {
    pub(super) made: Made,
    pub(super) entries: Vec<Entry>,
    /// Whether they are all.
    pub(super) completeness: Completeness,
}

/// A directory of the target while the entries of a source directory go into it.
pub(super) struct TargetDir {
    pub(super) from: Location,
    pub(super) to: Location,
    pub(super) below: Vec<u8>,
    /// What is in it.
    pub(super) existing: HashMap<Box<[u8]>, Entry>,
    /// Whether that is all.
    pub(super) completeness: Completeness,
    /// Names that are still to come or were given away, besides those that exist.
    pub(super) reserved: HashSet<Box<[u8]>>,
    pub(super) made: Made,
    /// Permissions for it when it is made.
    pub(super) mode: Option<u32>,
    /// True when nothing in it or below it is deleted.
    pub(super) keeps_all: bool,
}

impl Opened {
    pub(super) fn empty(made: Made) -> Self {
        Self { made, entries: Vec::new(), completeness: Completeness::Complete }
    }

    async fn list(
        end: &mut Endpoint,
        context: &EngineContext,
        at: &Location,
        deletes: bool,
    ) -> Result<Self, Failure> {
        let listed = match deletes {
            true => end.list_with_links(context, at).await?,
            false => end.list(context, at).await?,
        };
        let Listed { entries, completeness, .. } = listed;
        Ok(Self { made: Made::Before, entries, completeness })
    }
}

impl TargetDir {
    pub(super) fn new(
        from: Location,
        to: Location,
        below: Vec<u8>,
        opened: Opened,
        mode: Option<u32>,
    ) -> Self {
        let Opened { made, entries, completeness } = opened;
        let (existing, reserved, keeps_all) = (by_name(entries), HashSet::new(), false);
        Self { from, to, below, existing, completeness, reserved, made, mode, keeps_all }
    }

    /// What happens to a file that goes into it, by this rule.
    pub(super) fn decide(&self, rule: Exists, new: &Entry, there: Option<&Entry>) -> Decision {
        let taken = |name: &[u8]| self.existing.contains_key(name) || self.reserved.contains(name);
        decide(rule, new, there, taken)
    }

    /// The path of an entry as the user knows it.
    pub(super) fn below(&self, name: &[u8]) -> Vec<u8> {
        let slash: &[u8] = if self.below.is_empty() { b"" } else { b"/" };
        [&self.below, slash, name].concat()
    }
}

/// Makes or lists a directory of the target. `deletes`: something in it may be deleted.
pub(super) async fn open(
    end: &mut Endpoint,
    context: &EngineContext,
    to: &Location,
    opening: Opening,
    deletes: bool,
) -> Result<Opened, Failure> {
    match opening {
        Opening::Make if end.make_dir(context, to).await? => Ok(Opened::empty(Made::Now)),
        Opening::Present => Opened::list(end, context, to, deletes).await,
        Opening::Absent => Ok(Opened::empty(Made::Later)),
        Opening::Make | Opening::Look => match Opened::list(end, context, to, deletes).await {
            Err(failure) if !endpoint::is_fatal(&failure) => {
                // files may go into what may not be listed: they are asked for one by one
                let completeness = Completeness::Incomplete(failure.reason());
                let made = if opening == Opening::Make { Made::Before } else { Made::Later };
                Ok(Opened { completeness, ..Opened::empty(made) })
            }
            listed => listed,
        },
    }
}

impl TreeWalk {
    /// What the target has under this name: from the listing of its directory or, where that does
    /// not prove that the name is absent, asked for by itself.
    pub(super) async fn there(
        &mut self,
        to: &Location,
        dir: &TargetDir,
    ) -> Result<Presence, Failure> {
        if let Some(entry) = dir.existing.get(to.name()) {
            return Ok(Presence::Present(entry.clone()));
        }
        if dir.completeness.proves_absent(to.name()) {
            return Ok(Presence::Absent);
        }
        let context = self.context.clone();
        let presence = self.target().presence(&context, to).await?;
        let doubtful = dir.completeness.fault().is_some();
        Ok(if doubtful { presence } else { presence.or_absent() })
    }

    /// Logs in to both servers at the same time.
    pub(super) async fn log_in(&mut self) -> Result<(), Failure> {
        let context = self.context.clone();
        let Self { source, target, .. } = self;
        let Some(target) = target else { return source.open(&context).await };
        let (to, from) = tokio::join!(target.open(&context), source.open(&context));
        to.and(from)
    }

    /// Makes the directory that receives the sources, unless it is there, and lists it.
    pub(super) async fn receiving(&mut self, folder: &Location) -> Result<Opened, Failure> {
        let context = self.context.clone();
        let opening = if folder.is_root() { Opening::Present } else { Opening::Make };
        open(self.target(), &context, folder, opening, false).await
    }

    /// What has to be known of the directory in which the only source becomes `target`.
    pub(super) async fn names_beside(
        &mut self,
        source: &Entry,
        target: &Location,
        folder: &Location,
    ) -> Result<Opened, Failure> {
        let context = self.context.clone();
        let within = self.target.is_none();
        if source.kind == Kind::Dir && !within {
            // whether the directory is there shows when it is made
            return Ok(Opened::empty(Made::Before));
        }
        let renames = matches!(self.spec.rules.exists, Exists::Rename | Exists::Ask);
        if renames || within {
            return self.receiving(folder).await;
        }
        match self.target().stat(&context, target).await {
            Ok(Some(there)) => Ok(Opened { entries: vec![there], ..Opened::empty(Made::Before) }),
            Ok(None) => {
                if !folder.is_root() {
                    self.target().make_dir(&context, folder).await?;
                }
                Ok(Opened::empty(Made::Before))
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            // the listing of its directory may say more
            Err(_) => self.receiving(folder).await,
        }
    }

    /// Removes what ended runs left where the sources go, before it is taken for something that
    /// exists.
    pub(super) async fn sweep(
        &mut self,
        folder: &Location,
        rename_to: Option<&[u8]>,
    ) -> Result<(), Failure> {
        let context = self.context.clone();
        let left = leftovers::of_ended_runs(&context, folder).await;
        let Some(job) = self.sink.job().filter(|_| !left.is_empty()) else { return Ok(()) };
        let mut places = Vec::with_capacity(self.spec.sources.len());
        for source in self.spec.sources.clone() {
            let at = self.source.absolute(&context, &source.at).await?;
            let name = rename_to.map_or_else(|| at.name().to_vec(), <[u8]>::to_vec);
            if name.is_empty() {
                places.push(folder.clone());
            } else {
                places.extend(folder.join(&name));
            }
        }
        leftovers::sweep(&context, job, self.target(), left, &places).await
    }
}

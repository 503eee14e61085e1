//! The directory that receives entries: made, and looked into.

use std::collections::HashMap;

use crate::engine::api::Failure;
use crate::engine::context::EngineContext;
use crate::engine::endpoint::{self, Endpoint};
use crate::engine::recovery::leftovers;
use crate::engine::tree::walk::Walker;
use crate::ftp::{Entry, Kind};
use crate::queue::Exists;
use crate::site::Location;

/// What is in a directory, by name.
pub(in crate::engine) async fn by_name(
    end: &mut Endpoint,
    context: &EngineContext,
    at: &Location,
) -> Result<HashMap<Box<[u8]>, Entry>, Failure> {
    let listed = end.list(context, at).await?;
    Ok(listed.entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect())
}

/// Makes the folder that receives the sources, unless it is there; says what it holds.
pub(in crate::engine) async fn receiving(
    end: &mut Endpoint,
    context: &EngineContext,
    folder: &Location,
) -> Result<HashMap<Box<[u8]>, Entry>, Failure> {
    let new = !folder.is_root() && end.make_dir(context, folder).await?;
    if new { Ok(HashMap::new()) } else { by_name(end, context, folder).await }
}

/// Makes a directory of the target, unless it is made for its first file, and looks what is in it.
/// True when it is new.
pub(in crate::engine) async fn prepare(
    end: &mut Endpoint,
    context: &EngineContext,
    to: &Location,
    lazy: bool,
) -> Result<(bool, HashMap<Box<[u8]>, Entry>), Failure> {
    if lazy {
        return match by_name(end, context, to).await {
            Ok(existing) => Ok((false, existing)),
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            // it is not there: whoever makes it will say why if it cannot be
            Err(_) => Ok((true, HashMap::new())),
        };
    }
    let new = end.make_dir(context, to).await?;
    let existing = if new { HashMap::new() } else { by_name(end, context, to).await? };
    Ok((new, existing))
}

impl Walker {
    /// Logs in to both servers at the same time.
    pub(in crate::engine) async fn log_in(&mut self) -> Result<(), Failure> {
        let context = self.context.clone();
        let Self { source, target, .. } = self;
        let Some(target) = target else { return source.open(&context).await };
        let (to, from) = tokio::join!(target.open(&context), source.open(&context));
        to.and(from)
    }

    /// What has to be known of the folder in which an only source becomes `target`.
    pub(in crate::engine) async fn taken_names(
        &mut self,
        source: &Entry,
        target: &Location,
        folder: &Location,
    ) -> Result<HashMap<Box<[u8]>, Entry>, Failure> {
        let context = self.context.clone();
        let within = self.target.is_none();
        if source.kind == Kind::Dir && !within {
            // whether the directory is there shows when it is made
            return Ok(HashMap::new());
        }
        let renames = matches!(self.spec.rules.exists, Exists::Rename | Exists::Ask);
        if renames || within {
            return receiving(self.target(), &context, folder).await;
        }
        match self.target().stat(&context, target).await {
            Ok(Some(there)) => Ok(HashMap::from([(there.name.clone(), there)])),
            Ok(None) => {
                if !folder.is_root() {
                    self.target().make_dir(&context, folder).await?;
                }
                Ok(HashMap::new())
            }
            Err(failure) if endpoint::is_fatal(&failure) => Err(failure),
            // its folder may tell more when it is listed
            Err(_) => receiving(self.target(), &context, folder).await,
        }
    }

    /// Clears away what ended runs left where the sources are to come, before it is taken for
    /// something that exists.
    pub(in crate::engine) async fn sweep(
        &mut self,
        folder: &Location,
        rename_to: Option<&[u8]>,
    ) -> Result<(), Failure> {
        let context = self.context.clone();
        let left = leftovers::of_ended_runs(&context, folder).await;
        if left.is_empty() {
            return Ok(());
        }
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
        let job = self.record.job();
        leftovers::sweep(&context, job, self.target(), left, &places).await
    }
}

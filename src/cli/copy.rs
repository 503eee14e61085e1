//! From the arguments of `cp`, `get` and `put` to jobs, by the rules of cp(1).

use std::path::PathBuf;

use crate::base::{RemotePath, text};
use crate::cli::connect::word;
use crate::cli::context::{Context, path_of};
use crate::cli::error::CliError;
use crate::cli::record;
use crate::ftp::Kind;
use crate::queue::{Exists, JobKind, JobSpec, Rules, Source, Verify, ViaRule};
use crate::site::Location;

/// The rules of a transfer.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Rules")]
pub struct RuleOptions {
    /// How to check what arrived [default: size, or the setting].
    #[arg(long, value_parser = word::<Verify>())]
    verify: Option<Verify>,
    /// What to do where the target exists [default: ask at a terminal, else skip].
    #[arg(long, value_parser = word::<Exists>())]
    exists: Option<Exists>,
    /// Files side by side [default: what both sites bear, at most 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: Option<u16>,
}

impl RuleOptions {
    /// The rules by options, settings and whether somebody can be asked.
    #[must_use]
    pub fn rules(&self, context: &Context, via: Option<ViaRule>) -> Rules {
        let settings = &context.settings.transfer;
        let exists = match self.exists.unwrap_or(settings.exists) {
            Exists::Ask if !context.interactive => Exists::Skip,
            exists => exists,
        };
        Rules {
            exists,
            verify: self.verify.unwrap_or(settings.verify),
            via: via.unwrap_or(settings.via),
            parallel: self.parallel.map(usize::from).or(settings.parallel),
        }
    }
}

/// Jobs, and why some sources are in none of them.
pub type Jobs = (Vec<JobSpec>, Vec<CliError>);

/// Makes jobs of sources and a target: one for each site that sources are on. Sources that are
/// not there, and directories without `recursive`, come back as errors.
///
/// # Errors
/// [`CliError`]: nothing to copy, a server that cannot be reached.
pub async fn jobs(
    context: &mut Context,
    sources: Vec<Location>,
    target: Location,
    recursive: bool,
    rules: Rules,
) -> Result<Jobs, CliError> {
    if sources.is_empty() {
        return Err(CliError::NoSources);
    }
    let inside =
        sources.len() > 1 || names_inside(&target) || is_directory(context, &target).await?;
    let mut specs: Vec<JobSpec> = Vec::new();
    let mut unusable = Vec::new();
    for at in sources {
        if at.remote().is_none() && target.remote().is_none() {
            return Err(CliError::BothLocal);
        }
        let source = match look(context, at, recursive).await {
            Ok(source) => source,
            Err(error @ (CliError::NotFound(_) | CliError::IsDirectory(_))) => {
                unusable.push(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        // a directory without a name of its own gives its content
        let nameless = is_nameless(&source.at);
        let spec = JobSpec {
            kind: JobKind::Copy,
            sources: Vec::new(),
            target: Some(target.clone()),
            rename_to: nameless || !inside,
            rules,
        };
        let key = |at: &Location| at.remote().map(|(site, _)| site.key());
        let fitting = specs.iter_mut().find(|other| {
            !other.rename_to
                && !spec.rename_to
                && other.sources.first().map(|first| key(&first.at)) == Some(key(&source.at))
        });
        match fitting {
            Some(other) => other.sources.push(source),
            None => specs.push(JobSpec { sources: vec![source], ..spec }),
        }
    }
    Ok((specs, unusable))
}

/// True when the text says that the target is a directory: it ends in a slash.
fn names_inside(at: &Location) -> bool {
    path_of(at).ends_with(b"/")
}

async fn is_directory(context: &mut Context, at: &Location) -> Result<bool, CliError> {
    Ok(context.stat(at).await?.is_some_and(|entry| entry.kind == Kind::Dir))
}

fn is_nameless(at: &Location) -> bool {
    match at {
        Location::Local(path) => path.file_name().is_none(),
        Location::Remote { path, .. } => path.is_root() || matches!(path.name(), b"." | b".."),
    }
}

/// The source, and what it is where that matters.
async fn look(context: &mut Context, at: Location, recursive: bool) -> Result<Source, CliError> {
    let local = at.remote().is_none();
    if recursive && !local {
        return Ok(Source { at, kind: None, size: None });
    }
    let (shown, _) = record::location(&at);
    let shown = text::visible_str(&shown);
    let entry = context.stat(&at).await?.ok_or_else(|| CliError::NotFound(shown.clone()))?;
    if entry.kind == Kind::Dir && !recursive {
        return Err(CliError::IsDirectory(shown));
    }
    // a link that stands on the command line is followed, where this side can see to it
    let kind = (entry.kind != Kind::Link || local).then_some(entry.kind);
    Ok(Source { at, kind, size: entry.size })
}

/// A local path for what has no name: the current directory.
#[must_use]
pub fn here() -> Location {
    Location::Local(PathBuf::from("."))
}

/// The same site at another path.
#[must_use]
pub fn at_path(at: &Location, path: RemotePath) -> Location {
    match at {
        Location::Remote { site, .. } => Location::Remote { site: site.clone(), path },
        Location::Local(_) => at.clone(),
    }
}

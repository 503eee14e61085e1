//! From the arguments of `cp`, `get` and `put` to jobs, by the rules of cp(1).

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::base::{Patterns, Selection, Selections, text};
use crate::cli::connect::word;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::form::FormError;
use crate::cli::record;
use crate::cli::start::StartOption;
use crate::engine::FailureKind;
use crate::ftp::{Entry, Kind};
use crate::queue::{Exists, JobKind, JobSpec, Links, Rules, Source, TreeRules, Verify, ViaRule};
use crate::site::{Location, SiteKey};
use crate::transfer::Form;

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
    /// Permissions.
    #[command(flatten)]
    permissions: PermissionOptions,
    /// What of directories.
    #[command(flatten)]
    tree: TreeOptions,
    /// When it begins.
    #[command(flatten)]
    start: StartOption,
}

/// Whether permissions are copied.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Rules")]
pub struct PermissionOptions {
    /// Gives copies the permissions of their sources, where those are known and can be set: of
    /// files that are copied and directories that are made [default: no, or the setting]
    #[arg(long, overrides_with = "no_permissions")]
    permissions: bool,
    /// Leaves permissions to the server, whatever the setting says
    #[arg(long, overrides_with = "permissions")]
    no_permissions: bool,
}

impl PermissionOptions {
    /// By options and settings.
    #[must_use]
    pub fn wanted(&self, context: &Context) -> bool {
        self.permissions || (context.settings.transfer.permissions && !self.no_permissions)
    }
}

/// What of directories is copied.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "What of directories")]
pub struct TreeOptions {
    /// Leaves out files and directories of such names, in any case: “*.tmp”, or several with “/”
    /// between them
    #[arg(long, value_name = "PATTERNS")]
    skip: Vec<String>,
    /// Leaves out such directories
    #[arg(long, value_name = "PATTERNS")]
    skip_dirs: Vec<String>,
    /// Takes such files only
    #[arg(long, visible_alias = "pass", value_name = "PATTERNS")]
    only: Vec<String>,
    /// Takes such directories only
    #[arg(long, value_name = "PATTERNS")]
    only_dirs: Vec<String>,
    /// Takes such files and directories before the others
    #[arg(long, value_name = "PATTERNS")]
    first: Vec<String>,
    /// Leaves out empty files, and directories that nothing goes into
    #[arg(long)]
    skip_empty: bool,
    /// Copies what symbolic links lead to [default: leaves them out, or the setting]
    #[arg(long)]
    follow: bool,
}

impl TreeOptions {
    /// The rules by options and settings.
    #[must_use]
    pub fn rules(&self, context: &Context) -> TreeRules {
        let list = |lists: &[&[String]]| {
            let all: Vec<&str> =
                lists.iter().flat_map(|list| list.iter().map(String::as_str)).collect();
            Patterns::new(&all.join("/"))
        };
        let files = Selection {
            skip: list(&[&self.skip]),
            pass: list(&[&self.only]),
            first: list(&[&self.first]),
            skip_empty: self.skip_empty,
        };
        let dirs = Selection {
            skip: list(&[&self.skip, &self.skip_dirs]),
            pass: list(&[&self.only_dirs]),
            first: list(&[&self.first]),
            skip_empty: self.skip_empty,
        };
        let links = if self.follow { Links::Follow } else { context.settings.rules.links };
        TreeRules { take: Selections { files, dirs }, links, ..TreeRules::default() }
    }
}

/// All rules of a job.
#[derive(Debug, Clone)]
pub struct AllRules {
    /// For each file.
    pub each: Rules,
    /// For what is found in directories.
    pub tree: TreeRules,
    /// Nothing of it is begun before.
    pub start_at: Option<Timestamp>,
}

impl RuleOptions {
    /// The rules by options, settings and whether somebody can be asked.
    #[must_use]
    pub fn rules(&self, context: &Context, via: Option<ViaRule>) -> AllRules {
        AllRules {
            each: self.each(context, via),
            tree: self.tree.rules(context),
            start_at: self.start.start_at,
        }
    }

    /// Whether files can be copied in this form by these rules.
    ///
    /// # Errors
    /// [`FormError::TextResume`].
    pub fn allow(&self, form: Form) -> Result<(), FormError> {
        let resumes = self.exists == Some(Exists::Resume);
        if form.is_text() && resumes { Err(FormError::TextResume) } else { Ok(()) }
    }

    fn each(&self, context: &Context, via: Option<ViaRule>) -> Rules {
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
            permissions: self.permissions.wanted(context),
            ..Rules::default()
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
    rules: AllRules,
) -> Result<Jobs, CliError> {
    if sources.is_empty() {
        return Err(CliError::NoSources);
    }
    if target.remote().is_none() && sources.iter().any(|at| at.remote().is_none()) {
        return Err(CliError::BothLocal);
    }
    let mut seen = None;
    let inside = match sources.as_slice() {
        [only] if !names_inside(&target) => {
            let (inside, found) = both_ends(context, only, &target).await?;
            seen = found;
            inside
        }
        _ => true,
    };
    let mut specs: Vec<JobSpec> = Vec::new();
    let mut unusable = Vec::new();
    // which site the names at the target come from: each job knows its own sources only
    let mut names: HashMap<Vec<u8>, Option<SiteKey>> = HashMap::new();
    for at in sources {
        let source = match look(context, at, recursive, seen.take()).await {
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
            rules: rules.each,
            tree: rules.tree.clone(),
            start_at: rules.start_at,
        };
        let own = source.at.key();
        if !spec.rename_to && *names.entry(source.at.name().to_vec()).or_insert(own.clone()) != own
        {
            unusable.push(CliError::SameName(shown(&source.at)));
            continue;
        }
        let fitting = specs.iter_mut().find(|other| {
            !other.rename_to
                && !spec.rename_to
                && other.sources.iter().all(|other| other.at.same_site(&source.at))
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
    at.path_bytes().ends_with(b"/")
}

/// Whether the target is a directory, and what the source is where that could be seen at the same
/// time: both servers are logged in to by then.
async fn both_ends(
    context: &mut Context,
    source: &Location,
    target: &Location,
) -> Result<(bool, Option<Entry>), CliError> {
    if source.remote().is_none() || target.remote().is_none() || source.same_site(target) {
        return Ok((context.is_dir(target).await?, None));
    }
    let engine = context.engine.clone();
    let (inside, seen) = tokio::join!(context.is_dir(target), engine.stat(source.clone()));
    let inside = inside?;
    match seen {
        // what a link leads to, is seen by whoever follows it
        Ok(found) => Ok((inside, found.filter(|entry| entry.kind != Kind::Link))),
        // a wrong password is not tried again
        Err(failure) if failure.kind == FailureKind::Login => Err(failure.into()),
        // whoever comes next meets it, and may wait for the server or ask about its certificate
        Err(_) => Ok((inside, None)),
    }
}

/// True for a directory without a name of its own: a root, or one that is written as `.` or `..`.
fn is_nameless(at: &Location) -> bool {
    matches!(at.name(), b"" | b"." | b"..")
}

fn shown(at: &Location) -> String {
    text::visible_str(&record::location(at).0)
}

/// The source, and what it is where that matters or was `seen`.
async fn look(
    context: &mut Context,
    at: Location,
    recursive: bool,
    seen: Option<Entry>,
) -> Result<Source, CliError> {
    let local = at.remote().is_none();
    if recursive && !local {
        let size = seen.as_ref().and_then(|entry| entry.size);
        return Ok(Source { at, kind: seen.map(|entry| entry.kind), size });
    }
    let entry = match seen {
        Some(entry) => entry,
        None => context.stat(&at).await?.ok_or_else(|| CliError::NotFound(shown(&at)))?,
    };
    if entry.kind == Kind::Dir && !recursive {
        return Err(CliError::IsDirectory(shown(&at)));
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

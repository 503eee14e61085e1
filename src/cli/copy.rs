//! Turns the arguments of `cp`, `get` and `put` into jobs, by the rules of cp(1).

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::base::{EntryFilter, EntryFilters, Patterns, text};
use crate::cli::connect::choice_parser;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::form::FormError;
use crate::cli::record;
use crate::cli::start::StartOption;
use crate::engine::FailureKind;
use crate::ftp::{Entry, Kind};
use crate::queue::{Exists, JobKind, JobRules, JobSpec, Links, Source, TreeRules, Verify, ViaRule};
use crate::site::{Location, SiteKey};
use crate::transfer::Form;

/// Transfer options of `cp`, `get` and `put`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Transfer")]
pub struct RuleOptions {
    /// How to verify copied files [default: transfer.verify of config.toml, else size].
    #[arg(long, value_parser = choice_parser::<Verify>())]
    verify: Option<Verify>,
    /// What to do if the target exists [default: ask at a terminal, else skip].
    #[arg(long, value_parser = choice_parser::<Exists>())]
    exists: Option<Exists>,
    /// Number of files to transfer in parallel [default: as many as both sites allow, at most 4].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: Option<u16>,
    #[command(flatten)]
    permissions: PermissionOptions,
    #[command(flatten)]
    tree: TreeOptions,
    #[command(flatten)]
    start: StartOption,
}

/// Whether permissions are copied.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Transfer")]
pub struct PermissionOptions {
    /// Copy the permissions of files and new directories, if the source reports them and the
    /// destination can set them [default: transfer.permissions of config.toml, else no]
    #[arg(long, overrides_with = "no_permissions")]
    permissions: bool,
    /// Do not copy permissions, whatever config.toml says
    #[arg(long, overrides_with = "permissions")]
    no_permissions: bool,
}

impl PermissionOptions {
    /// True if permissions are copied, by the options and by config.toml.
    #[must_use]
    pub fn enabled(&self, context: &Context) -> bool {
        self.permissions || (context.settings.transfer.permissions && !self.no_permissions)
    }
}

/// Which entries of directories are copied.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
pub struct TreeOptions {
    /// Exclude files and directories that match PATTERNS, ignoring case: “*.tmp”, or several
    /// patterns separated by “/”
    #[arg(long, value_name = "PATTERNS")]
    skip: Vec<String>,
    /// Exclude directories that match PATTERNS
    #[arg(long, value_name = "PATTERNS")]
    skip_dirs: Vec<String>,
    /// Copy only files that match PATTERNS
    #[arg(long, visible_alias = "pass", value_name = "PATTERNS")]
    only: Vec<String>,
    /// Copy only directories that match PATTERNS
    #[arg(long, value_name = "PATTERNS")]
    only_dirs: Vec<String>,
    /// Copy files and directories that match PATTERNS first
    #[arg(long, value_name = "PATTERNS")]
    first: Vec<String>,
    /// Exclude empty files, and directories that no file is copied into
    #[arg(long)]
    skip_empty: bool,
    /// Follow symbolic links [default: rules.links of config.toml, else skip them]
    #[arg(long)]
    follow: bool,
}

impl TreeOptions {
    /// The rules that the options and config.toml result in.
    #[must_use]
    pub fn rules(&self, context: &Context) -> TreeRules {
        let list = |lists: &[&[String]]| {
            let all: Vec<&str> =
                lists.iter().flat_map(|list| list.iter().map(String::as_str)).collect();
            Patterns::new(&all.join("/"))
        };
        let files = EntryFilter {
            skip: list(&[&self.skip]),
            pass: list(&[&self.only]),
            first: list(&[&self.first]),
            skip_empty: self.skip_empty,
        };
        let dirs = EntryFilter {
            skip: list(&[&self.skip, &self.skip_dirs]),
            pass: list(&[&self.only_dirs]),
            first: list(&[&self.first]),
            skip_empty: self.skip_empty,
        };
        let links = if self.follow { Links::Follow } else { context.settings.rules.links };
        TreeRules { take: EntryFilters { files, dirs }, links, ..TreeRules::default() }
    }
}

/// All rules of a job.
#[derive(Debug, Clone)]
pub struct AllRules {
    /// Rules for each file.
    pub each: JobRules,
    /// Rules for the contents of directories.
    pub tree: TreeRules,
    /// Start time; `None` starts at once.
    pub start_at: Option<Timestamp>,
}

impl RuleOptions {
    /// The rules that the options and config.toml result in; `ask` becomes `skip` when not
    /// interactive.
    #[must_use]
    pub fn rules(&self, context: &Context, via: Option<ViaRule>) -> AllRules {
        AllRules {
            each: self.each(context, via),
            tree: self.tree.rules(context),
            start_at: self.start.start_at,
        }
    }

    /// Checks that the rules allow transfers in this form.
    ///
    /// # Errors
    /// [`FormError::TextResume`].
    pub fn allow(&self, form: Form) -> Result<(), FormError> {
        let resumes = self.exists == Some(Exists::Resume);
        if form.is_text() && resumes { Err(FormError::TextResume) } else { Ok(()) }
    }

    fn each(&self, context: &Context, via: Option<ViaRule>) -> JobRules {
        let settings = &context.settings.transfer;
        let exists = match self.exists.unwrap_or(settings.exists) {
            Exists::Ask if !context.interactive => Exists::Skip,
            exists => exists,
        };
        JobRules {
            exists,
            verify: self.verify.unwrap_or(settings.verify),
            via: via.unwrap_or(settings.via),
            parallel: self.parallel.map(usize::from).or(settings.parallel),
            permissions: self.permissions.enabled(context),
            ..JobRules::default()
        }
    }
}

/// The jobs, and the errors of the sources that are in none of them.
pub type Jobs = (Vec<JobSpec>, Vec<CliError>);

/// Makes one job for each source site. Missing sources, and directories without `recursive`, are
/// returned as errors.
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
    let mut known_entry = None;
    let into_dir = match sources.as_slice() {
        [only] if !ends_with_slash(&target) => {
            let (is_dir, entry) = stat_both(context, only, &target).await?;
            known_entry = entry;
            is_dir
        }
        _ => true,
    };
    let mut specs: Vec<JobSpec> = Vec::new();
    let mut unusable = Vec::new();
    // the site that each target name comes from: a job only sees clashes among its own sources
    let mut names: HashMap<Vec<u8>, Option<SiteKey>> = HashMap::new();
    for at in sources {
        let source = match check_source(context, at, recursive, known_entry.take()).await {
            Ok(source) => source,
            Err(error @ (CliError::NotFound(_) | CliError::IsDirectory(_))) => {
                unusable.push(error);
                continue;
            }
            // the server refuses to say what it is; the other sources can still be copied
            Err(CliError::Failure(failure)) if failure.kind == FailureKind::Refused => {
                unusable.push(failure.into());
                continue;
            }
            Err(error) => return Err(error),
        };
        // of a directory without a name (`.`, the root) the contents are copied
        let nameless = is_nameless(&source.at);
        let spec = JobSpec {
            kind: JobKind::Copy,
            sources: Vec::new(),
            target: Some(target.clone()),
            rename_to: nameless || !into_dir,
            rules: rules.each,
            tree: rules.tree.clone(),
            start_at: rules.start_at,
        };
        let own = source.at.key();
        if !spec.rename_to && *names.entry(source.at.name().to_vec()).or_insert(own.clone()) != own
        {
            unusable.push(CliError::SameName(display(&source.at)));
            continue;
        }
        let same_site = specs.iter_mut().find(|other| {
            !other.rename_to
                && !spec.rename_to
                && other.sources.iter().all(|other| other.at.same_site(&source.at))
        });
        match same_site {
            Some(other) => other.sources.push(source),
            None => specs.push(JobSpec { sources: vec![source], ..spec }),
        }
    }
    Ok((specs, unusable))
}

fn ends_with_slash(at: &Location) -> bool {
    at.path_bytes().ends_with(b"/")
}

/// Whether the target is a directory, and the source's entry if it could be looked up. Asks both
/// servers at the same time, so that the logins run in parallel.
async fn stat_both(
    context: &mut Context,
    source: &Location,
    target: &Location,
) -> Result<(bool, Option<Entry>), CliError> {
    if source.remote().is_none() || target.remote().is_none() || source.same_site(target) {
        return Ok((context.is_dir(target).await?, None));
    }
    let engine = context.engine.clone();
    let (is_dir, entry) = tokio::join!(context.is_dir(target), engine.stat(source.clone()));
    let is_dir = is_dir?;
    match entry {
        // the entry of a link does not say what it points to
        Ok(entry) => Ok((is_dir, entry.filter(|entry| entry.kind != Kind::Link))),
        // do not send a wrong password twice
        Err(failure) if failure.kind == FailureKind::Login => Err(failure.into()),
        // the next use fails the same way, and can wait for the server or ask about its certificate
        Err(_) => Ok((is_dir, None)),
    }
}

/// True for a root, `.` and `..`.
fn is_nameless(at: &Location) -> bool {
    matches!(at.name(), b"" | b"." | b"..")
}

fn display(at: &Location) -> String {
    text::visible_str(&record::location(at).0)
}

/// Checks that the source can be copied. Looks up its entry unless it is known or not needed.
async fn check_source(
    context: &mut Context,
    at: Location,
    recursive: bool,
    known_entry: Option<Entry>,
) -> Result<Source, CliError> {
    let local = at.remote().is_none();
    if recursive && !local {
        let size = known_entry.as_ref().and_then(|entry| entry.size);
        return Ok(Source { at, kind: known_entry.map(|entry| entry.kind), size });
    }
    let entry = match known_entry {
        Some(entry) => entry,
        None => context.stat(&at).await?.ok_or_else(|| CliError::NotFound(display(&at)))?,
    };
    if entry.kind == Kind::Dir && !recursive {
        return Err(CliError::IsDirectory(display(&at)));
    }
    // links given on the command line are followed: a remote one by the server, so leave its
    // kind open
    let kind = (entry.kind != Kind::Link || local).then_some(entry.kind);
    Ok(Source { at, kind, size: entry.size })
}

/// The current directory, the default target of `get`.
#[must_use]
pub fn current_dir() -> Location {
    Location::Local(PathBuf::from("."))
}

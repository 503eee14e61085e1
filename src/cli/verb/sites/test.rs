//! `sites test`: tests the connection of a site, or its filters.

use std::sync::Arc;

use crate::base::entry_filter::ExcludeReason;
use crate::base::{EntryFilters, text};
use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::{FilterRecord, StepRecord};
use crate::cli::verb::sites::show::find;
use crate::config::{Settings, UserDirs};
use crate::engine::{Directory, Event, EventKind, Failure, SiteState};
use crate::ftp::Kind;
use crate::queue::{ExcludedBy, FilterVerdict, PathFilter, RuleOwner};
use crate::site::{Location, Site, SiteKey, sites_file};

/// Log in and report each step, or test the filters of a site against a file name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites test nas
  fxpane sites test nas --name sample.nfo
  fxpane sites test nas --name tmp --dir")]
pub(super) struct Test {
    /// Names of the sites
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Do not connect; show which filter (skip, pass or first) matches a file with this name
    #[arg(long = "name", value_name = "FILE")]
    file: Option<String>,
    /// The name given with --name is a directory
    #[arg(long, requires = "file")]
    dir: bool,
    /// The file or directory given with --name is empty
    #[arg(long, requires = "file")]
    empty: bool,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Test {
    /// Tests the filters; `None` without `--name`, when the sites must be connected to.
    pub(super) fn run_offline(
        &self,
        dirs: &UserDirs,
        out: &mut Output,
    ) -> Option<Result<Exit, CliError>> {
        let name = self.file.as_deref()?;
        let mut test_filters = || {
            let sites = sites_file::load(&dirs.sites_file())?.sites;
            let settings = Settings::load(dirs)?;
            for site in &self.names {
                self.test_filter(find(&sites, site)?, &settings, name, out)?;
            }
            Ok(Exit::Done)
        };
        Some(test_filters())
    }

    /// Tests the filters of the site and of config.toml; jobs can have more.
    fn test_filter(
        &self,
        site: &Site,
        settings: &Settings,
        name: &str,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let (kind, word) = if self.dir { (Kind::Dir, "dir") } else { (Kind::File, "file") };
        let path_filter =
            PathFilter::new(&EntryFilters::default(), Some(site), &settings.rules.take);
        let of = |list: &str| format!("{list}_{word}s");
        let judgement = path_filter.judge(name.as_bytes(), kind, self.empty);
        let (action, owner, list, pattern) = match &judgement {
            FilterVerdict::Include => ("take", None, None, None),
            FilterVerdict::IncludeFirst(owner) => ("first", Some(*owner), Some(of("first")), None),
            FilterVerdict::Exclude(ExcludedBy { owner, reason }) => match reason {
                ExcludeReason::Empty => ("skip", Some(*owner), Some(of("skip_empty")), None),
                ExcludeReason::NotInPassList => ("skip", Some(*owner), Some(of("pass")), None),
                ExcludeReason::InSkipList(pattern) => {
                    ("skip", Some(*owner), Some(of("skip")), Some(*pattern))
                }
            },
        };
        if out.is_json() {
            return out.object(&FilterRecord {
                site: &site.name,
                name,
                kind: word,
                empty: self.empty,
                action,
                owner: owner
                    .map(|owner| if *owner == RuleOwner::Settings { "config" } else { "site" }),
                list,
                pattern,
            });
        }
        let result = match &judgement {
            FilterVerdict::Include => "copied in normal order: no filter matches".to_owned(),
            FilterVerdict::IncludeFirst(owner) => format!("copied first: {owner}"),
            FilterVerdict::Exclude(caught) => format!("skipped: {caught}"),
        };
        let (site, name) = (text::visible_str(&site.name), text::visible_str(name));
        let list = list.map_or_else(String::new, |list| format!(" ({list})"));
        out.line(format_args!("{site}: {name}: {result}{list}"))
    }

    /// Tests the connection of each site.
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let mut exits = Vec::new();
        for name in &self.names {
            let site = Arc::new(find(&context.sites, name)?.clone());
            let path = site.start_path.clone().unwrap_or_default();
            let at = context.prepare(Location::Remote { site, path }, &overrides).await?;
            match test_connection(context, &at).await? {
                None => context.save_certs(&at, &overrides)?,
                Some(exit) => exits.push(exit),
            }
        }
        exits.dedup();
        Ok(match exits.as_slice() {
            [] => Exit::Done,
            [exit] => *exit,
            _ => Exit::Failed,
        })
    }
}

/// Runs the steps until one fails; returns the exit status of the failure, `None` if all succeed.
async fn test_connection(context: &mut Context, at: &Location) -> Result<Option<Exit>, CliError> {
    let Some((site, _)) = at.remote() else { return Ok(None) };
    let site = site.clone();
    let mut events = context.engine.events();
    let listed = loop {
        match context.engine.list(at.clone(), false).await {
            Err(failure) if context.ask_trust(at, &failure).await? => {}
            listed => break listed,
        }
    };
    let connected = std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| connection(&event, &site.key()))
        .last();
    match (&listed, connected) {
        (Err(failure), None) => return failed(context, &site, "connect", failure),
        (_, tls) => {
            let how = match tls {
                Some(true) => "logged in, connection encrypted",
                Some(false) => "logged in, connection NOT encrypted",
                None => "logged in",
            };
            print_step(context, &site, "connect", how.to_owned(), tls)?;
        }
    }
    match &listed {
        Err(failure) => return failed(context, &site, "list", failure),
        Ok(directory) => print_step(context, &site, "list", summary(directory), None)?,
    }
    match context.engine.raw(site.clone(), None, b"FEAT".to_vec()).await {
        Ok(lines) => {
            let words = features(&lines);
            let list = if words.is_empty() { "none".to_owned() } else { words.join(" ") };
            print_step(context, &site, "features", list, None)?;
        }
        Err(failure) => return failed(context, &site, "features", &failure),
    }
    Ok(None)
}

/// Whether a connection of the site uses TLS; `None` if the event is not about a new connection.
fn connection(event: &Event, key: &SiteKey) -> Option<bool> {
    match &event.what {
        EventKind::Site { site, state: SiteState::Connected { tls, .. } } if site == key => {
            Some(*tls)
        }
        _ => None,
    }
}

fn summary(directory: &Directory) -> String {
    let entries = text::counted(directory.entries.len() as u64, "entry");
    let unread = match directory.unreadable {
        0 => String::new(),
        count => format!(", {} could not be read", text::counted(count as u64, "entry")),
    };
    let path = directory.at.remote().map(|(_, path)| path.to_string()).unwrap_or_default();
    format!("{path}: {entries}{unread}")
}

/// The features of a FEAT reply (RFC 2389 section 3.2): one per line, except the first and the
/// last line.
fn features(lines: &[String]) -> Vec<String> {
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let words = inner.iter().filter_map(|line| line.get(4..)?.split_whitespace().next());
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    // servers list `SITE` once for each of its commands
    words.dedup();
    words
}

fn print_step(
    context: &mut Context,
    site: &Site,
    step: &'static str,
    message: String,
    tls: Option<bool>,
) -> Result<(), CliError> {
    if context.out.is_json() {
        let site = &site.name;
        return context.out.object(&StepRecord { site, step, ok: true, tls, message });
    }
    let name = text::visible_str(&site.name);
    context.out.line(format_args!("{name}: {step}: {message}"))
}

fn failed(
    context: &mut Context,
    site: &Site,
    step: &'static str,
    failure: &Failure,
) -> Result<Option<Exit>, CliError> {
    if context.out.is_json() {
        let (site, message) = (&site.name, failure.to_string());
        context.out.object(&StepRecord { site, step, ok: false, tls: None, message })?;
    }
    context.out.error(failure);
    Ok(Some(Exit::of(&failure.kind)))
}

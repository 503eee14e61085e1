//! `sites test`: does a bookmark work, and what do its lists say of a name.

use std::sync::Arc;

use crate::base::selection::SkipReason;
use crate::base::{Selections, text};
use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::{NameRecord, StepRecord};
use crate::cli::verb::sites::show::find;
use crate::config::{Folders, Settings};
use crate::engine::{Directory, Event, EventKind, Failure, SiteState};
use crate::ftp::Kind;
use crate::queue::{Caught, Judgement, Owner, Sieve};
use crate::site::{Location, Site, SiteKey, sites_file};

/// Logs in and reports each step, or says what the lists of the bookmark make of a name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites test nas
  fxpane sites test nas --name sample.nfo
  fxpane sites test nas --name tmp --dir")]
pub(super) struct Test {
    /// The bookmarks
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Connects nowhere; says which of the skip, pass and first lists catches a file of this name
    #[arg(long = "name", value_name = "FILE")]
    file: Option<String>,
    /// The name of --name is a directory's
    #[arg(long, requires = "file")]
    dir: bool,
    /// The file or directory of --name is empty
    #[arg(long, requires = "file")]
    empty: bool,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
}

impl Test {
    /// Judges a name; `None` when the bookmarks are to be connected to.
    pub(super) fn run_here(
        &self,
        folders: &Folders,
        out: &mut Output,
    ) -> Option<Result<Exit, CliError>> {
        let name = self.file.as_deref()?;
        let mut judged = || {
            let sites = sites_file::load(&folders.sites_file())?.sites;
            let settings = Settings::load(folders)?;
            for site in &self.names {
                self.judge(find(&sites, site)?, &settings, name, out)?;
            }
            Ok(Exit::Done)
        };
        Some(judged())
    }

    /// By the rules of the site and of the settings; a job may have its own.
    fn judge(
        &self,
        site: &Site,
        settings: &Settings,
        name: &str,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let (kind, word) = if self.dir { (Kind::Dir, "dir") } else { (Kind::File, "file") };
        let sieve = Sieve::new(&Selections::default(), Some(site), &settings.rules.take);
        let of = |list: &str| format!("{list}_{word}s");
        let judgement = sieve.judge(name.as_bytes(), kind, self.empty);
        let (action, owner, list, pattern) = match &judgement {
            Judgement::Take => ("take", None, None, None),
            Judgement::First(owner) => ("first", Some(*owner), Some(of("first")), None),
            Judgement::Skip(Caught { owner, reason }) => match reason {
                SkipReason::Empty => ("skip", Some(*owner), Some(of("skip_empty")), None),
                SkipReason::NotPassed => ("skip", Some(*owner), Some(of("pass")), None),
                SkipReason::Skipped(pattern) => {
                    ("skip", Some(*owner), Some(of("skip")), Some(*pattern))
                }
            },
        };
        if out.is_json() {
            return out.object(&NameRecord {
                site: &site.name,
                name,
                kind: word,
                empty: self.empty,
                action,
                owner: owner.map(|owner| if *owner == Owner::Settings { "config" } else { "site" }),
                list,
                pattern,
            });
        }
        let said = match &judgement {
            Judgement::Take => "taken in its turn: no rule catches it".to_owned(),
            Judgement::First(owner) => format!("taken first: {owner}"),
            Judgement::Skip(caught) => format!("skipped: {caught}"),
        };
        let (site, name) = (text::visible_str(&site.name), text::visible_str(name));
        let list = list.map_or_else(String::new, |list| format!(" ({list})"));
        out.line(format_args!("{site}: {name}: {said}{list}"))
    }

    /// Logs in to each and reports.
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let mut exits = Vec::new();
        for name in &self.names {
            let site = Arc::new(find(&context.sites, name)?.clone());
            let path = site.start_path.clone().unwrap_or_default();
            let at = context.prepare(Location::Remote { site, path }, &changes).await?;
            match steps(context, &at).await? {
                None => context.save_certs(&at, &changes)?,
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

/// All steps until the first that fails, and the exit that follows from that one.
async fn steps(context: &mut Context, at: &Location) -> Result<Option<Exit>, CliError> {
    let Some((site, _)) = at.remote() else { return Ok(None) };
    let site = site.clone();
    let mut events = context.engine.events();
    let listed = loop {
        match context.engine.list(at.clone(), false).await {
            Err(failure) if context.trusts(at, &failure).await? => {}
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
                Some(true) => "logged in, the connection is encrypted",
                Some(false) => "logged in, the connection is NOT encrypted",
                None => "logged in",
            };
            tell(context, &site, "connect", how.to_owned(), tls)?;
        }
    }
    match &listed {
        Err(failure) => return failed(context, &site, "list", failure),
        Ok(directory) => tell(context, &site, "list", summary(directory), None)?,
    }
    match context.engine.raw(site.clone(), None, b"FEAT".to_vec()).await {
        Ok(lines) => {
            let words = features(&lines);
            let told = if words.is_empty() { "none are told".to_owned() } else { words.join(" ") };
            tell(context, &site, "features", told, None)?;
        }
        Err(failure) => return failed(context, &site, "features", &failure),
    }
    Ok(None)
}

/// Whether the connection is under TLS, if this event says that it was made.
fn connection(event: &Event, key: &SiteKey) -> Option<bool> {
    match &event.what {
        EventKind::Site { site, state: SiteState::Connected { tls, .. } } if site == key => {
            Some(*tls)
        }
        _ => None,
    }
}

fn summary(directory: &Directory) -> String {
    let entries = match directory.entries.len() {
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    };
    let unread = match directory.unreadable {
        0 => String::new(),
        lines => format!(", {} not understood", text::counted(lines as u64, "line")),
    };
    let path = directory.at.remote().map(|(_, path)| path.to_string()).unwrap_or_default();
    format!("{path}: {entries}{unread}")
}

/// The words of a FEAT reply (RFC 2389 section 3.2): one a line between the first and the last.
fn features(lines: &[String]) -> Vec<String> {
    let inner = lines.get(1..lines.len().saturating_sub(1)).unwrap_or_default();
    let words = inner.iter().filter_map(|line| line.get(4..)?.split_whitespace().next());
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    // servers list `SITE` once for each of its commands
    words.dedup();
    words
}

fn tell(
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

//! `queue parts`: lists and deletes partial files at the destinations.

use std::sync::Arc;

use serde::Serialize;

use crate::base::{size, text};
use crate::cli::ask;
use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

use crate::engine::PartialOutcome;
use crate::queue::store::{Partial, StoredJob, local_key};
use crate::site::{Location, Site};

/// List partial files of interrupted transfers, or delete them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The next copy of the same file resumes from the partial file, in whichever job. Delete partial \
files only if you do not want to copy the file again. Files left by a killed fxpane are not listed \
until the next copy to the same destination finds them.

Examples:
  fxpane queue parts
  fxpane queue parts nas
  fxpane queue parts --delete nas")]
pub(super) struct Parts {
    /// Only partial files on these sites, named as in the list
    #[arg(value_name = "SITE")]
    sites: Vec<String>,
    /// Delete the partial files, after confirmation
    #[arg(long)]
    delete: bool,
    /// Do not ask for confirmation
    #[arg(short, long, requires = "delete")]
    yes: bool,
    /// Connection options.
    #[command(flatten)]
    pub(super) connect: ConnectOptions,
}

/// The JSON record of a partial file.
#[derive(Debug, Serialize)]
struct PartRecord {
    event: &'static str,
    site: Option<String>,
    path: String,
    stored_as: String,
    bytes: u64,
    size: Option<u64>,
    /// `deleted`, `gone` or `kept` after a deletion, else omitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

impl PartRecord {
    fn of(part: &Partial, state: Option<&'static str>) -> Self {
        Self {
            event: "part",
            site: site_of(part),
            path: part.target.to_string(),
            stored_as: part.stored_as.to_string(),
            bytes: part.bytes,
            size: part.size,
            state,
        }
    }
}

fn site_of(part: &Partial) -> Option<String> {
    Some(part.destination.0.clone()).filter(|site| !site.is_empty())
}

/// The line of a partial file: location, size, size of the whole file.
fn display(part: &Partial) -> String {
    let site = site_of(part).map(|site| text::visible_str(&site) + ":").unwrap_or_default();
    let of = part.size.map(|size| format!(" of {}", size::bytes(size))).unwrap_or_default();
    let bytes = size::bytes(part.bytes);
    if part.stored_as == part.target {
        format!("{site}{}: {bytes}{of}", part.stored_as)
    } else {
        format!("{site}{}: {bytes}{of} of {}", part.stored_as, part.target)
    }
}

impl Parts {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut parts = context.engine.partials().await?;
        if let Some(wrong) = self.sites.iter().find(|site| !parts.iter().any(|p| is_on(p, site))) {
            let wrong = text::visible_str(wrong);
            return Err(CliError::Queue(format!(
                "no partial files on {wrong}; `fxpane queue parts` lists all"
            )));
        }
        if !self.sites.is_empty() {
            parts.retain(|part| self.sites.iter().any(|site| is_on(part, site)));
        }
        if self.delete {
            return self.delete(context, &parts).await;
        }
        for part in &parts {
            if context.out.is_json() {
                context.out.object(&PartRecord::of(part, None))?;
            } else {
                context.out.line(display(part))?;
            }
        }
        Ok(Exit::Done)
    }

    async fn delete(&self, context: &mut Context, parts: &[Partial]) -> Result<Exit, CliError> {
        if parts.is_empty() {
            return Ok(Exit::Done);
        }
        self.confirm(context, parts).await?;
        let jobs = context.engine.jobs().await?;
        let mut exit = Exit::Done;
        for part in parts {
            let ended = match self.site(context, part, &jobs).await {
                Ok(site) => {
                    context.engine.delete_partial(site, part.clone()).await.map_err(Into::into)
                }
                Err(error) => Err(error),
            };
            match ended {
                Ok(ended) => print_result(context, part, ended)?,
                Err(error) => {
                    // go on with the other files
                    context.out.error(format_args!("{}: {error}", display(part)));
                    exit = if exit == Exit::Done { error.exit() } else { Exit::Failed };
                }
            }
        }
        Ok(exit)
    }

    async fn confirm(&self, context: &mut Context, parts: &[Partial]) -> Result<(), CliError> {
        if self.yes {
            return Ok(());
        }
        let what = text::counted(parts.len() as u64, "partial file");
        if !context.interactive {
            return Err(CliError::NeedsYes(format!("queue parts --delete would delete {what}")));
        }
        for part in parts {
            context.out.message(display(part));
        }
        let choices = ["No", "Yes"].map(str::to_owned);
        context.out.ask(format_args!("Delete {what}? [y/N]"));
        let typed = ask::line().await?.unwrap_or_default();
        if ask::choice(&typed, &choices) == Some(1) { Ok(()) } else { Err(CliError::Declined) }
    }

    /// The site of a partial file, prepared for connecting: a saved site, or the site of a job.
    /// `None` for a local file.
    async fn site(
        &self,
        context: &mut Context,
        part: &Partial,
        jobs: &[StoredJob],
    ) -> Result<Option<Arc<Site>>, CliError> {
        let key = &part.destination;
        if *key == local_key() {
            return Ok(None);
        }
        let named = context.sites.iter().find(|site| site.key() == *key).cloned();
        let of_job = || {
            let mut ends = jobs.iter().flat_map(|job| job.from.iter().chain(&job.to));
            ends.find(|end| end.key == *key).and_then(|end| end.site(&context.sites))
        };
        let site = named.or_else(of_job).ok_or_else(|| {
            let site = text::visible_str(&key.0);
            CliError::Queue(format!(
                "{site} is neither a saved site nor the site of a job: add a site with that name \
                 (`fxpane sites add`), or delete the file with `fxpane rm`"
            ))
        })?;
        let at = Location::Remote { site, path: Default::default() };
        let at = context.prepare(at, &ConnectOverrides::from(&self.connect)).await?;
        Ok(at.remote().map(|(site, _)| site.clone()))
    }
}

fn is_on(part: &Partial, site: &str) -> bool {
    part.destination.0 == site
}

fn print_result(
    context: &mut Context,
    part: &Partial,
    ended: PartialOutcome,
) -> Result<(), CliError> {
    let (state, message) = match ended {
        PartialOutcome::Deleted => ("deleted", "deleted"),
        PartialOutcome::Gone => ("gone", "no longer exists"),
        PartialOutcome::Whole => ("kept", "not deleted: a complete file now has this name"),
    };
    if context.out.is_json() {
        context.out.object(&PartRecord::of(part, Some(state)))
    } else {
        context.out.line(format_args!("{}: {message}", display(part)))
    }
}

/// Notes a partial file that is kept although its job is removed from the queue.
pub(super) fn note_kept(context: &mut Context, part: &Partial) -> Result<(), CliError> {
    if context.out.is_json() {
        return context.out.object(&PartRecord::of(part, None));
    }
    context.out.note(part);
    Ok(())
}

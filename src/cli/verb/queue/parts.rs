//! `queue parts`: what has arrived of files that broke off, and stays at its target.

use std::sync::Arc;

use serde::Serialize;

use crate::base::{size, text};
use crate::cli::ask;
use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::usage;
use crate::engine::PartEnd;
use crate::queue::store::{JobRecord, Partial, this_machine};
use crate::site::{Location, Site};

/// Shows what is kept at targets of files that broke off, or deletes it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The next copy of such a file goes on from what is kept, whichever job it is of. Nothing needs to be \
deleted unless no copy is to come. What an fxpane left that was killed is not in the list before \
the next copy to the same place has found it.

Examples:
  fxpane queue parts
  fxpane queue parts nas
  fxpane queue parts --delete nas")]
pub(super) struct Parts {
    /// Of these sites only, as the list names them
    #[arg(value_name = "SITE")]
    sites: Vec<String>,
    /// Deletes them, after a question
    #[arg(long)]
    delete: bool,
    /// Do not ask
    #[arg(short, long, requires = "delete")]
    yes: bool,
    /// The connection.
    #[command(flatten)]
    pub(super) connect: Both,
}

/// A partial file for machines.
#[derive(Debug, Serialize)]
struct Part {
    event: &'static str,
    site: Option<String>,
    path: String,
    stored_as: String,
    bytes: u64,
    size: Option<u64>,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
}

impl Part {
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

/// Where it is and what of it is there, for people.
fn shown(part: &Partial) -> String {
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
    /// Shows or deletes them.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mut parts = context.engine.parts().await?;
        if let Some(wrong) = self.sites.iter().find(|site| !parts.iter().any(|p| is_on(p, site))) {
            let wrong = text::visible_str(wrong);
            return Err(usage(format!(
                "nothing is kept on {wrong}; “fxpane queue parts” shows all"
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
                context.out.object(&Part::of(part, None))?;
            } else {
                context.out.line(shown(part))?;
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
                Ok(site) => context.engine.drop_part(site, part.clone()).await.map_err(Into::into),
                Err(error) => Err(error),
            };
            match ended {
                Ok(ended) => tell(context, part, ended)?,
                Err(error) => {
                    // the others may go all the same
                    context.out.error(format_args!("{}: {error}", shown(part)));
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
        if !context.interactive {
            return Err(CliError::NeedsYes("queue parts --delete".to_owned()));
        }
        for part in parts {
            context.out.say(shown(part));
        }
        let what = text::counted(parts.len() as u64, "partial file");
        let choices = ["No", "Yes"].map(str::to_owned);
        context.out.ask(format_args!("Delete {what}? [y/N]"));
        let typed = ask::line().await?.unwrap_or_default();
        if ask::choice(&typed, &choices) == Some(1) { Ok(()) } else { Err(CliError::Declined) }
    }

    /// The site that it lies on, ready to be connected to: a bookmark, or one that a job names.
    async fn site(
        &self,
        context: &mut Context,
        part: &Partial,
        jobs: &[JobRecord],
    ) -> Result<Option<Arc<Site>>, CliError> {
        let key = &part.destination;
        if *key == this_machine() {
            return Ok(None);
        }
        let named = context.sites.iter().find(|site| site.key() == *key).cloned();
        let of_job = || {
            let mut ends = jobs.iter().flat_map(|job| job.from.iter().chain(&job.to));
            ends.find(|end| end.key == *key).and_then(|end| end.site(&context.sites))
        };
        let site = named.or_else(of_job).ok_or_else(|| {
            let site = text::visible_str(&key.0);
            usage(format!(
                "no bookmark and no job of the queue leads to {site} any more: make a bookmark of \
                 that name (“fxpane sites add”), or delete the file with “fxpane rm”"
            ))
        })?;
        let at = Location::Remote { site, path: Default::default() };
        let at = context.prepare(at, &Changes::from(&self.connect)).await?;
        Ok(at.remote().map(|(site, _)| site.clone()))
    }
}

fn is_on(part: &Partial, site: &str) -> bool {
    part.destination.0 == site
}

fn tell(context: &mut Context, part: &Partial, ended: PartEnd) -> Result<(), CliError> {
    let (word, words) = match ended {
        PartEnd::Deleted => ("deleted", "deleted"),
        PartEnd::Gone => ("gone", "was not there any more"),
        PartEnd::Whole => ("kept", "left alone: a whole file has that name by now"),
    };
    if context.out.is_json() {
        context.out.object(&Part::of(part, Some(word)))
    } else {
        context.out.line(format_args!("{}: {words}", shown(part)))
    }
}

/// What stays when its job leaves the queue.
pub(super) fn tell_kept(context: &mut Context, part: &Partial) -> Result<(), CliError> {
    if context.out.is_json() {
        return context.out.object(&Part::of(part, None));
    }
    context.out.remark(part);
    Ok(())
}

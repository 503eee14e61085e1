//! `put`: copies from this machine to a server.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::connect::{Both, Changes, Parts};
use crate::cli::context::Context;
use crate::cli::copy::{self, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::job;
use crate::site::Location;

/// Uploads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane put disc.iso nas:/incoming/
  fxpane put -r site nas:/www/")]
pub struct Put {
    /// Local paths, and at the end SITE:PATH, SITE, or a URL
    #[arg(value_name = "LOCAL… LOC", required = true)]
    places: Vec<OsString>,
    /// Directories with all that is in them
    #[arg(short, long)]
    recursive: bool,
    /// The rules.
    #[command(flatten)]
    rules: RuleOptions,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
    /// Parts of the location.
    #[command(flatten)]
    parts: Parts,
}

impl Put {
    /// Uploads.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let mut places = self.places.clone();
        let target = match self.parts.alone() {
            Some(target) => Some(target),
            None => match places.pop() {
                Some(text) => {
                    let at = Location::parse_remote(&text, &context.sites)?.location;
                    Some(self.parts.apply(at))
                }
                None => None,
            },
        };
        let target = target.ok_or(CliError::NoSources)?;
        let mut sources = Vec::new();
        for text in &places {
            // a colon in a local name is no site here: all but the last are local
            let path = match context.parse(text) {
                Ok(Location::Local(path)) => path,
                Ok(at @ Location::Remote { .. }) => {
                    return Err(CliError::NotPut(at.to_string(), "is on a server; use cp"));
                }
                Err(_) => PathBuf::from(text),
            };
            sources.push(Location::Local(path));
        }
        let target = context.prepare(target, &changes).await?;
        let rules = self.rules.rules(context, None);
        let (specs, unusable) =
            copy::jobs(context, sources, target.clone(), self.recursive, rules).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            context.save_certs(&target, &changes)?;
        }
        Ok(exit)
    }
}

//! `stat`: what is known of one file or directory.

use std::ffi::OsString;

use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record::EntryRecord;
use crate::cli::verb::ls;
use crate::site::Location;

/// Shows what is known of files and directories
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane stat nas:/incoming/disc.iso
  fxpane stat --json nas:/incoming/disc.iso | jq .size")]
pub struct Stat {
    /// SITE:PATH or a URL
    #[arg(required = true, value_name = "LOC")]
    places: Vec<OsString>,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
}

impl Stat {
    /// Looks.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        for place in &self.places {
            let (site, path) = context.remote(place, &changes).await?;
            let at = Location::Remote { site, path };
            let entry = context.stat(&at).await?;
            let entry = entry.ok_or_else(|| CliError::NotFound(at.to_string()))?;
            if context.out.is_json() {
                context.out.object(&EntryRecord::of(&entry))?;
            } else {
                context.out.line(ls::line(&entry))?;
            }
            context.save_certs(&at, &changes)?;
        }
        Ok(Exit::Done)
    }
}

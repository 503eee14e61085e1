//! `stat`: shows the properties of files and directories.

use std::ffi::OsString;

use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record::EntryRecord;
use crate::cli::verb::ls;
use crate::site::Location;

/// Show properties of files and directories
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane stat nas:/incoming/disc.iso
  fxpane stat --json nas:/incoming/disc.iso | jq .size")]
pub struct Stat {
    /// Files or directories: SITE:PATH or a URL
    #[arg(required = true, value_name = "LOC")]
    locations: Vec<OsString>,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Stat {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        for location in &self.locations {
            let (site, path) = context.remote(location, &overrides).await?;
            let at = Location::Remote { site, path };
            let entry = context.stat(&at).await?;
            let entry = entry.ok_or_else(|| CliError::NotFound(at.to_string()))?;
            if context.out.is_json() {
                context.out.object(&EntryRecord::of(&entry))?;
            } else {
                context.out.line(ls::line(&entry))?;
            }
            context.save_certs(&at, &overrides)?;
        }
        Ok(Exit::Done)
    }
}

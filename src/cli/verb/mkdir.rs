//! `mkdir`: creates directories.

use std::ffi::OsString;

use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::site::Location;

/// Create directories and their parents; existing directories are not an error
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane mkdir nas:/incoming/2026/11")]
pub struct Mkdir {
    /// Directories: SITE:PATH or a URL
    #[arg(required = true, value_name = "LOC")]
    locations: Vec<OsString>,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Mkdir {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        for location in &self.locations {
            let (site, path) = context.remote(location, &overrides).await?;
            let at = Location::Remote { site, path };
            while let Err(failure) = context.engine.make_dir(at.clone()).await {
                if !context.ask_trust(&at, &failure).await? {
                    return Err(failure.into());
                }
            }
            context.save_certs(&at, &overrides)?;
            if context.out.is_json() {
                let (path, path_b64) = record::location(&at);
                context.out.object(&record::MkdirRecord { made: path, made_b64: path_b64 })?;
            }
        }
        Ok(Exit::Done)
    }
}

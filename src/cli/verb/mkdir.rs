//! `mkdir`: makes a directory.

use std::ffi::OsString;

use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::site::Location;

/// Makes directories, and those above them that are missing; they may be there already
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane mkdir nas:/incoming/2026/11")]
pub struct Mkdir {
    /// SITE:PATH or a URL
    #[arg(required = true, value_name = "LOC")]
    places: Vec<OsString>,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
}

impl Mkdir {
    /// Makes them.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        for place in &self.places {
            let (site, path) = context.remote(place, &changes).await?;
            let at = Location::Remote { site, path };
            while let Err(failure) = context.engine.make_dir(at.clone()).await {
                if !context.trusts(&at, &failure).await? {
                    return Err(failure.into());
                }
            }
            context.save_certs(&at, &changes)?;
            if context.out.is_json() {
                let (path, path_b64) = record::location(&at);
                context.out.object(&record::Made { made: path, made_b64: path_b64 })?;
            }
        }
        Ok(Exit::Done)
    }
}

//! `raw`: sends a command verbatim.

use std::ffi::OsString;

use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::site::Location;

/// Send a command to the server and show the reply
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane raw nas: FEAT
  fxpane raw nas:/incoming SITE HELP
Everything after the location is part of the command; put options before the location.")]
pub struct Raw {
    /// SITE:PATH, SITE, or a URL; the path becomes the working directory
    #[arg(value_name = "LOC")]
    at: OsString,
    /// FTP command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Raw {
    /// Runs the command; a 4xx or 5xx reply is a failure.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let (site, path) = context.remote(&self.at, &overrides).await?;
        let words: Vec<_> = self.command.iter().map(|word| word.as_encoded_bytes()).collect();
        let line = words.join(&b' ');
        let cwd = (!path.as_bytes().is_empty()).then_some(path.clone());
        let at = Location::Remote { site: site.clone(), path };
        let lines = loop {
            match context.engine.raw(site.clone(), cwd.clone(), line.clone()).await {
                Err(failure) if context.ask_trust(&at, &failure).await? => {}
                reply => break reply?,
            }
        };
        if context.out.is_json() {
            context.out.object(&record::RawReplyRecord { reply: &lines })?;
        } else {
            for line in &lines {
                context.out.line(line)?;
            }
        }
        context.save_certs(&at, &overrides)?;
        let refused = lines.last().is_some_and(|line| line.starts_with(['4', '5']));
        Ok(if refused { Exit::Failed } else { Exit::Done })
    }
}

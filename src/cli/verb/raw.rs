//! `raw`: sends a command as it is.

use std::ffi::OsString;

use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::site::Location;

/// Sends a command as it is and shows the reply
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane raw nas: FEAT
  fxpane raw nas:/incoming SITE HELP
What follows the location belongs to the command; options stand before it.")]
pub struct Raw {
    /// SITE:PATH, SITE, or a URL; the path is the working directory
    #[arg(value_name = "LOC")]
    at: OsString,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
}

impl Raw {
    /// Sends it. A refusal by the server is a failure.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let (site, path) = context.remote(&self.at, &changes).await?;
        let words: Vec<_> = self.command.iter().map(|word| word.as_encoded_bytes()).collect();
        let line = words.join(&b' ');
        let cwd = (!path.as_bytes().is_empty()).then_some(path.clone());
        let at = Location::Remote { site: site.clone(), path };
        let lines = loop {
            match context.engine.raw(site.clone(), cwd.clone(), line.clone()).await {
                Err(failure) if context.trusts(&at, &failure).await? => {}
                reply => break reply?,
            }
        };
        if context.out.is_json() {
            context.out.object(&record::Reply { reply: &lines })?;
        } else {
            for line in &lines {
                context.out.line(line)?;
            }
        }
        context.save_certs(&at, &changes)?;
        let refused = lines.last().is_some_and(|line| line.starts_with(['4', '5']));
        Ok(if refused { Exit::Failed } else { Exit::Done })
    }
}

//! `chmod`: changes the permissions of files and directories.

use std::ffi::OsString;

use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::site::Location;

/// Change permissions (the server must support SITE CHMOD)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane chmod 644 nas:/incoming/disc.iso")]
pub struct Chmod {
    /// Permissions in octal digits, such as 644
    mode: String,
    /// Files or directories: SITE:PATH or a URL
    #[arg(required = true, value_name = "LOC")]
    locations: Vec<OsString>,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Chmod {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let mode = parse_mode(&self.mode)?;
        let overrides = ConnectOverrides::from(&self.connect);
        for location in &self.locations {
            let (site, path) = context.remote(location, &overrides).await?;
            let at = Location::Remote { site, path };
            while let Err(failure) = context.engine.chmod(at.clone(), mode).await {
                if !context.ask_trust(&at, &failure).await? {
                    return Err(failure.into());
                }
            }
            context.save_certs(&at, &overrides)?;
            if context.out.is_json() {
                let (changed, changed_b64) = record::location(&at);
                let mode = format!("{mode:03o}");
                context.out.object(&record::ChmodRecord { changed, changed_b64, mode })?;
            }
        }
        Ok(Exit::Done)
    }
}

fn parse_mode(text: &str) -> Result<u32, CliError> {
    let digits = (3..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let mode = u32::from_str_radix(text, 8).ok().filter(|&mode| digits && mode <= 0o7777);
    mode.ok_or_else(|| CliError::Mode(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_octal() {
        assert_eq!(parse_mode("644").unwrap(), 0o644);
        assert_eq!(parse_mode("02755").unwrap(), 0o2755);
        for wrong in ["", "9", "888", "u+x", "77777", "64", "+644"] {
            assert!(parse_mode(wrong).is_err(), "{wrong}");
        }
    }
}

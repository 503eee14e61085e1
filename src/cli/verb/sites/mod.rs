//! `sites`: manages sites, their passwords and their certificates.

mod change;
mod export;
mod import;
mod password;
mod show;
mod test;
mod trust;
mod vault;

use crate::cli::connect::ConnectOptions;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::passphrase::Passphrase;
use crate::config::UserDirs;

/// List, change, test, import and export sites
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites add nas ftpes://joe@nas.example/in --password vault
  fxpane sites edit nas --set max_sessions=2 --set 'host=[\"nas.example\", \"192.0.2.7\"]'
  fxpane sites test nas
  fxpane sites import filezilla --dry-run
  fxpane sites export --output sites-backup.toml")]
pub struct SitesVerb {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    List(show::List),
    Show(show::Show),
    Add(Box<change::Add>),
    Edit(Box<change::Edit>),
    Rm(change::Rm),
    Test(test::Test),
    Import(import::Import),
    Export(export::Export),
    Vault(vault::VaultVerb),
    Trust(trust::TrustVerb),
}

impl SitesVerb {
    /// Runs a subcommand that needs no connection; `None` if this one needs one.
    pub fn run_offline(
        &self,
        dirs: impl FnOnce() -> Result<UserDirs, CliError>,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Option<Result<Exit, CliError>> {
        let files = match dirs() {
            Ok(dirs) => dirs,
            Err(error) => return Some(Err(error)),
        };
        let done = match &self.subcommand {
            Subcommand::List(verb) => verb.run(&files, out),
            Subcommand::Show(verb) => verb.run(&files, out),
            Subcommand::Add(verb) => verb.run(&files, passphrase, out),
            Subcommand::Edit(verb) => verb.run(&files, passphrase, out),
            Subcommand::Rm(verb) => verb.run(&files, out),
            Subcommand::Test(verb) => return verb.run_offline(&files, out),
            Subcommand::Import(verb) => verb.run(&files, passphrase, out),
            Subcommand::Export(verb) => verb.run(&files, passphrase, out),
            Subcommand::Vault(verb) => verb.run(&files, passphrase, out),
            Subcommand::Trust(verb) => verb.run(&files, out),
        };
        Some(done.map(|()| Exit::Done))
    }

    /// The connection options; `None` if the subcommand does not connect.
    #[must_use]
    pub fn connect(&self) -> Option<&ConnectOptions> {
        match &self.subcommand {
            Subcommand::Test(verb) => Some(&verb.connect),
            _ => None,
        }
    }

    /// Runs a subcommand that needs the engine.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.subcommand {
            Subcommand::Test(verb) => verb.run(context).await,
            _ => Ok(Exit::Done),
        }
    }
}

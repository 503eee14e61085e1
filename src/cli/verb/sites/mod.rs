//! `sites`: the bookmarks, their passwords and their certificates.

mod change;
mod export;
mod import;
mod password;
mod show;
mod test;
mod trust;
mod vault;

use crate::cli::connect::Both;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::passphrase::Passphrase;
use crate::config::Folders;

/// Lists, changes, tests, imports and exports the bookmarks
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
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
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
    /// Does what needs no connection; `None` when this one does.
    pub fn run_here(
        &self,
        folders: impl FnOnce() -> Result<Folders, CliError>,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Option<Result<Exit, CliError>> {
        let files = match folders() {
            Ok(folders) => folders,
            Err(error) => return Some(Err(error)),
        };
        let done = match &self.what {
            What::List(verb) => verb.run(&files, out),
            What::Show(verb) => verb.run(&files, out),
            What::Add(verb) => verb.run(&files, passphrase, out),
            What::Edit(verb) => verb.run(&files, passphrase, out),
            What::Rm(verb) => verb.run(&files, out),
            What::Test(verb) => return verb.run_here(&files, out),
            What::Import(verb) => verb.run(&files, passphrase, out),
            What::Export(verb) => verb.run(&files, passphrase, out),
            What::Vault(verb) => verb.run(&files, passphrase, out),
            What::Trust(verb) => verb.run(&files, out),
        };
        Some(done.map(|()| Exit::Done))
    }

    /// The options of the connection, where there is one.
    #[must_use]
    pub fn connect(&self) -> Option<&Both> {
        match &self.what {
            What::Test(verb) => Some(&verb.connect),
            _ => None,
        }
    }

    /// Does what needs the engine.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.what {
            What::Test(verb) => verb.run(context).await,
            _ => Ok(Exit::Done),
        }
    }
}

//! `sites vault`: manages the vault, which encrypts passwords with a passphrase.

use std::path::PathBuf;

use crate::base::text;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::{self, Passphrase};
use crate::cli::record::{RemovedRecord, VaultEntryRecord, VaultStatusRecord};
use crate::config::UserDirs;
use crate::site::sites_file;
use crate::site::{PasswordRef, Vault, VaultError};

/// Manage the vault: passwords encrypted with one passphrase
///
/// fxpane asks for the passphrase at the terminal, or reads it from the first line of the file
/// given by --vault-passphrase-file or FXPANE_VAULT_PASSPHRASE_FILE.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites vault init
  fxpane sites vault set nas
  fxpane sites edit nas --password vault:nas
  fxpane sites vault passphrase")]
pub(super) struct VaultVerb {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Create an empty vault
    Init,
    /// Show whether the vault exists and which sites use it; needs no passphrase
    Status,
    /// List the names of the stored passwords
    List,
    /// Store a password, replacing an existing one
    Set {
        /// Name of the password, as in { vault = "ENTRY" }
        entry: String,
        /// Read the password from the first line of FILE instead of asking (“-” for standard input)
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Remove passwords
    Rm {
        /// Names of the passwords
        #[arg(required = true, value_name = "ENTRY")]
        entries: Vec<String>,
    },
    /// Change the passphrase
    Passphrase {
        /// Read the new passphrase from the first line of FILE instead of asking
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}

impl VaultVerb {
    pub(super) fn run(
        &self,
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        match &self.subcommand {
            Subcommand::Init => {
                let vault = Vault::new(dirs.vault_file());
                if vault.exists() {
                    return Err(VaultError::Exists.into());
                }
                vault.create(&passphrase.choose(out)?)?;
                if out.is_json() { status(dirs, out) } else { Ok(()) }
            }
            Subcommand::Status => status(dirs, out),
            Subcommand::List => {
                for entry in passphrase.open(dirs, out)?.names()? {
                    print_entry(&entry, out)?;
                }
                Ok(())
            }
            Subcommand::Set { entry, password_file } => {
                let vault = passphrase.open_or_create(dirs, out)?;
                let password = match password_file {
                    Some(file) => passphrase::first_line(file, out)?,
                    None => {
                        let shown = text::visible_str(entry);
                        passphrase::typed(&format!("Password for {shown}:"), out)?
                    }
                };
                if password.is_empty() {
                    return Err(CliError::EmptyPassword);
                }
                vault.set(entry, password)?;
                if out.is_json() { print_entry(entry, out) } else { Ok(()) }
            }
            Subcommand::Rm { entries } => {
                let vault = passphrase.open(dirs, out)?;
                let names = vault.names()?;
                if let Some(missing) = entries.iter().find(|entry| !names.contains(entry)) {
                    return Err(VaultError::NoEntry(missing.clone()).into());
                }
                for entry in entries {
                    vault.remove(entry)?;
                    if out.is_json() {
                        out.object(&RemovedRecord { removed: entry })?;
                    }
                }
                Ok(())
            }
            Subcommand::Passphrase { new_passphrase_file } => {
                let vault = Vault::new(dirs.vault_file());
                if !vault.exists() {
                    return Err(VaultError::Missing.into());
                }
                let old = passphrase.get(passphrase::QUESTION, out)?;
                // reject a wrong passphrase before asking for the new one
                vault.unlock(&old)?;
                let new = Passphrase::from_option(new_passphrase_file.clone()).choose(out)?;
                vault.change_passphrase(&old, &new)?;
                if out.is_json() { status(dirs, out) } else { Ok(()) }
            }
        }
    }
}

fn print_entry(entry: &str, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        out.object(&VaultEntryRecord { entry })
    } else {
        out.line(text::visible_str(entry))
    }
}

fn status(dirs: &UserDirs, out: &mut Output) -> Result<(), CliError> {
    let file = dirs.vault_file();
    let exists = Vault::new(&file).exists();
    let sites = sites_file::load(&dirs.sites_file())?.sites;
    let uses = |password: &PasswordRef| matches!(password, PasswordRef::Vault(_));
    let used_by: Vec<&str> = sites
        .iter()
        .filter(|site| {
            uses(&site.password) || site.proxy.as_ref().is_some_and(|p| uses(&p.password))
        })
        .map(|site| site.name.as_str())
        .collect();
    if out.is_json() {
        let path = file.to_string_lossy().into_owned();
        return out.object(&VaultStatusRecord { path, exists, used_by });
    }
    let shown = text::visible(file.as_os_str().as_encoded_bytes());
    out.line(format_args!("{shown}: {}", if exists { "exists" } else { "does not exist" }))?;
    let users = used_by.iter().map(|name| text::visible_str(name)).collect::<Vec<_>>().join(", ");
    out.line(format_args!("used by: {}", if users.is_empty() { "no site" } else { &users }))
}

//! `sites vault`: passwords under a passphrase.

use std::path::PathBuf;

use crate::base::text;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::{self, Passphrase};
use crate::cli::record::{Removed, VaultEntry, VaultStatus};
use crate::config::Folders;
use crate::site::sites_file;
use crate::site::{PasswordRef, Vault, VaultError};

/// The vault: passwords sealed under one passphrase
///
/// The passphrase is asked for at the terminal, or is the first line of the file that
/// --vault-passphrase-file or FXPANE_VAULT_PASSPHRASE_FILE names.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane sites vault init
  fxpane sites vault set nas
  fxpane sites edit nas --password vault:nas
  fxpane sites vault passphrase")]
pub(super) struct VaultVerb {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Makes an empty vault
    Init,
    /// Says whether there is a vault, and which bookmarks use it; needs no passphrase
    Status,
    /// Names the passwords in it
    List,
    /// Keeps a password, over an old one of that name
    Set {
        /// The name of the password: what stands in { vault = "ENTRY" }
        entry: String,
        /// File whose first line is the password, instead of typing it (“-” for standard input)
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Forgets passwords
    Rm {
        /// The names of the passwords
        #[arg(required = true, value_name = "ENTRY")]
        entries: Vec<String>,
    },
    /// Changes the passphrase
    Passphrase {
        /// File whose first line is the new passphrase, instead of typing it
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
}

impl VaultVerb {
    pub(super) fn run(
        &self,
        folders: &Folders,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        match &self.what {
            What::Init => {
                let vault = Vault::new(folders.vault_file());
                if vault.exists() {
                    return Err(VaultError::Exists.into());
                }
                vault.create(&passphrase.choose(out)?)?;
                if out.is_json() { status(folders, out) } else { Ok(()) }
            }
            What::Status => status(folders, out),
            What::List => {
                for entry in passphrase.open(folders, out)?.names()? {
                    tell(&entry, out)?;
                }
                Ok(())
            }
            What::Set { entry, password_file } => {
                let vault = passphrase.open_or_make(folders, out)?;
                let password = match password_file {
                    Some(file) => passphrase::first_line(file, out)?,
                    None => {
                        let shown = text::visible_str(entry);
                        passphrase::typed(&format!("Password to keep as {shown}:"), out)?
                    }
                };
                if password.is_empty() {
                    return Err(CliError::EmptyPassword);
                }
                vault.set(entry, password)?;
                if out.is_json() { tell(entry, out) } else { Ok(()) }
            }
            What::Rm { entries } => {
                let vault = passphrase.open(folders, out)?;
                let there = vault.names()?;
                if let Some(missing) = entries.iter().find(|entry| !there.contains(entry)) {
                    return Err(VaultError::NoEntry(missing.clone()).into());
                }
                for entry in entries {
                    vault.remove(entry)?;
                    if out.is_json() {
                        out.object(&Removed { removed: entry })?;
                    }
                }
                Ok(())
            }
            What::Passphrase { new_passphrase_file } => {
                let vault = Vault::new(folders.vault_file());
                if !vault.exists() {
                    return Err(VaultError::Missing.into());
                }
                let old = passphrase.get(passphrase::QUESTION, out)?;
                // a wrong one is told before a new one is thought of
                vault.unlock(&old)?;
                let new = Passphrase::in_file(new_passphrase_file.clone()).choose(out)?;
                vault.change_passphrase(&old, &new)?;
                if out.is_json() { status(folders, out) } else { Ok(()) }
            }
        }
    }
}

fn tell(entry: &str, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        out.object(&VaultEntry { entry })
    } else {
        out.line(text::visible_str(entry))
    }
}

fn status(folders: &Folders, out: &mut Output) -> Result<(), CliError> {
    let file = folders.vault_file();
    let exists = Vault::new(&file).exists();
    let sites = sites_file::load(&folders.sites_file())?.sites;
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
        return out.object(&VaultStatus { path, exists, used_by });
    }
    let shown = text::visible(file.as_os_str().as_encoded_bytes());
    out.line(format_args!("{shown}: {}", if exists { "there" } else { "not there yet" }))?;
    let users = used_by.iter().map(|name| text::visible_str(name)).collect::<Vec<_>>().join(", ");
    out.line(format_args!("used by: {}", if users.is_empty() { "no bookmark" } else { &users }))
}

//! `--password`: the source of a site's password.

use std::path::PathBuf;

use crate::base::{Secret, text};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::{self, Passphrase};
use crate::config::UserDirs;
use crate::site::{PasswordRef, Site};

/// Options that set the source of the password.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Password")]
pub(super) struct PasswordOptions {
    /// Source of the password: ask, env:VARIABLE, command:COMMAND (first line of its output),
    /// netrc, vault or vault:ENTRY (encrypted with a passphrase), or plain (unencrypted in
    /// sites.toml). For vault and plain, fxpane asks for the password now
    #[arg(long, value_name = "SOURCE")]
    password: Option<String>,
    /// Read the password from the first line of FILE instead of asking (“-” for standard input)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// The value of `--password`: a [`PasswordRef`] whose password may still have to be read.
enum PasswordSource {
    Known(PasswordRef),
    Vault(Option<String>),
    Plain,
}

impl PasswordOptions {
    /// True if no option is given.
    pub(super) fn is_empty(&self) -> bool {
        self.password.is_none() && self.password_file.is_none()
    }

    fn source(&self) -> Result<Option<PasswordSource>, CliError> {
        let Some(source) = &self.password else { return Ok(None) };
        let (kind, value) = match source.split_once(':') {
            Some((kind, value)) if !value.is_empty() => (kind, Some(value.to_owned())),
            Some(_) => return Err(CliError::PasswordSource),
            None => (source.as_str(), None),
        };
        Ok(Some(match (kind, value) {
            ("ask", None) => PasswordSource::Known(PasswordRef::Ask),
            ("netrc", None) => PasswordSource::Known(PasswordRef::Netrc),
            ("env", Some(name)) => PasswordSource::Known(PasswordRef::Env(name)),
            ("command", Some(command)) => PasswordSource::Known(PasswordRef::Command(command)),
            ("vault", entry) => PasswordSource::Vault(entry),
            ("plain", None) => PasswordSource::Plain,
            _ => return Err(CliError::PasswordSource),
        }))
    }

    /// Sets the password reference of the site. A password that the site already has, from a URL,
    /// is stored as the option says; in the vault before the site is written.
    pub(super) fn apply(
        &self,
        site: &mut Site,
        dirs: &UserDirs,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let source = self.source()?;
        let stored = matches!(source, Some(PasswordSource::Vault(_) | PasswordSource::Plain));
        if self.password_file.is_some() && !stored {
            return Err(CliError::PasswordFileUnused);
        }
        match source {
            None => {}
            Some(PasswordSource::Known(reference)) => site.password = reference,
            Some(PasswordSource::Plain) => {
                site.password = PasswordRef::Plain(self.secret(site, out)?);
            }
            Some(PasswordSource::Vault(entry)) => {
                let entry = entry.unwrap_or_else(|| site.name.clone());
                let vault = passphrase.open_or_create(dirs, out)?;
                // use an existing entry, shared with other sites, without asking for a password
                let shared = self.password_file.is_none()
                    && !matches!(site.password, PasswordRef::Plain(_))
                    && entry != site.name
                    && vault.names()?.contains(&entry);
                if !shared {
                    vault.set(&entry, self.secret(site, out)?)?;
                }
                site.password = PasswordRef::Vault(entry);
            }
        }
        Ok(())
    }

    fn secret(&self, site: &Site, out: &mut Output) -> Result<Secret, CliError> {
        if let Some(file) = &self.password_file {
            return passphrase::first_line(file, out);
        }
        if let PasswordRef::Plain(secret) = &site.password {
            return Ok(secret.clone());
        }
        let (user, name) = (text::visible_str(site.user()), text::visible_str(&site.name));
        let typed = passphrase::typed(&format!("Password of {user} for {name}:"), out)?;
        if typed.is_empty() { Err(CliError::EmptyPassword) } else { Ok(typed) }
    }
}

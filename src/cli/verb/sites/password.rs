//! `--password`: where the password of a bookmark comes from.

use std::path::PathBuf;

use crate::base::{Secret, text};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::cli::passphrase::{self, Passphrase};
use crate::config::Folders;
use crate::site::{PasswordRef, Site};

/// Where the password comes from.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Password")]
pub(super) struct PasswordOptions {
    /// Where the password comes from: ask, env:VARIABLE, command:COMMAND (its first line), netrc,
    /// vault or vault:ENTRY (sealed under a passphrase), or plain (in sites.toml as it is). For
    /// vault and plain it is typed now
    #[arg(long, value_name = "WHERE")]
    password: Option<String>,
    /// File whose first line is the password, instead of typing it (“-” for standard input)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// A kind of [`PasswordRef`] before its password is known.
enum Where {
    Known(PasswordRef),
    Vault(Option<String>),
    Plain,
}

impl PasswordOptions {
    /// True when nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.password.is_none() && self.password_file.is_none()
    }

    fn place(&self) -> Result<Option<Where>, CliError> {
        let Some(place) = &self.password else { return Ok(None) };
        let (kind, value) = match place.split_once(':') {
            Some((kind, value)) if !value.is_empty() => (kind, Some(value.to_owned())),
            Some(_) => return Err(CliError::PasswordWhere),
            None => (place.as_str(), None),
        };
        Ok(Some(match (kind, value) {
            ("ask", None) => Where::Known(PasswordRef::Ask),
            ("netrc", None) => Where::Known(PasswordRef::Netrc),
            ("env", Some(name)) => Where::Known(PasswordRef::Env(name)),
            ("command", Some(command)) => Where::Known(PasswordRef::Command(command)),
            ("vault", entry) => Where::Vault(entry),
            ("plain", None) => Where::Plain,
            _ => return Err(CliError::PasswordWhere),
        }))
    }

    /// Gives the site its password reference. A password that the site has already, from a URL,
    /// goes where the option says; the vault takes it before the bookmark is written.
    pub(super) fn apply(
        &self,
        site: &mut Site,
        folders: &Folders,
        passphrase: &Passphrase,
        out: &mut Output,
    ) -> Result<(), CliError> {
        let place = self.place()?;
        if self.password_file.is_some() && !matches!(place, Some(Where::Vault(_) | Where::Plain)) {
            return Err(CliError::PasswordFor);
        }
        match place {
            None => {}
            Some(Where::Known(reference)) => site.password = reference,
            Some(Where::Plain) => site.password = PasswordRef::Plain(self.secret(site, out)?),
            Some(Where::Vault(entry)) => {
                let entry = entry.unwrap_or_else(|| site.name.clone());
                let vault = passphrase.open_or_make(folders, out)?;
                // an entry that other bookmarks use as well needs no password of its own
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

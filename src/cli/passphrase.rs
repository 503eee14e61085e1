//! Secrets that the user types or keeps in a file: passwords, and the passphrase of the vault.

use std::fs;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::base::Secret;
use crate::cli::ask::{self, is_interactive};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::config::{Folders, files};
use crate::site::{Vault, VaultError};

/// Names the file of the passphrase when no option does.
pub const VARIABLE: &str = "FXPANE_VAULT_PASSPHRASE_FILE";

/// How often a wrong passphrase may be typed.
pub const TRIES: usize = 3;

/// Where the vault's passphrase comes from: a file, else the terminal.
#[derive(Debug, Clone, Default)]
pub struct Passphrase {
    file: Option<PathBuf>,
}

impl Passphrase {
    /// The file that the option names, else the one that the environment names.
    #[must_use]
    pub fn new(option: Option<PathBuf>) -> Self {
        let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        Self { file: option.or_else(|| variable().map(PathBuf::from)) }
    }

    /// Only what this option names, whatever the environment says; else the terminal.
    #[must_use]
    pub fn in_file(option: Option<PathBuf>) -> Self {
        Self { file: option }
    }

    /// True when nobody needs to be asked.
    #[must_use]
    pub fn is_in_file(&self) -> bool {
        self.file.is_some()
    }

    /// The passphrase.
    ///
    /// # Errors
    /// [`CliError::NoPassphrase`] where nobody can be asked, an unreadable file.
    pub fn get(&self, question: &str, out: &mut Output) -> Result<Secret, CliError> {
        match &self.file {
            Some(file) => first_line(file, out),
            None if is_interactive() => typed(question, out),
            None => Err(CliError::NoPassphrase),
        }
    }

    /// A passphrase for a vault that is made or sealed anew: typed twice.
    ///
    /// # Errors
    /// See [`Passphrase::get`]; [`CliError::NotTheSame`].
    pub fn choose(&self, out: &mut Output) -> Result<Secret, CliError> {
        let first = self.get("Passphrase for the new vault:", out)?;
        if !self.is_in_file() && typed("The same again:", out)? != first {
            return Err(CliError::NotTheSame);
        }
        Ok(first)
    }

    /// Opens the vault; a wrong passphrase may be typed again.
    ///
    /// # Errors
    /// [`CliError::Vault`], and see [`Passphrase::get`].
    pub fn open(&self, folders: &Folders, out: &mut Output) -> Result<Vault, CliError> {
        let vault = Vault::new(folders.vault_file());
        if !vault.exists() {
            return Err(VaultError::Missing.into());
        }
        for _ in 1..TRIES {
            match vault.unlock(&self.get(QUESTION, out)?) {
                Err(error @ VaultError::Wrong) if !self.is_in_file() => out.error(error),
                opened => return Ok(opened.map(|()| vault)?),
            }
        }
        vault.unlock(&self.get(QUESTION, out)?)?;
        Ok(vault)
    }

    /// Opens the vault, or makes it when there is none.
    ///
    /// # Errors
    /// See [`Passphrase::open`].
    pub fn open_or_make(&self, folders: &Folders, out: &mut Output) -> Result<Vault, CliError> {
        let vault = Vault::new(folders.vault_file());
        if vault.exists() {
            return self.open(folders, out);
        }
        out.remark("There is no vault for passwords yet; a new one is made.");
        vault.create(&self.choose(out)?)?;
        Ok(vault)
    }
}

/// What is asked.
pub const QUESTION: &str = "Passphrase of the vault:";

/// Asks at the terminal, without an echo.
///
/// # Errors
/// [`CliError::Interrupted`], [`CliError::Terminal`].
pub fn typed(question: &str, out: &mut Output) -> Result<Secret, CliError> {
    let unechoed = ask::without_echo()?;
    out.ask(question);
    let typed = ask::password_now();
    drop(unechoed);
    out.say("");
    typed
}

/// The first line of a file, or with `-` of standard input. Says so when others can read it.
///
/// # Errors
/// [`CliError::PasswordFile`].
pub fn first_line(path: &Path, out: &mut Output) -> Result<Secret, CliError> {
    let secret = read_first_line(path)?;
    if path != Path::new("-") && files::readable_by_others(path) {
        out.remark(format_args!(
            "fxpane: others can read {path}; run: chmod 600 {path}",
            path = crate::base::text::visible(path.as_os_str().as_encoded_bytes())
        ));
    }
    Ok(secret)
}

/// The first line of a file, or with `-` of standard input.
///
/// # Errors
/// [`CliError::PasswordFile`].
pub fn read_first_line(path: &Path) -> Result<Secret, CliError> {
    let failed = |source| CliError::PasswordFile { path: path.to_owned(), source };
    let mut text = Zeroizing::new(String::new());
    if path == Path::new("-") {
        io::stdin().lock().read_line(&mut text).map_err(failed)?;
    } else {
        *text = fs::read_to_string(path).map_err(failed)?;
    }
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    if line.is_empty() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, "its first line is empty")));
    }
    Ok(Secret::from(line))
}

//! Secrets that are typed or read from a file: passwords and the vault passphrase.

use std::fs;
use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::base::Secret;
use crate::cli::ask::{self, is_interactive};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::config::{UserDirs, files};
use crate::site::{Vault, VaultError};

/// Environment variable with the path of the passphrase file; the option takes precedence.
pub const VARIABLE: &str = "FXPANE_VAULT_PASSPHRASE_FILE";

/// Number of attempts to type the passphrase.
pub const TRIES: usize = 3;

/// Source of the vault passphrase: a file, else the terminal.
#[derive(Debug, Clone, Default)]
pub struct Passphrase {
    file: Option<PathBuf>,
}

impl Passphrase {
    /// The file given by the option, else by the environment, else the terminal.
    #[must_use]
    pub fn new(option: Option<PathBuf>) -> Self {
        let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
        Self { file: option.or_else(|| variable().map(PathBuf::from)) }
    }

    /// The file given by the option, else the terminal; ignores the environment.
    #[must_use]
    pub fn from_option(option: Option<PathBuf>) -> Self {
        Self { file: option }
    }

    /// True if the passphrase is read from a file.
    #[must_use]
    pub fn is_in_file(&self) -> bool {
        self.file.is_some()
    }

    /// Reads the passphrase from the file, or asks `question` at the terminal.
    ///
    /// # Errors
    /// [`CliError::NoPassphrase`] when not interactive, [`CliError::PasswordFile`].
    pub fn get(&self, question: &str, out: &mut Output) -> Result<Secret, CliError> {
        match &self.file {
            Some(file) => first_line(file, out),
            None if is_interactive() => typed(question, out),
            None => Err(CliError::NoPassphrase),
        }
    }

    /// Reads a new passphrase; at the terminal it must be typed twice.
    ///
    /// # Errors
    /// See [`Passphrase::get`]; [`CliError::PassphraseMismatch`].
    pub fn choose(&self, out: &mut Output) -> Result<Secret, CliError> {
        let first = self.get("New vault passphrase:", out)?;
        if !self.is_in_file() && typed("Repeat:", out)? != first {
            return Err(CliError::PassphraseMismatch);
        }
        Ok(first)
    }

    /// Unlocks the vault; asks again after a wrong passphrase.
    ///
    /// # Errors
    /// [`CliError::Vault`], and see [`Passphrase::get`].
    pub fn open(&self, dirs: &UserDirs, out: &mut Output) -> Result<Vault, CliError> {
        let vault = Vault::new(dirs.vault_file());
        if !vault.exists() {
            return Err(VaultError::Missing.into());
        }
        for _ in 1..TRIES {
            match vault.unlock(&self.get(QUESTION, out)?) {
                Err(error @ VaultError::WrongPassphrase) if !self.is_in_file() => out.error(error),
                opened => return Ok(opened.map(|()| vault)?),
            }
        }
        vault.unlock(&self.get(QUESTION, out)?)?;
        Ok(vault)
    }

    /// Unlocks the vault, or creates it if there is none.
    ///
    /// # Errors
    /// See [`Passphrase::open`].
    pub fn open_or_create(&self, dirs: &UserDirs, out: &mut Output) -> Result<Vault, CliError> {
        let vault = Vault::new(dirs.vault_file());
        if vault.exists() {
            return self.open(dirs, out);
        }
        out.note("There is no password vault yet; creating one.");
        vault.create(&self.choose(out)?)?;
        Ok(vault)
    }
}

/// The prompt for the vault passphrase.
pub const QUESTION: &str = "Vault passphrase:";

/// Asks at the terminal, without an echo.
///
/// # Errors
/// [`CliError::Interrupted`], [`CliError::Terminal`].
pub fn typed(question: &str, out: &mut Output) -> Result<Secret, CliError> {
    let echo_off = ask::without_echo()?;
    out.ask(question);
    let typed = ask::password_now();
    drop(echo_off);
    out.message("");
    typed
}

/// Reads the first line of a file, or of standard input for `-`. Warns if other users can read
/// the file.
///
/// # Errors
/// [`CliError::PasswordFile`].
pub fn first_line(path: &Path, out: &mut Output) -> Result<Secret, CliError> {
    let secret = read_first_line(path)?;
    if path != Path::new("-") && files::readable_by_others(path) {
        out.note(format_args!(
            "fxpane: other users can read {path}; run: chmod 600 {path}",
            path = crate::base::text::visible(path.as_os_str().as_encoded_bytes())
        ));
    }
    Ok(secret)
}

/// Reads the first line of a file, or of standard input for `-`.
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

//! `config`: checks and shows the configuration files.

use std::path::PathBuf;

use crate::base::text;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::{ConfigCheckSummary, ConfigErrorRecord, TextRecord};
use crate::config::{ConfigError, Settings, UserDirs};
use crate::site::{Trust, sites_file};

/// Check and show the configuration files
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane config check
  fxpane config example > ~/.config/fxpane/config.toml")]
pub struct Config {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Check all configuration files and print their errors
    Check,
    /// Print the paths of all files
    Path,
    /// Print an example config.toml that documents every setting and its default
    Example,
}

/// The example file at the top level of the repository.
const EXAMPLE: &str = include_str!("../../../config.example.toml");

/// An error in a file that only the screen reads: the key map or a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file.
    pub path: PathBuf,
    /// Line number from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// The error message, safe to show.
    pub message: String,
}

/// Checks the key map and the themes.
pub type CheckScreen = fn(&UserDirs) -> Vec<FileProblem>;

impl Config {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn run(
        &self,
        dirs: impl FnOnce() -> Result<UserDirs, CliError>,
        check_screen: CheckScreen,
        out: &mut Output,
    ) -> Result<Exit, CliError> {
        match self.subcommand {
            Subcommand::Check => check(&dirs()?, check_screen, out),
            Subcommand::Path => path(&dirs()?, out),
            Subcommand::Example => {
                if out.is_json() {
                    out.object(&TextRecord { text: EXAMPLE })?;
                } else {
                    out.bytes(EXAMPLE.as_bytes())?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

/// Checks every file, so that an error in one does not hide errors in others.
fn check(dirs: &UserDirs, check_screen: CheckScreen, out: &mut Output) -> Result<Exit, CliError> {
    let mut errors = Vec::new();
    errors.extend(Settings::load(dirs).err());
    match sites_file::load(&dirs.sites_file()) {
        Ok(loaded) => loaded.warnings.iter().for_each(|warning| out.note(warning)),
        Err(error) => errors.push(error),
    }
    errors.extend(Trust::load(dirs.certs_file()).err());
    let problems = check_screen(dirs);
    let found = errors.len() + problems.len();
    for error in &errors {
        print_error(error, out)?;
    }
    for FileProblem { path, line, message } in &problems {
        let file = path.to_string_lossy().into_owned();
        if out.is_json() {
            out.object(&ConfigErrorRecord {
                event: "error",
                file,
                line: *line,
                column: None,
                message,
            })?;
        }
        let shown = text::visible(path.as_os_str().as_encoded_bytes());
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        out.message(format_args!("{shown}{line}: {message}"));
    }
    if out.is_json() {
        out.object(&ConfigCheckSummary { event: "summary", mistakes: found })?;
    } else if found == 0 {
        out.info("configuration is valid")?;
    }
    Ok(if found == 0 { Exit::Done } else { Exit::Usage })
}

/// Prints the errors of a file with their positions.
fn print_error(error: &ConfigError, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        let problems = match error {
            ConfigError::Problems(problems) => problems.as_slice(),
            _ => &[],
        };
        for problem in problems {
            let position = problem.place.position;
            out.object(&ConfigErrorRecord {
                event: "error",
                file: problem.place.path.to_string_lossy().into_owned(),
                line: position.map(|at| at.line),
                column: position.map(|at| at.column),
                message: &problem.mistake.to_string(),
            })?;
        }
        if problems.is_empty() {
            let (file, message) = (String::new(), &error.to_string());
            out.object(&ConfigErrorRecord {
                event: "error",
                file,
                line: None,
                column: None,
                message,
            })?;
        }
    }
    out.message(error);
    Ok(())
}

fn path(dirs: &UserDirs, out: &mut Output) -> Result<Exit, CliError> {
    let files = [
        ("config", dirs.settings_file()),
        ("sites", dirs.sites_file()),
        ("keymap", dirs.keymap_file()),
        ("themes", dirs.themes()),
        ("queue", dirs.queue_file()),
        ("vault", dirs.vault_file()),
        ("certificates", dirs.certs_file()),
        ("log", dirs.logs().join(LOG_FILE)),
    ];
    if out.is_json() {
        let files: serde_json::Map<_, _> = files
            .iter()
            .map(|(name, path)| ((*name).to_owned(), path.to_string_lossy().into()))
            .collect();
        out.object(&files)?;
    } else {
        for (name, path) in files {
            out.line(format_args!("{name:<13} {}", path.display()))?;
        }
    }
    Ok(Exit::Done)
}

/// Prefix of the log files' names; the date follows.
pub const LOG_FILE: &str = "fxpane.log";

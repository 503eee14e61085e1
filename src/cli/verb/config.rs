//! `config`: the files of settings.

use std::path::PathBuf;

use crate::base::text;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::{Checked, Mistake, Text};
use crate::config::{ConfigError, Folders, Settings};
use crate::site::{Trust, sites_file};

/// Checks and shows the files of settings
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane config check
  fxpane config example > ~/.config/fxpane/config.toml")]
pub struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Reads all files and says what is wrong with them
    Check,
    /// Shows where the files are
    Path,
    /// Prints a config.toml with every setting, its meaning and its default
    Example,
}

/// The example file, as it stands at the top level of the repository.
const EXAMPLE: &str = include_str!("../../../config.example.toml");

/// A mistake in a file that the command line itself does not read: keys and themes of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file.
    pub path: PathBuf,
    /// Counted from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// What is wrong, safe to show.
    pub message: String,
}

/// Looks at the files of the screen.
pub type CheckScreen = fn(&Folders) -> Vec<FileProblem>;

impl Config {
    /// Checks or shows.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn run(
        &self,
        folders: impl FnOnce() -> Result<Folders, CliError>,
        screen: CheckScreen,
        out: &mut Output,
    ) -> Result<Exit, CliError> {
        match self.what {
            What::Check => check(&folders()?, screen, out),
            What::Path => path(&folders()?, out),
            What::Example => {
                if out.is_json() {
                    out.object(&Text { text: EXAMPLE })?;
                } else {
                    out.bytes(EXAMPLE.as_bytes())?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

/// Every file is looked at, so that one mistake does not hide another.
fn check(folders: &Folders, screen: CheckScreen, out: &mut Output) -> Result<Exit, CliError> {
    let mut errors = Vec::new();
    errors.extend(Settings::load(folders).err());
    match sites_file::load(&folders.sites_file()) {
        Ok(loaded) => loaded.warnings.iter().for_each(|warning| out.remark(warning)),
        Err(error) => errors.push(error),
    }
    errors.extend(Trust::load(folders.certs_file()).err());
    let problems = screen(folders);
    let found = errors.len() + problems.len();
    for error in &errors {
        tell(error, out)?;
    }
    for FileProblem { path, line, message } in &problems {
        let file = path.to_string_lossy().into_owned();
        if out.is_json() {
            out.object(&Mistake { event: "error", file, line: *line, column: None, message })?;
        }
        let shown = text::visible(path.as_os_str().as_encoded_bytes());
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        out.say(format_args!("{shown}{line}: {message}"));
    }
    if out.is_json() {
        out.object(&Checked { event: "summary", mistakes: found })?;
    } else if found == 0 {
        out.done("all files of settings are good")?;
    }
    Ok(if found == 0 { Exit::Done } else { Exit::Usage })
}

/// The mistakes of a file, each with its place.
fn tell(error: &ConfigError, out: &mut Output) -> Result<(), CliError> {
    if out.is_json() {
        let problems = match error {
            ConfigError::Problems(problems) => problems.as_slice(),
            _ => &[],
        };
        for problem in problems {
            let position = problem.place.position;
            out.object(&Mistake {
                event: "error",
                file: problem.place.path.to_string_lossy().into_owned(),
                line: position.map(|at| at.line),
                column: position.map(|at| at.column),
                message: &problem.mistake.to_string(),
            })?;
        }
        if problems.is_empty() {
            let (file, message) = (String::new(), &error.to_string());
            out.object(&Mistake { event: "error", file, line: None, column: None, message })?;
        }
    }
    out.say(error);
    Ok(())
}

fn path(folders: &Folders, out: &mut Output) -> Result<Exit, CliError> {
    let files = [
        ("config", folders.settings_file()),
        ("sites", folders.sites_file()),
        ("keymap", folders.keymap_file()),
        ("themes", folders.themes()),
        ("queue", folders.queue_file()),
        ("vault", folders.vault_file()),
        ("certificates", folders.certs_file()),
        ("log", folders.logs().join(LOG_FILE)),
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

/// How the names of log files begin; the day follows.
pub const LOG_FILE: &str = "fxpane.log";

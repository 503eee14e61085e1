//! `config`: the files of settings.

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::{Folders, Settings};
use crate::site::{Trust, sites_file};

/// Checks and shows the files of settings
#[derive(Debug, clap::Args)]
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

impl Config {
    /// Checks or shows.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn run(
        &self,
        folders: impl FnOnce() -> Result<Folders, CliError>,
        out: &mut Output,
    ) -> Result<Exit, CliError> {
        match self.what {
            What::Check => check(&folders()?, out),
            What::Path => path(&folders()?, out),
            What::Example => {
                out.bytes(EXAMPLE.as_bytes())?;
                Ok(Exit::Done)
            }
        }
    }
}

/// Every file is looked at, so that one mistake does not hide another.
fn check(folders: &Folders, out: &mut Output) -> Result<Exit, CliError> {
    let mut errors = Vec::new();
    errors.extend(Settings::load(folders).err());
    match sites_file::load(&folders.sites_file()) {
        Ok(loaded) => loaded.warnings.iter().for_each(|warning| out.remark(warning)),
        Err(error) => errors.push(error),
    }
    errors.extend(Trust::load(folders.certs_file()).err());
    for error in &errors {
        out.say(error);
    }
    if !errors.is_empty() {
        return Ok(Exit::Usage);
    }
    out.done("all files of settings are good")?;
    Ok(Exit::Done)
}

fn path(folders: &Folders, out: &mut Output) -> Result<Exit, CliError> {
    let files = [
        ("config", folders.settings_file()),
        ("sites", folders.sites_file()),
        ("keymap", folders.keymap_file()),
        ("themes", folders.themes()),
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

//! The command line as a whole: commands and the options that all of them have.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser};

use crate::base::text;
use crate::cli::connect::{Changes, timeout};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{self, Output};
use crate::cli::passphrase::Passphrase;
use crate::cli::verb::chmod::Chmod;
use crate::cli::verb::completions::Completions;
use crate::cli::verb::config::{CheckScreen, Config};
use crate::cli::verb::cp::Cp;
use crate::cli::verb::debug::Debug;
use crate::cli::verb::demo::Demo;
use crate::cli::verb::doctor::Doctor;
use crate::cli::verb::get::Get;
use crate::cli::verb::ls::Ls;
use crate::cli::verb::man::Man;
use crate::cli::verb::mkdir::Mkdir;
use crate::cli::verb::mv::Mv;
use crate::cli::verb::open::Open;
use crate::cli::verb::put::Put;
use crate::cli::verb::queue::QueueVerb;
use crate::cli::verb::raw::Raw;
use crate::cli::verb::rm::Rm;
use crate::cli::verb::sites::SitesVerb;
use crate::cli::verb::stat::Stat;
use crate::cli::verb::sync::SyncVerb;
use crate::config::{FolderOptions, Folders};

/// Moves files straight between two FTP servers (FXP)
///
/// Without a command the screen opens: two panes, each on a server.
#[derive(Debug, Parser)]
#[command(
    name = "fxpane",
    version,
    arg_required_else_help = false,
    disable_help_subcommand = true,
    infer_subcommands = false,
    after_help = LOCATIONS,
)]
pub struct Arguments {
    /// What to do; the screen when nothing is told.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Folder of config.toml, sites.toml, keymap.toml and themes
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub config_dir: Option<PathBuf>,
    /// Folder of the queue, known certificates and logs
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub data_dir: Option<PathBuf>,
    /// File whose first line is the passphrase of the vault [env: FXPANE_VAULT_PASSPHRASE_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub vault_passphrase_file: Option<PathBuf>,
    /// Results as JSON, one object a line
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// Only results that were asked for, and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    pub quiet: bool,
    /// The dialogue with the servers, on standard error
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub verbose: bool,
}

const LOCATIONS: &str = "\
A location is SITE:PATH with one of your bookmarks (SITE: is its start directory), or a URL: \
ftp://USER@HOST:PORT/PATH (TLS if offered), ftpes:// (explicit TLS demanded), ftps:// (implicit \
TLS), or a local path.

Exit codes: 0 all done or skipped, 1 something failed, 2 wrong usage or settings, 3 no connection \
or login, 4 refused by a safety rule, 130 interrupted.";

/// What to do.
#[derive(Debug, clap::Subcommand)]
#[expect(missing_docs, reason = "each verb is documented where it is defined")]
pub enum Verb {
    Open(Open),
    Demo(Demo),
    Ls(Ls),
    Stat(Stat),
    Mkdir(Mkdir),
    Rm(Rm),
    Mv(Mv),
    Chmod(Chmod),
    Raw(Raw),
    Get(Get),
    Put(Put),
    Cp(Box<Cp>),
    Sync(Box<SyncVerb>),
    Queue(Box<QueueVerb>),
    Doctor(Box<Doctor>),
    Sites(SitesVerb),
    Config(Config),
    Completions(Completions),
    Man(Man),
    Debug(Debug),
}

impl Arguments {
    /// The folders that the options name.
    #[must_use]
    pub fn folders(&self) -> FolderOptions {
        FolderOptions { config: self.config_dir.clone(), data: self.data_dir.clone() }
    }

    /// Where results go.
    #[must_use]
    pub fn output(&self) -> Output {
        Output::new(self.json, self.quiet, self.verbose)
    }

    /// Does what needs no engine; `None` when this verb is not of that kind. `screen` looks at the
    /// files that only the screen reads.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn run_here(
        &self,
        screen: CheckScreen,
        out: &mut Output,
    ) -> Option<Result<Exit, CliError>> {
        let folders = || Ok(Folders::find(self.folders())?);
        let result = match self.verb.as_ref()? {
            Verb::Config(verb) => verb.run(folders, screen, out),
            Verb::Sites(verb) => {
                return Self::flushed(verb.run_here(folders, &self.passphrase(), out)?, out);
            }
            Verb::Completions(verb) => verb.run::<Self>(out),
            Verb::Man(verb) => verb.run::<Self>(out),
            Verb::Debug(verb) => verb.run(out),
            _ => return None,
        };
        Self::flushed(result, out)
    }

    fn flushed(result: Result<Exit, CliError>, out: &mut Output) -> Option<Result<Exit, CliError>> {
        Some(result.and_then(|exit| out.flush().map(|()| exit)))
    }

    /// Where the passphrase of the vault comes from.
    #[must_use]
    pub fn passphrase(&self) -> Passphrase {
        Passphrase::new(self.vault_passphrase_file.clone())
    }

    /// The time limit that the options of the command ask for.
    #[must_use]
    pub fn timeout(&self) -> Option<std::time::Duration> {
        let both = |side| vec![Changes::from(side)];
        let changes = match self.verb.as_ref()? {
            Verb::Ls(verb) => both(&verb.connect),
            Verb::Stat(verb) => both(&verb.connect),
            Verb::Mkdir(verb) => both(&verb.connect),
            Verb::Rm(verb) => both(&verb.connect),
            Verb::Mv(verb) => both(&verb.connect),
            Verb::Chmod(verb) => both(&verb.connect),
            Verb::Raw(verb) => both(&verb.connect),
            Verb::Get(verb) => both(&verb.connect),
            Verb::Put(verb) => both(&verb.connect),
            Verb::Sync(verb) => vec![verb.connect.of_source(), verb.connect.of_target()],
            Verb::Queue(verb) => verb.changes(),
            Verb::Cp(verb) => vec![verb.connect.of_source(), verb.connect.of_target()],
            Verb::Doctor(verb) => vec![verb.connect.of_source(), verb.connect.of_target()],
            Verb::Open(verb) => vec![verb.connect.of_source(), verb.connect.of_target()],
            Verb::Sites(verb) => verb.connect().map(both).unwrap_or_default(),
            Verb::Demo(_)
            | Verb::Config(_)
            | Verb::Completions(_)
            | Verb::Man(_)
            | Verb::Debug(_) => Vec::new(),
        };
        timeout(&changes)
    }
}

impl Verb {
    /// True for what reads or writes the store: the queue, and what is remembered of routes.
    #[must_use]
    pub fn uses_store(&self) -> bool {
        self.transfers() || matches!(self, Self::Queue(_) | Self::Doctor(_))
    }

    /// True for what ends with a summary.
    #[must_use]
    pub fn transfers(&self) -> bool {
        matches!(self, Self::Get(_) | Self::Put(_) | Self::Cp(_) | Self::Sync(_))
    }

    /// Does what needs the engine.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let exit = match self {
            Self::Ls(verb) => verb.run(context).await,
            Self::Stat(verb) => verb.run(context).await,
            Self::Mkdir(verb) => verb.run(context).await,
            Self::Rm(verb) => verb.run(context).await,
            Self::Mv(verb) => verb.run(context).await,
            Self::Chmod(verb) => verb.run(context).await,
            Self::Raw(verb) => verb.run(context).await,
            Self::Get(verb) => verb.run(context).await,
            Self::Put(verb) => verb.run(context).await,
            Self::Cp(verb) => verb.run(context).await,
            Self::Sites(verb) => verb.run(context).await,
            Self::Sync(verb) => verb.run(context).await,
            Self::Queue(verb) => verb.run(context).await,
            Self::Doctor(verb) => verb.run(context).await,
            Self::Open(_)
            | Self::Demo(_)
            | Self::Config(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Debug(_) => Ok(Exit::Done),
        }?;
        context.out.flush()?;
        Ok(exit)
    }
}

/// Reads the command line; help, version and mistakes are told here already.
///
/// # Errors
/// The exit that follows.
pub fn parse() -> Result<Arguments, Exit> {
    Arguments::try_parse().map_err(|error| {
        // when nobody reads it, nobody needs it
        let _ = output::usage(&error, location_hint(&error).as_deref());
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })
}

/// A location where a command should stand is one that somebody wants to see.
fn location_hint(error: &clap::Error) -> Option<String> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let location = word.contains(':');
    location.then(|| format!("to open it on the screen: fxpane open {}", text::visible_str(word)))
}

/// The declaration of the command line, for tests.
#[must_use]
pub fn declaration() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
#[path = "arguments_tests.rs"]
mod tests;

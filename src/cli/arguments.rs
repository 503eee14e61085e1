//! The command line as a whole: the subcommands and the global options.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser};

use crate::base::text;
use crate::cli::connect::{ConnectOverrides, timeout};
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
use crate::config::{DirOptions, UserDirs};

/// Copy files directly between two FTP servers (FXP)
///
/// Without a command, fxpane opens its screen: two panes, one server in each.
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
    /// The command to run; opens the screen if omitted.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Directory with config.toml, sites.toml, keymap.toml and themes
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub config_dir: Option<PathBuf>,
    /// Directory with the queue, known certificates and logs
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub data_dir: Option<PathBuf>,
    /// Read the vault passphrase from the first line of FILE [env: FXPANE_VAULT_PASSPHRASE_FILE]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub vault_passphrase_file: Option<PathBuf>,
    /// Print results as JSON, one object per line
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Print only requested results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,
    /// Show the FTP conversation on standard error
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub verbose: bool,
}

const LOCATIONS: &str = "\
A location is SITE:PATH for one of your sites (SITE: alone is its start directory), a URL, or a \
local path. URLs: ftp://USER@HOST:PORT/PATH (TLS if the server offers it), ftpes:// (explicit TLS \
required), ftps:// (implicit TLS).

Exit codes: 0 success (all files done or skipped), 1 failure, 2 usage or configuration error, 3 \
connection or login failed, 4 refused by a safety rule, 130 interrupted.";

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
#[expect(missing_docs, reason = "each command is documented where it is defined")]
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
    /// The directories set by `--config-dir` and `--data-dir`.
    #[must_use]
    pub fn dirs(&self) -> DirOptions {
        DirOptions { config: self.config_dir.clone(), data: self.data_dir.clone() }
    }

    /// The output that `--json`, `--quiet` and `--verbose` ask for.
    #[must_use]
    pub fn output(&self) -> Output {
        Output::new(self.json, self.quiet, self.verbose)
    }

    /// Runs a command that needs no engine; `None` if this command needs one. `check_screen`
    /// checks the files that only the screen reads.
    ///
    /// # Errors
    /// [`CliError`].
    pub fn run_offline(
        &self,
        check_screen: CheckScreen,
        out: &mut Output,
    ) -> Option<Result<Exit, CliError>> {
        let dirs = || Ok(UserDirs::find(self.dirs())?);
        let result = match self.verb.as_ref()? {
            Verb::Config(verb) => verb.run(dirs, check_screen, out),
            Verb::Sites(verb) => {
                return Self::flushed(verb.run_offline(dirs, &self.passphrase(), out)?, out);
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

    /// Where to read the vault passphrase from.
    #[must_use]
    pub fn passphrase(&self) -> Passphrase {
        Passphrase::new(self.vault_passphrase_file.clone())
    }

    /// The `--timeout` of the command; `None` if it has none.
    #[must_use]
    pub fn timeout(&self) -> Option<std::time::Duration> {
        let both = |side| vec![ConnectOverrides::from(side)];
        let overrides = match self.verb.as_ref()? {
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
            Verb::Queue(verb) => verb.overrides(),
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
        timeout(&overrides)
    }
}

impl Verb {
    /// True for commands that read or write the queue database (jobs and remembered routes).
    #[must_use]
    pub fn uses_store(&self) -> bool {
        self.transfers() || matches!(self, Self::Queue(_) | Self::Doctor(_))
    }

    /// True for commands that end with a transfer summary.
    #[must_use]
    pub fn transfers(&self) -> bool {
        matches!(self, Self::Get(_) | Self::Put(_) | Self::Cp(_) | Self::Sync(_))
    }

    /// Runs a command that needs the engine.
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

/// Parses the command line; prints help, version and usage errors itself.
///
/// # Errors
/// The exit status after help, version or a usage error was printed.
pub fn parse() -> Result<Arguments, Exit> {
    Arguments::try_parse().map_err(|error| {
        // a closed standard output or error must not change the exit status
        let _ = output::usage(&error, location_hint(&error).as_deref());
        if error.use_stderr() { Exit::Usage } else { Exit::Done }
    })
}

/// A location in place of a command: the user probably wants to open it on the screen.
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

/// The clap definition of the command line, for tests.
#[must_use]
pub fn definition() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
#[path = "arguments_tests.rs"]
mod tests;

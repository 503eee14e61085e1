//! `completions`: generates completion scripts for shells.

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::TextRecord;

/// Print a shell completion script
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane completions bash > ~/.local/share/bash-completion/completions/fxpane
  fxpane completions fish > ~/.config/fish/completions/fxpane.fish
  fxpane completions zsh  > ~/.zfunc/_fxpane        a directory of $fpath")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Runs the command; `A` is the definition of the command line.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn run<A: CommandFactory>(&self, out: &mut Output) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        generate(self.shell, &mut A::command(), "fxpane", &mut script);
        if self.shell == Shell::Fish {
            let mut program = A::command();
            program.build();
            script.extend_from_slice(third_level(&program).as_bytes());
        }
        if out.is_json() {
            out.object(&TextRecord { text: &String::from_utf8_lossy(&script) })?;
        } else {
            out.bytes(&script)?;
        }
        Ok(Exit::Done)
    }
}

/// Fish completions for the options of commands such as `sites vault set`: clap's generator stops
/// at the second level.
fn third_level(program: &Command) -> String {
    let mut lines = String::new();
    for first in program.get_subcommands() {
        for second in first.get_subcommands() {
            for third in second.get_subcommands() {
                let when = format!(
                    "__fish_fxpane_using_subcommand {}; and __fish_seen_subcommand_from {}; and \
                     __fish_seen_subcommand_from {}",
                    first.get_name(),
                    second.get_name(),
                    third.get_name()
                );
                // clap's generator already emits the global options
                let own = third
                    .get_arguments()
                    .filter(|argument| !argument.is_global_set() && argument.get_id() != "help");
                for argument in own {
                    let Some(long) = argument.get_long() else { continue };
                    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                    let help = help.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', " ");
                    let value = if argument.get_action().takes_values() { " -r" } else { "" };
                    lines +=
                        &format!("complete -c fxpane -n \"{when}\" -l {long} -d '{help}'{value}\n");
                }
            }
        }
    }
    lines
}

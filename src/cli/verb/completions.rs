//! `completions`: what a shell completes.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::Text;

/// Prints a script that lets a shell complete commands and options
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane completions bash > ~/.local/share/bash-completion/completions/fxpane
  fxpane completions fish > ~/.config/fish/completions/fxpane.fish
  fxpane completions zsh  > ~/.zfunc/_fxpane        a folder of $fpath")]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Prints it for the program whose arguments are `A`.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn run<A: CommandFactory>(&self, out: &mut Output) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        generate(self.shell, &mut A::command(), "fxpane", &mut script);
        if out.is_json() {
            out.object(&Text { text: &String::from_utf8_lossy(&script) })?;
        } else {
            out.bytes(&script)?;
        }
        Ok(Exit::Done)
    }
}

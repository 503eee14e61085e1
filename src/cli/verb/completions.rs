//! `completions`: what a shell completes.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;

/// Prints a script that lets a shell complete commands and options
#[derive(Debug, clap::Args)]
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
        out.bytes(&script)?;
        Ok(Exit::Done)
    }
}

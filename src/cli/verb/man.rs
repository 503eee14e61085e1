//! `man`: the manual page.

use clap::CommandFactory;

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;

/// Prints the manual page
#[derive(Debug, clap::Args)]
pub struct Man {
    /// The command that the page is about [default: the program]
    command: Option<String>,
}

impl Man {
    /// Prints it for the program whose arguments are `A`.
    ///
    /// # Errors
    /// [`CliError::Output`].
    pub fn run<A: CommandFactory>(&self, out: &mut Output) -> Result<Exit, CliError> {
        let mut program = A::command();
        program.build();
        let command = match &self.command {
            None => program,
            Some(name) => program
                .find_subcommand(name)
                .cloned()
                .ok_or_else(|| CliError::NotFound(name.clone()))?,
        };
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(CliError::Output)?;
        out.bytes(&page)?;
        Ok(Exit::Done)
    }
}

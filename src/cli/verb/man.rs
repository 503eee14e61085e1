//! `man`: generates the manual pages.

use std::path::PathBuf;

use clap::CommandFactory;

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::{TextRecord, WrittenRecord};
use crate::config::files;

/// Print the manual page
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane man | man -l -
  fxpane man sites add | man -l -
  fxpane man --output ~/.local/share/man/man1       write the pages of all commands")]
pub struct Man {
    /// Command to print the page of, such as `sites add` [default: fxpane itself]
    command: Vec<String>,
    /// Write the pages of all commands into DIR
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    output: Option<PathBuf>,
}

impl Man {
    /// Runs the command; `A` is the definition of the command line.
    ///
    /// # Errors
    /// [`CliError::Output`], [`CliError::NotFound`], [`CliError::Config`].
    pub fn run<A: CommandFactory>(&self, out: &mut Output) -> Result<Exit, CliError> {
        let mut program = A::command();
        program.build();
        if let Some(dir) = &self.output {
            let mut pages = Vec::new();
            collect(&program, "fxpane", &mut pages)?;
            for (name, page) in pages {
                let path = dir.join(format!("{name}.1"));
                files::write(&path, &page)?;
                if out.is_json() {
                    out.object(&WrittenRecord { written: path.to_string_lossy().into_owned() })?;
                }
            }
            return Ok(Exit::Done);
        }
        let (mut command, mut name) = (&program, "fxpane".to_owned());
        for word in &self.command {
            command = command
                .find_subcommand(word)
                .ok_or_else(|| CliError::NotFound(self.command.join(" ")))?;
            name = format!("{name}-{word}");
        }
        let page = page(command, &name)?;
        if out.is_json() {
            out.object(&TextRecord { text: &String::from_utf8_lossy(&page) })?;
        } else {
            out.bytes(&page)?;
        }
        Ok(Exit::Done)
    }
}

/// The page of a command; `name` as in `man fxpane-cp`.
fn page(command: &clap::Command, name: &str) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    let title = name.to_uppercase();
    let man = clap_mangen::Man::new(command.clone().display_name(name.to_owned())).title(title);
    man.render(&mut page).map_err(CliError::Output)?;
    Ok(page)
}

/// Collects the pages of a command and of all its subcommands.
fn collect(
    command: &clap::Command,
    name: &str,
    pages: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), CliError> {
    pages.push((name.to_owned(), page(command, name)?));
    for inner in command.get_subcommands() {
        collect(inner, &format!("{name}-{}", inner.get_name()), pages)?;
    }
    Ok(())
}

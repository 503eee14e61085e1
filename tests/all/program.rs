//! The real program, kept away from the user's folders; the benchmarks use this file too.

use std::io;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A place for the program to run in: no settings, no bookmarks, an empty queue.
#[derive(Debug)]
pub(crate) struct Program {
    home: TempDir,
}

impl Program {
    /// A new place, removed at the end.
    ///
    /// # Errors
    /// The temporary folder cannot be written.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { home: tempfile::tempdir()? })
    }

    /// The program with these arguments, without a terminal.
    pub(crate) fn fxpane(&self, arguments: &[&str]) -> Command {
        let mut command = self.other(env!("CARGO_BIN_EXE_fxpane"));
        command.args(arguments);
        command
    }

    /// Another program in the same place, without what the user's own environment says.
    pub(crate) fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("FXPANE_CONFIG_DIR", self.home.path().join("config"))
            .env("FXPANE_DATA_DIR", self.home.path().join("data"))
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        command
    }
}

//! Runs the real program with its own home directory; the benchmarks use this file too.

use std::io;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A temporary home directory for the program: no settings, no sites, an empty queue.
#[derive(Debug)]
pub(crate) struct Program {
    home: TempDir,
}

impl Program {
    /// Creates the home directory; it is removed when dropped.
    ///
    /// # Errors
    /// The temporary directory cannot be created.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { home: tempfile::tempdir()? })
    }

    /// A command that runs the program with these arguments, without a terminal.
    pub(crate) fn fxpane(&self, arguments: &[&str]) -> Command {
        let mut command = self.other(env!("CARGO_BIN_EXE_fxpane"));
        command.args(arguments);
        command
    }

    /// A command that runs another program in the same home directory, with a clean environment.
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

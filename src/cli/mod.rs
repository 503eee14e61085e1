//! The command line (docs/command-line.md).
//!
//! Rung 11. Bottom to top: [`error`] and [`output`], the only module that prints; [`record`] and
//! [`findings`], the objects of `--json`; [`ask`], prompts; [`passphrase`], secrets that are typed
//! or read from a file; [`connect`], connection options; [`context`], what commands share; [`job`]
//! runs jobs of the engine and prints their results; [`verb`], one file per command;
//! [`arguments`], the command line as a whole.

pub mod arguments;
pub mod ask;
pub mod connect;
pub mod context;
pub mod copy;
pub mod error;
pub mod findings;
pub mod form;
pub mod job;
pub mod output;
pub mod passphrase;
pub mod pipe;
pub mod progress;
pub mod record;
pub mod start;
pub mod verb;

pub use arguments::{Arguments, Verb, parse};
pub use ask::is_interactive;
pub use context::Context;
pub use error::{CliError, Exit};
pub use output::Output;

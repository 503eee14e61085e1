//! The command line (design section 7).
//!
//! Rung 11. Bottom to top: [`error`] and [`output`], the only place that prints; [`record`] and
//! [`findings`], the objects of `--json`; [`ask`], the terminal; [`passphrase`], secrets that are
//! typed or lie in a file; [`connect`], options; [`context`], what a command works with; [`job`]
//! runs jobs of the engine and tells what comes of them; [`verb`], one file each; [`arguments`],
//! all of it together.

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

//! All integration tests in one binary, so that only one must be linked.
//!
//! Unit tests are next to the code that they test. These tests need several modules, the real
//! program, or real servers. `tests/run` runs all of them.

#![cfg(test)]

/// Repeating a command after the program was interrupted or killed.
mod again;
/// Rules for the source code: module rungs, import cycles, file length, module docs.
mod architecture;
/// Citations in the sources exist in `docs/`.
mod citations;
/// The command line.
mod cli;
/// Valid and invalid configuration files.
mod configs;
/// Listings with known results.
mod corpus;
/// Exporting and importing the queue.
mod exchange;
/// Jobs of the real engine between two demo servers with faults.
mod faults;
/// Properties that must hold for any input.
mod fuzz;
/// The records of `--json` match their documentation.
mod json_docs;
/// Fifty kills of the program during one job.
mod killed;
/// Every pair of real servers; ignored by default, run by `tests/matrix`.
mod matrix;
/// Runs the program in its own directory.
mod program;
/// Data protection of the two sides.
mod protection;
/// The queue with the real program: unreachable servers, jobs that are added or start later.
mod queued;
/// The commands of README.md.
mod reader;
mod readme;
mod refusals;
/// The screen in a pseudo-terminal.
mod screen;
/// Passwords never appear in any output.
mod secrets;
/// The real program on real servers; ignored by default, run by `tests/run`.
mod servers;
/// One logged-in session: how it connects, and how it handles the quirks of a server.
mod sessions;
/// `fxpane sites …`: sites, vault, imports and exports.
mod sites;
/// Queued jobs whose target changes before they run.
mod stale;
/// Commands in a terminal: prompts, progress, Ctrl-C.
mod terminal;

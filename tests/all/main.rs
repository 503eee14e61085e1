//! Every test that is not a unit test, in one binary: one link instead of one per file.
//!
//! Unit tests stand beside the code that they test. Here is what needs more than one module, the
//! real program, or real servers. `tests/run` is the one command that runs all of it.

#![cfg(test)]

/// The same command once more, after the program was interrupted or killed.
mod again;
/// The rungs of the house, circles, file length, module docs: read from the sources.
mod architecture;
/// The command line as a user meets it.
mod cli;
/// Good and bad files of settings.
mod configs;
/// Listings with known answers.
mod corpus;
/// The queue as a file.
mod exchange;
/// Jobs of the real engine between two embedded servers, with every fault that is known.
mod faults;
/// What has to hold for any bytes from outside.
mod fuzz;
/// Fifty kills of the program in one job.
mod killed;
/// Every pair of real servers; ignored by default, run by `tests/matrix`.
mod matrix;
/// The program in a place of its own.
mod program;
/// Which side protects the data.
mod protection;
/// The queue by the real program: servers that go away, jobs that are added or begin later.
mod queued;
/// The commands of README.md.
mod readme;
/// The screen in a pseudo-terminal.
mod screen;
/// A planted password is in no output.
mod secrets;
/// The real program against real servers; ignored by default, run by `tests/run`.
mod servers;
/// One logged-in server: how it is reached, and how its ways are met.
mod sessions;
/// `fxpane sites …`: bookmarks, vault, imports and exports.
mod sites;
/// A queue that waits while its target changes.
mod stale;
/// Commands in a terminal: questions, progress, Ctrl-C.
mod terminal;

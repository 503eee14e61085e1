//! fxpane copies files directly between two FTP servers (FXP): two panes browse two sites, a queue
//! panel shows the jobs, and an engine does the work. The data does not pass through this machine:
//! the source server sends it to the destination server, and fxpane only controls both.
//!
//! # Architecture
//!
//! The modules form rungs, and a module only uses modules of lower rungs; a test checks this in
//! the sources (`tests/all/architecture.rs`). `docs/architecture.md` is the guide to them all.
//!
//! | rung | module | purpose |
//! |---|---|---|
//! | 0 | [`base`] | common types: remote paths as bytes, sizes, timestamps, safe text |
//! | 1 | [`ftp`] | the protocol without I/O: commands, replies, features, addresses, listings |
//! | 2 | [`net`] | sockets, TLS, time limits, the control connection |
//! | 3 | [`config`] | settings, paths of the user's files, errors with file and line |
//! | 4 | [`site`] | sites, locations, passwords, trusted certificates, imports |
//! | 5 | [`session`] | one logged-in control connection |
//! | 6 | [`demo`] | an embedded FTP server with scripted faults, for the demo and the tests |
//! | 7 | [`transfer`] | the transfer of one file from one location to another |
//! | 8 | [`queue`] | jobs, items, rules, and the queue database |
//! | 9 | [`engine`] | the task that owns all mutable state: commands in, events out |
//! | 11 | [`ui`], [`cli`] | the screen and the command line; neither uses the other |
//! | 12 | [`app`] | starts the program: connects settings, engine and front ends |
//!
//! # Where to start reading
//!
//! * The transfer of one file between two servers: [`transfer::Machine`]. It does no I/O: replies
//!   in, commands out; [`transfer::Lane`] drives it over two sessions.
//! * The interface for front ends: [`engine::EngineHandle`].
//! * Key bindings: `ui::action`, one line per action; then `ui::update`, one file per action.
//! * Server misbehaviour: `demo::fault`, the fault rules that the tests use.
//!
//! # Principles behind the code
//!
//! * `STOR` truncates the target before the source has agreed to send, so it is only used with a
//!   free name; an existing file is replaced by renaming after the transfer has been verified.
//! * A 226 reply proves nothing: the sizes of both files decide.
//! * File names are bytes and never rewritten; [`base::text::visible`] makes them safe to show.
//! * Every wait has a timeout, and every failure states cause, site, step and remedy.

pub mod app;
pub mod base;
pub mod cli;
pub mod config;
pub mod demo;
pub mod engine;
pub mod ftp;
pub mod net;
pub mod queue;
pub mod session;
pub mod site;
pub mod transfer;
pub mod ui;

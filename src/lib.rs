//! fxpane moves files straight between two FTP servers (FXP): two panes browse two sites, a queue
//! panel shows the jobs, an engine does the work. The data never comes here: the source sends to
//! the destination, and fxpane only talks to both.
//!
//! # The map of the house
//!
//! Modules stand on rungs, and a module names only modules on lower rungs; a test reads the
//! sources and proves it (`tests/all/architecture.rs`).
//!
//! | rung | module | what it is |
//! |---|---|---|
//! | 0 | [`base`] | words that everybody uses: remote paths as bytes, sizes, stamps, safe text |
//! | 1 | [`ftp`] | the protocol without I/O: commands, replies, features, addresses, listings |
//! | 2 | [`net`] | sockets, TLS, time limits, the control connection |
//! | 3 | [`config`] | settings, folders, mistakes with file and line |
//! | 4 | [`site`] | bookmarks, locations, passwords, trusted certificates, imports |
//! | 5 | [`session`] | one logged-in server |
//! | 6 | [`demo`] | an embedded FTP server with scripted faults, for the demo and the tests |
//! | 7 | [`transfer`] | one file from one location to another |
//! | 8 | [`queue`] | jobs, items, rules |
//! | 9 | [`engine`] | the one task that owns all that changes: commands in, events out |
//! | 11 | [`ui`], [`cli`] | the screen and the command line; neither names the other |
//! | 12 | [`app`] | puts the parts together |
//!
//! # Where to begin reading
//!
//! * One file's way between two servers: [`transfer::Machine`]. It is pure: replies in, commands
//!   out; [`transfer::Lane`] drives it over two sessions.
//! * What a front end can ask for: [`engine::EngineHandle`].
//! * What a key does: `ui::action`, one line each; then `ui::update`, one verb a file.
//! * What a server may do to us: `demo::fault`, the language of faults that the tests speak.
//!
//! # Rules that explain much of the code
//!
//! * `STOR` truncates before the source has agreed to send, so it only ever names a free file; what
//!   exists is replaced by a rename after a good verdict.
//! * A 226 proves nothing: the sizes of both files decide.
//! * Names are bytes and never rewritten; what is shown goes through [`base::text::visible`].
//! * Every wait has an end, and every failure says cause, site, step and remedy.

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

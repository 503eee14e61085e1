//! The FTP protocol without I/O: commands, replies, features, addresses, listings.
//!
//! Rung 1. Everything here is a pure function or a small state machine over bytes, so that it can
//! be tested with tables and fuzzed (RFC 959, 2228, 2389, 2428, 3659, 4217).

pub mod address;
pub mod charset;
pub mod command;
pub mod digest;
pub mod entry;
pub mod features;
pub mod listing;
pub mod path_style;
pub mod pathname;
pub mod permissions;
pub mod reply;
pub mod settime;
pub mod software;
pub mod transfer_reply;

pub use charset::Charset;
pub use command::{Command, CommandError};
pub use digest::{Algorithm, Digest, Digests, Hasher};
pub use entry::{Entry, Kind};
pub use features::Features;
pub use path_style::PathStyle;
pub use permissions::Permissions;
pub use reply::{Class, Reply, ReplyError, ReplyParser};
pub use settime::TimeSetter;
pub use software::ServerKind;

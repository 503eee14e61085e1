//! A session with one server: login, features, directories, files, data connections.
//!
//! Rung 5. A [`Session`] owns one control connection and serves one user at a time. After an error
//! that leaves the state of the replies unknown, [`Session::is_usable`] returns false and the
//! session must be dropped.

mod clock;
mod completeness;
mod connect;
mod data;
mod digest;
pub mod error;
mod list;
pub mod login;
mod manage;
mod options;
mod pret;
mod stat;
mod state;

pub use data::{LocalTransfer, PendingReply, TransferRequest, TransferVerb};
pub use digest::Comparison;
pub use error::SessionError;
pub use manage::SizeAnswer;
pub use options::{Limits, ListMethod, Protection, ServerProfile, SessionOptions};
pub use stat::Presence;
pub use state::Session;

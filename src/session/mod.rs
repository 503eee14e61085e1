//! One logged-in server: login, features, directories, files, own data connections.
//!
//! Rung 5. A [`Session`] owns one control connection. It is lent for one use at a time; after an
//! error that leaves its replies unknown it says so by [`Session::is_usable`] and is dropped.

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

pub use data::{TransferRequest, LocalTransfer, TransferVerb, Pending};
pub use digest::Comparison;
pub use error::SessionError;
pub use options::{Known, Limits, ListMethod, Options, Protection};
pub use stat::Presence;
pub use state::Session;

//! An embedded FTP server with scripted faults, used by `fxpane demo` and the tests.
//!
//! Rung 6: it uses `base`, `ftp` and `net` only. It listens on loopback addresses only.
//!
//! # For tests
//!
//! A server runs in the test's own runtime and stops when it is dropped:
//!
//! ```
//! # use fxpane::demo::{Cut, Personality, Rule, Server, Setup, Tls};
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let server = Server::start(Setup::new().file("/pub/a.txt", "hello").dir("/incoming")).await?;
//! let url = format!("{}/pub/a.txt", server.url()); // ftp://fxp:fxp-secret@127.0.0.1:PORT/pub/a.txt
//! // … run a transfer, then check the result:
//! assert_eq!(server.root().read("/pub/a.txt")?, b"hello");
//! assert!(server.root().list("/incoming")?.is_empty());
//! assert_eq!(server.count("RETR"), 0);
//!
//! // a pair of servers that behave like ProFTPD and vsftpd; the second one refuses FXP
//! let source = Setup::new().personality(Personality::Proftpd).tls(Tls::Offered);
//! let target = Setup::new().personality(Personality::Vsftpd).no_fxp();
//! let source = Server::start(source).await?;
//! let target = Server::start(target).await?;
//!
//! // faults, in Rust or as text, before the start or later
//! source.fault(Rule::on("RETR").at(1000, Cut::Reset));
//! target.fault(Rule::parse(r#"on STOR 2 reply 552 "Disk full""#)?);
//!
//! // stop in the middle of a transfer, without sleeping:
//! source.fault(Rule::on("RETR").at(4096, Cut::Hold("middle".to_owned())));
//! // … start the transfer, then `source.wait_for_hold("middle").await`, and check the state
//! source.release("middle");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?; Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Server::wait_for_command`] and [`Server::wait_until`] wait for what clients do;
//! [`Server::crash`] and [`Server::restart`] simulate a server that crashes and comes back.
//!
//! # Modules
//!
//! `server` listens and owns the sessions. `driver` runs one session: it reads lines from
//! `control`, applies the rules of `fault`, and executes commands with `verb` on the state in
//! `session`. `channel` opens data connections and `transfer` moves the data. `store` holds the
//! files, `listing` formats directories, `persona` has the behavior and reply texts of real
//! servers, `record` the log of the control connections.

mod channel;
mod control;
mod digest;
mod driver;
mod error;
pub mod fault;
mod listing;
mod persona;
mod record;
mod root;
mod server;
mod session;
mod setup;
mod shared;
mod store;
mod tls;
mod transfer;
mod verb;

pub use error::DemoError;
pub use fault::{Cut, FaultError, Rule};
pub use persona::{Abort, Behavior, ForeignPeer, InTransfer, Personality, SizeInText};
pub use record::ControlLine;
pub use root::Root;
pub use server::Server;
pub use setup::{Setup, Tls};
pub use store::StoreError;

#[cfg(test)]
mod tests;

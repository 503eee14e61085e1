//! An embedded FTP server with scripted faults: `fxpane demo` and the tests use it.
//!
//! Rung 6; it names `base`, `ftp` and `net` only. It listens on loopback addresses only.
//!
//! # For tests
//!
//! A server lives in the test's own runtime and stops when it is dropped:
//!
//! ```
//! # use fxpane::demo::{Cut, Personality, Rule, Server, Setup, Tls};
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! let server = Server::start(Setup::new().file("/pub/a.txt", "hello").dir("/incoming")).await?;
//! let url = format!("{}/pub/a.txt", server.url()); // ftp://fxp:fxp-secret@127.0.0.1:PORT/pub/a.txt
//! // … let the program do something with it, then look:
//! assert_eq!(server.root().read("/pub/a.txt")?, b"hello");
//! assert!(server.root().list("/incoming")?.is_empty());
//! assert_eq!(server.count("RETR"), 0);
//!
//! // a pair of servers that behave as ProFTPD and vsftpd do, with addresses of their own,
//! // the second one forbidding FXP
//! let source = Setup::new().personality(Personality::Proftpd).tls(Tls::Offered);
//! let target = Setup::new().personality(Personality::Vsftpd).no_fxp();
//! let source = Server::start(source.address([127, 0, 0, 41].into())).await?;
//! let target = Server::start(target.address([127, 0, 0, 42].into())).await?;
//!
//! // faults, in Rust or as text, before the start or later
//! source.fault(Rule::on("RETR").at(1000, Cut::Reset));
//! target.fault(Rule::parse(r#"on STOR 2 reply 552 "Disk full""#)?);
//!
//! // a moment in the middle of a transfer, without sleeping:
//! source.fault(Rule::on("RETR").at(4096, Cut::Hold("middle".to_owned())));
//! // … start the transfer, then: source.held("middle").await; look around;
//! source.release("middle");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?; Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Server::saw`] and [`Server::until`] wait for what clients do; [`Server::crash`] and
//! [`Server::come_back`] are a server that dies and returns.
//!
//! # The parts
//!
//! `server` listens and owns the sessions; `driver` runs one session: lines come through `talk`,
//! rules of `fault` may change what happens, `verb` obeys on the state in `session`, `channel`
//! opens data connections and `transfer` moves the data. `store` holds the files, `listing` writes
//! directories, `persona` has the ways and words of real servers, `record` what was said.

mod channel;
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
mod talk;
mod tls;
mod transfer;
mod verb;

pub use error::DemoError;
pub use fault::{Cut, FaultError, Rule};
pub use persona::{Abort, ForeignPeer, InTransfer, Manner, Personality, SizeInText};
pub use record::Spoken;
pub use root::Root;
pub use server::Server;
pub use setup::{Setup, Tls};
pub use store::StoreError;

#[cfg(test)]
mod tests;

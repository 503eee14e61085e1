//! Errors of the demo server.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use thiserror::Error;

use crate::demo::fault::FaultError;
use crate::demo::store::StoreError;
use crate::net::NetError;

/// Why the embedded server did not start.
#[derive(Debug, Error)]
pub enum DemoError {
    /// The server is not secured, so it never listens on a network.
    #[error("{0} is not a loopback address; the demo server listens on loopback addresses only")]
    NotLoopback(IpAddr),
    /// The address cannot be bound.
    #[error("cannot listen on {address}: {source}; is another program using the port?")]
    Listen {
        /// Address and port.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The served directory cannot be used.
    #[error("cannot serve the directory {path}: {source}")]
    Directory {
        /// The directory as given.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file or directory of the setup cannot be created.
    #[error("cannot create {path}: {source}")]
    Content {
        /// The path on the server.
        path: String,
        /// Why it was refused.
        source: StoreError,
    },
    /// The certificate could not be generated.
    #[error("cannot generate a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] NetError),
    /// A fault rule could not be parsed.
    #[error(transparent)]
    Fault(#[from] FaultError),
}

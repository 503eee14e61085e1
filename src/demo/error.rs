//! Why the embedded server cannot start or does not understand its instructions.

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
    /// The server has no protection worth the name, so it never serves a network.
    #[error("the embedded server serves this machine only; {0} is not a loopback address")]
    NotLoopback(IpAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another program using the port?")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The folder to serve cannot be used.
    #[error("cannot serve the folder {path}: {source}")]
    Folder {
        /// The folder as it was given.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file or folder of the set-up cannot be made.
    #[error("cannot make {path}: {source}")]
    Content {
        /// The path on the server.
        path: String,
        /// Why.
        source: StoreError,
    },
    /// No certificate could be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] NetError),
    /// A fault rule is not understood.
    #[error(transparent)]
    Fault(#[from] FaultError),
}

//! Errors of network connections.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use thiserror::Error;

use crate::ftp::{CommandError, ReplyError};
use crate::net::certificate::{self, CertRefusal, TlsMismatch};

/// Why a connection cannot be established or is no longer usable.
#[derive(Debug, Error)]
pub enum NetError {
    /// The host name cannot be resolved.
    #[error("host name {host} cannot be resolved: {source}")]
    Resolve {
        /// The host name.
        host: String,
        /// The resolver's error.
        source: io::Error,
    },
    /// The server does not answer or refuses the connection.
    #[error("{address}: {source}")]
    Connect {
        /// The server's address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The local address or port of the site cannot be used (`bind_address`, `bind_port`).
    #[error("local address {address} cannot be used: {source}")]
    Local {
        /// The local address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The proxy cannot be reached or refuses the connection.
    #[error("proxy {proxy}: {reason}")]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// The error of the system or the proxy.
        reason: String,
    },
    /// Active mode, in which the server connects to this machine, with a proxy in between.
    #[error("active mode does not work through a proxy")]
    ActiveThroughProxy,
    /// The client certificate or its key cannot be used.
    #[error("client certificate {file} cannot be used: {reason}")]
    ClientCertificate {
        /// The PEM file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that cannot be sent to this server; nothing was sent.
    #[error("{0}")]
    Name(#[from] CommandError),
    /// The server did not respond in time.
    #[error("timed out after {} s: {step}", .after.as_secs_f32())]
    Timeout {
        /// What was in progress, such as `connecting to ftp.example:21` or `FEAT`.
        step: String,
        /// The time limit.
        after: Duration,
    },
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The connection was lost.
    #[error("connection lost: {0}")]
    Broken(#[source] io::Error),
    /// The server does not speak FTP, or sent an oversized reply.
    #[error("{0}")]
    Reply(#[from] ReplyError),
    /// The certificate is not trusted.
    #[error("{0}")]
    Certificate(Box<CertRefusal>),
    /// The TLS handshake or the TLS connection failed.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The two sides have no version, algorithm or certificate in common.
    #[error("TLS failed: {message}")]
    TlsRefused {
        /// What was not agreed on, as far as the alert says.
        mismatch: TlsMismatch,
        /// The text of the alert.
        message: String,
    },
    /// Unencrypted bytes arrived after the reply that starts TLS: possibly an injection attack.
    #[error("the server sent unencrypted data before the TLS handshake (possible attack)")]
    Injected,
    /// Another host than the server connected to the data port.
    #[error("rejected a data connection from {0}, which is not the server")]
    ForeignPeer(SocketAddr),
    /// No local port could be opened.
    #[error("no local port can be opened: {0}")]
    Listen(#[source] io::Error),
}

impl NetError {
    /// Converts an I/O error of a stream: a closed connection, a refused certificate, a TLS
    /// failure, or a lost connection.
    #[must_use]
    pub fn from_io(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Closed;
        }
        match certificate::refusal_in(&error) {
            Some(refusal) => Self::Certificate(Box::new(refusal)),
            None => match (certificate::tls_failure(&error), certificate::tls_mismatch(&error)) {
                (Some(message), Some(mismatch)) => Self::TlsRefused { mismatch, message },
                (Some(failure), None) => Self::Tls(failure),
                (None, _) => Self::Broken(error),
            },
        }
    }

    /// True when a retry may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Timeout { .. }
                | Self::Closed
                | Self::Broken(_)
                | Self::Connect { .. }
                | Self::Proxy { .. }
        )
    }
}

//! What can go wrong with a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use thiserror::Error;

use crate::ftp::{CommandError, ReplyError};
use crate::net::certificate::{self, CertRefusal, TlsMatter};

/// Why a connection cannot be made or used any more.
#[derive(Debug, Error)]
pub enum NetError {
    /// The host name leads nowhere.
    #[error("the host name {host} cannot be resolved: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's reason.
        source: io::Error,
    },
    /// Nobody answers there, or they refuse.
    #[error("{address} does not accept connections: {source}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// Connections cannot leave this machine as the site wants it (`bind_address`, `bind_port`).
    #[error("no connection can go out from {address}: {source}")]
    Local {
        /// From where.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The proxy cannot be reached, or refuses.
    #[error("the proxy {proxy} makes no connection: {reason}")]
    Proxy {
        /// Host and port.
        proxy: String,
        /// The system's or the proxy's reason.
        reason: String,
    },
    /// Active mode, in which the server connects to us, while a proxy is in between.
    #[error("the server cannot connect to this machine, which reaches it through a proxy")]
    ActiveThroughProxy,
    /// Our own certificate or its key cannot be used.
    #[error("our own certificate cannot be used: {file}: {reason}")]
    ClientCertificate {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that cannot be said to this server; nothing was sent.
    #[error("{0}")]
    Name(#[from] CommandError),
    /// Nothing happened for too long.
    #[error("no answer to {step} within {} s", .after.as_secs_f32())]
    Timeout {
        /// What was waited for.
        step: String,
        /// How long.
        after: Duration,
    },
    /// The other side closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(#[source] io::Error),
    /// The server does not speak FTP.
    #[error("{0}")]
    Reply(#[from] ReplyError),
    /// The certificate is not to be trusted.
    #[error("{0}")]
    Certificate(Box<CertRefusal>),
    /// TLS could not be agreed upon.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The two sides have no version, algorithm or certificate in common.
    #[error("TLS failed: {words}")]
    TlsRefused {
        /// What was not agreed upon, as far as the alert tells.
        over: TlsMatter,
        /// The alert.
        words: String,
    },
    /// Bytes arrived in the clear behind the reply that begins TLS: somebody may be injecting
    /// commands.
    #[error("the server sent data before TLS began, which may be an attack")]
    Injected,
    /// A data connection came from a host that is not the server.
    #[error("a data connection came from {0}, which is not the server")]
    ForeignPeer(SocketAddr),
    /// This machine would not open a port.
    #[error("no port can be opened here: {0}")]
    Listen(#[source] io::Error),
}

impl NetError {
    /// Turns an I/O error of a stream into the matching case: an end, a refusal of the
    /// certificate, or a broken connection.
    #[must_use]
    pub fn from_io(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::Closed;
        }
        match certificate::refusal_in(&error) {
            Some(refusal) => Self::Certificate(Box::new(refusal)),
            None => match (certificate::tls_failure(&error), certificate::tls_matter(&error)) {
                (Some(words), Some(over)) => Self::TlsRefused { over, words },
                (Some(failure), None) => Self::Tls(failure),
                (None, _) => Self::Broken(error),
            },
        }
    }

    /// True when another try may go better.
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

//! Errors of a session, with what the user can do about them.

use thiserror::Error;

use crate::ftp::{CommandError, Reply, ReplyError};
use crate::net::{CertInfo, CertRefusal, NetError, TlsMismatch};

/// Why an operation on a server failed.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The connection could not be established or was lost.
    #[error("{source}")]
    Net {
        /// What was being done, as a verb phrase: "list /pub".
        step: String,
        /// The network error.
        source: NetError,
    },
    /// The server refused a command.
    #[error("the server answered {}", .reply.shown())]
    Refused {
        /// What was being done, as a verb phrase: "list /pub".
        step: String,
        /// The server's reply.
        reply: Reply,
    },
    /// The server refused `REST`: it cannot resume a file.
    #[error("the server cannot resume a file: {}", .reply.shown())]
    RestRefused {
        /// The server's reply.
        reply: Reply,
    },
    /// The server refused the connection with its greeting.
    #[error("the server does not accept the connection: {}", .reply.shown())]
    NotAdmitted {
        /// The server's reply.
        reply: Reply,
    },
    /// The server accepts the user only over TLS.
    #[error("the server requires TLS: {}", .reply.shown())]
    TlsRequired {
        /// The server's reply.
        reply: Reply,
    },
    /// The server refused to open a data connection; that says nothing about files.
    #[error("the server opens no data connection: {}", .reply.shown())]
    NoData {
        /// What was being done, as a verb phrase.
        step: String,
        /// The server's reply.
        reply: Reply,
    },
    /// The server refused the user or the password.
    #[error("login refused: {}", .reply.shown())]
    Login {
        /// The server's reply.
        reply: Reply,
    },
    /// The connection limit of the server is reached.
    #[error("too many connections to the server: {}", .reply.shown())]
    TooMany {
        /// The server's reply.
        reply: Reply,
    },
    /// The server closes the connection (421).
    #[error("the server closed the session: {}", .reply.shown())]
    Closing {
        /// The server's reply.
        reply: Reply,
    },
    /// TLS is required, and the server refuses it.
    #[error("the server refuses TLS: {}", .reply.shown())]
    TlsRefused {
        /// The server's reply.
        reply: Reply,
    },
    /// The server refuses TLS although it supported it in an earlier session.
    #[error("the server supported TLS before and refuses it now: {}", .reply.shown())]
    TlsStripped {
        /// The server's reply.
        reply: Reply,
    },
    /// Data connections must be encrypted, and the server refuses `PROT P`.
    #[error("the server refuses encrypted data connections: {}", .reply.shown())]
    ProtectionRefused {
        /// The server's reply.
        reply: Reply,
    },
    /// Data connections must be encrypted, and the control connection does not use TLS.
    #[error("data must be encrypted, but the control connection does not use TLS")]
    NoTls,
    /// A name that cannot be sent in a command.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// The reply cannot be interpreted.
    #[error("{step}: unexpected reply: {}", .reply.shown())]
    Unexpected {
        /// What was being done, as a verb phrase: "list /pub".
        step: String,
        /// The server's reply.
        reply: Reply,
    },
    /// The listing or one of its lines exceeds the size limit.
    #[error("the listing is too large; stopped after {0} bytes")]
    TooLarge(usize),
}

impl SessionError {
    /// A network failure during `step`.
    pub(crate) fn net(step: impl Into<String>) -> impl FnOnce(NetError) -> Self {
        let step = step.into();
        move |source| Self::Net { step, source }
    }

    /// The error for a reply that refuses `step`.
    pub(crate) fn refused(step: impl Into<String>, reply: Reply) -> Self {
        match reply.code {
            421 => return Self::Closing { reply },
            425 => return Self::no_data(step, reply),
            _ => {}
        }
        Self::Refused { step: step.into(), reply }
    }

    /// The error for a reply that refuses a data connection. 425 means that it was not established
    /// (RFC 959 section 4.2.2), whatever the command.
    pub(crate) fn no_data(step: impl Into<String>, reply: Reply) -> Self {
        if reply.code == 421 {
            return Self::Closing { reply };
        }
        Self::NoData { step: step.into(), reply }
    }

    /// The server's reply, if the error has one.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Refused { reply, .. }
            | Self::RestRefused { reply }
            | Self::NotAdmitted { reply }
            | Self::TlsRequired { reply }
            | Self::NoData { reply, .. }
            | Self::Login { reply }
            | Self::TooMany { reply }
            | Self::Closing { reply }
            | Self::TlsRefused { reply }
            | Self::TlsStripped { reply }
            | Self::ProtectionRefused { reply }
            | Self::Unexpected { reply, .. } => Some(reply),
            Self::Net { .. } | Self::NoTls | Self::Command(_) | Self::TooLarge(_) => None,
        }
    }

    /// True if the control connection is still usable after this error.
    #[must_use]
    pub fn leaves_session_usable(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::NoData { .. }
                | Self::RestRefused { .. }
                | Self::Command(_)
                | Self::ProtectionRefused { .. }
                | Self::NoTls
        )
    }

    /// True if the operation may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Net { source, .. } => source.is_transient(),
            Self::TooMany { .. } | Self::Closing { .. } => true,
            Self::Refused { reply, .. } | Self::NoData { reply, .. } => {
                (400..500).contains(&reply.code)
            }
            _ => false,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let remedy = match self {
            Self::Net { source, .. } => return net_remedy(source),
            Self::Login { reply } if is_about_credentials(reply) => {
                "check the user and password of the site"
            }
            Self::Login { .. } | Self::NotAdmitted { .. } => {
                "the server may not allow this user or this address; ask the server's operator"
            }
            Self::TlsRequired { .. } => {
                "set security = \"explicit\" for the site, or \"implicit\" if the server refuses \
                 that (ftpes:// or ftps:// in a URL)"
            }
            Self::NoData { .. } => {
                "a firewall may block the data ports, or the server's passive mode may be switched \
                 off; try passive = \"no\" for the site, or \"yes\" if it is \"no\""
            }
            Self::TooMany { .. } => "wait, or lower max_sessions for the site",
            Self::TlsRefused { .. } => {
                "set security = \"none\" for the site to allow unencrypted connections"
            }
            Self::TlsStripped { .. } => {
                "the connection may be intercepted; if the server really no longer supports TLS, \
                 set security = \"none\" for the site"
            }
            Self::ProtectionRefused { .. } => {
                "set data_protection = \"prefer\" for the site to allow unencrypted data"
            }
            Self::NoTls => {
                "set security = \"explicit\" for the site if the server supports TLS, or \
                 data_protection = \"prefer\" to allow unencrypted data"
            }
            Self::Refused { reply, .. } => return refusal_remedy(reply).map(str::to_owned),
            Self::Closing { .. } => "the server may be busy or shutting down; try again later",
            Self::RestRefused { .. }
            | Self::Command(_)
            | Self::Unexpected { .. }
            | Self::TooLarge(_) => return None,
        };
        Some(remedy.to_owned())
    }
}

fn net_remedy(error: &NetError) -> Option<String> {
    let remedy = match error {
        NetError::Resolve { .. } => "check the host name of the site".to_owned(),
        NetError::Connect { .. } => "check host and port; the server may be down".to_owned(),
        NetError::Timeout { .. } => {
            "check host, port and firewall; a slow server needs a longer timeout".to_owned()
        }
        NetError::Certificate(refusal) => match refusal.as_ref() {
            CertRefusal::Unknown { shown, .. } => format!(
                "verify the fingerprint with the server's operator, then pass --accept-cert {} \
                 (and --save-cert to trust it permanently)",
                shown.fingerprint
            ),
            CertRefusal::Changed { shown: CertInfo { fingerprint, .. }, .. } => format!(
                "the connection may be intercepted; ask the server's operator whether the \
                 certificate was renewed, then pass --accept-cert {fingerprint} --save-cert, or run \
                 fxpane sites trust add SITE {fingerprint}"
            ),
            CertRefusal::DataDiffers => {
                "the data connection may lead to a different server; ask the server's operator"
                    .to_owned()
            }
        },
        NetError::Local { .. } => {
            "set bind_address of the site to an address of this machine, or remove it".to_owned()
        }
        NetError::Proxy { .. } => "check the site's proxy, its user and password".to_owned(),
        NetError::ActiveThroughProxy => {
            "set passive = \"yes\" for the site, or remove its proxy".to_owned()
        }
        NetError::ClientCertificate { .. } => {
            "client_certificate of the site must be a PEM file with a certificate and its key"
                .to_owned()
        }
        NetError::Reply(ReplyError::NotReply(line)) if line.starts_with("SSH-") => {
            "an SSH server listens on this port; SFTP is not supported".to_owned()
        }
        NetError::Reply(ReplyError::NotReply(line)) if line.starts_with("HTTP/") => {
            "a web server (HTTP) listens on this port; check the port of the site".to_owned()
        }
        NetError::Reply(_) => {
            "another service may listen on this port; implicit TLS needs security = \"implicit\""
                .to_owned()
        }
        NetError::TlsRefused { mismatch: TlsMismatch::Version, .. } => {
            "the server supports no TLS version that the site allows; check min_tls of the site \
             (1.2 is the lowest supported version)"
                .to_owned()
        }
        NetError::TlsRefused { mismatch: TlsMismatch::ClientCertificate, .. } => {
            "the server requires a client certificate that it knows; set client_certificate of the \
             site to its PEM file"
                .to_owned()
        }
        NetError::TlsRefused { mismatch: TlsMismatch::Unspecified, .. } => {
            "the server may require a client certificate (client_certificate of the site), or a \
             TLS version that the site does not allow (min_tls)"
                .to_owned()
        }
        NetError::Tls(_) => {
            "the port may need implicit TLS (ftps://) instead of explicit TLS, or vice versa"
                .to_owned()
        }
        _ => return None,
    };
    Some(remedy)
}

/// True for a refused login that another user or password may mend: the codes for it, and 331 or
/// 332, by which the server asks for a password or an account again.
fn is_about_credentials(reply: &Reply) -> bool {
    matches!(reply.code, 331 | 332 | 430 | 530 | 532)
}

fn refusal_remedy(reply: &Reply) -> Option<&'static str> {
    match reply.code {
        452 | 552 => Some("free space on the server, or raise the quota"),
        532 | 550 | 553 if reply.mentions("permission") || reply.mentions("denied") => {
            Some("the user of the site lacks permission; ask the server's operator")
        }
        426 => Some("a firewall may block the server's data ports"),
        _ => None,
    }
}

/// True for the replies that mean "too many connections" (quirk 70).
#[must_use]
pub(crate) fn is_too_many(reply: &Reply) -> bool {
    matches!(reply.code, 421 | 530)
        && [
            "too many",
            "maximum",
            "simultaneous",
            "site full",
            "is full",
            "limit",
            "already logged",
            "connections",
        ]
        .iter()
        .any(|words| reply.mentions(words))
}

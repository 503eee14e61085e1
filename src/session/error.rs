//! What can go wrong between us and one server, with what the user can do about it.

use thiserror::Error;

use crate::ftp::{CommandError, Reply, ReplyError};
use crate::net::{CertFacts, CertRefusal, NetError, TlsMatter};

/// Why a server did not do what it was asked.
#[derive(Debug, Error)]
pub enum SessionError {
    /// The connection could not be made or broke.
    #[error("{source}")]
    Net {
        /// What was being done.
        step: String,
        /// What went wrong.
        source: NetError,
    },
    /// The server said no.
    #[error("the server answered {}", .reply.shown())]
    Refused {
        /// What was being done.
        step: String,
        /// Its words.
        reply: Reply,
    },
    /// The server will not go on in the middle of a file (`REST`).
    #[error("the server cannot go on in the middle of a file: {}", .reply.shown())]
    RestRefused {
        /// Its words.
        reply: Reply,
    },
    /// The server does not accept user and password.
    #[error("the server does not accept the login: {}", .reply.shown())]
    Login {
        /// Its words.
        reply: Reply,
    },
    /// The server takes no more connections now.
    #[error("the server takes no more connections: {}", .reply.shown())]
    TooMany {
        /// Its words.
        reply: Reply,
    },
    /// The server closes the connection by itself.
    #[error("the server ended the session: {}", .reply.shown())]
    Closing {
        /// Its words.
        reply: Reply,
    },
    /// TLS is demanded and the server has none.
    #[error("the server refuses TLS: {}", .reply.shown())]
    TlsRefused {
        /// Its words.
        reply: Reply,
    },
    /// The server had TLS before and suddenly has not.
    #[error("the server offered TLS before and refuses it now: {}", .reply.shown())]
    TlsStripped {
        /// Its words.
        reply: Reply,
    },
    /// Data connections must be protected and the server cannot.
    #[error("the server refuses protected data connections: {}", .reply.shown())]
    ProtectionRefused {
        /// Its words.
        reply: Reply,
    },
    /// Data connections must be protected, and the control connection is not under TLS.
    #[error("its data must be protected, and the connection to it is not under TLS")]
    NoTls,
    /// A name that no command can carry.
    #[error("{0}")]
    Command(#[from] CommandError),
    /// The reply makes no sense.
    #[error("{step}: the server's answer makes no sense: {}", .reply.shown())]
    Unexpected {
        /// What was being done.
        step: String,
        /// Its words.
        reply: Reply,
    },
    /// A listing larger than we take, or one that is a single endless line.
    #[error("the server sends a listing without an end; it was stopped after {0} bytes")]
    TooLarge(usize),
}

impl SessionError {
    /// A network failure during `step`.
    pub(crate) fn net(step: impl Into<String>) -> impl FnOnce(NetError) -> Self {
        let step = step.into();
        move |source| Self::Net { step, source }
    }

    /// A refusal of `step`.
    pub(crate) fn refused(step: impl Into<String>, reply: Reply) -> Self {
        if reply.code == 421 {
            return Self::Closing { reply };
        }
        Self::Refused { step: step.into(), reply }
    }

    /// The server's words, if it said any.
    #[must_use]
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Refused { reply, .. }
            | Self::RestRefused { reply }
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

    /// True when the control connection may be used on: the server answered, and only that.
    #[must_use]
    pub fn leaves_session_usable(&self) -> bool {
        matches!(
            self,
            Self::Refused { .. }
                | Self::RestRefused { .. }
                | Self::Command(_)
                | Self::ProtectionRefused { .. }
                | Self::NoTls
        )
    }

    /// True when the same thing may work a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Net { source, .. } => source.is_transient(),
            Self::TooMany { .. } | Self::Closing { .. } => true,
            Self::Refused { reply, .. } => (400..500).contains(&reply.code),
            _ => false,
        }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        let remedy = match self {
            Self::Net { source, .. } => return net_remedy(source),
            Self::Login { .. } => "check user and password of the site",
            Self::TooMany { .. } => "wait, or lower max_sessions of the site",
            Self::TlsRefused { .. } => {
                "set security = \"none\" for the site if it may be reached in the clear"
            }
            Self::TlsStripped { .. } => {
                "somebody may be in between; if the server really gave up TLS, set \
                 security = \"none\" for the site"
            }
            Self::ProtectionRefused { .. } => {
                "set data_protection = \"prefer\" for the site if its data may go in the clear"
            }
            Self::NoTls => {
                "set security = \"explicit\" for the site if the server has TLS, or \
                 data_protection = \"prefer\" if its data may go in the clear"
            }
            Self::Refused { reply, .. } => return refusal_remedy(reply).map(str::to_owned),
            Self::RestRefused { .. }
            | Self::Closing { .. }
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
        NetError::Connect { .. } => "check host and port, and whether the server runs".to_owned(),
        NetError::Timeout { .. } => {
            "check host, port and firewall; a slow server needs a larger time-out".to_owned()
        }
        NetError::Certificate(refusal) => match refusal.as_ref() {
            CertRefusal::Unknown { shown, .. } => format!(
                "compare the fingerprint with the server's operator, then use --accept-cert \
                 {} (and --save-cert to trust it from now on)",
                shown.fingerprint
            ),
            CertRefusal::Changed { shown: CertFacts { fingerprint, .. }, .. } => format!(
                "somebody may be in between; ask the server's operator whether the certificate \
                 was renewed, then use --accept-cert {fingerprint} --save-cert, or \
                 fxpane sites trust add SITE {fingerprint}"
            ),
            CertRefusal::DataDiffers => {
                "the data connection may lead to another machine; ask the server's operator"
                    .to_owned()
            }
        },
        NetError::Local { .. } => {
            "set bind_address of the site to an address of this machine, or take it out".to_owned()
        }
        NetError::Proxy { .. } => "check the proxy of the site, its user and password".to_owned(),
        NetError::ActiveThroughProxy => {
            "set passive = \"yes\" for the site, or take its proxy out".to_owned()
        }
        NetError::ClientCertificate { .. } => {
            "client_certificate of the site must name a PEM file with a certificate and its key"
                .to_owned()
        }
        NetError::Reply(ReplyError::NotReply(line)) if line.starts_with("SSH-") => {
            "an SSH server listens on this port; SFTP is another protocol than FTP".to_owned()
        }
        NetError::Reply(ReplyError::NotReply(line)) if line.starts_with("HTTP/") => {
            "a web server (HTTP) listens on this port; check the port of the site".to_owned()
        }
        NetError::Reply(_) => {
            "the port may belong to another service than FTP; implicit TLS needs \
                               security = \"implicit\""
                .to_owned()
        }
        NetError::TlsRefused { over: TlsMatter::Version, .. } => {
            "the server speaks no version of TLS that the site allows; see min_tls of the site (1.2 \
             is the oldest that can be)"
                .to_owned()
        }
        NetError::TlsRefused { over: TlsMatter::OurCertificate, .. } => {
            "the server wants a certificate of ours that it knows; name its PEM file as \
             client_certificate of the site"
                .to_owned()
        }
        NetError::TlsRefused { over: TlsMatter::Anything, .. } => {
            "the server may want a certificate of ours (client_certificate of the site), or speak \
             other versions of TLS than the site allows (min_tls)"
                .to_owned()
        }
        NetError::Tls(_) => {
            "the port may want implicit TLS (ftps://) instead of explicit, or the other way round"
                .to_owned()
        }
        _ => return None,
    };
    Some(remedy)
}

fn refusal_remedy(reply: &Reply) -> Option<&'static str> {
    match reply.code {
        452 | 552 => Some("free some space on the server, or raise the quota"),
        532 | 550 | 553 if reply.says("permission") || reply.says("denied") => {
            Some("the user of the site may not do this; ask the server's operator")
        }
        425 | 426 => Some("the server's data ports may be blocked by a firewall"),
        _ => None,
    }
}

/// True for the replies that mean "too many connections" (reference quirk 70).
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
        .any(|words| reply.says(words))
}

//! Options for opening a session, and what one session passes on to the next.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Secret;
use crate::ftp::Features;
use crate::net::{CertPolicy, ConversationLog, TlsContext};
use crate::site::{ListCommand, Site};

/// Whether data connections are encrypted, by the last `PROT` command (RFC 2228 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// `PROT C`, or no TLS: unencrypted.
    Clear,
    /// `PROT P`: encrypted.
    Private,
}

/// How to request a listing from a server; detected once per site.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListMethod {
    /// The command; never [`ListCommand::Auto`].
    pub command: ListCommand,
    /// Its arguments, such as the `-a` that shows hidden files (quirk 41).
    pub arguments: Option<String>,
    /// True once a directory was listed together with itself (`.`): an empty listing without it
    /// then proves nothing.
    pub lists_current_dir: bool,
    /// True once it has shown a symbolic link as one.
    pub shows_links: bool,
}

impl ListMethod {
    /// A command with or without arguments.
    #[must_use]
    pub fn new(command: ListCommand, arguments: Option<&str>) -> Self {
        let arguments = arguments.map(str::to_owned);
        Self { command, arguments, lists_current_dir: false, shows_links: false }
    }
}

/// Time limits for each kind of waiting (transfer rule 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For connecting, and for the TLS handshake.
    pub connect: Duration,
    /// For a reply, including the greeting.
    pub reply: Duration,
    /// For both sides of a transfer to start.
    pub set_up: Duration,
    /// For a transfer without progress.
    pub no_growth: Duration,
}

impl Limits {
    /// The same limit for everything.
    #[must_use]
    pub fn all(limit: Duration) -> Self {
        Self { connect: limit, reply: limit, set_up: limit, no_growth: limit }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            reply: Duration::from_secs(60),
            set_up: Duration::from_secs(30),
            no_growth: Duration::from_secs(120),
        }
    }
}

/// What an earlier session found out about a server, which saves commands in the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerProfile {
    /// The server's features.
    pub features: Features,
    /// How to request listings; `None` if not detected yet.
    pub list: Option<ListMethod>,
    /// How far the server's wall clock is ahead of UTC, in seconds; `None` if unknown (quirk 38).
    pub time_offset: Option<i32>,
    /// True if EPSV does not work (quirk 15).
    pub no_epsv: bool,
    /// True if the server supported TLS.
    pub tls: bool,
}

/// The options for opening a session.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// The site to log in to.
    pub site: Arc<Site>,
    /// The password of the site.
    pub password: Secret,
    /// The password of the site's proxy, if the proxy requires a login.
    pub proxy_password: Option<Secret>,
    /// What all TLS connections share.
    pub tls: TlsContext,
    /// Decides which certificates are trusted.
    pub policy: Arc<dyn CertPolicy>,
    /// Time limits.
    pub limits: Limits,
    /// Receives the FTP conversation.
    pub conversation: ConversationLog,
    /// True if the server supported TLS in an earlier session; `auto` then does not fall back.
    pub tls_seen: bool,
    /// What an earlier session found out, if there was one.
    pub known: Option<ServerProfile>,
    /// True to use TLS 1.2 only, for uploads to servers that require session reuse (transfer rule
    /// 14).
    pub only_tls12: bool,
}

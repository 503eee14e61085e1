//! What a session is opened with, and what it passes on to the next one.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Secret;
use crate::ftp::Features;
use crate::net::{CertJudge, Dialogue, TlsContext};
use crate::site::{ListCommand, Site};

/// Whether data connections are encrypted, as the server was told last (RFC 2228 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// `PROT C`, or no TLS at all.
    Clear,
    /// `PROT P`.
    Private,
}

/// How a server is asked for a listing; found out once.
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
    /// A command with arguments or without.
    #[must_use]
    pub fn new(command: ListCommand, arguments: Option<&str>) -> Self {
        let arguments = arguments.map(str::to_owned);
        Self { command, arguments, lists_current_dir: false, shows_links: false }
    }
}

/// How long each kind of waiting may take (design rule 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connecting, and the TLS handshake.
    pub connect: Duration,
    /// A reply, the greeting included.
    pub reply: Duration,
    /// Both sides of a transfer having begun.
    pub set_up: Duration,
    /// No byte more than before.
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

/// What an earlier session with the same site found out, so that the next one need not ask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// What the server can do.
    pub features: Features,
    /// How it is asked for listings.
    pub list: Option<ListMethod>,
    /// How far its wall clock is ahead of UTC, in seconds (quirk 38).
    pub time_offset: Option<i32>,
    /// True when EPSV does not work there (quirk 15).
    pub no_epsv: bool,
    /// True once it has shown TLS.
    pub tls: bool,
}

/// All that is needed to log in.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server.
    pub site: Arc<Site>,
    /// Its password.
    pub password: Secret,
    /// The password of its proxy, where that one wants a login.
    pub proxy_password: Option<Secret>,
    /// What all TLS connections share.
    pub tls: TlsContext,
    /// Who decides on certificates.
    pub judge: Arc<dyn CertJudge>,
    /// Time limits.
    pub limits: Limits,
    /// Who listens to the dialogue.
    pub dialogue: Dialogue,
    /// True when the server has shown TLS before: `auto` does not fall back then.
    pub tls_seen: bool,
    /// What an earlier session found out.
    pub known: Option<Known>,
    /// True to stay at TLS 1.2, for uploads of our own to servers that ask_ok session reuse
    /// (design rule 14).
    pub only_tls12: bool,
}

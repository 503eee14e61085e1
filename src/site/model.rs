//! What a site is: every setting of one server (design section 6).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::base::{RemotePath, Secret};

/// How the control connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Explicit TLS when the server offers it; demanded from then on.
    #[default]
    Auto,
    /// `AUTH TLS` or nothing (RFC 4217).
    Explicit,
    /// TLS from the first byte, usually on port 990.
    Implicit,
    /// No TLS.
    None,
}

/// Whether data connections must be protected (design rule 5).
///
/// Ordered from lenient to strict: of two sites the stricter one rules.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum DataProtection {
    /// Data travels in the clear, on purpose.
    Off,
    /// Protected where possible, else plain and said so.
    Prefer,
    /// Like `prefer`, but the screen asks once a route.
    #[default]
    Ask,
    /// Never in the clear.
    Require,
}

/// Yes, no, or what the server's features say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// Decided by what the server says or does.
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// Whether files arrive under a temporary name first (design rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TempNames {
    /// For files over 1 MiB and wherever the final name exists.
    #[default]
    Auto,
    /// For every file.
    Always,
    /// Never; an existing file is then only replaced after the source has begun to send.
    Never,
}

/// Where the password comes from; the password itself is never part of a site that is written
/// out, except in the plain form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PasswordRef {
    /// Asked for on first use and kept while the program runs.
    #[default]
    Ask,
    /// The value of an environment variable.
    Env(String),
    /// The first line that a shell command prints.
    Command(String),
    /// In `sites.toml` as it is.
    Plain(Secret),
}

/// One server and how to treat it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The user's name for it; empty for a site that was given as a URL.
    pub name: String,
    /// The folder that it is shown in.
    pub folder: Option<String>,
    /// Host names or addresses, tried in order. Never empty.
    pub hosts: Vec<String>,
    /// Port of the control connection; 21, or 990 for implicit TLS, when absent.
    pub port: Option<u16>,
    /// Login name; `anonymous` when absent.
    pub user: Option<String>,
    /// Where the password comes from.
    pub password: PasswordRef,
    /// Protection of the control connection.
    pub security: Security,
    /// Protection of data connections.
    pub data_protection: DataProtection,
    /// Passive mode for our own data connections.
    pub passive: Switch,
    /// Which side of an FXP transfer it takes: passive (yes), active (no), whatever works (auto).
    pub fxp_passive: Switch,
    /// The address that other servers reach it by, when it is not the one we use.
    pub fxp_address: Option<String>,
    /// Announced addresses and networks that are believed (clusters).
    pub fxp_allow_addresses: Vec<String>,
    /// Most sessions at the same time.
    pub max_sessions: usize,
    /// Where a pane opens; the login directory when absent.
    pub start_path: Option<RemotePath>,
    /// Temporary names for files on their way.
    pub use_temp_name: TempNames,
    /// `PRET` before `PASV`.
    pub pret: Switch,
    /// Features of the server's FEAT that are not to be used.
    pub ignore_features: Vec<String>,
    /// Nothing is ever changed on it.
    pub read_only: bool,
    /// Any certificate is accepted; only from the command line, never stored.
    pub insecure: bool,
    /// Certificates accepted for this run, as lower-case SHA-256 hex.
    pub accept_certs: Vec<String>,
}

/// Names a site among all that the engine knows: bookmarks by name, others by login and address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteKey(pub String);

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sessions a site may have at the same time unless it says otherwise.
pub const DEFAULT_MAX_SESSIONS: usize = 4;

impl Site {
    /// A site of which only the host is known.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            name: String::new(),
            folder: None,
            hosts: vec![host.into()],
            port: None,
            user: None,
            password: PasswordRef::default(),
            security: Security::default(),
            data_protection: DataProtection::default(),
            passive: Switch::default(),
            fxp_passive: Switch::default(),
            fxp_address: None,
            fxp_allow_addresses: Vec::new(),
            max_sessions: DEFAULT_MAX_SESSIONS,
            start_path: None,
            use_temp_name: TempNames::default(),
            pret: Switch::default(),
            ignore_features: Vec::new(),
            read_only: false,
            insecure: false,
            accept_certs: Vec::new(),
        }
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.security == Security::Implicit { 990 } else { 21 })
    }

    /// The login name that is sent.
    #[must_use]
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("anonymous")
    }

    /// The first host, for messages.
    #[must_use]
    pub fn host(&self) -> &str {
        self.hosts.first().map_or("", String::as_str)
    }

    /// What the engine knows it by.
    #[must_use]
    pub fn key(&self) -> SiteKey {
        if self.name.is_empty() {
            let scheme = match self.security {
                Security::Auto => "ftp",
                Security::Explicit => "ftpes",
                Security::Implicit => "ftps",
                Security::None => "ftp+plain",
            };
            SiteKey(format!("{scheme}://{}@{}:{}", self.user(), self.host(), self.port()))
        } else {
            SiteKey(self.name.clone())
        }
    }

    /// The name on the screen and in messages: the bookmark's name, or host and port.
    #[must_use]
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        match self.port {
            Some(port) if port != 21 => format!("{}:{port}", self.host()),
            _ => self.host().to_owned(),
        }
    }
}

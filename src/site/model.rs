//! A site: all settings of one server (docs/configuration.md "Site fields").

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{EntryFilter, RemotePath, Secret, Word, words};
use crate::net::MinTls;
use crate::site::overrides::SiteOverrides;

/// How the control connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Security {
    /// Explicit TLS when the server offers it, and required from then on.
    #[default]
    Auto,
    /// `AUTH TLS` is required (RFC 4217).
    Explicit,
    /// TLS from the first byte, usually on port 990.
    Implicit,
    /// No TLS.
    None,
}

words!(Security { Auto: "auto", Explicit: "explicit", Implicit: "implicit", None: "none" });

/// Whether data connections must be encrypted (transfer rule 5).
///
/// Ordered from lenient to strict: in a transfer between two sites, the stricter setting applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum DataProtection {
    /// Data is not encrypted.
    Off,
    /// Encrypted where possible; otherwise unencrypted, with a warning.
    Prefer,
    /// Like `prefer`, but the program asks once per route when interactive.
    #[default]
    Ask,
    /// Unencrypted transfers are refused.
    Require,
}

words!(DataProtection { Ask: "ask", Require: "require", Prefer: "prefer", Off: "off" });

/// Yes, no, or decided by the server's features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Switch {
    /// Decided by the server's features and behavior.
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

words!(Switch { Auto: "auto", Yes: "yes", No: "no" });

/// Whether files are uploaded under a temporary name first (transfer rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TempNames {
    /// For files over 1 MiB, and when the final name exists.
    #[default]
    Auto,
    /// For every file.
    Always,
    /// Never; an existing file is then replaced only after the source has started to send.
    Never,
}

words!(TempNames { Auto: "auto", Always: "always", Never: "never" });

/// How directories are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ListCommand {
    /// `MLSD` where the server has it, else `LIST`.
    #[default]
    Auto,
    /// `MLSD` (RFC 3659).
    Mlsd,
    /// `LIST` (RFC 959).
    List,
    /// `STAT` over the control connection, without a data connection.
    Stat,
    /// `NLST`: names only, for servers whose `LIST` format is not supported.
    Nlst,
}

words!(ListCommand { Auto: "auto", Mlsd: "mlsd", List: "list", Stat: "stat", Nlst: "nlst" });

/// The representation type for listings; some servers require a certain one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ListType {
    /// Whatever type is set on the connection.
    #[default]
    Auto,
    /// `TYPE A`.
    Ascii,
    /// `TYPE I`.
    Binary,
}

words!(ListType { Auto: "auto", Ascii: "ascii", Binary: "binary" });

/// The client certificate that is sent to a server that requests one (RFC 4217 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// PEM file with the certificate chain; may start with `~/`.
    pub certificate: PathBuf,
    /// PEM file with the private key; the certificate's file when absent.
    pub key: Option<PathBuf>,
}

impl ClientCertificate {
    /// The files of the chain and of the key, with `~` expanded to the user's home directory.
    #[must_use]
    pub fn files(&self) -> (PathBuf, PathBuf) {
        let home = directories::BaseDirs::new();
        let expand = |path: &PathBuf| match (path.strip_prefix("~"), &home) {
            (Ok(rest), Some(home)) => home.home_dir().join(rest),
            _ => path.clone(),
        };
        let key = self.key.as_ref().unwrap_or(&self.certificate);
        (expand(&self.certificate), expand(key))
    }
}

/// A SOCKS5 proxy (RFC 1928) for control connections and for data connections to this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteProxy {
    /// Host name or address.
    pub host: String,
    /// Port; 1080 by default.
    pub port: u16,
    /// User name (RFC 1929); `None` for no login.
    pub user: Option<String>,
    /// Where its password comes from.
    pub password: PasswordRef,
}

/// Where the password comes from. Only the plain form holds the password itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PasswordRef {
    /// The program prompts on first use and keeps the password until it exits.
    #[default]
    Ask,
    /// The value of an environment variable.
    Env(String),
    /// The first line that a shell command prints.
    Command(String),
    /// The user's `.netrc`, by host and user.
    Netrc,
    /// An entry of the vault, by name.
    Vault(String),
    /// Stored unencrypted in `sites.toml`.
    Plain(Secret),
}

/// One server and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The site's name; empty for a site that was given as a URL.
    pub name: String,
    /// The folder of the site list that contains it.
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
    /// Passive mode for data connections to this machine.
    pub passive: Switch,
    /// The server's role in FXP transfers: passive (yes), active (no), whichever works (auto).
    pub fxp_passive: Switch,
    /// The address that other servers use to reach it, when it differs from `hosts`.
    pub fxp_address: Option<String>,
    /// Addresses and networks that are accepted in passive replies (server clusters).
    pub fxp_allow_addresses: Vec<String>,
    /// The maximum number of sessions at the same time.
    pub max_sessions: usize,
    /// The directory that a pane opens; the login directory when absent.
    pub start_path: Option<RemotePath>,
    /// Whether files are uploaded under a temporary name.
    pub use_temp_name: TempNames,
    /// `PRET` before `PASV`.
    pub pret: Switch,
    /// Features in the server's FEAT reply that are not used.
    pub ignore_features: Vec<String>,
    /// The oldest TLS version that is accepted.
    pub min_tls: MinTls,
    /// The client certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// How directories are listed.
    pub list_command: ListCommand,
    /// Arguments of `LIST` and `STAT`, such as `-a`.
    pub list_args: Option<String>,
    /// The representation type of listings.
    pub list_type: ListType,
    /// The encoding of file names; detected when absent.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Whether partial files are resumed; with no, they always start over.
    pub resume: Switch,
    /// Files to resume come last in the queue.
    pub resume_last: bool,
    /// The filter for files that are copied to it.
    pub files: EntryFilter,
    /// The filter for directories that are copied to it.
    pub dirs: EntryFilter,
    /// `SITE XDUPE`: when the server refuses a file, it lists the existing ones.
    pub xdupe: Switch,
    /// `ALLO` before `STOR`.
    pub allo: Switch,
    /// Whether files copied to it get the permissions of their sources.
    pub keep_permissions: Switch,
    /// Sends `ABOR` with a Telnet interrupt and urgent data (RFC 959 section 4.1.3).
    pub urgent_abort: bool,
    /// The interval of `NOOP` on idle sessions; `None` lets the server close them.
    pub keepalive: Option<Duration>,
    /// The local address of outgoing connections.
    pub bind_address: Option<IpAddr>,
    /// The local port of outgoing control connections.
    pub bind_port: Option<u16>,
    /// A proxy for control connections and data connections to this machine.
    pub proxy: Option<SiteProxy>,
    /// The offset of the server's clock from UTC in seconds; detected when absent.
    pub time_offset: Option<i32>,
    /// What other programs keep with the site, in the keys' order.
    pub extra: BTreeMap<String, String>,
    /// True when nothing may be changed on the server.
    pub read_only: bool,
    /// True to accept any certificate; from the command line only, never stored.
    pub insecure: bool,
    /// The timeout; from the command line only, never stored.
    pub timeout: Option<Duration>,
    /// Fingerprints accepted for this run: SHA-256 in lower-case hex.
    pub accept_certs: Vec<String>,
    /// The settings above that come from the command line.
    pub overrides: SiteOverrides,
}

/// Identifies a site in the engine: a saved site by its name, others by login and address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteKey(pub String);

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The default of [`Site::max_sessions`].
pub const DEFAULT_MAX_SESSIONS: usize = 4;

/// The default of [`Site::keepalive`].
pub const DEFAULT_KEEPALIVE: Duration = Duration::from_secs(60);

impl Site {
    /// A site with this host and default settings.
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
            min_tls: MinTls::default(),
            client_certificate: None,
            list_command: ListCommand::default(),
            list_args: None,
            list_type: ListType::default(),
            encoding: None,
            resume: Switch::default(),
            resume_last: false,
            files: EntryFilter::default(),
            dirs: EntryFilter::default(),
            xdupe: Switch::default(),
            allo: Switch::default(),
            keep_permissions: Switch::default(),
            urgent_abort: false,
            keepalive: Some(DEFAULT_KEEPALIVE),
            bind_address: None,
            bind_port: None,
            proxy: None,
            time_offset: None,
            extra: BTreeMap::new(),
            read_only: false,
            insecure: false,
            timeout: None,
            accept_certs: Vec::new(),
            overrides: SiteOverrides::default(),
        }
    }

    /// Applies settings from the command line, and keeps them in [`Site::overrides`].
    pub fn apply_overrides(&mut self, overrides: &SiteOverrides) {
        let security = overrides.security.as_deref().and_then(Security::from_word);
        self.security = security.unwrap_or(self.security);
        let protection = overrides.data_protection.as_deref().and_then(DataProtection::from_word);
        self.data_protection = protection.unwrap_or(self.data_protection);
        self.accept_certs.extend(overrides.accept_cert.clone());
        self.insecure |= overrides.insecure;
        self.timeout = overrides.timeout.map(Duration::from_secs).or(self.timeout);
        if let Some(user) = &overrides.user {
            if self.user.as_ref() != Some(user) {
                // the saved password belongs to another user
                self.password = PasswordRef::Ask;
            }
            self.user = Some(user.clone());
        }
        self.overrides = overrides.clone();
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.security == Security::Implicit { 990 } else { 21 })
    }

    /// The user name for the login.
    #[must_use]
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or("anonymous")
    }

    /// The first host.
    #[must_use]
    pub fn host(&self) -> &str {
        self.hosts.first().map_or("", String::as_str)
    }

    /// The key that identifies the site in the engine.
    #[must_use]
    pub fn key(&self) -> SiteKey {
        if self.name.is_empty() {
            let scheme = match self.security {
                Security::Auto => "ftp",
                Security::Explicit => "ftpes",
                Security::Implicit => "ftps",
                Security::None => "ftp+plain",
            };
            SiteKey(format!("{scheme}://{}@{}", self.user(), self.address()))
        } else {
            SiteKey(self.name.clone())
        }
    }

    /// The name on the screen and in messages: the site's name, or host and port.
    #[must_use]
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        match self.port {
            Some(port) if port != 21 => self.address(),
            _ => self.host().to_owned(),
        }
    }

    /// The first host with the port; an IPv6 address in brackets (RFC 3986 section 3.2.2).
    #[must_use]
    pub fn address(&self) -> String {
        match (self.host(), self.port()) {
            (host, port) if host.contains(':') => format!("[{host}]:{port}"),
            (host, port) => format!("{host}:{port}"),
        }
    }
}

//! What a site is: every setting of one server (design section 6).

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{RemotePath, Secret, Selection, Word, words};
use crate::net::MinTls;
use crate::site::asked::Asked;

/// How the control connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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

words!(Security { Auto: "auto", Explicit: "explicit", Implicit: "implicit", None: "none" });

/// Whether data connections must be protected (design rule 5).
///
/// Ordered from lenient to strict: of two sites the stricter one rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
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

words!(DataProtection { Ask: "ask", Require: "require", Prefer: "prefer", Off: "off" });

/// Yes, no, or what the server's features say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Switch {
    /// Decided by what the server says or does.
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

words!(Switch { Auto: "auto", Yes: "yes", No: "no" });

/// Whether files arrive under a temporary name first (design rule 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TempNames {
    /// For files over 1 MiB and wherever the final name exists.
    #[default]
    Auto,
    /// For every file.
    Always,
    /// Never; an existing file is then only replaced after the source has begun to send.
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
    /// `NLST`: only names, for servers whose `LIST` nobody understands.
    Nlst,
}

words!(ListCommand { Auto: "auto", Mlsd: "mlsd", List: "list", Stat: "stat", Nlst: "nlst" });

/// The representation type of listings; some servers want one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ListType {
    /// As the connection happens to stand.
    #[default]
    Auto,
    /// `TYPE A`.
    Ascii,
    /// `TYPE I`.
    Binary,
}

words!(ListType { Auto: "auto", Ascii: "ascii", Binary: "binary" });

/// The certificate that is shown to a server that asks for one (RFC 4217 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// PEM file with the certificate chain; may begin with `~/`.
    pub certificate: PathBuf,
    /// PEM file with the private key; the certificate's file when absent.
    pub key: Option<PathBuf>,
}

impl ClientCertificate {
    /// The files of the chain and of the key, with `~` as the user's home folder.
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

/// A SOCKS5 proxy (RFC 1928) for control connections and own data connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Host name or address.
    pub host: String,
    /// Port; 1080 unless told.
    pub port: u16,
    /// User of RFC 1929; no login when absent.
    pub user: Option<String>,
    /// Where its password comes from.
    pub password: PasswordRef,
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
    /// The user's `.netrc`, by host and user.
    Netrc,
    /// The entry of that name in the vault.
    Vault(String),
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
    /// The oldest TLS version that is spoken.
    pub min_tls: MinTls,
    /// Our own certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// How directories are listed.
    pub list_command: ListCommand,
    /// Arguments of `LIST` and `STAT`, such as `-a`.
    pub list_args: Option<String>,
    /// The representation type of listings.
    pub list_type: ListType,
    /// The encoding of names; UTF-8 or what the server says when absent.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// Partial files are continued: no means always begun anew.
    pub resume: Switch,
    /// What must be resumed comes last in the queue.
    pub resume_last: bool,
    /// Which files are taken when it receives.
    pub files: Selection,
    /// Which directories are taken when it receives.
    pub dirs: Selection,
    /// `SITE XDUPE`: the server names existing files when it refuses one.
    pub xdupe: Switch,
    /// `ALLO` before `STOR`.
    pub allo: Switch,
    /// Copies that it receives get the permissions of their sources.
    pub keep_permissions: Switch,
    /// `ABOR` with Telnet interrupt and urgent data (RFC 959 section 4.1.3).
    pub urgent_abort: bool,
    /// Idle sessions get a `NOOP` this often; `None` lets the server close them.
    pub keepalive: Option<Duration>,
    /// The local address that connections go out from.
    pub bind_address: Option<IpAddr>,
    /// The local port that control connections go out from.
    pub bind_port: Option<u16>,
    /// A proxy for control connections and own data connections.
    pub proxy: Option<Proxy>,
    /// How far the server's wall clock is ahead of UTC, in seconds; found out when absent.
    pub time_offset: Option<i32>,
    /// What other programs keep with the site (seed 001), in the keys' order.
    pub extra: BTreeMap<String, String>,
    /// Nothing is ever changed on it.
    pub read_only: bool,
    /// Any certificate is accepted; only from the command line, never stored.
    pub insecure: bool,
    /// How long it may be silent; only from the command line, never stored.
    pub timeout: Option<Duration>,
    /// Certificates accepted for this run, as lower-case SHA-256 hex.
    pub accept_certs: Vec<String>,
    /// What of this comes from the command line.
    pub asked: Asked,
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

/// How often idle sessions are kept alive unless the site says otherwise.
pub const DEFAULT_KEEPALIVE: Duration = Duration::from_secs(60);

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
            min_tls: MinTls::default(),
            client_certificate: None,
            list_command: ListCommand::default(),
            list_args: None,
            list_type: ListType::default(),
            encoding: None,
            resume: Switch::default(),
            resume_last: false,
            files: Selection::default(),
            dirs: Selection::default(),
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
            asked: Asked::default(),
        }
    }

    /// Changes it as a command line says, and remembers that.
    pub fn ask(&mut self, asked: &Asked) {
        let security = asked.security.as_deref().and_then(Security::from_word);
        self.security = security.unwrap_or(self.security);
        let protection = asked.data_protection.as_deref().and_then(DataProtection::from_word);
        self.data_protection = protection.unwrap_or(self.data_protection);
        self.accept_certs.extend(asked.accept_cert.clone());
        self.insecure |= asked.insecure;
        self.timeout = asked.timeout.map(Duration::from_secs).or(self.timeout);
        if let Some(user) = &asked.user {
            if self.user.as_ref() != Some(user) {
                // the password belongs to the other user
                self.password = PasswordRef::Ask;
            }
            self.user = Some(user.clone());
        }
        self.asked = asked.clone();
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
            SiteKey(format!("{scheme}://{}@{}", self.user(), self.address()))
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

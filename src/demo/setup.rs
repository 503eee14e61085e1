//! The configuration of a demo server: address, login, content, behavior, faults.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::base::Secret;
use crate::demo::fault::Rule;
use crate::demo::persona::{Behavior, Personality};

/// How a server offers TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// No TLS.
    #[default]
    Off,
    /// After AUTH TLS.
    Offered,
    /// Login requires AUTH TLS.
    Required,
    /// From the first byte (`ftps://`).
    Implicit,
}

/// An entry to create in the tree.
#[derive(Debug, Clone)]
pub(crate) enum SetupEntry {
    File(Vec<u8>),
    Synthetic { seed: u64, size: u64 },
    Dir,
    Link(Vec<u8>),
}

/// The configuration of a server before it starts; see the [module](crate::demo) for examples.
#[derive(Debug, Clone)]
pub struct Setup {
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) anonymous: bool,
    pub(crate) behavior: Behavior,
    pub(crate) tls: Tls,
    pub(crate) client_certificate: Option<Vec<u8>>,
    pub(crate) reuse: bool,
    pub(crate) round_trip: Duration,
    pub(crate) rate: Option<u64>,
    pub(crate) space: Option<u64>,
    pub(crate) foreign_port: bool,
    pub(crate) foreign_peers: bool,
    pub(crate) announced: Option<IpAddr>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) entries: Vec<(String, SetupEntry, Option<i64>)>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) record: bool,
    pub(crate) read_only: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl Setup {
    /// An empty tree in memory on a free port of 127.0.0.1, without TLS, FXP allowed, user `fxp`
    /// with password `fxp-secret`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            user: "fxp".to_owned(),
            password: Secret::from("fxp-secret"),
            anonymous: false,
            behavior: Behavior::plain(),
            tls: Tls::Off,
            client_certificate: None,
            reuse: false,
            round_trip: Duration::ZERO,
            rate: None,
            space: None,
            foreign_port: true,
            foreign_peers: true,
            announced: None,
            directory: None,
            entries: Vec::new(),
            rules: Vec::new(),
            record: true,
            read_only: false,
        }
    }

    /// Imitates this server. Set it before any other change of the behavior.
    #[must_use]
    pub fn personality(mut self, personality: Personality) -> Self {
        self.behavior = personality.behavior();
        self
    }

    /// Changes the behavior of the server.
    #[must_use]
    pub fn behavior(mut self, change: impl FnOnce(&mut Behavior)) -> Self {
        change(&mut self.behavior);
        self
    }

    /// Removes a verb, also from FEAT.
    #[must_use]
    pub fn without(mut self, verb: &str) -> Self {
        self.behavior.remove_verb(verb);
        self
    }

    /// The loopback address to listen on. Tests with foreign addresses give each server its own,
    /// such as 127.0.0.31.
    #[must_use]
    pub fn address(mut self, ip: IpAddr) -> Self {
        self.ip = ip;
        self
    }

    /// The port; 0 is any free port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The user that may log in.
    #[must_use]
    pub fn user(mut self, user: &str, password: &str) -> Self {
        self.user = user.to_owned();
        self.password = Secret::from(password);
        self
    }

    /// Allows `anonymous` to log in with any password.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// How TLS is offered.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Requires this client certificate (DER), on control and data connections.
    #[must_use]
    pub fn demand_certificate(mut self, certificate: Vec<u8>) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// Requires data connections to resume the TLS session of their control connection, like vsftpd
    /// with `require_ssl_reuse` and ProFTPD by default.
    #[must_use]
    pub fn demand_session_reuse(mut self) -> Self {
        self.reuse = true;
        self
    }

    /// Simulates a round-trip time on the control connection; data connections are not delayed.
    #[must_use]
    pub fn round_trip(mut self, time: Duration) -> Self {
        self.round_trip = time;
        self
    }

    /// Maximum rate of each data connection, in bytes per second.
    #[must_use]
    pub fn rate(mut self, bytes_per_second: u64) -> Self {
        self.rate = Some(bytes_per_second);
        self
    }

    /// Capacity of all files in memory, in bytes; beyond it the disk is full (552).
    #[must_use]
    pub fn space(mut self, bytes: u64) -> Self {
        self.space = Some(bytes);
        self
    }

    /// Refuses both PORT with foreign addresses and foreign peers at passive ports.
    #[must_use]
    pub fn no_fxp(self) -> Self {
        self.refuse_foreign_port().refuse_foreign_peers()
    }

    /// Allows PORT and EPRT only with the client's own address.
    #[must_use]
    pub fn refuse_foreign_port(mut self) -> Self {
        self.foreign_port = false;
        self
    }

    /// Allows only the client's own address at passive ports.
    #[must_use]
    pub fn refuse_foreign_peers(mut self) -> Self {
        self.foreign_peers = false;
        self
    }

    /// The address that PASV announces, like a server behind NAT.
    #[must_use]
    pub fn announce(mut self, ip: IpAddr) -> Self {
        self.announced = Some(ip);
        self
    }

    /// Serves a directory on disk; no path leads out of it.
    #[must_use]
    pub fn serve_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Refuses all changes by clients.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Adds a file; creates missing directories.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.entries.push((path.to_owned(), SetupEntry::File(content.into()), None));
        self
    }

    /// Adds a file whose bytes are generated from `seed` when they are read.
    #[must_use]
    pub fn synthetic(mut self, path: &str, size: u64, seed: u64) -> Self {
        self.entries.push((path.to_owned(), SetupEntry::Synthetic { seed, size }, None));
        self
    }

    /// Adds a directory.
    #[must_use]
    pub fn dir(mut self, path: &str) -> Self {
        self.entries.push((path.to_owned(), SetupEntry::Dir, None));
        self
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.entries.push((path.to_owned(), SetupEntry::Link(target.as_bytes().to_vec()), None));
        self
    }

    /// Sets the modification time of the entry added last, in seconds since 1970.
    #[must_use]
    pub fn at(mut self, mtime: i64) -> Self {
        if let Some((_, _, time)) = self.entries.last_mut() {
            *time = Some(mtime);
        }
        self
    }

    /// Adds a fault rule.
    #[must_use]
    pub fn fault(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Keeps no log of the control connections; for benchmarks.
    #[must_use]
    pub fn without_log(mut self) -> Self {
        self.record = false;
        self
    }
}

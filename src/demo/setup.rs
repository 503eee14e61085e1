//! How an embedded server shall be: address, login, content, manner, faults.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use crate::base::Secret;
use crate::demo::fault::Rule;
use crate::demo::persona::{Manner, Personality};

/// Whether a server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// Not at all.
    #[default]
    Off,
    /// After AUTH TLS.
    Offered,
    /// Nobody logs in without AUTH TLS.
    Required,
    /// From the first byte (`ftps://`).
    Implicit,
}

/// What the set-up puts into the tree.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    File(Vec<u8>),
    Synthetic { seed: u64, size: u64 },
    Dir,
    Link(Vec<u8>),
}

/// Everything about a server before it starts; see the [module](crate::demo) for examples.
#[derive(Debug, Clone)]
pub struct Setup {
    pub(crate) ip: IpAddr,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Secret,
    pub(crate) anonymous: bool,
    pub(crate) manner: Manner,
    pub(crate) tls: Tls,
    pub(crate) client_certificate: Option<Vec<u8>>,
    pub(crate) reuse: bool,
    pub(crate) round_trip: Duration,
    pub(crate) rate: Option<u64>,
    pub(crate) space: Option<u64>,
    pub(crate) foreign_port: bool,
    pub(crate) foreign_peers: bool,
    pub(crate) announced: Option<IpAddr>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) items: Vec<(String, Item, Option<i64>)>,
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
    /// An empty tree in memory on a free port of 127.0.0.1, in the clear, FXP allowed, user
    /// `fxp` with password `fxp-secret`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            user: "fxp".to_owned(),
            password: Secret::from("fxp-secret"),
            anonymous: false,
            manner: Manner::plain(),
            tls: Tls::Off,
            client_certificate: None,
            reuse: false,
            round_trip: Duration::ZERO,
            rate: None,
            space: None,
            foreign_port: true,
            foreign_peers: true,
            announced: None,
            folder: None,
            items: Vec::new(),
            rules: Vec::new(),
            record: true,
            read_only: false,
        }
    }

    /// Plays this server. Set it before anything that changes the manner.
    #[must_use]
    pub fn personality(mut self, personality: Personality) -> Self {
        self.manner = personality.manner();
        self
    }

    /// Changes how the server behaves.
    #[must_use]
    pub fn manner(mut self, change: impl FnOnce(&mut Manner)) -> Self {
        change(&mut self.manner);
        self
    }

    /// Takes a verb away, from FEAT, too.
    #[must_use]
    pub fn without(mut self, verb: &str) -> Self {
        self.manner.forget(verb);
        self
    }

    /// The loopback address to listen on. Tests that need foreign addresses give each server
    /// its own, such as 127.0.0.31.
    #[must_use]
    pub fn address(mut self, ip: IpAddr) -> Self {
        self.ip = ip;
        self
    }

    /// The port; 0 is any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Who may log in.
    #[must_use]
    pub fn user(mut self, user: &str, password: &str) -> Self {
        self.user = user.to_owned();
        self.password = Secret::from(password);
        self
    }

    /// `anonymous` may log in with any password.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Clients must show this certificate (DER), on control and data connections.
    #[must_use]
    pub fn demand_certificate(mut self, certificate: Vec<u8>) -> Self {
        self.client_certificate = Some(certificate);
        self
    }

    /// Data connections must resume the TLS session of their own control connection, as vsftpd
    /// with `require_ssl_reuse` and ProFTPD by default demand.
    #[must_use]
    pub fn demand_session_reuse(mut self) -> Self {
        self.reuse = true;
        self
    }

    /// A round trip time on the control connection; data connections are not slowed.
    #[must_use]
    pub fn round_trip(mut self, time: Duration) -> Self {
        self.round_trip = time;
        self
    }

    /// Bytes a second that each data connection moves at most.
    #[must_use]
    pub fn rate(mut self, bytes_per_second: u64) -> Self {
        self.rate = Some(bytes_per_second);
        self
    }

    /// Bytes that all files in memory can take; more is a full disk (552).
    #[must_use]
    pub fn space(mut self, bytes: u64) -> Self {
        self.space = Some(bytes);
        self
    }

    /// Neither PORT to foreign addresses nor foreign peers at passive ports.
    #[must_use]
    pub fn no_fxp(self) -> Self {
        self.refuse_foreign_port().refuse_foreign_peers()
    }

    /// PORT and EPRT only to the client's own address.
    #[must_use]
    pub fn refuse_foreign_port(mut self) -> Self {
        self.foreign_port = false;
        self
    }

    /// Passive ports only for the client's own address.
    #[must_use]
    pub fn refuse_foreign_peers(mut self) -> Self {
        self.foreign_peers = false;
        self
    }

    /// The address that PASV announces, as a server behind NAT does.
    #[must_use]
    pub fn announce(mut self, ip: IpAddr) -> Self {
        self.announced = Some(ip);
        self
    }

    /// Serves a real folder; no path leads out of it.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Nothing on this server can be changed by its clients.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Puts a file there; missing directories are made.
    #[must_use]
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.items.push((path.to_owned(), Item::File(content.into()), None));
        self
    }

    /// Puts a file there whose bytes are made from `seed` when they are read.
    #[must_use]
    pub fn synthetic(mut self, path: &str, size: u64, seed: u64) -> Self {
        self.items.push((path.to_owned(), Item::Synthetic { seed, size }, None));
        self
    }

    /// Makes a directory there.
    #[must_use]
    pub fn dir(mut self, path: &str) -> Self {
        self.items.push((path.to_owned(), Item::Dir, None));
        self
    }

    /// Makes a symbolic link there.
    #[must_use]
    pub fn link(mut self, path: &str, target: &str) -> Self {
        self.items.push((path.to_owned(), Item::Link(target.as_bytes().to_vec()), None));
        self
    }

    /// Sets the time of what was put there last, in seconds since 1970.
    #[must_use]
    pub fn at(mut self, mtime: i64) -> Self {
        if let Some((_, _, time)) = self.items.last_mut() {
            *time = Some(mtime);
        }
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn fault(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Keeps no record of what is said; for benchmarks.
    #[must_use]
    pub fn unrecorded(mut self) -> Self {
        self.record = false;
        self
    }
}

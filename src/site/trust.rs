//! Certificates that the user trusts, and the check of those that servers present.
//!
//! A certificate is accepted in this order (docs/transfer-rules.md "TLS"): any with `--insecure`; one
//! that the command line accepts; the one that is pinned for the server, and no other if there is a
//! pin; one that a system root has signed, which may change. Any other is refused, and the user
//! sees its fingerprint.
//!
//! The file also records which servers support TLS. It is required from then on, so that an
//! attacker on the network path cannot strip it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table};

use crate::base::SourceText;
use crate::config::error::{ConfigError, Mistake, Problems};
use crate::config::field::{self, Field};
use crate::config::value::{self, Value};
use crate::config::{Expected, files};
use crate::net::{CertInfo, CertPolicy, CertRefusal, PresentedCert, TrustedCert, Validity};
use crate::site::Site;

/// The key of the tables in `known_certs.toml`.
const SERVER: &str = "server";

/// The comment at the top of a new file.
const HEADER: &str = "\
# Servers that support TLS, and the certificates that you trust (SHA-256).
# Remove an entry to treat the server as unknown.

";

/// The record of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownServer {
    /// Host name or address in lower case.
    pub host: String,
    /// Port of the control connection.
    pub port: u16,
    /// SHA-256 of the trusted certificate in lower-case hex; `None` when TLS was only seen.
    pub sha256: Option<String>,
    /// The first day on which the trusted certificate is valid; `None` if not recorded.
    pub valid_from: Option<Date>,
    /// The last day on which it is valid; `None` if not recorded.
    pub valid_until: Option<Date>,
    /// The day on which the server was first seen or trusted, `YYYY-MM-DD`.
    pub since: String,
}

impl KnownServer {
    /// The certificate that the user trusts; `None` without one.
    #[must_use]
    pub fn trusted(&self) -> Option<TrustedCert> {
        let fingerprint = self.sha256.clone()?;
        let validity = self.valid_from.zip(self.valid_until);
        let validity = validity.map(|(from, until)| Validity { from, until });
        Some(TrustedCert { facts: CertInfo { fingerprint, validity }, since: self.since.clone() })
    }

    /// This record with the dates of a certificate.
    fn with_validity(self, validity: Option<Validity>) -> Self {
        Self {
            valid_from: validity.map(|v| v.from),
            valid_until: validity.map(|v| v.until),
            ..self
        }
    }
}

fn date(value: &Value) -> Result<Date, Expected> {
    let date = value.as_str().and_then(|text| text.parse().ok());
    date.ok_or_else(|| Expected::new("a date such as \"2026-11-21\""))
}

const FIELDS: &[Field<KnownServer>] = &[
    Field {
        name: "host",
        help: "Host name or address.",
        get: |s| Some(s.host.as_str().into()),
        set: |s, v| value::name(v).map(|host| s.host = host.to_lowercase()),
    },
    Field {
        name: "port",
        help: "Port.",
        get: |s| Some(i64::from(s.port).into()),
        set: |s, v| {
            let port = value::integer(v, 1..=65_535)?;
            s.port = u16::try_from(port).unwrap_or_default();
            Ok(())
        },
    },
    Field {
        name: "sha256",
        help: "SHA-256 of the trusted certificate.",
        get: |s| s.sha256.as_deref().map(Into::into),
        set: |s, v| {
            let sha256 = v.as_str().and_then(normal_fingerprint);
            s.sha256 = Some(sha256.ok_or_else(|| Expected::new("64 hexadecimal digits"))?);
            Ok(())
        },
    },
    Field {
        name: "valid_from",
        help: "The first day on which the trusted certificate is valid.",
        get: |s| s.valid_from.map(|date| date.to_string().into()),
        set: |s, v| date(v).map(|date| s.valid_from = Some(date)),
    },
    Field {
        name: "valid_until",
        help: "The last day on which the trusted certificate is valid.",
        get: |s| s.valid_until.map(|date| date.to_string().into()),
        set: |s, v| date(v).map(|date| s.valid_until = Some(date)),
    },
    Field {
        name: "since",
        help: "The day on which it was first seen or trusted.",
        get: |s| Some(s.since.as_str().into()),
        set: |s, v| value::string(v).map(|since| s.since = since),
    },
];

/// Normalizes a SHA-256 fingerprint (upper case, with colons, with a `SHA256:` prefix) to 64
/// lower-case digits; `None` when the text is not a fingerprint.
#[must_use]
pub fn normal_fingerprint(text: &str) -> Option<String> {
    let text = text.trim();
    let text = match text.split_at_checked(7) {
        Some((head, rest)) if head.eq_ignore_ascii_case("sha256:") => rest,
        _ => text,
    };
    let digits: String =
        text.chars().filter(|c| !matches!(c, ':' | ' ')).map(|c| c.to_ascii_lowercase()).collect();
    let is_sha256 = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_sha256.then_some(digits)
}

/// The trusted certificates, shared by all connections of the program.
#[derive(Debug)]
pub struct Trust {
    /// The file; `None` when nothing is written to disk.
    path: Option<PathBuf>,
    state: Mutex<TrustState>,
}

#[derive(Debug, Default)]
struct TrustState {
    servers: HashMap<(String, u16), KnownServer>,
    /// Fingerprints that are accepted for this run only.
    accepted: HashMap<(String, u16), String>,
    /// The certificate that each server presented last; the user may accept it.
    presented: HashMap<(String, u16), CertInfo>,
}

fn key(host: &str, port: u16) -> (String, u16) {
    (host.to_lowercase(), port)
}

impl Trust {
    /// Reads `known_certs.toml`.
    ///
    /// # Errors
    /// [`ConfigError`]: all errors with file, line and column.
    pub fn load(path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        let path = path.into();
        let servers = read(&path)?;
        let state = Mutex::new(TrustState { servers, ..TrustState::default() });
        Ok(Self { path: Some(path), state })
    }

    /// An empty trust store that is kept in memory only.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { path: None, state: Mutex::default() }
    }

    /// The certificate check for connections to a site.
    #[must_use]
    pub fn policy_for(self: &Arc<Self>, site: &Site) -> Arc<dyn CertPolicy> {
        let accept = site.accept_certs.iter();
        Arc::new(SitePolicy {
            trust: Arc::clone(self),
            insecure: site.insecure,
            accept: accept.filter_map(|fingerprint| normal_fingerprint(fingerprint)).collect(),
        })
    }

    /// True when the server has supported TLS before, so that TLS is required.
    #[must_use]
    pub fn tls_seen(&self, host: &str, port: u16) -> bool {
        self.lock().servers.contains_key(&key(host, port))
    }

    /// Trusts a certificate of a site that the user has accepted; with `keep` permanently.
    ///
    /// If the site has several hosts, this applies to those that presented this certificate last.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be written; it is trusted for this run then.
    pub fn accept(&self, site: &Site, fingerprint: &str, keep: bool) -> Result<(), ConfigError> {
        self.accept_on(site, fingerprint, keep, &today())
    }

    fn accept_on(
        &self,
        site: &Site,
        fingerprint: &str,
        keep: bool,
        since: &str,
    ) -> Result<(), ConfigError> {
        // a text that is not a fingerprint matches no certificate
        let fingerprint = normal_fingerprint(fingerprint).unwrap_or_else(|| fingerprint.to_owned());
        let all: Vec<_> = site.hosts.iter().map(|host| key(host, site.port())).collect();
        let mut known = self.lock();
        let presented_it = |server: &&(String, u16)| {
            known.presented.get(*server).is_some_and(|shown| shown.fingerprint == fingerprint)
        };
        let presented: Vec<_> = all.iter().filter(presented_it).cloned().collect();
        let servers = if presented.is_empty() { all } else { presented };
        // the same fingerprint means the same certificate
        let validity = known.presented.values().find(|shown| shown.fingerprint == fingerprint);
        let validity = validity.and_then(|shown| shown.validity);
        for server in &servers {
            known.accepted.insert(server.clone(), fingerprint.clone());
        }
        drop(known);
        if keep {
            for (host, port) in servers {
                let (sha256, since) = (Some(fingerprint.clone()), since.to_owned());
                let server = KnownServer { host, port, sha256, since, ..KnownServer::default() };
                self.remember(&server.with_validity(validity))?;
            }
        }
        Ok(())
    }

    /// Deletes the record of a server.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be written.
    pub fn forget(&self, host: &str, port: u16) -> Result<(), ConfigError> {
        let server = key(host, port);
        let mut known = self.lock();
        known.accepted.remove(&server);
        known.servers.remove(&server);
        drop(known);
        self.change(|tables| {
            tables
                .retain(|table| parse_table(table).is_none_or(|s| key(&s.host, s.port) != server));
        })
    }

    /// All records, sorted by host.
    #[must_use]
    pub fn servers(&self) -> Vec<KnownServer> {
        let mut servers: Vec<_> = self.lock().servers.values().cloned().collect();
        servers.sort_by(|a, b| (&a.host, a.port).cmp(&(&b.host, b.port)));
        servers
    }

    fn lock(&self) -> MutexGuard<'_, TrustState> {
        // every change of a map is complete, so a panic cannot leave half an entry
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the record of a server to memory and file, replacing an existing one.
    fn remember(&self, server: &KnownServer) -> Result<(), ConfigError> {
        self.put(server, |_| true)
    }

    /// Like [`Trust::remember`], but never replaces a certificate that the user has pinned in the
    /// meantime, perhaps in another process.
    fn record(&self, server: &KnownServer) -> Result<(), ConfigError> {
        self.put(server, |known| known.sha256.is_none() || known.sha256 == server.sha256)
    }

    fn put(
        &self,
        server: &KnownServer,
        may_replace: impl Fn(&KnownServer) -> bool,
    ) -> Result<(), ConfigError> {
        let mut known = self.lock();
        let entry_key = key(&server.host, server.port);
        if known.servers.get(&entry_key).is_none_or(&may_replace) {
            known.servers.insert(entry_key, server.clone());
        }
        drop(known);
        if is_loopback(&server.host) && server.sha256.is_none() {
            // no attacker is between, and demos and tests would fill the file with their ports
            return Ok(());
        }
        self.change(|tables| {
            let same = |table: &Table| {
                parse_table(table)
                    .is_some_and(|s| (s.host, s.port) == key(&server.host, server.port))
            };
            let at = tables.iter().position(same).unwrap_or(tables.len());
            if at == tables.len() {
                let mut table = Table::new();
                table.decor_mut().set_prefix(if at == 0 { HEADER } else { "\n" });
                tables.push(table);
            }
            if let Some(table) = tables.get_mut(at)
                && parse_table(table).is_none_or(|known| may_replace(&known))
            {
                field::write(FIELDS, table, server, &KnownServer::default());
            }
        })
    }

    /// Changes the current file, which other processes may have written.
    fn change(&self, change: impl FnOnce(&mut ArrayOfTables)) -> Result<(), ConfigError> {
        let Some(path) = &self.path else { return Ok(()) };
        let _lock = files::lock(path.parent().unwrap_or_else(|| Path::new(".")))?;
        let source = files::read(path)?.unwrap_or_else(|| SourceText::new(path, ""));
        parse(&source)?;
        let mut document: DocumentMut =
            source.text().parse().map_err(|error| Problems::syntax(&source, &error))?;
        let item = document.entry(SERVER).or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(tables) = item.as_array_of_tables_mut() {
            change(tables);
        }
        files::write(path, document.to_string().as_bytes())
    }

    fn check(&self, presented: &PresentedCert, site: &SitePolicy) -> Result<(), CertRefusal> {
        let server = key(&presented.host, presented.port);
        let mut verdict = self.verdict(&server, presented, site);
        if verdict.is_err() && self.reload() {
            verdict = self.verdict(&server, presented, site);
        }
        let mut known = self.lock();
        known.presented.insert(server.clone(), presented.facts.clone());
        let new_record =
            verdict.is_ok().then(|| new_record(known.servers.get(&server), presented)).flatten();
        drop(known);
        if let Some(new_record) = new_record
            && let Err(error) = self.record(&new_record)
        {
            // the connection is safe; the log warns that the next run may fall back to no TLS
            tracing::warn!(%error, "cannot record that a server supports TLS");
        }
        verdict
    }

    fn verdict(
        &self,
        server: &(String, u16),
        presented: &PresentedCert,
        site: &SitePolicy,
    ) -> Result<(), CertRefusal> {
        let known = self.lock();
        let facts = || presented.facts.clone();
        let fingerprint = &presented.facts.fingerprint;
        if site.insecure
            || site.accept.contains(fingerprint)
            || known.accepted.get(server) == Some(fingerprint)
        {
            return Ok(());
        }
        match (known.servers.get(server).and_then(KnownServer::trusted), &presented.distrust) {
            (Some(trusted), _) if trusted.facts.fingerprint == *fingerprint => Ok(()),
            (Some(trusted), _) => Err(CertRefusal::Changed { shown: facts(), trusted }),
            (None, None) => Ok(()),
            (None, Some(reason)) => {
                Err(CertRefusal::Unknown { shown: facts(), reason: reason.clone() })
            }
        }
    }

    /// Reads the file again before a certificate is refused, since the user may have trusted it in
    /// another process. True when there is a file and it could be read.
    fn reload(&self) -> bool {
        let Some(path) = &self.path else { return false };
        match read(path) {
            Ok(servers) => {
                let mut known = self.lock();
                for (server, entry) in servers {
                    known.servers.insert(server, entry);
                }
                true
            }
            Err(error) => {
                tracing::warn!(%error, "cannot read the known certificates again");
                false
            }
        }
    }
}

/// The certificate check for one site.
#[derive(Debug)]
struct SitePolicy {
    trust: Arc<Trust>,
    insecure: bool,
    accept: Vec<String>,
}

impl CertPolicy for SitePolicy {
    fn check(&self, presented: &PresentedCert) -> Result<(), CertRefusal> {
        self.trust.check(presented, self)
    }
}

fn read(path: &Path) -> Result<HashMap<(String, u16), KnownServer>, ConfigError> {
    match files::read(path)? {
        None => Ok(HashMap::new()),
        Some(source) => Ok(parse(&source)?),
    }
}

fn parse(source: &SourceText) -> Result<HashMap<(String, u16), KnownServer>, Problems> {
    let document =
        Document::parse(source.text()).map_err(|error| Problems::syntax(source, &error))?;
    let mut problems = Problems::default();
    let mut servers = HashMap::new();
    for (name, item) in document.as_table().iter() {
        let span = document.as_table().key(name).and_then(toml_edit::Key::span);
        let place = span.map_or_else(|| source.file_location(), |span| source.location(span.start));
        let Some(tables) = item.as_array_of_tables().filter(|_| name == SERVER) else {
            let key = name.to_owned();
            let mistake = if name == SERVER {
                let expected = Expected::new("a list of tables, each starting with [[server]]");
                Mistake::Value { key, expected }
            } else {
                Mistake::UnknownKey { key, nearest: Some(SERVER.to_owned()) }
            };
            problems.push(place, mistake);
            continue;
        };
        for table in tables {
            let mut server = KnownServer::default();
            field::apply(FIELDS, table, &mut server, source, &mut problems);
            let at = table.span().map_or_else(|| place.clone(), |span| source.location(span.start));
            if server.host.is_empty() || server.port == 0 {
                problems.push(at, Mistake::Missing("host or port of the server"));
            }
            servers.insert(key(&server.host, server.port), server);
        }
    }
    problems.or(servers)
}

/// The record in a table that was checked before; `None` when it is not valid.
fn parse_table(table: &Table) -> Option<KnownServer> {
    let mut server = KnownServer::default();
    let mut problems = Problems::default();
    let nowhere = SourceText::new("", "");
    field::apply(FIELDS, table, &mut server, &nowhere, &mut problems);
    problems.or(server).ok()
}

/// The record to write after a successful connection: that the server supports TLS, or the dates of
/// a certificate that was trusted by its fingerprint alone. `None` when nothing is new.
fn new_record(known: Option<&KnownServer>, presented: &PresentedCert) -> Option<KnownServer> {
    let Some(known) = known else {
        let (host, port) = key(&presented.host, presented.port);
        return Some(KnownServer { host, port, since: today(), ..KnownServer::default() });
    };
    let validity = presented.facts.validity?;
    let undated = known.valid_from.is_none() || known.valid_until.is_none();
    let pinned = known.sha256.as_ref() == Some(&presented.facts.fingerprint);
    (undated && pinned).then(|| known.clone().with_validity(Some(validity)))
}

fn is_loopback(host: &str) -> bool {
    let host = host.split('%').next().unwrap_or(host);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The current date in UTC.
fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;

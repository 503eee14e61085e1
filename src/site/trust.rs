//! Certificates that the user trusted, and the judgement of those that servers present.
//!
//! In this order (design section 5): any certificate with `--insecure`; one that the command line
//! accepts; the one that is pinned for the server, and no other where one is pinned; what a root
//! of the system vouches for, which may change; else nothing: the user is shown the fingerprint.
//!
//! The file also keeps which servers have shown TLS, so that from then on it is demanded and
//! somebody on the way cannot take it out of the conversation.

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
use crate::net::{CertFacts, CertJudge, CertRefusal, Presented, TrustedCert, Validity};
use crate::site::Site;

/// The key of the tables in `known_certs.toml`.
const SERVER: &str = "server";

/// The comment at the top of a new file.
const HEADER: &str = "\
# Servers that have shown TLS, and the certificates that you trusted (SHA-256).
# Take an entry out, and the server is judged as if it were seen for the first time.

";

/// What is known of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownServer {
    /// Host name or address in lower case.
    pub host: String,
    /// Port of the control connection.
    pub port: u16,
    /// SHA-256 of the certificate that the user trusted, lower-case hex.
    pub sha256: Option<String>,
    /// The first day on which the trusted certificate is valid; `None` where it was not noted.
    pub valid_from: Option<Date>,
    /// The last day on which it is valid; `None` where it was not noted.
    pub valid_until: Option<Date>,
    /// The day on which it was first seen or trusted, `YYYY-MM-DD`.
    pub since: String,
}

impl KnownServer {
    /// The certificate that the user trusted.
    #[must_use]
    pub fn trusted(&self) -> Option<TrustedCert> {
        let fingerprint = self.sha256.clone()?;
        let validity = self.valid_from.zip(self.valid_until);
        let validity = validity.map(|(from, until)| Validity { from, until });
        Some(TrustedCert { facts: CertFacts { fingerprint, validity }, since: self.since.clone() })
    }

    /// The same with these dates.
    fn valid(self, validity: Option<Validity>) -> Self {
        Self {
            valid_from: validity.map(|v| v.from),
            valid_until: validity.map(|v| v.until),
            ..self
        }
    }
}

fn date(value: &Value) -> Result<Date, Expected> {
    let date = value.as_str().and_then(|text| text.parse().ok());
    date.ok_or_else(|| Expected::new("a date like \"2026-11-21\""))
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

/// A SHA-256 as people copy it (upper case, with colons, with a `SHA256:` before it) as 64
/// lower-case digits; `None` when it is none.
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

/// The certificates that are trusted, shared by all connections of the program.
#[derive(Debug)]
pub struct Trust {
    /// `None` for a trust that is never written.
    path: Option<PathBuf>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    servers: HashMap<(String, u16), KnownServer>,
    /// Accepted for this run only.
    accepted: HashMap<(String, u16), String>,
    /// What was last shown, for the user's yes.
    shown: HashMap<(String, u16), CertFacts>,
}

fn key(host: &str, port: u16) -> (String, u16) {
    (host.to_lowercase(), port)
}

impl Trust {
    /// Reads `known_certs.toml`.
    ///
    /// # Errors
    /// [`ConfigError`]: all mistakes with file, line and column.
    pub fn load(path: impl Into<PathBuf>) -> Result<Self, ConfigError> {
        let path = path.into();
        let servers = read(&path)?;
        let known = Mutex::new(Known { servers, ..Known::default() });
        Ok(Self { path: Some(path), known })
    }

    /// Knows nothing, and remembers only while the program runs.
    #[must_use]
    pub fn in_memory() -> Self {
        Self { path: None, known: Mutex::default() }
    }

    /// The judge for connections to a site.
    #[must_use]
    pub fn judge_for(self: &Arc<Self>, site: &Site) -> Arc<dyn CertJudge> {
        let accept = site.accept_certs.iter();
        Arc::new(SiteJudge {
            trust: Arc::clone(self),
            insecure: site.insecure,
            accept: accept.filter_map(|fingerprint| normal_fingerprint(fingerprint)).collect(),
        })
    }

    /// True when the server has shown TLS before: it is demanded from then on.
    #[must_use]
    pub fn tls_seen(&self, host: &str, port: u16) -> bool {
        self.lock().servers.contains_key(&key(host, port))
    }

    /// Trusts a certificate of a site after the user's yes; with `keep` for good.
    ///
    /// Of several hosts it is the one that last presented this certificate.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be written down; it is trusted for this run then.
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
        // a text that is no fingerprint will match no certificate
        let fingerprint = normal_fingerprint(fingerprint).unwrap_or_else(|| fingerprint.to_owned());
        let all: Vec<_> = site.hosts.iter().map(|host| key(host, site.port())).collect();
        let mut known = self.lock();
        let showed = |server: &&(String, u16)| {
            known.shown.get(*server).is_some_and(|shown| shown.fingerprint == fingerprint)
        };
        let presented: Vec<_> = all.iter().filter(showed).cloned().collect();
        let servers = if presented.is_empty() { all } else { presented };
        // any that showed this fingerprint showed the same certificate
        let validity = known.shown.values().find(|shown| shown.fingerprint == fingerprint);
        let validity = validity.and_then(|shown| shown.validity);
        for server in &servers {
            known.accepted.insert(server.clone(), fingerprint.clone());
        }
        drop(known);
        if keep {
            for (host, port) in servers {
                let (sha256, since) = (Some(fingerprint.clone()), since.to_owned());
                let server = KnownServer { host, port, sha256, since, ..KnownServer::default() };
                self.remember(&server.valid(validity))?;
            }
        }
        Ok(())
    }

    /// Forgets all that is known of a server.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be written down.
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

    /// All that is known, by host.
    #[must_use]
    pub fn servers(&self) -> Vec<KnownServer> {
        let mut servers: Vec<_> = self.lock().servers.values().cloned().collect();
        servers.sort_by(|a, b| (&a.host, a.port).cmp(&(&b.host, b.port)));
        servers
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // maps are whole after every step: a panic elsewhere cannot have left half an entry
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a server into memory and file, over what was known of it.
    fn remember(&self, server: &KnownServer) -> Result<(), ConfigError> {
        self.put(server, |_| true)
    }

    /// The same, but never over a certificate that the user has pinned meanwhile, perhaps by
    /// another process.
    fn note(&self, server: &KnownServer) -> Result<(), ConfigError> {
        self.put(server, |known| known.sha256.is_none() || known.sha256 == server.sha256)
    }

    fn put(
        &self,
        server: &KnownServer,
        over: impl Fn(&KnownServer) -> bool,
    ) -> Result<(), ConfigError> {
        let mut known = self.lock();
        let place = key(&server.host, server.port);
        if known.servers.get(&place).is_none_or(&over) {
            known.servers.insert(place, server.clone());
        }
        drop(known);
        if is_loopback(&server.host) && server.sha256.is_none() {
            // nobody stands between; and demos and tests would fill the file with their ports
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
                && parse_table(table).is_none_or(|known| over(&known))
            {
                field::write(FIELDS, table, server, &KnownServer::default());
            }
        })
    }

    /// Changes the file as it is now, whatever other processes have written meanwhile.
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

    fn judge(&self, presented: &Presented, site: &SiteJudge) -> Result<(), CertRefusal> {
        let server = key(&presented.host, presented.port);
        let mut verdict = self.verdict(&server, presented, site);
        if verdict.is_err() && self.reload() {
            verdict = self.verdict(&server, presented, site);
        }
        let mut known = self.lock();
        known.shown.insert(server.clone(), presented.facts.clone());
        let news = verdict.is_ok().then(|| news(known.servers.get(&server), presented)).flatten();
        drop(known);
        if let Some(news) = news
            && let Err(error) = self.note(&news)
        {
            // the connection is good; that the next run may fall back is told in the log
            tracing::warn!(%error, "cannot note what a server has shown");
        }
        verdict
    }

    fn verdict(
        &self,
        server: &(String, u16),
        presented: &Presented,
        site: &SiteJudge,
    ) -> Result<(), CertRefusal> {
        let known = self.lock();
        let shown = || presented.facts.clone();
        let fingerprint = &presented.facts.fingerprint;
        if site.insecure
            || site.accept.contains(fingerprint)
            || known.accepted.get(server) == Some(fingerprint)
        {
            return Ok(());
        }
        match (known.servers.get(server).and_then(KnownServer::trusted), &presented.distrust) {
            (Some(trusted), _) if trusted.facts.fingerprint == *fingerprint => Ok(()),
            (Some(trusted), _) => Err(CertRefusal::Changed { shown: shown(), trusted }),
            (None, None) => Ok(()),
            (None, Some(reason)) => {
                Err(CertRefusal::Unknown { shown: shown(), reason: reason.clone() })
            }
        }
    }

    /// Reads the file again before something is refused: another process may have been told to
    /// trust it. True when there is a file and it could be read.
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
                tracing::warn!(%error, "the known certificates cannot be read again");
                false
            }
        }
    }
}

/// Judges for one site.
#[derive(Debug)]
struct SiteJudge {
    trust: Arc<Trust>,
    insecure: bool,
    accept: Vec<String>,
}

impl CertJudge for SiteJudge {
    fn judge(&self, presented: &Presented) -> Result<(), CertRefusal> {
        self.trust.judge(presented, self)
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
        let place = span.map_or_else(|| source.whole(), |span| source.place(span.start));
        let Some(tables) = item.as_array_of_tables().filter(|_| name == SERVER) else {
            let key = name.to_owned();
            let mistake = if name == SERVER {
                let expected = Expected::new("a list of tables, each begun with [[server]]");
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
            let at = table.span().map_or_else(|| place.clone(), |span| source.place(span.start));
            if server.host.is_empty() || server.port == 0 {
                problems.push(at, Mistake::Missing("host or port of the server"));
            }
            servers.insert(key(&server.host, server.port), server);
        }
    }
    problems.or(servers)
}

/// The server of a table that was found to be right before.
fn parse_table(table: &Table) -> Option<KnownServer> {
    let mut server = KnownServer::default();
    let mut problems = Problems::default();
    let nowhere = SourceText::new("", "");
    field::apply(FIELDS, table, &mut server, &nowhere, &mut problems);
    problems.or(server).ok()
}

/// What a good connection tells that was not noted yet: that the server speaks TLS, or the dates of
/// a certificate that was trusted by its fingerprint alone.
fn news(known: Option<&KnownServer>, presented: &Presented) -> Option<KnownServer> {
    let Some(known) = known else {
        let (host, port) = key(&presented.host, presented.port);
        return Some(KnownServer { host, port, since: today(), ..KnownServer::default() });
    };
    let validity = presented.facts.validity?;
    let bare = known.valid_from.is_none() || known.valid_until.is_none();
    let pinned = known.sha256.as_ref() == Some(&presented.facts.fingerprint);
    (bare && pinned).then(|| known.clone().valid(Some(validity)))
}

fn is_loopback(host: &str) -> bool {
    let host = host.split('%').next().unwrap_or(host);
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// The day in UTC.
fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
#[path = "trust_tests.rs"]
mod tests;

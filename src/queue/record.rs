//! Jobs and items as they are written down outside the program: for export and import.
//!
//! Records hold all that the queue knows, except passwords. Names are bytes: what is no UTF-8
//! stands as `{"b64": "…"}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{SourceText, Word};
use crate::ftp::Kind;
use crate::queue::{ItemState, JobKind, Rules, TreeRules};
use crate::site::{PasswordRef, Site, sites_file};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

/// The name that a site without one is written down under.
const NAMELESS: &str = "nameless";

/// A path or name, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Written {
    Text(String),
    Encoded { b64: String },
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Written::Encoded { b64: STANDARD.encode(&self.0) }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(Self(text.into_bytes())),
            Written::Encoded { b64 } => {
                STANDARD.decode(b64).map(Self).map_err(serde::de::Error::custom)
            }
        }
    }
}

/// A site as a job names it: a bookmark by its name, any other one by its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRecord {
    /// What the engine knows it by ([`crate::site::SiteKey`]): the name of a bookmark.
    pub key: String,
    /// Its settings, as the text of a `sites.toml` without passwords.
    pub settings: String,
}

impl SiteRecord {
    /// The record of a site; where its password comes from is left out unless it names nothing
    /// but a place of this program.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let mut named = harmless(site.clone());
        if named.name.is_empty() {
            named.name = NAMELESS.to_owned();
        }
        Self { key: site.key().0, settings: sites_file::export(&[&named], false) }
    }

    /// The site with these settings; `None` when they are none. It never has a password, nor a
    /// command that gives one: a record may come from anybody.
    #[must_use]
    pub fn site(&self) -> Option<Site> {
        let sites = sites_file::parse(&SourceText::new("queue", &*self.settings)).ok()?;
        let mut all = sites.iter();
        let mut site = harmless(Site::clone(all.next()?));
        if all.next().is_some() {
            return None;
        }
        if site.name == NAMELESS && self.key != NAMELESS {
            site.name.clear();
        }
        (site.key().0 == self.key).then_some(site)
    }
}

/// The site without anything that runs or tells a secret.
fn harmless(mut site: Site) -> Site {
    let keep = |password: &PasswordRef| {
        matches!(password, PasswordRef::Ask | PasswordRef::Netrc | PasswordRef::Vault(_))
    };
    if !keep(&site.password) {
        site.password = PasswordRef::Ask;
    }
    if let Some(proxy) = site.proxy.as_mut().filter(|proxy| !keep(&proxy.password)) {
        proxy.password = PasswordRef::Ask;
    }
    site
}

/// One thing that a job began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRecord {
    /// Its path.
    pub path: Bytes,
    /// What it is; absent when nobody has looked yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Bytes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// Its number in this file; the items behind it name it.
    pub id: u64,
    /// What is to be done.
    pub kind: JobKind,
    /// Where the sources are; absent for this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SiteRecord>,
    /// Where they go; absent for this machine, and for deletions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SiteRecord>,
    /// What it began with.
    pub sources: Vec<SourceRecord>,
    /// The directory that receives the sources, or the place that the only one becomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Bytes>,
    /// True when the only source becomes the target itself.
    #[serde(default)]
    pub rename_to: bool,
    /// The rules for each file.
    #[serde(default)]
    pub rules: Rules,
    /// The rules for what is found in directories.
    #[serde(default)]
    pub tree: TreeRules,
    /// True when all its items are here; else its sources are to be listed (again).
    pub listed: bool,
    /// Jobs with a greater number come first.
    #[serde(default)]
    pub priority: i32,
    /// True when nothing of it is to be begun.
    #[serde(default)]
    pub held: bool,
    /// True once the user has given it up.
    #[serde(default)]
    pub cancelled: bool,
    /// When it was asked for.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Not to be begun before.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// When nothing was left to do.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A file or directory of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRecord {
    /// The number of its job in this file.
    pub job: u64,
    /// The name to show.
    pub label: String,
    /// True for a directory.
    #[serde(default)]
    pub dir: bool,
    /// The path at the source.
    pub source: Bytes,
    /// The path at the target; absent for deletions and for what was left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Bytes>,
    /// Bytes at the source, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Time of the source in UTC, as the 14 digits of RFC 3659 section 2.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// Permissions to give to the target, as a number: 420 is `rw-r--r--`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// True when the target exists and is to be replaced.
    #[serde(default)]
    pub replaces: bool,
    /// Where it stands.
    pub state: ItemState,
    /// Its place among the items of its job that are in the same part of the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Tries so far.
    #[serde(default)]
    pub tries: u32,
    /// Not to be begun before.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What is known of the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What the verdict rests on: `size`, `sha256` …, `none`.
    #[serde(default, deserialize_with = "evidence")]
    pub verified: Evidence,
    /// The way it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Which server listened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passive: Option<PassiveSide>,
    /// Whether the data was encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
    /// Bytes at the target.
    #[serde(default)]
    pub bytes: u64,
    /// How long it took, in milliseconds.
    #[serde(default)]
    pub millis: u64,
    /// Why it was skipped or failed, or a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it ended.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl JobRecord {
    /// A copy of one source that becomes `target`, with the usual rules.
    #[must_use]
    pub fn copy(
        id: u64,
        [from, to]: [Option<SiteRecord>; 2],
        source: SourceRecord,
        target: Bytes,
    ) -> Self {
        Self {
            id,
            kind: JobKind::Copy,
            from,
            to,
            sources: vec![source],
            target: Some(target),
            rename_to: true,
            rules: Rules::default(),
            tree: TreeRules::default(),
            listed: false,
            priority: 0,
            held: false,
            cancelled: false,
            created_at: None,
            start_at: None,
            ended_at: None,
        }
    }
}

impl ItemRecord {
    /// A file that waits, and of which nothing more is known.
    #[must_use]
    pub fn waiting(job: u64, source: Bytes, target: Bytes) -> Self {
        let name = source.0.rsplit(|&b| matches!(b, b'/' | b'\\')).next().unwrap_or_default();
        Self {
            job,
            label: crate::base::text::visible(name),
            dir: false,
            source,
            target: Some(target),
            size: None,
            modified: None,
            mode: None,
            replaces: false,
            state: ItemState::Waiting,
            rank: None,
            tries: 0,
            not_before: None,
            verdict: None,
            verified: Evidence::None,
            via: None,
            passive: None,
            protected: None,
            bytes: 0,
            millis: 0,
            reason: None,
            ended_at: None,
        }
    }
}

/// Evidence of a later version counts as none.
fn evidence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Evidence, D::Error> {
    let word = String::deserialize(deserializer)?;
    Ok(Evidence::from_word(&word).unwrap_or_default())
}

/// A job or an item; the items of a job come behind it, before the next job.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A job.
    Job(Box<JobRecord>),
    /// An item of the job before it.
    Item(Box<ItemRecord>),
}

/// Times as RFC 3339 writes them.
mod time {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.collect_str(at),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}

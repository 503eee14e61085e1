//! Jobs and items in the export format.
//!
//! Records contain everything in the queue except passwords. Names are bytes; a name that is not
//! UTF-8 is written as `{"b64": "…"}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{SourceText, Word};
use crate::ftp::Kind;
use crate::queue::{ItemState, JobKind, JobRules, TreeRules};
use crate::site::{PasswordRef, Site, sites_file};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

/// The name of sites without a name in `settings`.
const NAMELESS: &str = "nameless";

/// A path or name, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum BytesFormat {
    Text(String),
    Encoded { b64: String },
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => BytesFormat::Encoded { b64: STANDARD.encode(&self.0) }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match BytesFormat::deserialize(deserializer)? {
            BytesFormat::Text(text) => Ok(Self(text.into_bytes())),
            BytesFormat::Encoded { b64 } => {
                STANDARD.decode(b64).map(Self).map_err(serde::de::Error::custom)
            }
        }
    }
}

/// A site of a job: a saved site by its name, others by their settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRecord {
    /// The [`crate::site::SiteKey`]: the name of a saved site, otherwise login and address.
    pub key: String,
    /// The settings, as the text of a `sites.toml` without passwords.
    pub settings: String,
}

impl SiteRecord {
    /// The record of a site. References to passwords are dropped, except prompts, `.netrc` and the
    /// vault.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let mut named = without_secrets(site.clone());
        if named.name.is_empty() {
            named.name = NAMELESS.to_owned();
        }
        Self { key: site.key().0, settings: sites_file::export(&[&named], false) }
    }

    /// Parses the settings; `None` when they are not valid. The site never has a password or a
    /// password command, because the record may come from an untrusted source.
    #[must_use]
    pub fn site(&self) -> Option<Site> {
        let sites = sites_file::parse(&SourceText::new("queue", &*self.settings)).ok()?;
        let mut all = sites.iter();
        let mut site = without_secrets(Site::clone(all.next()?));
        if all.next().is_some() {
            return None;
        }
        if site.name == NAMELESS && self.key != NAMELESS {
            site.name.clear();
        }
        (site.key().0 == self.key).then_some(site)
    }
}

/// The site without passwords, password commands and environment variables.
fn without_secrets(mut site: Site) -> Site {
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

/// A source of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRecord {
    /// The path of the source.
    pub path: Bytes,
    /// The kind; absent when it is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// The size in bytes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A job in the export format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRecord {
    /// The number of the job in this file; its items refer to it.
    pub id: u64,
    /// The operation.
    pub kind: JobKind,
    /// The source site; absent for this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SiteRecord>,
    /// The target site; absent for this machine, and for deletions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SiteRecord>,
    /// The sources that the user selected.
    pub sources: Vec<SourceRecord>,
    /// The target directory, or with `rename_to` the new path of the only source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Bytes>,
    /// True when `target` is the new path of the only source.
    #[serde(default)]
    pub rename_to: bool,
    /// The rules for each file.
    #[serde(default)]
    pub rules: JobRules,
    /// The rules for the content of directories.
    #[serde(default)]
    pub tree: TreeRules,
    /// True when all items are in this file; otherwise the sources must be listed (again).
    pub listed: bool,
    /// Jobs with a higher priority come first.
    #[serde(default)]
    pub priority: i32,
    /// True when the job is held.
    #[serde(default)]
    pub held: bool,
    /// True when the user has cancelled it.
    #[serde(default)]
    pub cancelled: bool,
    /// When the job was submitted.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The job or item does not start before this time.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// When the job finished.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A file or directory of a job in the export format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRecord {
    /// The number of the job in this file.
    pub job: u64,
    /// The name to display.
    pub label: String,
    /// True for a directory.
    #[serde(default)]
    pub dir: bool,
    /// The path at the source.
    pub source: Bytes,
    /// The path at the target; absent for deletions and skipped items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Bytes>,
    /// The size of the source in bytes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The modification time of the source in UTC, as 14 digits (RFC 3659 section 2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// The permissions for the target, as a number: 420 is `rw-r--r--`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// True when the target exists and will be replaced.
    #[serde(default)]
    pub replaces: bool,
    /// The state of the item.
    pub state: ItemState,
    /// The position among the items of its job in the same section of the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// The number of finished attempts.
    #[serde(default)]
    pub tries: u32,
    /// The job or item does not start before this time.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// What is known about the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How the target was verified: `size`, `sha256` …, `none`.
    #[serde(default, deserialize_with = "evidence")]
    pub verified: Evidence,
    /// The route of the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Which server was passive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passive: Option<PassiveSide>,
    /// Whether the data was encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protected: Option<bool>,
    /// The size at the target in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// The duration in milliseconds.
    #[serde(default)]
    pub millis: u64,
    /// Why it was skipped or failed, or a warning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the item finished.
    #[serde(default, with = "time", skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl JobRecord {
    /// A job that copies one source to the path `target`, with default rules.
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
            rules: JobRules::default(),
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
    /// A waiting file of which only the paths are known.
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

/// A job or an item. The items of a job follow it, before the next job.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueRecord {
    /// A job.
    Job(Box<JobRecord>),
    /// An item of the job before it.
    Item(Box<ItemRecord>),
}

/// Times in the format of RFC 3339.
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

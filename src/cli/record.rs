//! The objects of `--json`: field names and values as design section 7 fixes them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::{Encoding, UTF_8};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::Stamp;
use crate::cli::error::CliError;
use crate::config::value::Value as Setting;
use crate::engine::{Failure, ItemReport, PlanAction, PlanStep};
use crate::ftp::{Entry, Kind};
use crate::queue::ItemState;
use crate::site::import::Loss;
use crate::site::trust::KnownServer;
use crate::site::url::masked;
use crate::site::{Location, Security, Site};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

/// A name as text, and its bytes when they are no UTF-8.
fn text(bytes: &[u8]) -> (String, Option<String>) {
    encoded_text(bytes, UTF_8)
}

/// A name as the text that it is in an encoding, and its bytes when they are no UTF-8.
fn encoded_text(bytes: &[u8], encoding: &'static Encoding) -> (String, Option<String>) {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bytes = str::from_utf8(bytes).is_err().then(|| STANDARD.encode(bytes));
    (text.into_owned(), bytes)
}

/// An entry of a directory.
#[derive(Debug, Serialize)]
pub struct EntryRecord {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_b64: Option<String>,
    kind: Kind,
    size: Option<u64>,
    /// Left out, or false when the size is an upper bound (blocks of VMS, `ls -h`).
    #[serde(skip_serializing_if = "Option::is_none")]
    size_exact: Option<bool>,
    mtime: Option<String>,
    utc: bool,
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_b64: Option<String>,
    perms: Option<String>,
}

impl EntryRecord {
    /// The record of an entry.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self::encoded(entry, UTF_8)
    }

    /// The record of an entry whose names are in this encoding.
    #[must_use]
    pub fn encoded(entry: &Entry, encoding: &'static Encoding) -> Self {
        let (name, name_b64) = encoded_text(&entry.name, encoding);
        let target = entry.target.as_deref().map(|target| encoded_text(target, encoding));
        let (target, target_b64) = target.map_or((None, None), |(t, b64)| (Some(t), b64));
        Self {
            name,
            name_b64,
            kind: entry.kind,
            size: entry.size.or(entry.size_at_most()),
            size_exact: (entry.size.is_none() && entry.size_at_most().is_some()).then_some(false),
            mtime: entry.mtime.map(|stamp| time(&stamp)),
            utc: entry.mtime.is_some_and(|stamp| stamp.utc),
            target,
            target_b64,
            perms: entry.perms.as_deref().map(str::to_owned),
        }
    }
}

/// The wall time as printed, what was not told as zeros: `2026-11-21T09:30:00`.
fn time(stamp: &Stamp) -> String {
    let at = stamp.at;
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// A location as one can type it: `NAME:PATH`, a URL without password, or a local path.
#[must_use]
pub fn location(at: &Location) -> (String, Option<String>) {
    match at {
        Location::Local(_) => text(at.path_bytes()),
        Location::Remote { site, .. } if site.name.is_empty() => {
            let url = Location::to_url(at).or_else(|| clear_url(at));
            url.map_or_else(|| (at.to_string(), None), |url| (url, None))
        }
        Location::Remote { site, path } => {
            text(&[site.name.as_bytes(), b":", path.as_bytes()].concat())
        }
    }
}

/// The URL of a site that shall not use TLS, which no scheme says.
fn clear_url(at: &Location) -> Option<String> {
    let (site, path) = at.remote()?;
    let mut site = Site::clone(site);
    site.security = Security::Auto;
    Location::Remote { site: site.into(), path: path.clone() }.to_url()
}

/// How an item ended.
#[derive(Debug, Serialize)]
pub struct ItemRecord<'a> {
    event: &'static str,
    src: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_b64: Option<String>,
    dst: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dst_b64: Option<String>,
    state: ItemState,
    verdict: Option<Verdict>,
    verified: Evidence,
    via: Option<Via>,
    passive: Option<PassiveSide>,
    protected: Option<bool>,
    bytes: u64,
    seconds: f64,
    reason: Option<&'a str>,
}

impl<'a> ItemRecord<'a> {
    /// The record of a report.
    #[must_use]
    pub fn of(report: &'a ItemReport) -> Self {
        let (src, src_b64) = location(&report.source);
        let target = report.target.as_ref().map(location);
        let (dst, dst_b64) = target.map_or((None, None), |(dst, b64)| (Some(dst), b64));
        Self {
            event: "item",
            src,
            src_b64,
            dst,
            dst_b64,
            // the words of this field are fixed; the reason says that the user gave it up
            state: match report.state {
                ItemState::Cancelled => ItemState::Failed,
                state => state,
            },
            verdict: report.verdict,
            verified: report.verified,
            via: report.via,
            passive: report.passive,
            protected: report.protected,
            bytes: report.bytes,
            seconds: seconds(report.elapsed),
            reason: report.reason.as_deref(),
        }
    }
}

/// Seconds to the millisecond.
#[must_use]
pub fn seconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Something that belongs to a site rather than to an item.
#[derive(Debug, Serialize)]
pub struct ErrorRecord {
    event: &'static str,
    site: Option<String>,
    message: String,
}

impl ErrorRecord {
    /// The record of something that is wrong with a site.
    #[must_use]
    pub fn new(site: &str, message: String) -> Self {
        Self { event: "error", site: Some(site.to_owned()), message }
    }

    /// The record of a failure.
    #[must_use]
    pub fn of(failure: &Failure) -> Self {
        Self { event: "error", site: failure.site_label(), message: failure.to_string() }
    }

    /// The record of any error.
    #[must_use]
    pub fn of_error(error: &CliError) -> Self {
        match error {
            CliError::Failure(failure) => Self::of(failure),
            error => Self { event: "error", site: None, message: masked(&error.to_string()) },
        }
    }
}

/// What a command did in all; its last line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Always `summary`.
    pub event: &'static str,
    /// Items that ended well.
    pub done: u64,
    /// Items that a rule left out.
    pub skipped: u64,
    /// Items that failed.
    pub failed: u64,
    /// Files that were the same already; only of a mirror.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same: Option<u64>,
    /// Bytes at the targets.
    pub bytes: u64,
    /// Wall time.
    pub seconds: f64,
}

/// A mistake in a file of settings.
#[derive(Debug, Serialize)]
pub struct Mistake<'a> {
    /// Always `error`.
    pub event: &'static str,
    /// The file; empty when the message names it.
    pub file: String,
    /// Counted from 1.
    pub line: Option<usize>,
    /// Counted from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: &'a str,
}

/// The last line of `config check`.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Always `summary`.
    pub event: &'static str,
    /// How many mistakes there are.
    pub mistakes: usize,
}

/// A text as a whole: a script for a shell, a manual page, an example.
#[derive(Debug, Serialize)]
pub struct Text<'a> {
    /// The text.
    pub text: &'a str,
}

/// A bookmark, password or server that is no more.
#[derive(Debug, Serialize)]
pub struct Removed<'a> {
    /// Its name.
    pub removed: &'a str,
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub struct Written {
    /// The file.
    pub written: String,
}

/// What `sites import` could not carry over.
#[derive(Debug, Serialize)]
pub struct LossRecord<'a> {
    event: &'static str,
    site: &'a str,
    file: String,
    line: Option<usize>,
    message: String,
}

impl<'a> LossRecord<'a> {
    /// The record of a loss.
    #[must_use]
    pub fn of(loss: &'a Loss) -> Self {
        Self {
            event: "loss",
            site: &loss.site,
            file: loss.place.path.to_string_lossy().into_owned(),
            line: loss.place.position.map(|position| position.line),
            message: loss.what.to_string(),
        }
    }
}

/// A step of a mirror that is only told.
#[derive(Debug, Serialize)]
pub struct PlanRecord {
    event: &'static str,
    action: PlanAction,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    kind: Kind,
    size: Option<u64>,
    reason: String,
}

impl PlanRecord {
    /// The record of a step.
    #[must_use]
    pub fn of(step: &PlanStep) -> Self {
        let (path, path_b64) = text(step.path.as_bytes());
        Self {
            event: "plan",
            action: step.action,
            path,
            path_b64,
            kind: if step.dir { Kind::Dir } else { Kind::File },
            size: step.size,
            reason: step.reason.clone(),
        }
    }
}

/// The last line of `sites import`.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// Always `summary`.
    pub event: &'static str,
    /// Bookmarks that were added.
    pub added: u64,
    /// Things that could not be carried over.
    pub lost: usize,
    /// True when nothing was written.
    pub dry_run: bool,
}

/// The name of a password in the vault.
#[derive(Debug, Serialize)]
pub struct VaultEntry<'a> {
    /// The name.
    pub entry: &'a str,
}

/// How the vault stands.
#[derive(Debug, Serialize)]
pub struct VaultStatus<'a> {
    /// Its file.
    pub path: String,
    /// True when it is there.
    pub exists: bool,
    /// Bookmarks that have a password in it.
    pub used_by: Vec<&'a str>,
}

/// A server that has shown TLS.
#[derive(Debug, Serialize)]
pub struct KnownRecord<'a> {
    host: &'a str,
    port: u16,
    sha256: Option<&'a str>,
    valid_from: Option<String>,
    valid_until: Option<String>,
    since: &'a str,
}

impl<'a> KnownRecord<'a> {
    /// The record of a known server.
    #[must_use]
    pub fn of(known: &'a KnownServer) -> Self {
        let KnownServer { host, port, sha256, valid_from, valid_until, since } = known;
        let day = |date: &Option<Date>| date.map(|date| date.to_string());
        Self {
            host,
            port: *port,
            sha256: sha256.as_deref(),
            valid_from: day(valid_from),
            valid_until: day(valid_until),
            since,
        }
    }
}

/// One step of `sites test`.
#[derive(Debug, Serialize)]
pub struct StepRecord<'a> {
    /// The bookmark.
    pub site: &'a str,
    /// `connect`, `list` or `features`.
    pub step: &'static str,
    /// True when it went well.
    pub ok: bool,
    /// Whether the connection is encrypted, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
    /// What came of it.
    pub message: String,
}

/// What the lists of a bookmark make of a name.
#[derive(Debug, Serialize)]
pub struct NameRecord<'a> {
    /// The bookmark.
    pub site: &'a str,
    /// The name.
    pub name: &'a str,
    /// `file` or `dir`.
    pub kind: &'static str,
    /// True when it was said to be empty.
    pub empty: bool,
    /// `take`, `first` or `skip`.
    pub action: &'static str,
    /// Whose setting decided: `site`, or `config` for config.toml.
    pub owner: Option<&'static str>,
    /// The setting that decided, such as `skip_files`.
    pub list: Option<String>,
    /// The pattern that matches.
    pub pattern: Option<&'a str>,
}

/// The end of a plan.
#[derive(Debug, Serialize)]
pub struct PlanSummary {
    /// Always `summary`.
    pub event: &'static str,
    /// Files and directories that would be copied or made.
    pub copy: u64,
    /// Files and directories that would be deleted.
    pub delete: u64,
    /// What would stay as it is.
    pub skip: u64,
    /// Directories that cannot be mirrored.
    pub failed: u64,
    /// Bytes to copy, as far as sizes are known.
    pub bytes: u64,
    /// Wall time.
    pub seconds: f64,
}

/// What `mkdir` made.
#[derive(Debug, Serialize)]
pub struct Made {
    /// The directory.
    pub made: String,
    /// Its bytes when they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_b64: Option<String>,
}

/// What `chmod` changed.
#[derive(Debug, Serialize)]
pub struct Chmodded {
    /// The file or directory.
    pub changed: String,
    /// Its bytes when they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_b64: Option<String>,
    /// Its permissions, in octal digits.
    pub mode: String,
}

/// What `mv` moved.
#[derive(Debug, Serialize)]
pub struct Moved {
    /// Its old place.
    pub src: String,
    /// The bytes of the old place when they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_b64: Option<String>,
    /// Its new place.
    pub dst: String,
    /// The bytes of the new place when they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_b64: Option<String>,
}

/// What a server answered to `raw`.
#[derive(Debug, Serialize)]
pub struct Reply<'a> {
    /// The lines.
    pub reply: &'a [String],
}

impl Summary {
    /// The summary of a command that could not begin.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self {
            event: "summary",
            done: 0,
            skipped: 0,
            failed: 1,
            same: None,
            bytes: 0,
            seconds: 0.0,
        }
    }
}

/// The settings of a bookmark under their names.
#[must_use]
pub fn settings(record: &[(&'static str, Setting)]) -> Value {
    Value::Object(record.iter().map(|(name, value)| ((*name).to_owned(), json(value))).collect())
}

/// A TOML value as JSON.
fn json(value: &Setting) -> Value {
    match value {
        Setting::String(text) => Value::from(text.value().as_str()),
        Setting::Integer(number) => Value::from(*number.value()),
        Setting::Float(number) => Value::from(*number.value()),
        Setting::Boolean(truth) => Value::from(*truth.value()),
        Setting::Datetime(time) => Value::from(time.value().to_string()),
        Setting::Array(list) => Value::Array(list.iter().map(json).collect()),
        Setting::InlineTable(table) => {
            let pairs: Map<_, _> =
                table.iter().map(|(key, value)| (key.to_owned(), json(value))).collect();
            Value::Object(pairs)
        }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;

//! The objects of `--json`. Their field names and values are documented in docs/json.md.

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
use crate::site::import::ImportLoss;
use crate::site::trust::KnownServer;
use crate::site::url::masked;
use crate::site::{Location, Security, Site};
use crate::transfer::{Evidence, PassiveSide, Verdict, Via};

/// A name as text, and its bytes in Base64 if they are not valid UTF-8.
fn text(bytes: &[u8]) -> (String, Option<String>) {
    encoded_text(bytes, UTF_8)
}

/// A name decoded from `encoding`, and its bytes in Base64 if they are not valid UTF-8.
fn encoded_text(bytes: &[u8], encoding: &'static Encoding) -> (String, Option<String>) {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let bytes = str::from_utf8(bytes).is_err().then(|| STANDARD.encode(bytes));
    (text.into_owned(), bytes)
}

/// A directory entry, of `ls` and `stat`.
#[derive(Debug, Serialize)]
pub struct EntryRecord {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_b64: Option<String>,
    kind: Kind,
    size: Option<u64>,
    /// False if the size is an upper bound (VMS blocks, `ls -h`), else omitted.
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
    /// Makes the record of an entry with UTF-8 names.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self::encoded(entry, UTF_8)
    }

    /// Makes the record of an entry whose names are in this encoding.
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

/// Formats a time as `2026-11-21T09:30:00`; unknown parts are zero.
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

/// A location in the form the command line accepts: `SITE:PATH`, a URL without password, or a
/// local path. The second value is its bytes in Base64 if they are not valid UTF-8.
#[must_use]
pub fn location(at: &Location) -> (String, Option<String>) {
    match at {
        Location::Local(_) => text(at.path_bytes()),
        Location::Remote { site, .. } if site.name.is_empty() => {
            let url = Location::to_url(at).or_else(|| unencrypted_url(at));
            url.map_or_else(|| (at.to_string(), None), |url| (url, None))
        }
        Location::Remote { site, path } => {
            text(&[site.name.as_bytes(), b":", path.as_bytes()].concat())
        }
    }
}

/// The URL of a site with TLS disabled, which no URL scheme expresses.
fn unencrypted_url(at: &Location) -> Option<String> {
    let (site, path) = at.remote()?;
    let mut site = Site::clone(site);
    site.security = Security::Auto;
    Location::Remote { site: site.into(), path: path.clone() }.to_url()
}

/// The result of one item.
#[derive(Debug, Serialize)]
pub struct ItemResultRecord<'a> {
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

impl<'a> ItemResultRecord<'a> {
    /// Makes the record of a report.
    #[must_use]
    pub fn of(report: &'a ItemReport) -> Self {
        let (src, src_b64) = location(&report.item.source);
        let target = report.item.target.as_ref().map(location);
        let (dst, dst_b64) = target.map_or((None, None), |(dst, b64)| (Some(dst), b64));
        Self {
            event: "item",
            src,
            src_b64,
            dst,
            dst_b64,
            // this field has no value for cancelled items; the reason says so
            state: match report.state {
                ItemState::Cancelled => ItemState::Failed,
                state => state,
            },
            verdict: report.ending.verdict,
            verified: report.ending.verified,
            via: report.ending.via,
            passive: report.ending.passive,
            protected: report.ending.protected,
            bytes: report.ending.bytes,
            seconds: seconds(report.ending.elapsed),
            reason: report.ending.reason.as_deref(),
        }
    }
}

/// A duration in seconds, rounded to milliseconds.
#[must_use]
pub fn seconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

/// A failure that concerns a site or the whole command rather than an item.
#[derive(Debug, Serialize)]
pub struct ErrorRecord {
    event: &'static str,
    site: Option<String>,
    message: String,
}

impl ErrorRecord {
    /// Makes the record of a problem with a site.
    #[must_use]
    pub fn new(site: &str, message: String) -> Self {
        Self { event: "error", site: Some(site.to_owned()), message }
    }

    /// Makes the record of a failure of the engine.
    #[must_use]
    pub fn of(failure: &Failure) -> Self {
        Self { event: "error", site: failure.site_label(), message: failure.to_string() }
    }

    /// Makes the record of any error; masks passwords in URLs.
    #[must_use]
    pub fn of_error(error: &CliError) -> Self {
        match error {
            CliError::Failure(failure) => Self::of(failure),
            error => Self { event: "error", site: None, message: masked(&error.to_string()) },
        }
    }
}

/// The totals of a transfer command; its last line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// Always `summary`.
    pub event: &'static str,
    /// Items that succeeded.
    pub done: u64,
    /// Items that were skipped.
    pub skipped: u64,
    /// Items that failed.
    pub failed: u64,
    /// Unchanged files; mirrors only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same: Option<u64>,
    /// Bytes transferred.
    pub bytes: u64,
    /// Wall-clock time in seconds.
    pub seconds: f64,
}

/// An error in a configuration file.
#[derive(Debug, Serialize)]
pub struct ConfigErrorRecord<'a> {
    /// Always `error`.
    pub event: &'static str,
    /// The file; empty if the message names it.
    pub file: String,
    /// Line number from 1; `None` for the file as a whole.
    pub line: Option<usize>,
    /// Column from 1, in characters; `None` for the line as a whole.
    pub column: Option<usize>,
    /// The error message.
    pub message: &'a str,
}

/// The last line of `config check`.
#[derive(Debug, Serialize)]
pub struct ConfigCheckSummary {
    /// Always `summary`.
    pub event: &'static str,
    /// Number of errors.
    pub mistakes: usize,
}

/// A generated text: a completion script, a manual page, the example configuration.
#[derive(Debug, Serialize)]
pub struct TextRecord<'a> {
    /// The whole text.
    pub text: &'a str,
}

/// A site, password or known server that was removed.
#[derive(Debug, Serialize)]
pub struct RemovedRecord<'a> {
    /// Its name.
    pub removed: &'a str,
}

/// A file that was written.
#[derive(Debug, Serialize)]
pub struct WrittenRecord {
    /// The path of the file.
    pub written: String,
}

/// A setting that `sites import` could not convert.
#[derive(Debug, Serialize)]
pub struct LossRecord<'a> {
    event: &'static str,
    site: &'a str,
    file: String,
    line: Option<usize>,
    message: String,
}

impl<'a> LossRecord<'a> {
    /// Makes the record of a loss.
    #[must_use]
    pub fn of(loss: &'a ImportLoss) -> Self {
        Self {
            event: "loss",
            site: &loss.site,
            file: loss.place.path.to_string_lossy().into_owned(),
            line: loss.place.position.map(|position| position.line),
            message: loss.kind.to_string(),
        }
    }
}

/// A step of `sync --dry-run`.
#[derive(Debug, Serialize)]
pub struct PlanStepRecord {
    event: &'static str,
    action: PlanAction,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_b64: Option<String>,
    kind: Kind,
    size: Option<u64>,
    reason: String,
}

impl PlanStepRecord {
    /// Makes the record of a step.
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
pub struct SiteImportSummary {
    /// Always `summary`.
    pub event: &'static str,
    /// Number of sites that were added.
    pub added: u64,
    /// Number of settings that could not be converted.
    pub lost: usize,
    /// True if nothing was written.
    pub dry_run: bool,
}

/// The name of a password in the vault.
#[derive(Debug, Serialize)]
pub struct VaultEntryRecord<'a> {
    /// The name.
    pub entry: &'a str,
}

/// The state of the vault.
#[derive(Debug, Serialize)]
pub struct VaultStatusRecord<'a> {
    /// The path of its file.
    pub path: String,
    /// True if the file exists.
    pub exists: bool,
    /// Names of the sites that have a password in it.
    pub used_by: Vec<&'a str>,
}

/// A known server: one that was reached over TLS before.
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
    /// Makes the record of a known server.
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
    /// The name of the site.
    pub site: &'a str,
    /// `connect`, `list` or `features`.
    pub step: &'static str,
    /// True if the step succeeded.
    pub ok: bool,
    /// True if the connection is encrypted; `None` if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<bool>,
    /// The result, or why the step failed.
    pub message: String,
}

/// What the filters of a site decide about a name, of `sites test --name`.
#[derive(Debug, Serialize)]
pub struct FilterRecord<'a> {
    /// The name of the site.
    pub site: &'a str,
    /// The name of the file or directory.
    pub name: &'a str,
    /// `file` or `dir`.
    pub kind: &'static str,
    /// True with `--empty`.
    pub empty: bool,
    /// `take`, `first` or `skip`.
    pub action: &'static str,
    /// Whose setting decided: `site`, or `config` for config.toml.
    pub owner: Option<&'static str>,
    /// The setting that decided, such as `skip_files`.
    pub list: Option<String>,
    /// The pattern that matched; `None` if the name matched no pattern.
    pub pattern: Option<&'a str>,
}

/// The totals of `sync --dry-run`.
#[derive(Debug, Serialize)]
pub struct PlanSummary {
    /// Always `summary`.
    pub event: &'static str,
    /// Files and directories that would be copied or created.
    pub copy: u64,
    /// Files and directories that would be deleted.
    pub delete: u64,
    /// Files and directories that would stay unchanged.
    pub skip: u64,
    /// Directories that cannot be mirrored.
    pub failed: u64,
    /// Bytes to copy; files of unknown size count as 0.
    pub bytes: u64,
    /// Wall-clock time in seconds.
    pub seconds: f64,
}

/// The result of `mkdir`.
#[derive(Debug, Serialize)]
pub struct MkdirRecord {
    /// The new directory.
    pub made: String,
    /// Its bytes in Base64 if they are not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_b64: Option<String>,
}

/// The result of `chmod`.
#[derive(Debug, Serialize)]
pub struct ChmodRecord {
    /// The file or directory.
    pub changed: String,
    /// Its bytes in Base64 if they are not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_b64: Option<String>,
    /// The new permissions, in octal digits.
    pub mode: String,
}

/// The result of `mv`.
#[derive(Debug, Serialize)]
pub struct MvRecord {
    /// The old location.
    pub src: String,
    /// The bytes of `src` in Base64 if they are not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src_b64: Option<String>,
    /// The new location.
    pub dst: String,
    /// The bytes of `dst` in Base64 if they are not valid UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dst_b64: Option<String>,
}

/// The reply to a command of `raw`.
#[derive(Debug, Serialize)]
pub struct RawReplyRecord<'a> {
    /// The lines of the reply.
    pub reply: &'a [String],
}

impl Summary {
    /// The summary of a command that failed before it started a job.
    #[must_use]
    pub fn not_started() -> Self {
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

/// The settings of a site as a JSON object.
#[must_use]
pub fn settings(record: &[(&'static str, Setting)]) -> Value {
    Value::Object(record.iter().map(|(name, value)| ((*name).to_owned(), json(value))).collect())
}

/// Converts a TOML value to JSON.
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

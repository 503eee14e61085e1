//! Import of a queue from a file: the JSON of [`crate::queue::export`], and queues of FlashFXP.
//!
//! A file may come from an untrusted source. Records are read one by one and checked; the first
//! error stops the import and reports its line and cause. Nothing of such a file may be kept:
//! [`check`] reads a file to its end before anything is changed.

pub mod fqf;
pub mod json;

use std::io::{self, BufRead, Read as _};

use crate::base::path::is_usable_name;
use crate::base::text;
use crate::queue::JobKind;
use crate::queue::export::QueueFormat;
use crate::queue::record::{Bytes, ItemRecord, JobRecord, QueueRecord};
use crate::site::Sites;

/// The maximum length of a line in bytes: enough for a hundred paths of 4,096 bytes.
const MAX_LINE: u64 = 1 << 20;

/// Why a file cannot be imported, and the line.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {cause}; nothing was imported")]
pub struct QueueImportError {
    /// The line number, starting at 1.
    pub line: u64,
    /// The error in this line.
    #[source]
    pub cause: QueueLineError,
}

/// An error in a line.
#[derive(Debug, thiserror::Error)]
pub enum QueueLineError {
    /// The file cannot be read.
    #[error("cannot read the file: {0}")]
    Io(#[from] io::Error),
    /// The line exceeds the limit.
    #[error("the line is longer than 1 MiB")]
    TooLong,
    /// The JSON is not a record of a queue.
    #[error("not a valid record: {}", text::visible_str(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// The file does not start with the header of a queue.
    #[error("the file is not an exported queue")]
    NoQueue,
    /// The file was written by a later version.
    #[error("the file has format {0}, but this version reads only format 1; use a newer fxpane")]
    Newer(u32),
    /// The file was cut off.
    #[error("the file is truncated; export it again")]
    CutOff,
    /// There is data after the end record.
    #[error("unexpected data after the end of the queue")]
    AfterEnd,
    /// The item does not belong to the job before it.
    #[error("the item belongs to job {0}, which is not before it")]
    NoJob(u64),
    /// Two jobs have the same number.
    #[error("job {0} occurs twice")]
    Twice(u64),
    /// The settings of a site are not valid.
    #[error("the settings of the site “{}” are not valid", text::visible_str(.0))]
    Site(String),
    /// A path is not valid.
    #[error("the path “{}” is not valid", text::visible(.0))]
    Path(Vec<u8>),
    /// The record is inconsistent.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The line has too few fields.
    #[error("the line has {0} fields instead of 7")]
    Fields(usize),
    /// A field is not valid.
    #[error("“{}” is not a valid {expected}", text::visible(.field))]
    Field {
        /// The content of the field.
        field: Vec<u8>,
        /// The expected kind of value.
        expected: &'static str,
    },
    /// The format is for export only.
    #[error("queues cannot be imported from this format; use json or fqf")]
    ExportOnly,
}

/// The number of records in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// The number of jobs.
    pub jobs: u64,
    /// The number of items.
    pub items: u64,
    /// The number of lines that have no equivalent in this queue.
    pub left_out: u64,
}

/// Reads records one by one.
pub trait Importer {
    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`QueueImportError`]: the import ends there.
    fn record(&mut self) -> Result<Option<QueueRecord>, QueueImportError>;

    /// The number of lines so far that have no equivalent in this queue.
    fn left_out(&self) -> u64 {
        0
    }
}

/// The importer for a format. Names of saved sites are looked up in `sites`.
///
/// # Errors
/// [`QueueImportError`] for formats that cannot be imported.
pub fn importer<'a>(
    format: QueueFormat,
    from: impl BufRead + Send + 'a,
    sites: &Sites,
) -> Result<Box<dyn Importer + Send + 'a>, QueueImportError> {
    match format {
        QueueFormat::Json => Ok(Box::new(json::JsonImporter::new(from))),
        QueueFormat::Fqf => Ok(Box::new(fqf::FqfImporter::new(from, sites.clone()))),
        QueueFormat::Csv | QueueFormat::Lftp => {
            Err(QueueImportError { line: 1, cause: QueueLineError::ExportOnly })
        }
    }
}

/// Reads a file to its end without keeping anything, to check it before anything is changed.
///
/// # Errors
/// [`QueueImportError`]: the first error.
pub fn check(importer: &mut dyn Importer) -> Result<QueueCounts, QueueImportError> {
    let mut counts = QueueCounts::default();
    while let Some(record) = importer.record()? {
        match record {
            QueueRecord::Job(_) => counts.jobs += 1,
            QueueRecord::Item(_) => counts.items += 1,
        }
    }
    counts.left_out = importer.left_out();
    Ok(counts)
}

/// A reader of lines with a length limit that counts them.
#[derive(Debug)]
struct Lines<R> {
    from: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(from: R) -> Self {
        Self { from, number: 0 }
    }

    /// The next line without its line ending; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Vec<u8>>, QueueImportError> {
        self.number += 1;
        let mut line = Vec::new();
        let read = (&mut self.from).take(MAX_LINE + 2).read_until(b'\n', &mut line);
        match read {
            Err(error) => return Err(self.error(error)),
            Ok(0) => return Ok(None),
            Ok(_) => {}
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.len() as u64 > MAX_LINE {
            Err(self.error(QueueLineError::TooLong))
        } else {
            Ok(Some(line))
        }
    }

    fn error(&self, cause: impl Into<QueueLineError>) -> QueueImportError {
        QueueImportError { line: self.number, cause: cause.into() }
    }
}

/// Checks a job: it must be consistent, and its names must be safe in FTP commands.
fn checked_job(mut job: JobRecord) -> Result<JobRecord, QueueLineError> {
    for site in [&mut job.from, &mut job.to].into_iter().flatten() {
        let known = site.site().ok_or_else(|| QueueLineError::Site(site.key.clone()))?;
        // as this program writes them: without commands and secrets
        site.settings = crate::queue::record::SiteRecord::of(&known).settings;
    }
    if job.kind == JobKind::Delete {
        if job.to.is_some() || job.target.is_some() {
            return Err(QueueLineError::Inconsistent("a deletion must not have a target"));
        }
    } else {
        if job.from.is_none() && job.to.is_none() {
            return Err(QueueLineError::Inconsistent("source and target are both local"));
        }
        if job.target.is_none() {
            return Err(QueueLineError::Inconsistent("the job has no target"));
        }
    }
    if job.sources.is_empty() {
        return Err(QueueLineError::Inconsistent("the job has no source"));
    }
    if job.rename_to && job.sources.len() > 1 {
        return Err(QueueLineError::Inconsistent(
            "several sources cannot be renamed to one target",
        ));
    }
    for source in &job.sources {
        checked_path(&source.path)?;
    }
    if let Some(target) = &job.target {
        checked_path(target)?;
    }
    Ok(job)
}

fn checked_item(item: ItemRecord, job: &JobRecord) -> Result<ItemRecord, QueueLineError> {
    if item.job != job.id {
        return Err(QueueLineError::NoJob(item.job));
    }
    checked_path(&item.source)?;
    if let Some(target) = &item.target {
        checked_path(target)?;
        let name = target.0.rsplit(|&b| b == b'/').next().unwrap_or_default();
        if !item.dir && !is_usable_name(name) {
            return Err(QueueLineError::Path(target.0.clone()));
        }
    } else if !item.state.is_ended() && job.kind != JobKind::Delete {
        return Err(QueueLineError::Inconsistent("a waiting item has no target"));
    }
    if let Some(modified) = &item.modified
        && crate::base::Stamp::from_digits(modified).is_none()
    {
        let field = modified.clone().into_bytes();
        return Err(QueueLineError::Field { field, expected: "time of 14 digits" });
    }
    Ok(item)
}

/// Checks that FTP commands can carry a path.
fn checked_path(path: &Bytes) -> Result<(), QueueLineError> {
    let unusable = path.0.is_empty() || path.0.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    if unusable { Err(QueueLineError::Path(path.0.clone())) } else { Ok(()) }
}

//! Export of the queue: complete as JSON, and in formats that other programs read.
//!
//! Records are written one by one, so memory does not grow with the queue. Passwords are never
//! exported.

pub mod csv;
pub mod fqf;
pub mod json;
pub mod lftp;

use std::io::{self, Write};
use std::path::Path;

use crate::base::{Word, words};
use crate::queue::record::{Bytes, JobRecord, QueueRecord, SiteRecord};

/// A file format of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum QueueFormat {
    /// Everything, one object per line; the only format that can be imported without loss.
    #[default]
    Json,
    /// A table of the items, for spreadsheets.
    Csv,
    /// A script for lftp with the unfinished items.
    Lftp,
    /// A queue of FlashFXP with the unfinished items.
    Fqf,
}

words!(QueueFormat { Json: "json", Csv: "csv", Lftp: "lftp", Fqf: "fqf" });

impl QueueFormat {
    /// The format for a file name extension; JSON by default.
    #[must_use]
    pub fn from_path(file: &Path) -> Self {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let matches =
            |(word, _): &&(&str, Self)| extension.is_some_and(|it| it.eq_ignore_ascii_case(word));
        Self::WORDS.iter().find(matches).map_or(Self::Json, |(_, format)| *format)
    }
}

/// The records that a format cannot represent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// The number of jobs and items that were left out.
    pub count: u64,
    /// Why the first of them was left out; `None` when there is none.
    pub why: Option<&'static str>,
}

impl LeftOut {
    fn add(&mut self, why: &'static str) {
        self.count += 1;
        self.why.get_or_insert(why);
    }
}

/// Writes records in one of the formats.
pub trait Exporter {
    /// Writes a record. The items of a job follow it.
    ///
    /// # Errors
    /// The file cannot be written.
    fn record(&mut self, record: &QueueRecord) -> io::Result<()>;

    /// Finishes the file, and returns what was left out.
    ///
    /// # Errors
    /// The file cannot be written.
    fn finish(&mut self) -> io::Result<LeftOut>;
}

/// The exporter for a format.
///
/// # Errors
/// The file cannot be written.
pub fn exporter<'a>(
    format: QueueFormat,
    out: impl Write + Send + 'a,
) -> io::Result<Box<dyn Exporter + Send + 'a>> {
    Ok(match format {
        QueueFormat::Json => Box::new(json::JsonExporter::new(out)?),
        QueueFormat::Csv => Box::new(csv::CsvExporter::new(out)?),
        QueueFormat::Lftp => Box::new(lftp::LftpExporter::new(out)?),
        QueueFormat::Fqf => Box::new(fqf::FqfExporter::new(out)),
    })
}

/// The source and target site of a job.
fn sites(job: &JobRecord) -> (Option<&SiteRecord>, Option<&SiteRecord>) {
    (job.from.as_ref(), job.to.as_ref())
}

/// The parent directory of a path; `None` for an entry of the root.
fn parent(path: &Bytes) -> Option<&[u8]> {
    match path.0.iter().rposition(|&b| b == b'/') {
        Some(0) | None => None,
        Some(at) => Some(&path.0[..at]),
    }
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;

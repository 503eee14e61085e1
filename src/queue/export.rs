//! The queue as a file: complete as JSON, and in forms that other programs read.
//!
//! Records pass one by one; memory does not grow with the queue. Passwords are in none of them.

pub mod csv;
pub mod fqf;
pub mod json;
pub mod lftp;

use std::io::{self, Write};
use std::path::Path;

use crate::base::{Word, words};
use crate::queue::record::{Bytes, JobRecord, Record, SiteRecord};

/// A form of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Everything, one object a line; the only form that comes back as it was.
    #[default]
    Json,
    /// A table of the items, for people and spreadsheets.
    Csv,
    /// A script for lftp with what is left to do.
    Lftp,
    /// A queue of FlashFXP with what is left to do.
    Fqf,
}

words!(Format { Json: "json", Csv: "csv", Lftp: "lftp", Fqf: "fqf" });

impl Format {
    /// The form that a file's ending names; JSON where it names none.
    #[must_use]
    pub fn of_file(file: &Path) -> Self {
        let ending = file.extension().and_then(|ending| ending.to_str());
        let named =
            |(word, _): &&(&str, Self)| ending.is_some_and(|it| it.eq_ignore_ascii_case(word));
        Self::WORDS.iter().find(named).map_or(Self::Json, |(_, format)| *format)
    }
}

/// What a form cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeftOut {
    /// How many jobs and items.
    pub count: u64,
    /// Why the first of them was left out.
    pub why: Option<&'static str>,
}

impl LeftOut {
    fn add(&mut self, why: &'static str) {
        self.count += 1;
        self.why.get_or_insert(why);
    }
}

/// Writes records in one of the forms.
pub trait Exporter {
    /// The next record. Items come behind their job.
    ///
    /// # Errors
    /// The file cannot be written.
    fn record(&mut self, record: &Record) -> io::Result<()>;

    /// The end: what is still to be written, and what could not be said.
    ///
    /// # Errors
    /// The file cannot be written.
    fn end(&mut self) -> io::Result<LeftOut>;
}

/// An exporter for a form.
///
/// # Errors
/// The file cannot be written.
pub fn exporter<'a>(
    format: Format,
    out: impl Write + Send + 'a,
) -> io::Result<Box<dyn Exporter + Send + 'a>> {
    Ok(match format {
        Format::Json => Box::new(json::Json::new(out)?),
        Format::Csv => Box::new(csv::Csv::new(out)?),
        Format::Lftp => Box::new(lftp::Lftp::new(out)?),
        Format::Fqf => Box::new(fqf::Fqf::new(out)),
    })
}

/// The site of an item's source and target, by its job.
fn sites(job: &JobRecord) -> (Option<&SiteRecord>, Option<&SiteRecord>) {
    (job.from.as_ref(), job.to.as_ref())
}

/// The directory above a path; `None` at the top.
fn parent(path: &Bytes) -> Option<&[u8]> {
    match path.0.iter().rposition(|&b| b == b'/') {
        Some(0) | None => None,
        Some(at) => Some(&path.0[..at]),
    }
}

#[cfg(test)]
#[path = "export_tests.rs"]
mod tests;

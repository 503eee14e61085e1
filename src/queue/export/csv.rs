//! The items as a table (RFC 4180), one per line, for spreadsheets.
//!
//! Names are escaped for display; use JSON for the exact bytes.

use std::io::{self, Write};

use crate::base::{Word, text};
use crate::queue::export::{Exporter, LeftOut, sites};
use crate::queue::record::{ItemRecord, JobRecord, QueueRecord, SiteRecord};
use crate::site::location::location_text;

const COLUMNS: [&str; 18] = [
    "job",
    "kind",
    "state",
    "name",
    "source",
    "target",
    "dir",
    "size",
    "modified",
    "bytes",
    "verdict",
    "verified",
    "via",
    "passive",
    "protected",
    "tries",
    "seconds",
    "reason",
];

/// Writes CSV.
#[derive(Debug)]
pub struct CsvExporter<W> {
    out: W,
    job: Option<JobRecord>,
    left_out: LeftOut,
}

impl<W: Write> CsvExporter<W> {
    /// Writes the header with the names of the columns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        write_row(&mut out, &COLUMNS)?;
        Ok(Self { out, job: None, left_out: LeftOut::default() })
    }

    fn item(&mut self, item: &ItemRecord) -> io::Result<()> {
        let Some(job) = &self.job else { return Ok(()) };
        let key = |site: Option<&SiteRecord>| site.map(|site| site.key.clone());
        let (from, to) = sites(job);
        let (from, to) = (key(from), key(to));
        // deletions have no target
        let target = item
            .target
            .as_ref()
            .map(|target| location_text(to.as_deref(), &target.0))
            .unwrap_or_default();
        let row = [
            item.job.to_string(),
            job.kind.word().to_owned(),
            item.state.word().to_owned(),
            item.label.clone(),
            location_text(from.as_deref(), &item.source.0),
            target,
            item.dir.to_string(),
            item.size.map(|size| size.to_string()).unwrap_or_default(),
            item.modified.clone().unwrap_or_default(),
            item.bytes.to_string(),
            item.verdict.map_or("", Word::word).to_owned(),
            item.verified.word().to_owned(),
            item.via.map_or("", Word::word).to_owned(),
            item.passive.map_or("", Word::word).to_owned(),
            item.protected.map(|protected| protected.to_string()).unwrap_or_default(),
            item.tries.to_string(),
            format!("{}.{:03}", item.millis / 1000, item.millis % 1000),
            item.reason.clone().unwrap_or_default(),
        ];
        write_row(&mut self.out, &row)
    }
}

fn write_row(out: &mut impl Write, cells: &[impl AsRef<str>]) -> io::Result<()> {
    for (number, cell) in cells.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let cell = text::visible_str(cell.as_ref());
        // a name from a server must not be evaluated as a formula by a spreadsheet
        let formula = cell.starts_with(['=', '+', '-', '@']);
        let mark = if formula { "'" } else { "" };
        if cell.contains(['"', ',', ';']) || cell.starts_with(' ') || cell.ends_with(' ') {
            write!(out, "{comma}\"{mark}{}\"", cell.replace('"', "\"\""))?;
        } else {
            write!(out, "{comma}{mark}{cell}")?;
        }
    }
    out.write_all(b"\r\n")
}

impl<W: Write> Exporter for CsvExporter<W> {
    fn record(&mut self, record: &QueueRecord) -> io::Result<()> {
        match record {
            QueueRecord::Job(job) => {
                self.job = Some(JobRecord::clone(job));
                if !job.listed && job.ended_at.is_none() {
                    self.left_out.add("the directories of the job are not listed yet");
                }
                Ok(())
            }
            QueueRecord::Item(item) => self.item(item),
        }
    }

    fn finish(&mut self) -> io::Result<LeftOut> {
        self.out.flush()?;
        Ok(self.left_out)
    }
}

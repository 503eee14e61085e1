//! The items as a table (RFC 4180), one a line, for people and spreadsheets.
//!
//! Names are written so that they are safe to show; who needs their bytes takes JSON.

use std::io::{self, Write};

use crate::base::{Word, text};
use crate::queue::export::{Exporter, LeftOut, sites};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, Record, SiteRecord};

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
pub struct Csv<W> {
    out: W,
    job: Option<JobRecord>,
    left_out: LeftOut,
}

impl<W: Write> Csv<W> {
    /// Begins a file with the names of the columns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(mut out: W) -> io::Result<Self> {
        write_row(&mut out, &COLUMNS)?;
        Ok(Self { out, job: None, left_out: LeftOut::default() })
    }

    fn item(&mut self, item: &ItemRecord) -> io::Result<()> {
        let Some(job) = &self.job else { return Ok(()) };
        let (from, to) = sites(job);
        // of a deletion the source is all there is
        let target = item.target.as_ref().map(|target| place(to, target)).unwrap_or_default();
        let row = [
            item.job.to_string(),
            job.kind.word().to_owned(),
            item.state.word().to_owned(),
            item.label.clone(),
            place(from, &item.source),
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

fn place(site: Option<&SiteRecord>, path: &Bytes) -> String {
    let path = text::visible(&path.0);
    match site {
        Some(site) => format!("{}:{path}", site.key),
        None => path,
    }
}

fn write_row(out: &mut impl Write, cells: &[impl AsRef<str>]) -> io::Result<()> {
    for (number, cell) in cells.iter().enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let cell = text::visible_str(cell.as_ref());
        // a spreadsheet would take it for a formula, and a name from a server may be one
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

impl<W: Write> Exporter for Csv<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Job(job) => {
                self.job = Some(JobRecord::clone(job));
                if !job.listed && job.ended_at.is_none() {
                    self.left_out.add("its directories are not listed yet");
                }
                Ok(())
            }
            Record::Item(item) => self.item(item),
        }
    }

    fn end(&mut self) -> io::Result<LeftOut> {
        self.out.flush()?;
        Ok(self.left_out)
    }
}

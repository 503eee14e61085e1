//! Queues of FlashFXP (`.fqf`, docs/queue-formats.md "fqf").
//!
//! Consecutive files between the same two hosts become one job; a folder becomes a separate job,
//! which lists it. Passwords in URLs are not imported. Actions (types 2 to 4) are left out.

use std::collections::VecDeque;
use std::io::BufRead;

use crate::ftp::Kind;
use crate::queue::export::fqf::{FIELD, NAME};
use crate::queue::import::{
    Importer, Lines, QueueImportError, QueueLineError, checked_item, checked_job,
};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, QueueRecord, SiteRecord, SourceRecord};
use crate::site::{Location, Site, Sites};

/// The prefix of a hash and a site name, as FlashFXP writes them.
const HASHED: u8 = 3;
/// The number of digits of this hash.
const HASH_LEN: usize = 8;

/// Reads a queue of FlashFXP.
#[derive(Debug)]
pub struct FqfImporter<R> {
    lines: Lines<R>,
    sites: Sites,
    job: Option<JobRecord>,
    jobs: u64,
    ready: VecDeque<QueueRecord>,
    left_out: u64,
}

/// The fields of a line.
struct FqfEntry {
    is_dir: bool,
    from: Option<SiteRecord>,
    to: Option<SiteRecord>,
    source: Bytes,
    target: Bytes,
    size: Option<u64>,
}

impl<R: BufRead> FqfImporter<R> {
    /// Creates the importer. Names of saved sites are looked up in `sites`.
    pub fn new(from: R, sites: Sites) -> Self {
        let (lines, ready) = (Lines::new(from), VecDeque::new());
        Self { lines, sites, job: None, jobs: 0, ready, left_out: 0 }
    }

    fn entry(&self, line: &[u8]) -> Result<Option<FqfEntry>, QueueLineError> {
        let fields: Vec<&[u8]> = line.split(|&b| b == FIELD).collect();
        // later versions of FlashFXP write more fields
        let [kind, direction, from, to, source, target, size, ..] = fields.as_slice() else {
            return Err(QueueLineError::Fields(fields.len()));
        };
        let kind = number(kind, "entry type")?;
        number(direction, "direction")?;
        match kind {
            0 | 1 => {}
            2..=4 => return Ok(None),
            _ => {
                let field = kind.to_string().into_bytes();
                return Err(QueueLineError::Field { field, expected: "entry type" });
            }
        }
        let size = if size.is_empty() { 0 } else { number(size, "size")? };
        Ok(Some(FqfEntry {
            is_dir: kind == 1,
            from: self.host(from)?,
            to: self.host(to)?,
            source: Bytes(source.to_vec()),
            target: Bytes(target.to_vec()),
            // 0 also means an unknown size
            size: (size > 0).then_some(size),
        }))
    }

    /// A host field; `None` for this machine.
    fn host(&self, field: &[u8]) -> Result<Option<SiteRecord>, QueueLineError> {
        let invalid = || QueueLineError::Field {
            field: field.to_vec(),
            expected: "host (0x02 and a site name, a URL, or -)",
        };
        let text = std::str::from_utf8(field).map_err(|_| invalid())?;
        let name = match field.first() {
            _ if text == "-" => return Ok(None),
            Some(&NAME) => text.get(1..),
            Some(&HASHED) => text.get(1 + HASH_LEN..),
            _ => {
                let parsed = Location::parse(text, &Sites::new()).map_err(|_| invalid())?;
                let (site, _) = parsed.location.remote().ok_or_else(invalid)?;
                // the record does not contain the password
                return Ok(Some(SiteRecord::of(&Site::clone(site))));
            }
        };
        let name = name.ok_or_else(invalid)?;
        let site = self.sites.find(name).ok_or_else(|| QueueLineError::Site(name.to_owned()))?;
        Ok(Some(SiteRecord::of(site)))
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), QueueLineError> {
        let Some(entry) = self.entry(line)? else {
            self.left_out += 1;
            return Ok(());
        };
        let continues = |job: &JobRecord| {
            !entry.is_dir && job.listed && job.from == entry.from && job.to == entry.to
        };
        if !self.job.as_ref().is_some_and(continues) {
            self.jobs += 1;
            let job = checked_job(job(self.jobs, &entry))?;
            self.job = Some(job.clone());
            self.ready.push_back(QueueRecord::Job(Box::new(job)));
        }
        let Some(job) = self.job.as_ref().filter(|job| job.listed) else { return Ok(()) };
        let item = checked_item(item(job, entry), job)?;
        self.ready.push_back(QueueRecord::Item(Box::new(item)));
        Ok(())
    }
}

/// A job for an entry and for the files that follow it.
fn job(id: u64, entry: &FqfEntry) -> JobRecord {
    let kind = if entry.is_dir { Kind::Dir } else { Kind::File };
    let source = SourceRecord { path: entry.source.clone(), kind: Some(kind), size: entry.size };
    let ends = [entry.from.clone(), entry.to.clone()];
    let copy = JobRecord::copy(id, ends, source, entry.target.clone());
    JobRecord { listed: !entry.is_dir, ..copy }
}

fn item(job: &JobRecord, entry: FqfEntry) -> ItemRecord {
    ItemRecord { size: entry.size, ..ItemRecord::waiting(job.id, entry.source, entry.target) }
}

fn number(field: &[u8], expected: &'static str) -> Result<u64, QueueLineError> {
    let digits = std::str::from_utf8(field).ok().filter(|f| f.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| QueueLineError::Field { field: field.to_vec(), expected })
}

impl<R: BufRead> Importer for FqfImporter<R> {
    fn record(&mut self) -> Result<Option<QueueRecord>, QueueImportError> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Some(record));
            }
            let Some(line) = self.lines.next()? else { return Ok(None) };
            // the byte order mark that Windows editors write
            let bom = self.lines.number == 1;
            let line = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| bom).unwrap_or(&line);
            if !line.is_empty() {
                self.read_line(line).map_err(|cause| self.lines.error(cause))?;
            }
        }
    }

    fn left_out(&self) -> u64 {
        self.left_out
    }
}

//! Queues of FlashFXP (`.fqf`, reference/peers.md section 5).
//!
//! Files between the same two hosts that follow each other make one job; a folder is a job of its
//! own, which lists it. Passwords in URLs are not taken over. Actions (types 2 to 4) are left out.

use std::collections::VecDeque;
use std::io::BufRead;

use crate::ftp::Kind;
use crate::queue::export::fqf::{FIELD, NAME};
use crate::queue::import::{Cause, ImportError, Importer, Lines, checked_item, checked_job};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, Record, SiteRecord, SourceRecord};
use crate::site::{Location, Site, Sites};

/// Before the hash and name of a bookmark, as FlashFXP itself writes it.
const HASHED: u8 = 3;
/// Digits of that hash.
const HASH: usize = 8;

/// Reads a queue of FlashFXP.
#[derive(Debug)]
pub struct Fqf<R> {
    lines: Lines<R>,
    sites: Sites,
    job: Option<JobRecord>,
    jobs: u64,
    ready: VecDeque<Record>,
    left_out: u64,
}

/// One line.
struct Entry {
    folder: bool,
    from: Option<SiteRecord>,
    to: Option<SiteRecord>,
    source: Bytes,
    target: Bytes,
    size: Option<u64>,
}

impl<R: BufRead> Fqf<R> {
    /// Begins to read; bookmarks are looked up in `sites`.
    pub fn new(from: R, sites: Sites) -> Self {
        let (lines, ready) = (Lines::new(from), VecDeque::new());
        Self { lines, sites, job: None, jobs: 0, ready, left_out: 0 }
    }

    fn entry(&self, line: &[u8]) -> Result<Option<Entry>, Cause> {
        let fields: Vec<&[u8]> = line.split(|&b| b == FIELD).collect();
        // later versions of FlashFXP write more of them
        let [kind, direction, from, to, source, target, size, ..] = fields.as_slice() else {
            return Err(Cause::Fields(fields.len()));
        };
        let kind = number(kind, "type of an entry")?;
        number(direction, "direction")?;
        match kind {
            0 | 1 => {}
            2..=4 => return Ok(None),
            _ => {
                let field = kind.to_string().into_bytes();
                return Err(Cause::Field { field, wanted: "type of an entry" });
            }
        }
        let size = if size.is_empty() { 0 } else { number(size, "size")? };
        Ok(Some(Entry {
            folder: kind == 1,
            from: self.host(from)?,
            to: self.host(to)?,
            source: Bytes(source.to_vec()),
            target: Bytes(target.to_vec()),
            // 0 also stands for a size that is not known
            size: (size > 0).then_some(size),
        }))
    }

    /// A host field; `None` for this machine.
    fn host(&self, field: &[u8]) -> Result<Option<SiteRecord>, Cause> {
        let wrong = || Cause::Field { field: field.to_vec(), wanted: "bookmark, URL or -" };
        let text = std::str::from_utf8(field).map_err(|_| wrong())?;
        let name = match field.first() {
            _ if text == "-" => return Ok(None),
            Some(&NAME) => text.get(1..),
            Some(&HASHED) => text.get(1 + HASH..),
            _ => {
                let parsed = Location::parse(text, &Sites::new()).map_err(|_| wrong())?;
                let (site, _) = parsed.location.remote().ok_or_else(wrong)?;
                // the record has no password
                return Ok(Some(SiteRecord::of(&Site::clone(site))));
            }
        };
        let name = name.ok_or_else(wrong)?;
        let site = self.sites.find(name).ok_or_else(|| Cause::Site(name.to_owned()))?;
        Ok(Some(SiteRecord::of(site)))
    }

    fn take(&mut self, line: &[u8]) -> Result<(), Cause> {
        let Some(entry) = self.entry(line)? else {
            self.left_out += 1;
            return Ok(());
        };
        let continues = |job: &JobRecord| {
            !entry.folder && job.listed && job.from == entry.from && job.to == entry.to
        };
        if !self.job.as_ref().is_some_and(continues) {
            self.jobs += 1;
            let job = checked_job(job(self.jobs, &entry))?;
            self.job = Some(job.clone());
            self.ready.push_back(Record::Job(Box::new(job)));
        }
        let Some(job) = self.job.as_ref().filter(|job| job.listed) else { return Ok(()) };
        let item = checked_item(item(job, entry), job)?;
        self.ready.push_back(Record::Item(Box::new(item)));
        Ok(())
    }
}

/// A job for an entry, and for the files that follow it.
fn job(id: u64, entry: &Entry) -> JobRecord {
    let kind = if entry.folder { Kind::Dir } else { Kind::File };
    let source = SourceRecord { path: entry.source.clone(), kind: Some(kind), size: entry.size };
    let ends = [entry.from.clone(), entry.to.clone()];
    let copy = JobRecord::copy(id, ends, source, entry.target.clone());
    JobRecord { listed: !entry.folder, ..copy }
}

fn item(job: &JobRecord, entry: Entry) -> ItemRecord {
    ItemRecord { size: entry.size, ..ItemRecord::waiting(job.id, entry.source, entry.target) }
}

fn number(field: &[u8], wanted: &'static str) -> Result<u64, Cause> {
    let digits = std::str::from_utf8(field).ok().filter(|f| f.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| Cause::Field { field: field.to_vec(), wanted })
}

impl<R: BufRead> Importer for Fqf<R> {
    fn record(&mut self) -> Result<Option<Record>, ImportError> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Some(record));
            }
            let Some(line) = self.lines.next()? else { return Ok(None) };
            // a mark that Windows editors put before UTF-8
            let bom = self.lines.number == 1;
            let line = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| bom).unwrap_or(&line);
            if !line.is_empty() {
                self.take(line).map_err(|cause| self.lines.wrong(cause))?;
            }
        }
    }

    fn left_out(&self) -> u64 {
        self.left_out
    }
}

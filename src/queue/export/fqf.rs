//! The unfinished items as a queue of FlashFXP (`.fqf`).
//!
//! docs/queue-formats.md "fqf": one line per item with seven fields, separated by 0x01 and ended by
//! CR LF: type (0 file, 1 folder), direction (0 for left to right; from 10 on failed), source host,
//! target host, source path, target path, size. A host is 0x02 and a site name, a URL, or
//! `-` for this machine.

use std::io::{self, Write};

use crate::ftp::Kind;
use crate::queue::export::{Exporter, LeftOut, sites};
use crate::queue::record::{Bytes, ItemRecord, JobRecord, QueueRecord, SiteRecord};
use crate::queue::{ItemState, JobKind};
use crate::site::Security;

/// The separator of fields.
pub(in crate::queue) const FIELD: u8 = 1;
/// The prefix of a site name.
pub(in crate::queue) const NAME: u8 = 2;
/// Directions from this number on mark failed transfers.
pub(in crate::queue) const FAILED: u64 = 10;

/// Writes a queue of FlashFXP.
#[derive(Debug)]
pub struct FqfExporter<W> {
    out: W,
    job: Option<JobRecord>,
    left_out: LeftOut,
}

impl<W: Write> FqfExporter<W> {
    /// Starts a file, which has no header.
    pub fn new(out: W) -> Self {
        Self { out, job: None, left_out: LeftOut::default() }
    }

    fn job(&mut self, job: &JobRecord) -> io::Result<()> {
        self.job = Some(job.clone());
        if job.ended_at.is_some() || job.cancelled {
            return Ok(());
        }
        if job.kind != JobKind::Copy {
            self.left_out.add("FlashFXP's queue supports only copies");
            return Ok(());
        }
        let (false, Some(target)) = (job.listed, &job.target) else { return Ok(()) };
        for source in &job.sources {
            let is_dir = match source.kind {
                Some(Kind::Dir) => true,
                Some(Kind::File) => false,
                _ => {
                    self.left_out
                        .add("it is not known whether the source is a file or a directory");
                    continue;
                }
            };
            let name = source.path.0.rsplit(|&b| b == b'/').find(|part| !part.is_empty());
            let target = if job.rename_to {
                target.clone()
            } else {
                let slash: &[u8] = if target.0.ends_with(b"/") { b"" } else { b"/" };
                Bytes([&target.0, slash, name.unwrap_or_default()].concat())
            };
            self.line(job, is_dir, false, &source.path, &target, source.size)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &ItemRecord) -> io::Result<()> {
        let Some(job) = self.job.take() else { return Ok(()) };
        let unfinished = !matches!(item.state, ItemState::Done | ItemState::Skipped);
        let written = match &item.target {
            Some(target)
                if unfinished && job.listed && !job.cancelled && job.kind == JobKind::Copy =>
            {
                let failed = item.state == ItemState::Failed;
                self.line(&job, item.dir, failed, &item.source, target, item.size)
            }
            _ => Ok(()),
        };
        self.job = Some(job);
        written
    }

    fn line(
        &mut self,
        job: &JobRecord,
        is_dir: bool,
        failed: bool,
        source: &Bytes,
        target: &Bytes,
        size: Option<u64>,
    ) -> io::Result<()> {
        let (from, to) = sites(job);
        let (Some(from), Some(to)) = (host(from), host(to)) else {
            self.left_out.add("FlashFXP cannot represent this site");
            return Ok(());
        };
        let is_unsupported =
            |path: &Bytes| path.0.iter().any(|b| matches!(b, b'\r' | b'\n' | 0 | 1));
        if is_unsupported(source) || is_unsupported(target) {
            self.left_out.add("FlashFXP cannot represent this name");
            return Ok(());
        }
        let kind = if is_dir { "1" } else { "0" };
        let direction = if failed { FAILED.to_string() } else { "0".to_owned() };
        let size = size.unwrap_or(0).to_string();
        let fields = [
            kind.as_bytes(),
            direction.as_bytes(),
            &from,
            &to,
            &source.0,
            &target.0,
            size.as_bytes(),
        ];
        self.out.write_all(&fields.join(&FIELD))?;
        self.out.write_all(b"\r\n")
    }
}

/// A host field; `None` for a site that the format cannot represent.
fn host(site: Option<&SiteRecord>) -> Option<Vec<u8>> {
    let Some(record) = site else { return Some(b"-".to_vec()) };
    let site = record.site()?;
    if !site.name.is_empty() {
        let is_supported = !site.name.bytes().any(|b| b.is_ascii_control());
        return is_supported.then(|| [&[NAME], site.name.as_bytes()].concat());
    }
    if !matches!(site.security, Security::Auto | Security::None) {
        return None;
    }
    let user = site.user.as_deref().map(|user| format!("{user}@")).unwrap_or_default();
    let url = format!("ftp://{user}{}:{}", site.host(), site.port());
    let ambiguous = user.trim_end_matches('@').contains(['@', ':', '/'])
        || site.host().contains([':', '/', '@']);
    (!ambiguous && !url.bytes().any(|b| b.is_ascii_control() || b == b' '))
        .then(|| url.into_bytes())
}

impl<W: Write> Exporter for FqfExporter<W> {
    fn record(&mut self, record: &QueueRecord) -> io::Result<()> {
        match record {
            QueueRecord::Job(job) => self.job(job),
            QueueRecord::Item(item) => self.item(item),
        }
    }

    fn finish(&mut self) -> io::Result<LeftOut> {
        self.out.flush()?;
        Ok(self.left_out)
    }
}

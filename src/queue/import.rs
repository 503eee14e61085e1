//! Reading a queue from a file: the JSON of [`crate::queue::export`], and queues of FlashFXP.
//!
//! A file may come from anybody. Records pass one by one, each checked; the first mistake ends the
//! reading with its line and cause, and whoever reads keeps nothing of it: [`check`] reads a file
//! to its end before anything is changed.

pub mod fqf;
pub mod json;

use std::io::{self, BufRead, Read as _};

use crate::base::path::is_usable_name;
use crate::base::text;
use crate::queue::JobKind;
use crate::queue::export::Format;
use crate::queue::record::{Bytes, ItemRecord, JobRecord, Record};
use crate::site::Sites;

/// No line is longer than this, in bytes: paths of 4,096 bytes in any form fit a hundred times.
const LONGEST: u64 = 1 << 20;

/// Why a file cannot be read, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {cause}; nothing was imported")]
pub struct ImportError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong.
    #[source]
    pub cause: Cause,
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It has no end.
    #[error("it is longer than 1 MiB, which no line of a queue is")]
    TooLong,
    /// It is no JSON of a queue.
    #[error("it is not what a queue has: {}", text::visible_str(&.0.to_string()))]
    Json(#[from] serde_json::Error),
    /// The file does not begin as a queue does.
    #[error("the file does not begin as an exported queue does")]
    NoQueue,
    /// Written by a later version.
    #[error("its format is {0}, and this version reads formats up to 1; use a newer fxpane")]
    Newer(u32),
    /// The file was cut off.
    #[error("the file ends too early; export it again")]
    CutOff,
    /// Something stands behind the end.
    #[error("something stands behind the end of the queue")]
    Behind,
    /// An item without its job.
    #[error("the item belongs to job {0}, which does not stand before it")]
    NoJob(u64),
    /// Two jobs with one number.
    #[error("job {0} is there twice")]
    Twice(u64),
    /// A site that makes no sense.
    #[error("the settings of the site “{}” cannot be used", text::visible_str(.0))]
    Site(String),
    /// A path that cannot be.
    #[error("the path “{}” cannot be used", text::visible(.0))]
    Path(Vec<u8>),
    /// Nothing to copy from or to.
    #[error("{0}")]
    Senseless(&'static str),
    /// The number of fields.
    #[error("it has {0} fields instead of 7")]
    Fields(usize),
    /// A field that is none.
    #[error("“{}” is no {wanted}", text::visible(.field))]
    Field {
        /// What stands there.
        field: Vec<u8>,
        /// What should.
        wanted: &'static str,
    },
    /// Both programs write queues in other forms.
    #[error("a queue cannot be imported from this form; JSON and fqf can")]
    Form,
}

/// What was in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Jobs.
    pub jobs: u64,
    /// Items.
    pub items: u64,
    /// Lines that mean something that a queue here does not have.
    pub left_out: u64,
}

/// Reads records one by one.
pub trait Importer {
    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`ImportError`]: after it nothing more comes.
    fn record(&mut self) -> Result<Option<Record>, ImportError>;

    /// Lines so far that mean something that a queue here does not have.
    fn left_out(&self) -> u64 {
        0
    }
}

/// An importer for a form; bookmarks are looked up in `sites`.
///
/// # Errors
/// [`ImportError`] for forms that cannot be read back.
pub fn importer<'a>(
    format: Format,
    from: impl BufRead + Send + 'a,
    sites: &Sites,
) -> Result<Box<dyn Importer + Send + 'a>, ImportError> {
    match format {
        Format::Json => Ok(Box::new(json::Json::new(from))),
        Format::Fqf => Ok(Box::new(fqf::Fqf::new(from, sites.clone()))),
        Format::Csv | Format::Lftp => Err(ImportError { line: 1, cause: Cause::Form }),
    }
}

/// Reads a file to its end and keeps nothing: what is to be known before anything is changed.
///
/// # Errors
/// [`ImportError`]: the first mistake.
pub fn check(importer: &mut dyn Importer) -> Result<Counted, ImportError> {
    let mut counted = Counted::default();
    while let Some(record) = importer.record()? {
        match record {
            Record::Job(_) => counted.jobs += 1,
            Record::Item(_) => counted.items += 1,
        }
    }
    counted.left_out = importer.left_out();
    Ok(counted)
}

/// Lines of bounded length, counted.
#[derive(Debug)]
struct Lines<R> {
    from: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn new(from: R) -> Self {
        Self { from, number: 0 }
    }

    /// The next line without its end; `None` at the end of the file.
    fn next(&mut self) -> Result<Option<Vec<u8>>, ImportError> {
        self.number += 1;
        let mut line = Vec::new();
        let read = (&mut self.from).take(LONGEST + 2).read_until(b'\n', &mut line);
        match read {
            Err(error) => return Err(self.wrong(error)),
            Ok(0) => return Ok(None),
            Ok(_) => {}
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if line.len() as u64 > LONGEST { Err(self.wrong(Cause::TooLong)) } else { Ok(Some(line)) }
    }

    fn wrong(&self, cause: impl Into<Cause>) -> ImportError {
        ImportError { line: self.number, cause: cause.into() }
    }
}

/// A job that makes sense and can do no harm by what it is called.
fn checked_job(mut job: JobRecord) -> Result<JobRecord, Cause> {
    for site in [&mut job.from, &mut job.to].into_iter().flatten() {
        let known = site.site().ok_or_else(|| Cause::Site(site.key.clone()))?;
        // as this program writes it: without what runs or tells a secret
        site.settings = crate::queue::record::SiteRecord::of(&known).settings;
    }
    if job.kind == JobKind::Delete {
        if job.to.is_some() || job.target.is_some() {
            return Err(Cause::Senseless("a deletion has no target"));
        }
    } else {
        if job.from.is_none() && job.to.is_none() {
            return Err(Cause::Senseless("both ends are on this machine"));
        }
        if job.target.is_none() {
            return Err(Cause::Senseless("the job has no target"));
        }
    }
    if job.sources.is_empty() {
        return Err(Cause::Senseless("the job has no source"));
    }
    if job.rename_to && job.sources.len() > 1 {
        return Err(Cause::Senseless("several sources cannot become one target"));
    }
    for source in &job.sources {
        checked_path(&source.path)?;
    }
    if let Some(target) = &job.target {
        checked_path(target)?;
    }
    Ok(job)
}

fn checked_item(item: ItemRecord, job: &JobRecord) -> Result<ItemRecord, Cause> {
    if item.job != job.id {
        return Err(Cause::NoJob(item.job));
    }
    checked_path(&item.source)?;
    if let Some(target) = &item.target {
        checked_path(target)?;
        let name = target.0.rsplit(|&b| b == b'/').next().unwrap_or_default();
        if !item.dir && !is_usable_name(name) {
            return Err(Cause::Path(target.0.clone()));
        }
    } else if !item.state.is_ended() && job.kind != JobKind::Delete {
        return Err(Cause::Senseless("an item that waits has no target"));
    }
    if let Some(modified) = &item.modified
        && crate::base::Stamp::from_digits(modified).is_none()
    {
        let field = modified.clone().into_bytes();
        return Err(Cause::Field { field, wanted: "time of 14 digits" });
    }
    Ok(item)
}

/// A path that commands can carry.
fn checked_path(path: &Bytes) -> Result<(), Cause> {
    let unusable = path.0.is_empty() || path.0.iter().any(|b| matches!(b, b'\r' | b'\n' | 0));
    if unusable { Err(Cause::Path(path.0.clone())) } else { Ok(()) }
}

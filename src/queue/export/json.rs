//! The whole queue as JSON, one object a line.
//!
//! The first line is `{"event":"queue","format":1}`, the last one `{"event":"end",…}` with the
//! number of records, so that a file that was cut off is found out.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::queue::export::{Exporter, LeftOut};
use crate::queue::record::{ItemRecord, JobRecord, Record};

/// The newest format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(in crate::queue) enum Line<J, I> {
    Queue { format: u32 },
    Job(J),
    Item(I),
    End { jobs: u64, items: u64 },
}

/// A line that is written.
type Out<'a> = Line<&'a JobRecord, &'a ItemRecord>;

/// Writes JSON.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
    jobs: u64,
    items: u64,
}

impl<W: Write> Json<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let mut json = Self { out, jobs: 0, items: 0 };
        json.line(&Line::Queue { format: FORMAT })?;
        Ok(json)
    }

    fn line(&mut self, line: &Out<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Exporter for Json<W> {
    fn record(&mut self, record: &Record) -> io::Result<()> {
        match record {
            Record::Job(job) => {
                self.jobs += 1;
                self.line(&Line::Job(job))
            }
            Record::Item(item) => {
                self.items += 1;
                self.line(&Line::Item(item))
            }
        }
    }

    fn end(&mut self) -> io::Result<LeftOut> {
        let (jobs, items) = (self.jobs, self.items);
        self.line(&Line::End { jobs, items })?;
        self.out.flush()?;
        Ok(LeftOut::default())
    }
}

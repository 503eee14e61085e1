//! The whole queue as JSON, one object per line.
//!
//! The first line is `{"event":"queue","format":1}`, the last one `{"event":"end",…}` with the
//! number of records, so that a truncated file is detected.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use crate::queue::export::{Exporter, LeftOut};
use crate::queue::record::{ItemRecord, JobRecord, QueueRecord};

/// The newest format that this program writes and reads.
pub const FORMAT: u32 = 1;

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(in crate::queue) enum QueueLine<J, I> {
    Queue { format: u32 },
    Job(J),
    Item(I),
    End { jobs: u64, items: u64 },
}

/// A line to write.
type BorrowedLine<'a> = QueueLine<&'a JobRecord, &'a ItemRecord>;

/// Writes JSON.
#[derive(Debug)]
pub struct JsonExporter<W> {
    out: W,
    jobs: u64,
    items: u64,
}

impl<W: Write> JsonExporter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(out: W) -> io::Result<Self> {
        let mut json = Self { out, jobs: 0, items: 0 };
        json.line(&QueueLine::Queue { format: FORMAT })?;
        Ok(json)
    }

    fn line(&mut self, line: &BorrowedLine<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")
    }
}

impl<W: Write> Exporter for JsonExporter<W> {
    fn record(&mut self, record: &QueueRecord) -> io::Result<()> {
        match record {
            QueueRecord::Job(job) => {
                self.jobs += 1;
                self.line(&QueueLine::Job(job))
            }
            QueueRecord::Item(item) => {
                self.items += 1;
                self.line(&QueueLine::Item(item))
            }
        }
    }

    fn finish(&mut self) -> io::Result<LeftOut> {
        let (jobs, items) = (self.jobs, self.items);
        self.line(&QueueLine::End { jobs, items })?;
        self.out.flush()?;
        Ok(LeftOut::default())
    }
}

//! The JSON of [`crate::queue::export::json`].

use std::collections::HashSet;
use std::io::BufRead;

use crate::queue::export::json::{FORMAT, QueueLine};
use crate::queue::import::{
    Importer, Lines, QueueCounts, QueueImportError, QueueLineError, checked_item, checked_job,
};
use crate::queue::record::{ItemRecord, JobRecord, QueueRecord};

/// Reads JSON.
#[derive(Debug)]
pub struct JsonImporter<R> {
    lines: Lines<R>,
    job: Option<JobRecord>,
    seen: HashSet<u64>,
    counts: QueueCounts,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Records,
    End,
}

impl<R: BufRead> JsonImporter<R> {
    /// Creates the importer.
    pub fn new(from: R) -> Self {
        let (lines, counts) = (Lines::new(from), QueueCounts::default());
        Self { lines, job: None, seen: HashSet::new(), counts, state: State::Start }
    }

    fn read_line(&mut self, line: &[u8]) -> Result<Option<QueueRecord>, QueueLineError> {
        let line: QueueLine<Box<JobRecord>, Box<ItemRecord>> = serde_json::from_slice(line)?;
        match (self.state, line) {
            (State::Start, QueueLine::Queue { format }) if format == FORMAT => {
                self.state = State::Records;
                Ok(None)
            }
            (State::Start, QueueLine::Queue { format }) => Err(QueueLineError::Newer(format)),
            (State::Start, _) | (State::Records, QueueLine::Queue { .. }) => {
                Err(QueueLineError::NoQueue)
            }
            (State::End, _) => Err(QueueLineError::AfterEnd),
            (State::Records, QueueLine::Job(job)) => {
                let job = checked_job(*job)?;
                if !self.seen.insert(job.id) {
                    return Err(QueueLineError::Twice(job.id));
                }
                self.counts.jobs += 1;
                self.job = Some(job.clone());
                Ok(Some(QueueRecord::Job(Box::new(job))))
            }
            (State::Records, QueueLine::Item(item)) => {
                let job = self.job.as_ref().ok_or(QueueLineError::NoJob(item.job))?;
                let item = checked_item(*item, job)?;
                self.counts.items += 1;
                Ok(Some(QueueRecord::Item(Box::new(item))))
            }
            (State::Records, QueueLine::End { jobs, items }) => {
                if (jobs, items) != (self.counts.jobs, self.counts.items) {
                    return Err(QueueLineError::CutOff);
                }
                self.state = State::End;
                Ok(None)
            }
        }
    }
}

impl<R: BufRead> Importer for JsonImporter<R> {
    fn record(&mut self) -> Result<Option<QueueRecord>, QueueImportError> {
        loop {
            let Some(line) = self.lines.next()? else {
                let cause = match self.state {
                    State::End => return Ok(None),
                    State::Start => QueueLineError::NoQueue,
                    State::Records => QueueLineError::CutOff,
                };
                return Err(self.lines.error(cause));
            };
            if line.is_empty() {
                continue;
            }
            match self.read_line(&line) {
                Ok(Some(record)) => return Ok(Some(record)),
                Ok(None) => {}
                Err(QueueLineError::Json(_)) if self.state == State::Start => {
                    return Err(self.lines.error(QueueLineError::NoQueue));
                }
                Err(cause) => return Err(self.lines.error(cause)),
            }
        }
    }
}

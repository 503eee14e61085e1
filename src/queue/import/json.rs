//! The JSON of [`crate::queue::export::json`].

use std::collections::HashSet;
use std::io::BufRead;

use crate::queue::export::json::{FORMAT, Line};
use crate::queue::import::{
    Cause, Counted, ImportError, Importer, Lines, checked_item, checked_job,
};
use crate::queue::record::{ItemRecord, JobRecord, Record};

/// Reads JSON.
#[derive(Debug)]
pub struct Json<R> {
    lines: Lines<R>,
    job: Option<JobRecord>,
    seen: HashSet<u64>,
    counted: Counted,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Inside,
    Over,
}

impl<R: BufRead> Json<R> {
    /// Begins to read.
    pub fn new(from: R) -> Self {
        let (lines, counted) = (Lines::new(from), Counted::default());
        Self { lines, job: None, seen: HashSet::new(), counted, state: State::Begin }
    }

    fn take(&mut self, line: &[u8]) -> Result<Option<Record>, Cause> {
        let line: Line<Box<JobRecord>, Box<ItemRecord>> = serde_json::from_slice(line)?;
        match (self.state, line) {
            (State::Begin, Line::Queue { format }) if format == FORMAT => {
                self.state = State::Inside;
                Ok(None)
            }
            (State::Begin, Line::Queue { format }) => Err(Cause::Newer(format)),
            (State::Begin, _) | (State::Inside, Line::Queue { .. }) => Err(Cause::NoQueue),
            (State::Over, _) => Err(Cause::Behind),
            (State::Inside, Line::Job(job)) => {
                let job = checked_job(*job)?;
                if !self.seen.insert(job.id) {
                    return Err(Cause::Twice(job.id));
                }
                self.counted.jobs += 1;
                self.job = Some(job.clone());
                Ok(Some(Record::Job(Box::new(job))))
            }
            (State::Inside, Line::Item(item)) => {
                let job = self.job.as_ref().ok_or(Cause::NoJob(item.job))?;
                let item = checked_item(*item, job)?;
                self.counted.items += 1;
                Ok(Some(Record::Item(Box::new(item))))
            }
            (State::Inside, Line::End { jobs, items }) => {
                if (jobs, items) != (self.counted.jobs, self.counted.items) {
                    return Err(Cause::CutOff);
                }
                self.state = State::Over;
                Ok(None)
            }
        }
    }
}

impl<R: BufRead> Importer for Json<R> {
    fn record(&mut self) -> Result<Option<Record>, ImportError> {
        loop {
            let Some(line) = self.lines.next()? else {
                let cause = match self.state {
                    State::Over => return Ok(None),
                    State::Begin => Cause::NoQueue,
                    State::Inside => Cause::CutOff,
                };
                return Err(self.lines.wrong(cause));
            };
            if line.is_empty() {
                continue;
            }
            match self.take(&line) {
                Ok(Some(record)) => return Ok(Some(record)),
                Ok(None) => {}
                Err(Cause::Json(_)) if self.state == State::Begin => {
                    return Err(self.lines.wrong(Cause::NoQueue));
                }
                Err(cause) => return Err(self.lines.wrong(cause)),
            }
        }
    }
}

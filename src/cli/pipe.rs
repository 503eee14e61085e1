//! `get … -` and `put - …`: copies a file to standard output or from standard input.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::base::{ItemId, JobId, size};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::form::FormError;
use crate::cli::job;
use crate::engine::{ItemReport, Pipe, Piped};
use crate::ftp::Kind;
use crate::queue::{Ending, Exists, ItemState, JobRules, NewItem};
use crate::site::Location;
use crate::transfer::{Input, Output, Progress, StoreAs};

/// Interval between updates of the progress line.
const TICK: Duration = Duration::from_millis(200);

/// Copies a file to standard output. Nothing else is printed there.
///
/// # Errors
/// [`CliError`].
pub async fn out(context: &mut Context, at: Location, rules: JobRules) -> Result<Exit, CliError> {
    if context.out.is_json() {
        return Err(FormError::Json.into());
    }
    // asks about an unknown certificate now, while the operation can still be repeated
    if let Some(entry) = context.stat(&at).await?
        && entry.kind == Kind::Dir
    {
        return Err(CliError::IsDirectory(at.to_string()));
    }
    let closed = Arc::new(AtomicBool::new(false));
    let writer =
        PipeWatch { inner: standard_output().map_err(CliError::Output)?, closed: closed.clone() };
    let pipe = Pipe::Out(Output { writer: Box::new(writer), path: "standard output".into() });
    let report = run(context, at, pipe, rules).await?;
    if closed.load(Ordering::Relaxed) {
        // the reader wants no more, as in `fxpane get … - | head`; but the file is not complete
        return Ok(Exit::Failed);
    }
    match (report.state, &report.ending.reason) {
        (ItemState::Failed, _) => {
            let reason = report.ending.reason.as_deref().unwrap_or_default();
            context.out.error(format_args!("{}: {reason}", report.item.source));
            Ok(report.failure.as_ref().map_or(Exit::Failed, Exit::of))
        }
        (_, Some(reason)) => {
            context.out.note(format_args!("fxpane: {}: {reason}", report.item.source));
            Ok(Exit::Done)
        }
        _ => Ok(Exit::Done),
    }
}

/// Copies standard input to a file.
///
/// # Errors
/// [`CliError`].
pub async fn input(context: &mut Context, at: Location, rules: JobRules) -> Result<Exit, CliError> {
    let existing = context.stat(&at).await?;
    let is_dir = existing.as_ref().is_some_and(|entry| entry.kind == Kind::Dir);
    if is_dir || matches!(at.path_bytes(), [] | [.., b'/']) {
        return Err(FormError::NoName(at.to_string()).into());
    }
    let replaces = existing.is_some() && rules.store != StoreAs::Unique;
    if replaces && rules.store == StoreAs::Name {
        match rules.exists {
            Exists::Overwrite => {}
            // standard input carries the file, so the user cannot be asked
            Exists::Skip | Exists::Ask => {
                let report = skipped(at);
                return job::print_one(context, &report);
            }
            Exists::Resume | Exists::Rename | Exists::Newer => {
                return Err(FormError::PipeRule.into());
            }
        }
    }
    let from = Input {
        reader: Box::new(io::stdin()) as Box<dyn Read + Send>,
        path: "standard input".into(),
    };
    let report = run(context, at, Pipe::In(from, replaces), rules).await?;
    job::print_one(context, &report)
}

async fn run(
    context: &mut Context,
    at: Location,
    pipe: Pipe,
    rules: JobRules,
) -> Result<ItemReport, CliError> {
    let progress = Arc::new(Progress::default());
    let piped = Piped { at, pipe, rules, progress: progress.clone() };
    let engine = context.engine.clone();
    let moving = engine.pipe(piped);
    tokio::pin!(moving);
    let mut ticks = tokio::time::interval(TICK);
    let started = Instant::now();
    let report = loop {
        tokio::select! {
            report = &mut moving => break report,
            _ = ticks.tick() => {
                if let Some(bytes) = progress.bytes().filter(|_| context.out.shows_progress()) {
                    let rate = bytes as f64 / started.elapsed().as_secs_f64().max(0.001);
                    let line = format!("{}  {}", size::bytes(bytes), size::rate(rate));
                    context.out.progress(&line);
                }
            }
        }
    };
    context.out.clear();
    Ok(report?)
}

fn skipped(at: Location) -> ItemReport {
    let item = NewItem::named("", false, Location::Local("-".into()), Some(at));
    ItemReport {
        item: item.with_id(ItemId(0), JobId(0)),
        state: ItemState::Skipped,
        ending: Ending { reason: Some("already exists".to_owned()), ..Ending::default() },
        failure: None,
    }
}

/// A writer that notes when its reader has closed the pipe.
struct PipeWatch<W> {
    inner: W,
    closed: Arc<AtomicBool>,
}

impl<W: Write> Write for PipeWatch<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.note(flushed)
    }
}

impl<W> PipeWatch<W> {
    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.closed.store(true, Ordering::Relaxed);
        }
        result
    }
}

/// Unbuffered standard output.
#[cfg(unix)]
fn standard_output() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd as _;
    io::stdout().as_fd().try_clone_to_owned().map(std::fs::File::from)
}

#[cfg(not(unix))]
fn standard_output() -> io::Result<io::Stdout> {
    Ok(io::stdout())
}

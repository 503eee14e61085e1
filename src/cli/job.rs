//! Runs jobs to completion: prints tally, progress, questions and the summary, and determines
//! the exit status.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc};

use crate::base::{JobId, Word, size, text};
use crate::cli::ask;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::progress;
use crate::cli::record::{ErrorRecord, ItemResultRecord, Summary, seconds};
use crate::cli::start;
use crate::engine::{
    Command, Counts, Event, EventKind, Failure, FailureKind, ItemReport, Question, Report, Tally,
};
use crate::queue::{ItemState, JobKind, JobSites, JobSpec};
use crate::site::Location;
use crate::transfer::Verdict;

/// The combined result of one or more jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobTally {
    items: Tally,
    same: Option<u64>,
    exits: Vec<Exit>,
    /// The last failure that was printed; the item that failed with it is not printed again.
    last_failure: Option<Failure>,
}

impl JobTally {
    fn count(&mut self, report: &ItemReport) {
        self.items.count(report);
        if matches!(report.state, ItemState::Failed | ItemState::Cancelled) {
            self.add_exit(report.failure.as_ref().map_or(Exit::Failed, Exit::of));
        }
    }

    fn add_exit(&mut self, exit: Exit) {
        if !self.exits.contains(&exit) {
            self.exits.push(exit);
        }
    }

    /// The exit status: the one that all failures share, else [`Exit::Failed`].
    #[must_use]
    pub fn exit_status(&self) -> Exit {
        if self.exits.contains(&Exit::Interrupted) {
            return Exit::Interrupted;
        }
        match self.exits.as_slice() {
            [] => Exit::Done,
            [one] => *one,
            _ => Exit::Failed,
        }
    }

    /// The summary, the last line of `--json`.
    #[must_use]
    pub fn summary(&self, elapsed: Duration) -> Summary {
        let items = &self.items;
        Summary {
            event: "summary",
            done: items.files + items.dirs,
            skipped: items.skipped,
            failed: items.failed + items.cancelled,
            same: self.same,
            bytes: items.bytes,
            seconds: seconds(elapsed),
        }
    }
}

/// Runs jobs one after the other and prints their tally. Prints the errors of `unusable`
/// sources first; they do not prevent the other sources from being copied.
///
/// # Errors
/// [`CliError`]: a job that the engine rejects, or a closed standard output.
pub async fn run(
    context: &mut Context,
    specs: Vec<JobSpec>,
    unusable: Vec<CliError>,
) -> Result<Exit, CliError> {
    let started = Instant::now();
    context.out.outlive_reader();
    let mut tally = JobTally::default();
    let deletes = specs.first().is_some_and(|spec| spec.kind == JobKind::Delete);
    print_unusable(context, unusable, &mut tally)?;
    for spec in specs {
        let mut untrusted = run_one(context, &spec, &mut tally).await?;
        while let Some((at, failure)) = untrusted.take() {
            if context.ask_trust(&at, &failure).await? {
                untrusted = run_one(context, &spec, &mut tally).await?;
            } else {
                print_failure(context, &failure, &mut tally)?;
                tally.items.failed += 1;
            }
        }
    }
    print_summary(context, &tally, started, deletes)
}

/// A job of the queue to run in this process.
#[derive(Debug)]
pub struct QueuedJob {
    /// Its number in the queue.
    pub job: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// Its source and destination sites.
    pub ends: JobSites,
    /// Its start time, if that lies in the future.
    pub start_at: Option<Timestamp>,
    /// True to start it before `start_at`.
    pub now: bool,
    /// True to retry its failed files.
    pub retry: bool,
}

/// Runs jobs of the queue, in parallel as far as their sites allow, and prints their tally. Prints
/// the errors of `unusable` jobs first; they do not prevent the others from running.
///
/// # Errors
/// [`CliError`]: the engine has stopped, or standard output is closed.
pub async fn run_queued(
    context: &mut Context,
    jobs: Vec<QueuedJob>,
    unusable: Vec<CliError>,
) -> Result<Exit, CliError> {
    let started = Instant::now();
    context.out.outlive_reader();
    let mut tally = JobTally::default();
    print_unusable(context, unusable, &mut tally)?;
    // subscribe before the jobs start, so that no question is missed
    let events = context.engine.events();
    let (reports_in, reports) = mpsc::unbounded_channel();
    let mut open = Vec::new();
    for QueuedJob { job, ends, now, retry, start_at, kind } in jobs {
        let (engine, reports) = (&context.engine, Some(reports_in.clone()));
        let adopted = match retry {
            true => engine.retry(job, ends, reports).await,
            false => engine.adopt(job, ends, reports).await,
        };
        match adopted {
            Ok(_) => {
                if now {
                    context.engine.send(Command::Start(job)).await?;
                } else if let Some(at) = start_at {
                    let at = start::local_time(at);
                    context.out.message(format_args!("job {job} waits until {at}"));
                }
                open.push((job, kind));
            }
            Err(failure) if failure.kind == FailureKind::Elsewhere => {
                context.out.message(format_args!("job {job}: {}", failure.cause));
            }
            // the other jobs can still run
            Err(failure) => {
                print_failure(context, &failure, &mut tally)?;
                tally.items.failed += 1;
            }
        }
    }
    drop(reports_in);
    if !open.is_empty() {
        follow(context, &[], open, reports, events, &mut tally).await?;
    }
    print_summary(context, &tally, started, false)
}

fn print_unusable(
    context: &mut Context,
    unusable: Vec<CliError>,
    tally: &mut JobTally,
) -> Result<(), CliError> {
    for error in unusable {
        if context.out.is_json() {
            context.out.object(&ErrorRecord::of_error(&error))?;
        }
        context.out.error(&error);
        tally.items.failed += 1;
        tally.add_exit(error.exit());
    }
    Ok(())
}

fn print_summary(
    context: &mut Context,
    tally: &JobTally,
    started: Instant,
    deletes: bool,
) -> Result<Exit, CliError> {
    let summary = tally.summary(started.elapsed());
    if context.out.is_json() {
        context.out.object(&summary)?;
    } else {
        let exit = tally.exit_status();
        if summary.same.is_some()
            || summary.done + summary.skipped + summary.failed != 1
            || exit == Exit::Interrupted
        {
            context.out.note(summary_line(&summary, exit, deletes));
        }
    }
    context.out.flush()?;
    Ok(tally.exit_status())
}

/// Prints the result of a single file that was copied outside of the queue.
///
/// # Errors
/// [`CliError::Output`].
pub fn print_one(context: &mut Context, report: &ItemReport) -> Result<Exit, CliError> {
    let mut tally = JobTally::default();
    print_item(context, report, false, &None, &mut tally)?;
    if context.out.is_json() {
        context.out.object(&tally.summary(report.ending.elapsed))?;
    }
    context.out.flush()?;
    Ok(tally.exit_status())
}

/// Runs one job. Returns the location and failure of an unknown certificate that the user can be
/// asked about.
async fn run_one(
    context: &mut Context,
    spec: &JobSpec,
    tally: &mut JobTally,
) -> Result<Option<(Location, Failure)>, CliError> {
    // subscribe before the job starts, so that no question is missed
    let events = context.engine.events();
    let (reports_in, reports) = mpsc::unbounded_channel();
    let job = context.engine.submit(spec.clone(), Some(reports_in)).await?;
    if let Some(at) = spec.start_at {
        context.out.message(format_args!("waiting until {}", start::local_time(at)));
    }
    let ends: Vec<Location> =
        spec.sources.iter().map(|source| &source.at).chain(&spec.target).cloned().collect();
    follow(context, &ends, vec![(job, spec.kind)], reports, events, tally).await
}

/// Prints the tally of jobs until all have ended. Returns the location and failure of an
/// unknown certificate of one of `ends` that the user can be asked about.
async fn follow(
    context: &mut Context,
    ends: &[Location],
    mut open: Vec<(JobId, JobKind)>,
    mut reports: mpsc::UnboundedReceiver<Report>,
    mut events: broadcast::Receiver<Event>,
    tally: &mut JobTally,
) -> Result<Option<(Location, Failure)>, CliError> {
    let mut untrusted = None;
    loop {
        tokio::select! {
            biased;
            report = reports.recv() => match report {
                Some(Report::Item(item)) => {
                    let deletes = open.contains(&(item.item.job, JobKind::Delete));
                    print_item(context, &item, deletes, &untrusted, tally)?;
                }
                Some(Report::Error(failure)) => match untrusted_end(context, ends, &failure) {
                    Some(at) => untrusted = Some((at, failure)),
                    None => print_failure(context, &failure, tally)?,
                },
                Some(Report::Note { site, text }) => {
                    let site = text::visible_str(&site);
                    context.out.message(format_args!("fxpane: {site}: {text}"));
                }
                Some(Report::Same(files)) => tally.same = Some(files),
                Some(Report::End { job }) => {
                    open.retain(|(other, _)| *other != job);
                    if open.is_empty() {
                        break;
                    }
                }
                // the engine stopped before the job ended: Ctrl-C
                None => {
                    tally.add_exit(Exit::Interrupted);
                    break;
                }
            },
            event = events.recv() => match event {
                Ok(event) => handle_event(context, event.what).await?,
                // counts are sent again; an unanswered question counts as its safe answer
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => break,
            },
        }
        if reports.is_empty() {
            context.out.flush()?;
        }
    }
    context.out.clear();
    Ok(untrusted)
}

/// The location whose certificate is unknown, if the user can be asked about it.
fn untrusted_end(context: &Context, ends: &[Location], failure: &Failure) -> Option<Location> {
    if !matches!(failure.kind, FailureKind::UnknownCertificate { .. }) || !context.interactive {
        return None;
    }
    failure.location(ends).cloned()
}

fn print_item(
    context: &mut Context,
    item: &ItemReport,
    deletes: bool,
    untrusted: &Option<(Location, Failure)>,
    tally: &mut JobTally,
) -> Result<(), CliError> {
    // directories are created along with their files; only files get a line
    if item.item.dir && !deletes && item.state != ItemState::Failed {
        return Ok(());
    }
    // tried again once the certificate is trusted, else printed with the certificate's failure
    if untrusted.is_some() && matches!(item.failure, Some(FailureKind::UnknownCertificate { .. })) {
        return Ok(());
    }
    tally.count(item);
    if item.failure == Some(FailureKind::Cancelled) && !context.out.is_json() {
        return Ok(());
    }
    if context.out.is_json() {
        return context.out.object(&ItemResultRecord::of(item));
    }
    // a tree that could not be listed to its end: printed as the failure of its job
    let repeats = tally.last_failure.as_ref().is_some_and(|failure| item.ended_by(failure));
    if repeats && item.item.dir && item.item.target.is_none() {
        return Ok(());
    }
    let line = item_line(item);
    if item.state == ItemState::Failed {
        context.out.error(line);
        Ok(())
    } else {
        context.out.info(line)
    }
}

fn print_failure(
    context: &mut Context,
    failure: &Failure,
    tally: &mut JobTally,
) -> Result<(), CliError> {
    tally.add_exit(Exit::of(&failure.kind));
    if failure.kind == FailureKind::Cancelled {
        return Ok(());
    }
    if context.out.is_json() {
        context.out.object(&ErrorRecord::of(failure))?;
    }
    context.out.error(failure);
    tally.last_failure = Some(failure.clone());
    Ok(())
}

/// The line of an item in human-readable output.
fn item_line(item: &ItemReport) -> String {
    let source = &item.item.source;
    let route = match &item.item.target {
        Some(target) => format!("{source} -> {target}"),
        None => source.to_string(),
    };
    let reason = item.ending.reason.as_deref().unwrap_or_default();
    match item.state {
        ItemState::Skipped => format!("skipped: {route}: {reason}"),
        ItemState::Failed => format!("failed: {route}: {reason}"),
        _ if item.item.target.is_none() => format!("deleted: {route}"),
        _ => {
            let mut notes = Vec::new();
            notes.extend(item.ending.via.map(Word::word));
            notes.extend(
                item.ending.protected.map(|yes| if yes { "encrypted" } else { "unencrypted" }),
            );
            notes.push(match item.ending.verdict {
                Some(Verdict::Verified) => item.ending.verified.word(),
                Some(Verdict::Complete) => "sizes agree",
                _ => "unverified",
            });
            let size = size::bytes(item.ending.bytes);
            let separator = if reason.is_empty() { "" } else { "; " };
            format!("{route}  {size}, {}{separator}{reason}", notes.join(", "))
        }
    }
}

fn summary_line(summary: &Summary, exit: Exit, deletes: bool) -> String {
    let what = if deletes { "deleted" } else { "done" };
    let mut line = format!("{} {what}", size::grouped(summary.done));
    if summary.skipped > 0 {
        line.push_str(&format!(", {} skipped", size::grouped(summary.skipped)));
    }
    if let Some(same) = summary.same {
        line.push_str(&format!(", {} unchanged", size::grouped(same)));
    }
    if summary.failed > 0 {
        line.push_str(&format!(", {} failed", size::grouped(summary.failed)));
    }
    if !deletes {
        let speed = size::rate(summary.bytes as f64 / summary.seconds.max(0.001));
        line.push_str(&format!("; {} in {:.1} s", size::bytes(summary.bytes), summary.seconds));
        if summary.bytes > 0 {
            line.push_str(&format!(", {speed}"));
        }
    }
    if exit == Exit::Interrupted {
        line.push_str("; interrupted (`fxpane queue run` resumes)");
    }
    line
}

async fn handle_event(context: &mut Context, what: EventKind) -> Result<(), CliError> {
    match what {
        EventKind::Queue(counts) => show_progress(context, &counts),
        EventKind::Question(question) => answer(context, question).await?,
        _ => {}
    }
    Ok(())
}

fn show_progress(context: &mut Context, counts: &Counts) {
    if context.out.shows_progress() {
        let width = crossterm::terminal::size().map_or(80, |(width, _)| usize::from(width));
        let line = progress::line(counts, width, context.out.is_ascii());
        context.out.progress(&line);
    }
}

/// Asks the user a question of the engine; the progress line is not updated meanwhile.
async fn answer(context: &mut Context, question: Question) -> Result<(), CliError> {
    let choice = loop {
        let menu = ask::menu(&question.choices);
        context.out.ask(format_args!("{}\n{menu}:", question.text));
        match ask::line().await? {
            // at the end of the input take the first choice, the safe one
            None => break 0,
            Some(typed) => match ask::choice(&typed, &question.choices) {
                Some(choice) => break choice,
                None => context.out.message("Type the number or the first letters of a choice."),
            },
        }
    };
    Ok(context.engine.send(Command::Answer { question: question.id, choice }).await?)
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;

//! Running jobs to their end: reports as lines, progress, questions, summary, exit code.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{broadcast, mpsc};

use crate::base::{JobId, Word, size, text};
use crate::cli::ask;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::progress;
use crate::cli::record::{ErrorRecord, ItemRecord, Summary, seconds};
use crate::cli::start;
use crate::engine::{
    Command, Counts, Event, EventKind, Failure, FailureKind, ItemReport, Question, Report, Tally,
};
use crate::queue::{Ends, ItemState, JobKind, JobSpec};
use crate::site::Location;
use crate::transfer::Verdict;

/// What came of one or more jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Results {
    items: Tally,
    same: Option<u64>,
    exits: Vec<Exit>,
    /// The failure that was told last, which the item that it ended does not repeat.
    told: Option<Failure>,
}

impl Results {
    fn count(&mut self, report: &ItemReport) {
        self.items.count(report);
        if matches!(report.state, ItemState::Failed | ItemState::Cancelled) {
            self.exit(report.failure.as_ref().map_or(Exit::Failed, Exit::of));
        }
    }

    fn exit(&mut self, exit: Exit) {
        if !self.exits.contains(&exit) {
            self.exits.push(exit);
        }
    }

    /// One exit for all that happened: the reason that all failures share, else 1.
    #[must_use]
    pub fn end(&self) -> Exit {
        if self.exits.contains(&Exit::Interrupted) {
            return Exit::Interrupted;
        }
        match self.exits.as_slice() {
            [] => Exit::Done,
            [one] => *one,
            _ => Exit::Failed,
        }
    }

    /// The last line of `--json`.
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

/// Runs jobs one after the other and tells what comes of them. Sources that are `unusable` are
/// told first, and do not keep the others from being copied.
///
/// # Errors
/// [`CliError`]: a job that makes no sense, or standard output that is gone.
pub async fn run(
    context: &mut Context,
    specs: Vec<JobSpec>,
    unusable: Vec<CliError>,
) -> Result<Exit, CliError> {
    let began = Instant::now();
    let mut results = Results::default();
    let deletes = specs.first().is_some_and(|spec| spec.kind == JobKind::Delete);
    for error in unusable {
        if context.out.is_json() {
            context.out.object(&ErrorRecord::of_error(&error))?;
        }
        context.out.error(&error);
        results.items.failed += 1;
        results.exit(error.exit());
    }
    for spec in specs {
        let mut refused = one(context, &spec, &mut results).await?;
        while let Some((at, failure)) = refused.take() {
            if context.trusts(&at, &failure).await? {
                refused = one(context, &spec, &mut results).await?;
            } else {
                tell_failure(context, &failure, &mut results)?;
                results.items.failed += 1;
            }
        }
    }
    tell_end(context, &results, began, deletes)
}

/// A job of the queue that is to be run here.
#[derive(Debug)]
pub struct Taken {
    /// Which.
    pub job: JobId,
    /// Copy, move, delete or mirror.
    pub kind: JobKind,
    /// Its sites.
    pub ends: Ends,
    /// When it begins, if that is to come.
    pub start_at: Option<Timestamp>,
    /// True to begin it before that.
    pub now: bool,
    /// True to try once more what failed.
    pub retry: bool,
}

/// Runs jobs of the queue, side by side as their sites allow, and tells what comes of them.
///
/// # Errors
/// [`CliError`]: a job that cannot be taken over, or standard output that is gone.
pub async fn take(context: &mut Context, jobs: Vec<Taken>) -> Result<Exit, CliError> {
    let began = Instant::now();
    let mut results = Results::default();
    // before the jobs, so that no question is missed
    let events = context.engine.events();
    let (reports_in, reports) = mpsc::unbounded_channel();
    let mut open = Vec::new();
    for Taken { job, ends, now, retry, start_at, kind } in jobs {
        let (engine, reports) = (&context.engine, Some(reports_in.clone()));
        let taken = match retry {
            true => engine.retry(job, ends, reports).await,
            false => engine.adopt(job, ends, reports).await,
        };
        match taken {
            Ok(_) => {
                if now {
                    context.engine.send(Command::Start(job)).await?;
                } else if let Some(at) = start_at {
                    context.out.say(format_args!("job {job} waits until {}", start::here(at)));
                }
                open.push((job, kind));
            }
            // the others may go on all the same
            Err(failure) => {
                tell_failure(context, &failure, &mut results)?;
                results.items.failed += 1;
            }
        }
    }
    drop(reports_in);
    if !open.is_empty() {
        follow(context, &[], open, reports, events, &mut results).await?;
    }
    tell_end(context, &results, began, false)
}

fn tell_end(
    context: &mut Context,
    results: &Results,
    began: Instant,
    deletes: bool,
) -> Result<Exit, CliError> {
    let summary = results.summary(began.elapsed());
    if context.out.is_json() {
        context.out.object(&summary)?;
    } else {
        let exit = results.end();
        if summary.same.is_some()
            || summary.done + summary.skipped + summary.failed != 1
            || exit == Exit::Interrupted
        {
            context.out.remark(summary_line(&summary, exit, deletes));
        }
    }
    context.out.flush()?;
    Ok(results.end())
}

/// Tells of one file that was in no job.
///
/// # Errors
/// [`CliError::Output`].
pub fn tell_one(context: &mut Context, report: &ItemReport) -> Result<Exit, CliError> {
    let mut results = Results::default();
    tell_item(context, report, false, &None, &mut results)?;
    if context.out.is_json() {
        context.out.object(&results.summary(report.elapsed))?;
    }
    context.out.flush()?;
    Ok(results.end())
}

/// One job. A certificate that somebody at the terminal could say yes to comes back.
async fn one(
    context: &mut Context,
    spec: &JobSpec,
    results: &mut Results,
) -> Result<Option<(Location, Failure)>, CliError> {
    // before the job, so that no question is missed
    let events = context.engine.events();
    let (reports_in, reports) = mpsc::unbounded_channel();
    let job = context.engine.submit(spec.clone(), Some(reports_in)).await?;
    if let Some(at) = spec.start_at {
        context.out.say(format_args!("waits until {}", start::here(at)));
    }
    let ends: Vec<Location> =
        spec.sources.iter().map(|source| &source.at).chain(&spec.target).cloned().collect();
    follow(context, &ends, vec![(job, spec.kind)], reports, events, results).await
}

/// Tells what comes of jobs until they end. A certificate of one of `ends` that somebody at the
/// terminal could say yes to comes back.
async fn follow(
    context: &mut Context,
    ends: &[Location],
    mut open: Vec<(JobId, JobKind)>,
    mut reports: mpsc::UnboundedReceiver<Report>,
    mut events: broadcast::Receiver<Event>,
    results: &mut Results,
) -> Result<Option<(Location, Failure)>, CliError> {
    let mut refused = None;
    loop {
        tokio::select! {
            biased;
            report = reports.recv() => match report {
                Some(Report::Item(item)) => {
                    let deletes = open.contains(&(item.job, JobKind::Delete));
                    tell_item(context, &item, deletes, &refused, results)?;
                }
                Some(Report::Error(failure)) => match site_of(context, ends, &failure) {
                    Some(at) => refused = Some((at, failure)),
                    None => tell_failure(context, &failure, results)?,
                },
                Some(Report::Note { site, text }) => {
                    context.out.say(format_args!("fxpane: {}: {text}", text::visible_str(&site)));
                }
                Some(Report::Same(files)) => results.same = Some(files),
                Some(Report::End { job }) => {
                    open.retain(|(other, _)| *other != job);
                    if open.is_empty() {
                        break;
                    }
                }
                // the engine went away before the job's end: Ctrl-C
                None => {
                    results.exit(Exit::Interrupted);
                    break;
                }
            },
            event = events.recv() => match event {
                Ok(event) => heard(context, event.what).await?,
                // counts come again; a question that was lost is asked again by nobody, but its
                // safe answer is what silence means
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => break,
            },
        }
        if reports.is_empty() {
            context.out.flush()?;
        }
    }
    context.out.clear();
    Ok(refused)
}

/// The end of the job whose certificate nobody knows, when somebody can be asked.
fn site_of(context: &Context, ends: &[Location], failure: &Failure) -> Option<Location> {
    if !matches!(failure.kind, FailureKind::UnknownCertificate { .. }) || !context.interactive {
        return None;
    }
    failure.location(ends).cloned()
}

fn tell_item(
    context: &mut Context,
    item: &ItemReport,
    deletes: bool,
    refused: &Option<(Location, Failure)>,
    results: &mut Results,
) -> Result<(), CliError> {
    // directories are made on the way; the lines are about files
    if item.dir && !deletes && item.state != ItemState::Failed {
        return Ok(());
    }
    // it is tried again, or told with the certificate
    if refused.is_some() && matches!(item.failure, Some(FailureKind::UnknownCertificate { .. })) {
        return Ok(());
    }
    results.count(item);
    if item.failure == Some(FailureKind::Cancelled) && !context.out.is_json() {
        return Ok(());
    }
    if context.out.is_json() {
        return context.out.object(&ItemRecord::of(item));
    }
    // a tree that could not be listed to its end: told as the failure of its job
    let told = results.told.as_ref().is_some_and(|failure| item.ended_by(failure));
    if told && item.dir && item.target.is_none() {
        return Ok(());
    }
    let line = item_line(item);
    if item.state == ItemState::Failed {
        context.out.error(line);
        Ok(())
    } else {
        context.out.done(line)
    }
}

fn tell_failure(
    context: &mut Context,
    failure: &Failure,
    results: &mut Results,
) -> Result<(), CliError> {
    results.exit(Exit::of(&failure.kind));
    if failure.kind == FailureKind::Cancelled {
        return Ok(());
    }
    if context.out.is_json() {
        context.out.object(&ErrorRecord::of(failure))?;
    }
    context.out.error(failure);
    results.told = Some(failure.clone());
    Ok(())
}

/// An item for people.
fn item_line(item: &ItemReport) -> String {
    let source = &item.source;
    let way = match &item.target {
        Some(target) => format!("{source} -> {target}"),
        None => source.to_string(),
    };
    let reason = item.reason.as_deref().unwrap_or_default();
    match item.state {
        ItemState::Skipped => format!("skipped: {way}: {reason}"),
        ItemState::Failed => format!("failed: {way}: {reason}"),
        _ if item.target.is_none() => format!("deleted: {way}"),
        _ => {
            let mut notes = Vec::new();
            notes.extend(item.via.map(Word::word));
            notes.extend(item.protected.map(|yes| if yes { "encrypted" } else { "plain" }));
            notes.push(match item.verdict {
                Some(Verdict::Verified) => item.verified.word(),
                Some(Verdict::Complete) => "sizes agree",
                _ => "unverified",
            });
            let size = size::bytes(item.bytes);
            let dot = if reason.is_empty() { "" } else { "; " };
            format!("{way}  {size}, {}{dot}{reason}", notes.join(", "))
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
        line.push_str(&format!(", {} the same", size::grouped(same)));
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
        line.push_str("; interrupted (`fxpane queue run` does the rest)");
    }
    line
}

async fn heard(context: &mut Context, what: EventKind) -> Result<(), CliError> {
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

/// Puts a question to the user; until the answer comes the progress line rests.
async fn answer(context: &mut Context, question: Question) -> Result<(), CliError> {
    let choice = loop {
        let menu = ask::menu(&question.choices);
        context.out.ask(format_args!("{}\n{menu}:", question.text));
        match ask::line().await? {
            // the end of the input is no answer: the safe one
            None => break 0,
            Some(typed) => match ask::choice(&typed, &question.choices) {
                Some(choice) => break choice,
                None => context.out.say("Type the number or the first letters of one of these."),
            },
        }
    };
    Ok(context.engine.send(Command::Answer { question: question.id, choice }).await?)
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;

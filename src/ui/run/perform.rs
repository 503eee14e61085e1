//! Performs the effects of the model: each request runs in its own task and sends its answer back
//! as a message.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::engine::{Command, EngineHandle, Failure, PlanAction, Planned, Report, Tally};
use crate::queue::{JobKind, JobSpec};
use crate::site::{Location, Sites};
use crate::ui::model::listing::Arranged;
use crate::ui::model::msg::{
    Interrupted, LoginAnswer, MirrorPlan, Msg, Operation, OperationReply, Ticket, UiEffect,
};
use crate::ui::run::{UserFiles, export, jobs, remote_edit};
use crate::ui::update::view::HEAD_BYTES;

/// Performs the effects of the model.
pub struct Performer {
    engine: EngineHandle,
    files: UserFiles,
    /// The saved sites at the start, for jobs of previous runs.
    sites: Sites,
    answers: mpsc::UnboundedSender<Msg>,
    /// Commands without a long-running answer, sent in the order of the effects.
    commands: mpsc::UnboundedSender<Command>,
    /// The tasks that can be aborted.
    running: HashMap<Ticket, AbortHandle>,
}

impl Performer {
    /// A performer that sends answers to `answers`.
    #[must_use]
    pub fn new(
        engine: EngineHandle,
        files: UserFiles,
        sites: Sites,
        answers: mpsc::UnboundedSender<Msg>,
    ) -> Self {
        let (commands, mut waiting) = mpsc::unbounded_channel();
        let (sender, unsent) = (engine.clone(), answers.clone());
        tokio::spawn(async move {
            while let Some(command) = waiting.recv().await {
                if let Err(failure) = sender.send(command).await
                    && unsent.send(Msg::SendFailed(failure)).is_err()
                {
                    // the screen was closed
                    return;
                }
            }
        });
        Self { engine, files, sites, answers, commands, running: HashMap::new() }
    }

    /// Starts an effect; never waits for it.
    pub fn perform(&mut self, effect: UiEffect) {
        match effect {
            UiEffect::List { ticket, at, fresh, answer } => {
                let engine = self.engine.clone();
                self.spawn(ticket, async move {
                    Msg::Listed(ticket, list(&engine, at, fresh, answer).await)
                });
            }
            UiEffect::Run(ticket, Operation::Examine { between, write }) => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                self.spawn(ticket, async move {
                    let [a, b] = *between;
                    let done = examine(&engine, a, b, write, ticket, &answers).await;
                    Msg::OperationDone(ticket, done.map(|()| OperationReply::Done))
                });
            }
            UiEffect::Run(ticket, operation) => {
                let engine = self.engine.clone();
                self.spawn(ticket, async move {
                    Msg::OperationDone(ticket, run_operation(&engine, operation).await)
                });
            }
            UiEffect::Abandon(ticket) => {
                if let Some(task) = self.running.remove(&ticket) {
                    task.abort();
                }
            }
            UiEffect::Submit(spec) => {
                let (answer, job) = oneshot::channel();
                let (reports, reported) = mpsc::unbounded_channel();
                let kind = spec.kind;
                self.send(Command::Submit { spec, reports: Some(reports), answer });
                let answers = self.answers.clone();
                tokio::spawn(async move {
                    // no answer means that the engine stopped, which sending the command reports
                    if let Ok(result) = job.await {
                        let _ = answers.send(Msg::Submitted(result));
                    }
                    follow(kind, reported, answers).await;
                });
            }
            UiEffect::FindInterrupted(asked) => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                let sites = self.sites.clone();
                tokio::spawn(async move {
                    let found = jobs::interrupted(&engine, &sites).await;
                    let _ = answers.send(Msg::InterruptedJobs(found, asked));
                });
            }
            UiEffect::ResumeJob(job) => self.resume(job, false),
            UiEffect::RetryJob(job) => self.resume(job, true),
            UiEffect::RemoveJob(job) => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                tokio::spawn(async move {
                    let kept = jobs::remove(&engine, job).await;
                    let _ = answers.send(Msg::JobRemoved(kept));
                });
            }
            UiEffect::Window { offset, limit, query } => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                tokio::spawn(async move {
                    let window = engine.window(offset, limit, query.clone()).await;
                    let _ = answers.send(Msg::Window(query, window));
                });
            }
            UiEffect::Lanes(job, lanes) => self.send(Command::Lanes(job, Some(lanes))),
            UiEffect::Start(job) => self.send(Command::Start(job)),
            UiEffect::JobLines => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                let sites = self.sites.clone();
                tokio::spawn(async move {
                    let _ = answers.send(Msg::JobLines(jobs::lines(&engine, &sites).await));
                });
            }
            UiEffect::Export(file, job) => {
                let (store, answers) = (self.files.queue.clone(), self.answers.clone());
                tokio::spawn(async move {
                    let written = export::write(&store, &file, job).await;
                    let _ = answers.send(Msg::Exported(file, written));
                });
            }
            UiEffect::Parse(text) => {
                let result = (self.files.parse)(&text);
                let _ = self.answers.send(Msg::Parsed(text, result));
            }
            UiEffect::Items(items, control) => self.send(Command::Items(items, control)),
            UiEffect::Job(job, control) => self.send(Command::Job(job, control)),
            UiEffect::All(query, control) => self.send(Command::All(query, control)),
            UiEffect::Pause(paused) => self.send(Command::Pause(paused)),
            UiEffect::Answer { question, choice } => {
                self.send(Command::Answer { question, choice });
            }
            UiEffect::Disconnect(site) => self.send(Command::Disconnect(site)),
            UiEffect::Discard(draft) => remote_edit::discard(&draft),
            UiEffect::Sites(order) => {
                let (manage, answers) = (Arc::clone(&self.files.manage), self.answers.clone());
                tokio::task::spawn_blocking(move || {
                    let _ = answers.send(Msg::Sites(manage(order)));
                });
            }
            UiEffect::Remember(addresses) => (self.files.remember)(&addresses),
            // the event loop performs these itself
            UiEffect::Redraw | UiEffect::Edit(_) | UiEffect::Quit => {}
        }
    }

    /// A message arrived: the task that it answers has finished.
    pub fn finished(&mut self, msg: &Msg) {
        if let Msg::Listed(ticket, _) | Msg::OperationDone(ticket, _) = msg {
            self.running.remove(ticket);
        }
    }

    /// Runs a job that no process runs; with `retry` its failed files are queued again.
    fn resume(&self, job: Interrupted, retry: bool) {
        let Interrupted { job, kind, ends: Some(ends), .. } = job else { return };
        let (engine, answers) = (self.engine.clone(), self.answers.clone());
        tokio::spawn(async move {
            let (reports, reported) = mpsc::unbounded_channel();
            let resumed = async {
                match retry {
                    true => engine.retry(job, ends, Some(reports)).await,
                    false => engine.adopt(job, ends, Some(reports)).await,
                }
            };
            let _ = answers.send(Msg::Submitted(resumed.await));
            follow(kind, reported, answers).await;
        });
    }

    fn send(&self, command: Command) {
        // the receiving task lives as long as this sender
        let _ = self.commands.send(command);
    }

    fn spawn(&mut self, ticket: Ticket, work: impl Future<Output = Msg> + Send + 'static) {
        let answers = self.answers.clone();
        let task = tokio::spawn(async move {
            let _ = answers.send(work.await);
        });
        self.running.insert(ticket, task.abort_handle());
    }
}

async fn list(
    engine: &EngineHandle,
    at: Location,
    fresh: bool,
    answer: Option<LoginAnswer>,
) -> Result<Arranged, Failure> {
    match answer {
        Some(LoginAnswer::Password(site, password)) => {
            engine.send(Command::Password { site, password }).await?;
        }
        Some(LoginAnswer::Passphrase(passphrase)) => engine.unlock(passphrase).await?,
        Some(LoginAnswer::Trust { site, fingerprint, keep }) => {
            engine.trust(site, fingerprint, keep).await?;
        }
        None => {}
    }
    let directory = engine.list(at, fresh).await?;
    if directory.entries.len() < SORT_INLINE {
        return Ok(directory.into());
    }
    let sorting = Arc::clone(&directory);
    let sorted = tokio::task::spawn_blocking(move || Arranged::from(sorting)).await;
    // the task is only cancelled at the end of the program
    Ok(sorted.unwrap_or_else(|_| directory.into()))
}

/// Directories with fewer entries are sorted in place, without a blocking task.
const SORT_INLINE: usize = 1000;

/// Counts the results of a job's files until the job ends.
async fn follow(
    kind: JobKind,
    mut reported: mpsc::UnboundedReceiver<Report>,
    answers: mpsc::UnboundedSender<Msg>,
) {
    let mut tally = Tally::default();
    while let Some(report) = reported.recv().await {
        match report {
            Report::Item(item) => tally.count(&item),
            Report::End { .. } => {
                let _ = answers.send(Msg::Ended(kind, tally));
            }
            // the engine also writes these to the log
            Report::Error(_) | Report::Note { .. } | Report::Same(_) => {}
        }
    }
}

/// Forwards the findings of an FXP test between two locations; dropping the future drops the
/// receiver, which stops the test.
async fn examine(
    engine: &EngineHandle,
    a: Location,
    b: Location,
    write: bool,
    ticket: Ticket,
    answers: &mpsc::UnboundedSender<Msg>,
) -> Result<(), Failure> {
    let mut findings = engine.examine(a, b, write).await?;
    while let Some(found) = findings.recv().await {
        if answers.send(Msg::Found(ticket, Box::new(found))).is_err() {
            break;
        }
    }
    Ok(())
}

/// The most steps of a mirror that are kept for display.
const MAX_STEPS: usize = 2000;

/// Computes what a mirror would do.
async fn plan(engine: &EngineHandle, spec: JobSpec) -> Result<OperationReply, Failure> {
    let mut steps = engine.plan(spec).await?;
    let mut plan = Box::new(MirrorPlan::default());
    while let Some(planned) = steps.recv().await {
        match planned {
            Planned::Step(step) => {
                plan.tally.count(&step);
                if step.action != PlanAction::Same && plan.steps.len() < MAX_STEPS {
                    plan.steps.push(step);
                }
            }
            Planned::Trouble(failure) => plan.problems.push(failure.to_string()),
            Planned::End { .. } => break,
            Planned::Failed(failure) => return Err(failure),
        }
    }
    Ok(OperationReply::Plan(plan))
}

async fn run_operation(
    engine: &EngineHandle,
    operation: Operation,
) -> Result<OperationReply, Failure> {
    match operation {
        Operation::MakeDir { at } => engine.make_dir(at).await?,
        Operation::Rename { from, to } => engine.rename(from, to).await?,
        Operation::Chmod { at, mode } => {
            for at in at {
                engine.chmod(at, mode).await?;
            }
        }
        Operation::Raw { site, cwd, line } => {
            return engine.raw(site, Some(cwd), line.into_bytes()).await.map(OperationReply::Lines);
        }
        // `examine` sends the findings one by one
        Operation::Examine { .. } => {}
        Operation::Plan { spec } => return plan(engine, *spec).await,
        Operation::Test { at } => {
            let directory = engine.list(at, true).await?;
            return Ok(OperationReply::Entries(directory.entries.len()));
        }
        Operation::View { at, .. } => {
            return engine.head(at, HEAD_BYTES).await.map(OperationReply::Head);
        }
        Operation::Fetch { at } => return remote_edit::fetch(engine, at).await,
        Operation::PutBack { draft, to, anyway } => {
            return remote_edit::put_back(engine, draft, to, anyway).await;
        }
    }
    Ok(OperationReply::Done)
}

//! Does what the model asks for: each request in a task of its own, whose answer comes back as a
//! message.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::engine::{Command, EngineHandle, Failure, PlanAction, Planned, Report, Tally};
use crate::queue::{JobKind, JobSpec};
use crate::site::{Location, Sites};
use crate::ui::model::listing::Arranged;
use crate::ui::model::msg::{Act, Effect, First, Interrupted, MirrorPlan, Msg, Reply, Ticket};
use crate::ui::run::{UserFiles, edit, export, jobs};
use crate::ui::update::view::LOOK;

/// Does what the model asks for.
pub struct Performer {
    engine: EngineHandle,
    files: UserFiles,
    /// The bookmarks at the start, for jobs of earlier runs.
    sites: Sites,
    answers: mpsc::UnboundedSender<Msg>,
    /// Commands without a long answer leave in the order in which they were given.
    commands: mpsc::UnboundedSender<Command>,
    /// What can be abandoned.
    running: HashMap<Ticket, AbortHandle>,
}

impl Performer {
    /// Answers go to `answers`.
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
                    && unsent.send(Msg::Unsent(failure)).is_err()
                {
                    // the screen has ended
                    return;
                }
            }
        });
        Self { engine, files, sites, answers, commands, running: HashMap::new() }
    }

    /// Begins what is asked for; never waits.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::List { ticket, at, fresh, first } => {
                let engine = self.engine.clone();
                self.spawn(ticket, async move {
                    Msg::Listed(ticket, list(&engine, at, fresh, first).await)
                });
            }
            Effect::Act(ticket, Act::Examine { between, write }) => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                self.spawn(ticket, async move {
                    let [a, b] = *between;
                    let done = examine(&engine, a, b, write, ticket, &answers).await;
                    Msg::Acted(ticket, done.map(|()| Reply::Done))
                });
            }
            Effect::Act(ticket, act) => {
                let engine = self.engine.clone();
                self.spawn(ticket, async move { Msg::Acted(ticket, do_it(&engine, act).await) });
            }
            Effect::Abandon(ticket) => {
                if let Some(task) = self.running.remove(&ticket) {
                    task.abort();
                }
            }
            Effect::Submit(spec) => {
                let (answer, job) = oneshot::channel();
                let (reports, reported) = mpsc::unbounded_channel();
                let kind = spec.kind;
                self.send(Command::Submit { spec, reports: Some(reports), answer });
                let answers = self.answers.clone();
                tokio::spawn(async move {
                    // without an answer the engine has ended, which the command itself reports
                    if let Ok(result) = job.await {
                        let _ = answers.send(Msg::Submitted(result));
                    }
                    follow(kind, reported, answers).await;
                });
            }
            Effect::Jobs(asked) => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                let sites = self.sites.clone();
                tokio::spawn(async move {
                    let found = jobs::interrupted(&engine, &sites).await;
                    let _ = answers.send(Msg::Jobs(found, asked));
                });
            }
            Effect::Adopt(left) => self.take_up(left, false),
            Effect::Retake(left) => self.take_up(left, true),
            Effect::Forget(job) => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                tokio::spawn(async move {
                    let kept = jobs::forget(&engine, job).await;
                    let _ = answers.send(Msg::Forgotten(kept));
                });
            }
            Effect::Window { offset, limit, query } => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                tokio::spawn(async move {
                    let window = engine.window(offset, limit, query.clone()).await;
                    let _ = answers.send(Msg::Window(query, window));
                });
            }
            Effect::Lanes(job, lanes) => self.send(Command::Lanes(job, Some(lanes))),
            Effect::Start(job) => self.send(Command::Start(job)),
            Effect::JobLines => {
                let (engine, answers) = (self.engine.clone(), self.answers.clone());
                let sites = self.sites.clone();
                tokio::spawn(async move {
                    let _ = answers.send(Msg::JobLines(jobs::lines(&engine, &sites).await));
                });
            }
            Effect::Export(file, job) => {
                let (store, answers) = (self.files.queue.clone(), self.answers.clone());
                tokio::spawn(async move {
                    let written = export::write(&store, &file, job).await;
                    let _ = answers.send(Msg::Exported(file, written));
                });
            }
            Effect::Parse(text) => {
                let result = (self.files.parse)(&text);
                let _ = self.answers.send(Msg::Parsed(text, result));
            }
            Effect::Items(items, control) => self.send(Command::Items(items, control)),
            Effect::Job(job, control) => self.send(Command::Job(job, control)),
            Effect::All(query, control) => self.send(Command::All(query, control)),
            Effect::Pause(paused) => self.send(Command::Pause(paused)),
            Effect::Answer { question, choice } => self.send(Command::Answer { question, choice }),
            Effect::Disconnect(site) => self.send(Command::Disconnect(site)),
            Effect::Discard(draft) => edit::discard(&draft),
            Effect::Sites(order) => {
                let (manage, answers) = (Arc::clone(&self.files.manage), self.answers.clone());
                tokio::task::spawn_blocking(move || {
                    let _ = answers.send(Msg::Sites(manage(order)));
                });
            }
            Effect::Remember(addresses) => (self.files.remember)(&addresses),
            // the loop's own
            Effect::Redraw | Effect::Edit(_) | Effect::Quit => {}
        }
    }

    /// A message is about to be taken: what it answers runs no more.
    pub fn answered(&mut self, msg: &Msg) {
        if let Msg::Listed(ticket, _) | Msg::Acted(ticket, _) = msg {
            self.running.remove(ticket);
        }
    }

    /// Runs a job that nobody runs; with `again` what failed of it is tried once more.
    fn take_up(&self, left: Interrupted, again: bool) {
        let Interrupted { job, kind, ends: Some(ends), .. } = left else { return };
        let (engine, answers) = (self.engine.clone(), self.answers.clone());
        tokio::spawn(async move {
            let (reports, reported) = mpsc::unbounded_channel();
            let taken = async {
                match again {
                    true => engine.retry(job, ends, Some(reports)).await,
                    false => engine.adopt(job, ends, Some(reports)).await,
                }
            };
            let _ = answers.send(Msg::Submitted(taken.await));
            follow(kind, reported, answers).await;
        });
    }

    fn send(&self, command: Command) {
        // the task that takes them lives as long as this sender
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
    first: Option<First>,
) -> Result<Arranged, Failure> {
    match first {
        Some(First::Password(site, password)) => {
            engine.send(Command::Password { site, password }).await?;
        }
        Some(First::Passphrase(passphrase)) => engine.unlock(passphrase).await?,
        Some(First::Trust { site, fingerprint, keep }) => {
            engine.trust(site, fingerprint, keep).await?;
        }
        None => {}
    }
    let directory = engine.list(at, fresh).await?;
    if directory.entries.len() < FEW {
        return Ok(directory.into());
    }
    let sorting = Arc::clone(&directory);
    let sorted = tokio::task::spawn_blocking(move || Arranged::from(sorting)).await;
    // the program ends: the answer goes nowhere
    Ok(sorted.unwrap_or_else(|_| directory.into()))
}

/// So many entries are sorted before another task would have begun with it.
const FEW: usize = 1000;

/// Counts what becomes of a job's items until its end.
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
            // the engine tells these to the log as well
            Report::Error(_) | Report::Note { .. } | Report::Same(_) => {}
        }
    }
}

/// Passes on what is found of the ways between two places; given up, the receiver goes, which
/// stops the examination.
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

/// Steps of a mirror that are kept to be shown.
const STEPS: usize = 2000;

/// What a mirror would do.
async fn plan(engine: &EngineHandle, spec: JobSpec) -> Result<Reply, Failure> {
    let mut steps = engine.plan(spec).await?;
    let mut plan = Box::new(MirrorPlan::default());
    while let Some(planned) = steps.recv().await {
        match planned {
            Planned::Step(step) => {
                plan.tally.count(&step);
                if step.action != PlanAction::Same && plan.steps.len() < STEPS {
                    plan.steps.push(step);
                }
            }
            Planned::Trouble(failure) => plan.troubles.push(failure.to_string()),
            Planned::End { .. } => break,
            Planned::Failed(failure) => return Err(failure),
        }
    }
    Ok(Reply::Plan(plan))
}

async fn do_it(engine: &EngineHandle, act: Act) -> Result<Reply, Failure> {
    match act {
        Act::MakeDir { at } => engine.make_dir(at).await?,
        Act::Rename { from, to } => engine.rename(from, to).await?,
        Act::Chmod { at, mode } => {
            for at in at {
                engine.chmod(at, mode).await?;
            }
        }
        Act::Raw { site, cwd, line } => {
            return engine.raw(site, Some(cwd), line.into_bytes()).await.map(Reply::Lines);
        }
        // its findings come one by one
        Act::Examine { .. } => {}
        Act::Plan { spec } => return plan(engine, *spec).await,
        Act::Test { at } => {
            let directory = engine.list(at, true).await?;
            return Ok(Reply::Entries(directory.entries.len()));
        }
        Act::View { at, .. } => return engine.head(at, LOOK).await.map(Reply::Head),
        Act::Fetch { at } => return edit::fetch(engine, at).await,
        Act::PutBack { draft, to, anyway } => {
            return edit::put_back(engine, draft, to, anyway).await;
        }
    }
    Ok(Reply::Done)
}

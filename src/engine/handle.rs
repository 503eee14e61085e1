//! The handle: how front ends talk to the engine.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::base::{ItemId, JobId, RemotePath, Secret};
use crate::engine::api::{
    Answer, Control, Directory, Event, Examination, Failure, FailureKind, Head, ItemReport,
    KnownRoute, PartialOutcome, Planned, Report, RowQuery, Window,
};
use crate::engine::requests::pipe::Piped;
use crate::ftp::Entry;
use crate::queue::store::{Partial, StoredJob};
use crate::queue::{JobSites, JobSpec};
use crate::site::{Location, Site, SiteKey};

/// What the engine can be asked to do. Front ends use the methods of [`EngineHandle`].
#[derive(Debug)]
pub enum Command {
    /// List a directory; the path of the answer is absolute.
    List {
        /// Which.
        at: Location,
        /// True to connect again and list anew, whatever is remembered.
        fresh: bool,
        /// The directory.
        answer: Answer<Arc<Directory>>,
    },
    /// Look at one file or directory.
    Stat {
        /// Which.
        at: Location,
        /// What it is; `None` when nothing is there.
        answer: Answer<Option<Entry>>,
    },
    /// Find out whether a place is a directory.
    IsDir {
        /// Which.
        at: Location,
        /// Whether it is one that can be gone into.
        answer: Answer<bool>,
    },
    /// Read the beginning of a file.
    Head {
        /// Which.
        at: Location,
        /// Bytes at most.
        limit: usize,
        /// The bytes.
        answer: Answer<Head>,
    },
    /// Move a file through a pipe.
    Pipe {
        /// Which, and how.
        piped: Box<Piped>,
        /// How it ended.
        answer: Answer<ItemReport>,
    },
    /// Make a directory.
    MakeDir {
        /// Which.
        at: Location,
        /// Nothing.
        answer: Answer<()>,
    },
    /// Rename or move within one site.
    Rename {
        /// What.
        from: Location,
        /// Its new path.
        to: RemotePath,
        /// Nothing.
        answer: Answer<()>,
    },
    /// Change permissions (`SITE CHMOD`).
    Chmod {
        /// What.
        at: Location,
        /// The mode, such as `0o644`.
        mode: u32,
        /// Nothing.
        answer: Answer<()>,
    },
    /// Send a line as it is and return the reply, safe to show.
    Raw {
        /// To whom.
        site: Arc<Site>,
        /// In which directory.
        cwd: Option<RemotePath>,
        /// The line.
        line: Vec<u8>,
        /// The lines of the reply.
        answer: Answer<Vec<String>>,
    },
    /// Queue a job.
    Submit {
        /// What to do.
        spec: Box<JobSpec>,
        /// Who wants to hear of each item.
        reports: Option<mpsc::UnboundedSender<Report>>,
        /// The job's number.
        answer: Answer<JobId>,
    },
    /// Add a job that anybody may run: a running screen, or `queue run`.
    Offer {
        /// What to do.
        spec: Box<JobSpec>,
        /// The job's number.
        answer: Answer<JobId>,
    },
    /// Give a job so many lanes, 1 to 64; `None` lets the limits of both sites decide.
    Lanes(JobId, Option<usize>),
    /// Begin a job that waits for its time.
    Start(JobId),
    /// Tell what a mirror would do.
    Plan {
        /// The mirror.
        spec: Box<JobSpec>,
        /// Who wants to know; it ends when nobody listens any more.
        steps: mpsc::Sender<Planned>,
    },
    /// Examine which ways of FXP work between two places.
    Examine {
        /// The two places: a site each, and a directory for probes.
        places: Box<[Location; 2]>,
        /// False to ask only.
        write: bool,
        /// What is found. When nobody listens any more, the examination ends.
        findings: mpsc::UnboundedSender<Examination>,
    },
    /// Show what is remembered of routes.
    KnownRoutes(Answer<Vec<KnownRoute>>),
    /// Forget what is remembered of the routes between two sites, in both directions.
    ForgetRoute {
        /// One of them.
        a: SiteKey,
        /// The other one.
        b: SiteKey,
        /// Nothing.
        answer: Answer<()>,
    },
    /// Take over a job that waits in the store: one that was interrupted, or has no owner.
    Adopt {
        /// Which.
        job: JobId,
        /// Its sites.
        ends: JobSites,
        /// True to try once more what failed.
        retry: bool,
        /// Who wants to hear of each item.
        reports: Option<mpsc::UnboundedSender<Report>>,
        /// The job's number.
        answer: Answer<JobId>,
    },
    /// All jobs of the store.
    Jobs {
        /// The jobs, oldest first.
        answer: Answer<Vec<StoredJob>>,
    },
    /// Take a job that nobody runs out of the store.
    Discard {
        /// Which.
        job: JobId,
        /// Nothing.
        answer: Answer<()>,
    },
    /// Tell which partial files are kept at their targets.
    Parts {
        /// They.
        answer: Answer<Vec<Partial>>,
    },
    /// Delete a partial file that is kept.
    DropPart {
        /// Where it is; `None` for this machine.
        site: Option<Arc<Site>>,
        /// Which.
        part: Box<Partial>,
        /// What became of it.
        answer: Answer<PartialOutcome>,
    },
    /// Do something with a job.
    Job(JobId, Control),
    /// Do something with items.
    Items(Vec<ItemId>, Control),
    /// Do something with every item that the query shows: a front end only ever has a
    /// window of the queue, so it cannot name them all.
    All(RowQuery, Control),
    /// Begin nothing new, or go on.
    Pause(bool),
    /// Show a piece of the queue.
    Window {
        /// First row.
        offset: u64,
        /// How many at most.
        limit: usize,
        /// Which.
        query: RowQuery,
        /// The rows.
        answer: oneshot::Sender<Window>,
    },
    /// Answer a question.
    Answer {
        /// Which question.
        question: u64,
        /// The index of the choice.
        choice: usize,
    },
    /// Trust a certificate.
    Trust {
        /// Whose.
        site: SiteKey,
        /// Its SHA-256 in hex.
        fingerprint: String,
        /// True to remember it in `known_certs.toml`.
        keep: bool,
        /// Nothing.
        answer: Answer<()>,
    },
    /// A password that the user typed; kept in memory while the engine runs.
    Password {
        /// Whose.
        site: SiteKey,
        /// The password.
        password: Secret,
    },
    /// Open the vault of passwords; it stays open while the engine runs.
    Unlock {
        /// What the user typed.
        passphrase: Secret,
        /// Nothing.
        answer: Answer<()>,
    },
    /// Close all idle sessions of a site.
    Disconnect(SiteKey),
    /// Stop running transfers, close all sessions, end.
    Shutdown(oneshot::Sender<()>),
}

/// Steps of a plan that may wait for their listener.
const PLAN: usize = 256;

/// Talks to the engine; cheap to clone.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    commands: mpsc::Sender<Command>,
    events: broadcast::Sender<Event>,
}

impl EngineHandle {
    /// A handle over the engine's two channels.
    #[must_use]
    pub fn new(commands: mpsc::Sender<Command>, events: broadcast::Sender<Event>) -> Self {
        Self { commands, events }
    }

    /// Everything that happens from now on. A receiver that lagged asks for a fresh window.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Lists a directory; the path of the answer is absolute.
    ///
    /// # Errors
    /// [`Failure`]: no connection, no such directory, and so on.
    pub async fn list(&self, at: Location, fresh: bool) -> Result<Arc<Directory>, Failure> {
        self.ask("list", |answer| Command::List { at, fresh, answer }).await
    }

    /// What is known of one file or directory; `None` when nothing is there.
    ///
    /// The server is asked by `MLST` (RFC 3659 section 7) where it has it, else the directory
    /// above is listed.
    ///
    /// # Errors
    /// [`Failure`]: no connection, or a directory above that cannot be listed.
    pub async fn stat(&self, at: Location) -> Result<Option<Entry>, Failure> {
        self.ask("look", |answer| Command::Stat { at, answer }).await
    }

    /// Whether there is a directory, or a link to one, that can be gone into: one question to the
    /// server.
    ///
    /// # Errors
    /// [`Failure`]: no connection.
    pub async fn is_dir(&self, at: Location) -> Result<bool, Failure> {
        self.ask("look", |answer| Command::IsDir { at, answer }).await
    }

    /// Reads at most `limit` bytes from the beginning of a file.
    ///
    /// # Errors
    /// [`Failure`]: the server's reason.
    pub async fn head(&self, at: Location, limit: usize) -> Result<Head, Failure> {
        self.ask("read a file", |answer| Command::Head { at, limit, answer }).await
    }

    /// Moves one file to or from another program.
    ///
    /// # Errors
    /// [`Failure`] when the site cannot be reached; what became of the file stands in the report.
    pub async fn pipe(&self, piped: Piped) -> Result<ItemReport, Failure> {
        self.ask("copy", |answer| Command::Pipe { piped: Box::new(piped), answer }).await
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// [`Failure`]: the server's reason.
    pub async fn make_dir(&self, at: Location) -> Result<(), Failure> {
        self.ask("make a directory", |answer| Command::MakeDir { at, answer }).await
    }

    /// Renames or moves within one site.
    ///
    /// # Errors
    /// [`Failure`]: the server's reason.
    pub async fn rename(&self, from: Location, to: RemotePath) -> Result<(), Failure> {
        self.ask("rename", |answer| Command::Rename { from, to, answer }).await
    }

    /// Changes permissions.
    ///
    /// # Errors
    /// [`Failure`]: the server's reason; many servers have no `SITE CHMOD`.
    pub async fn chmod(&self, at: Location, mode: u32) -> Result<(), Failure> {
        self.ask("change permissions", |answer| Command::Chmod { at, mode, answer }).await
    }

    /// Sends a line as it is and returns the lines of the reply, safe to show.
    ///
    /// # Errors
    /// [`Failure`]: no connection, or a line that no command can carry.
    pub async fn raw(
        &self,
        site: Arc<Site>,
        cwd: Option<RemotePath>,
        line: Vec<u8>,
    ) -> Result<Vec<String>, Failure> {
        self.ask("send a command", |answer| Command::Raw { site, cwd, line, answer }).await
    }

    /// Queues a job; `reports` hears of each item's end.
    ///
    /// # Errors
    /// [`Failure`]: sources and target make no sense together.
    pub async fn submit(
        &self,
        spec: JobSpec,
        reports: Option<mpsc::UnboundedSender<Report>>,
    ) -> Result<JobId, Failure> {
        let spec = Box::new(spec);
        self.ask("queue a job", |answer| Command::Submit { spec, reports, answer }).await
    }

    /// Adds a job that is anybody's to run: a screen that is open takes it within two seconds,
    /// else `queue run` does.
    ///
    /// # Errors
    /// [`Failure`]: sources and target make no sense together, or it cannot be written down.
    pub async fn offer(&self, spec: JobSpec) -> Result<JobId, Failure> {
        let spec = Box::new(spec);
        self.ask("add a job", |answer| Command::Offer { spec, answer }).await
    }

    /// What a mirror would do, as it is found out. It waits for a slow listener, and ends when
    /// the receiver is dropped; [`Planned::End`] or [`Planned::Failed`] comes last.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn plan(&self, spec: JobSpec) -> Result<mpsc::Receiver<Planned>, Failure> {
        let (steps, receiver) = mpsc::channel(PLAN);
        self.send(Command::Plan { spec: Box::new(spec), steps }).await?;
        Ok(receiver)
    }

    /// Examines which ways of FXP work between two places, and remembers the best ones. Findings
    /// come as they are made; the last one is followed by the end of the channel. Dropping the
    /// receiver ends the examination; its probes are deleted all the same.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn examine(
        &self,
        a: Location,
        b: Location,
        write: bool,
    ) -> Result<mpsc::UnboundedReceiver<Examination>, Failure> {
        let (findings, receiver) = mpsc::unbounded_channel();
        self.send(Command::Examine { places: Box::new([a, b]), write, findings }).await?;
        Ok(receiver)
    }

    /// What is remembered of all routes.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn known_routes(&self) -> Result<Vec<KnownRoute>, Failure> {
        self.ask("show what is remembered", Command::KnownRoutes).await
    }

    /// Forgets what is remembered of the routes between two sites, in both directions.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn forget_route(&self, a: SiteKey, b: SiteKey) -> Result<(), Failure> {
        self.ask("forget a route", |answer| Command::ForgetRoute { a, b, answer }).await
    }

    /// Takes over a job that was interrupted or has no owner: what its earlier owner left at the
    /// target is looked at, then the job goes on.
    ///
    /// # Errors
    /// [`Failure`]: another process runs it, or the target cannot be looked at.
    pub async fn adopt(
        &self,
        job: JobId,
        ends: JobSites,
        reports: Option<mpsc::UnboundedSender<Report>>,
    ) -> Result<JobId, Failure> {
        let retry = false;
        self.ask("run a job", |answer| Command::Adopt { job, ends, retry, reports, answer }).await
    }

    /// The same of a job that may have ended: what failed is tried once more.
    ///
    /// # Errors
    /// As [`EngineHandle::adopt`].
    pub async fn retry(
        &self,
        job: JobId,
        ends: JobSites,
        reports: Option<mpsc::UnboundedSender<Report>>,
    ) -> Result<JobId, Failure> {
        let retry = true;
        self.ask("run a job", |answer| Command::Adopt { job, ends, retry, reports, answer }).await
    }

    /// All jobs of the store, whoever runs them, oldest first. [`StoredJob::state`] tells which
    /// of them were interrupted.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn jobs(&self) -> Result<Vec<StoredJob>, Failure> {
        self.ask("list the jobs", |answer| Command::Jobs { answer }).await
    }

    /// Takes a job that nobody runs out of the store. What it left at a target stays there.
    ///
    /// # Errors
    /// [`Failure`]: somebody runs it.
    pub async fn discard(&self, job: JobId) -> Result<(), Failure> {
        self.ask("discard a job", |answer| Command::Discard { job, answer }).await
    }

    /// The partial files that are kept at their targets, for whoever copies there next.
    ///
    /// # Errors
    /// [`Failure`]: the store cannot be read.
    pub async fn parts(&self) -> Result<Vec<Partial>, Failure> {
        self.ask("list partial files", |answer| Command::Partials { answer }).await
    }

    /// Deletes a partial file that is kept on `site`, or on this machine, and forgets it. A file
    /// that has its final name and is not smaller than the whole is left alone.
    ///
    /// # Errors
    /// [`Failure`]: no connection, a copy that writes it at this moment, the server's reason.
    pub async fn drop_part(
        &self,
        site: Option<Arc<Site>>,
        part: Partial,
    ) -> Result<PartialOutcome, Failure> {
        let part = Box::new(part);
        self.ask("delete a partial file", |answer| Command::DeletePartial { site, part, answer })
            .await
    }

    /// A piece of the queue.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn window(
        &self,
        offset: u64,
        limit: usize,
        query: RowQuery,
    ) -> Result<Window, Failure> {
        let (answer, window) = oneshot::channel();
        self.send(Command::Window { offset, limit, query, answer }).await?;
        window.await.map_err(|_| ended("show the queue"))
    }

    /// Trusts a certificate for this run, or with `keep` for good.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be written down.
    pub async fn trust(
        &self,
        site: SiteKey,
        fingerprint: String,
        keep: bool,
    ) -> Result<(), Failure> {
        self.ask("trust a certificate", |answer| Command::Trust { site, fingerprint, keep, answer })
            .await
    }

    /// Opens the vault of passwords for as long as the engine runs. Takes about a second.
    ///
    /// # Errors
    /// [`Failure`] of the kind [`FailureKind::VaultLocked`] when the passphrase is wrong, and of
    /// other kinds when there is no vault or it cannot be read.
    pub async fn unlock(&self, passphrase: Secret) -> Result<(), Failure> {
        self.ask("open the vault", |answer| Command::Unlock { passphrase, answer }).await
    }

    /// Sends a command that has no answer.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn send(&self, command: Command) -> Result<(), Failure> {
        self.commands.send(command).await.map_err(|_| ended("reach the engine"))
    }

    /// Stops running transfers and closes all sessions; returns when that is done.
    pub async fn shutdown(&self) {
        let (answer, ended) = oneshot::channel();
        if self.commands.send(Command::Shutdown(answer)).await.is_ok() {
            // an engine that is gone already has nothing left to stop
            let _ = ended.await;
        }
    }

    async fn ask<T>(
        &self,
        step: &'static str,
        command: impl FnOnce(Answer<T>) -> Command,
    ) -> Result<T, Failure> {
        let (answer, result) = oneshot::channel();
        self.send(command(answer)).await?;
        result.await.unwrap_or_else(|_| Err(ended(step)))
    }
}

fn ended(step: &'static str) -> Failure {
    Failure::new(step, "the engine has ended", FailureKind::Cancelled)
}

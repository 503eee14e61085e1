//! [`EngineHandle`]: the interface of the engine for front ends.

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

/// A request to the engine. Front ends use the methods of [`EngineHandle`] instead.
#[derive(Debug)]
pub enum Command {
    /// List a directory; the path of the answer is absolute.
    List {
        /// The directory.
        at: Location,
        /// True to close idle sessions and list over a new connection.
        fresh: bool,
        /// Receives the listing.
        answer: Answer<Arc<Directory>>,
    },
    /// Get the properties of one file or directory.
    Stat {
        /// The path.
        at: Location,
        /// Receives the properties; `None` if the path does not exist.
        answer: Answer<Option<Entry>>,
    },
    /// Check whether a path is a directory.
    IsDir {
        /// The path.
        at: Location,
        /// Receives true for a directory that can be entered.
        answer: Answer<bool>,
    },
    /// Read the beginning of a file.
    Head {
        /// The file.
        at: Location,
        /// The maximum number of bytes.
        limit: usize,
        /// Receives the bytes.
        answer: Answer<Head>,
    },
    /// Transfer a file from or to another program.
    Pipe {
        /// The file, the pipe and the options.
        piped: Box<Piped>,
        /// Receives the result.
        answer: Answer<ItemReport>,
    },
    /// Create a directory.
    MakeDir {
        /// The new directory.
        at: Location,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// Rename or move within one site.
    Rename {
        /// The present path.
        from: Location,
        /// The new path.
        to: RemotePath,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// Change permissions (`SITE CHMOD`).
    Chmod {
        /// The file or directory.
        at: Location,
        /// The mode, such as `0o644`.
        mode: u32,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// Send a line unchanged and return the reply, safe to show.
    Raw {
        /// The site.
        site: Arc<Site>,
        /// The working directory; `None` for the login directory.
        cwd: Option<RemotePath>,
        /// The line without its end.
        line: Vec<u8>,
        /// Receives the lines of the reply.
        answer: Answer<Vec<String>>,
    },
    /// Queue a job.
    Submit {
        /// The job.
        spec: Box<JobSpec>,
        /// Receives the result of each file.
        reports: Option<mpsc::UnboundedSender<Report>>,
        /// Receives the job's ID.
        answer: Answer<JobId>,
    },
    /// Add a job without an owner: an open screen or `queue run` will run it.
    Offer {
        /// The job.
        spec: Box<JobSpec>,
        /// Receives the job's ID.
        answer: Answer<JobId>,
    },
    /// Set the number of lanes of a job, 1 to 64; `None` for the limits of both sites.
    Lanes(JobId, Option<usize>),
    /// Start a job now that waits for its start time.
    Start(JobId),
    /// Preview a mirror.
    Plan {
        /// The mirror job.
        spec: Box<JobSpec>,
        /// Receives the steps; dropping the receiver stops the preview.
        steps: mpsc::Sender<Planned>,
    },
    /// Test which FXP modes work between two servers.
    Examine {
        /// A directory for probe files on each of the two sites.
        places: Box<[Location; 2]>,
        /// False to send commands only, without probe files.
        write: bool,
        /// Receives the findings; dropping the receiver stops the examination.
        findings: mpsc::UnboundedSender<Examination>,
    },
    /// List what is remembered of routes.
    KnownRoutes(Answer<Vec<KnownRoute>>),
    /// Forget what is remembered of the routes between two sites, in both directions.
    ForgetRoute {
        /// The first site.
        a: SiteKey,
        /// The second site.
        b: SiteKey,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// Take over a job in the store that was interrupted or has no owner.
    Adopt {
        /// The job.
        job: JobId,
        /// Its sites.
        ends: JobSites,
        /// True to retry failed files.
        retry: bool,
        /// Receives the result of each file.
        reports: Option<mpsc::UnboundedSender<Report>>,
        /// Receives the job's ID.
        answer: Answer<JobId>,
    },
    /// List all jobs in the store.
    Jobs {
        /// Receives the jobs, oldest first.
        answer: Answer<Vec<StoredJob>>,
    },
    /// Remove a job that is not running from the store.
    Discard {
        /// The job.
        job: JobId,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// List the partial files that are kept at their targets.
    Partials {
        /// Receives the partial files.
        answer: Answer<Vec<Partial>>,
    },
    /// Delete a partial file that is kept.
    DeletePartial {
        /// The site it is on; `None` for a local file.
        site: Option<Arc<Site>>,
        /// The partial file.
        partial: Box<Partial>,
        /// Receives the outcome.
        answer: Answer<PartialOutcome>,
    },
    /// Control a job.
    Job(JobId, Control),
    /// Control files.
    Items(Vec<ItemId>, Control),
    /// Control every file that the query shows: a front end only has a window of the queue, so it
    /// cannot name them all.
    All(RowQuery, Control),
    /// Pause (true) or resume (false) the queue.
    Pause(bool),
    /// Get a window of the queue.
    Window {
        /// The number of the first row, from 0.
        offset: u64,
        /// The maximum number of rows.
        limit: usize,
        /// Selects the rows.
        query: RowQuery,
        /// Receives the rows.
        answer: oneshot::Sender<Window>,
    },
    /// Answer a question.
    Answer {
        /// The question's ID.
        question: u64,
        /// The index of the choice, from 0.
        choice: usize,
    },
    /// Trust a certificate.
    Trust {
        /// The site that presented it.
        site: SiteKey,
        /// The certificate's SHA-256 fingerprint in hex.
        fingerprint: String,
        /// True to save it in `known_certs.toml`.
        keep: bool,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// A password that the user typed; kept in memory while the engine runs.
    Password {
        /// The site.
        site: SiteKey,
        /// The password.
        password: Secret,
    },
    /// Unlock the password vault for as long as the engine runs.
    Unlock {
        /// The passphrase that the user typed.
        passphrase: Secret,
        /// Receives the result.
        answer: Answer<()>,
    },
    /// Close all idle sessions of a site.
    Disconnect(SiteKey),
    /// Stop running transfers, close all sessions and end the engine.
    Shutdown(oneshot::Sender<()>),
}

/// The maximum number of preview steps that wait for their receiver.
const PLAN: usize = 256;

/// Sends commands to the engine; cheap to clone.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    commands: mpsc::Sender<Command>,
    events: broadcast::Sender<Event>,
}

impl EngineHandle {
    /// A handle for the engine's command and event channels.
    #[must_use]
    pub fn new(commands: mpsc::Sender<Command>, events: broadcast::Sender<Event>) -> Self {
        Self { commands, events }
    }

    /// Subscribes to events. A receiver that lagged must request a new window.
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

    /// The properties of one file or directory; `None` if the path does not exist.
    ///
    /// Uses `MLST` (RFC 3659 section 7) if the server supports it, else lists the parent directory.
    ///
    /// # Errors
    /// [`Failure`]: no connection, or the parent directory cannot be listed.
    pub async fn stat(&self, at: Location) -> Result<Option<Entry>, Failure> {
        self.ask("stat", |answer| Command::Stat { at, answer }).await
    }

    /// Whether the path is a directory, or a link to one, that can be entered. Takes one round
    /// trip.
    ///
    /// # Errors
    /// [`Failure`]: no connection.
    pub async fn is_dir(&self, at: Location) -> Result<bool, Failure> {
        self.ask("check for a directory", |answer| Command::IsDir { at, answer }).await
    }

    /// Reads at most `limit` bytes from the beginning of a file.
    ///
    /// # Errors
    /// [`Failure`]: the server's reply.
    pub async fn head(&self, at: Location, limit: usize) -> Result<Head, Failure> {
        self.ask("read a file", |answer| Command::Head { at, limit, answer }).await
    }

    /// Transfers one file from or to another program.
    ///
    /// # Errors
    /// [`Failure`] if the site cannot be reached. The report tells whether the transfer failed.
    pub async fn pipe(&self, piped: Piped) -> Result<ItemReport, Failure> {
        self.ask("copy", |answer| Command::Pipe { piped: Box::new(piped), answer }).await
    }

    /// Creates a directory.
    ///
    /// # Errors
    /// [`Failure`]: the server's reply.
    pub async fn make_dir(&self, at: Location) -> Result<(), Failure> {
        self.ask("create a directory", |answer| Command::MakeDir { at, answer }).await
    }

    /// Renames or moves within one site.
    ///
    /// # Errors
    /// [`Failure`]: the server's reply.
    pub async fn rename(&self, from: Location, to: RemotePath) -> Result<(), Failure> {
        self.ask("rename", |answer| Command::Rename { from, to, answer }).await
    }

    /// Changes permissions.
    ///
    /// # Errors
    /// [`Failure`]: the server's reply; many servers do not support `SITE CHMOD`.
    pub async fn chmod(&self, at: Location, mode: u32) -> Result<(), Failure> {
        self.ask("change permissions", |answer| Command::Chmod { at, mode, answer }).await
    }

    /// Sends a line unchanged and returns the lines of the reply, safe to show.
    ///
    /// # Errors
    /// [`Failure`]: no connection, or the line contains a line break.
    pub async fn raw(
        &self,
        site: Arc<Site>,
        cwd: Option<RemotePath>,
        line: Vec<u8>,
    ) -> Result<Vec<String>, Failure> {
        self.ask("send a command", |answer| Command::Raw { site, cwd, line, answer }).await
    }

    /// Queues a job; `reports` receives the result of each file.
    ///
    /// # Errors
    /// [`Failure`]: the sources and the target cannot be combined.
    pub async fn submit(
        &self,
        spec: JobSpec,
        reports: Option<mpsc::UnboundedSender<Report>>,
    ) -> Result<JobId, Failure> {
        let spec = Box::new(spec);
        self.ask("queue a job", |answer| Command::Submit { spec, reports, answer }).await
    }

    /// Adds a job without an owner: an open screen takes it within two seconds, else `queue run`
    /// runs it.
    ///
    /// # Errors
    /// [`Failure`]: the sources and the target cannot be combined, or the store cannot be written.
    pub async fn offer(&self, spec: JobSpec) -> Result<JobId, Failure> {
        let spec = Box::new(spec);
        self.ask("add a job", |answer| Command::Offer { spec, answer }).await
    }

    /// Previews a mirror, step by step. It waits for a slow receiver, and ends when the receiver is
    /// dropped; [`Planned::End`] or [`Planned::Failed`] comes last.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn plan(&self, spec: JobSpec) -> Result<mpsc::Receiver<Planned>, Failure> {
        let (steps, receiver) = mpsc::channel(PLAN);
        self.send(Command::Plan { spec: Box::new(spec), steps }).await?;
        Ok(receiver)
    }

    /// Tests which FXP modes work between two servers, and remembers the best ones. The channel
    /// closes after the last finding. Dropping the receiver stops the examination; its probe files
    /// are deleted nevertheless.
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
        self.ask("list the remembered routes", Command::KnownRoutes).await
    }

    /// Forgets what is remembered of the routes between two sites, in both directions.
    ///
    /// # Errors
    /// [`Failure`] when the engine has ended.
    pub async fn forget_route(&self, a: SiteKey, b: SiteKey) -> Result<(), Failure> {
        self.ask("forget a route", |answer| Command::ForgetRoute { a, b, answer }).await
    }

    /// Takes over a job that was interrupted or has no owner: checks what its earlier owner left at
    /// the target, then resumes the job.
    ///
    /// # Errors
    /// [`Failure`]: another process runs it, or the target cannot be checked.
    pub async fn adopt(
        &self,
        job: JobId,
        ends: JobSites,
        reports: Option<mpsc::UnboundedSender<Report>>,
    ) -> Result<JobId, Failure> {
        let retry = false;
        self.ask("run a job", |answer| Command::Adopt { job, ends, retry, reports, answer }).await
    }

    /// Like [`EngineHandle::adopt`], also for a job that has ended; failed files are retried.
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

    /// All jobs in the store, oldest first, including those of other processes.
    /// [`StoredJob::state`] tells which of them were interrupted.
    ///
    /// # Errors
    /// [`Failure`] when the store cannot be read.
    pub async fn jobs(&self) -> Result<Vec<StoredJob>, Failure> {
        self.ask("list the jobs", |answer| Command::Jobs { answer }).await
    }

    /// Removes a job that is not running from the store. Partial files at the target are kept.
    ///
    /// # Errors
    /// [`Failure`]: the job is running.
    pub async fn discard(&self, job: JobId) -> Result<(), Failure> {
        self.ask("discard a job", |answer| Command::Discard { job, answer }).await
    }

    /// The partial files that are kept at their targets, so that a later copy can resume them.
    ///
    /// # Errors
    /// [`Failure`]: the store cannot be read.
    pub async fn partials(&self) -> Result<Vec<Partial>, Failure> {
        self.ask("list partial files", |answer| Command::Partials { answer }).await
    }

    /// Deletes a partial file on `site`, or a local one for `None`, and its record. A file that has
    /// its final name and is not smaller than the complete file is kept.
    ///
    /// # Errors
    /// [`Failure`]: no connection, a running copy that writes the file, the server's reply.
    pub async fn delete_partial(
        &self,
        site: Option<Arc<Site>>,
        partial: Partial,
    ) -> Result<PartialOutcome, Failure> {
        let partial = Box::new(partial);
        self.ask("delete a partial file", |answer| Command::DeletePartial { site, partial, answer })
            .await
    }

    /// A window of the queue.
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

    /// Trusts a certificate for this run, or permanently with `keep`.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be saved.
    pub async fn trust(
        &self,
        site: SiteKey,
        fingerprint: String,
        keep: bool,
    ) -> Result<(), Failure> {
        self.ask("trust a certificate", |answer| Command::Trust { site, fingerprint, keep, answer })
            .await
    }

    /// Unlocks the password vault for as long as the engine runs. Takes about a second.
    ///
    /// # Errors
    /// [`Failure`] of the kind [`FailureKind::VaultLocked`] if the passphrase is wrong, and of
    /// other kinds if there is no vault or it cannot be read.
    pub async fn unlock(&self, passphrase: Secret) -> Result<(), Failure> {
        self.ask("unlock the vault", |answer| Command::Unlock { passphrase, answer }).await
    }

    /// Sends a command that has no reply.
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
            // if the engine is gone, there is nothing left to stop
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

//! The session: its connection, its state, and sending one command at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::RemotePath;
use crate::ftp::{Command, Digests, Features, PathStyle, Reply, TimeSetter};
use crate::net::{ClientTls, ControlConnection, ConversationLog, Egress, NetError};
use crate::session::error::SessionError;
use crate::session::login::LoginOutcome;
use crate::session::options::{Limits, ListMethod, Protection, ServerProfile, SessionOptions};
use crate::site::Site;

/// One logged-in control connection.
#[derive(Debug)]
pub struct Session {
    pub(super) control: ControlConnection,
    pub(super) tls: Option<ClientTls>,
    pub(super) host: String,
    pub(super) egress: Egress,
    pub(super) site: Arc<Site>,
    pub(super) limits: Limits,
    pub(super) features: Features,
    pub(super) digests: Digests,
    pub(super) time_setters: Vec<TimeSetter>,
    pub(super) no_chmod: Option<Reply>,
    pub(super) xdupe: bool,
    pub(super) size_answered: bool,
    pub(super) list: Option<ListMethod>,
    pub(super) no_epsv: bool,
    pub(super) time_offset: Option<i32>,
    pub(super) offset_detection_done: bool,
    pub(super) pret_required: bool,
    keepalives_sent: u8,
    pub(super) protection: Protection,
    pub(super) sscn: bool,
    pub(super) binary: bool,
    pub(super) transfer_sent: bool,
    pub(super) cwd: Option<RemotePath>,
    home: RemotePath,
    system: Option<String>,
    greeting: String,
    usable: bool,
}

impl Session {
    pub(super) fn new(
        mut control: ControlConnection,
        tls: Option<ClientTls>,
        (host, egress): (String, Egress),
        options: &SessionOptions,
        outcome: LoginOutcome,
    ) -> Self {
        let uses_tls = control.stream().is_tls();
        let known = options.known.as_ref();
        let (paths, home) = to_internal_path(outcome.home);
        control.set_path_style(paths);
        Self {
            control,
            tls: tls.filter(|_| uses_tls),
            host,
            egress,
            site: options.site.clone(),
            limits: options.limits,
            digests: Digests::of(&outcome.features),
            xdupe: false,
            size_answered: false,
            no_chmod: None,
            time_setters: TimeSetter::of(&outcome.features, &outcome.greeting),
            features: outcome.features,
            list: known.and_then(|known| known.list.clone()),
            time_offset: options.site.time_offset.or(known.and_then(|known| known.time_offset)),
            offset_detection_done: false,
            pret_required: false,
            keepalives_sent: 0,
            no_epsv: known.is_some_and(|known| known.no_epsv),
            protection: if outcome.protected { Protection::Private } else { Protection::Clear },
            sscn: false,
            binary: outcome.binary,
            transfer_sent: false,
            cwd: home.clone(),
            home: home.unwrap_or_else(RemotePath::root),
            system: outcome.system,
            greeting: outcome.greeting,
            usable: true,
        }
    }

    /// The site of the session.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// The server's features.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The working directory after login.
    #[must_use]
    pub fn home(&self) -> &RemotePath {
        &self.home
    }

    /// The first line of the greeting, safe to show.
    #[must_use]
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The text of the reply to SYST, safe to show; `None` if it was not sent or refused.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// True if the control connection uses TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The server's address; unspecified if only the proxy can resolve it.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.control.peer()
    }

    /// Changes the time limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The time limits of the session.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The log of the FTP conversation.
    #[must_use]
    pub fn conversation(&self) -> &ConversationLog {
        self.control.conversation()
    }

    /// What the session found out about the server, for the next session.
    #[must_use]
    pub fn known(&self) -> ServerProfile {
        ServerProfile {
            features: self.features.clone(),
            list: self.list.clone(),
            time_offset: self.time_offset,
            no_epsv: self.no_epsv,
            tls: self.is_tls(),
        }
    }

    /// False if it is unknown which replies are still outstanding; the session must then be
    /// dropped.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Marks the session as unusable.
    pub fn poison(&mut self) {
        self.usable = false;
    }

    /// The control connection, for a transfer that drives two sessions at once.
    ///
    /// The caller must leave no reply outstanding, or poison the session.
    pub fn control(&mut self) -> &mut ControlConnection {
        &mut self.control
    }

    /// Forgets the working directory, after it was changed by other means.
    pub fn forget_cwd(&mut self) {
        self.cwd = None;
    }

    /// Sends a command and returns its final reply, whatever its code.
    ///
    /// # Errors
    /// [`SessionError::Net`], [`SessionError::Closing`] for 421; both poison the session.
    pub async fn ask(&mut self, command: Command) -> Result<Reply, SessionError> {
        let limit = self.limits.reply;
        self.ask_within(command, limit).await
    }

    /// Like [`Session::ask`] with a different time limit, for slow commands.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn ask_within(
        &mut self,
        command: Command,
        limit: Duration,
    ) -> Result<Reply, SessionError> {
        let step = command.verb().to_owned();
        self.discard_stale().await?;
        self.send(&[command]).await?;
        loop {
            let reply = self.reply_within(&step, limit).await?;
            if !reply.is_preliminary() {
                return Ok(reply);
            }
        }
    }

    /// Sends a command that must succeed.
    ///
    /// # Errors
    /// [`SessionError::Refused`] with `step`, or as [`Session::ask`].
    pub async fn ask_ok(&mut self, command: Command, step: &str) -> Result<Reply, SessionError> {
        let reply = self.ask(command).await?;
        if reply.is_completion() { Ok(reply) } else { Err(SessionError::refused(step, reply)) }
    }

    /// Sends commands without waiting.
    ///
    /// # Errors
    /// [`SessionError::Net`], which poisons the session.
    pub async fn send(&mut self, commands: &[Command]) -> Result<(), SessionError> {
        let sent = self.control.send(commands).await;
        self.check_net(sent, "send")
    }

    /// The next reply other than 1yz.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn final_reply(&mut self, step: &str) -> Result<Reply, SessionError> {
        loop {
            let reply = self.any_reply(step).await?;
            if !reply.is_preliminary() {
                return Ok(reply);
            }
        }
    }

    /// The next reply, including 1yz.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn any_reply(&mut self, step: &str) -> Result<Reply, SessionError> {
        let limit = self.limits.reply;
        self.reply_within(step, limit).await
    }

    async fn reply_within(&mut self, step: &str, limit: Duration) -> Result<Reply, SessionError> {
        let reply = self.control.reply(limit, step).await;
        let reply = self.check_net(reply, step)?;
        if reply.code == 421 {
            self.poison();
            return Err(SessionError::Closing { reply });
        }
        Ok(reply)
    }

    /// Discards replies that belong to no command (quirk 5).
    async fn discard_stale(&mut self) -> Result<(), SessionError> {
        loop {
            let stale = self.control.pending_reply().await;
            match self.check_net(stale, "send")? {
                Some(reply) if reply.code == 421 => {
                    self.poison();
                    return Err(SessionError::Closing { reply });
                }
                Some(reply) => {
                    tracing::debug!(reply = %reply.shown(), "discarded an unexpected reply");
                }
                None => return Ok(()),
            }
        }
    }

    /// Sends a keep-alive command, which also tests the connection.
    ///
    /// Some servers do not count `NOOP` as activity, so it alternates with other commands that
    /// change nothing (quirk 11).
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn noop(&mut self) -> Result<(), SessionError> {
        let turn = self.keepalives_sent % 3;
        self.keepalives_sent = self.keepalives_sent.wrapping_add(1);
        // an error reply is fine: the server is alive
        match turn {
            1 => self.ask(Command::bare("PWD")).await.map(drop),
            2 => {
                let reply = self.ask(Command::with("TYPE", "I")?).await?;
                self.binary |= reply.is_completion();
                Ok(())
            }
            _ => self.ask(Command::bare("NOOP")).await.map(drop),
        }
    }

    /// Checks without sending anything whether the server has closed the connection or announced it
    /// (421), and poisons the session if so.
    pub async fn check_alive(&mut self) {
        if self.usable && self.discard_stale().await.is_err() {
            self.poison();
        }
    }

    /// Sends QUIT and closes the connection, without waiting for the reply.
    pub async fn quit(mut self) {
        if self.usable {
            // the connection is closed in any case
            let _ = self.control.send(&[Command::bare("QUIT")]).await;
        }
        self.control.close().await;
    }

    pub(super) fn check_net<T>(
        &mut self,
        result: Result<T, NetError>,
        step: &str,
    ) -> Result<T, SessionError> {
        result.map_err(|source| match source {
            // nothing was sent, so the session stays usable
            NetError::Name(error) => SessionError::Command(error),
            source => {
                self.poison();
                SessionError::Net { step: step.to_owned(), source }
            }
        })
    }
}

/// Converts a path from PWD to the internal form with `/`, and returns the server's path style if
/// it differs.
pub(super) fn to_internal_path(pwd: Option<RemotePath>) -> (Option<PathStyle>, Option<RemotePath>) {
    match pwd.as_ref().and_then(PathStyle::of) {
        Some((style, path)) => (Some(style), Some(path)),
        None => (None, pwd),
    }
}

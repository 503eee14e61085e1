//! The session itself: its connection, its state, and asking one thing at a time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::RemotePath;
use crate::ftp::{Command, Digests, Features, PathStyle, Reply, TimeSetter};
use crate::net::{ClientTls, Control, Dialogue, Egress, NetError};
use crate::session::error::SessionError;
use crate::session::login::Outcome;
use crate::session::options::{Known, Limits, ListWay, Options, Protection};
use crate::site::Site;

/// One logged-in control connection.
#[derive(Debug)]
pub struct Session {
    pub(super) control: Control,
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
    pub(super) list: Option<ListWay>,
    pub(super) no_epsv: bool,
    pub(super) time_offset: Option<i32>,
    pub(super) offset_sought: bool,
    pub(super) pret_demanded: bool,
    signs_of_life: u8,
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
        mut control: Control,
        tls: Option<ClientTls>,
        (host, egress): (String, Egress),
        options: &Options,
        outcome: Outcome,
    ) -> Self {
        let under_tls = control.stream().is_tls();
        let known = options.known.as_ref();
        let (paths, home) = in_our_form(outcome.home);
        control.set_path_style(paths);
        Self {
            control,
            tls: tls.filter(|_| under_tls),
            host,
            egress,
            site: options.site.clone(),
            limits: options.limits,
            digests: Digests::of(&outcome.features),
            xdupe: false,
            no_chmod: None,
            time_setters: TimeSetter::of(&outcome.features, &outcome.greeting),
            features: outcome.features,
            list: known.and_then(|known| known.list.clone()),
            time_offset: options.site.time_offset.or(known.and_then(|known| known.time_offset)),
            offset_sought: false,
            pret_demanded: false,
            signs_of_life: 0,
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

    /// The site it is logged in to.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// What the server can do.
    #[must_use]
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// The directory after login.
    #[must_use]
    pub fn home(&self) -> &RemotePath {
        &self.home
    }

    /// The first line of the greeting, safe to show.
    #[must_use]
    pub fn greeting(&self) -> &str {
        &self.greeting
    }

    /// The answer to SYST, where it was asked; safe to show.
    #[must_use]
    pub fn system(&self) -> Option<&str> {
        self.system.as_deref()
    }

    /// True when the control connection is under TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The server's address as this machine reaches it; unspecified when only its proxy knows.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.control.peer()
    }

    /// From now on these time limits apply.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Time limits.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Who listens to the dialogue.
    #[must_use]
    pub fn dialogue(&self) -> &Dialogue {
        self.control.dialogue()
    }

    /// What the next session with the same site need not ask again.
    #[must_use]
    pub fn known(&self) -> Known {
        Known {
            features: self.features.clone(),
            list: self.list.clone(),
            time_offset: self.time_offset,
            no_epsv: self.no_epsv,
            tls: self.is_tls(),
        }
    }

    /// False when it is not known any more which replies are still to come: it must be dropped.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Marks the session as not to be used again.
    pub fn condemn(&mut self) {
        self.usable = false;
    }

    /// The control connection, for a transfer that drives two sessions at once.
    ///
    /// Whoever uses it leaves the session with no reply outstanding, or condemns it.
    pub fn control(&mut self) -> &mut Control {
        &mut self.control
    }

    /// The working directory was changed behind our back.
    pub fn forget_cwd(&mut self) {
        self.cwd = None;
    }

    /// Sends a command and returns its final reply, whatever it is.
    ///
    /// # Errors
    /// [`SessionError::Net`], [`SessionError::Closing`] for 421; the session is then condemned.
    pub async fn ask(&mut self, command: Command) -> Result<Reply, SessionError> {
        let limit = self.limits.reply;
        self.ask_within(command, limit).await
    }

    /// The same for a command whose answer may take longer than others.
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
    pub async fn demand(&mut self, command: Command, step: &str) -> Result<Reply, SessionError> {
        let reply = self.ask(command).await?;
        if reply.is_completion() { Ok(reply) } else { Err(SessionError::refused(step, reply)) }
    }

    /// Sends commands without waiting.
    ///
    /// # Errors
    /// [`SessionError::Net`]; the session is then condemned.
    pub async fn send(&mut self, commands: &[Command]) -> Result<(), SessionError> {
        let sent = self.control.send(commands).await;
        self.judge_net(sent, "send")
    }

    /// The next reply that is no 1yz.
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

    /// The next reply, 1yz included.
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn any_reply(&mut self, step: &str) -> Result<Reply, SessionError> {
        let limit = self.limits.reply;
        self.reply_within(step, limit).await
    }

    async fn reply_within(&mut self, step: &str, limit: Duration) -> Result<Reply, SessionError> {
        let reply = self.control.reply(limit, step).await;
        let reply = self.judge_net(reply, step)?;
        if reply.code == 421 {
            self.condemn();
            return Err(SessionError::Closing { reply });
        }
        Ok(reply)
    }

    /// Reads away replies that nobody asked for (quirk 5).
    async fn discard_stale(&mut self) -> Result<(), SessionError> {
        loop {
            let stale = self.control.pending_reply().await;
            match self.judge_net(stale, "send")? {
                Some(reply) if reply.code == 421 => {
                    self.condemn();
                    return Err(SessionError::Closing { reply });
                }
                Some(reply) => {
                    tracing::debug!(reply = %reply.shown(), "a reply that nobody asked for");
                }
                None => return Ok(()),
            }
        }
    }

    /// Asks for nothing, to keep the connection alive or to see that it lives.
    ///
    /// Some servers do not count `NOOP` as a sign of life, so it takes turns with other commands
    /// that change nothing (quirk 11).
    ///
    /// # Errors
    /// As [`Session::ask`].
    pub async fn noop(&mut self) -> Result<(), SessionError> {
        let turn = self.signs_of_life % 3;
        self.signs_of_life = self.signs_of_life.wrapping_add(1);
        // servers that do not know the command have answered all the same
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

    /// Sees without a word whether the server has closed the connection or said that it will
    /// (421), and condemns the session then.
    pub async fn look(&mut self) {
        if self.usable && self.discard_stale().await.is_err() {
            self.condemn();
        }
    }

    /// Says good-bye and closes; never waits long.
    pub async fn quit(mut self) {
        if self.usable {
            // whatever the answer is, the connection is closed
            let _ = self.control.send(&[Command::bare("QUIT")]).await;
        }
        self.control.close().await;
    }

    pub(super) fn judge_net<T>(
        &mut self,
        result: Result<T, NetError>,
        step: &str,
    ) -> Result<T, SessionError> {
        result.map_err(|source| match source {
            // nothing was sent
            NetError::Name(error) => SessionError::Command(error),
            source => {
                self.condemn();
                SessionError::Net { step: step.to_owned(), source }
            }
        })
    }
}

/// A path of PWD in the program's form, and how the server writes paths if not with `/`.
pub(super) fn in_our_form(pwd: Option<RemotePath>) -> (Option<PathStyle>, Option<RemotePath>) {
    match pwd.as_ref().and_then(PathStyle::of) {
        Some((style, path)) => (Some(style), Some(path)),
        None => (None, pwd),
    }
}

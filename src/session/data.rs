//! Our own data connections: opening them, and transfers between a server and this machine.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::base::{Network, RemotePath};
use crate::ftp::address::Announced;
use crate::ftp::{Command, Reply, address};
use crate::net::{ClientTls, DataConnection, DataListener, NetError};
use crate::session::error::SessionError;
use crate::session::options::Protection;
use crate::session::state::Session;
use crate::site::{DataProtection, Switch};

/// Ports below are never connected to (design section 5).
const LOWEST_PORT: u16 = 1024;
/// How long a server may take to notice that its data connection is gone.
const ABANDON: Duration = Duration::from_secs(3);

/// A data connection that is prepared but not yet begun.
enum Prepared {
    /// Connected to the server's port.
    Passive(TcpStream),
    /// Waiting for the server.
    Active(DataListener),
}

/// A transfer between the server and this machine that has begun.
#[derive(Debug)]
pub struct OwnTransfer {
    /// The data.
    pub data: DataConnection,
    pending: Pending,
}

/// What the server has said of a transfer so far; its final reply is still to come.
#[derive(Debug)]
pub struct Pending {
    /// Its first answer; `None` when it had none to give (quirk 6).
    begun: Option<Reply>,
}

impl Pending {
    /// True when the first answer was the last one already (quirk 6).
    fn has_ended(&self) -> bool {
        self.begun.as_ref().is_some_and(Reply::is_completion)
    }
}

impl OwnTransfer {
    /// The server's first answer, if it gave one; size or name may stand in its text.
    #[must_use]
    pub fn begun(&self) -> Option<&Reply> {
        self.pending.begun.as_ref()
    }

    /// True when the first answer was the last one already (quirk 6).
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.pending.has_ended()
    }

    /// The data, and what is still to be heard.
    #[must_use]
    pub fn apart(self) -> (DataConnection, Pending) {
        (self.data, self.pending)
    }
}

/// A file to be moved between the server and this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnOrder<'a> {
    /// What is done with it.
    pub verb: OwnVerb,
    /// The file on the server.
    pub path: &'a RemotePath,
    /// Bytes that are there already: `REST` (RFC 3659 section 5).
    pub offset: u64,
    /// True for text: `TYPE A`.
    pub text: bool,
    /// How the data is protected, where another site asks for more than this one.
    pub protection: DataProtection,
}

/// What is done with a file of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnVerb {
    /// `RETR`: the server sends it.
    Retrieve,
    /// `STOR`: it replaces what is there, at once.
    Store,
    /// `APPE`: behind what is there.
    Append,
    /// `STOU`: under a name of the server's choice, beside the given one. The reply tells it
    /// ([`OwnTransfer::begun`], or the last one).
    StoreUnique,
}

impl OwnVerb {
    fn verb(self) -> &'static str {
        match self {
            Self::Retrieve => "RETR",
            Self::Store => "STOR",
            Self::Append => "APPE",
            Self::StoreUnique => "STOU",
        }
    }

    fn step(self) -> &'static str {
        match self {
            Self::Retrieve => "read",
            Self::Store | Self::Append | Self::StoreUnique => "write",
        }
    }
}

impl Session {
    /// Begins to move a file between the server and this machine.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server will not; the session stays usable then.
    pub async fn start(&mut self, order: &OwnOrder<'_>) -> Result<OwnTransfer, SessionError> {
        if order.text {
            self.text().await?;
        } else {
            self.binary().await?;
        }
        let step = format!("{} {}", order.verb.step(), order.path);
        let mut argument = order.path.as_bytes();
        if order.verb == OwnVerb::StoreUnique {
            // the directory is where one is; the name is a wish
            self.change_dir(&order.path.parent().unwrap_or_else(RemotePath::root)).await?;
            argument = order.path.name();
        }
        let command = Command::with(order.verb.verb(), argument)?;
        let begun = self.begin_protected(command, order.offset, &step, order.protection).await;
        match begun {
            // RFC 959 has no name there, and some servers want none
            Err(SessionError::Refused { reply, .. })
                if order.verb == OwnVerb::StoreUnique && matches!(reply.code, 500 | 501 | 504) =>
            {
                let command = Command::bare(order.verb.verb());
                self.begin_protected(command, 0, &step, order.protection).await
            }
            begun => begun,
        }
    }

    /// `TYPE A`: line ends travel as CRLF (RFC 959 section 3.1.1.1).
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn text(&mut self) -> Result<(), SessionError> {
        self.binary = false;
        self.demand(Command::with("TYPE", "A")?, "switch to text").await.map(drop)
    }

    /// Begins to read a file from this byte on, protected as the site demands.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn retrieve(
        &mut self,
        path: &RemotePath,
        offset: u64,
    ) -> Result<OwnTransfer, SessionError> {
        let protection = self.site.data_protection;
        let verb = OwnVerb::Retrieve;
        self.start(&OwnOrder { verb, path, offset, text: false, protection }).await
    }

    /// Begins a transfer of our own, protected as the site demands.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server will not; the session stays usable then.
    pub async fn begin(
        &mut self,
        command: Command,
        offset: u64,
        step: &str,
    ) -> Result<OwnTransfer, SessionError> {
        self.begin_protected(command, offset, step, self.site.data_protection).await
    }

    /// Prepares the data connection, sends `REST` where `offset` is not 0, then `command`.
    async fn begin_protected(
        &mut self,
        command: Command,
        offset: u64,
        step: &str,
        protection: DataProtection,
    ) -> Result<OwnTransfer, SessionError> {
        self.transfer_sent = false;
        self.set_sscn(false).await?;
        self.restore_protection(protection).await?;
        let prepared = self.prepare(&command).await?;
        if offset > 0 {
            let reply = self.ask(Command::with("REST", offset.to_string())?).await?;
            if reply.code == 421 {
                return Err(SessionError::Closing { reply });
            }
            if reply.code != 350 {
                return Err(SessionError::RestRefused { reply });
            }
        }
        self.transfer_sent = true;
        self.send(&[command]).await?;
        // some servers leave the 1xx out and wait for data (quirk 6)
        let begun = match timeout(self.limits.set_up / 2, self.any_reply(step)).await {
            Ok(begun) => Some(begun?),
            Err(_) => None,
        };
        if let Some(begun) = &begun
            && !begun.is_preliminary()
            && !begun.is_completion()
        {
            return Err(SessionError::refused(step, begun.clone()));
        }
        let tls = self.data_tls();
        let (limit, peer) = (self.limits.connect, self.control.peer());
        let data = match prepared {
            Prepared::Passive(socket) => DataConnection::over(socket, tls.as_ref(), limit).await,
            Prepared::Active(listener) => listener.accept(peer, tls.as_ref(), limit).await,
        };
        match data {
            Ok(data) => Ok(OwnTransfer { data, pending: Pending { begun } }),
            Err(error) => {
                let ended = Pending { begun }.has_ended();
                Err(self.explain_lost_data(error, step, ended).await)
            }
        }
    }

    /// The final reply of a transfer whose data has ended.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server says that it did not work.
    pub async fn end(&mut self, transfer: OwnTransfer, step: &str) -> Result<Reply, SessionError> {
        let (data, pending) = transfer.apart();
        self.conclude(data, pending, step).await
    }

    /// Takes `REST` back: some servers apply it to the next transfer as well (quirk 64). A session
    /// that does not answer is condemned by it.
    pub async fn forget_offset(&mut self) {
        if self.is_usable()
            && let Ok(rest) = Command::with("REST", "0")
            && let Err(error) = self.ask(rest).await
        {
            tracing::debug!(%error, "REST 0");
        }
    }

    /// [`Session::end`] for data and pending reply that went different ways.
    ///
    /// # Errors
    /// As [`Session::end`].
    pub async fn conclude(
        &mut self,
        data: DataConnection,
        pending: Pending,
        step: &str,
    ) -> Result<Reply, SessionError> {
        let finished = data.finish().await;
        let reply = match pending.begun.filter(Reply::is_completion) {
            Some(last) => last,
            None => self.final_reply(step).await?,
        };
        if !reply.is_completion() {
            return Err(SessionError::refused(step, reply));
        }
        // the server is content: an unclean end of the data connection does not matter
        if let Err(error) = finished {
            tracing::debug!(%error, "unclean end of a data connection");
        }
        Ok(reply)
    }

    /// What the server says of a transfer whose data connection has broken: its refusal, which is
    /// a better reason than ours (disk full, quota, session reuse); `None` when it has none.
    ///
    /// Broken `RETR`s of pure-ftpd end with a reply of code 150 and nothing after it
    /// (reference/servers.md section 3), so a second opening reply is an end as well.
    pub async fn last_words(
        &mut self,
        data: DataConnection,
        pending: Pending,
        step: &str,
    ) -> Option<SessionError> {
        if let Err(error) = data.finish().await {
            tracing::debug!(%error, "a data connection that had broken");
        }
        if pending.has_ended() {
            return None;
        }
        let mut begun = pending.begun.is_some();
        loop {
            // a session that says nothing is condemned by then
            let reply = self.any_reply(step).await.ok()?;
            if !reply.is_preliminary() {
                return (!reply.is_completion()).then(|| SessionError::refused(step, reply));
            }
            if std::mem::replace(&mut begun, true) {
                return None;
            }
        }
    }

    /// Ends a transfer that is of no use any more, and whose data connection is closed: what the
    /// server says to that is read. A session that says nothing in time is condemned.
    ///
    /// Broken `RETR`s of pure-ftpd end with a reply of code 150 (reference/servers.md section 8),
    /// so a second opening reply is an end as well.
    pub async fn abandon(&mut self, pending: &Pending) {
        if pending.has_ended() || !self.is_usable() {
            return;
        }
        let limit = self.limits.reply.min(ABANDON);
        match self.control.reply(limit, "the end of a transfer").await {
            Ok(reply) if reply.code != 421 => {}
            _ => self.condemn(),
        }
    }

    /// True when the command of the last transfer was sent: from then on the server may have
    /// done what it says, whatever became of its reply.
    #[must_use]
    pub fn sent_transfer(&self) -> bool {
        self.transfer_sent
    }

    /// The server's own words are a better reason for a lost data connection than ours, such as
    /// `522 session reuse required`.
    async fn explain_lost_data(
        &mut self,
        error: NetError,
        step: &str,
        ended: bool,
    ) -> SessionError {
        if ended {
            return SessionError::Net { step: step.to_owned(), source: error };
        }
        match self.final_reply(step).await {
            Ok(reply) if !reply.is_completion() => SessionError::refused(step, reply),
            Ok(_) => SessionError::Net { step: step.to_owned(), source: error },
            Err(_) => {
                self.condemn();
                SessionError::Net { step: step.to_owned(), source: error }
            }
        }
    }

    async fn restore_protection(&mut self, wanted: DataProtection) -> Result<(), SessionError> {
        if !self.is_tls() && wanted != DataProtection::Require {
            return Ok(());
        }
        if wanted == DataProtection::Off {
            return self.protect(Protection::Clear).await;
        }
        match self.protect(Protection::Private).await {
            Err(SessionError::ProtectionRefused { .. }) if wanted != DataProtection::Require => {
                Ok(())
            }
            result => result,
        }
    }

    fn data_tls(&self) -> Option<ClientTls> {
        self.tls.clone().filter(|_| self.protection == Protection::Private)
    }

    async fn prepare(&mut self, command: &Command) -> Result<Prepared, SessionError> {
        if self.site.passive == Switch::No {
            return self.prepare_active().await;
        }
        self.announce(command).await?;
        let mut prepared = self.prepare_passive().await;
        if let Err(SessionError::Refused { reply, .. }) = &prepared
            && self.learn_pret(reply)
        {
            self.announce(command).await?;
            prepared = self.prepare_passive().await;
        }
        match prepared {
            Ok(prepared) => Ok(prepared),
            // the server has no passive mode at all: the other way round is worth a try
            Err(SessionError::Refused { reply, .. })
                if self.site.passive == Switch::Auto && reply.is_unknown_command() =>
            {
                self.prepare_active().await
            }
            Err(error) => Err(error),
        }
    }

    /// EPSV, then PASV (RFC 2428; quirk 15: what does not work is not tried again).
    async fn prepare_passive(&mut self) -> Result<Prepared, SessionError> {
        if !self.no_epsv {
            let reply = self.ask(Command::bare("EPSV")).await?;
            if let Some(announced) = address::parse_passive(&reply) {
                match self.open_passive(announced).await {
                    Ok(prepared) => return Ok(prepared),
                    // something answered, but nothing listens there
                    Err(_) if self.control.peer().is_ipv4() => self.no_epsv = true,
                    Err(error) => return Err(error),
                }
            } else if self.control.peer().is_ipv6() {
                return Err(SessionError::refused("open a data connection (EPSV)", reply));
            } else {
                self.no_epsv = true;
            }
        }
        let mut again = true;
        loop {
            let reply = self.ask(Command::bare("PASV")).await?;
            let Some(announced) = address::parse_passive(&reply) else {
                return Err(SessionError::refused("open a data connection (PASV)", reply));
            };
            match self.open_passive(announced).await {
                // somebody on the way may only dislike this port (quirk 73)
                Err(SessionError::Net { source: NetError::Connect { .. }, .. }) if again => {
                    again = false;
                }
                opened => return opened,
            }
        }
    }

    /// Connects to the announced port of the server that we talk to; the announced address is
    /// only used where the site lists it: a master's slaves (design section 5).
    async fn open_passive(&mut self, announced: Announced) -> Result<Prepared, SessionError> {
        let step = "open a data connection";
        let port = announced.port;
        if port < LOWEST_PORT {
            return Err(SessionError::Refused {
                step: step.to_owned(),
                reply: Reply::new(227, &format!("port {port} is reserved for other services")),
            });
        }
        let egress = &self.egress;
        // a proxy is told the name that the control connection went to
        let allowed = &self.site.fxp_allow_addresses;
        let slave = announced.ip.filter(|ip| {
            allowed
                .iter()
                .filter_map(|text| text.parse::<Network>().ok())
                .any(|net| net.contains(*ip))
        });
        let host = match (slave, &egress.proxy) {
            (Some(slave), _) => slave.to_string(),
            (None, Some(_)) => self.host.clone(),
            (None, None) => self.control.peer().ip().to_string(),
        };
        DataConnection::open(egress, &host, port, self.limits.connect)
            .await
            .map(Prepared::Passive)
            .map_err(SessionError::net(step))
    }

    async fn prepare_active(&mut self) -> Result<Prepared, SessionError> {
        let step = "open a data connection (PORT)";
        if self.egress.proxy.is_some() {
            return Err(SessionError::net(step)(NetError::ActiveThroughProxy));
        }
        let listener =
            DataListener::bind(self.control.local()).await.map_err(SessionError::net(step))?;
        let ours = listener.address();
        let command = match address::port_argument(ours) {
            Some(argument) => Command::with("PORT", argument)?,
            None => Command::with("EPRT", address::eprt_argument(ours))?,
        };
        match self.demand(command, step).await {
            // EPRT knows IPv4 as well (RFC 2428)
            Err(SessionError::Refused { reply, .. }) if ours.is_ipv4() && reply.code >= 500 => {
                let extended = Command::with("EPRT", address::eprt_argument(ours))?;
                self.demand(extended, step)
                    .await
                    .map_err(|_| SessionError::refused(step, reply))?;
            }
            answered => drop(answered?),
        }
        Ok(Prepared::Active(listener))
    }
}

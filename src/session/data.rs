//! Data connections between a server and this machine: opening them, and transfers over them.

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

/// Never connect to ports below this one (docs/transfer-rules.md "Addresses").
const LOWEST_PORT: u16 = 1024;
/// How long a server may take to notice that its data connection is closed.
const ABANDON_LIMIT: Duration = Duration::from_secs(3);

/// A data connection before the transfer command is sent.
enum Prepared {
    /// Connected to the server's data port.
    Passive(TcpStream),
    /// Listening for the server's connection.
    Active(DataListener),
}

/// A running transfer between the server and this machine.
#[derive(Debug)]
pub struct LocalTransfer {
    /// The data connection.
    pub data: DataConnection,
    pending: PendingReply,
}

/// The state of the replies to a running transfer: the final reply is usually still outstanding.
#[derive(Debug)]
pub struct PendingReply {
    /// The server's first reply; `None` if it sent none before the data (quirk 6).
    first_reply: Option<Reply>,
}

impl PendingReply {
    /// True if the first reply was already the final one (quirk 6).
    fn is_final(&self) -> bool {
        self.first_reply.as_ref().is_some_and(Reply::is_completion)
    }
}

impl LocalTransfer {
    /// The server's first reply, if any; its text may contain the size or the name of the file.
    #[must_use]
    pub fn first_reply(&self) -> Option<&Reply> {
        self.pending.first_reply.as_ref()
    }

    /// True if the first reply was already the final one (quirk 6).
    #[must_use]
    pub fn has_final_reply(&self) -> bool {
        self.pending.is_final()
    }

    /// The data connection, and the state of the replies for [`Session::finish_transfer`].
    #[must_use]
    pub fn into_parts(self) -> (DataConnection, PendingReply) {
        (self.data, self.pending)
    }
}

/// A request to transfer a file between the server and this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferRequest<'a> {
    /// The transfer command.
    pub verb: TransferVerb,
    /// The path on the server.
    pub path: &'a RemotePath,
    /// Where to start in the file, in bytes: `REST` (RFC 3659 section 5).
    pub offset: u64,
    /// True for ASCII type (`TYPE A`), false for binary (`TYPE I`).
    pub text: bool,
    /// How the data must be encrypted; the other site of a relay may require more than this one.
    pub protection: DataProtection,
}

/// A transfer command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferVerb {
    /// `RETR`: download the file.
    Retrieve,
    /// `STOR`: upload, overwriting an existing file immediately.
    Store,
    /// `APPE`: append to an existing file.
    Append,
    /// `STOU`: upload to the directory of the given path under a name that the server chooses. The
    /// first reply ([`LocalTransfer::first_reply`]) or the final one contains it.
    StoreUnique,
}

impl TransferVerb {
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
    /// Starts a file transfer between the server and this machine.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server refuses; the session stays usable.
    pub async fn start(
        &mut self,
        request: &TransferRequest<'_>,
    ) -> Result<LocalTransfer, SessionError> {
        if request.text {
            self.set_type_ascii().await?;
        } else {
            self.set_type_binary().await?;
        }
        let step = format!("{} {}", request.verb.step(), request.path);
        let mut argument = request.path.as_bytes();
        if request.verb == TransferVerb::StoreUnique {
            // the file goes to the working directory; the name is only a suggestion
            self.change_dir(&request.path.parent().unwrap_or_else(RemotePath::root)).await?;
            argument = request.path.name();
        }
        let command = Command::with(request.verb.verb(), argument)?;
        let started =
            self.begin_protected(command, request.offset, &step, request.protection).await;
        match started {
            // in RFC 959 STOU has no argument, and some servers accept none
            Err(SessionError::Refused { reply, .. })
                if request.verb == TransferVerb::StoreUnique
                    && matches!(reply.code, 500 | 501 | 504) =>
            {
                let command = Command::bare(request.verb.verb());
                self.begin_protected(command, 0, &step, request.protection).await
            }
            started => started,
        }
    }

    /// `TYPE A`: line ends are transferred as CRLF (RFC 959 section 3.1.1.1).
    ///
    /// # Errors
    /// [`SessionError::Refused`].
    pub async fn set_type_ascii(&mut self) -> Result<(), SessionError> {
        self.binary = false;
        self.ask_ok(Command::with("TYPE", "A")?, "switch to ASCII").await.map(drop)
    }

    /// Starts to download a file from `offset` on, encrypted as the site requires.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn retrieve(
        &mut self,
        path: &RemotePath,
        offset: u64,
    ) -> Result<LocalTransfer, SessionError> {
        let protection = self.site.data_protection;
        let verb = TransferVerb::Retrieve;
        self.start(&TransferRequest { verb, path, offset, text: false, protection }).await
    }

    /// Starts a transfer to or from this machine, encrypted as the site requires.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server refuses; the session stays usable.
    pub async fn begin(
        &mut self,
        command: Command,
        offset: u64,
        step: &str,
    ) -> Result<LocalTransfer, SessionError> {
        self.begin_protected(command, offset, step, self.site.data_protection).await
    }

    /// Prepares the data connection, sends `REST` if `offset` is not 0, then `command`.
    async fn begin_protected(
        &mut self,
        command: Command,
        offset: u64,
        step: &str,
        protection: DataProtection,
    ) -> Result<LocalTransfer, SessionError> {
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
        // some servers omit the 1xx and wait for data (quirk 6)
        let first_reply = match timeout(self.limits.set_up / 2, self.any_reply(step)).await {
            Ok(reply) => Some(reply?),
            Err(_) => None,
        };
        if let Some(reply) = &first_reply
            && !reply.is_preliminary()
            && !reply.is_completion()
        {
            return Err(SessionError::refused(step, reply.clone()));
        }
        let tls = self.data_tls();
        let (limit, peer) = (self.limits.connect, self.control.peer());
        let data = match prepared {
            Prepared::Passive(socket) => DataConnection::over(socket, tls.as_ref(), limit).await,
            Prepared::Active(listener) => listener.accept(peer, tls.as_ref(), limit).await,
        };
        match data {
            Ok(data) => Ok(LocalTransfer { data, pending: PendingReply { first_reply } }),
            Err(error) => {
                let ended = PendingReply { first_reply }.is_final();
                Err(self.explain_lost_data(error, step, ended).await)
            }
        }
    }

    /// Closes the data connection and waits for the final reply of a transfer.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server reports a failure.
    pub async fn end(
        &mut self,
        transfer: LocalTransfer,
        step: &str,
    ) -> Result<Reply, SessionError> {
        let (data, pending) = transfer.into_parts();
        self.finish_transfer(data, pending, step).await
    }

    /// Sends `REST 0`, because some servers apply an earlier `REST` to the next transfer as well
    /// (quirk 64). If the server does not respond, the session is poisoned.
    pub async fn reset_offset(&mut self) {
        if self.is_usable()
            && let Ok(rest) = Command::with("REST", "0")
            && let Err(error) = self.ask(rest).await
        {
            tracing::debug!(%error, "REST 0");
        }
    }

    /// Like [`Session::end`], after [`LocalTransfer::into_parts`].
    ///
    /// # Errors
    /// As [`Session::end`].
    pub async fn finish_transfer(
        &mut self,
        data: DataConnection,
        pending: PendingReply,
        step: &str,
    ) -> Result<Reply, SessionError> {
        let finished = data.finish().await;
        let reply = match pending.first_reply.filter(Reply::is_completion) {
            Some(last) => last,
            None => self.final_reply(step).await?,
        };
        if !reply.is_completion() {
            return Err(SessionError::refused(step, reply));
        }
        // the server reports success: an unclean end of the data connection does not matter
        if let Err(error) = finished {
            tracing::debug!(%error, "the data connection was not closed cleanly");
        }
        Ok(reply)
    }

    /// The server's error reply after the data connection was lost: it explains the cause better
    /// than the network error (disk full, quota, session reuse). `None` when the server reports no
    /// error.
    ///
    /// Pure-FTPd ends an interrupted `RETR` with a second 150 and nothing after it (docs/servers.md
    /// "During a transfer"), so a second preliminary reply also ends the transfer.
    pub async fn failure_reply(
        &mut self,
        data: DataConnection,
        pending: PendingReply,
        step: &str,
    ) -> Option<SessionError> {
        if let Err(error) = data.finish().await {
            tracing::debug!(%error, "closing a lost data connection");
        }
        if pending.is_final() {
            return None;
        }
        let mut has_preliminary = pending.first_reply.is_some();
        loop {
            // an error has already poisoned the session
            let reply = self.any_reply(step).await.ok()?;
            if !reply.is_preliminary() {
                return (!reply.is_completion()).then(|| SessionError::refused(step, reply));
            }
            if std::mem::replace(&mut has_preliminary, true) {
                return None;
            }
        }
    }

    /// Ends a transfer whose data connection was closed early, by reading the server's reply. If
    /// the server does not reply in time, the session is poisoned.
    ///
    /// Pure-FTPd ends an interrupted `RETR` with a second 150 (docs/servers.md "During a
    /// transfer"), so a second preliminary reply also ends the transfer.
    pub async fn abandon(&mut self, pending: &PendingReply) {
        if pending.is_final() || !self.is_usable() {
            return;
        }
        let limit = self.limits.reply.min(ABANDON_LIMIT);
        match self.control.reply(limit, "waiting for the end of the transfer").await {
            Ok(reply) if reply.code != 421 => {}
            _ => self.poison(),
        }
    }

    /// True if the command of the last transfer was sent: the server may have executed it even if
    /// its reply was lost.
    #[must_use]
    pub fn transfer_command_sent(&self) -> bool {
        self.transfer_sent
    }

    /// The error for a failed data connection: the server's reply explains it better than the
    /// network error, such as `522 session reuse required`.
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
                self.poison();
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
        if let Err(SessionError::NoData { reply, .. }) = &prepared
            && self.learn_pret(reply)
        {
            self.announce(command).await?;
            prepared = self.prepare_passive().await;
        }
        match prepared {
            Ok(prepared) => Ok(prepared),
            // the server has no passive mode, or it is switched off: try active mode
            Err(SessionError::NoData { step, reply })
                if self.site.passive == Switch::Auto
                    && reply.code >= 500
                    && self.egress.proxy.is_none() =>
            {
                match self.prepare_active().await {
                    Err(SessionError::NoData { .. }) => Err(SessionError::NoData { step, reply }),
                    prepared => prepared,
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Tries EPSV, then PASV (RFC 2428; quirk 15: an EPSV that failed is not tried again).
    async fn prepare_passive(&mut self) -> Result<Prepared, SessionError> {
        if !self.no_epsv {
            let reply = self.ask(Command::bare("EPSV")).await?;
            if let Some(announced) = address::parse_passive(&reply) {
                match self.open_passive(announced).await {
                    Ok(prepared) => return Ok(prepared),
                    // the server announced a port but does not listen on it
                    Err(_) if self.control.peer().is_ipv4() => self.no_epsv = true,
                    Err(error) => return Err(error),
                }
            } else if self.control.peer().is_ipv6() {
                return Err(SessionError::no_data("open a data connection (EPSV)", reply));
            } else {
                self.no_epsv = true;
            }
        }
        let mut may_retry = true;
        loop {
            let reply = self.ask(Command::bare("PASV")).await?;
            let Some(announced) = address::parse_passive(&reply) else {
                return Err(SessionError::no_data("open a data connection (PASV)", reply));
            };
            match self.open_passive(announced).await {
                // a firewall may block only this port (quirk 73)
                Err(SessionError::Net { source: NetError::Connect { .. }, .. }) if may_retry => {
                    may_retry = false;
                }
                opened => return opened,
            }
        }
    }

    /// Connects to the announced port on the server's own address; the announced address is used
    /// only if the site lists it, as for the slaves of a master (docs/transfer-rules.md
    /// "Addresses").
    async fn open_passive(&mut self, announced: Announced) -> Result<Prepared, SessionError> {
        let step = "open a data connection";
        let port = announced.port;
        if port < LOWEST_PORT {
            return Err(SessionError::NoData {
                step: step.to_owned(),
                reply: Reply::new(227, &format!("port {port} is reserved for other services")),
            });
        }
        let egress = &self.egress;
        let allowed = &self.site.fxp_allow_addresses;
        let slave = announced.ip.filter(|ip| {
            allowed
                .iter()
                .filter_map(|text| text.parse::<Network>().ok())
                .any(|net| net.contains(*ip))
        });
        // a proxy gets the host name of the control connection
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
        let mut reply = self.ask(command).await?;
        if reply.code >= 500 && ours.is_ipv4() {
            // EPRT also supports IPv4 (RFC 2428)
            let extended = self.ask(Command::with("EPRT", address::eprt_argument(ours))?).await?;
            if extended.is_completion() {
                reply = extended;
            }
        }
        if reply.is_completion() {
            Ok(Prepared::Active(listener))
        } else {
            Err(SessionError::no_data(step, reply))
        }
    }
}

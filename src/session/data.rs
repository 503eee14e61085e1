//! Our own data connections: opening them, and transfers between a server and this machine.

use tokio::net::TcpStream;

use crate::base::RemotePath;
use crate::ftp::{Command, Reply, address};
use crate::net::{ClientTls, DataConnection, DataListener, NetError};
use crate::session::error::SessionError;
use crate::session::options::Protection;
use crate::session::state::Session;
use crate::site::{DataProtection, Switch};

/// Ports below are never connected to (design section 5).
const LOWEST_PORT: u16 = 1024;

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
    /// The server's first answer; the size may stand in its text.
    pub begun: Reply,
    /// True when the first answer was the last one already (quirk 6).
    pub ended: bool,
}

impl Session {
    /// Begins a transfer of our own: prepares the data connection, sends `REST` where `offset`
    /// is not 0, then `command`.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server will not; the session stays usable then.
    pub async fn begin(
        &mut self,
        command: Command,
        offset: u64,
        step: &str,
    ) -> Result<OwnTransfer, SessionError> {
        self.set_sscn(false).await?;
        self.restore_protection().await?;
        let prepared = self.prepare().await?;
        if offset > 0 {
            let reply = self.ask(Command::with("REST", offset.to_string())?).await?;
            if reply.code != 350 {
                return Err(SessionError::refused(format!("{step} from byte {offset}"), reply));
            }
        }
        self.send(&[command]).await?;
        let begun = self.any_reply(step).await?;
        if !begun.is_preliminary() && !begun.is_completion() {
            return Err(SessionError::refused(step, begun));
        }
        let tls = self.data_tls();
        let (limit, peer) = (self.limits.connect, self.control.peer());
        let data = match prepared {
            Prepared::Passive(socket) => DataConnection::over(socket, tls.as_ref(), limit).await,
            Prepared::Active(listener) => listener.accept(peer, tls.as_ref(), limit).await,
        };
        match data {
            Ok(data) => Ok(OwnTransfer { data, ended: begun.is_completion(), begun }),
            Err(error) => Err(self.explain_lost_data(error, step, begun.is_completion()).await),
        }
    }

    /// The final reply of a transfer whose data has ended.
    ///
    /// # Errors
    /// [`SessionError::Refused`] when the server says that it did not work.
    pub async fn end(&mut self, transfer: OwnTransfer, step: &str) -> Result<Reply, SessionError> {
        let OwnTransfer { data, begun, ended } = transfer;
        let finished = data.finish().await;
        let reply = if ended { begun } else { self.final_reply(step).await? };
        if !reply.is_completion() {
            return Err(SessionError::refused(step, reply));
        }
        // the server is content: an unclean end of the data connection does not matter
        if let Err(error) = finished {
            tracing::debug!(%error, "unclean end of a data connection");
        }
        Ok(reply)
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

    async fn restore_protection(&mut self) -> Result<(), SessionError> {
        if !self.is_tls() {
            return Ok(());
        }
        if self.site.data_protection == DataProtection::Off {
            return self.protect(Protection::Clear).await;
        }
        match self.protect(Protection::Private).await {
            Err(SessionError::ProtectionRefused { .. })
                if self.site.data_protection != DataProtection::Require =>
            {
                Ok(())
            }
            result => result,
        }
    }

    fn data_tls(&self) -> Option<ClientTls> {
        self.tls.clone().filter(|_| self.protection == Protection::Private)
    }

    async fn prepare(&mut self) -> Result<Prepared, SessionError> {
        if self.site.passive == Switch::No {
            return self.prepare_active().await;
        }
        match self.prepare_passive().await {
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
                match self.open_passive(announced.port).await {
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
        let reply = self.ask(Command::bare("PASV")).await?;
        match address::parse_passive(&reply) {
            Some(announced) => self.open_passive(announced.port).await,
            None => Err(SessionError::refused("open a data connection (PASV)", reply)),
        }
    }

    /// Connects to the announced port of the server that we talk to; the announced address is
    /// not used (design section 5).
    async fn open_passive(&mut self, port: u16) -> Result<Prepared, SessionError> {
        let step = "open a data connection";
        if port < LOWEST_PORT {
            return Err(SessionError::Refused {
                step: step.to_owned(),
                reply: Reply::new(227, &format!("port {port} is reserved for other services")),
            });
        }
        let egress = &self.egress;
        // a proxy is told the name that the control connection went to
        let host = match egress.proxy {
            Some(_) => self.host.clone(),
            None => self.control.peer().ip().to_string(),
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
        self.demand(command, step).await?;
        Ok(Prepared::Active(listener))
    }

    /// Begins a download.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub async fn retrieve(
        &mut self,
        path: &RemotePath,
        offset: u64,
    ) -> Result<OwnTransfer, SessionError> {
        self.binary().await?;
        let command = Command::with("RETR", path.as_bytes())?;
        self.begin(command, offset, &format!("read {path}")).await
    }

    /// Begins an upload. `STOR` replaces what is there, at once.
    ///
    /// # Errors
    /// As [`Session::begin`].
    pub async fn store(
        &mut self,
        path: &RemotePath,
        offset: u64,
    ) -> Result<OwnTransfer, SessionError> {
        self.binary().await?;
        let command = Command::with("STOR", path.as_bytes())?;
        self.begin(command, offset, &format!("write {path}")).await
    }
}

//! The data side of a session: starts transfers and reports their outcome.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::OwnedMutexGuard;

use crate::demo::channel::{Channel, OpenError};
use crate::demo::driver::{Connecting, Driver, Flow, Opening, Running, Stage, Task};
use crate::demo::fault::script::{Begin, Script};
use crate::demo::persona::ForeignPeer;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::Transfer;
use crate::demo::store::StoreError;
use crate::demo::transfer::{DataTls, DataTransfer, Payload, TransferEnd};
use crate::ftp::Reply;

impl Driver {
    /// Starts a transfer.
    pub(super) async fn begin_transfer(
        &mut self,
        transfer: Transfer,
        script: Script,
        batch: u64,
        lock: Option<OwnedMutexGuard<()>>,
    ) -> Flow {
        let Transfer { payload, begin, end, path, rename_when_done, text } = transfer;
        let channel = std::mem::take(&mut self.session.channel);
        let data_tls = self.data_tls(&channel);
        let begin = match &script.begin {
            Begin::Usual => Some(begin),
            Begin::Never => None,
            Begin::With(reply) => Some(reply.clone()),
        };
        let usual = matches!(script.begin, Begin::Usual);
        let mut opening: Opening = Box::pin(channel.open());
        let storing = matches!(payload, Payload::Store { .. });
        let at_once = self.session.behavior().begins_at_once;
        // on an asynchronous server the peer may have connected already
        let ready = if at_once {
            tokio::select! {
                biased;
                opened = &mut opening => Some(opened),
                () = std::future::ready(()) => None,
            }
        } else {
            None
        };
        let mut running = Running {
            script,
            batch,
            storing,
            path,
            rename_when_done,
            _lock: lock,
            begin,
            end,
            stage: Stage::Opening { opening, payload, data_tls, text },
            drop_control: Arc::default(),
        };
        if at_once {
            if ready.is_some() && usual {
                running.begin = Some(self.session.format_reply(Phrase::BeginOpen, &[]));
            }
            if let Some(begin) = running.begin.take()
                && let end @ Flow::End(_) = self.send_reply(&begin, &running.script)
            {
                return end;
            }
        }
        self.running = Some(running);
        match ready {
            Some(opened) => self.data_opened(opened).await,
            None => Flow::Continue,
        }
    }

    /// How TLS is used on a data connection over this channel.
    fn data_tls(&self, channel: &Channel) -> DataTls {
        let client = match channel {
            Channel::Listening(listening) => listening.tls_client || self.session.sscn,
            _ => self.session.sscn,
        };
        match (&self.tls, self.session.protect) {
            (Some(_), true) if client => DataTls::Client,
            (Some(tls), true) => {
                DataTls::Server { tls: tls.clone(), reuse: self.shared.setup.reuse }
            }
            _ => DataTls::Off,
        }
    }

    /// The data connection is open, or could not be opened.
    pub(super) async fn data_opened(
        &mut self,
        opened: Result<(TcpStream, SocketAddr), OpenError>,
    ) -> Flow {
        let Some(mut running) = self.running.take() else { return Flow::Continue };
        let (socket, peer) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let reply = self.open_failed_reply(&error, &mut running);
                return self.end_transfer(reply, running).await;
            }
        };
        if let Some(begin) = running.begin.take()
            && let end @ Flow::End(_) = self.send_reply(&begin, &running.script)
        {
            return end;
        }
        if running.script.end_early {
            let reply = running.end.clone();
            if let end @ Flow::End(_) = self.send_final_reply(reply, &running.script).await {
                return end;
            }
        }
        if let Stage::Opening { payload, data_tls, text, .. } = running.stage {
            let data_transfer = DataTransfer {
                shared: self.shared.clone(),
                payload,
                data_tls,
                text,
                cuts: running.script.cuts.clone(),
                drop_control: running.drop_control.clone(),
            };
            let stage = Stage::Moving(Task::spawn(data_transfer.run(socket, peer)));
            self.running = Some(Running { stage, ..running });
        }
        Flow::Continue
    }

    fn open_failed_reply(&mut self, error: &OpenError, running: &mut Running) -> Reply {
        let session = &self.session;
        match error {
            OpenError::TimedOut => session.format_reply(Phrase::PeerMissing, &[]),
            OpenError::Connect(to, error) => {
                let port = to.port().to_string();
                let why = match error.kind() {
                    io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
                    _ => error.to_string(),
                };
                let vars = [("why", why.as_bytes()), ("port", port.as_bytes())];
                session.format_reply(Phrase::NoConnection, &vars)
            }
            OpenError::Foreign(peer) => {
                let (ip, port) = (peer.ip().to_string(), peer.port().to_string());
                let vars = [("name", ip.as_bytes()), ("port", port.as_bytes())];
                if session.behavior().foreign_peer == ForeignPeer::BeginAndRefuse
                    && let Some(begin) = running.begin.take()
                {
                    // the connection closes with the transfer anyway
                    let _ = self.send_reply(&begin, &running.script);
                }
                self.session.format_reply(Phrase::PeerForeign, &vars)
            }
        }
    }

    /// The transfer has ended, successfully or not.
    pub(super) async fn transfer_ended(&mut self, end: TransferEnd) -> Flow {
        let Some(running) = self.running.take() else { return Flow::Continue };
        let behavior = self.session.behavior();
        let broken = if running.storing { Phrase::StoreBroken } else { Phrase::SendBroken };
        let reply = match end {
            TransferEnd::Done => match &running.rename_when_done {
                None => running.end.clone(),
                Some((from, to)) => match self.shared.store.rename(from, to) {
                    Ok(()) => running.end.clone(),
                    Err(error) => {
                        let why = error.to_string();
                        let vars = [("path", &running.path[..]), ("why", why.as_bytes())];
                        behavior.format_reply(Phrase::LocalError, &vars)
                    }
                },
            },
            TransferEnd::Broken => behavior.format_reply(broken, &[]),
            TransferEnd::Tls(why) => {
                behavior.format_reply(Phrase::TlsFailed, &[("why", why.as_bytes())])
            }
            TransferEnd::NoReuse => {
                let reply = behavior.format_reply(Phrase::ReuseNeeded, &[]);
                let closes = behavior.closes_without_reuse;
                let flow = self.end_transfer(reply, running).await;
                return if closes { Flow::End(false) } else { flow };
            }
            TransferEnd::Store(StoreError::NoSpace) => {
                behavior.format_reply(Phrase::NoSpace, &[("path", &running.path)])
            }
            TransferEnd::Store(error) => {
                let why = error.to_string();
                let vars = [("path", &running.path[..]), ("why", why.as_bytes())];
                behavior.format_reply(Phrase::LocalError, &vars)
            }
            TransferEnd::Reply(reply) => reply,
            TransferEnd::Killed => return Flow::End(true),
        };
        self.end_transfer(reply, running).await
    }

    /// Sends the final reply of a transfer.
    async fn end_transfer(&mut self, reply: Reply, running: Running) -> Flow {
        if running.script.end_early && running.begin.is_none() {
            return Flow::Continue;
        }
        self.send_final_reply(reply, &running.script).await
    }

    /// An asynchronous server's connection to the client's address is open, or has failed.
    pub(super) async fn active_connected(&mut self, connected: io::Result<TcpStream>) -> Flow {
        let Some(Connecting { to, done, .. }) = self.connecting.take() else {
            return Flow::Continue;
        };
        let script = Script::default();
        match connected {
            Ok(socket) => {
                self.session.channel = Channel::Open(socket, to);
                let flow = self.send_final_reply(done, &script).await;
                self.replace_channel().await;
                flow
            }
            Err(error) => {
                let error = OpenError::Connect(to, error);
                let reply = match &error {
                    OpenError::Connect(_, why) => {
                        let why = why.to_string();
                        self.session.format_reply(Phrase::NoConnection, &[("why", why.as_bytes())])
                    }
                    _ => done,
                };
                self.send_final_reply(reply, &script).await
            }
        }
    }

    /// Replaces the channel of a transfer that still waits for its data connection. A transfer that
    /// already moves data is cut off, because pyftpdlib closes all data connections at PASV.
    pub(super) async fn replace_channel(&mut self) {
        if !self.session.channel.is_ready() {
            return;
        }
        let Some(running) = &mut self.running else { return };
        match &mut running.stage {
            Stage::Opening { opening, .. } => {
                let channel = std::mem::take(&mut self.session.channel);
                *opening = Box::pin(channel.open());
            }
            Stage::Moving(_) => self.running = None,
        }
    }

    /// Handles ABOR.
    pub(super) async fn abort(&mut self, script: &Script) -> Flow {
        let Some(running) = self.running.take() else {
            let channel = std::mem::take(&mut self.session.channel);
            let idle = !channel.is_ready() || !self.session.behavior().begins_at_once;
            let phrase = if idle { Phrase::AbortIdle } else { Phrase::AbortWaiting };
            let reply = self.session.format_reply(phrase, &[]);
            return self.send_final_reply(reply, script).await;
        };
        let done = match running.stage {
            Stage::Opening { .. } => {
                let reply = self.session.format_reply(Phrase::AbortWaiting, &[]);
                return self.send_final_reply(reply, script).await;
            }
            Stage::Moving(task) => {
                drop(task);
                if running.storing { Phrase::AbortDoneStore } else { Phrase::AbortDone }
            }
        };
        let aborted = self.session.format_reply(Phrase::Aborted, &[]);
        match self.send_final_reply(aborted, &running.script).await {
            Flow::Continue => {
                let reply = self.session.format_reply(done, &[]);
                self.send_final_reply(reply, script).await
            }
            end => end,
        }
    }
}

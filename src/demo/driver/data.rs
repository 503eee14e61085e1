//! The data side of a session: begins transfers, and answers what becomes of them.

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
use crate::demo::transfer::{Carrier, End, Guard, Load};
use crate::ftp::Reply;

impl Driver {
    /// Begins a transfer.
    pub(super) async fn begin(
        &mut self,
        transfer: Transfer,
        script: Script,
        batch: u64,
        lock: Option<OwnedMutexGuard<()>>,
    ) -> Flow {
        let Transfer { load, begin, end, path, arrives, text } = transfer;
        let channel = std::mem::take(&mut self.session.channel);
        let guard = self.guard(&channel);
        let begin = match &script.begin {
            Begin::Usual => Some(begin),
            Begin::Never => None,
            Begin::With(reply) => Some(reply.clone()),
        };
        let usual = matches!(script.begin, Begin::Usual);
        let mut opening: Opening = Box::pin(channel.open());
        let storing = matches!(load, Load::Store { .. });
        let at_once = self.session.manner().begins_at_once;
        // an asynchronous server has a peer that connected already
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
            arrives,
            _lock: lock,
            begin,
            end,
            stage: Stage::Opening { opening, load, guard, text },
            drop_control: Arc::default(),
        };
        if at_once {
            if ready.is_some() && usual {
                running.begin = Some(self.session.phrase(Phrase::BeginOpen, &[]));
            }
            if let Some(begin) = running.begin.take()
                && let end @ Flow::End(_) = self.say(&begin, &running.script)
            {
                return end;
            }
        }
        self.running = Some(running);
        match ready {
            Some(opened) => self.opened(opened).await,
            None => Flow::On,
        }
    }

    /// Who does TLS on a data connection over this channel.
    fn guard(&self, channel: &Channel) -> Guard {
        let client = match channel {
            Channel::Listening(listening) => listening.tls_client || self.session.sscn,
            _ => self.session.sscn,
        };
        match (&self.tls, self.session.protect) {
            (Some(_), true) if client => Guard::Client,
            (Some(tls), true) => Guard::Server { tls: tls.clone(), reuse: self.shared.setup.reuse },
            _ => Guard::Clear,
        }
    }

    /// The data connection stands, or does not.
    pub(super) async fn opened(
        &mut self,
        opened: Result<(TcpStream, SocketAddr), OpenError>,
    ) -> Flow {
        let Some(mut running) = self.running.take() else { return Flow::On };
        let (socket, peer) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let reply = self.refusal(&error, &mut running);
                return self.end(reply, running).await;
            }
        };
        if let Some(begin) = running.begin.take()
            && let end @ Flow::End(_) = self.say(&begin, &running.script)
        {
            return end;
        }
        if running.script.end_early {
            let reply = running.end.clone();
            if let end @ Flow::End(_) = self.answer(reply, &running.script).await {
                return end;
            }
        }
        if let Stage::Opening { load, guard, text, .. } = running.stage {
            let carrier = Carrier {
                shared: self.shared.clone(),
                load,
                guard,
                text,
                cuts: running.script.cuts.clone(),
                drop_control: running.drop_control.clone(),
            };
            let stage = Stage::Moving(Task::spawn(carrier.carry(socket, peer)));
            self.running = Some(Running { stage, ..running });
        }
        Flow::On
    }

    fn refusal(&mut self, error: &OpenError, running: &mut Running) -> Reply {
        let session = &self.session;
        match error {
            OpenError::Nobody => session.phrase(Phrase::PeerMissing, &[]),
            OpenError::Connect(to, error) => {
                let port = to.port().to_string();
                let why = match error.kind() {
                    io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
                    _ => error.to_string(),
                };
                let gaps = [("why", why.as_bytes()), ("port", port.as_bytes())];
                session.phrase(Phrase::NoConnection, &gaps)
            }
            OpenError::Foreign(peer) => {
                let (ip, port) = (peer.ip().to_string(), peer.port().to_string());
                let gaps = [("name", ip.as_bytes()), ("port", port.as_bytes())];
                if session.manner().foreign_peer == ForeignPeer::BeginAndRefuse
                    && let Some(begin) = running.begin.take()
                {
                    // the connection ends with the transfer anyway
                    let _ = self.say(&begin, &running.script);
                }
                self.session.phrase(Phrase::PeerForeign, &gaps)
            }
        }
    }

    /// The data is through, or broken off.
    pub(super) async fn moved(&mut self, end: End) -> Flow {
        let Some(running) = self.running.take() else { return Flow::On };
        let manner = self.session.manner();
        let broken = if running.storing { Phrase::StoreBroken } else { Phrase::SendBroken };
        let reply = match end {
            End::Done => match &running.arrives {
                None => running.end.clone(),
                Some((from, to)) => match self.shared.store.rename(from, to) {
                    Ok(()) => running.end.clone(),
                    Err(error) => {
                        let why = error.to_string();
                        let gaps = [("path", &running.path[..]), ("why", why.as_bytes())];
                        manner.say(Phrase::LocalError, &gaps)
                    }
                },
            },
            End::Broken => manner.say(broken, &[]),
            End::Tls(why) => manner.say(Phrase::TlsFailed, &[("why", why.as_bytes())]),
            End::NoReuse => {
                let reply = manner.say(Phrase::ReuseNeeded, &[]);
                let closes = manner.closes_without_reuse;
                let flow = self.end(reply, running).await;
                return if closes { Flow::End(false) } else { flow };
            }
            End::Store(StoreError::NoSpace) => {
                manner.say(Phrase::NoSpace, &[("path", &running.path)])
            }
            End::Store(error) => {
                let why = error.to_string();
                let gaps = [("path", &running.path[..]), ("why", why.as_bytes())];
                manner.say(Phrase::LocalError, &gaps)
            }
            End::Says(reply) => reply,
            End::Killed => return Flow::End(true),
        };
        self.end(reply, running).await
    }

    /// Answers the end of a transfer.
    async fn end(&mut self, reply: Reply, running: Running) -> Flow {
        if running.script.end_early && running.begin.is_none() {
            return Flow::On;
        }
        self.answer(reply, &running.script).await
    }

    /// An asynchronous server's connection to the client's address stands, or does not.
    pub(super) async fn connected(&mut self, connected: io::Result<TcpStream>) -> Flow {
        let Some(Connecting { to, done, .. }) = self.connecting.take() else { return Flow::On };
        let script = Script::default();
        match connected {
            Ok(socket) => {
                self.session.channel = Channel::Open(socket, to);
                let flow = self.answer(done, &script).await;
                self.rechannel().await;
                flow
            }
            Err(error) => {
                let error = OpenError::Connect(to, error);
                let reply = match &error {
                    OpenError::Connect(_, why) => {
                        let why = why.to_string();
                        self.session.phrase(Phrase::NoConnection, &[("why", why.as_bytes())])
                    }
                    _ => done,
                };
                self.answer(reply, &script).await
            }
        }
    }

    /// A new channel takes the place of the one that a transfer still waits for; one that moves
    /// data already is cut off (pyftpdlib closes all of them at PASV).
    pub(super) async fn rechannel(&mut self) {
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

    /// ABOR.
    pub(super) async fn abort(&mut self, script: &Script) -> Flow {
        let Some(running) = self.running.take() else {
            let channel = std::mem::take(&mut self.session.channel);
            let idle = !channel.is_ready() || !self.session.manner().begins_at_once;
            let phrase = if idle { Phrase::AbortIdle } else { Phrase::AbortWaiting };
            let reply = self.session.phrase(phrase, &[]);
            return self.answer(reply, script).await;
        };
        let done = match running.stage {
            Stage::Opening { .. } => {
                let reply = self.session.phrase(Phrase::AbortWaiting, &[]);
                return self.answer(reply, script).await;
            }
            Stage::Moving(task) => {
                drop(task);
                if running.storing { Phrase::AbortDoneStore } else { Phrase::AbortDone }
            }
        };
        let aborted = self.session.phrase(Phrase::Aborted, &[]);
        match self.answer(aborted, &running.script).await {
            Flow::On => {
                let reply = self.session.phrase(done, &[]);
                self.answer(reply, script).await
            }
            end => end,
        }
    }
}

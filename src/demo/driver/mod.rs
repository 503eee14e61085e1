//! One session: reads commands, applies the fault rules, executes commands, replies, and runs
//! transfers.

mod data;

use std::collections::VecDeque;
use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;

use crate::base::RemotePath;
use crate::demo::channel::{OpenError, connect};
use crate::demo::control::{ControlConnection, ReceivedLine};
use crate::demo::fault::rules::RuleContext;
use crate::demo::fault::script::{Instead, Script};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Abort, InTransfer};
use crate::demo::record::WAITING_ABORT;
use crate::demo::session::{Call, Effect, Session};
use crate::demo::setup::Tls;
use crate::demo::shared::{Order, Shared};
use crate::demo::tls;
use crate::demo::transfer::{DataTls, Payload, TransferEnd};
use crate::demo::verb;
use crate::ftp::address::{parse_eprt_argument, parse_port_argument};
use crate::ftp::{Class, Reply};
use crate::net::{ServerTls, Stream};

type Opening = Pin<Box<dyn Future<Output = Result<(TcpStream, SocketAddr), OpenError>> + Send>>;

/// Whether the session continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continue,
    /// The session ends, with a TCP reset if true.
    End(bool),
}

/// A task that is aborted when dropped.
struct Task<T>(JoinHandle<T>, AbortHandle);

impl<T: Send + 'static> Task<T> {
    fn spawn(future: impl Future<Output = T> + Send + 'static) -> Self {
        let handle = tokio::spawn(future);
        let abort = handle.abort_handle();
        Self(handle, abort)
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// A transfer in progress.
struct Running {
    script: Script,
    /// Number of the read that delivered its command.
    batch: u64,
    storing: bool,
    path: Vec<u8>,
    /// The temporary and the final name of an upload, if it is renamed when complete.
    rename_when_done: Option<(RemotePath, RemotePath)>,
    /// Keeps other sessions from writing the file.
    _lock: Option<OwnedMutexGuard<()>>,
    begin: Option<Reply>,
    end: Reply,
    stage: Stage,
    drop_control: Arc<Notify>,
}

enum Stage {
    /// Waiting for the data connection.
    Opening { opening: Opening, payload: Payload, data_tls: DataTls, text: bool },
    /// Moving data.
    Moving(Task<TransferEnd>),
}

/// The next event of a session.
enum SessionEvent {
    Line(Option<ReceivedLine>),
    Opened(Result<(TcpStream, SocketAddr), OpenError>),
    Moved(TransferEnd),
    Connected(io::Result<TcpStream>),
    DropControl,
}

/// A connection that an asynchronous server opens at PORT time.
struct Connecting {
    task: Task<io::Result<TcpStream>>,
    to: SocketAddr,
    done: Reply,
}

/// One session.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    session: Session,
    control: ControlConnection,
    /// Commands that wait for the end of the transfer.
    waiting: VecDeque<ReceivedLine>,
    running: Option<Running>,
    connecting: Option<Connecting>,
    tls: Option<ServerTls>,
}

/// Serves one client until it disconnects.
pub(crate) async fn serve(shared: Arc<Shared>, socket: TcpStream, peer: SocketAddr, id: u64) {
    // replies are small and must not wait for more data
    let _ = socket.set_nodelay(true);
    let Ok(local) = socket.local_addr() else { return };
    let reuse = shared.setup.reuse;
    let tls = shared.tls.as_ref().and_then(|kit| kit.server(reuse).ok());
    let stream = match (&tls, shared.setup.tls) {
        (Some(tls), Tls::Implicit) => match tls::accept(tls, socket).await {
            Ok(stream) => stream,
            Err(_) => return,
        },
        _ => Stream::Plain(socket),
    };
    let session = Session::new(shared.clone(), id, peer, local);
    let control = ControlConnection::new(stream, shared.setup.round_trip);
    let waiting = VecDeque::new();
    let mut driver =
        Driver { shared, session, control, waiting, running: None, connecting: None, tls };
    let reset = driver.run().await;
    driver.control.close(reset).await;
}

impl Driver {
    /// Runs the session; true if it ends with a TCP reset.
    async fn run(&mut self) -> bool {
        let mut flow = self.greet().await;
        loop {
            if let Flow::End(reset) = flow {
                return reset;
            }
            if self.running.is_none()
                && let Some(line) = self.waiting.pop_front()
            {
                flow = self.execute(line).await;
                continue;
            }
            flow = match self.next_event().await {
                SessionEvent::Line(Some(line)) => self.handle_line(line).await,
                SessionEvent::Line(None) => {
                    self.finish_orphan().await;
                    Flow::End(false)
                }
                SessionEvent::Opened(opened) => self.data_opened(opened).await,
                SessionEvent::Moved(end) => self.transfer_ended(end).await,
                SessionEvent::Connected(connected) => self.active_connected(connected).await,
                SessionEvent::DropControl => {
                    self.control.close(false).await;
                    self.finish_orphan().await;
                    Flow::End(false)
                }
            };
        }
    }

    async fn next_event(&mut self) -> SessionEvent {
        let Self { control, running, connecting, .. } = self;
        let transfer = async {
            match running {
                Some(Running { stage: Stage::Opening { opening, .. }, .. }) => {
                    SessionEvent::Opened(opening.await)
                }
                Some(Running { stage: Stage::Moving(task), drop_control, .. }) => {
                    tokio::select! {
                        end = &mut task.0 => {
                            SessionEvent::Moved(end.unwrap_or(TransferEnd::Killed))
                        }
                        () = drop_control.notified() => SessionEvent::DropControl,
                    }
                }
                None => pending().await,
            }
        };
        let connected = async {
            match connecting {
                Some(connecting) => match (&mut connecting.task.0).await {
                    Ok(connected) => SessionEvent::Connected(connected),
                    Err(error) => SessionEvent::Connected(Err(error.into())),
                },
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            line = control.next() => SessionEvent::Line(line),
            event = transfer => event,
            event = connected => event,
        }
    }

    /// The control connection is gone: lets the transfer finish if the personality does so.
    async fn finish_orphan(&mut self) {
        if !self.session.behavior().orphans_continue {
            return;
        }
        if let Some(Running { stage: Stage::Moving(task), .. }) = &mut self.running {
            // no client is left to receive the result
            let _ = (&mut task.0).await;
        }
    }

    async fn greet(&mut self) -> Flow {
        let script = self.script(None, b"", false);
        if let Some(flow) = self.apply_instead(&script).await {
            return match (flow, &script.instead) {
                // any other reply instead of the greeting ends the session
                (Flow::Continue, Some(Instead::Reply(reply)))
                    if reply.class() != Class::Completion =>
                {
                    Flow::End(false)
                }
                (flow, _) => flow,
            };
        }
        let lines = self.session.behavior().banner.split('\n');
        let reply =
            Reply { code: 220, lines: lines.map(|line| line.as_bytes().to_vec()).collect() };
        self.send_final_reply(reply, &script).await
    }

    /// The actions of the rules for a command, or for the connection.
    fn script(&self, verb: Option<&str>, argument: &[u8], foreign: bool) -> Script {
        if !self.shared.rules.any() {
            return Script::default();
        }
        let path = match verb {
            Some(_) => self.session.resolve(argument),
            None => RemotePath::root(),
        };
        let sessions = self.shared.sessions();
        self.shared.rules.script(&RuleContext { verb, argument, path: &path, foreign, sessions })
    }

    /// Applies delays and holds, and the action that replaces the command. `None` if the command
    /// must be executed.
    async fn apply_instead(&mut self, script: &Script) -> Option<Flow> {
        if !script.delay.is_zero() {
            self.control.flush().await;
            sleep(script.delay).await;
        }
        if let Some(gate) = &script.hold {
            self.control.flush().await;
            self.shared.record.wait_at_gate(gate).await;
        }
        self.send_raw(&script.before);
        match script.instead.clone()? {
            Instead::Reply(reply) => Some(self.send_final_reply(reply, script).await),
            Instead::Raw(bytes) => {
                self.send_raw(&bytes);
                Some(Flow::Continue)
            }
            Instead::Silent => Some(Flow::Continue),
            Instead::Drop(reset) => Some(Flow::End(reset)),
            Instead::Crash => {
                // the server aborts this task when it handles the order
                let _ = self.shared.orders.send(Order::Crash);
                pending().await
            }
        }
    }

    /// Handles a received line: executes it, or queues it until the running transfer ends.
    async fn handle_line(&mut self, line: ReceivedLine) -> Flow {
        let Some(running) = &self.running else { return self.execute(line).await };
        let behavior = self.session.behavior();
        let moving = matches!(running.stage, Stage::Moving(_));
        let late = line.batch > running.batch;
        let verb = split_command(&line.text).0;
        if verb == "ABOR" {
            let executed = match behavior.abort {
                Abort::Obey => true,
                Abort::Urgent => line.urgent,
                Abort::Wait => false,
            };
            if executed && (moving || behavior.abort_frees_waiting) {
                return self.execute(line).await;
            }
            self.waiting.push_back(line);
            self.shared.record.mark_reached(WAITING_ABORT);
            return Flow::Continue;
        }
        match behavior.in_transfer {
            InTransfer::Obey if !verb::is_data(&verb) => self.execute(line).await,
            InTransfer::Refuse if late && moving => {
                self.shared.record.command(self.session.id, &verb, &line.text);
                let vars = [("verb", verb.as_bytes())];
                let reply = self.session.format_reply(Phrase::Unknown, &vars);
                self.send_reply(&reply, &Script::default())
            }
            _ if behavior.size_in_transfer && late && moving && verb == "SIZE" => {
                self.execute(line).await
            }
            _ => {
                self.waiting.push_back(line);
                Flow::Continue
            }
        }
    }

    /// Executes one command, unless a rule replaces it.
    async fn execute(&mut self, line: ReceivedLine) -> Flow {
        let (verb, argument) = split_command(&line.text);
        self.shared.record.command(self.session.id, &verb, &line.text);
        let foreign = match verb.as_str() {
            "PORT" => parse_port_argument(argument),
            "EPRT" => parse_eprt_argument(argument),
            _ => None,
        };
        let foreign = foreign.is_some_and(|to| self.session.is_foreign(to));
        let script = self.script(Some(&verb), argument, foreign);
        if let Some(flow) = self.apply_instead(&script).await {
            return flow;
        }
        let behavior = self.session.behavior();
        let lock = match verb.as_str() {
            "STOR" | "APPE" if behavior.upload_lock => {
                let path = self.session.resolve(argument);
                self.control.flush().await;
                Some(self.shared.lock(&path).await)
            }
            _ => None,
        };
        let call = Call { verb: &verb, argument, script: &script };
        match verb::run(&mut self.session, &call) {
            Effect::Reply(reply) if reply.code == 501 && self.session.behavior().closes_at_501 => {
                match self.send_final_reply(reply, &script).await {
                    Flow::Continue => Flow::End(false),
                    end => end,
                }
            }
            Effect::Reply(reply) => {
                let flow = self.send_final_reply(reply, &script).await;
                self.replace_channel().await;
                flow
            }
            Effect::Close(reply) => match self.send_final_reply(reply, &script).await {
                Flow::Continue => Flow::End(false),
                end => end,
            },
            Effect::Abort => self.abort(&script).await,
            Effect::Connect(to, done) => {
                let task = Task::spawn(connect(self.session.local.ip(), to));
                self.connecting = Some(Connecting { task, to, done });
                Flow::Continue
            }
            Effect::Secure(reply) => self.secure(reply, &script).await,
            Effect::Clear(reply) => self.clear(reply, &script).await,
            Effect::Transfer(transfer) => {
                self.begin_transfer(*transfer, script, line.batch, lock).await
            }
        }
    }

    /// Replies, then starts TLS on the control connection.
    async fn secure(&mut self, reply: Reply, script: &Script) -> Flow {
        let begins = script.end.as_ref().unwrap_or(&reply).class() == Class::Completion;
        let flow = self.send_final_reply(reply, script).await;
        if flow != Flow::Continue || !begins {
            return flow;
        }
        self.control.flush().await;
        let (Some(tls), Some(socket)) = (&self.tls, self.control.take_socket()) else {
            return Flow::End(false);
        };
        let Ok(stream) = tls::accept(tls, socket).await else { return Flow::End(false) };
        self.control.resume(stream);
        self.session.reset();
        self.session.secure = true;
        Flow::Continue
    }

    /// Replies, then ends TLS on the control connection (CCC).
    async fn clear(&mut self, reply: Reply, script: &Script) -> Flow {
        let flow = self.send_final_reply(reply, script).await;
        self.control.flush().await;
        if flow == Flow::Continue && self.control.clear().await {
            self.session.secure = false;
            return Flow::Continue;
        }
        Flow::End(false)
    }

    /// Sends the final reply of a command, as changed by the rules.
    async fn send_final_reply(&mut self, reply: Reply, script: &Script) -> Flow {
        let reply = script.end.clone().unwrap_or(reply);
        if script.end_delay > Duration::ZERO {
            self.control.flush().await;
            sleep(script.end_delay).await;
        }
        if let Some(gate) = &script.end_hold {
            self.control.flush().await;
            self.shared.record.wait_at_gate(gate).await;
        }
        let flow = if script.mute { Flow::Continue } else { self.send_reply(&reply, script) };
        if flow == Flow::Continue {
            self.send_raw(&script.after);
        }
        flow
    }

    /// Sends one reply, unless a rule closes the connection instead.
    fn send_reply(&mut self, reply: &Reply, script: &Script) -> Flow {
        if let Some(reset) = script.drops_at(reply.code) {
            return Flow::End(reset);
        }
        let bytes = encode(reply);
        for _ in 0..=usize::from(script.doubles(reply.code)) {
            self.send_raw(&bytes);
        }
        Flow::Continue
    }

    fn send_raw(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.shared.record.reply(self.session.id, bytes);
            self.control.send(bytes);
        }
    }
}

/// Splits a line into the verb, in upper case, and the argument.
fn split_command(line: &[u8]) -> (String, &[u8]) {
    let end = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
    let verb = String::from_utf8_lossy(&line[..end]).to_ascii_uppercase();
    (verb, line.get(end + 1..).unwrap_or_default())
}

/// A reply in wire format (RFC 959 section 4.2).
fn encode(reply: &Reply) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    let last = reply.lines.len().saturating_sub(1);
    for (at, line) in reply.lines.iter().enumerate() {
        if at == last {
            bytes.extend_from_slice(format!("{} ", reply.code).as_bytes());
        } else if at == 0 {
            bytes.extend_from_slice(format!("{}-", reply.code).as_bytes());
        }
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

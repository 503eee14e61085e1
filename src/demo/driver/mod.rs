//! One session: reads commands, applies the rules, obeys, answers, and runs the transfer.

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
use crate::demo::fault::rules::Occasion;
use crate::demo::fault::script::{Instead, Script};
use crate::demo::persona::phrase::Phrase;
use crate::demo::persona::{Abort, InTransfer};
use crate::demo::record::WAITING_ABORT;
use crate::demo::session::{Call, Session, Step};
use crate::demo::setup::Tls;
use crate::demo::shared::{Order, Shared};
use crate::demo::talk::{Line, Talk};
use crate::demo::tls;
use crate::demo::transfer::{End, Guard, Load};
use crate::demo::verb;
use crate::ftp::address::{parse_eprt_argument, parse_port_argument};
use crate::ftp::{Class, Reply};
use crate::net::{ServerTls, Stream};

type Opening = Pin<Box<dyn Future<Output = Result<(TcpStream, SocketAddr), OpenError>> + Send>>;

/// Whether the session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    /// It ends; with a reset if true.
    End(bool),
}

/// A task that dies with its owner.
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

/// A transfer under way.
struct Running {
    script: Script,
    /// The read in which its command came.
    batch: u64,
    storing: bool,
    path: Vec<u8>,
    /// Where the file arrives, and its name when it is whole.
    arrives: Option<(RemotePath, RemotePath)>,
    /// Keeps others from writing the file.
    _lock: Option<OwnedMutexGuard<()>>,
    begin: Option<Reply>,
    end: Reply,
    stage: Stage,
    drop_control: Arc<Notify>,
}

enum Stage {
    /// Waits for the data connection.
    Opening { opening: Opening, load: Load, guard: Guard, text: bool },
    /// Moves data.
    Moving(Task<End>),
}

/// What may happen next.
enum Event {
    Line(Option<Line>),
    Opened(Result<(TcpStream, SocketAddr), OpenError>),
    Moved(End),
    Connected(io::Result<TcpStream>),
    DropControl,
}

/// A connection that an asynchronous server makes at PORT time.
struct Connecting {
    task: Task<io::Result<TcpStream>>,
    to: SocketAddr,
    done: Reply,
}

/// One session.
pub(crate) struct Driver {
    shared: Arc<Shared>,
    session: Session,
    talk: Talk,
    /// Commands that wait for the end of a transfer.
    waiting: VecDeque<Line>,
    running: Option<Running>,
    connecting: Option<Connecting>,
    tls: Option<ServerTls>,
}

/// Serves one client until it goes.
pub(crate) async fn serve(shared: Arc<Shared>, socket: TcpStream, peer: SocketAddr, id: u64) {
    // replies are small, and their sender waits for none to follow
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
    let talk = Talk::new(stream, shared.setup.round_trip);
    let waiting = VecDeque::new();
    let mut driver =
        Driver { shared, session, talk, waiting, running: None, connecting: None, tls };
    let reset = driver.run().await;
    driver.talk.close(reset).await;
}

impl Driver {
    /// Runs the session; true when its end is a reset.
    async fn run(&mut self) -> bool {
        let mut flow = self.greet().await;
        loop {
            if let Flow::End(reset) = flow {
                return reset;
            }
            if self.running.is_none()
                && let Some(line) = self.waiting.pop_front()
            {
                flow = self.obey(line).await;
                continue;
            }
            flow = match self.next_event().await {
                Event::Line(Some(line)) => self.take(line).await,
                Event::Line(None) => {
                    self.orphan().await;
                    Flow::End(false)
                }
                Event::Opened(opened) => self.opened(opened).await,
                Event::Moved(end) => self.moved(end).await,
                Event::Connected(connected) => self.connected(connected).await,
                Event::DropControl => {
                    self.talk.close(false).await;
                    self.orphan().await;
                    Flow::End(false)
                }
            };
        }
    }

    async fn next_event(&mut self) -> Event {
        let Self { talk, running, connecting, .. } = self;
        let transfer = async {
            match running {
                Some(Running { stage: Stage::Opening { opening, .. }, .. }) => {
                    Event::Opened(opening.await)
                }
                Some(Running { stage: Stage::Moving(task), drop_control, .. }) => {
                    tokio::select! {
                        end = &mut task.0 => Event::Moved(end.unwrap_or(End::Killed)),
                        () = drop_control.notified() => Event::DropControl,
                    }
                }
                None => pending().await,
            }
        };
        let connected = async {
            match connecting {
                Some(connecting) => match (&mut connecting.task.0).await {
                    Ok(connected) => Event::Connected(connected),
                    Err(error) => Event::Connected(Err(error.into())),
                },
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            line = talk.next() => Event::Line(line),
            event = transfer => event,
            event = connected => event,
        }
    }

    /// The control connection is gone: the data goes on where the server does not care.
    async fn orphan(&mut self) {
        if !self.session.manner().orphans_go_on {
            return;
        }
        if let Some(Running { stage: Stage::Moving(task), .. }) = &mut self.running {
            // nobody is left to hear how it ended
            let _ = (&mut task.0).await;
        }
    }

    async fn greet(&mut self) -> Flow {
        let script = self.script(None, b"", false);
        if let Some(flow) = self.instead(&script).await {
            return match (flow, &script.instead) {
                // anything but a greeting ends the session
                (Flow::On, Some(Instead::Reply(reply))) if reply.class() != Class::Completion => {
                    Flow::End(false)
                }
                (flow, _) => flow,
            };
        }
        let lines = self.session.manner().banner.split('\n');
        let reply =
            Reply { code: 220, lines: lines.map(|line| line.as_bytes().to_vec()).collect() };
        self.answer(reply, &script).await
    }

    /// What the rules say about a command, or about the connection.
    fn script(&self, verb: Option<&str>, argument: &[u8], foreign: bool) -> Script {
        if !self.shared.rules.any() {
            return Script::default();
        }
        let path = match verb {
            Some(_) => self.session.resolve(argument),
            None => RemotePath::root(),
        };
        let sessions = self.shared.sessions();
        self.shared.rules.script(&Occasion { verb, argument, path: &path, foreign, sessions })
    }

    /// Waits, and does what a rule wants done instead of obeying; `None` when it is to be obeyed.
    async fn instead(&mut self, script: &Script) -> Option<Flow> {
        if !script.delay.is_zero() {
            self.talk.flush().await;
            sleep(script.delay).await;
        }
        if let Some(gate) = &script.hold {
            self.talk.flush().await;
            self.shared.record.pass(gate).await;
        }
        self.raw(&script.before);
        match script.instead.clone()? {
            Instead::Reply(reply) => Some(self.answer(reply, script).await),
            Instead::Raw(bytes) => {
                self.raw(&bytes);
                Some(Flow::On)
            }
            Instead::Silent => Some(Flow::On),
            Instead::Drop(reset) => Some(Flow::End(reset)),
            Instead::Crash => {
                // the server that takes the order ends this task
                let _ = self.shared.orders.send(Order::Crash);
                pending().await
            }
        }
    }

    /// Takes a line that came: obeys it, or has it wait for the transfer that runs.
    async fn take(&mut self, line: Line) -> Flow {
        let Some(running) = &self.running else { return self.obey(line).await };
        let manner = self.session.manner();
        let moving = matches!(running.stage, Stage::Moving(_));
        let late = line.batch > running.batch;
        let verb = words(&line.text).0;
        if verb == "ABOR" {
            let heard = match manner.abort {
                Abort::Obey => true,
                Abort::Urgent => line.urgent,
                Abort::Wait => false,
            };
            if heard && (moving || manner.abort_frees_waiting) {
                return self.obey(line).await;
            }
            self.waiting.push_back(line);
            self.shared.record.reach(WAITING_ABORT);
            return Flow::On;
        }
        match manner.in_transfer {
            InTransfer::Obey if !verb::is_data(&verb) => self.obey(line).await,
            InTransfer::Refuse if late && moving => {
                self.shared.record.command(self.session.id, &verb, &line.text);
                let gaps = [("verb", verb.as_bytes())];
                let reply = self.session.phrase(Phrase::Unknown, &gaps);
                self.say(&reply, &Script::default())
            }
            _ if manner.size_in_transfer && late && moving && verb == "SIZE" => {
                self.obey(line).await
            }
            _ => {
                self.waiting.push_back(line);
                Flow::On
            }
        }
    }

    /// Obeys one command, unless a rule wants something else.
    async fn obey(&mut self, line: Line) -> Flow {
        let (verb, argument) = words(&line.text);
        self.shared.record.command(self.session.id, &verb, &line.text);
        let foreign = match verb.as_str() {
            "PORT" => parse_port_argument(argument),
            "EPRT" => parse_eprt_argument(argument),
            _ => None,
        };
        let foreign = foreign.is_some_and(|to| self.session.is_foreign(to));
        let script = self.script(Some(&verb), argument, foreign);
        if let Some(flow) = self.instead(&script).await {
            return flow;
        }
        let manner = self.session.manner();
        let lock = match verb.as_str() {
            "STOR" | "APPE" if manner.upload_lock => {
                let path = self.session.resolve(argument);
                self.talk.flush().await;
                Some(self.shared.lock(&path).await)
            }
            _ => None,
        };
        let call = Call { verb: &verb, argument, script: &script };
        match verb::run(&mut self.session, &call) {
            Step::Say(reply) if reply.code == 501 && self.session.manner().closes_at_501 => {
                match self.answer(reply, &script).await {
                    Flow::On => Flow::End(false),
                    end => end,
                }
            }
            Step::Say(reply) => {
                let flow = self.answer(reply, &script).await;
                self.rechannel().await;
                flow
            }
            Step::Close(reply) => match self.answer(reply, &script).await {
                Flow::On => Flow::End(false),
                end => end,
            },
            Step::Abort => self.abort(&script).await,
            Step::Connect(to, done) => {
                let task = Task::spawn(connect(self.session.local.ip(), to));
                self.connecting = Some(Connecting { task, to, done });
                Flow::On
            }
            Step::Secure(reply) => self.secure(reply, &script).await,
            Step::Clear(reply) => self.clear(reply, &script).await,
            Step::Transfer(transfer) => self.begin(*transfer, script, line.batch, lock).await,
        }
    }

    /// Answers, then puts the control connection under TLS.
    async fn secure(&mut self, reply: Reply, script: &Script) -> Flow {
        let begins = script.end.as_ref().unwrap_or(&reply).class() == Class::Completion;
        let flow = self.answer(reply, script).await;
        if flow != Flow::On || !begins {
            return flow;
        }
        self.talk.flush().await;
        let (Some(tls), Some(socket)) = (&self.tls, self.talk.take_socket()) else {
            return Flow::End(false);
        };
        let Ok(stream) = tls::accept(tls, socket).await else { return Flow::End(false) };
        self.talk.resume(stream);
        self.session.reset();
        self.session.secure = true;
        Flow::On
    }

    /// Answers, then takes the control connection out of TLS (CCC).
    async fn clear(&mut self, reply: Reply, script: &Script) -> Flow {
        let flow = self.answer(reply, script).await;
        self.talk.flush().await;
        if flow == Flow::On && self.talk.clear().await {
            self.session.secure = false;
            return Flow::On;
        }
        Flow::End(false)
    }

    /// The final reply of a command, as the rules want it.
    async fn answer(&mut self, reply: Reply, script: &Script) -> Flow {
        let reply = script.end.clone().unwrap_or(reply);
        if script.end_delay > Duration::ZERO {
            self.talk.flush().await;
            sleep(script.end_delay).await;
        }
        if let Some(gate) = &script.end_hold {
            self.talk.flush().await;
            self.shared.record.pass(gate).await;
        }
        let flow = if script.mute { Flow::On } else { self.say(&reply, script) };
        if flow == Flow::On {
            self.raw(&script.after);
        }
        flow
    }

    /// Sends one reply, unless a rule closes the connection in its place.
    fn say(&mut self, reply: &Reply, script: &Script) -> Flow {
        if let Some(reset) = script.drops_at(reply.code) {
            return Flow::End(reset);
        }
        let bytes = encode(reply);
        for _ in 0..=usize::from(script.doubles(reply.code)) {
            self.raw(&bytes);
        }
        Flow::On
    }

    fn raw(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.shared.record.reply(self.session.id, bytes);
            self.talk.send(bytes);
        }
    }
}

/// Verb, in upper case, and argument of a line.
fn words(line: &[u8]) -> (String, &[u8]) {
    let end = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
    let verb = String::from_utf8_lossy(&line[..end]).to_ascii_uppercase();
    (verb, line.get(end + 1..).unwrap_or_default())
}

/// A reply as it goes over the wire (RFC 959 section 4.2).
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

//! The demo server: its port, its sessions, and its controls for tests.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use crate::demo::driver;
use crate::demo::error::DemoError;
use crate::demo::fault::Rule;
use crate::demo::fault::rules::Rules;
use crate::demo::record::{ControlLine, Record, WAITING_ABORT};
use crate::demo::root::{Root, put};
use crate::demo::setup::{Setup, Tls};
use crate::demo::shared::{Order, Shared};
use crate::demo::store::Store;
use crate::demo::store::directory::ServedDirectory;
use crate::demo::store::tree::Tree;
use crate::demo::tls::TlsKit;

/// How long [`Server::wait_until`] waits.
const WAIT_LIMIT: Duration = Duration::from_secs(60);

/// A running server. It stops when dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    inner: Arc<Inner>,
    orders: AbortHandle,
}

/// The state that survives a crash.
#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    /// Bound but not listening: keeps the port while the server is down, and new connections are
    /// refused.
    _port_reservation: Option<TcpSocket>,
    accepting: Mutex<Option<AbortHandle>>,
    sessions: Mutex<JoinSet<()>>,
    next_id: AtomicU64,
}

impl Server {
    /// Starts a server. It accepts clients when this returns.
    ///
    /// # Errors
    /// [`DemoError`] if the address is not a loopback address, the port is in use, or the content
    /// or directory cannot be created.
    pub async fn start(mut setup: Setup) -> Result<Self, DemoError> {
        if !setup.ip.to_canonical().is_loopback() {
            return Err(DemoError::NotLoopback(setup.ip));
        }
        let store = match &setup.directory {
            Some(path) => Store::Disk(
                ServedDirectory::new(path)
                    .map_err(|source| DemoError::Directory { path: path.clone(), source })?,
            ),
            None => Store::Memory(Tree::new(setup.space)),
        };
        for (path, entry, mtime) in std::mem::take(&mut setup.entries) {
            let created = put(&store, &path, &entry);
            let created = created.and_then(|()| match mtime {
                Some(mtime) => store.set_mtime(&path.as_str().into(), mtime),
                None => Ok(()),
            });
            created.map_err(|source| DemoError::Content { path, source })?;
        }
        let tls = match setup.tls {
            Tls::Off => None,
            _ => Some(TlsKit::make(setup.client_certificate.take())?),
        };
        let rules = Rules::default();
        std::mem::take(&mut setup.rules).into_iter().for_each(|rule| rules.add(rule));
        let requested = SocketAddr::new(setup.ip, setup.port);
        let failed = |source| DemoError::Listen { address: requested, source };
        let listener = listen(requested).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (orders, mut received) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            record: Record::new(setup.record),
            setup,
            store,
            rules,
            tls,
            sessions: AtomicUsize::new(0),
            locks: Mutex::default(),
            orders,
        });
        let inner = Arc::new(Inner {
            shared: shared.clone(),
            _port_reservation: reserve_port(address),
            accepting: Mutex::default(),
            sessions: Mutex::default(),
            next_id: AtomicU64::new(1),
        });
        inner.accept(listener);
        let weak = Arc::downgrade(&inner);
        let orders = tokio::spawn(async move {
            while let Some(Order::Crash) = received.recv().await {
                let Some(inner) = weak.upgrade() else { return };
                inner.shut_down();
            }
        });
        Ok(Self { shared, address, inner, orders: orders.abort_handle() })
    }

    /// The address and port of the control connection.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The IP address.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The user that may log in.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.shared.setup.user
    }

    /// The password of that user.
    #[must_use]
    pub fn password(&self) -> &str {
        self.shared.setup.password.reveal()
    }

    /// `ftp://user:password@address:port`, or `ftps://` with implicit TLS, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.shared.setup.tls == Tls::Implicit { "ftps" } else { "ftp" };
        format!("{scheme}://{}:{}@{}", self.user(), self.password(), self.address)
    }

    /// The SHA-256 of the certificate in lower-case hex; `None` without TLS.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.shared.tls.as_ref().map(TlsKit::fingerprint)
    }

    /// Direct access to the files, bypassing protocol and fault rules.
    #[must_use]
    pub fn root(&self) -> Root {
        Root::new(self.shared.clone())
    }

    /// Number of open sessions.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.shared.sessions()
    }

    /// The log of all control connections, passwords masked.
    #[must_use]
    pub fn control_log(&self) -> Vec<ControlLine> {
        self.shared.record.lines()
    }

    /// The commands received so far, passwords masked.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let lines = self.control_log();
        lines.into_iter().filter(|line| line.command).map(|line| line.text).collect()
    }

    /// Number of commands received with this verb.
    #[must_use]
    pub fn count(&self, verb: &str) -> usize {
        self.shared.record.count(verb)
    }

    /// Clears the log of the control connections.
    pub fn clear_log(&self) {
        self.shared.record.clear();
    }

    /// Adds a fault rule.
    pub fn fault(&self, rule: Rule) {
        self.shared.rules.add(rule);
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.rules.clear();
    }

    /// Opens a gate at which a rule holds sessions, permanently.
    pub fn release(&self, gate: &str) {
        self.shared.record.open_gate(gate);
    }

    /// Waits until a session is held at this gate; false after 60 s.
    pub async fn wait_for_hold(&self, gate: &str) -> bool {
        self.wait_until(|server| server.shared.record.reached(gate)).await
    }

    /// Waits until `count` commands with this verb have been received; false after 60 s.
    pub async fn wait_for_command(&self, verb: &str, count: usize) -> bool {
        self.wait_until(|server| server.count(verb) >= count).await
    }

    /// Waits until an `ABOR` has been received, whether executed or queued; false after 60 s.
    pub async fn wait_for_abort(&self) -> bool {
        self.wait_until(|server| {
            server.count("ABOR") > 0 || server.shared.record.reached(WAITING_ABORT)
        })
        .await
    }

    /// Waits until a condition holds that depends on the log, on gates or on the number of
    /// sessions; false after 60 s.
    pub async fn wait_until(&self, mut condition: impl FnMut(&Self) -> bool) -> bool {
        let mut changed = self.shared.record.subscribe();
        let wait = async {
            while !condition(self) {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        timeout(WAIT_LIMIT, wait).await.is_ok()
    }

    /// Ends all sessions as if their processes were killed; new clients can still connect.
    pub async fn kill_sessions(&self) {
        let mut sessions = std::mem::take(&mut *self.inner.sessions());
        sessions.shutdown().await;
    }

    /// Crashes as with `kill -9`: all connections end, and new ones are refused.
    pub async fn crash(&self) {
        self.inner.stop_accepting();
        self.kill_sessions().await;
    }

    /// Restarts after a crash, at the same address and with the same files.
    ///
    /// # Errors
    /// [`DemoError::Listen`] if the port is in use by another program.
    pub async fn restart(&self) -> Result<(), DemoError> {
        self.inner.stop_accepting();
        let address = self.address;
        let listener = listen(address).map_err(|source| DemoError::Listen { address, source })?;
        self.inner.accept(listener);
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.orders.abort();
        self.inner.shut_down();
    }
}

impl Inner {
    fn sessions(&self) -> MutexGuard<'_, JoinSet<()>> {
        // no panic leaves the set inconsistent
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accepting(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to accept clients.
    fn accept(self: &Arc<Self>, listener: TcpListener) {
        let inner = Arc::downgrade(self);
        let task = tokio::spawn(async move {
            loop {
                // an error here concerns a client that disconnected before it was accepted
                let Ok((socket, peer)) = listener.accept().await else { continue };
                let Some(inner) = inner.upgrade() else { return };
                let id = inner.next_id.fetch_add(1, Ordering::Relaxed);
                let session_count = SessionCount::new(inner.shared.clone());
                let mut sessions = inner.sessions();
                while sessions.try_join_next().is_some() {}
                sessions.spawn(async move {
                    driver::serve(session_count.0.clone(), socket, peer, id).await;
                    drop(session_count);
                });
            }
        });
        *self.accepting() = Some(task.abort_handle());
    }

    fn stop_accepting(&self) {
        if let Some(task) = self.accepting().take() {
            task.abort();
        }
    }

    /// Ends everything, without waiting for it.
    fn shut_down(&self) {
        self.stop_accepting();
        self.sessions().abort_all();
    }
}

/// Counts a session while it lives.
struct SessionCount(Arc<Shared>);

impl SessionCount {
    fn new(shared: Arc<Shared>) -> Self {
        shared.sessions.fetch_add(1, Ordering::AcqRel);
        shared.record.notify();
        Self(shared)
    }
}

impl Drop for SessionCount {
    fn drop(&mut self) {
        self.0.sessions.fetch_sub(1, Ordering::AcqRel);
        self.0.record.notify();
    }
}

fn socket(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    {
        socket.set_reuseaddr(true)?;
        // the reservation holds the same port
        socket.set_reuseport(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    socket(address)?.listen(1024)
}

/// Reserves the port for a restart. `None` if the system does not support it; the port may be lost
/// then.
fn reserve_port(address: SocketAddr) -> Option<TcpSocket> {
    if cfg!(unix) { socket(address).ok() } else { None }
}

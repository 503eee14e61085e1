//! The embedded server: its port, its sessions, and what a test can do with it.

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
use crate::demo::record::{Record, Spoken, WAITING_ABORT};
use crate::demo::root::{Root, put};
use crate::demo::setup::{Setup, Tls};
use crate::demo::shared::{Order, Shared};
use crate::demo::store::Store;
use crate::demo::store::folder::Folder;
use crate::demo::store::tree::Tree;
use crate::demo::tls::TlsKit;

/// How long [`Server::until`] waits.
const UNTIL: Duration = Duration::from_secs(60);

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    inner: Arc<Inner>,
    orders: AbortHandle,
}

/// What a crash takes down and what brings it back.
#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    /// Bound but not listening: nobody else gets the port while the server is down, and those
    /// who connect are refused.
    _reserve: Option<TcpSocket>,
    accepting: Mutex<Option<AbortHandle>>,
    sessions: Mutex<JoinSet<()>>,
    next_id: AtomicU64,
}

impl Server {
    /// Starts a server; it is ready for clients when this returns.
    ///
    /// # Errors
    /// [`DemoError`] when the address is not this machine's own, the port is taken, or content or
    /// folder cannot be made.
    pub async fn start(mut setup: Setup) -> Result<Self, DemoError> {
        if !setup.ip.to_canonical().is_loopback() {
            return Err(DemoError::NotLoopback(setup.ip));
        }
        let store = match &setup.folder {
            Some(path) => Store::Folder(
                Folder::new(path)
                    .map_err(|source| DemoError::Folder { path: path.clone(), source })?,
            ),
            None => Store::Memory(Tree::new(setup.space)),
        };
        for (path, item, mtime) in std::mem::take(&mut setup.items) {
            let made = put(&store, &path, &item);
            let made = made.and_then(|()| match mtime {
                Some(mtime) => store.set_mtime(&path.as_str().into(), mtime),
                None => Ok(()),
            });
            made.map_err(|source| DemoError::Content { path, source })?;
        }
        let tls = match setup.tls {
            Tls::Off => None,
            _ => Some(TlsKit::make(setup.client_certificate.take())?),
        };
        let rules = Rules::default();
        std::mem::take(&mut setup.rules).into_iter().for_each(|rule| rules.add(rule));
        let wanted = SocketAddr::new(setup.ip, setup.port);
        let failed = |source| DemoError::Listen { address: wanted, source };
        let listener = listen(wanted).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (orders, mut ordered) = mpsc::unbounded_channel();
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
            _reserve: reserve(address),
            accepting: Mutex::default(),
            sessions: Mutex::default(),
            next_id: AtomicU64::new(1),
        });
        inner.accept(listener);
        let commander = Arc::downgrade(&inner);
        let orders = tokio::spawn(async move {
            while let Some(Order::Crash) = ordered.recv().await {
                let Some(inner) = commander.upgrade() else { return };
                inner.die();
            }
        });
        Ok(Self { shared, address, inner, orders: orders.abort_handle() })
    }

    /// Address and port of the control connection.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Address alone.
    #[must_use]
    pub fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    /// Port alone.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Who may log in.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.shared.setup.user
    }

    /// With which password.
    #[must_use]
    pub fn password(&self) -> &str {
        self.shared.setup.password.reveal()
    }

    /// `ftp://user:password@address:port`, `ftps://` with implicit TLS; a path can be appended.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.shared.setup.tls == Tls::Implicit { "ftps" } else { "ftp" };
        format!("{scheme}://{}:{}@{}", self.user(), self.password(), self.address)
    }

    /// SHA-256 of the certificate, lower-case hex; `None` without TLS.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&str> {
        self.shared.tls.as_ref().map(TlsKit::fingerprint)
    }

    /// The files, past protocol and rules.
    #[must_use]
    pub fn root(&self) -> Root {
        Root::new(self.shared.clone())
    }

    /// Sessions that live.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.shared.sessions()
    }

    /// Everything that was said on the control connections so far, passwords masked.
    #[must_use]
    pub fn spoken(&self) -> Vec<Spoken> {
        self.shared.record.lines()
    }

    /// The commands that came, passwords masked.
    #[must_use]
    pub fn commands(&self) -> Vec<String> {
        let lines = self.spoken();
        lines.into_iter().filter(|line| line.command).map(|line| line.text).collect()
    }

    /// How many commands with this verb came.
    #[must_use]
    pub fn count(&self, verb: &str) -> usize {
        self.shared.record.count(verb)
    }

    /// Forgets what was said.
    pub fn forget(&self) {
        self.shared.record.clear();
    }

    /// Adds a fault.
    pub fn fault(&self, rule: Rule) {
        self.shared.rules.add(rule);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.rules.clear();
    }

    /// Opens a gate where a rule holds, for good.
    pub fn release(&self, gate: &str) {
        self.shared.record.open(gate);
    }

    /// Waits until a session stands at this gate; false after 60 s.
    pub async fn held(&self, gate: &str) -> bool {
        self.until(|server| server.shared.record.reached(gate)).await
    }

    /// Waits until so many commands with this verb have come; false after 60 s.
    pub async fn saw(&self, verb: &str, count: usize) -> bool {
        self.until(|server| server.count(verb) >= count).await
    }

    /// Waits until an `ABOR` has come, be it obeyed or left waiting; false after 60 s.
    pub async fn heard_abort(&self) -> bool {
        self.until(|server| server.count("ABOR") > 0 || server.shared.record.reached(WAITING_ABORT))
            .await
    }

    /// Waits until something is true that depends on what was said, on gates or on the number of
    /// sessions; false after 60 s.
    pub async fn until(&self, mut true_now: impl FnMut(&Self) -> bool) -> bool {
        let mut changed = self.shared.record.subscribe();
        let wait = async {
            while !true_now(self) {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        };
        timeout(UNTIL, wait).await.is_ok()
    }

    /// Ends all sessions as if their processes were killed; new clients are welcome.
    pub async fn kill_sessions(&self) {
        let mut sessions = std::mem::take(&mut *self.inner.sessions());
        sessions.shutdown().await;
    }

    /// Dies as by kill -9: all connections end, and new ones are refused.
    pub async fn crash(&self) {
        self.inner.stop_accepting();
        self.kill_sessions().await;
    }

    /// Goes on at the same address, with the same files, after a crash.
    ///
    /// # Errors
    /// [`DemoError::Listen`] when the port was taken meanwhile.
    pub async fn come_back(&self) -> Result<(), DemoError> {
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
        self.inner.die();
    }
}

impl Inner {
    fn sessions(&self) -> MutexGuard<'_, JoinSet<()>> {
        // adding and reaping leave the set sound
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accepting(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.accepting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Welcomes clients from now on.
    fn accept(self: &Arc<Self>, listener: TcpListener) {
        let inner = Arc::downgrade(self);
        let task = tokio::spawn(async move {
            loop {
                // an error here concerns a client that went away while it waited
                let Ok((socket, peer)) = listener.accept().await else { continue };
                let Some(inner) = inner.upgrade() else { return };
                let id = inner.next_id.fetch_add(1, Ordering::Relaxed);
                let counted = Counted::new(inner.shared.clone());
                let mut sessions = inner.sessions();
                while sessions.try_join_next().is_some() {}
                sessions.spawn(async move {
                    driver::serve(counted.0.clone(), socket, peer, id).await;
                    drop(counted);
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
    fn die(&self) {
        self.stop_accepting();
        self.sessions().abort_all();
    }
}

/// Counts a session for as long as it lives.
struct Counted(Arc<Shared>);

impl Counted {
    fn new(shared: Arc<Shared>) -> Self {
        shared.sessions.fetch_add(1, Ordering::AcqRel);
        shared.record.notify();
        Self(shared)
    }
}

impl Drop for Counted {
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
        // the reserve holds the same port
        socket.set_reuseport(true)?;
    }
    socket.bind(address)?;
    Ok(socket)
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    socket(address)?.listen(1024)
}

/// Keeps the port for a server that comes back; without it the port may be lost meanwhile.
fn reserve(address: SocketAddr) -> Option<TcpSocket> {
    if cfg!(unix) { socket(address).ok() } else { None }
}

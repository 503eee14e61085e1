//! Opens data connections, passive and active.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::demo::persona::ForeignPeer;

/// The data channel that PASV, PORT and related commands have prepared.
#[derive(Debug, Default)]
pub(crate) enum Channel {
    /// No channel.
    #[default]
    None,
    /// A listening passive port.
    Listening(Listening),
    /// The address to connect to, and the local address to connect from.
    Target { from: IpAddr, to: SocketAddr },
    /// An open connection (asynchronous servers).
    Open(TcpStream, SocketAddr),
}

/// A passive port.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    /// The only address that may connect; `None` allows any.
    only: Option<IpAddr>,
    foreign: ForeignPeer,
    limit: Option<Duration>,
    /// This server is the TLS client on accepted connections (CPSV).
    pub(crate) tls_client: bool,
}

/// Why the data connection could not be opened.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// Connecting to the address failed.
    Connect(SocketAddr, io::Error),
    /// A foreign address connected.
    Foreign(SocketAddr),
    /// No client connected in time.
    TimedOut,
}

impl Listening {
    /// Opens a port.
    pub(crate) fn open(
        ip: IpAddr,
        only: Option<IpAddr>,
        foreign: ForeignPeer,
        limit: Option<Duration>,
        tls_client: bool,
    ) -> io::Result<(Self, u16)> {
        let socket = if ip.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.bind(SocketAddr::new(ip, 0))?;
        let listener = socket.listen(16)?;
        let port = listener.local_addr()?.port();
        Ok((Self { listener, only, foreign, limit, tls_client }, port))
    }

    async fn accept(&self) -> Result<(TcpStream, SocketAddr), OpenError> {
        loop {
            // an error here concerns a peer that disconnected before it was accepted
            let Ok((socket, peer)) = self.listener.accept().await else { continue };
            let known = self.only.is_none_or(|only| only == peer.ip().to_canonical());
            if known {
                return Ok((socket, peer));
            }
            if self.foreign == ForeignPeer::BeginAndHang {
                let _held = socket;
                std::future::pending::<()>().await;
            }
            if self.foreign != ForeignPeer::Ignore {
                return Err(OpenError::Foreign(peer));
            }
        }
    }
}

impl Channel {
    /// True if a transfer command can be sent.
    pub(crate) fn is_ready(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Opens the data connection.
    pub(crate) async fn open(self) -> Result<(TcpStream, SocketAddr), OpenError> {
        match self {
            // an asynchronous server waits until PASV or PORT prepares a channel
            Self::None => std::future::pending().await,
            Self::Open(socket, peer) => Ok((socket, peer)),
            Self::Target { from, to } => match connect(from, to).await {
                Ok(socket) => Ok((socket, to)),
                Err(error) => Err(OpenError::Connect(to, error)),
            },
            Self::Listening(listening) => match listening.limit {
                None => listening.accept().await,
                Some(limit) => {
                    timeout(limit, listening.accept()).await.unwrap_or(Err(OpenError::TimedOut))
                }
            },
        }
    }
}

/// Connects from the server's own address, so that its peers can distinguish it from the client.
/// Connects to loopback addresses only: a client that forwards the address of a server behind NAT
/// gets the same error as on a real server.
pub(crate) async fn connect(from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    if !to.ip().to_canonical().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::HostUnreachable, "No route to host"));
    }
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // without bind, the system uses 127.0.0.1 anyway and finds a free port much faster
    if from.is_ipv4() == to.is_ipv4() && from != IpAddr::V4(Ipv4Addr::LOCALHOST) {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(to).await
}

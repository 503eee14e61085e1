//! Opening data connections, as the passive and as the active side.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::demo::persona::ForeignPeer;

/// What PASV, PORT and their kin have prepared.
#[derive(Debug, Default)]
pub(crate) enum Channel {
    /// Nothing.
    #[default]
    None,
    /// A port that waits.
    Listening(Listening),
    /// An address to connect to, from this one.
    Target { from: IpAddr, to: SocketAddr },
    /// A connection that stands (asynchronous servers).
    Open(TcpStream, SocketAddr),
}

/// A passive port.
#[derive(Debug)]
pub(crate) struct Listening {
    listener: TcpListener,
    /// The address that may connect; `None` is anybody.
    only: Option<IpAddr>,
    foreign: ForeignPeer,
    limit: Option<Duration>,
    /// Connections come under TLS with this side as client (CPSV).
    pub(crate) tls_client: bool,
}

/// Why there is no data connection.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// The address does not take connections.
    Connect(SocketAddr, io::Error),
    /// Somebody else came.
    Foreign(SocketAddr),
    /// Nobody came.
    Nobody,
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
            // what the system says here concerns a peer that went away while it waited
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
    /// True when a data command can be given.
    pub(crate) fn is_ready(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// Opens the data connection.
    pub(crate) async fn open(self) -> Result<(TcpStream, SocketAddr), OpenError> {
        match self {
            // an asynchronous server waits until PASV or PORT gives it one
            Self::None => std::future::pending().await,
            Self::Open(socket, peer) => Ok((socket, peer)),
            Self::Target { from, to } => match connect(from, to).await {
                Ok(socket) => Ok((socket, to)),
                Err(error) => Err(OpenError::Connect(to, error)),
            },
            Self::Listening(listening) => match listening.limit {
                None => listening.accept().await,
                Some(limit) => {
                    timeout(limit, listening.accept()).await.unwrap_or(Err(OpenError::Nobody))
                }
            },
        }
    }
}

/// Connects from the server's own address, so that a foreign peer is told from the client.
/// Nothing beyond this machine is ever connected to: a client that passes on the address of a
/// server behind NAT sees what it would see there.
pub(crate) async fn connect(from: IpAddr, to: SocketAddr) -> io::Result<TcpStream> {
    if !to.ip().to_canonical().is_loopback() {
        return Err(io::Error::new(io::ErrorKind::HostUnreachable, "No route to host"));
    }
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // 127.0.0.1 is what the system takes by itself, and finds a free port for much faster
    if from.is_ipv4() == to.is_ipv4() && from != IpAddr::V4(Ipv4Addr::LOCALHOST) {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(to).await
}

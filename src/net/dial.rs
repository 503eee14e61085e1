//! Opening a TCP connection to a server within a time limit, trying the addresses of the host in
//! turn.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use crate::net::egress::Egress;
use crate::net::{NetError, stream};

/// Where to connect, and how long to try.
#[derive(Debug, Clone)]
pub struct Dial {
    /// Host name or IP address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The local address and the proxy to use.
    pub egress: Egress,
    /// Time limit for all addresses of the host together.
    pub limit: Duration,
}

impl Dial {
    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// As [`Egress::connect`].
    pub async fn connect(&self) -> Result<TcpStream, NetError> {
        self.egress.connect(&self.host, self.port, true, self.limit).await
    }

    /// The server's address. Behind a proxy it is not the peer of `socket`: it is resolved locally,
    /// and unspecified (`0.0.0.0`) if that fails.
    ///
    /// # Errors
    /// [`NetError`] when the socket is no longer connected.
    pub(super) async fn peer(&self, socket: &TcpStream) -> Result<SocketAddr, NetError> {
        if self.egress.proxy.is_none() {
            return socket.peer_addr().map(stream::canonical).map_err(NetError::from_io);
        }
        let found = match self.host.parse::<IpAddr>() {
            Ok(ip) => Some(SocketAddr::new(ip, self.port)),
            Err(_) => {
                lookup_host((self.host.as_str(), self.port)).await.ok().and_then(|mut a| a.next())
            }
        };
        Ok(stream::canonical(
            found.unwrap_or_else(|| SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), self.port)),
        ))
    }
}

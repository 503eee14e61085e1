//! Making the TCP connection to a server within a time limit, one address of a host after the
//! other.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};

use crate::net::egress::Egress;
use crate::net::{NetError, stream};

/// Where to connect to, and how long to try.
#[derive(Debug, Clone)]
pub struct Dial {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// How connections leave this machine.
    pub egress: Egress,
    /// The limit for all addresses of the host together.
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

    /// The server's address, which is not the other end of `socket` when a proxy is in between.
    /// Then it is looked up here, and unspecified (`0.0.0.0`) where the name means nothing here.
    ///
    /// # Errors
    /// [`NetError`] when the socket is not connected any more.
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

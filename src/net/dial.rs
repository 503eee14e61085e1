//! Making a TCP connection within a time limit, one address of a host after the other.

use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::net::NetError;

/// An idle control connection is probed after this time, so that a firewall that forgot it is
/// noticed during a long transfer (reference quirk 9).
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// Where to connect to, and how long to try.
#[derive(Debug, Clone)]
pub struct Dial {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The limit for all addresses of the host together.
    pub limit: Duration,
}

impl Dial {
    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// [`NetError::Resolve`], [`NetError::Timeout`], or [`NetError::Connect`] of the last
    /// address that was tried.
    pub async fn connect(&self) -> Result<TcpStream, NetError> {
        let step = || format!("connecting to {}:{}", self.host, self.port);
        timeout(self.limit, self.try_addresses())
            .await
            .unwrap_or_else(|_| Err(NetError::Timeout { step: step(), after: self.limit }))
    }

    async fn try_addresses(&self) -> Result<TcpStream, NetError> {
        let resolve = |source| NetError::Resolve { host: self.host.clone(), source };
        let addresses: Vec<SocketAddr> =
            lookup_host((self.host.as_str(), self.port)).await.map_err(resolve)?.collect();
        let mut last = None;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(socket) => {
                    tune(&socket);
                    return Ok(socket);
                }
                Err(source) => last = Some(NetError::Connect { address, source }),
            }
        }
        Err(last.unwrap_or_else(|| resolve(std::io::Error::other("it has no address"))))
    }
}

/// No delay for small writes, and probes on idle connections. A system that cannot do either
/// still has a working connection, so refusals are only logged.
pub(crate) fn tune(socket: &TcpStream) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER);
    if let Err(error) = SockRef::from(socket).set_tcp_keepalive(&keepalive) {
        tracing::debug!(%error, "no TCP keep-alive");
    }
}

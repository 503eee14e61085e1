//! How outgoing connections are made: local address, local port, proxy.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_socks::tcp::Socks5Stream;

use crate::base::Secret;
use crate::net::NetError;

/// Idle time after which TCP keep-alive probes a control connection, so that a firewall that
/// dropped it is noticed during a long transfer (quirk 9).
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);
/// How many consecutive local ports are tried: several sessions cannot connect to one server from
/// the same port.
const PORTS: u16 = 128;

/// A SOCKS5 proxy (RFC 1928).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocksProxy {
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// User and password (RFC 1929), if the proxy requires a login.
    pub login: Option<(String, Secret)>,
}

/// How outgoing connections to one server are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Egress {
    /// The local address; chosen by the system when `None`.
    pub address: Option<IpAddr>,
    /// The first local port to try for control connections; chosen by the system when `None`.
    pub port: Option<u16>,
    /// The proxy, if any.
    pub proxy: Option<SocksProxy>,
}

impl Egress {
    /// Connects to `host`; a proxy resolves the name itself. `control` selects the configured local
    /// port.
    ///
    /// # Errors
    /// [`NetError::Resolve`], [`NetError::Timeout`] after `limit` for all addresses together,
    /// [`NetError::Connect`] of the last address that was tried, [`NetError::Local`],
    /// [`NetError::Proxy`].
    pub async fn connect(
        &self,
        host: &str,
        port: u16,
        control: bool,
        limit: Duration,
    ) -> Result<TcpStream, NetError> {
        let first_port = self.port.filter(|_| control);
        let connecting = async {
            match &self.proxy {
                None => self.try_addresses(host, port, first_port).await,
                Some(proxy) => {
                    let socket = self.try_addresses(&proxy.host, proxy.port, first_port).await;
                    let socket = socket.map_err(|error| proxy.failed(&error.to_string()))?;
                    proxy.pass(socket, host, port).await
                }
            }
        };
        timeout(limit, connecting).await.unwrap_or_else(|_| {
            Err(NetError::Timeout { step: format!("connecting to {host}:{port}"), after: limit })
        })
    }

    async fn try_addresses(
        &self,
        host: &str,
        port: u16,
        first_port: Option<u16>,
    ) -> Result<TcpStream, NetError> {
        let resolve = |source| NetError::Resolve { host: host.to_owned(), source };
        let addresses: Vec<SocketAddr> =
            lookup_host((host, port)).await.map_err(resolve)?.collect();
        let mut last = None;
        for address in addresses {
            match self.connect_to(address, first_port).await {
                Ok(socket) => {
                    tune(&socket);
                    return Ok(socket);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| resolve(io::Error::other("the host has no address"))))
    }

    /// Connects to one address from the first local port that is free for it.
    async fn connect_to(
        &self,
        remote: SocketAddr,
        first_port: Option<u16>,
    ) -> Result<TcpStream, NetError> {
        let failed = |source| NetError::Connect { address: remote, source };
        if self.address.is_none() && first_port.is_none() {
            return TcpStream::connect(remote).await.map_err(failed);
        }
        let ip = self.address.unwrap_or(match remote {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        });
        let mut port = first_port.unwrap_or(0);
        let last_port = first_port.map_or(0, |first| first.saturating_add(PORTS));
        loop {
            let local = SocketAddr::new(ip, port);
            let local_error = |source| NetError::Local { address: local, source };
            if ip.is_ipv4() != remote.is_ipv4() {
                let reason = format!("{remote} belongs to a different address family");
                return Err(local_error(io::Error::new(io::ErrorKind::InvalidInput, reason)));
            }
            let socket = match remote {
                SocketAddr::V4(_) => TcpSocket::new_v4(),
                SocketAddr::V6(_) => TcpSocket::new_v6(),
            };
            let socket = socket.map_err(local_error)?;
            if port != 0 {
                // the port may be in TIME_WAIT from an earlier connection
                socket.set_reuseaddr(true).map_err(local_error)?;
            }
            let is_taken = |error: &io::Error| {
                matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AddrNotAvailable)
            };
            let error = match socket.bind(local) {
                Ok(()) => match socket.connect(remote).await {
                    Ok(socket) => return Ok(socket),
                    Err(error) if port != 0 && is_taken(&error) => local_error(error),
                    Err(error) => return Err(failed(error)),
                },
                Err(error) if port != 0 && error.kind() == io::ErrorKind::AddrInUse => {
                    local_error(error)
                }
                Err(error) => return Err(local_error(error)),
            };
            if port >= last_port {
                return Err(error);
            }
            port += 1;
        }
    }
}

impl SocksProxy {
    /// Asks the proxy for a connection (RFC 1928 section 4).
    async fn pass(&self, socket: TcpStream, host: &str, port: u16) -> Result<TcpStream, NetError> {
        let connected = match &self.login {
            None => Socks5Stream::connect_with_socket(socket, (host, port)).await,
            Some((user, password)) => {
                let password = password.reveal();
                Socks5Stream::connect_with_password_and_socket(socket, (host, port), user, password)
                    .await
            }
        };
        match connected {
            Ok(stream) => Ok(stream.into_inner()),
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }

    fn failed(&self, reason: &str) -> NetError {
        NetError::Proxy { proxy: format!("{}:{}", self.host, self.port), reason: reason.to_owned() }
    }
}

/// Sets `TCP_NODELAY` and keep-alive. The connection works without them, so errors are only logged.
pub(crate) fn tune(socket: &TcpStream) {
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER);
    if let Err(error) = SockRef::from(socket).set_tcp_keepalive(&keepalive) {
        tracing::debug!(%error, "cannot set TCP keep-alive");
    }
}

//! Data connections of our own: listings, downloads, uploads.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::net::{ClientTls, Egress, NetError, Stream};

/// How long the other side may take to close after our end (reference/servers.md section 7: a
/// TLS 1.3 server's tickets must be read, or our close becomes a reset).
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// A port that waits for the server's data connection (active mode).
#[derive(Debug)]
pub struct DataListener {
    listener: TcpListener,
    address: SocketAddr,
}

impl DataListener {
    /// Opens a port on this machine's side of the control connection.
    ///
    /// # Errors
    /// [`NetError::Listen`].
    pub async fn bind(local: SocketAddr) -> Result<Self, NetError> {
        let listener =
            TcpListener::bind(SocketAddr::new(local.ip(), 0)).await.map_err(NetError::Listen)?;
        let address = listener.local_addr().map_err(NetError::Listen)?;
        Ok(Self { listener, address })
    }

    /// What the server is told in PORT or EPRT.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the server; anybody else is turned away (design section 5).
    ///
    /// # Errors
    /// [`NetError::Timeout`], or [`NetError::ForeignPeer`].
    pub async fn accept(
        self,
        server: SocketAddr,
        tls: Option<&ClientTls>,
        limit: Duration,
    ) -> Result<DataConnection, NetError> {
        let accepted = timeout(limit, self.listener.accept()).await;
        let Ok(accepted) = accepted else {
            let step = "opening the data connection".to_owned();
            return Err(NetError::Timeout { step, after: limit });
        };
        let (socket, peer) = accepted.map_err(NetError::from_io)?;
        if peer.ip().to_canonical() != server.ip().to_canonical() {
            return Err(NetError::ForeignPeer(peer));
        }
        DataConnection::over(socket, tls, limit).await
    }
}

/// One data connection.
#[derive(Debug)]
pub struct DataConnection {
    stream: Stream,
}

impl DataConnection {
    /// Opens a TCP connection to a passive server, as its control connection went; TLS comes with [`DataConnection::over`] once
    /// the server has answered the transfer command.
    ///
    /// # Errors
    /// As [`Egress::connect`].
    pub async fn open(
        egress: &Egress,
        host: &str,
        port: u16,
        limit: Duration,
    ) -> Result<TcpStream, NetError> {
        egress.connect(host, port, false, limit).await
    }

    /// A connection over a socket that is open, under TLS if given.
    ///
    /// # Errors
    /// The TLS failure.
    pub async fn over(
        socket: TcpStream,
        tls: Option<&ClientTls>,
        limit: Duration,
    ) -> Result<Self, NetError> {
        let stream = match tls {
            Some(tls) => tls.wrap(socket, limit).await?,
            None => Stream::Plain(socket),
        };
        Ok(Self { stream })
    }

    /// Reads some bytes, at most as long as `buffer`; 0 at the end.
    ///
    /// Under TLS an end without `close_notify` is an end (design rule 14): the server's final
    /// reply and the size decide whether the data was whole.
    ///
    /// # Errors
    /// [`NetError::Timeout`] after `limit` without a byte, or the broken connection.
    pub async fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, NetError> {
        match timeout(limit, self.stream.read(buffer)).await {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(0),
            Ok(Err(error)) => Err(NetError::from_io(error)),
            Err(_) => Err(NetError::Timeout { step: "the data".to_owned(), after: limit }),
        }
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// [`NetError::Timeout`] when nothing is taken for `limit`, or the broken connection.
    pub async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NetError> {
        match timeout(limit, self.stream.write_all(bytes)).await {
            Ok(written) => written.map_err(NetError::from_io),
            Err(_) => Err(NetError::Timeout { step: "taking the data".to_owned(), after: limit }),
        }
    }

    /// Ends our side and waits for the server to end its own.
    ///
    /// # Errors
    /// The broken connection; a server that does not close in time is no error.
    pub async fn finish(mut self) -> Result<(), NetError> {
        let tls = self.stream.is_tls();
        let end = async {
            self.stream.flush().await?;
            self.stream.shutdown().await?;
            let mut rest = [0; 1024];
            while tls && self.stream.read(&mut rest).await? > 0 {}
            Ok::<(), std::io::Error>(())
        };
        match timeout(CLOSE_LIMIT, end).await {
            Ok(Err(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof && !tls => {
                Err(NetError::from_io(error))
            }
            _ => Ok(()),
        }
    }

    /// True when the TLS session of the control connection was resumed.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.stream.is_resumed()
    }
}

//! Data connections of this program: listings, downloads, uploads.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::net::{ClientTls, Egress, NetError, Stream};

/// How long the server may take to close after our end (docs/servers.md "TLS session reuse": a TLS
/// 1.3 server's tickets must be read, or closing resets the connection).
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// A listening port for the server's data connection (active mode).
#[derive(Debug)]
pub struct DataListener {
    listener: TcpListener,
    address: SocketAddr,
}

impl DataListener {
    /// Listens on the local address of the control connection.
    ///
    /// # Errors
    /// [`NetError::Listen`].
    pub async fn bind(local: SocketAddr) -> Result<Self, NetError> {
        let listener =
            TcpListener::bind(SocketAddr::new(local.ip(), 0)).await.map_err(NetError::Listen)?;
        let address = listener.local_addr().map_err(NetError::Listen)?;
        Ok(Self { listener, address })
    }

    /// The address to announce with PORT or EPRT.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits for the server to connect; connections from other hosts are rejected
    /// (docs/transfer-rules.md "Addresses").
    ///
    /// # Errors
    /// [`NetError::Timeout`], or [`NetError::ForeignPeer`] if only another host connected.
    pub async fn accept(
        self,
        server: SocketAddr,
        tls: Option<&ClientTls>,
        limit: Duration,
    ) -> Result<DataConnection, NetError> {
        let mut foreign = None;
        let accepted = timeout(limit, async {
            loop {
                let (socket, peer) = self.listener.accept().await.map_err(NetError::from_io)?;
                if peer.ip().to_canonical() == server.ip().to_canonical() {
                    return Ok::<_, NetError>(socket);
                }
                // another host that connects first must not lock out the server
                foreign = Some(peer);
            }
        });
        let socket = match (accepted.await, foreign) {
            (Ok(socket), _) => socket?,
            (Err(_), Some(peer)) => return Err(NetError::ForeignPeer(peer)),
            (Err(_), None) => {
                let step = "opening the data connection".to_owned();
                return Err(NetError::Timeout { step, after: limit });
            }
        };
        DataConnection::over(socket, tls, limit).await
    }
}

/// One data connection.
#[derive(Debug)]
pub struct DataConnection {
    stream: Stream,
    /// An error that occurred after bytes were read; the next call returns it.
    broken: Option<io::Error>,
}

impl DataConnection {
    /// Opens a TCP connection to a passive server, through the same egress as its control
    /// connection. Call [`DataConnection::over`] once the server has answered the transfer command.
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

    /// A data connection over an open socket; performs the TLS handshake if `tls` is given.
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
        Ok(Self { stream, broken: None })
    }

    /// Reads at most `buffer.len()` bytes; returns 0 at the end.
    ///
    /// Under TLS a connection that ends without `close_notify` counts as ended (transfer rule 14):
    /// the server's final reply and the size decide whether the data is complete.
    ///
    /// # Errors
    /// [`NetError::Timeout`] when no byte arrives within `limit`, or the connection error.
    pub async fn read(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, NetError> {
        match timeout(limit, self.stream.read(buffer)).await {
            Ok(Ok(count)) => Ok(count),
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Ok(Err(error)) => Err(NetError::from_io(error)),
            Err(_) => Err(NetError::Timeout { step: "waiting for data".to_owned(), after: limit }),
        }
    }

    /// Waits for bytes and reads all that are available, at most `buffer.len()`; returns 0 at the
    /// end. Returns larger chunks than [`DataConnection::read`].
    ///
    /// # Errors
    /// As [`DataConnection::read`].
    pub async fn fill(&mut self, buffer: &mut [u8], limit: Duration) -> Result<usize, NetError> {
        if let Some(error) = self.broken.take() {
            return Err(NetError::from_io(error));
        }
        let mut filled = self.read(buffer, limit).await?;
        while filled > 0 && filled < buffer.len() {
            let mut rest = ReadBuf::new(&mut buffer[filled..]);
            let mut stream = Pin::new(&mut self.stream);
            let polled = poll_fn(|cx| Poll::Ready(stream.as_mut().poll_read(cx, &mut rest))).await;
            match polled {
                Poll::Ready(Ok(())) if !rest.filled().is_empty() => filled += rest.filled().len(),
                // the end: the next call reads it again
                Poll::Ready(Ok(())) | Poll::Pending => break,
                Poll::Ready(Err(error)) => {
                    if error.kind() != io::ErrorKind::UnexpectedEof {
                        self.broken = Some(error);
                    }
                    break;
                }
            }
        }
        Ok(filled)
    }

    /// Writes all bytes.
    ///
    /// # Errors
    /// [`NetError::Timeout`] when the server accepts no byte within `limit`, or the connection
    /// error.
    pub async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NetError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match timeout(limit, self.stream.write(rest)).await {
                Ok(Ok(0)) => return Err(NetError::Closed),
                Ok(Ok(count)) => rest = &rest[count..],
                Ok(Err(error)) => return Err(NetError::from_io(error)),
                Err(_) => {
                    let step = "sending data".to_owned();
                    return Err(NetError::Timeout { step, after: limit });
                }
            }
        }
        Ok(())
    }

    /// Closes our side and waits for the server to close its own.
    ///
    /// # Errors
    /// The connection error. A server that does not close in time is not an error.
    pub async fn finish(mut self) -> Result<(), NetError> {
        let tls = self.stream.is_tls();
        let end = async {
            self.stream.flush().await?;
            self.stream.shutdown().await?;
            let mut rest = [0; 1024];
            while tls && self.stream.read(&mut rest).await? > 0 {}
            Ok::<(), io::Error>(())
        };
        match timeout(CLOSE_LIMIT, end).await {
            Ok(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof && !tls => {
                Err(NetError::from_io(error))
            }
            _ => Ok(()),
        }
    }

    /// True if the connection uses TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    /// True if the connection resumed the TLS session of the control connection.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.stream.is_resumed()
    }
}

//! Data connections of our own: listings, downloads, uploads.

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
        let mut foreign = None;
        let accepted = timeout(limit, async {
            loop {
                let (socket, peer) = self.listener.accept().await.map_err(NetError::from_io)?;
                if peer.ip().to_canonical() == server.ip().to_canonical() {
                    return Ok::<_, NetError>(socket);
                }
                // whoever finds the port first must not keep the server out
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
    /// What broke the connection behind bytes that were handed out first.
    broken: Option<io::Error>,
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
        Ok(Self { stream, broken: None })
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
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Ok(Err(error)) => Err(NetError::from_io(error)),
            Err(_) => Err(NetError::Timeout { step: "the data".to_owned(), after: limit }),
        }
    }

    /// Waits for bytes, and takes all that are there, at most as many as `buffer` is long; 0 at
    /// the end. Fewer and larger pieces than with [`DataConnection::read`].
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
                // the end, which the next call sees again
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
    /// [`NetError::Timeout`] when nothing is taken for `limit`, or the broken connection.
    pub async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NetError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match timeout(limit, self.stream.write(rest)).await {
                Ok(Ok(0)) => return Err(NetError::Closed),
                Ok(Ok(count)) => rest = &rest[count..],
                Ok(Err(error)) => return Err(NetError::from_io(error)),
                Err(_) => {
                    let step = "taking the data".to_owned();
                    return Err(NetError::Timeout { step, after: limit });
                }
            }
        }
        Ok(())
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
            Ok::<(), io::Error>(())
        };
        match timeout(CLOSE_LIMIT, end).await {
            Ok(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof && !tls => {
                Err(NetError::from_io(error))
            }
            _ => Ok(()),
        }
    }

    /// True under TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    /// True when the TLS session of the control connection was resumed.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.stream.is_resumed()
    }
}

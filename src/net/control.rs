//! The control connection: sends commands, several in one write if necessary, and receives replies.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use crate::ftp::{Charset, Command, PathStyle, Reply, ReplyParser};
use crate::net::{ClientTls, ConversationLog, Dial, NetError, Stream};

/// An unterminated multi-line reply counts as complete after this silence (quirk 2).
const SETTLE_AFTER: Duration = Duration::from_secs(5);
/// Bytes per read.
const READ_SIZE: usize = 16 * 1024;

/// One control connection.
///
/// Reading is cancel-safe: received bytes stay in the parser.
#[derive(Debug)]
pub struct ControlConnection {
    stream: Stream,
    parser: ReplyParser,
    buffer: Vec<u8>,
    ready: VecDeque<Reply>,
    conversation: ConversationLog,
    charset: Option<Charset>,
    paths: Option<PathStyle>,
    peer: SocketAddr,
    local: SocketAddr,
    write_limit: Duration,
    /// The password or account of the last command sent. It is masked in replies because some
    /// servers repeat it.
    secret: Option<Zeroizing<Vec<u8>>>,
}

impl ControlConnection {
    /// Connects, with implicit TLS when `implicit` is given (RFC 4217 appendix).
    ///
    /// # Errors
    /// [`NetError`] when connecting or the TLS handshake fails or exceeds the time limit.
    pub async fn connect(
        dial: &Dial,
        implicit: Option<&ClientTls>,
        conversation: ConversationLog,
    ) -> Result<Self, NetError> {
        let socket = dial.connect().await?;
        let peer = dial.peer(&socket).await?;
        let stream = match implicit {
            Some(tls) => tls.wrap(socket, dial.limit).await?,
            None => Stream::Plain(socket),
        };
        let local = stream.local().map_err(NetError::from_io)?;
        conversation.note(|| match stream.tls_details() {
            Some(details) => format!("connected to {peer} using {details}"),
            None => format!("connected to {peer}"),
        });
        Ok(Self {
            stream,
            parser: ReplyParser::new(),
            buffer: vec![0; READ_SIZE],
            ready: VecDeque::new(),
            conversation,
            charset: None,
            paths: None,
            peer,
            local,
            write_limit: dial.limit,
            secret: None,
        })
    }

    /// Starts TLS after the server's 234 (RFC 4217 section 4).
    ///
    /// # Errors
    /// [`NetError::Injected`] when bytes arrived before the handshake; otherwise the TLS failure.
    pub async fn secure(self, tls: &ClientTls, limit: Duration) -> Result<Self, NetError> {
        if !self.parser.is_empty() || !self.ready.is_empty() {
            return Err(NetError::Injected);
        }
        let Stream::Plain(socket) = self.stream else {
            return Err(NetError::Tls("the connection already uses TLS".to_owned()));
        };
        let stream = tls.wrap(socket, limit).await?;
        self.conversation
            .note(|| format!("TLS established: {}", stream.tls_details().unwrap_or_default()));
        Ok(Self { stream, ..self })
    }

    /// Sets the encoding of the server's names and replies; `None` for UTF-8 or unknown. The rest
    /// of the program sees only UTF-8.
    pub fn set_charset(&mut self, charset: Option<Charset>) {
        self.charset = charset;
    }

    /// Sets how the server writes paths, if not with `/`.
    pub fn set_path_style(&mut self, paths: Option<PathStyle>) {
        self.paths = paths;
    }

    /// The encoding of the server's names and replies.
    #[must_use]
    pub fn charset(&self) -> Option<Charset> {
        self.charset
    }

    /// Sends commands in one write, so that they fit into one packet if possible (docs/servers.md
    /// "Several commands in one write").
    ///
    /// # Errors
    /// [`NetError`] when the connection is lost or the server accepts no bytes within the time
    /// limit; [`NetError::Name`] when a name cannot be encoded for this server, in which case
    /// nothing was sent.
    pub async fn send(&mut self, commands: &[Command]) -> Result<(), NetError> {
        let commands: Cow<'_, [Command]> = match self.paths {
            Some(style) => commands.iter().map(|command| style.command(command)).collect(),
            None => Cow::Borrowed(commands),
        };
        let secret = commands.iter().find_map(Command::secret);
        self.secret = secret.map(|secret| Zeroizing::new(secret.to_vec()));
        let mut bytes = Zeroizing::new(Vec::with_capacity(commands.len() * 64));
        for command in &*commands {
            bytes.extend_from_slice(&command.bytes_in(self.charset)?);
            bytes.extend_from_slice(b"\r\n");
        }
        for command in &*commands {
            self.conversation.sent(command);
        }
        let write = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.write_limit, write).await {
            Ok(written) => written.map_err(NetError::from_io),
            Err(_) => Err(NetError::Timeout {
                step: "sending a command".to_owned(),
                after: self.write_limit,
            }),
        }
    }

    /// Sends raw bytes outside of any command, for the telnet interrupt before ABOR (RFC 959
    /// section 4.1.3).
    ///
    /// # Errors
    /// [`NetError`] when the connection is lost.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.stream.write_all(bytes).await.map_err(NetError::from_io)
    }

    /// Makes a server that is busy with a transfer read its control connection: Telnet IP and
    /// Synch, with the DM as urgent data (RFC 959 section 4.1.3, RFC 854). ABOR must follow.
    ///
    /// Sends nothing under TLS because urgent data would corrupt the TLS stream (quirk 76).
    ///
    /// # Errors
    /// [`NetError`] when the connection is lost.
    pub async fn interrupt(&mut self) -> Result<(), NetError> {
        const IP: [u8; 3] = [0xff, 0xf4, 0xff];
        const DM: [u8; 1] = [0xf2];
        if self.stream.is_tls() {
            return Ok(());
        }
        self.send_bytes(&IP).await?;
        let urgent = SockRef::from(self.stream.socket()).send_out_of_band(&DM);
        urgent.map(drop).map_err(NetError::from_io)
    }

    /// Waits for the next reply for at most `limit`. `step` is named in the timeout error.
    /// Cancel-safe.
    ///
    /// # Errors
    /// [`NetError::Timeout`], [`NetError::Closed`], or another connection error.
    pub async fn reply(&mut self, limit: Duration, step: &str) -> Result<Reply, NetError> {
        let deadline = Instant::now() + limit;
        match timeout_at(deadline, self.next_reply()).await {
            Ok(reply) => reply,
            Err(_) => Err(NetError::Timeout { step: step.to_owned(), after: limit }),
        }
    }

    /// Waits for the next reply without a time limit. Cancel-safe.
    ///
    /// # Errors
    /// [`NetError::Closed`], or another connection error.
    pub async fn next_reply(&mut self) -> Result<Reply, NetError> {
        loop {
            if let Some(reply) = self.take_ready()? {
                return Ok(reply);
            }
            let read = self.stream.read(&mut self.buffer);
            let count = if self.parser.is_empty() {
                read.await
            } else {
                match timeout(SETTLE_AFTER, read).await {
                    Ok(count) => count,
                    Err(_) => match self.parser.settle() {
                        Some(reply) => return Ok(self.decode(reply)),
                        None => continue,
                    },
                }
            };
            match count.map_err(NetError::from_io)? {
                0 => return Err(NetError::Closed),
                count => self.parser.push(&self.buffer[..count]),
            }
        }
    }

    /// A reply that has already arrived, without waiting. Used to discard stale replies before a
    /// command is sent (quirk 5).
    ///
    /// # Errors
    /// [`NetError`] when the connection turns out to be lost.
    pub async fn pending_reply(&mut self) -> Result<Option<Reply>, NetError> {
        if let Some(reply) = self.take_ready()? {
            return Ok(Some(reply));
        }
        // a timeout of zero polls the socket exactly once
        match timeout(Duration::ZERO, self.next_reply()).await {
            Ok(reply) => reply.map(Some),
            Err(_) => Ok(None),
        }
    }

    fn take_ready(&mut self) -> Result<Option<Reply>, NetError> {
        if self.ready.is_empty() {
            while let Some(reply) = self.parser.next_reply()? {
                let reply = self.decode(reply);
                self.ready.push_back(reply);
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Converts a reply to UTF-8, masks the secret, and logs it.
    fn decode(&self, mut reply: Reply) -> Reply {
        if let Some(charset) = self.charset {
            for line in &mut reply.lines {
                if let Cow::Owned(text) = charset.decode_reply(line) {
                    *line = text;
                }
            }
        }
        if let Some(secret) = &self.secret {
            reply.mask(secret);
        }
        self.conversation.received(&reply);
        reply
    }

    /// The server's address. Behind a proxy it is resolved locally, and unspecified when only the
    /// proxy can resolve the server's name.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The local address of the connection.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The underlying stream, for its TLS details.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// The log of this connection's FTP conversation.
    #[must_use]
    pub fn conversation(&self) -> &ConversationLog {
        &self.conversation
    }

    /// Closes the connection without waiting for the server.
    pub async fn close(mut self) {
        self.conversation.note(|| "closed".to_owned());
        // an error means that the server has already closed the connection
        let _ = timeout(Duration::from_millis(200), self.stream.shutdown()).await;
    }
}

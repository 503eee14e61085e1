//! The control connection: commands out, several in one write if need be, and replies in.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

use crate::ftp::{Charset, Command, PathStyle, Reply, ReplyParser};
use crate::net::{ClientTls, Dial, Dialogue, NetError, Stream};

/// A reply that was opened and never closed counts as complete after this silence (quirk 2).
const SETTLE_AFTER: Duration = Duration::from_secs(5);
/// How much is read at once.
const READ_SIZE: usize = 16 * 1024;

/// One control connection.
///
/// Reading is safe to cancel: bytes that came stay in the parser.
#[derive(Debug)]
pub struct Control {
    stream: Stream,
    parser: ReplyParser,
    buffer: Vec<u8>,
    ready: VecDeque<Reply>,
    dialogue: Dialogue,
    charset: Option<Charset>,
    paths: Option<PathStyle>,
    peer: SocketAddr,
    local: SocketAddr,
    write_limit: Duration,
    /// The password or account that was sent last, until something else is: a server that repeats
    /// it does so in the reply.
    secret: Option<Zeroizing<Vec<u8>>>,
}

impl Control {
    /// Connects; under TLS from the first byte when `implicit` is given (RFC 4217 appendix).
    ///
    /// # Errors
    /// [`NetError`] when there is no connection within the limit, or no TLS.
    pub async fn connect(
        dial: &Dial,
        implicit: Option<&ClientTls>,
        dialogue: Dialogue,
    ) -> Result<Self, NetError> {
        let socket = dial.connect().await?;
        let peer = dial.peer(&socket).await?;
        let stream = match implicit {
            Some(tls) => tls.wrap(socket, dial.limit).await?,
            None => Stream::Plain(socket),
        };
        let local = stream.local().map_err(NetError::from_io)?;
        dialogue.remark(|| match stream.tls_details() {
            Some(details) => format!("connected to {peer} under {details}"),
            None => format!("connected to {peer}"),
        });
        Ok(Self {
            stream,
            parser: ReplyParser::new(),
            buffer: vec![0; READ_SIZE],
            ready: VecDeque::new(),
            dialogue,
            charset: None,
            paths: None,
            peer,
            local,
            write_limit: dial.limit,
            secret: None,
        })
    }

    /// Puts the connection under TLS after the server's 234 (RFC 4217 section 4).
    ///
    /// # Errors
    /// [`NetError::Injected`] when bytes came before TLS began; the TLS failure otherwise.
    pub async fn secure(self, tls: &ClientTls, limit: Duration) -> Result<Self, NetError> {
        if !self.parser.is_empty() || !self.ready.is_empty() {
            return Err(NetError::Injected);
        }
        let Stream::Plain(socket) = self.stream else {
            return Err(NetError::Tls("the connection is under TLS already".to_owned()));
        };
        let stream = tls.wrap(socket, limit).await?;
        self.dialogue.remark(|| format!("now under {}", stream.tls_details().unwrap_or_default()));
        Ok(Self { stream, ..self })
    }

    /// The encoding of the server's names and words; UTF-8 or unknown without one. Inside the
    /// program all of them are text.
    pub fn set_charset(&mut self, charset: Option<Charset>) {
        self.charset = charset;
    }

    /// How the server writes paths, where it is not with `/`.
    pub fn set_path_style(&mut self, paths: Option<PathStyle>) {
        self.paths = paths;
    }

    /// The encoding of the server's names and words.
    #[must_use]
    pub fn charset(&self) -> Option<Charset> {
        self.charset
    }

    /// Sends commands in one write, so that they leave in one packet where they fit
    /// (reference/servers.md section 10).
    ///
    /// # Errors
    /// [`NetError`] when the connection is gone or takes no bytes for too long;
    /// [`NetError::Name`] when a name cannot be said to this server, and nothing was sent then.
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
            self.dialogue.sent(command);
        }
        let write = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        match timeout(self.write_limit, write).await {
            Ok(written) => written.map_err(NetError::from_io),
            Err(_) => {
                Err(NetError::Timeout { step: "sending".to_owned(), after: self.write_limit })
            }
        }
    }

    /// Sends raw bytes on the control connection outside of any command: the telnet interrupt
    /// before ABOR (RFC 959 section 4.1.3).
    ///
    /// # Errors
    /// [`NetError`] when the connection is gone.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.stream.write_all(bytes).await.map_err(NetError::from_io)
    }

    /// Tells a server that is busy with a transfer to look at its control connection: Telnet IP
    /// and Synch, the DM as urgent data (RFC 959 section 4.1.3, RFC 854). ABOR comes behind it.
    ///
    /// Nothing is sent under TLS, whose stream urgent data would break (reference quirk 76).
    ///
    /// # Errors
    /// [`NetError`] when the connection is gone.
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

    /// The next reply, within `limit`. Safe to cancel.
    ///
    /// # Errors
    /// [`NetError::Timeout`], [`NetError::Closed`], or what else broke.
    pub async fn reply(&mut self, limit: Duration, step: &str) -> Result<Reply, NetError> {
        let deadline = Instant::now() + limit;
        match timeout_at(deadline, self.next_reply()).await {
            Ok(reply) => reply,
            Err(_) => Err(NetError::Timeout { step: step.to_owned(), after: limit }),
        }
    }

    /// The next reply, however long it takes; the caller keeps the time. Safe to cancel.
    ///
    /// # Errors
    /// [`NetError::Closed`], or what else broke.
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
                        Some(reply) => return Ok(self.heard(reply)),
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

    /// A reply that has arrived already, without waiting: stale ones are read away before a
    /// command is sent (reference quirk 5).
    ///
    /// # Errors
    /// [`NetError`] when the connection turns out to be gone.
    pub async fn pending_reply(&mut self) -> Result<Option<Reply>, NetError> {
        if let Some(reply) = self.take_ready()? {
            return Ok(Some(reply));
        }
        // a zero time limit polls the socket exactly once
        match timeout(Duration::ZERO, self.next_reply()).await {
            Ok(reply) => reply.map(Some),
            Err(_) => Ok(None),
        }
    }

    fn take_ready(&mut self) -> Result<Option<Reply>, NetError> {
        if self.ready.is_empty() {
            while let Some(reply) = self.parser.next_reply()? {
                let reply = self.heard(reply);
                self.ready.push_back(reply);
            }
        }
        Ok(self.ready.pop_front())
    }

    /// A reply as the rest of the program may see it: in UTF-8, without the secret.
    fn heard(&self, mut reply: Reply) -> Reply {
        if let Some(charset) = self.charset {
            for line in &mut reply.lines {
                if let Cow::Owned(text) = charset.decode_words(line) {
                    *line = text;
                }
            }
        }
        if let Some(secret) = &self.secret {
            reply.mask(secret);
        }
        self.dialogue.received(&reply);
        reply
    }

    /// The server's address, as this machine reaches it. Behind a proxy it is what this machine
    /// knows by itself: unspecified when only the proxy can resolve the server's name.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// This machine's address, as it reaches the server.
    #[must_use]
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// The connection, for its TLS details.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Who listens to this connection.
    #[must_use]
    pub fn dialogue(&self) -> &Dialogue {
        &self.dialogue
    }

    /// Closes without waiting for anybody.
    pub async fn close(mut self) {
        self.dialogue.remark(|| "closed".to_owned());
        // the other side may be gone already, which is what we want
        let _ = timeout(Duration::from_millis(200), self.stream.shutdown()).await;
    }
}

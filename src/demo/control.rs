//! The server side of a control connection: lines in, replies out, with an optional simulated
//! round-trip time.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_rustls::TlsStream;
use tokio_rustls::rustls::ServerConnection;

use crate::net::Stream;

/// Maximum length of a command line; a longer one ends the session.
const MAX_LINE: usize = 64 * 1024;
/// How long a departing client may take to read the last reply.
const CLOSE: Duration = Duration::from_secs(2);

const IAC: u8 = 0xff;
const INTERRUPT: u8 = 0xf4;

/// One line from the client.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedLine {
    /// Without line end and Telnet commands.
    pub(crate) text: Vec<u8>,
    /// The number of the read that delivered the line. It is the same for lines that arrived
    /// together.
    pub(crate) batch: u64,
    /// Preceded by Telnet IP (RFC 959 section 4.1.3, ABOR).
    pub(crate) urgent: bool,
    due: Option<Instant>,
}

/// The control connection.
pub(crate) struct ControlConnection {
    /// `None` after the connection is closed.
    stream: Option<Stream>,
    input: Vec<u8>,
    lines: VecDeque<ReceivedLine>,
    output: VecDeque<(Option<Instant>, Vec<u8>)>,
    /// Bytes of the first chunk of `output` that are already sent.
    sent: usize,
    unflushed: bool,
    /// Half of the simulated round-trip time.
    one_way: Duration,
    batch: u64,
    ended: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

impl ControlConnection {
    pub(crate) fn new(stream: Stream, round_trip: Duration) -> Self {
        Self {
            stream: Some(stream),
            input: Vec::new(),
            lines: VecDeque::new(),
            output: VecDeque::new(),
            sent: 0,
            unflushed: false,
            one_way: round_trip / 2,
            batch: 0,
            ended: false,
            timer: None,
        }
    }

    /// Queues bytes to send.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let due = self.due();
        match self.output.back_mut() {
            Some((None, last)) if due.is_none() => last.extend_from_slice(bytes),
            _ => self.output.push_back((due, bytes.to_vec())),
        }
    }

    /// When bytes sent now arrive.
    fn due(&self) -> Option<Instant> {
        (!self.one_way.is_zero()).then(|| Instant::now() + self.one_way)
    }

    /// The next line, or `None` after the client has disconnected. Sends queued replies meanwhile.
    pub(crate) async fn next(&mut self) -> Option<ReceivedLine> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Waits until everything is sent.
    pub(crate) async fn flush(&mut self) {
        poll_fn(|cx| {
            loop {
                let now = Instant::now();
                self.poll_send(now, cx);
                if self.output.is_empty() || self.ended {
                    return Poll::Ready(());
                }
                if self.poll_timer(now, cx).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<ReceivedLine>> {
        loop {
            // Read the clock once per round: what becomes due between two readings would be neither
            // sent now nor waited for.
            let now = Instant::now();
            if let Some(line) = self.lines.front()
                && line.due.is_none_or(|due| due <= now)
            {
                return Poll::Ready(self.lines.pop_front());
            }
            self.poll_send(now, cx);
            if self.ended && self.lines.is_empty() {
                return Poll::Ready(None);
            }
            if !self.ended && self.poll_receive(cx).is_ready() {
                continue;
            }
            if self.poll_timer(now, cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Waits until the next line or reply after `now` is due. What is already due waits for the
    /// socket or the caller, not for the timer.
    fn poll_timer(&mut self, now: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let line = self.lines.front().and_then(|line| line.due);
        let reply = self.output.front().and_then(|(due, _)| *due);
        let Some(next) = line.into_iter().chain(reply).filter(|due| *due > now).min() else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(next)));
        if timer.deadline() != next {
            timer.as_mut().reset(next);
        }
        timer.as_mut().poll(cx)
    }

    /// Reads the available bytes and splits them into lines.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(stream) = &mut self.stream else {
            self.ended = true;
            return Poll::Ready(());
        };
        let mut space = [0; 8192];
        let mut buffer = ReadBuf::new(&mut space);
        match Pin::new(stream).poll_read(cx, &mut buffer) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
            Poll::Ready(_) => {
                self.ended = true;
                return Poll::Ready(());
            }
        }
        self.input.extend_from_slice(buffer.filled());
        if self.input.last() == Some(&IAC)
            && let Some(stream) = &self.stream
        {
            // a read stops at the mark of urgent data, without a notification for the bytes after
            // it
            self.input.extend(read_past_urgent_mark(stream));
        }
        self.batch += 1;
        let due = self.due();
        let mut start = 0;
        while let Some(end) = self.input[start..].iter().position(|&b| b == b'\n') {
            let raw = &self.input[start..start + end];
            let (text, urgent) = without_telnet(raw.strip_suffix(b"\r").unwrap_or(raw));
            self.lines.push_back(ReceivedLine { text, batch: self.batch, urgent, due });
            start += end + 1;
        }
        self.input.drain(..start);
        if self.input.len() > MAX_LINE {
            self.ended = true;
        }
        Poll::Ready(())
    }

    /// Sends what is due at `now`, as much as the socket accepts.
    fn poll_send(&mut self, now: Instant, cx: &mut Context<'_>) {
        let Some(stream) = &mut self.stream else {
            self.output.clear();
            return;
        };
        while let Some((due, bytes)) = self.output.front() {
            if due.is_some_and(|due| due > now) {
                break;
            }
            match Pin::new(&mut *stream).poll_write(cx, &bytes[self.sent..]) {
                Poll::Pending => return,
                Poll::Ready(Ok(count)) => {
                    self.sent += count;
                    self.unflushed = true;
                    if self.sent == bytes.len() {
                        self.output.pop_front();
                        self.sent = 0;
                    }
                }
                Poll::Ready(Err(_)) => {
                    self.ended = true;
                    self.output.clear();
                    self.sent = 0;
                    return;
                }
            }
        }
        if self.unflushed {
            // the next read or write reports an error
            self.unflushed = Pin::new(stream).poll_flush(cx).is_pending();
        }
    }

    /// Hands over the socket for a TLS handshake. The output must be flushed. Unencrypted input
    /// after the command is discarded, because it may have been injected (RFC 4217 section 15).
    pub(crate) fn take_socket(&mut self) -> Option<TcpStream> {
        self.input.clear();
        self.lines.clear();
        match self.stream.take() {
            Some(Stream::Plain(socket)) => Some(socket),
            other => {
                self.stream = other;
                None
            }
        }
    }

    /// Continues on this connection.
    pub(crate) fn resume(&mut self, stream: Stream) {
        self.stream = Some(stream);
    }

    /// Ends TLS after the client has ended it too, and continues unencrypted (RFC 4217 section
    /// 12.3). Returns false if that fails.
    pub(crate) async fn clear(&mut self) -> bool {
        let Some(Stream::Tls(stream)) = self.stream.take() else { return false };
        let TlsStream::Server(stream) = *stream else { return false };
        let (mut socket, mut tls) = stream.into_inner();
        let ended = timeout(CLOSE, end_tls(&mut socket, &mut tls)).await;
        self.stream = Some(Stream::Plain(socket));
        matches!(ended, Ok(Ok(())))
    }

    /// Closes the connection after sending all output, with a TCP reset if `reset`.
    pub(crate) async fn close(&mut self, reset: bool) {
        let _ = timeout(CLOSE, self.flush()).await;
        let Some(mut stream) = self.stream.take() else { return };
        if reset {
            // if linger cannot be set, the socket closes normally
            let _ = stream.socket().set_zero_linger();
            return;
        }
        let _ = timeout(CLOSE, stream.shutdown()).await;
    }
}

/// Sends close_notify and waits for the peer's, record by record: the bytes after its last record
/// are not encrypted and must stay in the socket.
async fn end_tls(socket: &mut TcpStream, tls: &mut ServerConnection) -> std::io::Result<()> {
    tls.send_close_notify();
    let mut close_notify = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut close_notify)?;
    }
    socket.write_all(&close_notify).await?;
    loop {
        let mut record = vec![0; 5];
        socket.read_exact(&mut record).await?;
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        record.resize(5 + length, 0);
        socket.read_exact(&mut record[5..]).await?;
        let mut rest = &record[..];
        while !rest.is_empty() {
            tls.read_tls(&mut rest)?;
            let state = tls.process_new_packets().map_err(std::io::Error::other)?;
            if state.peer_has_closed() {
                return Ok(());
            }
        }
    }
}

/// Reads the bytes after the mark of urgent data.
fn read_past_urgent_mark(stream: &Stream) -> Vec<u8> {
    if stream.is_tls() {
        return Vec::new();
    }
    let mut space = [0; 1024];
    let socket = SockRef::from(stream.socket());
    // if nothing has arrived yet, a later read reports it
    let count = (&*socket).read(&mut space).unwrap_or(0);
    space[..count].to_vec()
}

/// Removes Telnet commands from a line; true if IP was among them (RFC 854). The urgent DM itself
/// is not part of the stream.
fn without_telnet(line: &[u8]) -> (Vec<u8>, bool) {
    if !line.contains(&IAC) {
        return (line.to_vec(), false);
    }
    let mut text = Vec::with_capacity(line.len());
    let mut urgent = false;
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != IAC {
            text.push(byte);
            continue;
        }
        match bytes.peek() {
            Some(&IAC) => {
                text.push(IAC);
                bytes.next();
            }
            Some(&command @ 0xf0..=0xfe) => {
                urgent |= command == INTERRUPT;
                bytes.next();
                if command >= 0xfb {
                    // WILL, WONT, DO and DONT are followed by an option
                    bytes.next();
                }
            }
            // the DM after this IAC was sent as urgent data
            _ => {}
        }
    }
    (text, urgent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telnet_commands_are_taken_out() {
        for (line, text, urgent) in [
            (&b"NOOP"[..], &b"NOOP"[..], false),
            (b"\xff\xf4\xff\xf2ABOR", b"ABOR", true),
            (b"\xff\xf4\xffABOR", b"ABOR", true),
            (b"RETR \xff\xffa", b"RETR \xffa", false),
            (b"\xff\xfd\x06NOOP", b"NOOP", false),
            (b"\xff", b"", false),
        ] {
            assert_eq!(without_telnet(line), (text.to_vec(), urgent), "{line:?}");
        }
    }
}

//! Moves the data of one transfer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::demo::fault::Cut;
use crate::demo::listing::Listing;
use crate::demo::shared::{Order, Shared};
use crate::demo::store::{Handle, StoreError};
use crate::demo::tls;
use crate::ftp::Reply;
use crate::net::{NetError, ServerTls, Stream};

/// Size of the chunks in which data is moved.
const CHUNK: usize = 64 * 1024;
/// How long a TLS peer may take to close after this side.
const LINGER: Duration = Duration::from_secs(5);

/// What a transfer moves.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Sends a file from offset `at` up to `to` or the end of the file.
    Send { handle: Handle, at: u64, to: Option<u64> },
    /// Sends a listing.
    List(ListingText),
    /// Receives a file from offset `at` on; with `cut` it is truncated at the end of the data.
    Store { handle: Handle, at: u64, cut: bool },
}

/// The text of a listing, generated while it is sent.
#[derive(Debug, Default)]
pub(crate) struct ListingText {
    listing: Option<Listing>,
    ready: Vec<u8>,
    /// Bytes of `ready` that are already sent.
    sent: usize,
}

impl ListingText {
    /// The text of this listing.
    pub(crate) fn new(listing: Listing) -> Self {
        Self { listing: Some(listing), ..Self::default() }
    }

    /// A fixed text.
    pub(crate) fn fixed(ready: Vec<u8>) -> Self {
        Self { ready, ..Self::default() }
    }

    /// Appends the next bytes, at most `room`, after skipping `skip` bytes.
    fn take(&mut self, buffer: &mut Vec<u8>, room: usize, skip: u64) {
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let wanted = room.saturating_add(skip);
        if let Some(listing) = &mut self.listing
            && self.ready.len() - self.sent < wanted
        {
            self.ready.drain(..self.sent);
            self.sent = 0;
            listing.write(&mut self.ready, wanted);
        }
        let rest = &self.ready[self.sent..];
        let rest = &rest[skip.min(rest.len())..];
        let chunk = &rest[..room.min(rest.len())];
        buffer.extend_from_slice(chunk);
        self.sent = self.ready.len() - rest.len() + chunk.len();
    }
}

/// How TLS is used on the data connection.
#[derive(Debug, Clone)]
pub(crate) enum DataTls {
    /// No TLS.
    Off,
    /// This server is the TLS server; with `reuse` it accepts only sessions of the control
    /// connection.
    Server { tls: ServerTls, reuse: bool },
    /// This server is the TLS client (SSCN, CPSV).
    Client,
}

/// How a transfer ended.
#[derive(Debug)]
pub(crate) enum TransferEnd {
    /// All data was moved.
    Done,
    /// The data connection broke.
    Broken,
    /// The TLS handshake failed.
    Tls(String),
    /// The peer did not resume the control connection's session.
    NoReuse,
    /// The file could not be read or written.
    Store(StoreError),
    /// A rule sets this final reply.
    Reply(Reply),
    /// A rule kills the session.
    Killed,
}

/// One transfer in progress.
pub(crate) struct DataTransfer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) payload: Payload,
    pub(crate) data_tls: DataTls,
    /// TYPE A: line ends are converted.
    pub(crate) text: bool,
    /// Sorted by byte position.
    pub(crate) cuts: Vec<(u64, Cut)>,
    /// Notified when a rule closes the control connection.
    pub(crate) drop_control: Arc<Notify>,
}

/// Why a transfer stops early.
enum Stop {
    /// Closes the data connection cleanly first.
    Finish(TransferEnd),
    /// Ends at once.
    Now(TransferEnd),
}

/// Pending changes to the data.
#[derive(Debug, Default)]
struct Damage {
    corrupt: bool,
    skip: u64,
}

impl DataTransfer {
    /// Moves all data over this connection.
    pub(crate) async fn run(mut self, socket: TcpStream, peer: SocketAddr) -> TransferEnd {
        // failure only delays small files
        let _ = socket.set_nodelay(true);
        let mut stream = match self.secure(socket, peer).await {
            Ok(stream) => stream,
            Err(end) => return end,
        };
        self.cuts.reverse(); // so that the next cut is the last element
        let end = match self.payload {
            Payload::Store { .. } => self.receive(&mut stream).await,
            _ => self.send(&mut stream).await,
        };
        match end {
            Ok(()) => self.finish(stream, TransferEnd::Done).await,
            Err(Stop::Finish(end)) => self.finish(stream, end).await,
            Err(Stop::Now(end)) => end,
        }
    }

    async fn secure(&self, socket: TcpStream, peer: SocketAddr) -> Result<Stream, TransferEnd> {
        let failed = |error: NetError| TransferEnd::Tls(error.to_string());
        match &self.data_tls {
            DataTls::Off => Ok(Stream::Plain(socket)),
            DataTls::Server { tls, reuse } => {
                let stream = tls::accept(tls, socket).await.map_err(failed)?;
                if *reuse && !stream.is_resumed() { Err(TransferEnd::NoReuse) } else { Ok(stream) }
            }
            DataTls::Client => match &self.shared.tls {
                Some(kit) => kit.connect(socket, peer).await.map_err(failed),
                None => Err(TransferEnd::Tls("there is no TLS here".to_owned())),
            },
        }
    }

    /// How many bytes may be moved before the next cut, at most one chunk.
    fn room(&self, moved: u64) -> usize {
        let chunk = match self.shared.setup.rate {
            // twenty chunks per second look smooth
            Some(rate) => usize::try_from(rate / 20).unwrap_or(CHUNK).clamp(512, CHUNK),
            None => CHUNK,
        };
        match self.cuts.last() {
            Some((at, _)) => usize::try_from(at - moved).unwrap_or(chunk).min(chunk),
            None => chunk,
        }
    }

    /// Applies all cuts that are due.
    async fn cut(&mut self, stream: &Stream, moved: u64, damage: &mut Damage) -> Result<(), Stop> {
        while let Some((_, cut)) = self.cuts.pop_if(|(at, _)| *at <= moved) {
            self.apply(stream, cut, damage).await?;
        }
        Ok(())
    }

    async fn apply(&mut self, stream: &Stream, cut: Cut, damage: &mut Damage) -> Result<(), Stop> {
        match cut {
            Cut::Close => return Err(Stop::Finish(TransferEnd::Done)),
            Cut::Fail(reply) => return Err(Stop::Finish(TransferEnd::Reply(reply))),
            Cut::Reset => {
                // if linger cannot be set, the socket closes normally
                let _ = stream.socket().set_zero_linger();
                return Err(Stop::Now(TransferEnd::Broken));
            }
            Cut::Stall => std::future::pending().await,
            Cut::Hold(gate) => self.shared.record.wait_at_gate(&gate).await,
            Cut::Pause(time) => sleep(time).await,
            Cut::Corrupt => damage.corrupt = true,
            Cut::Skip(count) => damage.skip += count,
            Cut::Grow(count) => {
                if let Payload::Send { handle, .. } = &mut self.payload {
                    grow(handle, count).map_err(|error| Stop::Finish(TransferEnd::Store(error)))?;
                }
            }
            Cut::DropControl => self.drop_control.notify_one(),
            Cut::Kill => return Err(Stop::Now(TransferEnd::Killed)),
            Cut::Crash => {
                // the server aborts this task when it handles the order
                let _ = self.shared.orders.send(Order::Crash);
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }

    async fn send(&mut self, stream: &mut Stream) -> Result<(), Stop> {
        let started = Instant::now();
        let mut damage = Damage::default();
        let mut buffer = Vec::with_capacity(CHUNK);
        let mut moved = 0;
        let mut last = 0;
        loop {
            self.cut(stream, moved, &mut damage).await?;
            let room = self.room(moved);
            buffer.clear();
            self.fill(&mut buffer, room, damage.skip)?;
            damage.skip = 0;
            if buffer.is_empty() {
                return Ok(());
            }
            moved += buffer.len() as u64;
            if std::mem::take(&mut damage.corrupt) {
                buffer[0] ^= 0x01;
            }
            if self.text {
                buffer = with_crlf(&buffer, &mut last);
            }
            if stream.write_all(&buffer).await.is_err() {
                return Err(Stop::Now(TransferEnd::Broken));
            }
            self.pace(started, moved).await;
        }
    }

    /// Reads the next bytes to send; leaves the buffer empty at the end.
    fn fill(&mut self, buffer: &mut Vec<u8>, room: usize, skip: u64) -> Result<(), Stop> {
        match &mut self.payload {
            Payload::Send { handle, at, to } => {
                *at += skip;
                let left = to.map_or(u64::MAX, |to| to.saturating_sub(*at));
                buffer.resize(usize::try_from(left).unwrap_or(room).min(room), 0);
                let count = handle
                    .read_at(*at, buffer)
                    .map_err(|error| Stop::Finish(TransferEnd::Store(error)))?;
                buffer.truncate(count);
                *at += count as u64;
            }
            Payload::List(lines) => lines.take(buffer, room, skip),
            Payload::Store { .. } => {}
        }
        Ok(())
    }

    async fn receive(&mut self, stream: &mut Stream) -> Result<(), Stop> {
        let started = Instant::now();
        let mut damage = Damage::default();
        let mut buffer = vec![0; CHUNK];
        let mut moved = 0;
        let mut carried = false;
        loop {
            self.cut(stream, moved, &mut damage).await?;
            let room = self.room(moved);
            let count = match stream.read(&mut buffer[..room]).await {
                Ok(count) => count,
                // an end without close_notify still counts as the end (docs/servers.md "TLS
                // session reuse")
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                Err(_) if self.shared.setup.behavior.reset_is_end => 0,
                Err(_) => return Err(Stop::Now(TransferEnd::Broken)),
            };
            if count == 0 {
                return self.store(&[], carried);
            }
            moved += count as u64;
            let mut chunk = &mut buffer[..count];
            let skip = usize::try_from(damage.skip).unwrap_or(count).min(count);
            damage.skip -= skip as u64;
            chunk = &mut chunk[skip..];
            if let Some(first) = chunk.first_mut()
                && std::mem::take(&mut damage.corrupt)
            {
                *first ^= 0x01;
            }
            if self.text {
                let plain = without_crlf(chunk, &mut carried);
                self.store(&plain, false)?;
            } else {
                self.store(&buffer[skip..count], false)?;
            }
            self.pace(started, moved).await;
        }
    }

    /// Writes received bytes, or the `carried` CR that no LF followed.
    fn store(&mut self, bytes: &[u8], carried: bool) -> Result<(), Stop> {
        let Payload::Store { handle, at, .. } = &mut self.payload else { return Ok(()) };
        let bytes = if carried { b"\r" } else { bytes };
        handle.write_at(*at, bytes).map_err(|error| Stop::Finish(TransferEnd::Store(error)))?;
        *at += bytes.len() as u64;
        Ok(())
    }

    /// Slows down to the configured rate.
    async fn pace(&self, started: Instant, moved: u64) {
        if let Some(rate) = self.shared.setup.rate {
            sleep_until(started + Duration::from_secs_f64(moved as f64 / rate.max(1) as f64)).await;
        }
    }

    /// Closes the data connection and the file.
    async fn finish(&mut self, mut stream: Stream, end: TransferEnd) -> TransferEnd {
        if let Payload::Store { handle, at, cut } = &mut self.payload {
            handle.touch();
            let cut = if *cut { handle.cut(*at) } else { Ok(()) };
            // all data has arrived; a failure to close the connection does not matter
            let _ = timeout(LINGER, stream.shutdown()).await;
            return match (cut, end) {
                (Err(error), TransferEnd::Done) => TransferEnd::Store(error),
                (_, end) => end,
            };
        }
        if stream.flush().await.is_err() || stream.shutdown().await.is_err() {
            return match end {
                TransferEnd::Done => TransferEnd::Broken,
                end => end,
            };
        }
        let careless = self.shared.setup.behavior.careless_tls_client;
        if stream.is_tls() && matches!(self.data_tls, DataTls::Client) && !careless {
            // a TLS 1.3 server sends tickets; closing without reading them would reset the
            // connection and lose data in transit (docs/servers.md "Secure FXP")
            let mut rest = [0; 1024];
            let drain =
                async { while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {} };
            let _ = timeout(LINGER, drain).await;
        }
        end
    }
}

/// Appends bytes to a file.
fn grow(handle: &mut Handle, count: u64) -> Result<(), StoreError> {
    let end = handle.len()?;
    handle.write_at(end, &vec![b'+'; usize::try_from(count).unwrap_or(CHUNK)])
}

/// Converts LF to CRLF; `last` is the byte before the chunk.
fn with_crlf(chunk: &[u8], last: &mut u8) -> Vec<u8> {
    let mut text = Vec::with_capacity(chunk.len() + chunk.len() / 16);
    for &byte in chunk {
        if byte == b'\n' && *last != b'\r' {
            text.push(b'\r');
        }
        text.push(byte);
        *last = byte;
    }
    text
}

/// Converts CRLF to LF; a CR at the end is `carried` into the next chunk.
fn without_crlf(chunk: &[u8], carried: &mut bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(chunk.len() + 1);
    for &byte in chunk {
        if std::mem::take(carried) && byte != b'\n' {
            plain.push(b'\r');
        }
        if byte == b'\r' {
            *carried = true;
        } else {
            plain.push(byte);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn text_conversion_round_trips(chunks: Vec<Vec<u8>>) {
            let chunks: Vec<Vec<u8>> = chunks
                .into_iter()
                .map(|chunk| chunk.into_iter().filter(|b| *b != b'\r').collect())
                .collect();
            let (mut last, mut carried) = (0, false);
            let mut back = Vec::new();
            for chunk in &chunks {
                back.extend(without_crlf(&with_crlf(chunk, &mut last), &mut carried));
            }
            proptest::prop_assert_eq!(back, chunks.concat());
        }
    }
}

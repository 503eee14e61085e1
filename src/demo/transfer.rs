//! Moving the data of one transfer.

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

/// Data moves in pieces of this size.
const PIECE: usize = 64 * 1024;
/// How long a TLS peer may take to close after our end.
const LINGER: Duration = Duration::from_secs(5);

/// What is moved.
#[derive(Debug)]
pub(crate) enum Load {
    /// A file out, from this byte up to that one.
    Send { handle: Handle, at: u64, to: Option<u64> },
    /// A listing out.
    List(Lines),
    /// A file in, from this byte on; with `cut` it ends where the data ends.
    Store { handle: Handle, at: u64, cut: bool },
}

/// The text of a listing, made as it is sent.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    listing: Option<Listing>,
    ready: Vec<u8>,
    /// Bytes of `ready` that are sent.
    sent: usize,
}

impl Lines {
    /// The text of this listing.
    pub(crate) fn of(listing: Listing) -> Self {
        Self { listing: Some(listing), ..Self::default() }
    }

    /// This text.
    pub(crate) fn fixed(ready: Vec<u8>) -> Self {
        Self { ready, ..Self::default() }
    }

    /// The next bytes, at most `room`, behind `skip` others.
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
        let piece = &rest[..room.min(rest.len())];
        buffer.extend_from_slice(piece);
        self.sent = self.ready.len() - rest.len() + piece.len();
    }
}

/// Who does TLS on the data connection.
#[derive(Debug, Clone)]
pub(crate) enum Guard {
    /// Nobody.
    Clear,
    /// This side is the server; with `reuse` only sessions of the control connection count.
    Server { tls: ServerTls, reuse: bool },
    /// This side is the client (SSCN, CPSV).
    Client,
}

/// How a transfer ended.
#[derive(Debug)]
pub(crate) enum End {
    /// All is through.
    Done,
    /// The data connection broke.
    Broken,
    /// TLS could not be agreed upon.
    Tls(String),
    /// The peer did not resume the control connection's session.
    NoReuse,
    /// The file could not be read or written.
    Store(StoreError),
    /// A rule wants this reply.
    Says(Reply),
    /// A rule kills the session.
    Killed,
}

/// One transfer under way.
pub(crate) struct Carrier {
    pub(crate) shared: Arc<Shared>,
    pub(crate) load: Load,
    pub(crate) guard: Guard,
    /// TYPE A: line ends are converted.
    pub(crate) text: bool,
    /// In the order of the bytes.
    pub(crate) cuts: Vec<(u64, Cut)>,
    /// Told when a rule wants the control connection closed.
    pub(crate) drop_control: Arc<Notify>,
}

/// Why the data does not go on.
enum Stop {
    /// Finish the data cleanly, then this is the end.
    Finish(End),
    /// This is the end at once.
    Now(End),
}

/// What cuts change in the pieces to come.
#[derive(Debug, Default)]
struct Damage {
    corrupt: bool,
    skip: u64,
}

impl Carrier {
    /// Moves everything over this connection.
    pub(crate) async fn carry(mut self, socket: TcpStream, peer: SocketAddr) -> End {
        // only delays small files
        let _ = socket.set_nodelay(true);
        let mut stream = match self.secure(socket, peer).await {
            Ok(stream) => stream,
            Err(end) => return end,
        };
        self.cuts.reverse(); // the next one is the last one
        let end = match self.load {
            Load::Store { .. } => self.receive(&mut stream).await,
            _ => self.send(&mut stream).await,
        };
        match end {
            Ok(()) => self.finish(stream, End::Done).await,
            Err(Stop::Finish(end)) => self.finish(stream, end).await,
            Err(Stop::Now(end)) => end,
        }
    }

    async fn secure(&self, socket: TcpStream, peer: SocketAddr) -> Result<Stream, End> {
        let failed = |error: NetError| End::Tls(error.to_string());
        match &self.guard {
            Guard::Clear => Ok(Stream::Plain(socket)),
            Guard::Server { tls, reuse } => {
                let stream = tls::accept(tls, socket).await.map_err(failed)?;
                if *reuse && !stream.is_resumed() { Err(End::NoReuse) } else { Ok(stream) }
            }
            Guard::Client => match &self.shared.tls {
                Some(kit) => kit.connect(socket, peer).await.map_err(failed),
                None => Err(End::Tls("there is no TLS here".to_owned())),
            },
        }
    }

    /// How many bytes may pass before the next cut, and no more than a piece.
    fn room(&self, moved: u64) -> usize {
        let piece = match self.shared.setup.rate {
            // twenty pieces a second look smooth
            Some(rate) => usize::try_from(rate / 20).unwrap_or(PIECE).clamp(512, PIECE),
            None => PIECE,
        };
        match self.cuts.last() {
            Some((at, _)) => usize::try_from(at - moved).unwrap_or(piece).min(piece),
            None => piece,
        }
    }

    /// Does all cuts that are due.
    async fn cut(&mut self, stream: &Stream, moved: u64, damage: &mut Damage) -> Result<(), Stop> {
        while let Some((_, cut)) = self.cuts.pop_if(|(at, _)| *at <= moved) {
            self.apply(stream, cut, damage).await?;
        }
        Ok(())
    }

    async fn apply(&mut self, stream: &Stream, cut: Cut, damage: &mut Damage) -> Result<(), Stop> {
        match cut {
            Cut::Close => return Err(Stop::Finish(End::Done)),
            Cut::Fail(reply) => return Err(Stop::Finish(End::Says(reply))),
            Cut::Reset => {
                // without it the close below is an ordinary one
                let _ = stream.socket().set_zero_linger();
                return Err(Stop::Now(End::Broken));
            }
            Cut::Stall => std::future::pending().await,
            Cut::Hold(gate) => self.shared.record.pass(&gate).await,
            Cut::Pause(time) => sleep(time).await,
            Cut::Corrupt => damage.corrupt = true,
            Cut::Skip(count) => damage.skip += count,
            Cut::Grow(count) => {
                if let Load::Send { handle, .. } = &mut self.load {
                    grow(handle, count).map_err(|error| Stop::Finish(End::Store(error)))?;
                }
            }
            Cut::DropControl => self.drop_control.notify_one(),
            Cut::Kill => return Err(Stop::Now(End::Killed)),
            Cut::Crash => {
                // the server that takes the order ends this task
                let _ = self.shared.orders.send(Order::Crash);
                std::future::pending::<()>().await;
            }
        }
        Ok(())
    }

    async fn send(&mut self, stream: &mut Stream) -> Result<(), Stop> {
        let begun = Instant::now();
        let mut damage = Damage::default();
        let mut buffer = Vec::with_capacity(PIECE);
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
                return Err(Stop::Now(End::Broken));
            }
            self.pace(begun, moved).await;
        }
    }

    /// Takes the next bytes to send; nothing at the end.
    fn fill(&mut self, buffer: &mut Vec<u8>, room: usize, skip: u64) -> Result<(), Stop> {
        match &mut self.load {
            Load::Send { handle, at, to } => {
                *at += skip;
                let left = to.map_or(u64::MAX, |to| to.saturating_sub(*at));
                buffer.resize(usize::try_from(left).unwrap_or(room).min(room), 0);
                let count =
                    handle.read_at(*at, buffer).map_err(|error| Stop::Finish(End::Store(error)))?;
                buffer.truncate(count);
                *at += count as u64;
            }
            Load::List(lines) => lines.take(buffer, room, skip),
            Load::Store { .. } => {}
        }
        Ok(())
    }

    async fn receive(&mut self, stream: &mut Stream) -> Result<(), Stop> {
        let begun = Instant::now();
        let mut damage = Damage::default();
        let mut buffer = vec![0; PIECE];
        let mut moved = 0;
        let mut carried = false;
        loop {
            self.cut(stream, moved, &mut damage).await?;
            let room = self.room(moved);
            let count = match stream.read(&mut buffer[..room]).await {
                Ok(count) => count,
                // an end without close_notify is an end (reference/servers.md section 7)
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                Err(_) if self.shared.setup.manner.reset_is_end => 0,
                Err(_) => return Err(Stop::Now(End::Broken)),
            };
            if count == 0 {
                return self.store(&[], carried);
            }
            moved += count as u64;
            let mut piece = &mut buffer[..count];
            let skip = usize::try_from(damage.skip).unwrap_or(count).min(count);
            damage.skip -= skip as u64;
            piece = &mut piece[skip..];
            if let Some(first) = piece.first_mut()
                && std::mem::take(&mut damage.corrupt)
            {
                *first ^= 0x01;
            }
            if self.text {
                let plain = without_crlf(piece, &mut carried);
                self.store(&plain, false)?;
            } else {
                self.store(&buffer[skip..count], false)?;
            }
            self.pace(begun, moved).await;
        }
    }

    /// Writes what came; `carried` is a CR that waited for its LF in vain.
    fn store(&mut self, bytes: &[u8], carried: bool) -> Result<(), Stop> {
        let Load::Store { handle, at, .. } = &mut self.load else { return Ok(()) };
        let bytes = if carried { b"\r" } else { bytes };
        handle.write_at(*at, bytes).map_err(|error| Stop::Finish(End::Store(error)))?;
        *at += bytes.len() as u64;
        Ok(())
    }

    /// Slows down to the rate of the set-up.
    async fn pace(&self, begun: Instant, moved: u64) {
        if let Some(rate) = self.shared.setup.rate {
            sleep_until(begun + Duration::from_secs_f64(moved as f64 / rate.max(1) as f64)).await;
        }
    }

    /// Ends the data connection, and the file.
    async fn finish(&mut self, mut stream: Stream, end: End) -> End {
        if let Load::Store { handle, at, cut } = &mut self.load {
            handle.touch();
            let cut = if *cut { handle.cut(*at) } else { Ok(()) };
            // the data is here; how the peer takes our end does not matter
            let _ = timeout(LINGER, stream.shutdown()).await;
            return match (cut, end) {
                (Err(error), End::Done) => End::Store(error),
                (_, end) => end,
            };
        }
        if stream.flush().await.is_err() || stream.shutdown().await.is_err() {
            return match end {
                End::Done => End::Broken,
                end => end,
            };
        }
        let careless = self.shared.setup.manner.careless_tls_client;
        if stream.is_tls() && matches!(self.guard, Guard::Client) && !careless {
            // a TLS 1.3 server sends tickets; closing over them would be a reset that destroys
            // data on its way (reference/servers.md section 4)
            let mut rest = [0; 1024];
            let drain =
                async { while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {} };
            let _ = timeout(LINGER, drain).await;
        }
        end
    }
}

/// Makes a file longer.
fn grow(handle: &mut Handle, count: u64) -> Result<(), StoreError> {
    let end = handle.len()?;
    handle.write_at(end, &vec![b'+'; usize::try_from(count).unwrap_or(PIECE)])
}

/// LF becomes CRLF; `last` is the byte before the piece.
fn with_crlf(piece: &[u8], last: &mut u8) -> Vec<u8> {
    let mut text = Vec::with_capacity(piece.len() + piece.len() / 16);
    for &byte in piece {
        if byte == b'\n' && *last != b'\r' {
            text.push(b'\r');
        }
        text.push(byte);
        *last = byte;
    }
    text
}

/// CRLF becomes LF; a CR at the end is `carried` into the next piece.
fn without_crlf(piece: &[u8], carried: &mut bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(piece.len() + 1);
    for &byte in piece {
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
        fn text_survives_both_ways(pieces: Vec<Vec<u8>>) {
            let pieces: Vec<Vec<u8>> = pieces
                .into_iter()
                .map(|piece| piece.into_iter().filter(|b| *b != b'\r').collect())
                .collect();
            let (mut last, mut carried) = (0, false);
            let mut back = Vec::new();
            for piece in &pieces {
                back.extend(without_crlf(&with_crlf(piece, &mut last), &mut carried));
            }
            proptest::prop_assert_eq!(back, pieces.concat());
        }
    }
}

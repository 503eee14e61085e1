//! Moves data through this machine: read at one end, written at the other, both at the same time.
//!
//! A few buffers circulate between the two ends, so memory is bounded, and the slower end throttles
//! the other one. Nothing is written to disk unless an end is a file.

use std::io::{self, Read, Write};
use std::time::Duration;

use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use crate::ftp::{Digest, Hasher};
use crate::net::{DataConnection, NetError};
use crate::transfer::form::Filter;
use crate::transfer::watch::Watch;

/// The largest buffer.
const CHUNK: usize = 64 * 1024;
/// The smallest buffer: files that are known to be small need no more.
const SMALLEST: usize = 8 * 1024;
/// Buffers between the two ends.
const CHUNKS: usize = 4;

/// Where data comes from.
pub(super) enum Feed {
    /// A server.
    Net(DataConnection),
    /// This machine.
    Local(Box<dyn Read + Send>),
}

/// Where data goes.
pub(super) enum Drain {
    /// A server.
    Net(DataConnection),
    /// This machine.
    Local(Box<dyn Write + Send>),
}

/// How the data is moved.
pub(super) struct Flow {
    /// No data for so long is a timeout.
    pub(super) limit: Duration,
    /// Bytes that were there before; progress counts on from them.
    pub(super) offset: u64,
    /// Bytes that are expected, if known.
    pub(super) size: Option<u64>,
    /// Converts the bytes.
    pub(super) filter: Option<Box<dyn Filter>>,
    /// Computes a checksum of the bytes before they are converted.
    pub(super) hasher: Option<Hasher>,
}

/// What became of the data.
#[derive(Debug)]
pub(super) struct Pumped {
    /// Bytes that the drain accepted.
    pub(super) bytes: u64,
    /// The feed's connection, where it is one and still usable.
    pub(super) feed: Option<DataConnection>,
    /// The same for the drain.
    pub(super) drain: Option<DataConnection>,
    /// The checksum of all bytes, where one was requested and all were moved.
    pub(super) digest: Option<Digest>,
    /// Why it ended before the feed did.
    pub(super) broken: Option<Broken>,
}

/// Which end broke.
#[derive(Debug)]
pub(super) enum Broken {
    /// The data stopped coming.
    Feed(EndError),
    /// The data was no longer accepted.
    Drain(EndError),
    /// The user cancelled.
    Cancelled,
}

/// Why an end broke.
#[derive(Debug, Error)]
pub(super) enum EndError {
    /// A server's data connection.
    #[error("{0}")]
    Net(#[from] NetError),
    /// This machine.
    #[error("{0}")]
    Local(#[from] io::Error),
}

/// A buffer and how much of it is data.
struct Piece {
    bytes: Vec<u8>,
    filled: usize,
}

/// Buffers that come back from the drain; new ones while there are not enough.
struct Pool {
    back: mpsc::Receiver<Vec<u8>>,
    length: usize,
    made: usize,
}

impl Pool {
    /// A free buffer; `None` when the drain has ended.
    async fn next(&mut self) -> Option<Vec<u8>> {
        match self.ready() {
            Some(buffer) => Some(buffer),
            None => self.back.recv().await.map(|buffer| self.usable(buffer)),
        }
    }

    /// The same for a thread of its own.
    fn blocking_next(&mut self) -> Option<Vec<u8>> {
        match self.ready() {
            Some(buffer) => Some(buffer),
            None => self.back.blocking_recv().map(|buffer| self.usable(buffer)),
        }
    }

    /// A free buffer at once, if there is one or may be one more.
    fn ready(&mut self) -> Option<Vec<u8>> {
        if let Ok(buffer) = self.back.try_recv() {
            return Some(self.usable(buffer));
        }
        (self.made < CHUNKS).then(|| {
            self.made += 1;
            vec![0; self.length]
        })
    }

    /// A buffer that came back, resized to the usual length: a filter creates pieces of other
    /// lengths.
    fn usable(&self, mut buffer: Vec<u8>) -> Vec<u8> {
        buffer.resize(self.length, 0);
        buffer
    }

    /// A buffer does not come back, since a filter kept its content. Returns false: this is not the
    /// end.
    fn lose(&mut self) -> bool {
        self.made = self.made.saturating_sub(1);
        false
    }
}

/// A task that is aborted when its handle is dropped.
struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type Fed = (Option<DataConnection>, Option<Digest>, Result<(), EndError>);
type Drained = (Option<DataConnection>, u64, Result<(), EndError>);

/// Moves everything from `feed` to `drain`.
pub(super) async fn pump(feed: Feed, drain: Drain, flow: Flow, watch: &mut Watch) -> Pumped {
    let expected = flow.size.map_or(u64::MAX, |size| size.saturating_sub(flow.offset));
    // one byte more, so that the end is seen in the same piece as the data
    let length = usize::try_from(expected.saturating_add(1)).unwrap_or(CHUNK);
    let (full, pieces) = mpsc::channel(CHUNKS);
    let (back, empty) = mpsc::channel(CHUNKS);
    let pool = Pool { back: empty, length: length.clamp(SMALLEST, CHUNK), made: 0 };
    watch.progress().count_here();
    watch.progress().flow();
    watch.progress().set_bytes(flow.offset);
    let through = Through { filter: flow.filter, hasher: flow.hasher, full };
    let mut feed = Task(match feed {
        Feed::Net(data) => tokio::spawn(read_net(data, pool, through, flow.limit)),
        Feed::Local(reader) => spawn_blocking(move || read_local(reader, pool, through)),
    });
    let taken = Taken { watch: watch.clone(), offset: flow.offset, bytes: 0 };
    let mut drain = Task(match drain {
        Drain::Net(data) => tokio::spawn(write_net(data, pieces, back, flow.limit, taken)),
        Drain::Local(writer) => spawn_blocking(move || write_local(writer, pieces, &back, taken)),
    });
    // the drain ends behind the feed, or before it
    let drained = tokio::select! {
        drained = &mut drain.0 => drained.unwrap_or_else(|error| (None, 0, Err(lost(error)))),
        () = watch.cancelled() => {
            let bytes = watch.progress().bytes().unwrap_or(0).saturating_sub(flow.offset);
            let broken = Some(Broken::Cancelled);
            return Pumped { bytes, feed: None, drain: None, digest: None, broken };
        }
    };
    let (drain, bytes, ended) = drained;
    if let Err(error) = ended {
        let broken = Some(Broken::Drain(error));
        return Pumped { bytes, feed: None, drain, digest: None, broken };
    }
    let fed = (&mut feed.0).await;
    let (feed, digest, ended) = fed.unwrap_or_else(|error| (None, None, Err(lost(error))));
    Pumped { bytes, feed, drain, digest, broken: ended.err().map(Broken::Feed) }
}

/// A task that panicked or was aborted.
fn lost(error: JoinError) -> EndError {
    EndError::Local(io::Error::other(error))
}

/// The path from the feed's buffers to the drain.
struct Through {
    filter: Option<Box<dyn Filter>>,
    hasher: Option<Hasher>,
    full: mpsc::Sender<Piece>,
}

impl Through {
    /// What the drain gets for these bytes; `last` at the end, with none.
    fn piece(&mut self, bytes: Vec<u8>, filled: usize, last: bool) -> io::Result<Piece> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes[..filled]);
        }
        let Some(filter) = &mut self.filter else { return Ok(Piece { bytes, filled }) };
        let mut changed = Vec::new();
        filter.pass(&bytes[..filled], last, &mut changed)?;
        Ok(Piece { filled: changed.len(), bytes: changed })
    }
}

impl Through {
    fn digest(&mut self) -> Option<Digest> {
        self.hasher.take().map(Hasher::finish)
    }
}

async fn read_net(
    mut data: DataConnection,
    mut pool: Pool,
    mut through: Through,
    limit: Duration,
) -> Fed {
    let mut fed = async || -> Result<(), EndError> {
        loop {
            let Some(mut bytes) = pool.next().await else { return Ok(()) };
            let filled = data.fill(&mut bytes, limit).await?;
            let piece = through.piece(bytes, filled, filled == 0)?;
            let gone = match piece.filled {
                0 => pool.lose(),
                _ => through.full.send(piece).await.is_err(),
            };
            if filled == 0 || gone {
                return Ok(());
            }
        }
    };
    let ended = fed().await;
    (Some(data), through.digest(), ended)
}

fn read_local(mut reader: Box<dyn Read + Send>, mut pool: Pool, mut through: Through) -> Fed {
    let mut fed = || -> Result<(), EndError> {
        loop {
            let Some(mut bytes) = pool.blocking_next() else { return Ok(()) };
            let filled = read_some(&mut *reader, &mut bytes)?;
            let piece = through.piece(bytes, filled, filled == 0)?;
            let gone = match piece.filled {
                0 => pool.lose(),
                _ => through.full.blocking_send(piece).is_err(),
            };
            if filled == 0 || gone {
                return Ok(());
            }
        }
    };
    let ended = fed();
    (None, through.digest(), ended)
}

fn read_some(reader: &mut dyn Read, bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// Counts what the drain has accepted.
struct Taken {
    watch: Watch,
    offset: u64,
    bytes: u64,
}

impl Taken {
    fn add(&mut self, count: usize) {
        self.bytes += count as u64;
        self.watch.progress().set_bytes(self.offset + self.bytes);
    }
}

async fn write_net(
    mut data: DataConnection,
    mut pieces: mpsc::Receiver<Piece>,
    back: mpsc::Sender<Vec<u8>>,
    limit: Duration,
    mut taken: Taken,
) -> Drained {
    while let Some(Piece { bytes, filled }) = pieces.recv().await {
        if let Err(error) = data.write(&bytes[..filled], limit).await {
            return (Some(data), taken.bytes, Err(error.into()));
        }
        taken.add(filled);
        // the feed may have ended already, and needs no buffer then
        let _ = back.try_send(bytes);
    }
    (Some(data), taken.bytes, Ok(()))
}

fn write_local(
    mut writer: Box<dyn Write + Send>,
    mut pieces: mpsc::Receiver<Piece>,
    back: &mpsc::Sender<Vec<u8>>,
    mut taken: Taken,
) -> Drained {
    while let Some(Piece { bytes, filled }) = pieces.blocking_recv() {
        if let Err(error) = writer.write_all(&bytes[..filled]) {
            return (None, taken.bytes, Err(error.into()));
        }
        taken.add(filled);
        // see above
        let _ = back.try_send(bytes);
    }
    (None, taken.bytes, writer.flush().map_err(EndError::from))
}

#[cfg(test)]
#[path = "pump_tests.rs"]
mod tests;

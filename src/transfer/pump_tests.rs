//! Data through memory: complete, in order, and never more of it at once than the buffers hold.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::watch as channel;

use super::*;
use crate::transfer::watch::{Progress, StopRequest};

fn watch() -> (channel::Sender<StopRequest>, Watch) {
    let (wish, wished) = channel::channel(StopRequest::None);
    (wish, Watch::new(Arc::new(Progress::default()), wished))
}

fn flow(size: Option<u64>) -> Flow {
    Flow { limit: Duration::from_secs(5), offset: 0, size, filter: None, hasher: None }
}

/// Gives so many bytes, each its place modulo 251, and counts them.
struct Source {
    left: u64,
    given: Arc<AtomicU64>,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len()).min(70_000);
        let at = self.given.load(Ordering::SeqCst);
        for (n, byte) in buffer[..count].iter_mut().enumerate() {
            *byte = ((at + n as u64) % 251) as u8;
        }
        self.left -= count as u64;
        self.given.fetch_add(count as u64, Ordering::SeqCst);
        Ok(count)
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes nothing more after so many bytes: waits until the test lets go, or fails.
struct Full {
    room: usize,
    let_go: Option<std::sync::mpsc::Receiver<()>>,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            if let Some(let_go) = self.let_go.take() {
                let_go.recv().unwrap();
            }
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let count = self.room.min(bytes.len());
        self.room -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn all_bytes_in_order() {
    for left in [0, 1, 8191, 8192, 300_000, 5_000_000] {
        for size in [None, Some(left), Some(left / 2)] {
            let (_cancel, mut watch) = watch();
            let kept = Kept::default();
            let feed = Feed::Local(Box::new(Source { left, given: Arc::default() }));
            let drain = Drain::Local(Box::new(kept.clone()));
            let pumped = pump(feed, drain, flow(size), &mut watch).await;
            assert!(pumped.broken.is_none());
            assert_eq!(pumped.bytes, left);
            assert_eq!(watch.progress().bytes(), Some(left));
            let kept = kept.0.lock().unwrap();
            assert_eq!(kept.len() as u64, left);
            assert!(kept.iter().enumerate().all(|(n, byte)| usize::from(*byte) == n % 251));
        }
    }
}

#[tokio::test]
async fn a_slow_end_throttles_the_other_one() {
    let (cancel, mut watch) = watch();
    let given = Arc::new(AtomicU64::new(0));
    let (let_go, waits) = std::sync::mpsc::channel();
    let feed = Feed::Local(Box::new(Source { left: u64::MAX, given: given.clone() }));
    let drain = Drain::Local(Box::new(Full { room: 1, let_go: Some(waits) }));
    let pumping = tokio::spawn(async move { pump(feed, drain, flow(None), &mut watch).await });
    // the source is never asked for more than the buffers hold
    let most = (CHUNKS * CHUNK) as u64;
    let held = (CHUNKS * CHUNK.min(70_000)) as u64;
    while given.load(Ordering::SeqCst) < held {
        tokio::task::yield_now().await;
    }
    assert!(given.load(Ordering::SeqCst) <= most);
    cancel.send(StopRequest::Cancel).unwrap();
    let pumped = pumping.await.unwrap();
    assert!(matches!(pumped.broken, Some(Broken::Cancelled)));
    let_go.send(()).unwrap();
}

#[tokio::test]
async fn a_full_disk_ends_the_transfer() {
    let (_cancel, mut watch) = watch();
    let feed = Feed::Local(Box::new(Source { left: u64::MAX, given: Arc::default() }));
    let drain = Drain::Local(Box::new(Full { room: 100_000, let_go: None }));
    let pumped = pump(feed, drain, flow(None), &mut watch).await;
    let Some(Broken::Drain(EndError::Local(error))) = pumped.broken else { panic!("not broken") };
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

//! The content of a file in memory: blocks, bytes made from a seed, or only a length.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::demo::store::StoreError;

/// Files grow by blocks, so that a large upload is never copied as a whole.
const BLOCK: usize = 64 * 1024;

/// How much all files of a tree may hold.
#[derive(Debug)]
pub(crate) struct Space {
    capacity: Option<u64>,
    used: AtomicU64,
}

impl Space {
    /// Space for `capacity` bytes; `None` is without end.
    pub(crate) fn new(capacity: Option<u64>) -> Self {
        Self { capacity, used: AtomicU64::new(0) }
    }

    /// What is left.
    pub(crate) fn free(&self) -> Option<u64> {
        self.capacity.map(|capacity| capacity.saturating_sub(self.used.load(Ordering::Relaxed)))
    }

    fn take(&self, bytes: u64) -> Result<(), StoreError> {
        let Some(capacity) = self.capacity else { return Ok(()) };
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|used| *used <= capacity)
            })
            .map(|_| ())
            .map_err(|_| StoreError::NoSpace)
    }

    fn give(&self, bytes: u64) {
        if self.capacity.is_some() {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
    }
}

/// One file: shared by the tree and by every transfer that has it open, so that its size can be
/// asked while it grows, and a transfer survives its removal.
#[derive(Debug)]
pub(crate) struct Content {
    data: Mutex<Data>,
    mtime: AtomicI64,
    space: Arc<Space>,
}

#[derive(Debug, Default)]
struct Data {
    /// Kept bytes. All blocks but the last are [`BLOCK`] long.
    blocks: Vec<Vec<u8>>,
    /// Bytes that are made when they are read: seed and size. There are no blocks then.
    synthetic: Option<(u64, u64)>,
}

impl Content {
    /// An empty file.
    pub(crate) fn new(space: Arc<Space>, mtime: i64) -> Self {
        Self { data: Mutex::default(), mtime: AtomicI64::new(mtime), space }
    }

    /// A file whose bytes come from `seed` and take no memory and no capacity; the first write
    /// of a byte into it replaces it by an empty file.
    pub(crate) fn synthetic(space: Arc<Space>, mtime: i64, seed: u64, size: u64) -> Self {
        let data = Data { blocks: Vec::new(), synthetic: Some((seed, size)) };
        Self { data: Mutex::new(data), mtime: AtomicI64::new(mtime), space }
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        // every change below leaves the blocks sound, so a panic elsewhere does not matter
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn mtime(&self) -> i64 {
        self.mtime.load(Ordering::Relaxed)
    }

    pub(crate) fn set_mtime(&self, mtime: i64) {
        self.mtime.store(mtime, Ordering::Relaxed);
    }

    pub(crate) fn len(&self) -> u64 {
        self.data().len()
    }

    pub(crate) fn read_at(&self, at: u64, buffer: &mut [u8]) -> usize {
        let data = self.data();
        let left = data.len().saturating_sub(at);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if let Some((seed, _)) = data.synthetic {
            synthetic_bytes(seed, at, &mut buffer[..count]);
            return count;
        }
        let mut done = 0;
        let mut at = at as usize;
        while done < count {
            let block = &data.blocks[at / BLOCK][at % BLOCK..];
            let piece = block.len().min(count - done);
            buffer[done..done + piece].copy_from_slice(&block[..piece]);
            done += piece;
            at += piece;
        }
        count
    }

    pub(crate) fn write_at(&self, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut data = self.data();
        let end = at + bytes.len() as u64;
        let grown = end.saturating_sub(data.kept());
        self.space.take(grown)?;
        data.synthetic = None;
        let blocks = &mut data.blocks;
        extend(blocks, at.saturating_sub(kept(blocks)));
        let mut at = at as usize;
        let mut rest = bytes;
        while !rest.is_empty() {
            if at / BLOCK == blocks.len() {
                // small files take what they need; a block that follows another is a large file
                let room = if blocks.is_empty() { rest.len().min(BLOCK) } else { BLOCK };
                blocks.push(Vec::with_capacity(room));
            }
            let block = &mut blocks[at / BLOCK];
            let start = at % BLOCK;
            let piece = rest.len().min(BLOCK - start);
            let over = piece.min(block.len() - start);
            block[start..start + over].copy_from_slice(&rest[..over]);
            block.extend_from_slice(&rest[over..piece]);
            rest = &rest[piece..];
            at += piece;
        }
        Ok(())
    }

    pub(crate) fn cut(&self, length: u64) -> Result<(), StoreError> {
        let mut data = self.data();
        if let Some((_, size)) = &mut data.synthetic {
            *size = (*size).min(length);
            return Ok(());
        }
        let kept_before = data.kept();
        if length > kept_before {
            self.space.take(length - kept_before)?;
            extend(&mut data.blocks, length - kept_before);
        } else {
            self.space.give(kept_before - length);
            let blocks = &mut data.blocks;
            let length = length as usize;
            blocks.truncate(length.div_ceil(BLOCK));
            if let Some(last) = blocks.last_mut()
                && !length.is_multiple_of(BLOCK)
            {
                last.truncate(length % BLOCK);
            }
        }
        Ok(())
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        let kept = self.data().kept();
        self.space.give(kept);
    }
}

impl Data {
    fn len(&self) -> u64 {
        self.synthetic.map_or_else(|| self.kept(), |(_, size)| size)
    }

    /// Bytes that count against the capacity.
    fn kept(&self) -> u64 {
        kept(&self.blocks)
    }
}

fn kept(blocks: &[Vec<u8>]) -> u64 {
    blocks.last().map_or(0, |last| ((blocks.len() - 1) * BLOCK + last.len()) as u64)
}

/// Adds zeros at the end.
fn extend(blocks: &mut Vec<Vec<u8>>, mut zeros: u64) {
    while zeros > 0 {
        if blocks.last().is_none_or(|last| last.len() == BLOCK) {
            blocks.push(Vec::new());
        }
        if let Some(last) = blocks.last_mut() {
            let piece = zeros.min((BLOCK - last.len()) as u64);
            last.resize(last.len() + piece as usize, 0);
            zeros -= piece;
        }
    }
}

/// The bytes of a synthetic file: each group of eight is a hash (splitmix64) of seed and position.
pub(crate) fn synthetic_bytes(seed: u64, at: u64, buffer: &mut [u8]) {
    let mut done = 0;
    while done < buffer.len() {
        let position = at + done as u64;
        let mut word = (seed ^ (position / 8)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let word = (word ^ (word >> 31)).to_le_bytes();
        let skip = (position % 8) as usize;
        let piece = (8 - skip).min(buffer.len() - done);
        buffer[done..done + piece].copy_from_slice(&word[skip..skip + piece]);
        done += piece;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(capacity: Option<u64>) -> Content {
        Content::new(Arc::new(Space::new(capacity)), 0)
    }

    fn all(content: &Content) -> Vec<u8> {
        let mut buffer = vec![0; content.len() as usize + 10];
        let count = content.read_at(0, &mut buffer);
        buffer.truncate(count);
        buffer
    }

    proptest::proptest! {
        #[test]
        fn behaves_like_a_vector(steps: Vec<(u32, u16, bool)>) {
            let content = file(None);
            let mut model: Vec<u8> = Vec::new();
            for (at, length, cut) in steps {
                let at = at as usize % 200_000;
                if cut {
                    content.cut(at as u64).unwrap();
                    model.resize(at, 0);
                } else {
                    let bytes = vec![length as u8 | 1; usize::from(length)];
                    content.write_at(at as u64, &bytes).unwrap();
                    if !bytes.is_empty() {
                        model.resize(model.len().max(at + bytes.len()), 0);
                        model[at..at + bytes.len()].copy_from_slice(&bytes);
                    }
                }
            }
            proptest::prop_assert_eq!(all(&content), model);
        }
    }

    #[test]
    fn capacity_is_kept_and_given_back() {
        let space = Arc::new(Space::new(Some(100)));
        let a = Content::new(space.clone(), 0);
        a.write_at(0, &[1; 60]).unwrap();
        a.write_at(0, &[2; 60]).unwrap();
        let b = Content::new(space.clone(), 0);
        assert!(matches!(b.write_at(0, &[1; 60]), Err(StoreError::NoSpace)));
        assert_eq!(space.free(), Some(40));
        drop(a);
        assert_eq!(space.free(), Some(100));
    }

    #[test]
    fn synthetic_bytes_do_not_depend_on_how_they_are_read() {
        let content = Content::synthetic(Arc::new(Space::new(None)), 0, 7, 1000);
        let whole = all(&content);
        assert_eq!(whole.len(), 1000);
        let mut pieces = Vec::new();
        let mut buffer = [0; 13];
        loop {
            let count = content.read_at(pieces.len() as u64, &mut buffer);
            if count == 0 {
                break;
            }
            pieces.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(pieces, whole);
    }
}

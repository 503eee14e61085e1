//! The proof of a resumed file where no checksum can be compared: some blocks are read back from
//! both ends (transfer rule 9).
//!
//! Servers that truncate the file at `REST` and `STOR` leave zeros below the offset, others write
//! somewhere else; the size is right all the same.

use std::io;
use std::ops::Range;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};

use crate::base::{RemotePath, Word as _};
use crate::session::{Session, SessionError, TransferRequest, TransferVerb};
use crate::site::DataProtection;
use crate::transfer::fault::Fault;
use crate::transfer::plan::Side;

/// How much is compared below the offset, and as much from it on.
const BLOCK: u64 = 32 * 1024;

/// One of the two files.
pub(super) enum FileAt<'a> {
    /// On a server, which sends the blocks encrypted as required.
    Server(&'a mut Session, &'a RemotePath, DataProtection),
    /// On this machine.
    Local(&'a Path),
}

/// Compares some blocks of a file of `size` bytes that was resumed at `offset`.
///
/// # Errors
/// [`Fault::NotResumed`] when a block differs; [`Fault::Unproven`] when a server does not send
/// one.
pub(super) async fn prove(
    mut source: FileAt<'_>,
    mut destination: FileAt<'_>,
    offset: u64,
    size: u64,
) -> Result<(), Fault> {
    for block in blocks(offset, size) {
        let (ours, theirs) = tokio::join!(
            source.read(Side::Source, block.clone()),
            destination.read(Side::Destination, block.clone())
        );
        let (ours, theirs) = (ours?, theirs?);
        if ours.len() as u64 != block.end - block.start || ours != theirs {
            return Err(Fault::NotResumed { offset });
        }
    }
    Ok(())
}

/// The beginning, the middle of what was there before, and around the offset; one block where these
/// would overlap.
fn blocks(offset: u64, size: u64) -> Vec<Range<u64>> {
    let end = offset.saturating_add(BLOCK).min(size);
    if offset < 4 * BLOCK {
        return vec![Range { start: 0, end }];
    }
    let middle = offset / 2;
    vec![offset - BLOCK..end, 0..BLOCK, middle..middle + BLOCK]
}

impl FileAt<'_> {
    async fn read(&mut self, side: Side, block: Range<u64>) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Server(session, path, protection) => {
                let read = read_remote(session, path, *protection, block).await;
                read.map_err(|error| match error {
                    SessionError::Refused { reply, .. } | SessionError::RestRefused { reply } => {
                        Fault::Unproven(format!("the {} replied {}", side.word(), reply.shown()))
                    }
                    error => Fault::of_session(side, error),
                })
            }
            Self::Local(path) => {
                read_local(path, block).await.map_err(|error| Fault::local(path, &error))
            }
        }
    }
}

async fn read_remote(
    session: &mut Session,
    path: &RemotePath,
    protection: DataProtection,
    block: Range<u64>,
) -> Result<Vec<u8>, SessionError> {
    // an earlier REST may apply to this transfer as well (quirk 64)
    session.reset_offset().await;
    let (verb, offset) = (TransferVerb::Retrieve, block.start);
    let request = TransferRequest { verb, path, offset, text: false, protection };
    let mut transfer = session.start(&request).await?;
    let limit = session.limits().no_growth;
    let mut bytes = vec![0; usize::try_from(block.end - block.start).unwrap_or_default()];
    let mut filled = 0;
    while filled < bytes.len() {
        match transfer.data.fill(&mut bytes[filled..], limit).await {
            Ok(0) | Err(_) => break,
            Ok(count) => filled += count,
        }
    }
    bytes.truncate(filled);
    let (data, pending) = transfer.into_parts();
    drop(data);
    session.abandon(&pending).await;
    Ok(bytes)
}

async fn read_local(path: &Path, block: Range<u64>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path).await?;
    file.seek(SeekFrom::Start(block.start)).await?;
    let mut bytes = Vec::new();
    file.take(block.end - block.start).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lie_below_and_around_the_offset() {
        let far = 1 << 20;
        let all = [far - BLOCK..far + BLOCK, 0..BLOCK, far / 2..far / 2 + BLOCK];
        assert_eq!(blocks(far, 4 * far), all);
        // never past the end
        assert_eq!(blocks(far, far + 7)[0], far - BLOCK..far + 7);
        // one block when small
        assert_eq!(blocks(100, far), [Range { start: 0, end: BLOCK + 100 }]);
        assert_eq!(blocks(100, 200), [Range { start: 0, end: 200 }]);
    }
}

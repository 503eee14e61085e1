//! Probe files: their names, their content, and the list of those to delete.

use crate::base::RemotePath;
use crate::session::{Session, SessionError, TransferRequest, TransferVerb};
use crate::transfer::doctor::finding::Peer;

/// The size of the small probe file in bytes.
pub(super) const SMALL: u64 = 1024;
/// The size of the large probe file in bytes: large enough to show data loss at the end of a data
/// connection (docs/servers.md "Secure FXP": a probe of 1 kB does not show it).
pub(super) const LARGE: u64 = 2 * 1024 * 1024;
/// The size of one write in bytes.
const PIECE: usize = 64 * 1024;

/// A unique name, with a leading dot if the server accepts it.
pub(super) fn name(dir: &RemotePath, tag: &str, what: &str, hidden: bool) -> RemotePath {
    let dot = if hidden { "." } else { "" };
    dir.join(format!("{dot}fxpane-probe-{tag}-{what}.fxpart").as_bytes())
}

/// Writes a probe file of `size` incompressible bytes.
pub(super) async fn write(
    session: &mut Session,
    path: &RemotePath,
    size: u64,
) -> Result<(), SessionError> {
    let limit = session.limits().no_growth;
    let protection = session.site().data_protection;
    let order =
        TransferRequest { verb: TransferVerb::Store, path, offset: 0, text: false, protection };
    let mut transfer = session.start(&order).await?;
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15 ^ size);
    let mut left = usize::try_from(size).unwrap_or(usize::MAX);
    let mut broken = None;
    while left > 0 && broken.is_none() {
        let piece = noise.bytes(left.min(PIECE));
        left -= piece.len();
        broken = transfer.data.write(&piece, limit).await.err();
    }
    let step = format!("write the probe {path}");
    // the server's reply is the better reason, so it comes first
    session.end(transfer, &step).await?;
    match broken {
        Some(source) => Err(SessionError::Net { step, source }),
        None => Ok(()),
    }
}

/// Bytes without a pattern: xorshift64 (Marsaglia 2003).
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            bytes.extend_from_slice(&self.0.to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }
}

/// Probe files that may exist and must be deleted.
#[derive(Debug, Default)]
pub(super) struct ProbeCleanup(Vec<(Peer, RemotePath)>);

impl ProbeCleanup {
    pub(super) fn add(&mut self, end: Peer, path: &RemotePath) {
        if !self.0.iter().any(|known| known.0 == end && known.1 == *path) {
            self.0.push((end, path.clone()));
        }
    }

    pub(super) fn at(&self, end: Peer) -> Vec<RemotePath> {
        self.0.iter().filter(|known| known.0 == end).map(|known| known.1.clone()).collect()
    }

    pub(super) fn remove(&mut self, end: Peer, path: &RemotePath) {
        self.0.retain(|known| known.0 != end || known.1 != *path);
    }

    pub(super) fn is_empty_at(&self, end: Peer) -> bool {
        !self.0.iter().any(|known| known.0 == end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probe_names_are_hidden_and_content_is_random() {
        let name = name(&"/in".into(), "7f", "s", true);
        assert_eq!(name, "/in/.fxpane-probe-7f-s.fxpart".into());
        let bytes = Noise(1).bytes(1001);
        assert_eq!(bytes.len(), 1001);
        let mut seen = [0_u32; 256];
        bytes.iter().for_each(|byte| seen[usize::from(*byte)] += 1);
        assert!(seen.iter().all(|count| *count < 20));
    }
}

//! Checksums of the demo's files, for HASH, XCRC, XMD5, XSHA… and for tests.

use crate::demo::store::{Handle, StoreError};
pub(crate) use crate::ftp::digest::Algorithm;
use crate::ftp::digest::Hasher;

/// The checksum of the bytes from `from` up to `to`, in lower-case hex.
pub(crate) fn of(
    handle: &mut Handle,
    algorithm: Algorithm,
    from: u64,
    to: u64,
) -> Result<String, StoreError> {
    let mut hasher = Hasher::new(algorithm);
    let mut buffer = vec![0; 64 * 1024];
    let mut at = from;
    while at < to {
        let piece = usize::try_from(to - at).unwrap_or(usize::MAX).min(buffer.len());
        let count = handle.read_at(at, &mut buffer[..piece])?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        at += count as u64;
    }
    Ok(hasher.finish().hex().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::store::Store;
    use crate::demo::store::tree::Tree;

    #[test]
    fn checksums_match_those_of_proftpd() {
        let store = Store::Memory(Tree::new(None));
        let mut handle = store.create(&"/x".into()).unwrap();
        handle.write_at(0, b"hello\nworld\nzz").unwrap();
        let mut digest = |algorithm, to| of(&mut handle, algorithm, 0, to).unwrap();
        assert_eq!(digest(Algorithm::Crc32, 14), "a2270f5f");
        assert_eq!(digest(Algorithm::Crc32, 3), "e50bf11b");
        assert_eq!(digest(Algorithm::Md5, 14), "59dbb07edf077235c058c3ec77e6048f");
        assert_eq!(digest(Algorithm::Sha1, 99), "7099d70da288ef097d72bf31891723fd7b2f98bc");
        assert_eq!(
            digest(Algorithm::Sha256, 14),
            "5a7d8586fa0fc6954350edbb2b927b3bca80481290edcb2a2ee6ca07a46c195b"
        );
    }
}

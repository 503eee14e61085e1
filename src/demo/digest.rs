//! Digests of files: HASH, XCRC, XMD5, XSHA… and the tests' own comparisons.

use md5::{Digest as _, Md5};
use ring::digest;

use crate::demo::store::{Handle, StoreError};

/// A digest that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    /// All of them, weakest first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Crc32, Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// Its name for HASH (draft-bryan-ftpext-hash section 3).
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// The algorithm with this name, in any case.
    pub(crate) fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name().as_bytes().eq_ignore_ascii_case(name))
    }
}

enum State {
    Crc32(crc32fast::Hasher),
    Md5(Md5),
    Sha(Box<digest::Context>),
}

/// The digest of the bytes from `from` up to `to`, lower-case hex.
pub(crate) fn of(
    handle: &mut Handle,
    algorithm: Algorithm,
    from: u64,
    to: u64,
) -> Result<String, StoreError> {
    let mut state = match algorithm {
        Algorithm::Crc32 => State::Crc32(crc32fast::Hasher::new()),
        Algorithm::Md5 => State::Md5(Md5::new()),
        Algorithm::Sha1 => {
            State::Sha(Box::new(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY)))
        }
        Algorithm::Sha256 => State::Sha(Box::new(digest::Context::new(&digest::SHA256))),
        Algorithm::Sha512 => State::Sha(Box::new(digest::Context::new(&digest::SHA512))),
    };
    let mut buffer = vec![0; 64 * 1024];
    let mut at = from;
    while at < to {
        let piece = usize::try_from(to - at).unwrap_or(usize::MAX).min(buffer.len());
        let count = handle.read_at(at, &mut buffer[..piece])?;
        if count == 0 {
            break;
        }
        let bytes = &buffer[..count];
        match &mut state {
            State::Crc32(hasher) => hasher.update(bytes),
            State::Md5(hasher) => hasher.update(bytes),
            State::Sha(context) => context.update(bytes),
        }
        at += count as u64;
    }
    Ok(match state {
        State::Crc32(hasher) => format!("{:08x}", hasher.finalize()),
        State::Md5(hasher) => hex(&hasher.finalize()),
        State::Sha(context) => hex(context.finish().as_ref()),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::store::Store;
    use crate::demo::store::tree::Tree;

    #[test]
    fn digests_match_what_proftpd_said_of_the_same_bytes() {
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

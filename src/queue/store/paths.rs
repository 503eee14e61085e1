//! Paths in the database: raw bytes, split at the last slash, so that a directory is stored only
//! once.

use std::path::PathBuf;

use crate::base::RemotePath;
use crate::site::Location;

/// The bytes of a remote or local path.
pub(super) fn bytes(at: &Location) -> &[u8] {
    match at {
        Location::Remote { path, .. } => path.as_bytes(),
        Location::Local(path) => path.as_os_str().as_encoded_bytes(),
    }
}

/// Splits a path into the part up to the last slash and the name after it.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1))
}

/// A local path from its bytes.
#[must_use]
pub fn local(bytes: Vec<u8>) -> PathBuf {
    #[cfg(unix)]
    {
        PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The location of a path on a site, or on this machine.
pub(super) fn location(
    site: Option<&std::sync::Arc<crate::site::Site>>,
    bytes: Vec<u8>,
) -> Location {
    match site {
        Some(site) => Location::Remote { site: site.clone(), path: RemotePath::new(bytes) },
        None => Location::Local(local(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting_loses_nothing() {
        for path in [&b"/a/b"[..], b"/a/b/", b"/", b"", b"a", b"//x//y", b"/a/\xff"] {
            let (dir, name) = split(path);
            assert_eq!([dir, name].concat(), path);
            assert!(!name.contains(&b'/'));
        }
    }
}

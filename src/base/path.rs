//! Remote paths: raw bytes, compared and sent exactly as the server gave them.
//!
//! A path is never trimmed, decoded or normalised, because two names that look alike may be two
//! different files (quirk 59: a client that rewrites names deletes the wrong file). Only the
//! separator `/` is interpreted.

use std::fmt;
use std::path::PathBuf;

use crate::base::text;

/// A path on a server, as bytes.
///
/// Absolute paths begin with `/`; the server resolves any other path against its working directory.
/// The empty path is the working directory itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RemotePath(Vec<u8>);

impl RemotePath {
    /// A path of exactly these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The root directory, `/`.
    #[must_use]
    pub fn root() -> Self {
        Self(b"/".to_vec())
    }

    /// The bytes as the server gave them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as the server gave them.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// True for a path that begins at the root.
    #[must_use]
    pub fn is_absolute(&self) -> bool {
        self.0.first() == Some(&b'/')
    }

    /// True for `/` and for the empty path, which have no parent.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.iter().all(|&b| b == b'/')
    }

    /// True when the path ends in `/`: as in cp(1), the user means the inside of a directory.
    #[must_use]
    pub fn has_trailing_slash(&self) -> bool {
        self.0.last() == Some(&b'/')
    }

    /// The entry `name` of this directory.
    ///
    /// `name` is one component; an absolute `name` replaces the path, as a shell would.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Self {
        if name.first() == Some(&b'/') || self.0.is_empty() {
            return Self(name.to_vec());
        }
        let mut joined = self.0.clone();
        if !self.has_trailing_slash() {
            joined.push(b'/');
        }
        joined.extend_from_slice(name);
        Self(joined)
    }

    /// The directory that contains this entry; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let bytes = self.without_final_slashes();
        if bytes.is_empty() {
            return None;
        }
        match bytes.iter().rposition(|&b| b == b'/') {
            Some(0) => Some(Self::root()),
            Some(at) => Some(Self(bytes[..at].to_vec())),
            None => Some(Self(Vec::new())),
        }
    }

    /// The last component; empty for the root.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        let bytes = self.without_final_slashes();
        match bytes.iter().rposition(|&b| b == b'/') {
            Some(at) => &bytes[at + 1..],
            None => bytes,
        }
    }

    /// This path relative to `base`: `/a/b/c` relative to `/a` is `b/c`.
    ///
    /// `None` when `base` is not a prefix of the path, compared by whole components.
    #[must_use]
    pub fn relative_to(&self, base: &Self) -> Option<&[u8]> {
        let base = base.without_final_slashes();
        let rest = self.0.strip_prefix(base)?;
        match rest.first() {
            None => Some(rest),
            Some(b'/') => Some(&rest[1..]),
            Some(_) if base.is_empty() => Some(rest),
            Some(_) => None,
        }
    }

    /// The path without trailing slashes; the root becomes empty.
    fn without_final_slashes(&self) -> &[u8] {
        let end = self.0.iter().rposition(|&b| b != b'/').map_or(0, |at| at + 1);
        &self.0[..end]
    }
}

/// True for a name that a directory can contain and a command can carry (docs/transfer-rules.md
/// "Names"): not empty, not `.` or `..`, without `/`, CR, LF and NUL.
#[must_use]
pub fn is_usable_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && !name.iter().any(|b| matches!(b, b'/' | b'\r' | b'\n' | 0))
}

/// A path of this machine from its bytes.
#[must_use]
pub fn local_path(bytes: Vec<u8>) -> PathBuf {
    #[cfg(unix)]
    {
        PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A name as this machine writes it; `None` for one that it cannot hold. A name from a server is
/// one component, which the caller has checked.
#[must_use]
pub fn local_name(name: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    {
        Some(local_path(name.to_vec()))
    }
    // names that are not text or that have a meaning of their own
    #[cfg(not(unix))]
    {
        let text = std::str::from_utf8(name).ok()?;
        (!text.contains(['\\', ':', '*', '?', '"', '<', '>', '|'])).then(|| PathBuf::from(text))
    }
}

impl fmt::Display for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::visible(&self.0))
    }
}

impl fmt::Debug for RemotePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", text::visible(&self.0))
    }
}

impl From<Vec<u8>> for RemotePath {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&str> for RemotePath {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_and_parent_are_inverse() {
        for (dir, name, whole) in
            [("/", "a", "/a"), ("/a", "b", "/a/b"), ("/a/", "b c", "/a/b c"), ("", "x", "x")]
        {
            let joined = RemotePath::from(dir).join(name.as_bytes());
            assert_eq!(joined, RemotePath::from(whole));
            assert_eq!(joined.name(), name.as_bytes());
        }
        assert_eq!(RemotePath::from("/a/b").parent(), Some("/a".into()));
        assert_eq!(RemotePath::from("/a").parent(), Some(RemotePath::root()));
        assert_eq!(RemotePath::root().parent(), None);
    }

    #[test]
    fn relative_to_compares_whole_components() {
        let path = RemotePath::from("/ab/c");
        assert_eq!(path.relative_to(&"/ab".into()), Some(&b"c"[..]));
        assert_eq!(path.relative_to(&"/ab/".into()), Some(&b"c"[..]));
        assert_eq!(path.relative_to(&"/".into()), Some(&b"ab/c"[..]));
        assert_eq!(path.relative_to(&"/a".into()), None);
    }

    #[test]
    fn hostile_names_are_unusable() {
        for name in [&b"a\rb"[..], b"a\nb", b"a\0b", b"a/b", b".", b"..", b""] {
            assert!(!is_usable_name(name), "{name:?}");
        }
        for name in [&b" a"[..], b"a ", b"...", b"\xff", "ü".as_bytes(), b"a\x1bb"] {
            assert!(is_usable_name(name), "{name:?}");
        }
    }
}

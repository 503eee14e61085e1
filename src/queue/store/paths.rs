//! Paths in the database: raw bytes, split at the last slash, so that a directory is stored only
//! once.

/// Splits a path into the part up to the last slash and the name after it.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1))
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

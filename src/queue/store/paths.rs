//! Paths in the database: bytes, never rewritten, split at the last slash so that a directory's
//! path stands there once.

/// Everything up to the last slash, and what is behind it; together they are the path.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    path.split_at(path.iter().rposition(|&b| b == b'/').map_or(0, |at| at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_the_path() {
        for path in [&b"/a/b"[..], b"/a/b/", b"/", b"", b"a", b"//x//y", b"/a/\xff"] {
            let (dir, name) = split(path);
            assert_eq!([dir, name].concat(), path);
            assert!(!name.contains(&b'/'));
        }
    }
}

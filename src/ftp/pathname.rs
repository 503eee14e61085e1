//! The quoted path in a 257 reply (RFC 959 appendix II).

use crate::base::RemotePath;

/// Parses the path in the text of a 257 reply.
///
/// Some servers double quotes inside the path, others do not (docs/servers.md "Commands and
/// features"), so the path extends to the last quote, and doubled quotes inside become one. Without
/// double quotes, single quotes are tried, then the first word (quirk 60).
#[must_use]
pub fn parse_257(text: &[u8]) -> Option<RemotePath> {
    for quote in [b'"', b'\''] {
        let first = text.iter().position(|&b| b == quote);
        let last = text.iter().rposition(|&b| b == quote);
        if let (Some(first), Some(last)) = (first, last)
            && first < last
        {
            let inner = &text[first + 1..closing(text, quote, first + 1).unwrap_or(last)];
            return Some(RemotePath::new(undouble(inner, quote)));
        }
    }
    let word = text.split(|&b| b == b' ').find(|word| !word.is_empty())?;
    Some(RemotePath::new(word))
}

/// The position of the closing quote: not doubled, and followed by a space, a period or the end.
/// The comment after it may contain further quotes.
fn closing(text: &[u8], quote: u8, from: usize) -> Option<usize> {
    let mut at = from;
    while at < text.len() {
        if text[at] == quote {
            if text.get(at + 1) == Some(&quote) {
                at += 2;
                continue;
            }
            if matches!(text.get(at + 1), None | Some(b' ' | b'.')) {
                return Some(at);
            }
        }
        at += 1;
    }
    None
}

fn undouble(inner: &[u8], quote: u8) -> Vec<u8> {
    let mut path = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().peekable();
    while let Some(&byte) = bytes.next() {
        path.push(byte);
        if byte == quote && bytes.peek() == Some(&&quote) {
            bytes.next();
        }
    }
    path
}

/// Quotes a path as in a 257 reply, with quotes doubled.
#[must_use]
pub fn quoted(path: &RemotePath) -> Vec<u8> {
    let mut quoted = vec![b'"'];
    for &byte in path.as_bytes() {
        quoted.push(byte);
        if byte == b'"' {
            quoted.push(byte);
        }
    }
    quoted.push(b'"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_every_style() {
        for (text, path) in [
            (r#""/out" is the current directory"#, "/out"),
            (r#""/out/q""uote" created"#, "/out/q\"uote"),
            (r#""/out/q"uote" is current"#, "/out/q\"uote"),
            (r#""/a b" is "your" home"#, "/a b"),
            ("'DISK:[A.B]' is current", "DISK:[A.B]"),
            ("/plain is current", "/plain"),
            (r#""/""#, "/"),
        ] {
            assert_eq!(parse_257(text.as_bytes()), Some(path.into()), "{text}");
        }
        assert_eq!(parse_257(b""), None);
    }

    proptest::proptest! {
        #[test]
        fn quoted_paths_round_trip(path: String) {
            let path = RemotePath::from(path.as_str());
            proptest::prop_assume!(!path.as_bytes().is_empty());
            assert_eq!(parse_257(&quoted(&path)), Some(path));
        }
    }
}

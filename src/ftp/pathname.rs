//! The path in a 257 reply, and how it is quoted (RFC 959 appendix II).

use crate::base::RemotePath;

/// Reads the path out of the text of a 257 reply.
///
/// Quotes inside are doubled by some servers and not by others (reference/servers.md section 8,
/// 21), so the path reaches to the last quote; doubled ones inside become one. Without double
/// quotes single ones are tried, then the first word is taken (quirk 60).
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

/// The quote that is followed by a blank or by the end and not doubled: the comment behind it may
/// hold quotes of its own.
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

/// Writes a path as a 257 reply quotes it, quotes doubled.
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
    fn quoting_in_every_style() {
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
        fn quoted_is_read_back(path: String) {
            let path = RemotePath::from(path.as_str());
            proptest::prop_assume!(!path.as_bytes().is_empty());
            assert_eq!(parse_257(&quoted(&path)), Some(path));
        }
    }
}

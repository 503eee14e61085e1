//! Information about the file in the replies to a transfer command: its size or its name.

use crate::ftp::Reply;

/// The size in the first reply to `RETR`: `150 Opening BINARY mode data connection for x (300
/// bytes)`. After a `REST` its meaning differs between servers (docs/servers.md "Byte counts in the
/// 150"), so use it only for whole files.
#[must_use]
pub fn announced_size(reply: &Reply) -> Option<u64> {
    reply.lines.iter().rev().find_map(|line| size_in(line))
}

fn size_in(line: &[u8]) -> Option<u64> {
    let line = line.to_ascii_lowercase();
    let open = line.iter().rposition(|&byte| byte == b'(')?;
    let inner = &line[open + 1..];
    let digits = inner.iter().position(|byte| !byte.is_ascii_digit())?;
    let unit = inner[digits..].trim_ascii_start();
    if !unit.starts_with(b"byte") {
        return None;
    }
    std::str::from_utf8(&inner[..digits]).ok()?.parse().ok()
}

/// The name that the server chose for a file stored with `STOU`: `150 FILE: x` (RFC 1123 section
/// 4.1.2.9), `150-FILE: x` (pure-ftpd), `125 FILE: x` (pyftpdlib), or at the end `226 Transfer
/// complete (unique file name:x).` (BSD and wu-ftpd).
#[must_use]
pub fn unique_name(reply: &Reply) -> Option<Vec<u8>> {
    reply.lines.iter().find_map(|line| name_in(line))
}

fn name_in(line: &[u8]) -> Option<Vec<u8>> {
    let lower = line.to_ascii_lowercase();
    let after = |words: &[u8]| {
        let at = lower.windows(words.len()).position(|part| part == words)?;
        Some(line[at + words.len()..].trim_ascii())
    };
    let name = if let Some(rest) = after(b"unique file name:") {
        let end = rest.iter().rposition(|&byte| byte == b')').unwrap_or(rest.len());
        rest[..end].trim_ascii()
    } else {
        after(b"file:")?
    };
    let name = match name {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        name => name,
    };
    (!name.is_empty()).then(|| name.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, size) in [
            ("Opening BINARY mode data connection for a (120 bytes).", Some(120)),
            ("Opening BINARY mode data connection for a (1) (0 bytes)", Some(0)),
            ("Data connection accepted from 1.2.3.4:5; transfer starting for x (7 Bytes)", Some(7)),
            ("Opening data connection for a (1).", None),
            ("Opening data connection for a (99999999999999999999 bytes).", None),
            ("Opening BINARY mode data connection for a (12 kbytes).", None),
            ("(", None),
            ("", None),
        ] {
            assert_eq!(announced_size(&Reply::new(150, text)), size, "{text}");
        }
    }

    #[test]
    fn names() {
        for (text, name) in [
            ("FILE: STOU.1", Some("STOU.1")),
            ("FILE:ftp0001", Some("ftp0001")),
            ("Transfer complete (unique file name:a (2).txt).", Some("a (2).txt")),
            ("FILE: \"with blank\"", Some("with blank")),
            ("Opening data connection for profile", None),
            ("FILE: ", None),
        ] {
            let found = unique_name(&Reply::new(150, text));
            assert_eq!(found.as_deref(), name.map(str::as_bytes), "{text}");
        }
        let lines = Reply {
            code: 150,
            lines: vec![b"Accepted data connection".to_vec(), b"FILE: pure1".to_vec()],
        };
        assert_eq!(unique_name(&lines).as_deref(), Some(&b"pure1"[..]));
    }
}

//! Text that is safe to show: bytes from servers with control characters made visible.
//!
//! Names, banners and replies come from untrusted servers; an escape sequence in one of them must
//! never reach the terminal (docs/transfer-rules.md "Names").

/// Bytes as text for display: valid UTF-8 stays, everything that could control a terminal or hide
/// text is escaped.
///
/// Control characters become Unicode control pictures (`␛`), bytes that are not valid UTF-8 become
/// `\xNN`, and characters that reorder or hide text (bidirectional marks, zero-width) become
/// `\u{NNNN}`.
#[must_use]
pub fn visible(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    push_visible(&mut shown, bytes);
    shown
}

/// Appends the [`visible`] form to a string, without an allocation per name.
pub fn push_visible(shown: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        // nearly every name is printable ASCII
        if valid.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            shown.push_str(valid);
        } else {
            valid.chars().for_each(|c| push_char(shown, c));
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

/// [`visible`] for a string.
#[must_use]
pub fn visible_str(text: &str) -> String {
    visible(text.as_bytes())
}

fn push_char(shown: &mut String, c: char) {
    match c {
        '\0'..='\x1f' => shown.extend(char::from_u32(0x2400 + c as u32)),
        '\x7f' => shown.push('␡'),
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => shown.extend(c.escape_unicode()),
        _ => shown.push(c),
    }
}

/// The count and the noun, in the plural unless the count is 1: `1 file`, `2 files`, `2 entries`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => format!("{count} {noun}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {noun}s"),
    }
}

/// The candidate closest to `typed` by edit distance, if it is close enough to be a typo: at most
/// two edits, and less than half the word.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(typed, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2 && *distance * 2 < candidate.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The number of edits (insert, delete, replace, swap of neighbours) between two words.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(visible(b"a\x1b[31mred\r\n"), "a␛[31mred␍␊");
        assert_eq!(visible(b"caf\xe9"), "caf\\xe9");
        assert_eq!(visible("ünï-日本".as_bytes()), "ünï-日本");
        assert_eq!(visible("a\u{202e}b\u{9b}".as_bytes()), "a\\u{202e}b\\u{9b}");
    }

    #[test]
    fn nearest_finds_only_typos() {
        let known = ["passive", "password", "port"];
        assert_eq!(nearest("pasive", known), Some("passive"));
        assert_eq!(nearest("prot", known), Some("port"));
        assert_eq!(nearest("xyz", known), None);
    }
}

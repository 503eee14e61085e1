//! Words and numbers in a line.

use crate::ftp::Permissions;

/// True for the characters that separate columns.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Start and end of the first word at or after `at`.
pub(super) fn word_at(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = line.get(at..)?;
    let start = at + rest.iter().position(|&b| !is_blank(b))?;
    let length = line[start..].iter().position(|&b| is_blank(b));
    Some((start, length.map_or(line.len(), |length| start + length)))
}

/// Start and end of each word of a line.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let word = word_at(line, at)?;
        at = word.1;
        Some(word)
    })
}

/// The number of leading blanks.
pub(super) fn leading_blanks(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| is_blank(b)).count()
}

/// Parses a number of only digits; `None` on overflow.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |sum, &b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Parses a number of at most two digits, such as a day, hour or minute.
pub(super) fn small(text: &[u8]) -> Option<i8> {
    match text {
        [a] if a.is_ascii_digit() => i8::try_from(a - b'0').ok(),
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
            i8::try_from((a - b'0') * 10 + (b - b'0')).ok()
        }
        _ => None,
    }
}

/// Parses a year of exactly four digits, from 1900 on.
pub(super) fn year(text: &[u8]) -> Option<i16> {
    if text.len() != 4 {
        return None;
    }
    number(text).and_then(|year| i16::try_from(year).ok()).filter(|year| *year >= 1900)
}

/// Parses a number with or without commas or periods between the thousands.
pub(super) fn grouped_number(text: &[u8]) -> Option<u64> {
    let Some(&separator) = text.iter().find(|b| matches!(b, b',' | b'.')) else {
        return number(text);
    };
    let mut groups = text.split(|&b| b == separator);
    let first = groups.next().filter(|group| (1..=3).contains(&group.len()))?;
    groups.try_fold(number(first)?, |sum, group| {
        let value = (group.len() == 3).then(|| number(group))??;
        sum.checked_mul(1000)?.checked_add(value)
    })
}

/// Parses an octal mode; pyftpdlib uses the Python notation `0o644`.
pub(super) fn octal(text: &[u8]) -> Option<Permissions> {
    let text = text.strip_prefix(b"0o").unwrap_or(text);
    let octal = text.len() <= 8 && text.iter().all(|b| (b'0'..=b'7').contains(b));
    plain(text).filter(|_| octal)
}

/// Permissions in the notation of the server; `None` unless they are printable ASCII.
pub(super) fn plain(text: &[u8]) -> Option<Permissions> {
    let plain = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(text).ok().filter(|_| plain).map(Permissions::from)
}

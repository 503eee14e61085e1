//! Words and numbers of a line.

use crate::ftp::Permissions;

/// True for what separates the columns of a line.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The word that begins at or after `at`: where it starts and where it ends.
pub(super) fn word_at(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = line.get(at..)?;
    let start = at + rest.iter().position(|&b| !is_blank(b))?;
    let length = line[start..].iter().position(|&b| is_blank(b));
    Some((start, length.map_or(line.len(), |length| start + length)))
}

/// The words of a line with their offsets.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let word = word_at(line, at)?;
        at = word.1;
        Some(word)
    })
}

/// How many blanks the text begins with.
pub(super) fn leading_blanks(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| is_blank(b)).count()
}

/// A number of nothing but digits; `None` when it does not fit.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u64, |sum, &b| {
        let digit = b.is_ascii_digit().then(|| u64::from(b - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// A number of at most two digits, as days, hours and minutes are.
pub(super) fn small(text: &[u8]) -> Option<i8> {
    match text {
        [a] if a.is_ascii_digit() => i8::try_from(a - b'0').ok(),
        [a, b] if a.is_ascii_digit() && b.is_ascii_digit() => {
            i8::try_from((a - b'0') * 10 + (b - b'0')).ok()
        }
        _ => None,
    }
}

/// A year of exactly four digits from 1900 on; anything else is no year that a file can have.
pub(super) fn year(text: &[u8]) -> Option<i16> {
    if text.len() != 4 {
        return None;
    }
    number(text).and_then(|year| i16::try_from(year).ok()).filter(|year| *year >= 1900)
}

/// A number with commas or points between its thousands, or without.
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

/// Octal digits, as modes are written; pyftpdlib writes them as Python does, `0o644`.
pub(super) fn octal(text: &[u8]) -> Option<Permissions> {
    let text = text.strip_prefix(b"0o").unwrap_or(text);
    let octal = text.len() <= 8 && text.iter().all(|b| (b'0'..=b'7').contains(b));
    plain(text).filter(|_| octal)
}

/// ASCII text of what a server prints for permissions; `None` for anything that is not plain.
pub(super) fn plain(text: &[u8]) -> Option<Permissions> {
    let plain = !text.is_empty() && text.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(text).ok().filter(|_| plain).map(Permissions::from)
}

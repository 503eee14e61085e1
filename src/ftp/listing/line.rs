//! Lines of a listing, and the result of parsing one.

use crate::ftp::Entry;

/// The result of parsing a line.
pub(super) enum ParsedLine {
    /// An entry.
    Entry(Entry),
    /// An entry that also includes the following line.
    Pair(Entry),
    /// The directory itself.
    CurrentDir,
    /// A line of the format that is not an entry: a heading, a total, the parent directory.
    Skip,
    /// A line that does not match the format.
    Unknown,
}

/// A parser for one format. It receives every line of the listing once, in order.
pub(super) trait LineParser {
    /// Parses a line that is neither blank nor longer than [`super::MAX_LINE`]; `rest` are the
    /// lines after it.
    fn line(&mut self, line: &[u8], rest: Lines<'_>) -> ParsedLine;

    /// Corrects the entries after the last line.
    fn finish(&mut self, _entries: &mut Vec<Entry>) {}

    /// True if a line can be parsed only with the whole listing, which this parser does not have:
    /// its results are invalid.
    fn needs_whole_listing(&self) -> bool {
        false
    }

    /// True if [`LineParser::needs_whole_listing`] may become true.
    fn may_need_whole_listing(&self) -> bool {
        false
    }

    /// True if names may contain `/`, for members of files (AS/400).
    fn allows_slash(&self) -> bool {
        false
    }
}

/// Iterates over the lines of a listing with their numbers, from 1, skipping blank lines.
///
/// Only LF ends a line, because other line ends such as 0x85 are letters in some encodings (quirk
/// 56). One CR before it is dropped; so is a second one if every line has it, because then it comes
/// from the server's ASCII mode and not from a name.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
    double_cr: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut pieces =
            bytes.split_inclusive(|&b| b == b'\n').filter(|line| line.ends_with(b"\n"));
        let double_cr = bytes.contains(&b'\n') && pieces.all(|line| line.ends_with(b"\r\r\n"));
        Self { rest: bytes, number: 0, double_cr }
    }

    /// The lines after the first `number` lines of a listing in which not every line ends with two
    /// CRs.
    pub(super) fn following(bytes: &'a [u8], number: usize) -> Self {
        Self { rest: bytes, number, double_cr: false }
    }

    /// The number of the last returned line; blank lines count.
    pub(super) fn number(&self) -> usize {
        self.number
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let mut line = match memchr::memchr(b'\n', self.rest) {
                Some(at) => {
                    let line = &self.rest[..at];
                    self.rest = &self.rest[at + 1..];
                    line
                }
                None => std::mem::take(&mut self.rest),
            };
            self.number = self.number.saturating_add(1);
            for _ in 0..=usize::from(self.double_cr) {
                line = line.strip_suffix(b"\r").unwrap_or(line);
            }
            if line.iter().any(|b| !matches!(b, b' ' | b'\t' | b'\r')) {
                return Some((self.number, line));
            }
        }
    }
}

/// True for the block count in the first line of `ls`, in any language: a word and a number (`total
/// 17904`, `Gesamt 12K`).
pub(super) fn is_total(line: &[u8]) -> bool {
    let mut words =
        line.split(|b| matches!(b, b' ' | b'\t' | b':')).filter(|word| !word.is_empty());
    let (Some(word), Some(number), None) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let digits = number.iter().filter(|b| b.is_ascii_digit()).count();
    word.iter().all(|&b| b.is_ascii_alphabetic() || b >= 0x80)
        && digits > 0
        && number.len() - digits <= 3
        && number[0].is_ascii_digit()
}

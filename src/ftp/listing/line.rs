//! Lines of a listing, and what a format's parser says about one.

use crate::ftp::Entry;

/// What became of a line.
pub(super) enum Line {
    /// It is an entry.
    Entry(Entry),
    /// It is an entry together with the line after it.
    Pair(Entry),
    /// It is the directory itself.
    Itself,
    /// It belongs to the format but names nothing: a heading, a total, the directory above.
    Skip,
    /// It is not understood.
    Unknown,
}

/// A parser of one format; it sees every line of the listing once, in order.
pub(super) trait LineParser {
    /// Reads one line that is neither blank nor longer than [`super::MAX_LINE`]; `rest` are the
    /// lines after it.
    fn line(&mut self, line: &[u8], rest: Lines<'_>) -> Line;

    /// Puts right what only the whole listing tells.
    fn finish(&mut self, _entries: &mut Vec<Entry>) {}

    /// True when a line came that only the whole listing explains, of which the parser was told
    /// nothing: all that it has said is void.
    fn is_puzzled(&self) -> bool {
        false
    }

    /// True where that can happen.
    fn may_be_puzzled(&self) -> bool {
        false
    }

    /// True where `/` in a name means a member of a file (AS/400).
    fn allows_slash(&self) -> bool {
        false
    }
}

/// The lines of a listing with their numbers, counted from 1; blank ones are left out.
///
/// Only LF ends a line, because 0x85 and the like are letters in some encodings (quirk 56). One
/// CR before it goes; so does a second one if every line has it, since then the server's text
/// mode made it and not a name.
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

    /// Lines after the first `number` of a listing, of which not every one ends with two CR.
    pub(super) fn following(bytes: &'a [u8], number: usize) -> Self {
        Self { rest: bytes, number, double_cr: false }
    }

    /// The number of the line that came last; blank ones count.
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

/// True for the count of blocks with which `ls` begins, in any language: a word and a number
/// (`total 17904`, `Gesamt 12K`).
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

//! `ls -l` and its relatives: mode, links, owner, group, size, date, name.
//!
//! Columns are missing, glued or doubled on many servers (reference quirks 44 to 50), so the
//! date with a size before it is the anchor, and only the mode is taken from the left.

use jiff::civil::DateTime;

use super::{
    date::Clock,
    field::{self, is_blank, words},
    line::{self, Line, LineParser, Lines},
    unix_date::{self, Dated},
};
use crate::{
    base::{Precision, Stamp},
    ftp::{Entry, Kind},
};

/// Reads lines of `ls -l`.
pub(super) struct Unix {
    clock: Clock,
    indent: Indent,
}

/// Where the columns of a line are.
struct Columns {
    size: Option<(usize, usize)>,
    stamp: Stamp,
    /// The year stands after a single blank, as systems print it that pad after it.
    padded_year: bool,
    /// After the one blank that ends the date.
    name: usize,
}

impl Unix {
    pub(super) fn new(now: DateTime) -> Self {
        Self { clock: Clock::new(now), indent: Indent::default() }
    }

    fn entry(&mut self, line: &[u8]) -> Option<Entry> {
        let line = &line[field::leading_blanks(line)..];
        let mode = mode(line)?;
        let kind = kind(line[0])?;
        let columns = self.columns(line, mode)?;
        let rest = &line[columns.name..];
        self.indent.see(field::leading_blanks(rest), &columns);
        let (name, target) = match kind {
            Kind::Link => split_link(rest),
            Kind::Dir => (undecorated(rest), None),
            Kind::File | Kind::Other => (rest, None),
        };
        let mut entry = Entry::new(name, kind);
        entry.target = target.map(Box::from);
        // the numbers before a device's date are its major and minor
        let sized = kind != Kind::Other;
        entry.size = columns.size.filter(|_| sized).and_then(|(from, to)| size(&line[from..to]));
        entry.mtime = Some(columns.stamp);
        entry.perms = field::plain(&line[..10]);
        Some(entry)
    }

    /// Finds the date: first one behind a size, else one behind any word (owner, group), for
    /// servers that print no size.
    fn columns(&self, line: &[u8], mode: usize) -> Option<Columns> {
        for sized in [true, false] {
            let mut before: Option<(usize, usize)> = None;
            for (from, to) in words(&line[mode..]).map(|(from, to)| (from + mode, to + mode)) {
                let size = before.filter(|&(from, to)| is_sizelike(&line[from..to]));
                before = Some((from, to));
                if size.is_none() && sized {
                    continue;
                }
                let Some(dated) = unix_date::read(line, from, &self.clock) else { continue };
                let Dated { stamp, end, padded_year } = dated;
                if line.get(end).copied().is_some_and(is_blank) && end + 1 < line.len() {
                    return Some(Columns { size, stamp, padded_year, name: end + 1 });
                }
            }
        }
        None
    }
}

impl LineParser for Unix {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> Line {
        match self.entry(line) {
            Some(entry) => Line::Entry(entry),
            None if line::is_total(line) => Line::Skip,
            None => Line::Unknown,
        }
    }

    fn finish(&mut self, entries: &mut Vec<Entry>) {
        self.indent.strip(entries);
    }
}

/// Where the mode ends: the type, nine letters, and a mark for access lists or labels, to which
/// the link count may be glued (quirk 45).
fn mode(line: &[u8]) -> Option<usize> {
    let bits = line.get(1..10)?;
    if !bits.iter().all(|b| b"-rwxsStTlL".contains(b)) {
        return None;
    }
    match line.get(10)? {
        b'+' | b'.' | b'@' => Some(11),
        byte if is_blank(*byte) || byte.is_ascii_digit() => Some(10),
        _ => None,
    }
}

fn kind(letter: u8) -> Option<Kind> {
    match letter {
        b'-' | b'C' | b'f' | b'F' => Some(Kind::File),
        b'd' | b'D' => Some(Kind::Dir),
        b'l' | b'L' => Some(Kind::Link),
        b'b' | b'c' | b'p' | b's' | b'n' | b'm' | b'P' | b'w' | b'?' => Some(Kind::Other),
        _ => None,
    }
}

/// A word that may be a size, or end with one.
fn is_sizelike(word: &[u8]) -> bool {
    match word {
        [.., digit] if digit.is_ascii_digit() => true,
        // 33.5k, as ls -h prints it
        [first, .., b'k' | b'K' | b'M' | b'G' | b'T' | b'P' | b'B'] => first.is_ascii_digit(),
        _ => false,
    }
}

/// Bytes, where the word tells them exactly. A group that is glued to the size is cut off
/// (quirk 46).
fn size(word: &[u8]) -> Option<u64> {
    if let Some(size) = field::grouped_number(word) {
        return Some(size);
    }
    let letters = word.iter().rposition(|b| !b.is_ascii_digit())?;
    let glued = word[letters].is_ascii_alphabetic() && word[0].is_ascii_alphabetic();
    field::number(&word[letters + 1..]).filter(|_| glued)
}

/// Name and target of a link, at the first arrow (quirk 49).
fn split_link(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    match rest.windows(ARROW.len()).position(|part| part == ARROW) {
        Some(at) if at > 0 => (&rest[..at], Some(&rest[at + ARROW.len()..])),
        _ => (rest, None),
    }
}

/// A directory's name without the `/` of `ls -p`.
fn undecorated(name: &[u8]) -> &[u8] {
    match name.strip_suffix(b"/") {
        Some(bare) if !bare.is_empty() => bare,
        _ => name,
    }
}

/// Blanks between date and name beyond the one that belongs there (quirk 48).
///
/// They belong to the name unless every line of the listing has them; or, on systems that pad
/// after the year, every line with a year.
struct Indent {
    all: Smallest,
    with_year: Smallest,
    years_padded: bool,
}

/// The smallest number of blanks seen, and how many lines were.
struct Smallest {
    blanks: usize,
    lines: usize,
}

impl Default for Indent {
    fn default() -> Self {
        let none = || Smallest { blanks: usize::MAX, lines: 0 };
        Self { all: none(), with_year: none(), years_padded: true }
    }
}

impl Smallest {
    fn see(&mut self, blanks: usize) {
        self.blanks = self.blanks.min(blanks);
        self.lines += 1;
    }

    /// One line proves nothing: its blanks may be the name's.
    fn common(&self) -> usize {
        if self.lines >= 2 { self.blanks } else { 0 }
    }
}

impl Indent {
    fn see(&mut self, blanks: usize, columns: &Columns) {
        self.all.see(blanks);
        if columns.stamp.precision == Precision::Day {
            self.with_year.see(blanks);
            self.years_padded &= columns.padded_year;
        }
    }

    fn strip(&self, entries: &mut Vec<Entry>) {
        let all = self.all.common();
        let with_year = if self.years_padded { self.with_year.common().min(1) } else { 0 };
        if all == 0 && with_year == 0 {
            return;
        }
        for entry in entries.iter_mut() {
            let has_year = entry.mtime.is_some_and(|stamp| stamp.precision == Precision::Day);
            let blanks = if has_year { all.max(with_year) } else { all };
            entry.name = entry.name[blanks.min(entry.name.len())..].into();
        }
        entries.retain(|entry| !matches!(&*entry.name, b"" | b"." | b".."));
    }
}

#[cfg(test)]
#[path = "unix_tests.rs"]
mod tests;

//! `ls -l` and its variants: mode, links, owner, group, size, date, name.
//!
//! Columns are missing, joined or duplicated on many servers (quirks 44 to 50), so the parser
//! searches for a date with a size before it, and parses only the mode from the left. Macintosh
//! servers (NetPresenz, Peter Lewis' ftpd) use this format too: they print the sizes of both forks
//! and their sum, or the word "folder" (quirk 55).

use jiff::civil::DateTime;

use super::{
    columns::{self, Columns, Indent},
    date::YearResolver,
    field::{self, is_blank, word_at},
    line::{self, LineParser, Lines, ParsedLine},
};
use crate::ftp::{Entry, Kind};

/// The length of a mode, including the type.
const MODE: usize = 10;

/// Parser for `ls -l`.
pub(super) struct Unix {
    years: YearResolver,
    indent: Indent,
}

impl Unix {
    pub(super) fn new(now: DateTime) -> Self {
        Self { years: YearResolver::new(now), indent: Indent::default() }
    }

    fn entry(&mut self, line: &[u8]) -> Option<Entry> {
        let line = &line[start(line)?..];
        let mode = mode(line)?;
        let kind = kind(line[0])?;
        let columns = Columns::find(line, mode, &self.years)?;
        self.indent.record(line, &columns);
        let rest = &line[columns.name..];
        let (name, target) = match kind {
            Kind::Link => split_link(rest),
            Kind::Dir => (undecorated(rest), None),
            Kind::File | Kind::Other => (rest, None),
        };
        let mut entry = Entry::new(name, kind);
        entry.target = target.map(Box::from);
        // devices have major and minor numbers instead of a size
        if kind != Kind::Other {
            let (from, to) = columns.size;
            entry.size = columns::size(&line[from..to]);
            if entry.size.is_none() {
                entry.set_size_at_most(columns::rounded_size(&line[from..to]));
            }
        }
        entry.mtime = Some(columns.stamp);
        entry.perms = field::plain(&line[..MODE]);
        Some(entry)
    }
}

impl LineParser for Unix {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        match self.entry(line) {
            Some(entry) => ParsedLine::Entry(entry),
            None if line::is_total(line) => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }

    fn finish(&mut self, entries: &mut Vec<Entry>) {
        self.indent.strip(entries);
    }
}

/// Where the mode begins: after blanks, and after inode and block count if `ls` prints them.
fn start(line: &[u8]) -> Option<usize> {
    let mut at = field::leading_blanks(line);
    for _ in 0..2 {
        if !line.get(at)?.is_ascii_digit() {
            break;
        }
        let (from, to) = word_at(line, at)?;
        field::number(&line[from..to])?;
        at = word_at(line, to)?.0;
    }
    Some(at)
}

/// Where the mode ends: after the type, nine letters, and a mark for access lists or labels. The
/// link count may follow without a blank (quirk 45).
fn mode(line: &[u8]) -> Option<usize> {
    let bits = line.get(1..MODE)?;
    let rwx = |bits: &[u8]| {
        matches!(bits[0], b'r' | b'-')
            && matches!(bits[1], b'w' | b'-')
            && matches!(bits[2], b'x' | b's' | b'S' | b't' | b'T' | b'l' | b'L' | b'-')
    };
    if !bits.chunks_exact(3).all(rwx) {
        return flags(line);
    }
    match line.get(MODE)? {
        b'+' | b'.' | b'@' | b'-' => Some(MODE + 1),
        byte if is_blank(*byte) || byte.is_ascii_digit() => Some(MODE),
        _ => None,
    }
}

/// The end of the flags that Connect:Enterprise prints instead of a mode: `-C--E-----FTP`.
fn flags(line: &[u8]) -> Option<usize> {
    let (_, end) = word_at(line, 0)?;
    let word = &line[..end];
    let dashes = word.iter().filter(|&&b| b == b'-').count();
    let plain = word.iter().all(|&b| b == b'-' || b.is_ascii_uppercase());
    (plain && word[0] == b'-' && dashes >= 5 && word.len() >= MODE).then_some(end)
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

/// Splits name and target of a link at the first arrow (quirk 49).
fn split_link(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    const ARROW: &[u8] = b" -> ";
    match rest.windows(ARROW.len()).position(|part| part == ARROW) {
        Some(at) if at > 0 => (&rest[..at], Some(&rest[at + ARROW.len()..])),
        _ => (rest, None),
    }
}

/// The name of a directory without the `/` that `ls -p` appends.
pub(super) fn undecorated(name: &[u8]) -> &[u8] {
    match name.strip_suffix(b"/") {
        Some(bare) if !bare.is_empty() => bare,
        _ => name,
    }
}

#[cfg(test)]
#[path = "unix_tests.rs"]
mod tests;

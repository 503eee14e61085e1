//! MS-DOS style, as IIS prints it: date, time, `<DIR>` or size, name (reference quirk 51).

use super::{
    date::{self, Time},
    field::{self, word_at},
    line::{self, Line, LineParser, Lines},
};
use crate::{
    base::Stamp,
    ftp::{Entry, Kind},
};

/// How many blanks IIS puts between `<DIR>` and the name.
const DIR_PADDING: usize = 10;

/// Reads lines of DOS style.
pub(super) struct Dos {
    day_first: bool,
}

/// The three numbers of a date, in the order in which they stand.
struct Date<'a> {
    parts: [&'a [u8]; 3],
    points: bool,
}

impl Dos {
    /// Decides the order of day and month from the whole listing: the day comes first only when
    /// a first number is above 12.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let day_first = Lines::new(bytes).any(|(_, line)| {
            let Some((from, to)) = word_at(line, 0) else { return false };
            let first = Date::split(&line[from..to]).and_then(|date| field::small(date.parts[0]));
            first.is_some_and(|first| first > 12) && entry(line, true).is_some()
        });
        Self { day_first }
    }
}

impl LineParser for Dos {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> Line {
        match entry(line, self.day_first) {
            Some(entry) => Line::Entry(entry),
            None if line::is_total(line) => Line::Skip,
            None => Line::Unknown,
        }
    }
}

fn entry(line: &[u8], day_first: bool) -> Option<Entry> {
    let (from, to) = word_at(line, 0)?;
    let date = Date::split(&line[from..to])?;
    let (from, mut to) = word_at(line, to)?;
    let mut time = Time::parse(&line[from..to])?;
    // "03:09 PM": the half of the day is a word of its own
    if let Some((from, end)) = word_at(line, to)
        && let Some(halved) = time.in_half(&line[from..end])
    {
        (time, to) = (halved, end);
    }
    let stamp = date.stamp(day_first, &time)?;
    let (from, to) = word_at(line, to)?;
    let word = &line[from..to];
    let rest = line.get(to + 1..).filter(|rest| !rest.is_empty())?;
    let mut entry = if word.first() == Some(&b'<') {
        marked(word, rest)?
    } else {
        let mut entry = Entry::new(rest, Kind::File);
        entry.size = match field::grouped_number(word) {
            Some(size) => Some(size),
            // a size that does not fit is dropped, a word that is no size makes no entry
            None if word.iter().all(|b| b.is_ascii_digit() || *b == b',') => None,
            None => return None,
        };
        entry
    };
    entry.mtime = Some(stamp);
    Some(entry)
}

/// An entry with a mark instead of a size: `<DIR>`, `<JUNCTION>`, `<SYMLINK>`, `<SYMLINKD>`.
fn marked(mark: &[u8], rest: &[u8]) -> Option<Entry> {
    let is = |known: &[u8]| mark.eq_ignore_ascii_case(known);
    let blanks = field::leading_blanks(rest);
    let name = &rest[if blanks + 1 >= DIR_PADDING { DIR_PADDING - 1 } else { blanks }..];
    if is(b"<DIR>") {
        return Some(Entry::new(name, Kind::Dir));
    }
    if !(is(b"<JUNCTION>") || is(b"<SYMLINK>") || is(b"<SYMLINKD>")) {
        return None;
    }
    let name = rest[blanks..].trim_ascii_end();
    let (name, target) = split_target(name);
    let mut entry = Entry::new(name, Kind::Link);
    entry.target = target.map(Box::from);
    Some(entry)
}

/// `name [target]` or `name -> target`.
fn split_target(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let bracket = text.windows(2).position(|part| part == b" [").filter(|_| text.ends_with(b"]"));
    if let Some(at) = bracket {
        return (&text[..at], Some(&text[at + 2..text.len() - 1]));
    }
    match text.windows(4).position(|part| part == b" -> ") {
        Some(at) => (&text[..at], Some(&text[at + 4..])),
        None => (text, None),
    }
}

impl<'a> Date<'a> {
    /// `01-02-20`, `01/02/2020`, `2020-02-01`, `01.02.2020`.
    fn split(word: &'a [u8]) -> Option<Self> {
        if !word.first()?.is_ascii_digit() {
            return None;
        }
        let separator = *word.iter().find(|b| !b.is_ascii_digit())?;
        if !matches!(separator, b'-' | b'/' | b'.') {
            return None;
        }
        let mut parts = word.split(|&b| b == separator);
        let parts = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(a), Some(b), Some(c), None) => [a, b, c],
            _ => return None,
        };
        Some(Self { parts, points: separator == b'.' })
    }

    fn stamp(&self, day_first: bool, time: &Time) -> Option<Stamp> {
        let [a, b, c] = self.parts;
        if let Some(year) = field::year(a) {
            return date::local(year, field::small(b)?, field::small(c)?, time);
        }
        let (a, b, year) = (field::small(a)?, field::small(b)?, date::year(c)?);
        // points are only used where the day comes first; a number above 12 is no month
        let day_first = (day_first || self.points || a > 12) && b <= 12;
        let (month, day) = if day_first { (b, a) } else { (a, b) };
        date::local(year, month, day, time)
    }
}

#[cfg(test)]
#[path = "dos_tests.rs"]
mod tests;

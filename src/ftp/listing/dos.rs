//! MS-DOS style, as IIS prints it: date, time, `<DIR>` or size, name (quirk 51).

use super::{
    columns::MinBlanks,
    date::{self, Time},
    field::{self, word_at, words},
    line::{self, LineParser, Lines, ParsedLine},
};
use crate::{
    base::Stamp,
    ftp::{Entry, Kind},
};

/// Parser for the DOS style.
pub(super) struct Dos {
    layout: Layout,
    indent: MinBlanks,
}

/// Properties of the whole listing.
#[derive(Clone, Copy)]
struct Layout {
    /// True if the day precedes the month.
    day_first: bool,
    /// The number of blanks between `<DIR>` and the name; further blanks belong to the name. `None`
    /// if unknown because there is only one such line.
    dir_padding: Option<usize>,
}

/// The three numbers of a date, in their order in the line.
struct Date<'a> {
    parts: [&'a [u8]; 3],
    periods: bool,
}

impl Dos {
    /// Determines the order of day and month: the day comes first only if a first number in the
    /// listing is above 12.
    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut layout = Layout { day_first: false, dir_padding: None };
        let mut paddings = MinBlanks::default();
        for (_, line) in Lines::new(bytes) {
            let Some((from, to)) = word_at(line, 0) else { continue };
            let Some(date) = Date::split(&line[from..to]) else { continue };
            let first = field::small(date.parts[0]);
            if first.is_some_and(|first| first > 12) && entry(line, layout).is_some() {
                layout.day_first = true;
            }
            if let Some((_, end)) = words(line).take(4).find(|&(from, _)| line[from] == b'<') {
                paddings.record(field::leading_blanks(&line[end..]));
            }
        }
        layout.dir_padding = Some(paddings.common()).filter(|padding| *padding > 0);
        Self { layout, indent: MinBlanks::default() }
    }
}

impl LineParser for Dos {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        match entry(line, self.layout) {
            Some(entry) => {
                if entry.kind == Kind::File {
                    self.indent.record(field::leading_blanks(&entry.name));
                }
                ParsedLine::Entry(entry)
            }
            None if line::is_total(line) => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }

    fn finish(&mut self, entries: &mut Vec<Entry>) {
        let blanks = self.indent.common();
        if blanks > 0 {
            for entry in entries.iter_mut().filter(|entry| entry.kind == Kind::File) {
                entry.name = entry.name[blanks.min(entry.name.len())..].into();
            }
            entries.retain(|entry| !matches!(&*entry.name, b"" | b"." | b".."));
        }
    }
}

fn entry(line: &[u8], layout: Layout) -> Option<Entry> {
    let (from, to) = word_at(line, 0)?;
    let date = Date::split(&line[from..to])?;
    let (from, mut to) = word_at(line, to)?;
    let mut time = Time::parse(&line[from..to])?;
    // "03:09 PM": AM or PM as a separate word
    if let Some((from, end)) = word_at(line, to)
        && let Some(with_meridiem) = time.with_meridiem(&line[from..end])
    {
        (time, to) = (with_meridiem, end);
    }
    let stamp = date.stamp(layout.day_first, &time)?;
    let (from, to) = word_at(line, to)?;
    let word = &line[from..to];
    let rest = line.get(to + 1..).filter(|rest| !rest.is_empty())?;
    let mut entry = if word[0] == b'<' {
        let blanks = field::leading_blanks(rest);
        let padding = layout.dir_padding.map_or(blanks, |padding| blanks.min(padding - 1));
        marked(word, &rest[padding..])?
    } else {
        let mut entry = Entry::new(rest, Kind::File);
        entry.size = field::grouped_number(word);
        // a size that overflows is dropped, but a word that is not a number is not an entry
        if !word.iter().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.')) {
            return None;
        }
        entry
    };
    entry.mtime = Some(stamp);
    Some(entry)
}

/// An entry with a type instead of a size: `<DIR>`, `<JUNCTION>`, `<SYMLINK>`, `<SYMLINKD>`.
fn marked(mark: &[u8], name: &[u8]) -> Option<Entry> {
    let is = |known: &[u8]| mark.eq_ignore_ascii_case(known);
    if is(b"<DIR>") {
        return Some(Entry::new(name, Kind::Dir));
    }
    if !(is(b"<JUNCTION>") || is(b"<SYMLINK>") || is(b"<SYMLINKD>")) {
        return None;
    }
    let (name, target) = split_target(name.trim_ascii());
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
        Some(Self { parts, periods: separator == b'.' })
    }

    fn stamp(&self, day_first: bool, time: &Time) -> Option<Stamp> {
        let [a, b, c] = self.parts;
        if let Some(year) = field::year(a) {
            return date::local(year, field::small(b)?, field::small(c)?, time);
        }
        let (a, b, year) = (field::small(a)?, field::small(b)?, date::year(c)?);
        // periods are used only with the day first; a number above 12 is not a month
        let day_first = (day_first || self.periods || a > 12) && b <= 12;
        let (month, day) = if day_first { (b, a) } else { (a, b) };
        date::local(year, month, day, time)
    }
}

#[cfg(test)]
#[path = "dos_tests.rs"]
mod tests;

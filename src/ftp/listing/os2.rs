//! OS/2: size, attributes, date, time, name (quirk 55).
//!
//! Its servers print years since 1900, such as 103 for 2003.

use super::{
    date::{self, Time},
    field::{self, word_at, words},
    line::{self, LineParser, Lines, ParsedLine},
};
use crate::{
    base::Stamp,
    ftp::{Entry, Kind},
};

/// The maximum number of attribute words between size and date.
const MAX_ATTRIBUTES: usize = 4;

/// Parser for OS/2.
pub(super) struct Os2;

impl LineParser for Os2 {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        match entry(line) {
            Some(entry) => ParsedLine::Entry(entry),
            None if line::is_total(line) => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }
}

fn entry(line: &[u8]) -> Option<Entry> {
    let mut words = words(line);
    let (from, to) = words.next()?;
    let size = &line[from..to];
    if !size.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut kind = Kind::File;
    for _ in 0..=MAX_ATTRIBUTES {
        let (from, to) = words.next()?;
        let word = &line[from..to];
        if word == b"DIR" {
            kind = Kind::Dir;
        } else if !word.iter().all(|b| b"RHSA".contains(b)) {
            let (stamp, end) = stamp(line, from)?;
            let name = &line[word_at(line, end)?.0..];
            let mut entry = Entry::new(name, kind);
            entry.size = field::number(size);
            entry.mtime = Some(stamp);
            return Some(entry);
        }
    }
    None
}

/// Parses `MM-DD-YY HH:MM`; also returns where it ends.
fn stamp(line: &[u8], at: usize) -> Option<(Stamp, usize)> {
    let (from, to) = word_at(line, at)?;
    let mut parts = line[from..to].split(|&b| b == b'-');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let year = match year.len() {
        3 => 1900 + i16::try_from(field::number(year)?).ok()?,
        _ => date::year(year)?,
    };
    let (from, to) = word_at(line, to)?;
    let time = Time::parse(&line[from..to])?;
    Some((date::local(year, field::small(month)?, field::small(day)?, &time)?, to))
}

#[cfg(test)]
#[path = "os2_tests.rs"]
mod tests;

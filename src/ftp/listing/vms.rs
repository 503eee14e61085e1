//! OpenVMS: `NAME.TYPE;1  11/12  21-MAR-2012 15:17:09 [OWNER] (RWED,RWED,,RE)` (quirk 52).
//!
//! The order of the columns differs between TCP/IP products, and a long name is on a separate line.
//! Sizes are in blocks of 512 bytes, so they are only upper bounds. Versions are removed from the
//! names: a name without version means the newest one.

use super::{
    date::{self, Time},
    field::{self, words},
    line::{LineParser, Lines, ParsedLine},
    months,
};
use crate::{
    base::Stamp,
    ftp::{Entry, Kind},
};

/// Bytes per block.
const BLOCK: u64 = 512;

/// Parser for VMS.
pub(super) struct Vms;

/// The columns after the name.
#[derive(Default)]
struct Columns<'a> {
    date: Option<Date>,
    time: Option<Time>,
    size_at_most: Option<u64>,
    protection: Option<&'a [u8]>,
}

/// Year, month, day; `None` if the month is not known in any language.
struct Date(Option<(i16, i8, i8)>);

impl LineParser for Vms {
    fn line(&mut self, line: &[u8], mut rest: Lines<'_>) -> ParsedLine {
        let Some(name) = Name::split(line) else {
            return if is_heading(line) { ParsedLine::Skip } else { ParsedLine::Unknown };
        };
        let after = &line[name.end..];
        if !after.trim_ascii().is_empty() {
            return name.entry(after).map_or(ParsedLine::Unknown, ParsedLine::Entry);
        }
        let next = rest.next().filter(|(_, next)| Name::split(next).is_none());
        next.and_then(|(_, next)| name.entry(next)).map_or(ParsedLine::Unknown, ParsedLine::Pair)
    }
}

/// A name with its version.
struct Name<'a> {
    name: &'a [u8],
    end: usize,
}

impl<'a> Name<'a> {
    /// The first word, if it ends with a version: `;` and digits.
    fn split(line: &'a [u8]) -> Option<Self> {
        let (from, end) = words(line).next()?;
        let word = &line[from..end];
        let semicolon = word.iter().rposition(|&b| b == b';')?;
        let version = &word[semicolon + 1..];
        let valid = (1..=5).contains(&version.len()) && version.iter().all(u8::is_ascii_digit);
        (valid && semicolon > 0).then_some(Self { name: &word[..semicolon], end })
    }

    /// `None` if the text after the name has no date, as in an error message.
    fn entry(&self, text: &[u8]) -> Option<Entry> {
        let columns = Columns::read(text);
        let date = columns.date?;
        let dir = self.name.len().checked_sub(b".DIR".len()).filter(|&at| at > 0);
        let dir = dir.filter(|&at| self.name[at..].eq_ignore_ascii_case(b".DIR"));
        let mut entry = match dir {
            Some(at) => Entry::new(&self.name[..at], Kind::Dir),
            None => Entry::new(self.name, Kind::File),
        };
        entry.set_size_at_most(columns.size_at_most);
        entry.mtime = date.stamp(&columns.time.unwrap_or(Time::MIDNIGHT));
        entry.perms = columns.protection.and_then(field::plain);
        Some(entry)
    }
}

impl<'a> Columns<'a> {
    fn read(text: &'a [u8]) -> Self {
        let mut columns = Self::default();
        for (from, to) in words(text) {
            let word = &text[from..to];
            if columns.date.is_none() && Date::parse(word).is_some() {
                columns.date = Date::parse(word);
            } else if columns.time.is_none() && word.contains(&b':') {
                columns.time = Time::parse(word);
            } else if columns.protection.is_none() && word.starts_with(b"(") {
                columns.protection = Some(word).filter(|word| word.ends_with(b")"));
            } else if columns.size_at_most.is_none() {
                columns.size_at_most = size_at_most(word);
            }
        }
        columns
    }
}

impl Date {
    /// `21-MAR-2012`, with any word for the month.
    fn parse(word: &[u8]) -> Option<Self> {
        let mut parts = word.split(|&b| b == b'-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (day, year) = (field::small(day)?, field::year(year)?);
        if parts.next().is_some() || month.is_empty() || month[0].is_ascii_digit() {
            return None;
        }
        Some(Self(months::any(month).map(|month| (year, month, day))))
    }

    fn stamp(&self, time: &Time) -> Option<Stamp> {
        let (year, month, day) = self.0?;
        date::local(year, month, day, time)
    }
}

/// The size in bytes, from used and allocated blocks (`11/12`), used blocks, or a number with a
/// unit (`2KB`).
fn size_at_most(word: &[u8]) -> Option<u64> {
    let used = word.split(|&b| b == b'/').next()?;
    if let Some(blocks) = field::number(used) {
        return blocks.checked_mul(BLOCK);
    }
    let digits = used.iter().take_while(|b| b.is_ascii_digit()).count();
    let unit = match used[digits..].to_ascii_uppercase().as_slice() {
        b"B" | b"BYTES" => 1,
        b"KB" => 1 << 10,
        b"MB" => 1 << 20,
        b"GB" => 1 << 30,
        _ => return None,
    };
    field::number(&used[..digits])?.checked_mul(unit)
}

/// `Directory DISK:[DIR]`, `Total of 11 files, 30 blocks.`, `Total 6 files`
fn is_heading(line: &[u8]) -> bool {
    let line = line.trim_ascii_start().to_ascii_lowercase();
    [&b"directory "[..], b"total ", b"grand total "].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
#[path = "vms_tests.rs"]
mod tests;

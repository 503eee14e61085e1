//! Novell Netware: `d [RWCEAFMS] owner  512 Jan 16 18:53 name` (quirk 55).

use jiff::civil::DateTime;

use super::{
    columns::{self, Columns},
    date::YearResolver,
    field::{self, is_blank},
    line::{self, LineParser, Lines, ParsedLine},
};
use crate::ftp::{Entry, Kind};

/// Parser for Netware.
pub(super) struct Netware {
    years: YearResolver,
}

impl Netware {
    pub(super) fn new(now: DateTime) -> Self {
        Self { years: YearResolver::new(now) }
    }

    fn entry(&self, line: &[u8]) -> Option<Entry> {
        let line = &line[field::leading_blanks(line)..];
        let kind = match line.first()? {
            b'd' => Kind::Dir,
            b'-' => Kind::File,
            _ => return None,
        };
        let open = 1 + field::leading_blanks(&line[1..]);
        let close = open + line[open..].iter().position(|&b| b == b']')?;
        let rights = line.get(open..=close).filter(|rights| rights[0] == b'[')?;
        if !rights[1..rights.len() - 1].iter().all(|b| b.is_ascii_alphabetic() || *b == b'-') {
            return None;
        }
        line.get(close + 1).copied().filter(|&b| is_blank(b))?;
        let columns = Columns::find(line, close + 1, &self.years)?;
        // DOS names cannot begin with a blank, so further blanks are padding
        let rest = &line[columns.name..];
        let mut entry = Entry::new(&rest[field::leading_blanks(rest)..], kind);
        entry.size = columns::size(&line[columns.size.0..columns.size.1]);
        entry.mtime = Some(columns.stamp);
        entry.perms = field::plain(rights);
        Some(entry)
    }
}

impl LineParser for Netware {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        match self.entry(line) {
            Some(entry) => ParsedLine::Entry(entry),
            None if line::is_total(line) => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }
}

#[cfg(test)]
#[path = "netware_tests.rs"]
mod tests;

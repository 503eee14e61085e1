//! Novell Netware: `d [RWCEAFMS] owner  512 Jan 16 18:53 name` (reference quirk 55).

use jiff::civil::DateTime;

use super::{
    columns::{self, Columns},
    date::Clock,
    field::{self, is_blank},
    line::{self, Line, LineParser, Lines},
};
use crate::ftp::{Entry, Kind};

/// Reads lines of Netware.
pub(super) struct Netware {
    clock: Clock,
}

impl Netware {
    pub(super) fn new(now: DateTime) -> Self {
        Self { clock: Clock::new(now) }
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
        let columns = Columns::find(line, close + 1, &self.clock)?;
        // names of DOS cannot begin with a blank: what stands there is a wide column
        let rest = &line[columns.name..];
        let mut entry = Entry::new(&rest[field::leading_blanks(rest)..], kind);
        entry.size = columns::size(&line[columns.size.0..columns.size.1]);
        entry.mtime = Some(columns.stamp);
        entry.perms = field::plain(rights);
        Some(entry)
    }
}

impl LineParser for Netware {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> Line {
        match self.entry(line) {
            Some(entry) => Line::Entry(entry),
            None if line::is_total(line) => Line::Skip,
            None => Line::Unknown,
        }
    }
}

#[cfg(test)]
#[path = "netware_tests.rs"]
mod tests;

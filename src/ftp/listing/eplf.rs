//! EPLF: `+facts,<tab>name`, times in UTC (D. J. Bernstein, cr.yp.to/ftp/list/eplf.html).

use super::{
    date, field,
    line::{LineParser, Lines, ParsedLine},
};
use crate::ftp::{Entry, Kind};

/// Parser for EPLF.
pub(super) struct Eplf;

impl LineParser for Eplf {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        entry(line).map_or(ParsedLine::Unknown, ParsedLine::Entry)
    }
}

fn entry(line: &[u8]) -> Option<Entry> {
    let line = line.strip_prefix(b"+")?;
    let tab = line.iter().position(|&b| b == b'\t')?;
    let mut entry = Entry::new(&line[tab + 1..], Kind::Other);
    for fact in line[..tab].split(|&b| b == b',') {
        match fact {
            // an entry that can be entered is a directory, even if it can be retrieved as well
            b"/" => entry.kind = Kind::Dir,
            b"r" if entry.kind == Kind::Other => entry.kind = Kind::File,
            [b's', size @ ..] => entry.size = field::number(size),
            [b'm', seconds @ ..] => entry.mtime = date::epoch(seconds),
            [b'u', b'p', mode @ ..] => entry.perms = field::octal(mode),
            _ => {}
        }
    }
    Some(entry)
}

#[cfg(test)]
#[path = "eplf_tests.rs"]
mod tests;

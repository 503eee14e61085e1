//! HP (Tandem) NonStop: name, code, size, date, time, owner, security (quirk 55).

use super::{
    date::{self, Time},
    field::{self, words},
    line::{LineParser, Lines, ParsedLine},
    months,
};
use crate::ftp::{Entry, Kind};

/// The first words of the heading.
const HEADING: [&[u8]; 4] = [b"File", b"Code", b"EOF", b"Last"];

/// Parser for the output of `fileinfo`.
pub(super) struct NonStop;

impl LineParser for NonStop {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        let heading = || words(line).take(4).map(|(from, to)| &line[from..to]).eq(HEADING);
        match entry(line) {
            Some(entry) => ParsedLine::Entry(entry),
            None if heading() => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }
}

fn entry(line: &[u8]) -> Option<Entry> {
    let mut columns = words(line).map(|(from, to)| (&line[from..to], to));
    let mut column = || columns.next();
    let (name, _) = column()?;
    let (mut code, _) = column()?;
    // the code may have a suffix: O open, P licensed, + audited
    let digits = code.iter().take_while(|b| b.is_ascii_digit()).count();
    code = &code[..digits];
    field::number(code)?;
    let mut size = column()?.0;
    if !size[0].is_ascii_digit() {
        size = column()?.0;
    }
    if !size.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (date, _) = column()?;
    let (time, end) = column()?;
    let mut parts = date.split(|&b| b == b'-');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let time = Time::parse(time)?;
    let year = date::year(year)?;
    let mtime = date::local(year, months::any(month)?, field::small(day)?, &time)?;
    let rest = line[end..].trim_ascii();
    // owner "group,user", possibly with a blank in it, then the security
    let owner = rest.iter().position(|&b| b == b',')?;
    field::number(&rest[..owner])?;
    let security = rest.rsplit(|&b| field::is_blank(b) || b == b'"').find(|it| !it.is_empty());
    let mut entry = Entry::new(name, Kind::File);
    entry.size = field::number(size);
    entry.mtime = Some(mtime);
    entry.perms = security.filter(|it| it[0].is_ascii_alphabetic()).and_then(field::plain);
    Some(entry)
}

#[cfg(test)]
#[path = "nonstop_tests.rs"]
mod tests;

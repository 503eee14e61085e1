//! SuperTCP and NetManage Chameleon, servers of Windows 3.

use super::super::{
    date::{self, Time},
    field, months,
};
use super::columns;
use crate::ftp::{Entry, Kind};

/// `NAME.EXT  <DIR>|1234  11-16-94  17:16`: SuperTCP; `NAME.EXT  1234  Nov 16 1994  17:16`:
/// NetManage Chameleon. Both are servers of Windows 3.
pub(in crate::ftp::listing) fn windows3(line: &[u8]) -> Option<Entry> {
    let ([name, size], rest) = columns(line)?;
    let ([first], after) = columns(rest)?;
    let (month, day, year, rest) = if first[0].is_ascii_digit() {
        let mut parts = first.split(|b| matches!(b, b'-' | b'/'));
        let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(())?;
        (field::small(month)?, day, date::year(year)?, after)
    } else {
        let ([month, day, year], after) = columns(rest)?;
        (months::english(month)?, day, field::year(year)?, after)
    };
    let ([time], rest) = columns(rest)?;
    let mtime = Some(date::local(year, month, field::small(day)?, &Time::parse(time)?)?);
    if !rest.is_empty() {
        return None;
    }
    if size.eq_ignore_ascii_case(b"<DIR>") {
        return Some(Entry { mtime, ..Entry::new(name, Kind::Dir) });
    }
    let size = Some(field::grouped_number(size)?);
    Some(Entry { size, mtime, ..Entry::new(name, Kind::File) })
}

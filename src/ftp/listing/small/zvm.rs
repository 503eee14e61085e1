//! z/VM (CMS).

use super::super::{
    date::{self, Time},
    field::{self, words},
};
use super::columns;
use crate::ftp::{Entry, Kind};

/// `NAME TYPE V 65 107 2 2005-10-04 15:28:42 DISK1`: z/VM (CMS). The listing contains records, not
/// bytes, so sizes are unknown.
pub(in crate::ftp::listing) fn zvm(line: &[u8]) -> Option<Entry> {
    let ([name, kind, format, length, records, blocks, day, time], rest) = columns(line)?;
    let time = Time::parse(time)?;
    let separator = if day.contains(&b'/') { b'/' } else { b'-' };
    let mut parts = day.split(|&b| b == separator);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    // older servers use the order month, day, year
    let (year, month, day) = if separator == b'-' { (a, b, c) } else { (c, a, b) };
    let mtime = date::local(date::year(year)?, field::small(month)?, field::small(day)?, &time)?;
    if words(rest).count() > 1 {
        return None;
    }
    let numbers = [length, records, blocks];
    match format {
        b"F" | b"V" if numbers.iter().all(|number| field::number(number).is_some()) => {
            let name = [name, b".", kind].concat();
            Some(Entry { mtime: Some(mtime), ..Entry::new(name, Kind::File) })
        }
        b"-" | b"DIR" if kind == b"DIR" || format == b"DIR" => {
            Some(Entry { mtime: Some(mtime), ..Entry::new(name, Kind::Dir) })
        }
        _ => None,
    }
}

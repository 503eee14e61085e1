//! VxWorks.

use super::super::{
    date::{self, Time},
    field, months,
};
use super::columns;
use crate::ftp::{Entry, Kind};

/// `2048  Feb-28-1998  05:23:30   name <DIR>`: VxWorks. The name is padded to 16 columns, even if
/// nothing follows.
pub(in crate::ftp::listing) fn vxworks(line: &[u8]) -> Option<Entry> {
    let ([size, day, time], name) = columns(line)?;
    let size = field::number(size)?;
    let mut parts = day.split(|&b| b == b'-');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    let (year, month) = (field::year(year)?, months::any(month)?);
    let mtime = Some(date::local(year, month, field::small(day)?, &Time::parse(time)?)?);
    let entry = match name.trim_ascii_end().strip_suffix(b"<DIR>") {
        Some(name) => Entry::new(name.trim_ascii_end(), Kind::Dir),
        None => Entry::new(name.trim_ascii_end(), Kind::File),
    };
    Some(Entry { size: Some(size), mtime, ..entry })
}

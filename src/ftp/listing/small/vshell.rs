//! VShell before version 2.

use super::super::{
    date::{self, Time},
    field, months, unix,
};
use super::columns;
use crate::ftp::{Entry, Kind};

/// `206876  Apr 04, 2000 21:06 name`: VShell before version 2; directories end with `/`.
pub(in crate::ftp::listing) fn vshell(line: &[u8]) -> Option<Entry> {
    let ([size, month, day, year, time], name) = columns(line)?;
    let (year, day) = (field::year(year)?, field::small(day.strip_suffix(b",")?)?);
    let mtime = date::local(year, months::any(month)?, day, &Time::parse(time)?)?;
    let size = field::number(size)?;
    let bare = unix::undecorated(name);
    let kind = if bare.len() < name.len() { Kind::Dir } else { Kind::File };
    Some(Entry { size: Some(size), mtime: Some(mtime), ..Entry::new(bare, kind) })
}

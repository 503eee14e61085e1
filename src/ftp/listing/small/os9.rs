//! Microware OS-9.

use super::super::{
    date::{self, Time},
    field,
};
use super::columns;
use crate::base::Precision;
use crate::ftp::{Entry, Kind};

/// `20.20 07/03/29 1026 d-ewrewr 2650 85920 name`: Microware OS-9, the year first.
pub(in crate::ftp::listing) fn os9(line: &[u8]) -> Option<Entry> {
    let ([owner, date, clock, attributes, sector, size], name) = columns(line)?;
    let mut ids = owner.split(|&b| b == b'.');
    field::number(ids.next()?)?;
    field::number(ids.next()?)?;
    if !sector.iter().all(u8::is_ascii_hexdigit) || attributes.len() != 8 {
        return None;
    }
    if !attributes.iter().all(|b| b"-dsrwe".contains(b)) {
        return None;
    }
    let mut parts = date.split(|&b| b == b'/');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (hour, minute) = (clock.get(..2)?, clock.get(2..4).filter(|_| clock.len() == 4)?);
    let (hour, minute) = (field::small(hour)?, field::small(minute)?);
    let time = Time { hour, minute, second: 0, precision: Precision::Minute };
    let mtime = date::local(date::year(year)?, field::small(month)?, field::small(day)?, &time)?;
    let kind = if attributes[0] == b'd' { Kind::Dir } else { Kind::File };
    let size = Some(field::number(size)?);
    let perms = field::plain(attributes);
    Some(Entry { size, mtime: Some(mtime), perms, ..Entry::new(name, kind) })
}

//! Routers of Bay and Nortel Networks (wfFtp).

use super::super::{
    date::{self, Time},
    field,
};
use super::columns;
use crate::ftp::{Entry, Kind};

/// `name  1014196  06/03/04  Thur.   10:20:03`: the FTP server of Bay and Nortel routers.
pub(in crate::ftp::listing) fn nortel(line: &[u8]) -> Option<Entry> {
    let ([name, size, date, weekday, time], rest) = columns(line)?;
    let alphabetic = weekday.strip_suffix(b".").unwrap_or(weekday).iter();
    if !rest.is_empty() || !alphabetic.clone().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let mut parts = date.split(|&b| b == b'/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    let (month, day) = (field::small(month)?, field::small(day)?);
    let mtime = date::local(date::year(year)?, month, day, &Time::parse(time)?)?;
    let size = Some(field::number(size)?);
    Some(Entry { size, mtime: Some(mtime), ..Entry::new(name, Kind::File) })
}

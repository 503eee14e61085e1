//! Unix listings with numeric mode and time.

use super::super::{date, field};
use super::columns;
use crate::ftp::{Entry, Kind};

/// `0100644 500 101 12345 1234567890 name`: mode, owner, group, size, seconds since 1970.
pub(in crate::ftp::listing) fn numeric_unix(line: &[u8]) -> Option<Entry> {
    let ([mode, user, group, size, seconds], name) = columns(line)?;
    field::number(user)?;
    field::number(group)?;
    let perms = field::octal(mode).filter(|_| (5..=7).contains(&mode.len()))?;
    let kind = match u32::from_str_radix(&perms, 8).ok()? & 0o170_000 {
        0o100_000 => Kind::File,
        0o040_000 => Kind::Dir,
        0o120_000 => Kind::Link,
        0 => return None,
        _ => Kind::Other,
    };
    let mtime = Some(date::epoch(seconds)?);
    let digits = size.iter().all(u8::is_ascii_digit);
    let entry = Entry { size: field::number(size), mtime, ..Entry::new(name, kind) };
    digits.then_some(Entry { perms: Some(perms), ..entry })
}

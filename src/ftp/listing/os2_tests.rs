//! Tests of OS/2 listings.

use super::super::tests::{detected, names, parsed};
use crate::ftp::{Kind, listing::ListingFormat};

#[test]
fn attributes_and_years_since_1900() {
    let listing = detected(
        "     0           DIR   03-05-95   12:00  ..\r\n\
         \x20    0           DIR   03-05-95   12:00  OS2 Apps\r\n\
         \x20 1204    RHS A         11-30-104  23:59  config.sys\r\n\
         \x20 8192 DIR  A           01-02-2001 00:01  TEMP\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::Os2), 0));
    assert_eq!(names(&listing), ["OS2 Apps", "config.sys", "TEMP"]);
    let kinds: Vec<_> = listing.entries.iter().map(|it| (it.kind, it.size)).collect();
    assert_eq!(kinds, [(Kind::Dir, Some(0)), (Kind::File, Some(1204)), (Kind::Dir, Some(8192))]);
    assert_eq!(listing.entries[1].mtime.unwrap().to_string(), "2004-11-30 23:59");
}

#[test]
fn other_lines_are_errors() {
    for line in [
        "DIR 03-05-95 12:00 x",
        "0 dir 03-05-95 12:00 x",
        "0 DIR Mar-05-95 12:00 x",
        "0 DIR 03-05-95 12:00",
        "0 DIR 03-05-95 x",
        "0 DIR 03-05 12:00 x",
        "0 R H S A A 03-05-95 12:00 x",
        "0",
    ] {
        let listing = parsed(ListingFormat::Os2, line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

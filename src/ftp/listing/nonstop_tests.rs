//! Tests of NonStop listings.

use super::super::tests::{detected, names, parsed, stamp};
use crate::ftp::listing::ListingFormat;

#[test]
fn files_with_owner_and_security() {
    let listing = detected(
        "\r\nFile         Code             EOF  Last Modification    Owner  RWEP\r\n\r\n\
         ACCTDATA      1200           40960 03-Feb-26 10:11:12 120, 7 \"NUNU\"\r\n\
         EDITFILE       101             812 17-Dec-99 23:59:59 255,255 \"oooo\"\r\n\
         RUNNING       700O         2097152  1-Mar-26 00:00:01 255,255 \"CCNC\"\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::HpNonStop), 0));
    assert_eq!(names(&listing), ["ACCTDATA", "EDITFILE", "RUNNING"]);
    assert_eq!(listing.entries[0].size, Some(40960));
    assert_eq!(listing.entries[0].perms.as_deref(), Some("NUNU"));
    assert_eq!(stamp(&listing).unwrap(), "2026-02-03 10:11:12");
    assert_eq!(listing.entries[1].mtime.unwrap().at.year(), 1999);
}

#[test]
fn other_lines_are_errors() {
    for line in [
        "ACCTDATA 1200 40960 03-Feb-26 10:11:12 \"NUNU\"",
        "ACCTDATA 1200 40960 03-Feb-26 10:11 x, 7 \"NUNU\"",
        "ACCTDATA 1200 big 03-Feb-26 10:11:12 120, 7 \"NUNU\"",
        "ACCTDATA code 40960 03-Feb-26 10:11:12 120, 7 \"NUNU\"",
        "ACCTDATA 1200 40960 Feb-03-26 10:11:12 120, 7 \"NUNU\"",
        "ACCTDATA",
    ] {
        let listing = parsed(ListingFormat::HpNonStop, line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

//! Tests of EPLF.

use super::super::tests::{detected, names, parsed};
use crate::ftp::{Kind, listing::ListingFormat};

#[test]
fn facts_before_the_tab() {
    let listing = detected(
        "+i12.34,m1767225600,r,s2048,up640\t a name\r\n\
         +/,m0\tdir\r\n\
         +r,/\tboth\r\n\
         +\tneither\r\n\
         +m99999999999999999999,s-1,up9,r\todd\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::Eplf), 0));
    assert_eq!(names(&listing), [" a name", "dir", "both", "neither", "odd"]);
    let kinds: Vec<_> = listing.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [Kind::File, Kind::Dir, Kind::Dir, Kind::Other, Kind::File]);
    let first = &listing.entries[0];
    assert_eq!((first.size, first.perms.as_deref()), (Some(2048), Some("640")));
    assert_eq!(first.mtime.unwrap().to_string(), "2026-01-01 00:00:00");
    assert!(first.mtime.unwrap().utc);
    let odd = &listing.entries[4];
    assert_eq!((odd.size, odd.mtime, odd.perms.as_deref()), (None, None, None));
}

#[test]
fn other_lines_are_errors() {
    for line in ["+r,s5 name", "r,s5\tname", "+r,s5\t", "+"] {
        let listing = parsed(ListingFormat::Eplf, line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

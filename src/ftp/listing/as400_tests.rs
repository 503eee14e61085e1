//! Tests of AS/400 listings.

use super::super::tests::{detected, names, parsed, stamp};
use crate::{
    base::path::is_usable_name,
    ftp::{
        Kind,
        listing::{Listing, ListingFormat},
    },
};

fn as400(text: &str) -> Listing {
    parsed(ListingFormat::As400, text)
}

fn dates(days: &[&str]) -> Vec<String> {
    let line = |day: &&str| format!("OPER  4096 {day} 08:15:00 *STMF f\r\n");
    let listing = as400(&days.iter().map(line).collect::<String>());
    listing.entries.iter().map(|entry| entry.mtime.unwrap().digits()[..8].to_owned()).collect()
}

#[test]
fn objects_and_members() {
    let listing = detected(
        "OPER            12288 24/02/26 08:15:00 *FILE ORDERS.FILE\r\n\
         OPER                                    *MEM  ORDERS.FILE/MARCH.MBR\r\n\
         OPER             8192 25/02/26 09:00:00 *DIR  reports/\r\n\
         OPER               77 25/02/26 09:00:01 *STMF two words.txt\r\n\
         OPER             4096 25/02/26 09:00:01 *PGM  RUN.PGM\r\n\
         OPER             4096 25/02/26 09:00:01 *SYMLNK way\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::As400), 0));
    let found: Vec<_> = listing.entries.iter().map(|it| (it.kind, it.size)).collect();
    let (file, link, other) = (Kind::File, Kind::Link, Kind::Other);
    assert_eq!(
        found,
        [
            (file, Some(12288)),
            (file, None),
            (Kind::Dir, Some(8192)),
            (file, Some(77)),
            (other, Some(4096)),
            (link, Some(4096))
        ]
    );
    assert_eq!(names(&listing)[1..4], ["ORDERS.FILE/MARCH.MBR", "reports", "two words.txt"]);
    assert_eq!(stamp(&listing).unwrap(), "2026-02-24 08:15:00");
    // displayed, but never transferred
    assert!(!is_usable_name(&listing.entries[1].name));
}

#[test]
fn the_date_order_is_determined_by_the_whole_listing() {
    assert_eq!(dates(&["03/02/26"]), ["20260203"]);
    assert_eq!(dates(&["03/02/26", "02/25/26"]), ["20260302", "20260225"]);
    assert_eq!(dates(&["03/02/26", "25/02/26"]), ["20260203", "20260225"]);
    assert_eq!(dates(&["03/02/26", "99/12/31"]), ["20030226", "19991231"]);
    assert_eq!(dates(&["15.01.26"]), ["20260115"]);
    assert_eq!(dates(&["2026-01-15"]), ["20260115"]);
    // close dates are more plausible: 4, 5 and 9 January rather than a span of five months
    assert_eq!(dates(&["01/04/26", "01/09/26", "01/05/26"]), ["20260104", "20260109", "20260105"]);
    // any other order would be in the future
    assert_eq!(dates(&["26/01/30"]), ["20260130"]);
}

#[test]
fn names_cannot_point_outside_of_the_directory() {
    for name in ["../x", "/QSYS.LIB/X.FILE", "a/../b", "a//b"] {
        for kind in ["*STMF", "*MEM"] {
            let listing = as400(&format!("OPER  4096 25/02/26 09:00:01 {kind} {name}"));
            assert!(listing.entries.is_empty(), "{kind} {name}");
        }
    }
    assert!(as400("OPER  4096 25/02/26 09:00:01 *STMF a/b").entries.is_empty());
}

#[test]
fn other_lines_are_errors() {
    for line in [
        "OPER  4096 25/02/26 09:00:01 STMF a",
        "OPER  4096 25/02 09:00:01 *STMF a",
        "OPER  4096 25/02/26 29:00:01 *STMF a",
        "OPER X 4096 25/02/26 09:00:01 *STMF a",
        "OPER  4096 25/02/26 09:00:01 *STMF",
        "OPER *MEM ",
    ] {
        let listing = as400(line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
    let listing = as400("OPER  99999999999999999999 99/99/99 09:00:01 *STMF a");
    assert_eq!((listing.entries[0].size, listing.entries[0].mtime), (None, None));
}

//! Tests of VMS listings.

use super::super::tests::{detected, names, parsed, stamp};
use crate::ftp::{
    Kind,
    listing::{Listing, ListingFormat},
};

fn vms(text: &str) -> Listing {
    parsed(ListingFormat::Vms, text)
}

#[test]
fn a_complete_listing() {
    let listing = detected(
        "\r\nDirectory DKA300:[PUBLIC]\r\n\r\n\
         README.;3              4/8     11-NOV-2025 09:30:12  [SYSTEM]  (RWED,RWED,RE,RE)\r\n\
         Tools.DIR;1            1/8      2-JAN-2024 17:05:00  [SYSTEM]  (RWE,RWE,RE,RE)\r\n\
         A_NAME_THAT_IS_TOO_LONG_FOR_ITS_COLUMN.ZIP;12\r\n\
         \x20                   900/904   3-FEB-2026 08:00:01  [SYSTEM]  (RWED,RWED,RE,RE)\r\n\
         \r\nTotal of 3 files, 905/920 blocks.\r\n",
    );
    assert_eq!(listing.format, Some(ListingFormat::Vms));
    assert_eq!(listing.error_count, 0);
    assert_eq!(names(&listing), ["README.", "Tools", "A_NAME_THAT_IS_TOO_LONG_FOR_ITS_COLUMN.ZIP"]);
    let [readme, tools, long] = &listing.entries[..] else { panic!("three entries") };
    assert_eq!((readme.kind, readme.size, readme.size_at_most()), (Kind::File, None, Some(2048)));
    assert_eq!(readme.perms.as_deref(), Some("(RWED,RWED,RE,RE)"));
    assert_eq!(tools.kind, Kind::Dir);
    assert_eq!(long.size_at_most(), Some(460_800));
    assert_eq!(long.mtime.unwrap().to_string(), "2026-02-03 08:00:01");
}

#[test]
fn columns_in_other_orders() {
    for line in [
        "X.TXT;1   7   3-FEB-2026 08:00  [A,B]  (RWED,,,)",
        "X.TXT;1   3-FEB-2026 08:00   7/9  (RWED,,,)  [A,B]",
        "X.TXT;1   [A,B]  7/9  3-feb-2026 08:00:00.00  (RWED,,,)",
        "X.TXT;1\t7\t3-FEB-2026 08:00",
    ] {
        let listing = vms(line);
        assert_eq!(names(&listing), ["X.TXT"], "{line}");
        assert_eq!(listing.entries[0].size_at_most(), Some(3584), "{line}");
        assert!(stamp(&listing).unwrap().starts_with("2026-02-03 08:00"), "{line}");
    }
    assert_eq!(vms("X.TXT;1 12MB 3-FEB-2026").entries[0].size_at_most(), Some(12 << 20));
    assert_eq!(stamp(&vms("X.TXT;1 5 3-FEB-2026")).unwrap(), "2026-02-03");
}

#[test]
fn invalid_columns_are_dropped_and_the_entry_is_kept() {
    let listing = vms("A.B;1 99999999999999999999 31-FEB-2026 08:00");
    assert_eq!((listing.entries[0].size_at_most(), listing.entries[0].mtime), (None, None));
    let listing = vms("A.B;1 18446744073709551615 3-XYZ-2026");
    assert_eq!((listing.entries[0].size_at_most(), listing.entries[0].mtime), (None, None));
}

#[test]
fn messages_and_incomplete_entries_are_errors() {
    for text in [
        "A.B;1 %RMS-E-PRV, insufficient privilege or file protection violation",
        "A.B;1",
        "A.B;1\r\nC.D;1 ",
        ";1 5 3-FEB-2026",
        "A.B;x 5 3-FEB-2026",
        "A.B;123456 5 3-FEB-2026",
    ] {
        let listing = vms(text);
        assert!(listing.entries.is_empty() && listing.error_count > 0, "{text}");
    }
    // the line after an incomplete entry is parsed separately
    let listing = vms("A.B;1\r\nC.D;1 5 3-FEB-2026");
    assert_eq!((names(&listing), listing.error_count), (vec!["C.D".to_owned()], 1));
}

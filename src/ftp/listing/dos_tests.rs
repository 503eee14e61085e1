//! Tests of DOS listings.

use super::super::tests::{names, parsed, stamp};
use crate::ftp::{
    Kind,
    listing::{Listing, ListingFormat},
};

fn dos(text: &str) -> Listing {
    parsed(ListingFormat::Dos, text)
}

#[test]
fn files_and_directories() {
    let listing = dos("11-30-25  01:07PM       <DIR>          My Documents\r\n\
         02-03-26  12:00AM                 4711  leading and trailing \r\n\
         02-03-26  12:00AM                 4711 x\r\n");
    assert_eq!(names(&listing), ["My Documents", " leading and trailing ", "x"]);
    assert_eq!(listing.entries[0].kind, Kind::Dir);
    assert_eq!(listing.entries[1].size, Some(4711));
    assert_eq!(listing.entries[0].mtime.unwrap().to_string(), "2025-11-30 13:07");
    assert_eq!(listing.entries[1].mtime.unwrap().to_string(), "2026-02-03 00:00");
}

#[test]
fn date_and_time_formats() {
    for (date, expected) in [
        ("02-03-26  12:30AM", "2026-02-03 00:30"),
        ("02-03-26  12:30 PM", "2026-02-03 12:30"),
        ("02/03/2026  1:30p", "2026-02-03 13:30"),
        ("2026-02-03  13:30", "2026-02-03 13:30"),
        ("2026/02/03 13:30:09", "2026-02-03 13:30:09"),
        ("03.02.2026  13:30", "2026-02-03 13:30"),
        ("25-02-26  13:30", "2026-02-25 13:30"),
        ("02-03-71  13:30", "1971-02-03 13:30"),
    ] {
        assert_eq!(stamp(&dos(&format!("{date}  <DIR> x"))).as_deref(), Some(expected), "{date}");
        assert_eq!(stamp(&dos(&format!("{date}  17 x"))).as_deref(), Some(expected), "{date}");
    }
}

#[test]
fn one_day_above_twelve_determines_the_order_of_all_dates() {
    let listing = dos("02-03-26  10:00  1 a\n14-03-26  10:00  1 b\n");
    assert_eq!(stamp(&listing).unwrap(), "2026-03-02 10:00");
    let listing = dos("02-03-26  10:00  1 a\n03-14-26  10:00  1 b\n14-14-26 noise\n");
    assert_eq!(stamp(&listing).unwrap(), "2026-02-03 10:00");
}

#[test]
fn sizes_with_commas_and_invalid_sizes() {
    let size =
        |word: &str| dos(&format!("02-03-26  10:00AM  {word} x")).entries.first().map(|it| it.size);
    assert_eq!(size("1,234,567"), Some(Some(1_234_567)));
    assert_eq!(size("99999999999999999999999"), Some(None));
    assert_eq!(size("1,23"), Some(None));
    assert_eq!(size("1.234"), Some(Some(1234)));
    assert_eq!(size("-5"), None);
    assert_eq!(size("WORD"), None);
}

#[test]
fn junctions_and_links() {
    let listing = dos("01-02-26  10:00AM  <JUNCTION>     data [D:\\srv\\data]\n\
         01-02-26  10:00AM  <SYMLINKD>     more [..\\more]\n\
         01-02-26  10:00AM  <JUNCTION>     bare\n");
    assert_eq!(names(&listing), ["data", "more", "bare"]);
    assert!(listing.entries.iter().all(|it| it.kind == Kind::Link));
    assert_eq!(listing.entries[0].target.as_deref(), Some(&b"D:\\srv\\data"[..]));
    assert_eq!(listing.entries[2].target, None);
}

#[test]
fn other_lines_are_errors() {
    for line in [
        "02-03-26  10:00AM  <WHAT> x",
        "02-03-26  10:00AM  5",
        "02-03-26  10:00AM  5 ",
        "02-03-26  10:60AM  5 x",
        "02-03-26  5 x",
        "-03-26  10:00AM  5 x",
        "13-13-26  10:00AM  5 x",
        "02-03-1  10:00AM  5 x",
    ] {
        let listing = dos(line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

//! Tests of Unix listings.

use super::super::tests::{names, parsed, stamp};
use crate::ftp::{
    Entry, Kind,
    listing::{Listing, ListingFormat},
};

fn unix(text: &str) -> Listing {
    parsed(ListingFormat::Unix, text)
}

fn one(line: &str) -> Entry {
    let listing = unix(line);
    assert_eq!((listing.entries.len(), listing.error_count), (1, 0), "{line}");
    listing.entries.into_iter().next().unwrap()
}

#[test]
fn a_typical_line() {
    let entry = one("-rwxr-x---   1 ann   staff      70123 Feb  7 09:05 build.sh");
    assert_eq!(&*entry.name, b"build.sh");
    assert_eq!((entry.kind, entry.size), (Kind::File, Some(70123)));
    assert_eq!(entry.mtime.unwrap().to_string(), "2026-02-07 09:05");
    assert!(!entry.mtime.unwrap().utc);
    assert_eq!(entry.perms.as_deref(), Some("-rwxr-x---"));
}

#[test]
fn columns_may_be_missing_or_joined() {
    for (line, size) in [
        ("-rw-r--r-- ann staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r-- 1 staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r-- 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r--+ 1 ann staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r--.1 ann staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r--@ 1 ann staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r--1423 ann staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r-- 1 DOMAIN\\the user domain users 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r-- 1 ann staffgroup123456789 Feb  7 09:05 f", Some(123_456_789)),
        ("-rw-r--r-- 1 ann staff 1,234,567 Feb  7 09:05 f", Some(1_234_567)),
        ("-rw-r--r-- 1 ann staff 33.5k Feb  7 09:05 f", None),
        ("-rw-r--r-- 1 ann staff 12M Feb  7 09:05 f", None),
        ("-rw-r--r-- 1 ann staff -5 Feb  7 09:05 f", None),
        ("-rw-r--r-- 1 ann staff 18446744073709551616 Feb  7 09:05 f", None),
        ("crw-rw---- 1 root tty 4, 64 Feb  7 09:05 f", None),
        ("  -rw-r--r-- 1 ann staff 5 Feb  7 09:05 f", Some(5)),
        ("-rw-r--r--\t1\tann\tstaff\t5\tFeb\t7\t09:05\tf", Some(5)),
    ] {
        let entry = one(line);
        assert_eq!((&*entry.name, entry.size), (&b"f"[..], size), "{line}");
        assert_eq!(entry.mtime.unwrap().to_string(), "2026-02-07 09:05", "{line}");
    }
}

#[test]
fn date_formats() {
    for (date, expected) in [
        ("Feb  7 09:05", "2026-02-07 09:05"),
        ("Feb 07 9:05", "2026-02-07 09:05"),
        ("7 Feb 09:05", "2026-02-07 09:05"),
        ("07 Feb 2025", "2025-02-07"),
        ("Feb  7  2025", "2025-02-07"),
        ("Feb 7 2025", "2025-02-07"),
        ("FEB 7 2025", "2025-02-07"),
        ("2025-02-07 09:05", "2025-02-07 09:05"),
        ("2025-02-07 09:05:33.000000000 +0100", "2025-02-07 09:05:33"),
        ("2025-02-07", "2025-02-07"),
        ("02-07 09:05", "2026-02-07 09:05"),
        ("Feb  7 09:05:33 2025", "2025-02-07 09:05:33"),
        ("Dec 31 24:00", "2026-01-01 00:00"),
    ] {
        let entry = one(&format!("-rw-r--r-- 1 ann staff 5 {date} a file"));
        assert_eq!(entry.mtime.unwrap().to_string(), expected, "{date}");
        assert_eq!(&*entry.name, b"a file", "{date}");
    }
}

#[test]
fn omitted_years_are_the_latest_possible() {
    for (date, expected) in [
        ("Mar 20 12:00", "2026-03-20 12:00"),
        ("Mar 21 12:00", "2026-03-21 12:00"),
        ("Mar 21 12:01", "2025-03-21 12:01"),
        ("Dec 31 23:59", "2025-12-31 23:59"),
        ("Feb 29 10:00", "2024-02-29 10:00"),
    ] {
        let listing = unix(&format!("-rw-r--r-- 1 ann staff 5 {date} f"));
        assert_eq!(stamp(&listing).unwrap(), expected, "{date}");
    }
}

#[test]
fn lines_without_a_date_are_not_entries() {
    for line in [
        "-rw-r--r-- 1 ann staff 5 f",
        "-rw-r--r-- 1 ann staff Feb  7 09:05 f",
        "-rw-r--r-- 1 ann staff big Feb  7 09:05 f",
        "-rw-r--r-- 1 ann staff 5 Feb 30 09:05 f",
        "-rw-r--r-- 1 ann staff 5 Feb  7 25:05 f",
        "-rw-r--r-- 1 ann staff 5 Feb  7 199 f",
        "-rw-r--r-- 1 ann staff 5 Foo  7 2025 f",
        "-rw-r--r-- 1 ann staff 5 Feb  7 2025",
        "-rw-r--r-- 1 ann staff 5 Feb  7 2025 ",
        "drwxr-xr-x",
        "drwx",
        "Qrwxr-xr-x 1 ann staff 5 Feb  7 2025 f",
        "-rwzr-xr-x 1 ann staff 5 Feb  7 2025 f",
    ] {
        let listing = unix(line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

#[test]
fn mode_marks_device_numbers_and_weekdays() {
    for (line, name, time) in [
        ("drwxr-xr-x-  2 root system 512 Feb 07 2024 aix", "aix", "2024-02-07"),
        ("-rw-r--r--@ 1 joe staff 5 Feb  7  2024 mac", "mac", "2024-02-07"),
        ("crw-rw-rw- 1 root sys 0x21000003 Feb  7  2024 bsd", "bsd", "2024-02-07"),
        ("brw-rw---- 1 root disk 8, 17 Feb  7  2024 sdb1", "sdb1", "2024-02-07"),
        ("-rw-r--r-- 1 a b 5 Wed Feb  7 10:11:12 2024 a b", "a b", "2024-02-07 10:11:12"),
        ("-rw-r--r-- 1 a b 5 \u{441}\u{456}\u{447}  7  2024 uk", "uk", "2024-01-07"),
        ("\u{feff}-rw-r--r-- 1 a b 5 Feb  7  2024 marked", "marked", "2024-02-07"),
    ] {
        let listing = super::super::tests::detected(line);
        assert_eq!(names(&listing), [name], "{line}");
        assert_eq!(super::super::tests::stamp(&listing).as_deref(), Some(time), "{line}");
    }
    let device = one("crw-rw-rw- 1 root sys 0x21000003 Feb  7  2024 bsd");
    assert_eq!((device.kind, device.size), (Kind::Other, None));
}

#[test]
fn arrows_are_only_split_in_links() {
    let entry = one("lrwxrwxrwx 1 a b 9 Feb  7 2025 x -> y -> z");
    assert_eq!((&*entry.name, entry.target.as_deref()), (&b"x"[..], Some(&b"y -> z"[..])));
    let entry = one("-rw-r--r-- 1 a b 9 Feb  7 2025 x -> y");
    assert_eq!((&*entry.name, entry.target), (&b"x -> y"[..], None));
    let entry = one("lrwxrwxrwx 1 a b 9 Feb  7 2025 hidden");
    assert_eq!((entry.kind, entry.target), (Kind::Link, None));
}

#[test]
fn leading_blanks_belong_to_names_unless_all_lines_have_them() {
    let line = |name: &str| format!("-rw-r--r-- 1 a b 9 Feb  7 09:05 {name}\n");
    assert_eq!(names(&unix(&line("  lone "))), ["  lone "]);
    assert_eq!(names(&unix(&(line(" a") + &line("b ")))), [" a", "b "]);
    assert_eq!(names(&unix(&(line(" a") + &line(" b")))), ["a", "b"]);
    assert_eq!(names(&unix(&(line(" .") + &line(" ..") + &line("  b")))), [" b"]);
}

#[test]
fn systems_that_pad_after_the_year() {
    let listing = unix(
        "drwxr-xr-x 2 root system 512 Feb 07 2024  bin\n\
         -rw-r--r-- 1 root system  12 Mar 01 10:30 new\n\
         -rw-r--r-- 1 root system  12 Nov 17 2023  old\n",
    );
    assert_eq!(names(&listing), ["bin", "new", "old"]);
}

#[test]
fn trailing_slashes_of_directories_are_removed() {
    assert_eq!(&*one("drwxr-xr-x 2 a b 512 Feb  7 2025 sub/").name, b"sub");
    assert_eq!(unix("-rw-r--r-- 2 a b 512 Feb  7 2025 sub/").entries.len(), 0);
}

#[test]
fn names_may_contain_any_bytes() {
    let listing = super::super::parse(
        b"-rw-r--r-- 1 \xe4 \xff 9 Feb  7 2025 caf\xe9\x5c\x1b.txt",
        &super::super::tests::context(),
    );
    assert_eq!(&*listing.entries[0].name, b"caf\xe9\x5c\x1b.txt");
}

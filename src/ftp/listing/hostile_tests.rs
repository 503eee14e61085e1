//! Properties of all formats: no input causes a panic, and formatted entries are parsed back.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{tests::context, *};

/// Words that occur in listings, so that random lines get far into the parsers.
const WORDS: [&str; 74] = [
    "-rw-r--r--",
    "drwxr-xr-x",
    "lrwxrwxrwx",
    "crw-rw----",
    "d",
    "-",
    "[RWCEAFMS]",
    "0",
    "1",
    "12",
    "31",
    "99",
    "100",
    "2000",
    "2026",
    "9999",
    "99999999999999999999",
    "18446744073709551615",
    "-5",
    "1,234",
    "33.5k",
    "9999999P",
    "group12345",
    "8,",
    "Jan",
    "Feb",
    "Dez",
    "1.",
    "31,",
    "24:00",
    "12:30",
    "23:59:60",
    "12:30AM",
    "PM",
    "2026-02-30",
    "31.12.1999",
    "01-31-26",
    "31-DEC-2026",
    "12-31-103",
    "Feb-28-1998",
    "26/01/01",
    "**NONE**",
    "6月",
    "3日",
    "2003年",
    "\u{e9}",
    "<DIR>",
    "<JUNCTION>",
    "DIR",
    "A",
    "*FILE",
    "*MEM",
    "*DIR",
    "A.B;1",
    ";1",
    "4/8",
    "[A,B]",
    "(RWED,,,)",
    "3390",
    "PS",
    "PO",
    "VSAM",
    "Migrated",
    "01.01",
    "00B308",
    "ANY",
    "JOB01234",
    "OUTPUT",
    "255,",
    "\"oooo\"",
    "type=file;size=5;",
    "+r,s5,m1,\tx",
    "total",
    "->",
];

const LINE_ENDS: [&str; 4] = ["\n", "\r\n", "\r\r\n", ""];

pub(super) fn lines_of_words() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        8 => select(&WORDS[..]).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ];
    let separator = select(&[" ", "  ", "\t", ""][..]);
    let line = (vec((word, separator), 0..12), select(&LINE_ENDS[..]));
    vec(line, 0..12).prop_map(|lines| {
        let mut text = Vec::new();
        for (words, end) in lines {
            for (word, separator) in words {
                text.extend_from_slice(&word);
                text.extend_from_slice(separator.as_bytes());
            }
            text.extend_from_slice(end.as_bytes());
        }
        text
    })
}

/// Checks the properties that hold for any input in any format.
fn check(bytes: &[u8], context: &ListingContext) {
    let listing = parse(bytes, context);
    let lines = bytes.split(|&b| b == b'\n').count();
    assert!(listing.entries.len() + listing.error_count <= lines);
    assert_eq!(listing.errors.len(), listing.error_count.min(MAX_ERRORS));
    for entry in &listing.entries {
        assert!(!matches!(&*entry.name, b"" | b"." | b".."));
        assert!(!entry.name.contains(&b'\n'));
        let members = listing.format == Some(ListingFormat::As400);
        assert!(members || !entry.name.contains(&b'/'));
        assert!(entry.perms.as_deref().is_none_or(|it| it.bytes().all(|b| b.is_ascii_graphic())));
    }
    for error in &listing.errors {
        assert!(!error.text.chars().any(char::is_control));
    }
}

fn check_all(bytes: &[u8]) {
    check(bytes, &context());
    for format in ListingFormat::ALL {
        check(bytes, &ListingContext::of(format, context().now));
        check(bytes, &ListingContext { hint: Some(format), ..context() });
    }
}

proptest! {
    #[test]
    fn any_bytes_are_accepted(bytes in vec(any::<u8>(), 0..300)) {
        check_all(&bytes);
    }

    #[test]
    fn any_words_are_accepted(bytes in lines_of_words()) {
        check_all(&bytes);
    }

    #[test]
    fn mlsd_round_trips(
        name in "[^/\r\n\0]{1,20}",
        size: u64,
        second in 0i64..4_000_000_000,
        dir: bool,
    ) {
        prop_assume!(!matches!(name.as_str(), "." | ".."));
        let at = jiff::Timestamp::from_second(second).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let kind = if dir { "dir" } else { "file" };
        let modify = at.strftime("%Y%m%d%H%M%S");
        let line = format!("type={kind};size={size};modify={modify}; {name}\r\n");
        let listing = parse(line.as_bytes(), &context());
        let entry = &listing.entries[0];
        prop_assert_eq!(&*entry.name, name.as_bytes());
        prop_assert_eq!(entry.size, Some(size));
        prop_assert_eq!(entry.mtime.map(|stamp| stamp.at), Some(at.datetime()));
    }

    #[test]
    fn unix_round_trips(
        name in "[^/\r\n\0 \t][^/\r\n\0]{0,20}",
        owner in "[a-z]{1,8}",
        size: u64,
        second in 0i64..1_700_000_000,
    ) {
        prop_assume!(!matches!(name.as_str(), "." | ".."));
        let at = jiff::Timestamp::from_second(second).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
        let day = at.strftime("%b %e  %Y");
        let line = format!("-rw-r--r--   1 {owner} users {size:12} {day} {name}\r\n");
        let listing = parse(line.as_bytes(), &context());
        let entry = &listing.entries[0];
        prop_assert_eq!(&*entry.name, name.as_bytes());
        prop_assert_eq!(entry.size, Some(size));
        prop_assert_eq!(entry.mtime.map(|stamp| stamp.at.date()), Some(at.date()));
    }
}

#[test]
fn long_repetitive_lines_take_linear_time() {
    for piece in
        ["1 ", "Jan 1 ", "a-", "-> ", ";", "=", "[", "(", "/", ",", "\u{e9}", "9", " ", "."]
    {
        let line = piece.repeat(20_000 / piece.len());
        for start in ["-rw-r--r-- 1 a b 5 ", "type=file;", "d [", "+", "A.B;1 ", "01-01-26 10:00 "]
        {
            let text = format!("{start}{line}\n{line}{start}\n");
            check(text.as_bytes(), &context());
            for format in ListingFormat::ALL {
                check(text.as_bytes(), &ListingContext::of(format, context().now));
            }
        }
    }
}

#[test]
fn an_entry_is_small() {
    assert!(size_of::<Entry>() <= 104, "{}", size_of::<Entry>());
}

//! Tests of what is common to all formats: detection, names, hostile lines.

use jiff::civil::date;

use super::*;

/// A context with the current time 20 March 2026, 12:00.
pub(super) fn context() -> ListingContext {
    ListingContext { format: None, hint: None, now: date(2026, 3, 20).at(12, 0, 0, 0) }
}

/// Parses with the format left to detection.
pub(super) fn detected(text: &str) -> Listing {
    parse(text.as_bytes(), &context())
}

/// Parses in the given format.
pub(super) fn parsed(format: ListingFormat, text: &str) -> Listing {
    parse(text.as_bytes(), &ListingContext { format: Some(format), ..context() })
}

/// The names of a listing, as text.
pub(super) fn names(listing: &Listing) -> Vec<String> {
    listing.entries.iter().map(|entry| String::from_utf8_lossy(&entry.name).into_owned()).collect()
}

/// The stamp of the first entry, as text.
pub(super) fn stamp(listing: &Listing) -> Option<String> {
    listing.entries.first()?.mtime.map(|stamp| stamp.to_string())
}

#[test]
fn the_format_of_most_lines_wins() {
    let listing = detected(
        "drwxr-xr-x 2 ann staff 4096 Mar  1 08:00 logs\r\n\
         01-02-26  10:00AM  12 stray.txt\r\n\
         -rw-r--r-- 1 ann staff 17 Mar  1 08:00 notes\r\n",
    );
    assert_eq!(listing.format, Some(ListingFormat::Unix));
    assert_eq!(names(&listing), ["logs", "notes"]);
    assert_eq!(listing.error_count, 1);
    assert_eq!(listing.errors[0].line, 2);
    assert_eq!(listing.errors[0].text, "01-02-26  10:00AM  12 stray.txt");
}

#[test]
fn a_listing_of_only_dot_and_dot_dot_is_recognized() {
    for text in [
        "drwxrwxrwx    2 0        0            4096 Nov 21 12:08 .\r\n\
         drwxrwxrwx    6 65534    65534        4096 Nov 21 12:08 ..\r\n",
        "total 8\r\ndrwxr-xr-x 2 ann staff 4096 Mar  1 08:00 .\r\n",
        "01-02-26  10:00AM       <DIR>          .\r\n01-02-26  10:00AM       <DIR>          ..\r\n",
    ] {
        for hint in [None, Some(ListingFormat::Unix), Some(ListingFormat::Dos)] {
            let listing = parse(text.as_bytes(), &ListingContext { hint, ..context() });
            assert_eq!((listing.entries.len(), listing.error_count), (0, 0), "{text} {hint:?}");
            assert!(listing.format.is_some(), "{text}");
        }
    }
    // text that ends with a period is not an entry
    assert_eq!(detected("Nothing here yet .\r\n").error_count, 1);
}

#[test]
fn the_format_is_detected_after_a_long_welcome_text() {
    let mut text = "welcome, stranger, to this mirror\r\n".repeat(1000);
    text.push_str("type=file;size=3; a\r\n");
    let listing = detected(&text);
    assert_eq!(listing.format, Some(ListingFormat::Mlsd));
    assert_eq!(names(&listing), ["a"]);
    assert_eq!((listing.error_count, listing.errors.len()), (1000, MAX_ERRORS));
}

#[test]
fn messages_are_not_entries() {
    for line in [
        "550 Permission denied.",
        "226 Transfer complete.",
        "ls: cannot open directory '.': Permission denied",
        "<!DOCTYPE html>",
        "sh: ls: not found",
        "No files found",
    ] {
        let listing = detected(line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
    for line in ["total 0", "total 17904", "insgesamt 12", "Gesamt: 8,5K", "", " \r\n"] {
        let listing = detected(line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 0), "{line}");
    }
}

#[test]
fn dot_dot_dot_and_paths_are_not_entries() {
    for (format, line) in [
        (ListingFormat::Unix, "drwxr-xr-x 2 a b 4096 Mar  1 08:00 "),
        (ListingFormat::Mlsd, "type=file;size=1; "),
        (ListingFormat::Dos, "01-02-26  10:00AM  12 "),
    ] {
        for name in ["../x", "/etc/passwd", "a/b", "/"] {
            let listing = parsed(format, &format!("{line}{name}\n"));
            assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{format:?} {name}");
        }
        for name in [".", ".."] {
            let listing = parsed(format, &format!("{line}{name}\n"));
            assert_eq!((listing.entries.len(), listing.error_count), (0, 0), "{format:?} {name}");
        }
    }
}

#[test]
fn line_ends_are_not_part_of_names() {
    let name = |text: &[u8]| {
        let listing =
            parse(text, &ListingContext { format: Some(ListingFormat::Mlsd), ..context() });
        listing.entries.last().map(|entry| entry.name.to_vec())
    };
    assert_eq!(name(b"type=file; a\r\n").unwrap(), b"a");
    assert_eq!(name(b"type=file; a\n").unwrap(), b"a");
    assert_eq!(name(b"type=file; a").unwrap(), b"a");
    // an ASCII mode that doubled every CR, and a name that ends with CR
    assert_eq!(name(b"type=file; b\r\r\ntype=file; a\r\r\n").unwrap(), b"a");
    assert_eq!(name(b"type=file; b\r\ntype=file; a\r\r\n").unwrap(), b"a\r");
    // bytes that are line ends only in Unicode
    assert_eq!(name(b"type=file; a\x85b\x0bc").unwrap(), b"a\x85b\x0bc");
    assert_eq!(name(b"type=file; a\0b\r\n").unwrap(), b"a\0b");
}

#[test]
fn overlong_lines_are_errors_with_truncated_text() {
    let long = format!("type=file; {}", "x".repeat(MAX_LINE));
    let listing = parsed(ListingFormat::Mlsd, &format!("{long}\r\ntype=file; b\r\n"));
    assert_eq!(names(&listing), ["b"]);
    assert_eq!(listing.error_count, 1);
    assert!(listing.errors[0].text.len() < 300);
    assert!(listing.errors[0].text.ends_with('…'));
}

#[test]
fn error_texts_are_safe_to_show() {
    let listing = parsed(ListingFormat::Unix, "\x1b]0;owned\x07 hello\r\n");
    assert_eq!(listing.errors[0].text, "␛]0;owned␇ hello");
}

#[test]
fn formats_are_found_by_name_and_by_syst_reply() {
    assert_eq!(ListingFormat::from_name("MLSD"), Some(ListingFormat::Mlsd));
    assert_eq!(ListingFormat::from_name("nosuch"), None);
    assert_eq!(ListingFormat::from_syst(b"UNIX Type: L8"), Some(ListingFormat::Unix));
    assert_eq!(ListingFormat::from_syst(b"Windows_NT"), Some(ListingFormat::Dos));
    assert_eq!(ListingFormat::from_syst(b"TOPS20"), None);
}

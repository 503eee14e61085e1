//! Tests of the simple formats.

use super::super::tests::{detected, names};
use crate::ftp::{Kind, listing::ListingFormat};

/// ListingFormat, line, name, kind, size, time.
type Case = (ListingFormat, &'static str, &'static str, Kind, Option<u64>, &'static str);

#[test]
fn one_line_per_format() {
    let (file, dir, link) = (Kind::File, Kind::Dir, Kind::Link);
    let cases: [Case; 14] = [
        (
            ListingFormat::NumericUnix,
            "0100600 1000 1000 77 1767225600 a b",
            "a b",
            file,
            Some(77),
            "2026-01-01 00:00:00",
        ),
        (
            ListingFormat::NumericUnix,
            "040755 0 0 4096 0 d",
            "d",
            dir,
            Some(4096),
            "1970-01-01 00:00:00",
        ),
        (
            ListingFormat::NumericUnix,
            "0120777 0 0 3 0 l",
            "l",
            link,
            Some(3),
            "1970-01-01 00:00:00",
        ),
        (
            ListingFormat::VShell,
            "512  Feb 03, 2001 04:05 a b",
            "a b",
            file,
            Some(512),
            "2001-02-03 04:05",
        ),
        (
            ListingFormat::VShell,
            "0  Feb 03, 2001 04:05 sub/",
            "sub",
            dir,
            Some(0),
            "2001-02-03 04:05",
        ),
        (
            ListingFormat::VxWorks,
            "4096  Oct-09-2003  11:12:13   boot rom.bin",
            "boot rom.bin",
            file,
            Some(4096),
            "2003-10-09 11:12:13",
        ),
        (
            ListingFormat::VxWorks,
            "512  Oct-09-2003  11:12:13   conf  <DIR>",
            "conf",
            dir,
            Some(512),
            "2003-10-09 11:12:13",
        ),
        (
            ListingFormat::Nortel,
            "ti.cfg   20480  12/31/05  Sat.  23:00:59",
            "ti.cfg",
            file,
            Some(20480),
            "2005-12-31 23:00:59",
        ),
        (
            ListingFormat::Os9,
            "0.0 98/05/06 1530 d-ewrewr A0F 320 CMDS",
            "CMDS",
            dir,
            Some(320),
            "1998-05-06 15:30",
        ),
        (
            ListingFormat::ZVm,
            "PROFILE EXEC V 72 14 1 2004-05-06 07:08:09 OPER191",
            "PROFILE.EXEC",
            file,
            None,
            "2004-05-06 07:08:09",
        ),
        (
            ListingFormat::ZVm,
            "PROFILE EXEC F 80 14 1 5/6/98 17:08:09 -",
            "PROFILE.EXEC",
            file,
            None,
            "1998-05-06 17:08:09",
        ),
        (
            ListingFormat::Windows3,
            "SETUP.EXE   88064   02-28-95   09:00",
            "SETUP.EXE",
            file,
            Some(88064),
            "1995-02-28 09:00",
        ),
        (
            ListingFormat::Windows3,
            "DATA   <DIR>   02/28/95   09:00",
            "DATA",
            dir,
            None,
            "1995-02-28 09:00",
        ),
        (
            ListingFormat::Windows3,
            "DATA   <DIR>   Feb 28 1995   09:00",
            "DATA",
            dir,
            None,
            "1995-02-28 09:00",
        ),
    ];
    for (format, line, name, kind, size, time) in cases {
        let listing = detected(line);
        assert_eq!((listing.format, listing.error_count), (Some(format), 0), "{line}");
        assert_eq!(names(&listing), [name], "{line}");
        let entry = &listing.entries[0];
        assert_eq!((entry.kind, entry.size), (kind, size), "{line}");
        assert_eq!(entry.mtime.unwrap().to_string(), time, "{line}");
    }
}

#[test]
fn vxworks_has_padded_names_and_headings() {
    let listing = detected(
        "  size          date       time       name\r\n\
         --------       ------     ------    --------\r\n    \
         512    JAN-01-2024  00:00:00   sub               <DIR>\r\n     \
         12    FEB-28-2024  05:23:30   file one.txt      \r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::VxWorks), 0));
    assert_eq!(names(&listing), ["sub", "file one.txt"]);
}

#[test]
fn lines_that_almost_match_are_errors() {
    for line in [
        "0100600 user group 77 1767225600 a",
        "0999600 0 0 77 1767225600 a",
        "600 0 0 77 1767225600 a",
        "0100600 0 0 77 99999999999999999999 a",
        "512  Feb 03 2001 04:05 a",
        "512  Foo 03, 2001 04:05 a",
        "512  Oct-09  11:12:13   a",
        "ti.cfg   20480  12/31/05  Sat.  23:00:59 more",
        "0.0 98/05/06 1530 d-ewrewz A0F 320 CMDS",
        "0.0 98/05/06 15:30 d-ewrewr A0F 320 CMDS",
        "PROFILE EXEC X 72 14 1 2004-05-06 07:08:09 OPER191",
        "PROFILE EXEC V 72 14 x 2004-05-06 07:08:09 OPER191",
        "PROFILE EXEC V 72 14 1 2004-05-06 07:08:09 OPER191 more",
        "SETUP.EXE   big   02-28-95   09:00",
        "SETUP.EXE   88064   02-30-95   09:00",
    ] {
        let listing = detected(line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

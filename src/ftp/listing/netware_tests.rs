//! Tests of Netware listings.

use super::super::tests::{detected, names, parsed};
use crate::ftp::{Kind, listing::ListingFormat};

#[test]
fn rights_instead_of_a_mode() {
    let listing = detected(
        "total 0\r\n\
         d [RWCEAFMS] admin                         512 Nov 02  2024 SYS VOLUME\r\n\
         - [-W--AF--] jdoe                        90210 Mar 11 07:30    budget.xls\r\n\
         -[R----F--] jdoe                            17 Mar 11 07:30 glued\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::Netware), 0));
    assert_eq!(names(&listing), ["SYS VOLUME", "budget.xls", "glued"]);
    assert_eq!(listing.entries[0].kind, Kind::Dir);
    assert_eq!((listing.entries[1].kind, listing.entries[1].size), (Kind::File, Some(90210)));
    assert_eq!(listing.entries[1].perms.as_deref(), Some("[-W--AF--]"));
    assert_eq!(listing.entries[1].mtime.unwrap().to_string(), "2026-03-11 07:30");
}

#[test]
fn other_lines_are_errors() {
    for line in [
        "x [RWCEAFMS] admin 512 Nov 02  2024 a",
        "d RWCEAFMS] admin 512 Nov 02  2024 a",
        "d [RWCEAFMS admin 512 Nov 02  2024 a",
        "d [RW EAFMS] admin 512 Nov 02  2024 a",
        "d [RWCEAFMS]admin 512 Nov 02  2024 a",
        "d [RWCEAFMS] admin 512 a",
        "d",
        "d []",
    ] {
        let listing = parsed(ListingFormat::Netware, line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

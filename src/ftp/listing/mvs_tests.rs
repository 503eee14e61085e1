//! Tests of z/OS listings.

use super::super::tests::{context, detected, names, parsed, stamp};
use crate::ftp::{
    Kind,
    listing::{ListingContext, ListingFormat, parse},
};

#[test]
fn data_sets() {
    let listing = detected(
        "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n\
         PRD001 3390   2026/02/11  1   45  FB      80 27920  PS  APPL.LOG.DAILY\r\n\
         PRD002 3390   2025/12/01 16 9999  U        0 32760  PO  APPL.LOADLIB\r\n\
         PRD002 3390   2025/12/01  1    2  FB      80  3120  PO-E APPL.SOURCE\r\n\
         PRD003 3390   **NONE**    1   15  VB     255 27998  PS  NEVER.READ\r\n\
         PRD003 3390   2026/01/05  2+++++  VBS  32767 27966  PS  HUGE.DATA\r\n\
         PRD004 3390                                     VSAM KEYED.CLUSTER\r\n\
         Migrated                                             OLD.ARCHIVE\r\n\
         Pseudo Directory                                     APPL.TEST\r\n\
         T00042 Tape                                          BACKUP.G0001V00\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::Mvs), 0));
    let kinds: Vec<_> = listing.entries.iter().map(|entry| entry.kind).collect();
    let (file, dir) = (Kind::File, Kind::Dir);
    assert_eq!(kinds, [file, dir, dir, file, file, file, file, dir, file]);
    assert_eq!(stamp(&listing).unwrap(), "2026-02-11");
    assert_eq!(listing.entries[3].mtime, None);
    assert!(listing.entries.iter().all(|entry| entry.size.is_none()));
    assert_eq!(names(&listing)[4], "HUGE.DATA");
}

#[test]
fn large_numbers_may_be_joined_with_the_date() {
    let listing = detected(
        "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n\
         PRDV07 3390   2025/04/17123 1800  FB     120 27960  PS  ONE.LONG\r\n\
         PRDV08 3390   2025/04/1812365000  U        0 32760  PO  TWO.LONG\r\n",
    );
    assert_eq!(
        (names(&listing), listing.error_count),
        (vec!["ONE.LONG".into(), "TWO.LONG".into()], 0)
    );
    assert_eq!(listing.entries[1].mtime.unwrap().to_string(), "2025-04-18");
}

#[test]
fn members() {
    let listing = detected(
        " Name     VV.MM   Created       Changed      Size  Init   Mod   Id\r\n\
         BUILD     01.07 2024/05/30 2026/01/17 11:42    88    80     0 OPER1\r\n\
         OLDONE    01.00 98/05/30 99/12/31 23:59    10    10     0 OPER1\r\n\
         NOSTATS\r\n",
    );
    assert_eq!((listing.format, listing.error_count), (Some(ListingFormat::Mvs), 0));
    assert_eq!(names(&listing), ["BUILD", "OLDONE", "NOSTATS"]);
    assert_eq!(stamp(&listing).unwrap(), "2026-01-17 11:42");
    assert_eq!(listing.entries[1].mtime.unwrap().to_string(), "1999-12-31 23:59");
    let listing = detected(
        " Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode\r\n\
         MAINPGM   01A2F0   00000A          00 FO             RN RU            31    ANY\r\n\
         SUBPGM    0000C8   000104 MAINPGM  01 FO                              ANY    24\r\n",
    );
    assert_eq!(names(&listing), ["MAINPGM", "SUBPGM"]);
}

#[test]
fn bare_names_need_a_hint_or_a_known_format() {
    let text = "ALPHA\r\nBETA\r\n";
    assert_eq!(detected(text).error_count, 2);
    let listing =
        parse(text.as_bytes(), &ListingContext { hint: Some(ListingFormat::Mvs), ..context() });
    assert_eq!(names(&listing), ["ALPHA", "BETA"]);
    assert_eq!(names(&parsed(ListingFormat::Mvs, text)), ["ALPHA", "BETA"]);
    assert_eq!(parsed(ListingFormat::Mvs, "some.text\r\na b\r\nx/y\r\n").error_count, 3);
}

#[test]
fn jobs() {
    let listing = detected(
        "JOBNAME  JOBID    OWNER    STATUS CLASS\r\n\
         NIGHTLY  JOB00815 OPER1    OUTPUT A        RC=0000 3 spool files\r\n\
         LOGON1   TSU04711 OPER1    ACTIVE TSU\r\n",
    );
    assert_eq!(names(&listing), ["JOB00815", "TSU04711"]);
}

#[test]
fn unix_directories_on_zos() {
    let text = "total 8\r\ndrwxr-x---   2 OPER1    SYS1        8192 Dec  3  2024 work\r\n";
    let listing =
        parse(text.as_bytes(), &ListingContext { hint: Some(ListingFormat::Mvs), ..context() });
    assert_eq!(
        (listing.format, names(&listing)),
        (Some(ListingFormat::Unix), vec!["work".to_owned()])
    );
}

#[test]
fn other_lines_are_errors() {
    for line in [
        "PRD001 3390   2026/02/11  1   45  FB      80 27920  XX  APPL.LOG",
        "PRD001 3390   yesterday   1   45  FB      80 27920  PS  APPL.LOG",
        "LONGVOLUME 3390 2026/02/11 1 45 FB 80 27920 PS APPL.LOG",
        "BUILD     1.7 2024/05/30 2026/01/17 11:42 88 80 0 OPER1",
        "BUILD     01.07 2024/05/30 2026/01/17 25:42 88 80 0 OPER1",
        "MAINPGM   XXXXXX   00000A 00 FO 31 ANY",
        "NIGHTLY  JOB00815 OPER1 GONE",
    ] {
        let listing = parsed(ListingFormat::Mvs, line);
        assert_eq!((listing.entries.len(), listing.error_count), (0, 1), "{line}");
    }
}

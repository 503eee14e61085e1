//! Tests of MLSD.

use super::super::tests::{names, parsed, stamp};
use crate::{
    base::Precision,
    ftp::{
        Kind,
        listing::{Listing, ListingFormat},
    },
};

fn mlsd(text: &str) -> Listing {
    parsed(ListingFormat::Mlsd, text)
}

#[test]
fn facts_in_any_case_and_order() {
    let listing = mlsd(
        "Modify=20260219083000;TYPE=file;x.magic=a=b;sIzE=1234;UNIX.mode=0640; report (final).txt",
    );
    let entry = &listing.entries[0];
    assert_eq!(&*entry.name, b"report (final).txt");
    assert_eq!((entry.kind, entry.size), (Kind::File, Some(1234)));
    assert_eq!(entry.mtime.unwrap().to_string(), "2026-02-19 08:30:00");
    assert!(entry.mtime.unwrap().utc);
    assert_eq!(entry.perms.as_deref(), Some("0640"));
}

#[test]
fn names_keep_every_byte() {
    for name in [" a", "a ", "  ", "a;b=c; d", "x\ty", "…"] {
        assert_eq!(names(&mlsd(&format!("type=file; {name}\r\n"))), [name]);
    }
    // without a final semicolon, with a tab for the space, without facts
    assert_eq!(names(&mlsd("type=file;size=1 a b")), ["a b"]);
    assert_eq!(names(&mlsd("type=file;size=1;\ta b")), ["a b"]);
    assert_eq!(names(&mlsd(" a b")), ["a b"]);
}

#[test]
fn invalid_facts_are_dropped_and_the_entry_is_kept() {
    let listing = mlsd(
        "type=file;size=99999999999999999999;modify=20260230000000; a\n\
         type=file;size=-3;modify=;nonsense;=x; b\n\
         type=;size=; c\n",
    );
    assert_eq!(names(&listing), ["a", "b", "c"]);
    assert!(listing.entries.iter().all(|it| it.size.is_none() && it.mtime.is_none()));
    assert_eq!(listing.error_count, 0);
}

#[test]
fn lines_without_facts_or_without_a_name_are_errors() {
    let listing = mlsd("type=file;size=1;\ntype=file; \nnofacts here\n;;; x\nname\n");
    assert_eq!((listing.entries.len(), listing.error_count), (0, 5));
}

#[test]
fn a_single_fact_may_lack_its_semicolon() {
    let one = super::super::tests::detected("type=dir sub dir\r\n");
    assert_eq!(names(&one), ["sub dir"]);
    let mpe = super::super::tests::detected("ACCOUNT=  SYS         GROUP=  PUB\r\n");
    assert_eq!((mpe.entries.len(), mpe.error_count), (0, 1));
}

#[test]
fn kinds() {
    let kind = |fact: &str| mlsd(&format!("{fact}; n")).entries.first().map(|entry| entry.kind);
    assert_eq!(kind("type=DIR"), Some(Kind::Dir));
    assert_eq!(kind("type=OS.unix=chr-3/1"), Some(Kind::Other));
    assert_eq!(kind("type=OS.unix=fifo"), Some(Kind::Other));
    assert_eq!(kind("type=OS.UNIX=symlink"), Some(Kind::Link));
    assert_eq!(kind("type=OS.plan9=slink:/n/x"), Some(Kind::Link));
    assert_eq!(kind("type=symlink"), Some(Kind::Link));
    assert_eq!(kind("type=cdir"), None);
    assert_eq!(kind("type=pdir"), None);
    assert_eq!(kind("perm=flcdmpe"), Some(Kind::Dir));
    assert_eq!(kind("perm=adfr"), Some(Kind::File));
    assert_eq!(kind("size=3"), Some(Kind::File));
}

#[test]
fn targets_of_links() {
    let target = |text: &str| {
        let listing = mlsd(text);
        assert_eq!(listing.error_count, 0);
        let link = listing.entries.iter().find(|entry| entry.kind == Kind::Link).cloned();
        (
            names(&listing),
            link.and_then(|entry| entry.target).map(|it| String::from_utf8(it.into())),
        )
    };
    let (all, to) = target("type=OS.unix=slink:/srv/data;unique=1; now\n");
    assert_eq!((all, to), (vec!["now".to_owned()], Some(Ok("/srv/data".to_owned()))));
    // the line of the target is not an entry of this directory, before or after the link
    let link = "type=OS.unix=symlink;unique=9U1; now\n";
    let file = "type=file;size=5;unique=9U1; /srv/data\n";
    for text in [format!("{link}{file}"), format!("{file}{link}")] {
        let (all, to) = target(&text);
        assert_eq!((all, to), (vec!["now".to_owned()], Some(Ok("/srv/data".to_owned()))));
    }
    let (all, to) = target(&format!("{link}type=dir;unique=9U1; real\n"));
    assert_eq!((all.len(), to), (2, Some(Ok("real".to_owned()))));
    assert_eq!(target("type=OS.unix=slink;unique=2; x\n").1, None);
}

#[test]
fn times_of_different_precision() {
    assert_eq!(stamp(&mlsd("modify=20260101123456.789; a")).unwrap(), "2026-01-01 12:34:56");
    assert_eq!(stamp(&mlsd("modify=202601011234; a")).unwrap(), "2026-01-01 12:34");
    let listing = mlsd("modify=20260101; a");
    assert_eq!(listing.entries[0].mtime.unwrap().precision, Precision::Day);
    assert_eq!(stamp(&mlsd("modify=2026; a")), None);
    assert_eq!(stamp(&mlsd("modify=\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}; a")), None);
}

#[test]
fn invalid_modes_are_dropped() {
    assert_eq!(mlsd("unix.mode=0o604; a").entries[0].perms.as_deref(), Some("604"));
    for mode in ["0o", "0o8", "rwx", "\x1b[31m", "08", "1234567890"] {
        assert_eq!(mlsd(&format!("UNIX.mode={mode}; a")).entries[0].perms, None);
    }
}

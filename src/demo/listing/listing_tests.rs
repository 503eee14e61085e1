//! Listings match those measured on the real servers (docs/servers.md "Listings").

use super::*;
use crate::demo::persona::{Behavior, Personality};

fn file(size: u64, mtime: i64) -> Meta {
    Meta { kind: Kind::File, size, mtime, mode: 0o644, target: None, id: 0xbc_063 }
}

fn line(personality: Personality, name: &str, meta: &Meta) -> String {
    let mut out = Vec::new();
    personality.behavior().style.line(&mut out, name.as_bytes(), meta, 1_795_234_000);
    String::from_utf8(out).unwrap()
}

#[test]
fn list_in_the_style_of_each_server() {
    let old = file(120, 1_000_000_000);
    for (personality, text) in [
        (Personality::Vsftpd, "-rw-r--r--    1 65534    65534         120 Sep 09  2001 plain.txt"),
        (Personality::Proftpd, "-rw-r--r--   1 fxp      lab           120 Sep  9  2001 plain.txt"),
        (
            Personality::Pureftpd,
            "-rw-r--r--    1 65534      nogroup           120 Sep  9  2001 plain.txt",
        ),
        (
            Personality::Pyftpdlib,
            "-rw-r--r--   1 nobody   nogroup       120 Sep 09  2001 plain.txt",
        ),
        (Personality::Windows, "09-09-01  01:46AM                  120 plain.txt"),
    ] {
        assert_eq!(line(personality, "plain.txt", &old), text, "{personality:?}");
    }
    let recent = file(14, 1_795_233_960);
    assert_eq!(
        line(Personality::Vsftpd, "x", &recent),
        "-rw-r--r--    1 65534    65534          14 Nov 21 04:06 x"
    );
}

#[test]
fn facts_of_links_and_directories() {
    let link = Meta { kind: Kind::Link, target: Some(b"a"[..].into()), ..file(1, 0) };
    let dir = Meta { kind: Kind::Dir, ..file(4096, 0) };
    let text = |personality: Personality, name: &str, meta: &Meta| {
        let Behavior { facts, links, .. } = personality.behavior();
        let mut out = Vec::new();
        Facts { shown: facts, links }.line(&mut out, name.as_bytes(), meta);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        text(Personality::Plain, "l", &link),
        "type=OS.unix=slink:a;size=1;modify=19700101000000;perm=adfrw;unique=FE00UBC063;\
         UNIX.mode=0644; l"
    );
    assert!(text(Personality::Plain, ".", &dir).starts_with("type=cdir;modify="));
    assert!(text(Personality::Pureftpd, "d", &dir).starts_with("type=dir;sizd=4096;modify="));
    assert!(text(Personality::Proftpd, "l", &link).contains(";type=OS.unix=symlink;"));
}

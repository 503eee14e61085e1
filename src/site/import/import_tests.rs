//! Tests of the imports, with files that the programs wrote where they were available (FileZilla
//! 3.63, lftp 4.9, mc 4.8.29), and otherwise with files written after their descriptions.

use proptest::prelude::*;

use super::*;
use crate::base::{Patterns, Secret, Word};
use crate::site::{DataProtection, ListCommand, PasswordRef, Security, Switch, fields};

fn imported(program: Program, file: &str) -> ImportedSites {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports").join(file);
    let imported = import(program, &path).unwrap();
    for site in &imported.sites {
        fields::check(site).unwrap();
    }
    let shown = format!("{imported:?} {}", losses(&imported).join("\n"));
    assert!(!shown.contains("hunter2") && !shown.contains("p@ss"), "{shown}");
    imported
}

fn losses(imported: &ImportedSites) -> Vec<String> {
    let lines = imported.losses.iter().map(|loss| {
        let line = loss.place.position.map_or(0, |position| position.line);
        format!("{line} {}: {}", loss.site, loss.kind)
    });
    lines.collect()
}

fn site<'a>(imported: &'a ImportedSites, name: &str) -> &'a Site {
    imported.sites.iter().find(|site| site.name == name).unwrap_or_else(|| panic!("{imported:?}"))
}

fn plain(text: &str) -> PasswordRef {
    PasswordRef::Plain(Secret::from(text))
}

fn read(program: Program, text: &str) -> Result<ImportedSites, SiteImportError> {
    parse(program, Path::new("file"), text.as_bytes())
}

fn start(site: &Site) -> Option<String> {
    site.start_path.as_ref().map(ToString::to_string)
}

#[test]
fn filezilla() {
    let imported = imported(Program::FileZilla, "filezilla-sitemanager.xml");
    assert_eq!(imported.sites.len(), 3);
    let lab = site(&imported, "lab vsftpd 1");
    assert_eq!((lab.host(), lab.user(), lab.port), ("ftp.example.org", "joe", None));
    assert_eq!((lab.security, lab.passive), (Security::Explicit, Switch::No));
    assert_eq!(lab.password, plain("p@ss<word>"));
    assert_eq!((lab.max_sessions, lab.time_offset), (1, Some(7200)));
    // the WHATWG treats the label ISO-8859-1 as windows-1252
    assert_eq!(lab.encoding, Some(encoding_rs::WINDOWS_1252));
    assert_eq!(start(lab).as_deref(), Some("/pub/odd dir/x"));
    assert_eq!(lab.extra["note"], "first line; second <line>");
    let anonymous = site(&imported, "anon- v6-x");
    assert_eq!((anonymous.host(), anonymous.user.as_deref()), ("2001:db8::1", None));
    assert_eq!((anonymous.security, anonymous.port), (Security::Implicit, None));
    assert_eq!(anonymous.folder.as_deref(), Some("Mirrors & more"));
    let asking = site(&imported, "asking");
    assert_eq!((asking.user(), &asking.password), ("ann", &PasswordRef::Ask));
    assert_eq!(asking.security, Security::None);
    assert_eq!(
        losses(&imported),
        [
            "4 anon: v6/x: imported as “anon- v6-x”",
            "49 lab vsftpd 1: not imported: the local directory",
            "52 lab vsftpd 1: not imported: directory comparison",
        ]
    );
}

#[test]
fn filezilla_variants() {
    let server = |inner: &str| {
        let text = format!("<FileZilla3><Servers><Server>{inner}</Server></Servers></FileZilla3>");
        read(Program::FileZilla, &text).unwrap()
    };
    let old = server("<Host>h</Host><User>u</User><Pass>p&amp;q</Pass><Logontype>1</Logontype>Old");
    assert_eq!((old.sites[0].name.as_str(), &old.sites[0].password), ("Old", &plain("p&q")));
    let sftp = server("<Host>h</Host><Protocol>1</Protocol><Name>s</Name>");
    assert!(sftp.sites.is_empty());
    assert!(losses(&sftp)[0].contains("s: skipped: it uses SFTP"), "{:?}", losses(&sftp));
    let master = server(
        "<Host>h</Host><User>u</User><Logontype>1</Logontype>\
         <Pass encoding=\"crypt\" pubkey=\"abc\">hunter2</Pass>",
    );
    assert_eq!(master.sites[0].password, PasswordRef::Ask);
    assert_eq!(losses(&master), ["1 h: the password is encrypted; fxpane will prompt for it"]);
    let recent = "<FileZilla3><RecentServers><Server><Host>r</Host><Port>2121</Port></Server>\
                  </RecentServers></FileZilla3>";
    assert_eq!(read(Program::FileZilla, recent).unwrap().sites[0].port, Some(2121));
    for (path, shown) in [
        ("1 0", Some("/")),
        ("1 0 3 a b 1 ü", Some("/a b/ü")),
        ("3 0 2 C:", None),
        ("1 0 x", None),
        ("nonsense", None),
        ("1 0 99999999999999999999 a", None),
        ("1 0 9 short", Some("/short")),
    ] {
        let imported = server(&format!("<Host>h</Host><RemoteDir>{path}</RemoteDir>"));
        assert_eq!(start(&imported.sites[0]).as_deref(), shown, "{path}");
    }
}

#[test]
fn invalid_and_hostile_xml() {
    for text in [
        "",
        "no xml",
        "<FileZilla3>",
        "<FileZilla3></Servers>",
        "<html></html>",
        "<FileZilla3><Servers><Server><Host>&bomb;</Host></Server></Servers></FileZilla3>",
        &"<a>".repeat(10_000),
    ] {
        let error = read(Program::FileZilla, text).unwrap_err();
        assert!(matches!(error, SiteImportError::Other { .. }), "{error}");
        assert!(error.to_string().contains("this is not a site list of FileZilla"), "{error}");
    }
}

#[test]
fn lftp() {
    let imported = imported(Program::Lftp, "lftp-bookmarks");
    for (name, host, user, security, path) in [
        ("anon", "ftp.example.net", None, Security::Auto, None),
        ("inet-abs", "192.0.2.12", Some("fxp"), Security::Auto, Some("/tmp")),
        ("inet-home", "192.0.2.12", Some("fxp"), Security::Auto, None),
        ("inet-sub", "192.0.2.12", Some("fxp"), Security::Auto, Some("/home/fxp/imp")),
        ("lab-sub", "192.0.2.2", Some("fxp"), Security::Auto, Some("sub dir")),
        ("plain", "ftp.example.org", None, Security::Auto, Some("pub/")),
        ("sec", "ftp.example.org", Some("joe"), Security::Implicit, Some("/data/x y/")),
        ("six", "::1", Some("joe"), Security::Auto, Some("a")),
        ("tls", "h", None, Security::Explicit, None),
    ] {
        let site = site(&imported, name);
        assert_eq!((site.host(), site.user.as_deref()), (host, user), "{name}");
        assert_eq!((site.security, start(site).as_deref()), (security, path), "{name}");
    }
    assert_eq!(site(&imported, "inet-abs").password, plain("hunter2"));
    assert_eq!(
        losses(&imported),
        [
            "8 loc: skipped: it is a local directory",
            "11 s: skipped: it uses sftp://, which fxpane does not support",
        ]
    );
}

#[test]
fn midnight_commander() {
    let imported = imported(Program::Mc, "mc-hotlist");
    let names: Vec<_> = imported.sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["old", "lab", "nas one"]);
    let nas = site(&imported, "nas one");
    assert_eq!((nas.host(), nas.port(), nas.user()), ("nas.local", 2121, "joe"));
    assert_eq!(nas.password, plain("hunter2"));
    assert_eq!(start(nas).as_deref(), Some("/data/x y"));
    assert_eq!(site(&imported, "old").host(), "ftp.example.org");
    assert_eq!(
        losses(&imported),
        [
            "3 tmp: skipped: it is a local directory",
            "4 shell: skipped: it uses sh://, which fxpane does not support",
        ]
    );
    let nested = read(
        Program::Mc,
        "GROUP \"a\"\n  GROUP \"b \\\"c\\\"\"\n    ENTRY \"x\" URL \"ftp://h/\"\n  ENDGROUP\n\
         ENDGROUP\n# note\nENTRY \"x\" URL \"ftp://g\"\nENTRY broken\n",
    )
    .unwrap();
    assert_eq!(nested.sites[0].folder.as_deref(), Some("a/b \"c\""));
    assert_eq!((nested.sites[1].name.as_str(), &nested.sites[1].folder), ("x 2", &None));
    assert_eq!(losses(&nested), ["7 x: imported as “x 2”", "8 : line not recognized"]);
    assert!(read(Program::Mc, "<xml/>").is_err());
}

#[test]
fn cbftp() {
    let imported = imported(Program::Cbftp, "cbftp-data");
    assert_eq!(imported.sites.len(), 2);
    let one = site(&imported, "ONE");
    assert_eq!(one.hosts, ["ftp1.example.org", "ftp2.example.org", "2001:db8::1"]);
    assert_eq!((one.port(), one.user(), one.max_sessions), (2121, "joe", 6));
    assert_eq!(one.password, plain("hunter2"));
    assert_eq!((one.security, one.data_protection), (Security::Explicit, DataProtection::Require));
    assert_eq!((one.pret, one.xdupe), (Switch::Yes, Switch::No));
    assert_eq!((one.passive, one.fxp_passive), (Switch::No, Switch::No));
    assert_eq!(
        (one.list_command, one.ignore_features.join(" ")),
        (ListCommand::Auto, "CPSV".into())
    );
    assert_eq!(one.files.skip, Patterns::new("*.nfo/tmp*"));
    assert_eq!(one.dirs.skip, Patterns::new("tmp*"));
    assert_eq!(
        (one.extra["section ISO"].as_str(), one.extra["note"].as_str()),
        ("/pub/iso", "first; second")
    );
    let proxy = one.proxy.as_ref().unwrap();
    assert_eq!(
        (proxy.host.as_str(), proxy.port, proxy.user.as_deref()),
        ("gate.example", 1081, Some("me"))
    );
    assert_eq!(proxy.password, plain("hunter2"));
    let two = site(&imported, "TWO");
    assert_eq!((two.security, two.data_protection), (Security::None, DataProtection::Off));
    assert_eq!((two.list_command, two.max_sessions), (ListCommand::List, 4));
    assert_eq!((&two.proxy, &two.start_path, &two.user), (&None, &None, &None));
    assert_eq!(two.password, plain("old"));
    assert_eq!(
        losses(&imported),
        [
            "33 ONE: not imported: affils",
            "36 ONE: not imported: a skip list entry that is not a simple pattern",
            "37 ONE: not imported: a skip list entry that is not a simple pattern",
            "47 TWO: not imported: the site is disabled",
            "49 NONE: skipped: it has no address",
        ]
    );
    let encrypted = parse(Program::Cbftp, Path::new("data"), b"Salted__\x01\x02\xff");
    assert!(matches!(encrypted, Err(SiteImportError::Encrypted(_))));
    assert!(matches!(read(Program::Cbftp, "x = 1\n"), Err(SiteImportError::Other { .. })));
}

#[test]
fn fxp_one_sites() {
    let imported = imported(Program::FxpOne, "fxp-one-sites");
    let names: Vec<_> = imported.sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["local box", "a-b"]);
    let music = site(&imported, "local box");
    assert_eq!(
        (music.port(), music.security, start(music)),
        (56688, Security::Explicit, Some("/music".into()))
    );
    assert_eq!(music.extra["svdcmds"], "U0lURSBXSE8");
    assert_eq!(site(&imported, "a-b").security, Security::None);
    assert_eq!(
        losses(&imported),
        [
            "3 a/b: not imported: bind_address: invalid value",
            "3 a/b: imported as “a-b”",
            "4 files: skipped: it is a local directory",
        ]
    );
    let encrypted = parse(Program::FxpOne, Path::new("s"), b"\x93\x01\xfe|x\n\xee");
    assert!(encrypted.unwrap_err().to_string().contains("this is not an unencrypted site file"));
}

#[test]
fn netrc_from_another_machine() {
    let imported = imported(Program::Netrc, "netrc");
    let names: Vec<_> = imported.sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names, ["ftp.example.org", "up.example.org"]);
    assert_eq!(imported.sites[0].password, plain("hunter2"));
    assert_eq!(
        losses(&imported),
        [
            "4 up.example.org: not imported: the account (ACCT)",
            "4 up.example.org: not imported: the macro init",
            "8 default: skipped: it applies to any host",
        ]
    );
    assert!(matches!(read(Program::Netrc, "what is this"), Err(SiteImportError::Netrc(_))));
}

#[test]
fn no_import_contains_a_command() {
    let text = "[[site]]\nname = \"a\"\nhost = \"h\"\npassword = { command = \"rm -rf ~\" }\n\
                proxy = { host = \"p\", user = \"u\", password = { command = \"x\" } }\n\
                [[site]]\nname = \"b\"\nhost = \"h\"\npassword = { env = \"B\" }\n";
    let imported = read(Program::Fxpane, text).unwrap();
    assert_eq!(imported.sites[0].password, PasswordRef::Ask);
    assert_eq!(imported.sites[0].proxy.as_ref().unwrap().password, PasswordRef::Ask);
    assert_eq!(imported.sites[1].password, PasswordRef::Env("B".to_owned()));
    assert_eq!(imported.losses.iter().filter(|loss| loss.kind == LossKind::Command).count(), 2);
    for (program, text) in [
        (Program::Lftp, "a ftp://u:{command=x}@h/\n"),
        (Program::FxpOne, "SITE|NAME=a|HOST=h|USER=u|PASS={ command = \"x\" }\n"),
    ] {
        let imported = read(program, text).unwrap();
        assert!(matches!(imported.sites[0].password, PasswordRef::Plain(_)), "{imported:?}");
    }
}

#[test]
fn existing_sites_are_not_changed() {
    let file = "a ftp://joe@one.example\nb ftp://two.example\nc ftp://three.example\n";
    let existing: Sites =
        read(Program::Lftp, "a ftp://joe@one.example\nb ftp://other.example\nb 2 x\n")
            .unwrap()
            .sites
            .into_iter()
            .collect();
    let (changes, losses) = read(Program::Lftp, file).unwrap().changes(&existing);
    let added: Vec<_> = changes
        .iter()
        .map(|change| match change {
            SiteChange::Add(site) => (site.name.as_str(), site.host()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(added, [("b 2", "two.example"), ("c", "three.example")]);
    let kinds: Vec<_> = losses.iter().map(|loss| loss.kind.clone()).collect();
    assert_eq!(kinds, [LossKind::Exists, LossKind::Renamed("b 2".to_owned())]);

    // a site is the same if the file lacks its password
    let existing = read(Program::Lftp, "a ftp://joe:secret@one.example\n").unwrap().sites;
    let existing: Sites = existing.into_iter().collect();
    let again = |file| read(Program::Lftp, file).unwrap().changes(&existing).0.len();
    assert_eq!(again("a ftp://joe@one.example\n"), 0);
    assert_eq!(again("a ftp://joe:other@one.example\n"), 1);
}

#[test]
fn hostile_values_are_rejected() {
    for (program, text) in [
        (Program::FxpOne, "SITE|NAME=a\u{1b}[2J|HOST=h|USER=u\u{7}x\n"),
        (Program::Cbftp, "SiteManager.a$addr=h\nSiteManager.a$user=u\u{8}x\n"),
        (Program::Mc, "ENTRY \"a\u{202e}b\" URL \"ftp://h/x\"\n"),
    ] {
        let imported = read(program, text).unwrap();
        for site in &imported.sites {
            fields::check(site).unwrap();
        }
        let shown: String = imported.losses.iter().map(ToString::to_string).collect();
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{shown}");
    }
}

proptest! {
    #[test]
    fn imports_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..60),
        text in "(SiteManager\\.a\\$|SITE\\|NAME=|ENTRY \"|ftp://|machine |<FileZilla3>|\\[|=|:|\\PC|\n){0,12}",
    ) {
        for (_, program) in Program::WORDS {
            for content in [&bytes[..], text.as_bytes()] {
                if let Ok(imported) = parse(*program, Path::new("f"), content) {
                    for site in &imported.sites {
                        prop_assert!(fields::check(site).is_ok(), "{:?}", site);
                    }
                }
            }
        }
    }
}

//! Tests of [`super::Location`]: URLs, saved sites, local paths, and their algebra.

use proptest::prelude::*;

use super::*;
use crate::site::{PasswordRef, Security};

fn sites() -> Sites {
    let mut nas = Site::new("nas.example");
    nas.name = "nas".to_owned();
    nas.start_path = Some("/data".into());
    let mut mirror = Site::new("ftp.example.org");
    mirror.name = "mirror-eu".to_owned();
    [nas, mirror].into_iter().collect()
}

fn remote(text: &str) -> (Site, String, Option<TransferType>) {
    let parsed = Location::parse(text, &sites()).unwrap();
    let (site, path) = parsed.location.remote().expect(text);
    (Site::clone(site), path.to_string(), parsed.transfer_type)
}

fn error(text: &str) -> String {
    Location::parse(text, &sites()).expect_err(text).to_string()
}

#[test]
fn urls_give_host_port_security_and_path() {
    for (text, host, port, security, path) in [
        ("ftp://host", "host", 21, Security::Auto, ""),
        ("ftp://host/", "host", 21, Security::Auto, "/"),
        ("FTP://host/a%20b", "host", 21, Security::Auto, "/a b"),
        ("ftpes://host:2121/a/b/", "host", 2121, Security::Explicit, "/a/b/"),
        ("ftps://host/a", "host", 990, Security::Implicit, "/a"),
        ("ftps://host:/a", "host", 990, Security::Implicit, "/a"),
        ("ftp://[2001:db8::1]:2121/a", "2001:db8::1", 2121, Security::Auto, "/a"),
        ("ftp://[::1]", "::1", 21, Security::Auto, ""),
        ("ftp://[fe80::1%25eth0]/x", "fe80::1%eth0", 21, Security::Auto, "/x"),
        ("ftp://host//etc/x", "host", 21, Security::Auto, "/etc/x"),
        ("ftp://host/%2Fetc/x", "host", 21, Security::Auto, "/etc/x"),
        ("ftp://host/a?b#c", "host", 21, Security::Auto, "/a?b#c"),
        ("ftp://bücher.example/ü", "bücher.example", 21, Security::Auto, "/ü"),
    ] {
        let (site, shown, _) = remote(text);
        assert_eq!((site.host(), site.port(), site.security), (host, port, security), "{text}");
        assert_eq!(shown, path, "{text}");
        assert_eq!(site.user, None, "{text}");
    }
}

#[test]
fn percent_decoding_gives_raw_bytes() {
    let parsed = Location::parse("ftp://host/caf%E9%25", &sites()).unwrap();
    assert_eq!(parsed.location.remote().unwrap().1.as_bytes(), b"/caf\xe9%");
}

#[test]
fn a_login_in_a_url_is_used_and_never_displayed() {
    for (text, user, password) in [
        ("ftp://joe:hunter2@host/x", Some("joe"), Some("hunter2")),
        ("ftp://joe:p%40s%3As%2F@host/x", Some("joe"), Some("p@s:s/")),
        ("ftp://joe:p@ss@host/x", Some("joe"), Some("p@ss")),
        ("ftp://joe%40corp@host", Some("joe@corp"), None),
        ("ftp://joe:@host", Some("joe"), Some("")),
        ("ftp://:hunter2@host", None, Some("hunter2")),
        ("ftp://@host", None, None),
        ("ftp://joe:<xor>MiYvPiwsKG8tOw==@host/x", Some("joe"), Some("mypassw0rd")),
    ] {
        let (site, ..) = remote(text);
        assert_eq!(site.user.as_deref(), user, "{text}");
        match (&site.password, password) {
            (PasswordRef::Ask, None) => {}
            (PasswordRef::Plain(secret), Some(password)) => assert_eq!(secret.reveal(), password),
            other => panic!("{text}: {other:?}"),
        }
        let location = Location::parse(text, &sites()).unwrap().location;
        let shown = format!("{location} {location:?} {:?} {}", location.to_url(), site.key());
        for secret in ["hunter2", "p@s", "mypassw0rd", "MiYv"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn a_url_may_end_with_a_transfer_type() {
    use TransferType::{Binary, Directory, Text};
    for (text, path, transfer_type) in [
        ("ftp://h/a.txt;type=a", "/a.txt", Some(Text)),
        ("ftp://h/a.txt;TYPE=I", "/a.txt", Some(Binary)),
        ("ftp://h/a;type=d", "/a", Some(Directory)),
        ("ftp://u:p@h:2121/dir/a.bin@type=i", "/dir/a.bin", Some(Binary)),
        ("ftp://h/a@type=a", "/a", Some(Text)),
        ("ftp://h/a;type=a/b", "/a;type=a/b", None),
        ("ftp://h/a%3Btype=a", "/a;type=a", None),
        ("ftp://h/a", "/a", None),
    ] {
        let (_, shown, found) = remote(text);
        assert_eq!((shown.as_str(), found), (path, transfer_type), "{text}");
    }
}

#[test]
fn a_saved_name_before_the_colon_selects_the_site() {
    for (text, site, path) in [
        ("nas:/x/y", "nas", "/x/y"),
        ("nas:", "nas", "/data"),
        ("nas:x", "nas", "/data/x"),
        ("mirror-eu:", "mirror-eu", ""),
        ("mirror-eu:pub", "mirror-eu", "pub"),
        ("mirror-eu:/a:b%20", "mirror-eu", "/a:b%20"),
        ("nas:/odd://name", "nas", "/odd://name"),
    ] {
        let (found, shown, _) = remote(text);
        assert_eq!((found.name.as_str(), shown.as_str()), (site, path), "{text}");
    }
}

#[test]
fn anything_else_is_local() {
    for text in ["file", "./nas:x", "/a:b", "a/b:c", ":x", "nas", ".", "./a://b"] {
        let parsed = Location::parse(text, &sites()).unwrap();
        assert_eq!(parsed.location, Location::Local(text.into()), "{text}");
    }
}

#[test]
fn a_bare_name_selects_the_site_where_only_servers_are_valid() {
    let parsed = Location::parse_remote("nas", &sites()).unwrap();
    assert_eq!(parsed.location.to_string(), "nas:/data");
    assert!(Location::parse_remote("ftp://h/x", &sites()).is_ok());
    let error = Location::parse_remote("nsa", &sites()).unwrap_err();
    assert!(error.to_string().contains("did you mean “nas”?"), "{error}");
    assert!(Location::parse_remote("/tmp", &sites()).is_err());
}

#[test]
fn errors_give_cause_and_remedy() {
    for (text, parts) in [
        ("nass:/x", &["no site is called “nass”", "“nas”?", "./nass:…"][..]),
        ("", &["empty"]),
        ("nas:/a\nb", &["line break"]),
        ("sftp://h/x", &["“sftp://”", "ftpes://"]),
        ("ftp:///x", &["no host"]),
        ("ftp://u:p@/x", &["no host"]),
        ("ftp://::1/x", &["brackets"]),
        ("ftp://[::1/x", &["brackets"]),
        ("ftp://[nonsense]/x", &["brackets"]),
        ("ftp://[::1]x/", &["brackets"]),
        ("ftp://a b/x", &["not a valid host name"]),
        ("ftp://h:0/x", &["“0” is not a valid port"]),
        ("ftp://h:65536/x", &["“65536” is not a valid port"]),
        ("ftp://h:+1/x", &["not a valid port"]),
        ("ftp://h/%4", &["%25"]),
        ("ftp://h/%zz", &["%25"]),
        ("ftp://h/a%0d%0aDELE%20b", &["line break"]),
        ("ftp://h/a%00", &["NUL"]),
        ("ftp://a%0d%0ab@h/x", &["user", "control characters"]),
        ("ftp://a:%FF@h/x", &["password", "UTF-8"]),
        ("ftp://h/x;type=z", &["“z” is not a valid transfer type"]),
        ("ftp://h/x@type=d", &["transfer type"]),
        ("ftp://h:<xor>!@h/", &["<xor>"]),
    ] {
        let shown = error(text);
        for part in parts {
            assert!(shown.contains(part), "{text}: {shown}");
        }
    }
    assert!(!error("ftp://joe:hunter2@h:99999/x").contains("hunter2"));
    assert!(!error("joe:hunter2@host/x").contains("hunter2"));
    assert!(!error("\x1b[31m:x").contains('\x1b'));
}

proptest! {
    #[test]
    fn urls_survive_a_round_trip(
        user in proptest::option::of("[^\\p{Cc}]{1,8}"),
        host in "[a-z0-9][a-z0-9.-]{0,10}|2001:db8::[1-9]",
        port in proptest::option::of(1_u16..),
        security in prop_oneof![
            Just(Security::Auto), Just(Security::Explicit), Just(Security::Implicit)
        ],
        path in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..20)),
    ) {
        let mut site = Site::new(host);
        (site.user, site.port, site.security) = (user, port, security);
        let path = path.map_or_else(Vec::new, |mut path| {
            path.retain(|b| !matches!(b, b'\r' | b'\n' | 0));
            while path.first() == Some(&b'/') {
                path.remove(0);
            }
            path.insert(0, b'/');
            path
        });
        let location = Location::Remote { site: Arc::new(site), path: RemotePath::new(path) };
        let url = location.to_url().unwrap();
        let parsed = Location::parse(&url, &Sites::new()).unwrap();
        prop_assert_eq!(parsed, Parsed { location, transfer_type: None });
    }

    #[test]
    fn the_parser_never_panics_or_accepts_a_line_break(text in "\\PC{0,30}") {
        for text in [text.clone(), format!("ftp://{text}"), format!("nas:{text}")] {
            if let Ok(parsed) = Location::parse(&text, &sites())
                && let Some((_, path)) = parsed.location.remote()
            {
                prop_assert!(!path.as_bytes().iter().any(|b| b"\r\n\0".contains(b)));
            }
        }
    }
}

#[test]
fn a_slash_in_a_login_is_reported_without_the_login() {
    let error = Location::parse("ftp://joe:hun/ter2@host/pub", &Sites::new()).unwrap_err();
    assert_eq!(error, UrlError::SlashInLogin.into());
    let shown = error.to_string();
    assert!(!shown.contains("hun") && !shown.contains("ter2") && shown.contains("%2F"), "{shown}");
    // an @ in a path does not belong to a login
    assert!(Location::parse("ftp://host:21/a@b", &Sites::new()).is_ok());
}

#[test]
fn passwords_in_urls_are_masked_in_user_input() {
    for (text, masked) in [
        ("no ftp://joe:hunter2@h/a and //u:p@ss@h", "no ftp://joe:****@h/a and //u:****@h"),
        ("ftp://joe@h:21/x", "ftp://joe@h:21/x"),
        ("ftp:// a:b@c", "ftp:// a:b@c"),
        ("ä//ü:ö@é//", "ä//ü:****@é//"),
    ] {
        assert_eq!(crate::site::url::masked(text), masked);
    }
    let error = Location::parse_remote("ftp//joe:hunter2@h/a", &Sites::new()).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

fn on_h(path: &str) -> Location {
    Location::Remote { site: Arc::new(Site::new("h")), path: path.into() }
}

#[test]
fn typed_paths_are_resolved() {
    for (from, path, to) in [
        ("/pub", "a", "/pub/a"),
        ("/pub", "/etc/", "/etc/"),
        ("/pub/x", "../y", "/pub/y"),
        ("/pub", "../../..", "/"),
        ("/pub", "./a/./b", "/pub/a/b"),
        ("", "a", "a"),
        ("", "../a", "../a"),
        ("/a b", " c ", "/a b/ c "),
    ] {
        assert_eq!(on_h(from).resolve(path), on_h(to), "{from} {path}");
    }
    let local = Location::Local("/a/b".into());
    assert_eq!(local.resolve("../c"), Location::Local("/a/c".into()));
    assert_eq!(local.resolve("/"), Location::Local("/".into()));
}

#[test]
fn children_and_parents() {
    assert_eq!(on_h("/a/b").parent(), Some(on_h("/a")));
    assert_eq!(on_h("/").parent(), None);
    assert_eq!(on_h("").parent(), None);
    assert_eq!(on_h("a").parent(), Some(on_h("")));
    assert_eq!(on_h("..").parent(), None);
    assert_eq!(Location::Local("/".into()).parent(), None);
    assert_eq!(on_h("/a").child(b"b"), Some(on_h("/a/b")));
    assert_eq!(on_h("/a").child(b"../b"), None);
    assert_eq!(on_h("/a").child(b"b\n"), None);
    assert_eq!(Location::Local("/a/b".into()).name(), b"b");
    assert_eq!(Location::Local("/a/b".into()).root(), Location::Local("/".into()));
}

#[test]
fn a_trailing_slash_makes_no_difference() {
    assert!(on_h("/a/").same(&on_h("/a")));
    assert!(on_h("/").same(&on_h("//")));
    assert!(!on_h("/").same(&on_h("")));
    assert!(!on_h("/a").same(&Location::Local("/a".into())));
}

#[test]
fn overlapping_locations_are_on_one_site() {
    let local = |path: &str| Location::Local(path.into());
    for (a, b, overlaps) in [
        (on_h("/a"), on_h("/a/b"), true),
        (on_h("/a/b"), on_h("/a/"), true),
        (on_h("/a"), on_h("/ab"), false),
        (local("/a"), local("/a/b"), true),
        (local("/a"), local("/b"), false),
        (on_h("/a"), local("/a"), false),
        (on_h("/a"), Location::Remote { site: Arc::new(Site::new("g")), path: "/a".into() }, false),
    ] {
        assert_eq!(a.overlaps(&b), overlaps, "{a} {b}");
    }
}

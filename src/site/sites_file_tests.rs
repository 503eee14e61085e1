//! Tests of `sites.toml`: reading, error messages, and changes that keep the user's formatting.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::base::{Patterns, Secret};
use crate::site::{Security, Switch};

const FILE: &str = r#"# my servers
# (two of them)

# the fast one
[[site]]
name = "mirror-eu"  # in Frankfurt
host = ["ftp1.example.org", "ftp2.example.org"]
# encrypted only
data_protection = "require"
user = "joe"
password = { env = "MIRROR_PASSWORD" }

# at home
[[site]]
name = "nas"
host = "nas.local"
passive = true

[site.extra]
note = "upstairs"   # really
"#;

fn source(text: &str) -> SourceText {
    SourceText::new("sites.toml", text)
}

fn after(text: &str, changes: &[SiteChange]) -> String {
    changed(&source(text), changes).unwrap().0
}

fn named(name: &str, host: &str) -> Site {
    let mut site = Site::new(host);
    site.name = name.to_owned();
    site
}

fn edit(text: &str, name: &str, edit: impl Fn(&mut Site)) -> String {
    let mut site = Site::clone(parse(&source(text)).unwrap().find(name).unwrap());
    edit(&mut site);
    after(text, &[SiteChange::Replace { name: name.to_owned(), site: Box::new(site) }])
}

#[test]
fn a_file_is_read() {
    let sites = parse(&source(FILE)).unwrap();
    assert_eq!(sites.len(), 2);
    let mirror = sites.find("mirror-eu").unwrap();
    assert_eq!(mirror.hosts, ["ftp1.example.org", "ftp2.example.org"]);
    assert_eq!(mirror.password, PasswordRef::Env("MIRROR_PASSWORD".to_owned()));
    let nas = sites.find("nas").unwrap();
    assert_eq!((nas.passive, nas.security), (Switch::Yes, Security::Auto));
    assert_eq!(nas.extra.get("note").map(String::as_str), Some("upstairs"));
    assert!(parse(&source("")).unwrap().is_empty());
    assert_eq!(parse(&source("site = [{ name = \"a\", host = \"b\" }]")).unwrap().len(), 1);
}

#[test]
fn a_change_keeps_comments_and_order() {
    let text = edit(FILE, "mirror-eu", |site| site.port = Some(2121));
    let expected = FILE.replace(
        "password = { env = \"MIRROR_PASSWORD\" }\n",
        "password = { env = \"MIRROR_PASSWORD\" }\nport = 2121\n",
    );
    assert_eq!(text, expected);

    let text = edit(FILE, "mirror-eu", |site| site.name = "mirror".to_owned());
    assert_eq!(text, FILE.replace("\"mirror-eu\"", "\"mirror\""));

    let text = edit(FILE, "mirror-eu", |site| site.user = None);
    assert_eq!(text, FILE.replace("user = \"joe\"\n", ""));

    // a value that means the same keeps its spelling
    assert_eq!(edit(FILE, "nas", |_| ()), FILE);
}

#[test]
fn sites_are_added_and_removed() {
    let text = after(FILE, &[SiteChange::Add(Box::new(named("new", "h")))]);
    assert_eq!(text, format!("{FILE}\n[[site]]\nname = \"new\"\nhost = \"h\"\n"));

    let text = after(FILE, &[SiteChange::Remove("mirror-eu".to_owned())]);
    assert!(text.starts_with("# my servers\n# (two of them)\n\n# at home\n[[site]]\n"), "{text}");
    assert!(!text.contains("fast one"));

    let both = [SiteChange::Remove("mirror-eu".to_owned()), SiteChange::Remove("nas".to_owned())];
    let text = after(FILE, &both);
    assert_eq!(text, "# my servers\n# (two of them)\n\n");
    let text = after(&text, &[SiteChange::Add(Box::new(named("a", "h")))]);
    let header = "# my servers\n# (two of them)\n\n";
    assert_eq!(text, format!("{header}[[site]]\nname = \"a\"\nhost = \"h\"\n"));

    let text = after("", &[SiteChange::Add(Box::new(named("a", "::1")))]);
    assert_eq!(text, "[[site]]\nname = \"a\"\nhost = \"::1\"\n");
}

#[test]
fn invalid_changes_are_refused() {
    let error = |change: SiteChange| changed(&source(FILE), &[change]).unwrap_err().to_string();
    assert!(error(SiteChange::Remove("nass".to_owned())).contains("did you mean “nas”?"));
    assert!(error(SiteChange::Add(Box::new(named("nas", "h")))).contains("already"));
    let rename = SiteChange::Replace { name: "nas".into(), site: named("mirror-eu", "h").into() };
    assert!(error(rename).contains("already"));
    assert!(error(SiteChange::Add(Box::new(named("a:b", "h")))).contains("“name” must be"));
    assert!(error(SiteChange::Add(Box::new(named("a", "h h")))).contains("“host” must be"));
    let mut hostless = named("a", "h");
    hostless.hosts.clear();
    assert!(error(SiteChange::Add(Box::new(hostless))).contains("“host” must be"));
}

#[test]
fn errors_have_a_position_and_a_remedy() {
    for (text, shown) in [
        ("[[sites]]\nname = \"a\"", "1:3: unknown key “sites”; did you mean “site”?"),
        (
            "[site]\nname = \"a\"",
            "1:2: “site” must be a list of tables, each starting with [[site]]",
        ),
        ("[[site]]\nhost = \"a\"", "1:1: the name of the site is missing"),
        ("\n[[site]]\nname = \"a\"", "2:1: the host of the site is missing"),
        (
            "[[site]]\nname = \"a\"\nhost = \"b\"\npasive = \"yes\"",
            "4:1: unknown key “pasive”; did you mean “passive”?",
        ),
        (
            "[[site]]\nname = \"a\"\nhost = \"b\"\npassive = \"maybe\"",
            "4:11: “passive” must be one of \"auto\", \"yes\", \"no\"",
        ),
        (
            "[[site]]\nname = \"a\"\nhost = \"b\"\n[[site]]\nname = \"a\"\nhost = \"c\"",
            "5:8: duplicate name “a”; names must be unique",
        ),
        ("[[site]]\nname = \"a/b\"\nhost = \"b\"", "2:8: “name” must be a name without"),
    ] {
        let problems = parse(&source(text)).unwrap_err().to_string();
        assert!(problems.starts_with(&format!("sites.toml:{shown}")), "{text}\n{problems}");
    }
}

#[test]
fn an_invalid_password_is_never_quoted() {
    for entry in [
        "\"hunter2\"",
        "{ plain = [\"hunter2\"] }",
        "{ plain = \"<xor>hunter2!\" }",
        "{ plan = \"hunter2\" }",
        "{ env = \"X\", plain = \"hunter2\" }",
    ] {
        let text = format!("[[site]]\nname = \"a\"\nhost = \"b\"\npassword = {entry}\n");
        let problems = parse(&source(&text)).unwrap_err().to_string();
        assert!(problems.starts_with("sites.toml:4:12: “password” must be"), "{problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }
}

#[test]
fn a_broken_file_is_never_overwritten() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("sites.toml");
    let broken = "[[site]]\nname = \"a\"\nhost = \n";
    fs::write(&path, broken).unwrap();
    assert!(load(&path).unwrap_err().to_string().contains("sites.toml:3:"));
    let add = [SiteChange::Add(Box::new(named("b", "h")))];
    assert!(matches!(change(&path, &add), Err(SitesError::File(ConfigError::Problems(_)))));
    assert_eq!(fs::read_to_string(&path).unwrap(), broken);
}

#[test]
fn a_site_is_edited_as_text() {
    let file = "# mine\n\n# first\n[[site]]\nname = \"a\" # an a\nhost = \"h\"\n\n\
                # second\n[[site]]\nhost = \"i\"\nname = \"b\"\n[site.extra]\nnote = \"x\"\n\n\
                [[site]]\nname = \"c\"\nhost = \"j\"\n# the end\n";
    let a = text_of(&source(file), "a").unwrap();
    assert_eq!(a, "# first\n[[site]]\nname = \"a\" # an a\nhost = \"h\"\n");
    let b = text_of(&source(file), "b").unwrap();
    assert_eq!(
        b,
        file[file.find("# second").unwrap()..file.find("\n[[site]]\nname = \"c\"").unwrap()]
    );
    let rewrite = |name: &str, text: &str| {
        let text = SourceText::new("record", text);
        let change = SiteChange::Rewrite { name: name.to_owned(), text };
        changed(&source(file), &[change]).map(|(text, _)| text)
    };
    // an unchanged text leaves the file as it was
    assert_eq!(rewrite("a", &a).unwrap(), file);
    assert_eq!(rewrite("b", &b).unwrap(), file);
    let other = rewrite("b", &b.replace("# second", "# 2nd").replace("\"b\"", "\"bb\"")).unwrap();
    assert_eq!(other, file.replace("# second", "# 2nd").replace("\"b\"", "\"bb\""));
    assert!(matches!(text_of(&source(file), "x"), Err(SitesError::Unknown { .. })));
    assert!(matches!(rewrite("a", ""), Err(SitesError::NotOne(0))));
    assert!(matches!(rewrite("a", file), Err(SitesError::NotOne(3))));
    assert!(matches!(rewrite("a", &a.replace("\"a\"", "\"b\"")), Err(SitesError::Exists(_))));
    assert!(matches!(rewrite("a", "[[site]]\nname = 1"), Err(SitesError::File(_))));
}

#[test]
fn plain_passwords_cause_a_warning() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("config/sites.toml");
    let mut site = named("a", "h");
    site.password = PasswordRef::Plain(Secret::from("hunter2"));
    change(&path, &[SiteChange::Add(Box::new(site))]).unwrap();
    let loaded = load(&path).unwrap();
    let plain = SitesWarning::PlainPasswords(vec!["a".to_owned()]);
    assert_eq!(loaded.warnings, std::slice::from_ref(&plain));
    assert_eq!(
        plain.to_string(),
        "passwords are stored unencrypted in sites.toml (a); use { vault = \"NAME\" } or \
         { command = \"pass show …\" } instead"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let warnings = load(&path).unwrap().warnings;
        assert_eq!(warnings[0], SitesWarning::ReadableByOthers(path.clone()));
        assert!(warnings[0].to_string().contains("chmod 600"));
        // every change restricts the permissions again
        change(&path, &[SiteChange::Add(Box::new(named("b", "h")))]).unwrap();
        assert_eq!(load(&path).unwrap().warnings, [plain]);
    }
}

#[test]
fn an_export_has_no_passwords_by_default() {
    let mut site = named("a", "h");
    site.password = PasswordRef::Plain(Secret::from("hunter2"));
    site.proxy = Some(crate::site::SiteProxy {
        host: "p".to_owned(),
        port: 1080,
        user: Some("u".to_owned()),
        password: PasswordRef::Plain(Secret::from("hunter2")),
    });
    let without = export(&[&site], false);
    assert!(!without.contains("hunter2"), "{without}");
    let with = parse(&source(&export(&[&site], true))).unwrap();
    assert_eq!(**with.find("a").unwrap(), site);
    let record = format!("{:?}", fields::record(&site, true));
    assert!(!record.contains("hunter2"), "{record}");
}

/// A value other than the default for each field.
const OTHER: &[(&str, &str)] = &[
    ("name", "\"other\""),
    ("folder", "\"work/eu\""),
    ("host", "[\"a.example\", \"fe80::1%eth0\"]"),
    ("port", "2121"),
    ("user", "\"joe\""),
    ("password", "{ command = \"pass show x\" }"),
    ("security", "\"implicit\""),
    ("data_protection", "\"require\""),
    ("min_tls", "\"1.3\""),
    ("client_certificate", "{ certificate = \"~/c.pem\", key = \"/k.pem\" }"),
    ("passive", "\"no\""),
    ("fxp_role", "\"active\""),
    ("fxp_address", "\"203.0.113.7\""),
    ("fxp_allow_addresses", "[\"10.0.0.0/8\", \"192.0.2.1\"]"),
    ("max_sessions", "8"),
    ("start_path", "{ base64 = \"L2P/\" }"),
    ("use_temp_name", "\"never\""),
    ("read_only", "true"),
    ("resume", "\"no\""),
    ("resume_last", "true"),
    ("skip_files", "\"*.nfo/*.txt\""),
    ("pass_files", "\"*.iso\""),
    ("first_files", "\"*.sfv\""),
    ("skip_empty_files", "true"),
    ("skip_dirs", "\"tmp\""),
    ("pass_dirs", "\"rel*\""),
    ("first_dirs", "\"a*\""),
    ("skip_empty_dirs", "true"),
    ("list_command", "\"stat\""),
    ("list_args", "\"-la\""),
    ("list_type", "\"ascii\""),
    ("encoding", "\"windows-1252\""),
    ("time_offset", "\"-05:30\""),
    ("pret", "\"yes\""),
    ("ignore_features", "[\"MLST\", \"EPSV\"]"),
    ("xdupe", "\"yes\""),
    ("allo", "\"no\""),
    ("keep_permissions", "\"yes\""),
    ("urgent_abort", "true"),
    ("keepalive", "0"),
    ("bind_address", "\"192.0.2.9\""),
    ("bind_port", "4021"),
    ("proxy", "{ host = \"p\", port = 1081, user = \"u\", password = { env = \"P\" } }"),
    ("extra", "{ a = \"b\", note = \"c d\" }"),
];

#[test]
fn every_field_is_written_and_read_back() {
    let names: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(names, OTHER.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let mut all = named("a", "h");
    for (name, value) in OTHER {
        let field = fields::field(name).unwrap();
        let mut site = named("a", "h");
        field.set_text(&mut site, value.trim_matches('"')).unwrap();
        assert_ne!(site, named("a", "h"), "{name}");
        let text = export(&[&site], true);
        assert!(text.contains(&format!("{name} = {value}")), "{text}");
        let read = parse(&source(&text)).unwrap();
        assert_eq!(**read.iter().next().unwrap(), site, "{text}");
        fields::reset(&mut site, field);
        if !matches!(*name, "name" | "host") {
            assert_eq!(site, named("a", "h"), "{name}");
        }
        // with quotes as in the file, too
        field.set_text(&mut all, value).unwrap();
    }
    let read = parse(&source(&export(&[&all], true))).unwrap();
    assert_eq!(**read.find("other").unwrap(), all);
    fields::check(&all).unwrap();
}

#[test]
fn invalid_values_are_refused() {
    for (name, value) in [
        ("name", ""),
        ("name", " a"),
        ("name", "\"\""),
        ("name", "a\u{1b}"),
        ("host", ""),
        ("host", "a b"),
        ("host", "[]"),
        ("host", "host:21"),
        ("port", "0"),
        ("port", "65536"),
        ("user", ""),
        ("user", "a\r\nDELE x"),
        ("min_tls", "1.1"),
        ("fxp_allow_addresses", "10.0.0.0/99"),
        ("max_sessions", "0"),
        ("start_path", "a\nb"),
        ("start_path", "{ base64 = \"!\" }"),
        ("list_args", "-a\nDELE"),
        ("encoding", "klingon"),
        ("time_offset", "2"),
        ("time_offset", "+19:00"),
        ("time_offset", "+02:60"),
        ("keepalive", "-1"),
        ("bind_address", "localhost"),
        ("proxy", "http://a"),
        ("proxy", "a:0"),
        ("proxy", "{ host = \"a\", prt = 1 }"),
        ("client_certificate", "relative.pem"),
        ("extra", "{ a = 1 }"),
        ("password", "{ ask = false }"),
    ] {
        let field = fields::field(name).unwrap();
        assert!(field.set_text(&mut named("a", "h"), value).is_err(), "{name} = {value}");
    }
}

#[test]
fn short_forms_are_accepted() {
    let set = |name: &str, text: &str| {
        let mut site = named("a", "h");
        fields::field(name).unwrap().set_text(&mut site, text).unwrap();
        site
    };
    assert_eq!(set("skip_files", "[\"*.a\", \"*.b\"]").files.skip, Patterns::new("*.a/*.b"));
    let proxy = |text| set("proxy", text).proxy.map(|proxy| (proxy.host, proxy.port)).unwrap();
    assert_eq!(proxy("socks5://gate:1081"), ("gate".to_owned(), 1081));
    assert_eq!(proxy("gate"), ("gate".to_owned(), 1080));
    assert_eq!(proxy("[::1]:9"), ("::1".to_owned(), 9));
    assert_eq!(proxy("::1"), ("::1".to_owned(), 1080));
    assert_eq!(set("passive", "true").passive, Switch::Yes);
    assert_eq!(set("time_offset", "+02:00").time_offset, Some(7200));
    assert_eq!(set("port", "21").port, Some(21));
    let secret = set("password", "{ plain = \"<xor>MiYvPiwsKG8tOw==\" }").password;
    assert_eq!(secret, PasswordRef::Plain(Secret::from("mypassw0rd")));
}

proptest! {
    #[test]
    fn arbitrary_texts_survive_a_round_trip(
        name in "[^\\p{C}:/\\s]{1,6}", user in "[^\\p{C}]{0,5}[^\\p{C}\\s]", password in ".{0,8}",
        path in proptest::collection::vec(any::<u8>(), 1..8), skip in "\\PC{0,6}",
        key in "\\PC{0,5}", note in "\\PC{0,6}"
    ) {
        let mut site = named(&name, "h");
        prop_assume!(crate::site::values::is_site_name(&name));
        site.user = Some(user);
        site.password = PasswordRef::Plain(Secret::new(password));
        let path: Vec<u8> = path.into_iter().map(|b| if b"\r\n\0".contains(&b) { b'x' } else { b }).collect();
        site.start_path = Some(crate::base::RemotePath::new(path));
        if !Patterns::new(&skip).is_empty() {
            site.files.skip = Patterns::new(&skip);
        }
        site.extra.insert(key, note);
        let text = after(FILE, &[SiteChange::Add(Box::new(site.clone()))]);
        let read = parse(&source(&text)).unwrap();
        prop_assert_eq!(&**read.find(&name).unwrap(), &site);
    }

    #[test]
    fn the_reader_never_panics(text in "(\\[\\[site\\]\\]\n)?(name|host|x|password) = .{0,20}") {
        let _ = parse(&source(&text));
    }
}

//! Parsing of command lines.

use std::time::Duration;

use super::*;
use crate::cli::connect::ConnectOverrides;
use crate::site::{DataProtection, Security};

fn parsed(words: &[&str]) -> Result<Arguments, clap::Error> {
    Arguments::try_parse_from([&["fxpane"], words].concat())
}

#[test]
fn clap_definition_is_valid() {
    definition().debug_assert();
}

#[test]
fn no_command_opens_the_screen() {
    assert!(parsed(&[]).unwrap().verb.is_none());
    assert!(matches!(parsed(&["open", "a", "b"]).unwrap().verb, Some(Verb::Open(_))));
}

#[test]
fn every_command_parses() {
    for words in [
        &["ls", "nas:"][..],
        &["ls", "--host", "h", "--port", "2121", "--path", "/a"],
        &["ls", "-1", "nas:"],
        &["stat", "nas:/a"],
        &["mkdir", "nas:/a"],
        &["rm", "-r", "--yes", "nas:/a", "nas:/b"],
        &["mv", "nas:/a", "b"],
        &["chmod", "644", "nas:/a"],
        &["raw", "nas:", "SITE", "HELP", "-x"],
        &["get", "-r", "nas:/a", "here"],
        &["put", "a", "b", "nas:/c/"],
        &["cp", "-r", "--via", "direct", "--verify", "size", "--exists", "newer", "a:b", "c:d"],
        &["cp", "--parallel", "8", "--from", "-", "c:d"],
        &["sites", "list"],
        &["sites", "show", "nas"],
        &["sites", "add", "nas", "ftp://h/", "--password", "env:X", "--set", "max_sessions=2"],
        &["sites", "edit", "nas", "--set", "name=store", "--unset", "folder"],
        &["sites", "edit", "nas", "--editor"],
        &["sites", "test", "nas", "--name", "a.nfo"],
        &["sites", "import", "filezilla", "--dry-run", "--passwords", "vault"],
        &["sites", "export", "nas", "--with-passwords", "-o", "x"],
        &["sites", "vault", "passphrase", "--vault-passphrase-file", "x"],
        &["sites", "trust", "forget", "nas"],
        &["sites", "rm", "nas"],
        &["config", "check"],
        &["config", "path", "--json"],
        &["completions", "zsh"],
        &["man"],
        &["demo", "--serve"],
        &["ls", "nas:", "--json", "-q", "--config-dir", "c", "--data-dir", "d"],
    ] {
        if let Err(error) = parsed(words) {
            panic!("{words:?}: {error}");
        }
    }
}

#[test]
fn usage_errors_suggest_the_right_word() {
    for (words, expected) in [
        (&["cpp", "a", "b"][..], "'cp'"),
        (&["cp", "a", "b", "--exists", "overwrit"], "'overwrite'"),
        (&["cp", "a", "b", "--secruity", "none"], "--security"),
        (&["cp", "a", "b", "--parallel", "0"], "1..=64"),
        (&["cp"], "required"),
        (&["ls"], "required"),
        (&["ls", "nas:", "--save-cert"], "--accept-cert"),
        (&["ls", "-q", "-v", "nas:"], "cannot be used with"),
    ] {
        let error = parsed(words).unwrap_err();
        assert!(error.use_stderr());
        let text = error.to_string();
        assert!(text.contains(expected), "{words:?}: {text}");
    }
}

#[test]
fn options_of_one_side_override_those_of_both() {
    let words = "cp a:b c:d --security none --dst-security explicit --src-user joe --insecure \
                 --dst-data-protection require --timeout 5 --src-timeout 7";
    let words: Vec<_> = words.split_whitespace().collect();
    let arguments = parsed(&words).unwrap();
    assert_eq!(arguments.timeout(), Some(Duration::from_secs(7)));
    let Some(Verb::Cp(cp)) = arguments.verb else { panic!("not cp") };
    let (source, target) = (cp.connect.of_source(), cp.connect.of_target());
    assert_eq!(source.security, Some(Security::None));
    assert_eq!(target.security, Some(Security::Explicit));
    assert_eq!(source.user.as_deref(), Some("joe"));
    assert_eq!(target.user, None);
    assert!(source.insecure && target.insecure);
    assert_eq!(source.data_protection, None);
    assert_eq!(target.data_protection, Some(DataProtection::Require));
}

#[test]
fn options_change_the_site_for_this_run() {
    use crate::site::{Location, PasswordRef, Sites};
    let at = Location::parse("ftp://u:pw@h/x", &Sites::new()).unwrap().location;
    let overrides = ConnectOverrides {
        security: Some(Security::None),
        insecure: true,
        user: Some("other".to_owned()),
        accept_cert: Some("AA:".repeat(32)),
        ..ConnectOverrides::default()
    };
    let changed = overrides.apply(at.clone()).unwrap();
    let (site, path) = changed.remote().unwrap();
    assert_eq!(path.as_bytes(), b"/x");
    assert_eq!((site.security, site.insecure, site.user()), (Security::None, true, "other"));
    assert_eq!(site.password, PasswordRef::Ask, "the password was another user's");
    assert_eq!(site.accept_certs, ["aa".repeat(32)]);
    let wrong =
        ConnectOverrides { accept_cert: Some("12".to_owned()), ..ConnectOverrides::default() };
    assert!(wrong.apply(at.clone()).unwrap_err().to_string().contains("64 hexadecimal"));
    let file = ConnectOverrides {
        password_file: Some("/no/such/file".into()),
        ..ConnectOverrides::default()
    };
    assert!(file.apply(at).unwrap_err().to_string().contains("/no/such/file"));
}

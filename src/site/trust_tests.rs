//! Tests of certificate trust: the order of the rules, and what the file stores.

use std::fs;

use jiff::civil::date;

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A certificate that is valid in 2026, or in 2027 if it is the second one.
fn facts(fingerprint: &str) -> CertInfo {
    let year = if fingerprint == B { 2027 } else { 2026 };
    let validity = Some(Validity { from: date(year, 1, 1), until: date(year, 12, 31) });
    CertInfo { fingerprint: fingerprint.to_owned(), validity }
}

fn presented(host: &str, fingerprint: &str, valid: bool) -> PresentedCert {
    PresentedCert {
        host: host.to_owned(),
        port: 21,
        facts: facts(fingerprint),
        distrust: (!valid).then(|| "self-signed".to_owned()),
    }
}

fn site() -> Site {
    let mut site = Site::new("ftp.example");
    site.hosts.push("Ftp2.example".to_owned());
    site
}

struct Home {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/known_certs.toml");
        Self { _folder: folder, path }
    }

    fn load(&self) -> Arc<Trust> {
        Arc::new(Trust::load(&self.path).unwrap())
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.path).unwrap()
    }
}

fn check(trust: &Arc<Trust>, site: &Site, presented: &PresentedCert) -> Result<(), CertRefusal> {
    trust.policy_for(site).check(presented)
}

#[test]
fn without_a_pin_the_system_roots_decide() {
    let trust = Arc::new(Trust::in_memory());
    check(&trust, &site(), &presented("ftp.example", A, true)).unwrap();
    check(&trust, &site(), &presented("ftp.example", B, true))
        .expect("a certificate with a valid chain may change");
    let refusal = check(&trust, &site(), &presented("other.example", A, false)).unwrap_err();
    let reason = "self-signed".to_owned();
    assert_eq!(refusal, CertRefusal::Unknown { shown: facts(A), reason });
}

#[test]
fn the_command_line_accepts_one_certificate_or_any() {
    let trust = Arc::new(Trust::in_memory());
    let mut accepting = site();
    // the format of openssl
    let pairs: Vec<&str> = vec!["AA"; 32];
    accepting.accept_certs = vec![format!("SHA256:{}", pairs.join(":"))];
    check(&trust, &accepting, &presented("ftp.example", A, false)).unwrap();
    assert!(check(&trust, &accepting, &presented("ftp.example", B, false)).is_err());
    let mut insecure = site();
    insecure.insecure = true;
    check(&trust, &insecure, &presented("ftp.example", B, false)).unwrap();
    assert!(
        check(&trust, &site(), &presented("ftp.example", A, false)).is_err(),
        "accepted for that site only"
    );
}

#[test]
fn a_pin_is_valid_until_the_user_changes_it() {
    let home = Home::new();
    let trust = home.load();
    assert!(check(&trust, &site(), &presented("ftp.example", A, false)).is_err());
    trust.accept_on(&site(), A, true, "2026-11-21").unwrap();
    check(&trust, &site(), &presented("FTP.example", A, false)).unwrap();

    // a new process
    let trust = home.load();
    check(&trust, &site(), &presented("ftp.example", A, false)).unwrap();
    for valid in [false, true] {
        let refusal = check(&trust, &site(), &presented("ftp.example", B, valid)).unwrap_err();
        let trusted = TrustedCert { facts: facts(A), since: "2026-11-21".to_owned() };
        assert_eq!(refusal, CertRefusal::Changed { shown: facts(B), trusted });
        assert_eq!(
            refusal.to_string(),
            format!(
                "the certificate has changed: {A} (valid from 2026-01-01 until 2026-12-31) was \
                 trusted on 2026-11-21, now the server presents {B} (valid from 2027-01-01 until \
                 2027-12-31)"
            )
        );
    }
    trust.accept_on(&site(), B, true, "2026-12-01").unwrap();
    let trust = home.load();
    check(&trust, &site(), &presented("ftp.example", B, false)).unwrap();
    assert!(check(&trust, &site(), &presented("ftp.example", A, false)).is_err());
    assert_eq!(
        home.text(),
        format!(
            "{HEADER}[[server]]\nhost = \"ftp.example\"\nport = 21\nsha256 = \"{B}\"\n\
             valid_from = \"2027-01-01\"\nvalid_until = \"2027-12-31\"\n\
             since = \"2026-12-01\"\n"
        )
    );
}

#[test]
fn the_host_that_presented_the_certificate_is_trusted() {
    let home = Home::new();
    let trust = home.load();
    assert!(check(&trust, &site(), &presented("ftp2.example", B, false)).is_err());
    trust.accept(&site(), B, true).unwrap();
    check(&trust, &site(), &presented("ftp2.example", B, false)).unwrap();
    assert!(check(&trust, &site(), &presented("ftp.example", B, false)).is_err());
    assert_eq!(trust.servers().len(), 1);
}

#[test]
fn trust_for_this_run_is_not_written_to_the_file() {
    let home = Home::new();
    let trust = home.load();
    trust.accept(&site(), A, false).unwrap();
    check(&trust, &site(), &presented("ftp.example", A, false)).unwrap();
    assert!(check(&home.load(), &site(), &presented("ftp.example", A, false)).is_err());
}

#[test]
fn tls_seen_once_is_remembered() {
    let home = Home::new();
    let trust = home.load();
    assert!(!trust.tls_seen("ftp.example", 21));
    check(&trust, &site(), &presented("ftp.example", A, true)).unwrap();
    check(&trust, &site(), &presented("127.0.0.1", A, true)).unwrap();
    assert!(trust.tls_seen("FTP.example", 21) && trust.tls_seen("127.0.0.1", 21));
    let later = home.load();
    assert!(later.tls_seen("ftp.example", 21));
    assert!(!later.tls_seen("ftp.example", 2121));
    assert!(!later.tls_seen("127.0.0.1", 21), "loopback is not written to the file");
    // a record of TLS support is not a pin
    check(&later, &site(), &presented("ftp.example", B, true)).unwrap();
    later.forget("ftp.example", 21).unwrap();
    assert!(!home.load().tls_seen("ftp.example", 21));
}

#[test]
fn trust_from_another_process_is_used() {
    let home = Home::new();
    let (one, two) = (home.load(), home.load());
    one.accept(&site(), A, true).unwrap();
    check(&two, &site(), &presented("ftp.example", A, false)).unwrap();
    let other = Site::new("third.example");
    two.accept(&other, B, true).unwrap();
    one.accept(&Site::new("fourth.example"), B, true).unwrap();
    // two hosts of the site, the third and the fourth
    assert_eq!(home.load().servers().len(), 4);
}

#[test]
fn a_broken_file_is_reported_and_not_changed() {
    let home = Home::new();
    fs::create_dir_all(home.path.parent().unwrap()).unwrap();
    for (text, shown) in [
        ("[[server]]\nhost = \"a\"\nport = 21\nsha256 = \"zz\"\n", ":4:10: “sha256” must be 64"),
        ("[[server]]\nhost = \"a\"\n", ":1:1: host or port of the server is missing"),
        ("[[servers]]\n", ":1:3: unknown key “servers”; did you mean “server”?"),
        ("[[server]\n", ":1:"),
    ] {
        fs::write(&home.path, text).unwrap();
        let error = Trust::load(&home.path).unwrap_err().to_string();
        assert!(error.contains(shown), "{error}");
    }
    let comment = "# kept\n[[server]]\nhost = \"a\"\nport = 21\n";
    fs::write(&home.path, comment).unwrap();
    let trust = home.load();
    fs::write(&home.path, "broken =").unwrap();
    assert!(trust.accept(&site(), A, true).is_err());
    assert_eq!(home.text(), "broken =");
    fs::write(&home.path, comment).unwrap();
    trust.accept(&site(), A, true).unwrap();
    assert!(home.text().starts_with(comment), "{}", home.text());
}

#[test]
fn fingerprints_are_accepted_in_common_formats() {
    assert_eq!(normal_fingerprint(A).as_deref(), Some(A));
    assert_eq!(normal_fingerprint(&A.to_uppercase()).as_deref(), Some(A));
    assert_eq!(normal_fingerprint(&format!(" sha256:{A} ")).as_deref(), Some(A));
    for wrong in ["", "aa", &A[1..], "zz"] {
        assert_eq!(normal_fingerprint(wrong), None);
    }
}

#[test]
fn the_dates_of_a_pin_are_added_when_it_is_presented() {
    let home = Home::new();
    // as in a file of an earlier version, or after `sites trust add`
    home.load().accept_on(&site(), A, true, "2026-11-21").unwrap();
    assert!(!home.text().contains("valid_"), "{}", home.text());
    check(&home.load(), &site(), &presented("ftp.example", A, false)).unwrap();
    let known = home.load().servers();
    let noted = known.iter().find(|server| server.host == "ftp.example").unwrap();
    let trusted = TrustedCert { facts: facts(A), since: "2026-11-21".to_owned() };
    assert_eq!(noted.trusted(), Some(trusted));
    // the other host did not present it
    let other = known.iter().find(|server| server.host == "ftp2.example").unwrap();
    assert_eq!((other.valid_from, other.valid_until), (None, None));
}

#[test]
fn a_record_of_tls_never_replaces_a_pin_of_another_process() {
    let home = Home::new();
    let ours = home.load();
    home.load().accept_on(&site(), A, true, "2026-11-21").unwrap();
    // the chain is valid, so the file is not read again before the server is recorded
    check(&ours, &site(), &presented("ftp.example", B, true)).unwrap();
    let known = home.load().servers();
    assert!(known.iter().all(|server| server.sha256.as_deref() == Some(A)), "{known:?}");
}

#[test]
fn an_invalid_date_is_an_error_in_the_file() {
    let home = Home::new();
    fs::create_dir_all(home.path.parent().unwrap()).unwrap();
    fs::write(&home.path, "[[server]]\nhost = \"a\"\nport = 21\nvalid_from = \"soon\"\n").unwrap();
    let error = Trust::load(&home.path).unwrap_err().to_string();
    assert!(error.contains("valid_from") && error.contains("a date"), "{error}");
}

//! Tests of the trust in certificates: the order of the rules, and what the file remembers.

use std::fs;

use jiff::civil::date;

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// A certificate that is valid in 2026, or in 2027 if it is the second one.
fn facts(fingerprint: &str) -> CertFacts {
    let year = if fingerprint == B { 2027 } else { 2026 };
    let validity = Some(Validity { from: date(year, 1, 1), until: date(year, 12, 31) });
    CertFacts { fingerprint: fingerprint.to_owned(), validity }
}

fn shows(host: &str, fingerprint: &str, vouched: bool) -> Presented {
    Presented {
        host: host.to_owned(),
        port: 21,
        facts: facts(fingerprint),
        distrust: (!vouched).then(|| "self-signed".to_owned()),
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

fn judge(trust: &Arc<Trust>, site: &Site, presented: &Presented) -> Result<(), CertRefusal> {
    trust.judge_for(site).judge(presented)
}

#[test]
fn without_a_pin_the_roots_decide() {
    let trust = Arc::new(Trust::in_memory());
    judge(&trust, &site(), &shows("ftp.example", A, true)).unwrap();
    judge(&trust, &site(), &shows("ftp.example", B, true)).expect("a vouched one may change");
    let refusal = judge(&trust, &site(), &shows("other.example", A, false)).unwrap_err();
    let reason = "self-signed".to_owned();
    assert_eq!(refusal, CertRefusal::Unknown { shown: facts(A), reason });
}

#[test]
fn the_command_line_accepts_one_or_any() {
    let trust = Arc::new(Trust::in_memory());
    let mut accepting = site();
    // as openssl prints it
    let pairs: Vec<&str> = vec!["AA"; 32];
    accepting.accept_certs = vec![format!("SHA256:{}", pairs.join(":"))];
    judge(&trust, &accepting, &shows("ftp.example", A, false)).unwrap();
    assert!(judge(&trust, &accepting, &shows("ftp.example", B, false)).is_err());
    let mut insecure = site();
    insecure.insecure = true;
    judge(&trust, &insecure, &shows("ftp.example", B, false)).unwrap();
    assert!(judge(&trust, &site(), &shows("ftp.example", A, false)).is_err(), "for that site only");
}

#[test]
fn a_pin_holds_until_it_is_changed_by_the_user() {
    let home = Home::new();
    let trust = home.load();
    assert!(judge(&trust, &site(), &shows("ftp.example", A, false)).is_err());
    trust.accept_on(&site(), A, true, "2026-11-21").unwrap();
    judge(&trust, &site(), &shows("FTP.example", A, false)).unwrap();

    // a new process
    let trust = home.load();
    judge(&trust, &site(), &shows("ftp.example", A, false)).unwrap();
    for vouched in [false, true] {
        let refusal = judge(&trust, &site(), &shows("ftp.example", B, vouched)).unwrap_err();
        let trusted = TrustedCert { facts: facts(A), since: "2026-11-21".to_owned() };
        assert_eq!(refusal, CertRefusal::Changed { shown: facts(B), trusted });
        assert_eq!(
            refusal.to_string(),
            format!(
                "the certificate has changed: trusted since 2026-11-21 was {A} (valid from \
                 2026-01-01 until 2026-12-31), now it is {B} (valid from 2027-01-01 until \
                 2027-12-31)"
            )
        );
    }
    trust.accept_on(&site(), B, true, "2026-12-01").unwrap();
    let trust = home.load();
    judge(&trust, &site(), &shows("ftp.example", B, false)).unwrap();
    assert!(judge(&trust, &site(), &shows("ftp.example", A, false)).is_err());
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
fn of_several_hosts_the_one_that_presented_it_is_trusted() {
    let home = Home::new();
    let trust = home.load();
    assert!(judge(&trust, &site(), &shows("ftp2.example", B, false)).is_err());
    trust.accept(&site(), B, true).unwrap();
    judge(&trust, &site(), &shows("ftp2.example", B, false)).unwrap();
    assert!(judge(&trust, &site(), &shows("ftp.example", B, false)).is_err());
    assert_eq!(trust.servers().len(), 1);
}

#[test]
fn for_this_run_means_not_in_the_file() {
    let home = Home::new();
    let trust = home.load();
    trust.accept(&site(), A, false).unwrap();
    judge(&trust, &site(), &shows("ftp.example", A, false)).unwrap();
    assert!(judge(&home.load(), &site(), &shows("ftp.example", A, false)).is_err());
}

#[test]
fn tls_once_seen_is_remembered() {
    let home = Home::new();
    let trust = home.load();
    assert!(!trust.tls_seen("ftp.example", 21));
    judge(&trust, &site(), &shows("ftp.example", A, true)).unwrap();
    judge(&trust, &site(), &shows("127.0.0.1", A, true)).unwrap();
    assert!(trust.tls_seen("FTP.example", 21) && trust.tls_seen("127.0.0.1", 21));
    let later = home.load();
    assert!(later.tls_seen("ftp.example", 21));
    assert!(!later.tls_seen("ftp.example", 2121));
    assert!(!later.tls_seen("127.0.0.1", 21), "loopback is not written down");
    // that it has shown TLS is no pin
    judge(&later, &site(), &shows("ftp.example", B, true)).unwrap();
    later.forget("ftp.example", 21).unwrap();
    assert!(!home.load().tls_seen("ftp.example", 21));
}

#[test]
fn another_process_may_have_learnt_it_meanwhile() {
    let home = Home::new();
    let (one, two) = (home.load(), home.load());
    one.accept(&site(), A, true).unwrap();
    judge(&two, &site(), &shows("ftp.example", A, false)).unwrap();
    let other = Site::new("third.example");
    two.accept(&other, B, true).unwrap();
    one.accept(&Site::new("fourth.example"), B, true).unwrap();
    // two hosts of the site, the third and the fourth
    assert_eq!(home.load().servers().len(), 4);
}

#[test]
fn a_broken_file_is_told_about_and_left_alone() {
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
fn fingerprints_are_read_as_people_copy_them() {
    assert_eq!(normal_fingerprint(A).as_deref(), Some(A));
    assert_eq!(normal_fingerprint(&A.to_uppercase()).as_deref(), Some(A));
    assert_eq!(normal_fingerprint(&format!(" sha256:{A} ")).as_deref(), Some(A));
    for wrong in ["", "aa", &A[1..], "zz"] {
        assert_eq!(normal_fingerprint(wrong), None);
    }
}

#[test]
fn the_dates_of_a_pin_are_noted_when_it_is_seen() {
    let home = Home::new();
    // as a file of an earlier version, or `sites trust add`, has it
    home.load().accept_on(&site(), A, true, "2026-11-21").unwrap();
    assert!(!home.text().contains("valid_"), "{}", home.text());
    judge(&home.load(), &site(), &shows("ftp.example", A, false)).unwrap();
    let known = home.load().servers();
    let noted = known.iter().find(|server| server.host == "ftp.example").unwrap();
    let trusted = TrustedCert { facts: facts(A), since: "2026-11-21".to_owned() };
    assert_eq!(noted.trusted(), Some(trusted));
    // the other host did not show it
    let other = known.iter().find(|server| server.host == "ftp2.example").unwrap();
    assert_eq!((other.valid_from, other.valid_until), (None, None));
}

#[test]
fn what_is_only_noted_never_replaces_what_another_process_pinned() {
    let home = Home::new();
    let ours = home.load();
    home.load().accept_on(&site(), A, true, "2026-11-21").unwrap();
    // a root vouches for it here, so the file is not read again before the server is noted
    judge(&ours, &site(), &shows("ftp.example", B, true)).unwrap();
    let known = home.load().servers();
    assert!(known.iter().all(|server| server.sha256.as_deref() == Some(A)), "{known:?}");
}

#[test]
fn a_date_that_is_none_is_a_mistake_in_the_file() {
    let home = Home::new();
    fs::create_dir_all(home.path.parent().unwrap()).unwrap();
    fs::write(&home.path, "[[server]]\nhost = \"a\"\nport = 21\nvalid_from = \"soon\"\n").unwrap();
    let error = Trust::load(&home.path).unwrap_err().to_string();
    assert!(error.contains("valid_from") && error.contains("a date"), "{error}");
}

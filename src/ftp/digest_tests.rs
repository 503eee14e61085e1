//! Digest commands and replies, as observed and as the drafts specify them.

use super::*;

fn features(lines: &[&str]) -> Features {
    let lines = [&["Features:"], lines, &["End"]].concat();
    Features::parse(&Reply {
        code: 211,
        lines: lines.iter().map(|l| l.as_bytes().into()).collect(),
    })
}

fn proftpd() -> Digests {
    Digests::of(&features(&[
        "HASH CRC32;MD5;SHA-1*;SHA-256;SHA-512;",
        "MD5",
        "XCRC",
        "XMD5",
        "XSHA",
        "XSHA1",
        "XSHA256",
        "XSHA512",
    ]))
}

fn lines(code: u16, lines: &[&str]) -> Reply {
    Reply { code, lines: lines.iter().map(|l| l.as_bytes().into()).collect() }
}

fn command_line(method: DigestMethod, path: &str) -> String {
    method.command(path.as_bytes()).unwrap().shown()
}

const SHA1: &str = "7099d70da288ef097d72bf31891723fd7b2f98bc";

#[test]
fn the_strongest_common_algorithm_is_found_across_all_commands() {
    use Algorithm::{Crc32, Md5, Sha1, Sha256, Sha512};
    let table: [(&[&str], &[&str], &[Algorithm]); 7] = [
        (&["HASH SHA-256;SHA-1*"], &["XSHA256"], &[Sha256]),
        (&["HASH sha1*;md5"], &["XSHA", "MMD5"], &[Sha1, Md5]),
        (&["XCRC"], &["HASH CRC32*"], &[Crc32]),
        (&["XSHA512"], &["XSHA256"], &[]),
        (&["MD5"], &["XMD5"], &[Md5]),
        (&[], &["XMD5"], &[]),
        (&["HASH WHIRLPOOL*;MD5"], &["MD5"], &[Md5]),
    ];
    for (a, b, common) in table {
        let (a, b) = (Digests::of(&features(a)), Digests::of(&features(b)));
        assert_eq!(a.common(&b), common);
        assert_eq!(b.common(&a), common);
    }
    assert_eq!(proftpd().common(&proftpd()), [Sha512, Sha256, Sha1, Md5, Crc32]);
}

#[test]
fn hash_is_selected_once_and_names_are_quoted_if_needed() {
    let mut digests = proftpd();
    let methods = digests.methods(Algorithm::Sha512, b"/a b");
    let asked: Vec<String> = methods.iter().map(|method| command_line(*method, "/a b")).collect();
    assert_eq!(asked, ["HASH /a b", "XSHA512 \"/a b\"", "XSHA512 /a b"]);
    let select = digests.select_command(methods[0]).unwrap();
    assert_eq!(select.shown(), "OPTS HASH SHA-512");
    digests.select_answered(Algorithm::Sha512, &Reply::new(200, "SHA-512"));
    assert!(
        digests.select_command(methods[0]).is_none()
            && digests.select_command(methods[1]).is_none()
    );
    let methods = digests.methods(Algorithm::Sha1, b"/f");
    let asked: Vec<String> = methods.iter().map(|method| command_line(*method, "/f")).collect();
    assert_eq!(asked, ["HASH /f", "XSHA1 /f", "XSHA /f"]);
    let prefix = |method: DigestMethod| {
        method.prefix_command(b"/f", 7).unwrap().map(|command| command.shown())
    };
    assert_eq!(prefix(methods[0]), None);
    assert_eq!(prefix(methods[1]).unwrap(), "XSHA1 \"/f\" 0 7");
}

#[test]
fn unsupported_commands_are_not_sent_again() {
    let mut digests = proftpd();
    digests.select_answered(Algorithm::Sha512, &Reply::new(501, "unknown"));
    let method = digests.methods(Algorithm::Sha512, b"/f")[0];
    assert_eq!(command_line(method, "/f"), "XSHA512 /f");
    digests.mark_refused(method, &Reply::new(550, "not this file"));
    assert!(digests.has(Algorithm::Sha512));
    digests.mark_refused(method, &Reply::new(500, "XSHA512?"));
    assert!(!digests.has(Algorithm::Sha512) && digests.has(Algorithm::Sha256));
}

#[test]
fn replies_in_every_form() {
    let upper = SHA1.to_ascii_uppercase();
    let path = format!("/{SHA1}");
    for reply in [
        lines(213, &[&format!("SHA-1 0-14 {SHA1} /f")]),
        lines(213, &["Computing SHA-1 digest", &format!("SHA1 0-14 {upper} /f")]),
        lines(250, &[&upper]),
        lines(250, &["Computing SHA1 digest", &upper]),
        lines(250, &[&format!("\"/f\" {upper}")]),
        lines(250, &[&format!("/f {SHA1}")]),
        lines(251, &[&format!("/f {upper}")]),
        lines(252, &[&format!("\"/f\",{upper}")]),
        lines(250, &[&upper, "Done"]),
    ] {
        let digest = read(&reply, Algorithm::Sha1, b"/f", Some(15));
        assert_eq!(digest.unwrap_or_else(|| panic!("{reply:?}")).hex(), SHA1);
    }
    // a file whose name looks like a digest
    let other = "0".repeat(40);
    let name = SHA1.as_bytes();
    for reply in [
        format!("SHA-1 0-14 {other} {SHA1}"),
        format!("\"{SHA1}\" {other}"),
        format!("{SHA1} {other}"),
        format!("{other} {SHA1}"),
    ] {
        let digest = read(&lines(213, &[&reply]), Algorithm::Sha1, name, Some(15));
        assert_eq!(digest.map(|d| d.hex().to_owned()), Some(other.clone()), "{reply}");
    }
    assert!(read(&lines(250, &[SHA1]), Algorithm::Sha1, name, Some(15)).is_some());
    // digests of another length and refusals are ignored
    assert_eq!(
        read(&lines(213, &[&format!("SHA-1 0-1 {SHA1} /f")]), Algorithm::Md5, b"/f", None),
        None
    );
    assert_eq!(read(&lines(550, &[SHA1]), Algorithm::Sha1, b"/f", None), None);
    assert_eq!(read(&lines(250, &[&path]), Algorithm::Sha1, b"/f", None), None);
}

#[test]
fn a_digest_of_something_else_does_not_count() {
    for reply in [
        // of a part
        format!("SHA-1 0-7 {SHA1} /f"),
        format!("SHA-1 1-14 {SHA1} /f"),
        // of another file
        format!("SHA-1 0-14 {SHA1} /g"),
        format!("SHA-1 0-14 {SHA1} \"/d/g\""),
        format!("\"/g\" {SHA1}"),
        // by another algorithm
        format!("MD5 0-14 {SHA1} /f"),
    ] {
        let read = read(&lines(213, &[&reply]), Algorithm::Sha1, b"/f", Some(15));
        assert_eq!(read, None, "{reply}");
    }
    // a relative name, or a path of another style, is the same file
    for name in ["f", "\"/f\"", "/home/f", "C:\\home\\f", ""] {
        let reply = lines(213, &[&format!("SHA-1 0-15 {SHA1} {name}")]);
        assert!(read(&reply, Algorithm::Sha1, b"/f", Some(15)).is_some(), "{name}");
    }
}

#[test]
fn a_prefix_digest_needs_a_matching_range() {
    let hash = |range: &str| lines(213, &["Computing", &format!("SHA-1 {range} {SHA1} /1-2")]);
    assert!(covers_prefix(&hash("0-7"), 7) && covers_prefix(&hash("0-6"), 7));
    for range in ["0-14", "1-7", "0-", "-7", "0-x", "0-99999999999999999999"] {
        assert!(!covers_prefix(&hash(range), 7), "{range}");
    }
    assert!(!covers_prefix(&lines(250, &[SHA1]), 7));
}

#[test]
fn local_digests_match_those_of_proftpd() {
    for (algorithm, hex) in [
        (Algorithm::Crc32, "a2270f5f"),
        (Algorithm::Md5, "59dbb07edf077235c058c3ec77e6048f"),
        (Algorithm::Sha1, SHA1),
        (Algorithm::Sha256, "5a7d8586fa0fc6954350edbb2b927b3bca80481290edcb2a2ee6ca07a46c195b"),
    ] {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(b"hello\nworl");
        hasher.update(b"d\nzz");
        assert_eq!(hasher.finish(), Digest::new(algorithm, hex.as_bytes()).unwrap());
    }
    assert_eq!(Hasher::new(Algorithm::Sha512).finish().hex().len(), 128);
}

#[test]
fn the_time_limit_grows_with_the_size() {
    let base = Duration::from_secs(60);
    assert_eq!(time_limit(base, 49_999_999), base);
    assert_eq!(time_limit(base, 5_000_000_000), Duration::from_secs(160));
}

proptest::proptest! {
    #[test]
    fn parsing_never_panics_and_yields_valid_digests(bytes: Vec<u8>, path: Vec<u8>) {
        let reply = Reply { code: 250, lines: vec![bytes] };
        for algorithm in Algorithm::ALL {
            if let Some(digest) = read(&reply, algorithm, &path, Some(1)) {
                assert_eq!(digest.hex().len(), algorithm.digits());
            }
        }
    }
}

//! Verification of copies between real servers: checksums, and resuming a partial file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::files::bytes;
use super::server::Server;
use crate::program::Program;

const SIZE: usize = 3 << 20;
/// Copies from proftpd to proftpd-b, which both compute checksums; `have` bytes already exist.
fn copy_and_check(name: &str, options: &[&str], have: Option<usize>) -> Value {
    let servers = Server::all().unwrap();
    let server = |name: &str| servers.iter().find(|server| server.name == name).unwrap();
    let (source, target) = (server("proftpd"), server("proftpd-b"));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    let content = bytes(SIZE, 7);
    fs::write(from.local().join(name), &content).unwrap();
    if let Some(have) = have {
        let partial = to.local().join(name);
        fs::write(&partial, &content[..have]).unwrap();
        fs::set_permissions(&partial, fs::Permissions::from_mode(0o666)).unwrap();
    }
    let program = Program::new().unwrap();
    let output = program
        .fxpane(&["cp", "--json", "-v", "--security", "none"])
        .args(options)
        .arg(source.url(&format!("{}/{}", from.remote, percent_encoded(name))))
        .arg(target.url(&format!("{}/", to.remote)))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(fs::read(to.local().join(name)).unwrap() == content, "{stdout}{stderr}");
    if let Some(have) = have {
        assert!(stderr.contains(&format!("> REST {have}")), "{stderr}");
    }
    serde_json::from_str(stdout.lines().next().unwrap()).unwrap()
}

/// The name as in a URL.
fn percent_encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let one = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    name.bytes().map(one).collect()
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn checksums_of_proftpd_match() {
    let item = copy_and_check("a  \"b\" [c]", &["--verify", "checksum"], None);
    assert_eq!((&item["verdict"], &item["verified"]), (&"verified".into(), &"sha512".into()));
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_partial_file_is_resumed_if_its_checksum_matches() {
    let item = copy_and_check("a  b [c]", &["--exists", "resume"], Some(1_234_567));
    assert_eq!(item["verified"], "sha512", "{item}");
}

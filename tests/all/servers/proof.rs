//! What is proved after a copy between real servers: digests, and going on from a partial file.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::files::bytes;
use super::server::Server;
use crate::program::Program;

const SIZE: usize = 3 << 20;
/// Copies from proftpd to proftpd-b, the two that compute digests; `have` bytes are there already.
fn prove(name: &str, options: &[&str], have: Option<usize>) -> Value {
    let servers = Server::all().unwrap();
    let server = |name: &str| servers.iter().find(|server| server.name == name).unwrap();
    let (source, target) = (server("proftpd"), server("proftpd-b"));
    let (from, to) = (source.folder().unwrap(), target.folder().unwrap());
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
        .arg(source.url(&format!("{}/{}", from.remote, written(name))))
        .arg(target.url(&format!("{}/", to.remote)))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}{errors}");
    assert!(fs::read(to.local().join(name)).unwrap() == content, "{said}{errors}");
    if let Some(have) = have {
        assert!(errors.contains(&format!("> REST {have}")), "{errors}");
    }
    serde_json::from_str(said.lines().next().unwrap()).unwrap()
}

/// The name in a URL.
fn written(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let one = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    name.bytes().map(one).collect()
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn digests_of_proftpd_agree() {
    let item = prove("a  \"b\" [c]", &["--verify", "checksum"], None);
    assert_eq!((&item["verdict"], &item["verified"]), (&"verified".into(), &"sha512".into()));
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_partial_file_goes_on_where_its_digest_agrees() {
    let item = prove("a  b [c]", &["--exists", "resume"], Some(1_234_567));
    assert_eq!(item["verified"], "sha512", "{item}");
}

//! Routes on real servers: relays, uploads and downloads of trees, mirrors of local files, and the
//! routes that the doctor remembers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::files::{bytes, digests};
use super::{program_with_sites, server};
use crate::cli::ran;

fn fill(tree: &Path) {
    for (name, size) in [("a", 0), ("b b", 1500), ("deep/er/large", 2 << 20)] {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(size, size as u64 + 3)).unwrap();
    }
}

fn relay(source: &str, target: &str, options: &[&str], protected: bool) {
    let (source, target) = (server(source), server(target));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    fill(&from.local().join("tree"));
    let program = program_with_sites(&[&source, &target]);
    let mut copy = program.fxpane(&["cp", "-r", "--json", "--via", "relay"]);
    copy.args(options).arg(format!("{}:{}/tree", source.name, from.remote));
    let copied = ran(copy.arg(format!("{}:{}/", target.name, to.remote))).is(0).objects();
    let items: Vec<_> = copied.iter().filter(|line| line["event"] == "item").collect();
    assert_eq!(items.len(), 3, "{copied:?}");
    for item in items {
        assert_eq!(
            (&item["via"], &item["protected"], &item["passive"]),
            (&"relay".into(), &protected.into(), &Value::Null)
        );
    }
    assert_eq!(digests(&to.local().join("tree")), digests(&from.local().join("tree")));
    assert_eq!(fs::read_dir(to.local()).unwrap().count(), 1);
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn relay_without_tls() {
    for (source, target) in
        [("vsftpd", "proftpd"), ("pureftpd", "pyftpdlib"), ("inetutils", "vsftpd-nofxp")]
    {
        relay(source, target, &["--security", "none"], false);
    }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn relay_with_tls() {
    // also on servers that require TLS session reuse
    for (source, target) in [("vsftpd-reuse", "proftpd-reuse"), ("proftpd-reuse", "vsftpd-reuse")] {
        relay(source, target, &["--security", "explicit", "--insecure"], true);
    }
}

/// Uploads and downloads a tree, then mirrors it both ways: preview, run, and a second run without
/// steps.
fn trees(name: &str) {
    let server = server(name);
    let directory = server.test_dir().unwrap();
    let program = program_with_sites(&[&server]);
    let home = tempfile::tempdir().unwrap();
    let tree = home.path().join("tree");
    fill(&tree);
    let local = tree.to_str().unwrap();
    let at = |path: &str| format!("{name}:{}/{path}", directory.remote);
    let run = |words: &[&str]| ran(program.fxpane(words).args(["--security", "none", "--json"]));
    run(&["put", "-r", local, &at("")]).is(0);
    assert_eq!(digests(&directory.local().join("tree")), digests(&tree), "{name}");
    let back = home.path().join("back");
    run(&["get", "-r", &at("tree"), back.to_str().unwrap()]).is(0);
    assert_eq!(digests(&back), digests(&tree), "{name}");

    fs::write(tree.join("new"), "new").unwrap();
    fs::remove_file(tree.join("b b")).unwrap();
    let sync = |more: &[&str]| run(&[&["sync", "--delete"], more, &[local, &at("tree")]].concat());
    let planned = sync(&["--dry-run"]).is(0).objects();
    let step = |action: &str| -> Vec<&str> {
        let found = planned.iter().filter(|line| line["action"] == action);
        found.map(|line| line["path"].as_str().unwrap()).collect()
    };
    assert_eq!((step("copy"), step("delete")), (vec!["new"], vec!["b b"]), "{name}");
    assert!(directory.local().join("tree/b b").exists(), "a preview changes nothing");
    // not interactive
    assert!(sync(&[]).is(2).out.contains("--yes"), "{name}");
    sync(&["--yes"]).is(0);
    assert_eq!(digests(&directory.local().join("tree")), digests(&tree), "{name}");
    // the opposite direction
    let down = ["sync", "--delete", "--yes", &at("tree"), back.to_str().unwrap()];
    run(&down).is(0);
    assert_eq!(digests(&back), digests(&tree), "{name}");
    let again = run(&down).is(0).objects();
    assert_eq!(again.last().unwrap()["done"], 0, "{name}: {again:?}");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn trees_are_uploaded_downloaded_and_mirrored() {
    for name in ["vsftpd", "proftpd", "pureftpd", "pyftpdlib", "inetutils"] {
        trees(name);
    }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_working_route_is_remembered_and_forgotten() {
    let (source, target) = (server("proftpd"), server("vsftpd"));
    let to = target.test_dir().unwrap();
    let program = program_with_sites(&[&source, &target]);
    let doctor = |words: &[&str]| ran(program.fxpane(&["doctor", "--json"]).args(words));
    assert_eq!(doctor(&["--known"]).is(0).out, "");
    let target_at = format!("vsftpd:{}/", to.remote);
    let copy = ["cp", "--security", "none", "proftpd:/src/zero.bin", &target_at];
    ran(&mut program.fxpane(&copy)).is(0);
    let known = doctor(&["--known"]).is(0).objects();
    let route =
        |line: &Value| [&line["from"], &line["to"]].map(|name| name.as_str().unwrap().to_owned());
    let routes: Vec<_> = known.iter().map(route).collect();
    assert_eq!(routes, [["proftpd", "vsftpd"].map(str::to_owned)], "{known:?}");
    assert_eq!(known[0]["passive"], "dst");
    assert!(known[0]["worked_at"].as_str().unwrap().ends_with('Z'), "{known:?}");
    doctor(&["--forget", "proftpd:", "vsftpd:"]).is(0);
    assert_eq!(doctor(&["--known"]).is(0).out, "");
}

/// The permissions of the server's user apply, even though root runs this test.
#[test]
#[ignore = "needs real servers: tests/run"]
fn an_unreadable_directory_fails_with_its_name() {
    let source = server("vsftpd");
    let from = source.test_dir().unwrap();
    let tree = from.local().join("tree");
    fill(&tree);
    fs::set_permissions(tree.join("deep"), fs::Permissions::from_mode(0o000)).unwrap();
    let program = program_with_sites(&[&source]);
    let home = tempfile::tempdir().unwrap();
    let back = home.path().join("back");
    let at = format!("vsftpd:{}/tree", from.remote);
    let words = ["get", "-r", "--security", "none", &at, back.to_str().unwrap()];
    let got = ran(&mut program.fxpane(&words)).is(1);
    assert!(got.err.contains("tree/deep"), "{got:?}");
    assert_eq!(fs::read(back.join("b b")).unwrap(), fs::read(tree.join("b b")).unwrap());
    fs::set_permissions(tree.join("deep"), fs::Permissions::from_mode(0o755)).unwrap();
}

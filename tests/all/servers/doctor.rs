//! The doctor between real servers, and the TLS role in which a server silently loses data.

use std::fs;

use serde_json::Value;

use super::cp::server;
use super::files::{bytes, digests};
use super::server::Server;
use crate::program::Program;

/// The records of `fxpane doctor`; asserts that no probe file is left on either server.
fn doctor(a: &str, b: &str, options: &[&str]) -> Vec<Value> {
    let (a, b) = (server(a), server(b));
    let (at_a, at_b) = (a.test_dir().unwrap(), b.test_dir().unwrap());
    let program = Program::new().unwrap();
    let output = program
        .fxpane(&["doctor", "--json", "--insecure"])
        .args(options)
        .arg(a.url(&at_a.remote))
        .arg(b.url(&at_b.remote))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    for (server, directory) in [(&a, &at_a), (&b, &at_b)] {
        let left = digests(directory.local());
        assert!(left.is_empty(), "{}: {left:?}\n{stdout}{stderr}", server.name);
        assert!(!stdout.contains(&server.pass), "a password was printed");
    }
    stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn plans<'a>(found: &'a [Value], from: &Server, result: &str) -> Vec<&'a Value> {
    let from = format!("{}:{}", from.host, from.port);
    let of = |line: &&Value| {
        line["event"] == "plan" && line["from"] == from.as_str() && line["result"] == result
    };
    found.iter().filter(of).collect()
}

/// A server that forbids FXP is named in either role, with its reply and its setting.
fn names_the_refusing_server(refusing: &str, other: &str, setting: &str) {
    let found = doctor(refusing, other, &[]);
    let (refusing, other) = (server(refusing), server(other));
    for (from, by) in [(&refusing, "src"), (&other, "dst")] {
        let mut refused = plans(&found, from, "refused");
        refused.extend(plans(&found, from, "failed"));
        assert!(!refused.is_empty(), "{found:?}");
        for plan in refused {
            assert_eq!(plan["by"], by, "{plan}");
            assert!(plan["advice"].as_str().unwrap().contains(setting), "{plan}");
            assert!(plan["reply"].is_string(), "{plan}");
        }
        assert!(plans(&found, from, "works").is_empty(), "{found:?}");
    }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn vsftpd_that_forbids_fxp() {
    names_the_refusing_server("vsftpd-nofxp", "proftpd", "_promiscuous=YES");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn proftpd_that_forbids_fxp() {
    names_the_refusing_server("proftpd-nofxp", "vsftpd", "AllowForeignAddress on");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn pureftpd_that_forbids_fxp() {
    names_the_refusing_server("pureftpd-nofxp", "vsftpd", "-w");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn pyftpdlib_that_forbids_fxp() {
    names_the_refusing_server("pyftpdlib-nofxp", "proftpd", "permit_foreign_addresses");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn required_session_reuse_is_named() {
    let found = doctor("vsftpd-reuse", "proftpd", &[]);
    let refused = plans(&found, &server("vsftpd-reuse"), "refused");
    let reuse = refused.iter().find(|plan| plan["tls"] == "dst").unwrap();
    assert_eq!(reuse["by"], "src", "{reuse}");
    assert!(reuse["advice"].as_str().unwrap().contains("require_ssl_reuse=NO"), "{reuse}");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn a_working_pair() {
    for options in [&[][..], &["--no-write"]] {
        let found = doctor("vsftpd", "proftpd", options);
        let asked = !options.is_empty();
        let worked = if asked { "skipped" } else { "works" };
        for name in ["vsftpd", "proftpd"] {
            let good = plans(&found, &server(name), worked);
            let passive = |side| good.iter().any(|plan| plan["passive"] == side);
            assert!(passive("src") && passive("dst"), "{found:?}");
            assert!(!asked || good.iter().any(|plan| plan["accepted"] == true), "{found:?}");
        }
    }
}

/// ProFTPD as the TLS client at the source loses data with TLS 1.3, sometimes with 226 on both
/// sides (docs/servers.md "Secure FXP"): incomplete files must never be reported as done.
fn never_reports_incomplete_files_as_done(target: &str) {
    let (source, target) = (server("proftpd"), server(target));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    let tree = from.local().join("tree");
    fs::create_dir_all(&tree).unwrap();
    for number in 0..4 {
        let size = [1024, 100_000, 1_000_000, 10_000_000][number as usize];
        fs::write(tree.join(format!("{number}.bin")), bytes(size, number + 7)).unwrap();
    }
    let program = Program::new().unwrap();
    let added = program
        .fxpane(&["sites", "add", "target"])
        .arg(target.url("/"))
        .args(["--set", "ignore_features=[\"SSCN\"]"])
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
    let output = program
        .fxpane(&["cp", "-r", "--json", "--insecure", "--data-protection", "require"])
        .arg(source.url(&format!("{}/tree", from.remote)))
        .arg(format!("target:{}/", to.remote))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let all = format!("{stdout}{}", String::from_utf8_lossy(&output.stderr));
    let (sent, stored) = (digests(&tree), digests(&to.local().join("tree")));
    let items: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &Value| line["event"] == "item" && line["bytes"] != 0)
        .collect();
    assert_eq!(items.len(), sent.len(), "{all}");
    for (name, digest) in &sent {
        let item = items.iter().find(|item| item["src"].as_str().unwrap().ends_with(name)).unwrap();
        match item["state"].as_str() {
            Some("done") => {
                assert_eq!(stored.get(name), Some(digest), "{name} is not whole: {all}");
                assert_eq!(item["protected"], true, "{all}");
                let direct = item["via"] == "direct";
                assert!(!direct || item["verdict"] == "verified", "{all}");
            }
            _ => assert_eq!(stored.get(name), None, "{all}"),
        }
    }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn proftpd_as_tls_client_at_the_source_to_vsftpd() {
    never_reports_incomplete_files_as_done("vsftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn proftpd_as_tls_client_at_the_source_to_proftpd() {
    never_reports_incomplete_files_as_done("proftpd-b");
}

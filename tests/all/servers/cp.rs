//! `fxpane cp` from server to server, for every ordered pair of the four servers that allow FXP,
//! with and without TLS. The copies are read from the target's directory on disk and compared by
//! SHA-256.

use std::fs;

use serde_json::Value;

use super::files::{bytes, digests};
use super::server::Server;
use crate::program::Program;

/// The files of the tree: an empty one, a small one that is written directly under its final name,
/// a large one that is written under a temporary name (transfer rule 2), and one whose path has
/// spaces.
const FILES: [(&str, usize); 4] =
    [("empty", 0), ("small.bin", 1024), ("large.bin", 4 << 20), ("sub dir/with  two.bin", 1024)];

/// How the control connections are secured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Security {
    /// No TLS.
    Plain,
    /// TLS with any certificate.
    Insecure,
}

pub(super) fn server(name: &str) -> Server {
    let servers = Server::all().unwrap();
    servers.into_iter().find(|server| server.name == name).unwrap()
}

fn copy(source: &str, target: &str, security: Security) {
    let (source, target) = (server(source), server(target));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    let tree = from.local().join("tree");
    for (number, (name, size)) in FILES.iter().enumerate() {
        let path = tree.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(*size, number as u64 + 1)).unwrap();
    }

    let program = Program::new().unwrap();
    let security_options: &[&str] = match security {
        Security::Plain => &["--security", "none"],
        Security::Insecure => &["--insecure"],
    };
    let output = program
        .fxpane(&["cp", "-r", "--json"])
        .args(security_options)
        .arg(source.url(&format!("{}/tree", from.remote)))
        .arg(target.url(&format!("{}/", to.remote)))
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let all =
        format!("{}\n--- standard output\n{stdout}--- standard error\n{stderr}", output.status);
    assert!(output.status.success(), "{all}");
    assert!(!all.contains(&source.pass), "a password was printed");

    assert_eq!(digests(&to.local().join("tree")), digests(&tree), "{all}");
    // no other file is left, such as a temporary one
    assert_eq!(fs::read_dir(to.local()).unwrap().count(), 1, "{all}");

    let events: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let items: Vec<&Value> = events.iter().filter(|event| event["event"] == "item").collect();
    for (name, size) in FILES {
        let end = format!("/tree/{}", name.replace(' ', "%20"));
        let item = items
            .iter()
            .find(|item| item["src"].as_str().unwrap().ends_with(&end))
            .unwrap_or_else(|| panic!("no line for {name}: {all}"));
        assert_eq!(item["state"], "done", "{all}");
        assert!(item["verdict"] == "complete" || item["verdict"] == "verified", "{all}");
        assert_eq!(item["via"], "direct", "{all}");
        assert_eq!(item["bytes"], size, "{all}");
        // the target must be the TLS client, which of these servers only ProFTPD supports (SSCN)
        let protected = security == Security::Insecure && target.name.starts_with("proftpd");
        assert_eq!(item["protected"], protected, "{all}");
    }
    let summary = events.last().unwrap();
    assert_eq!(summary["event"], "summary", "{all}");
    assert_eq!(summary["failed"], 0, "{all}");
    assert_eq!(summary["skipped"], 0, "{all}");
}

macro_rules! pairs {
    ($($name:ident: $source:literal, $target:literal;)*) => {
        mod plain {
            use super::{Security, copy};
            $(
                #[test]
                #[ignore = "needs real servers: tests/run"]
                fn $name() {
                    copy($source, $target, Security::Plain);
                }
            )*
        }
        mod insecure {
            use super::{Security, copy};
            $(
                #[test]
                #[ignore = "needs real servers: tests/run"]
                fn $name() {
                    copy($source, $target, Security::Insecure);
                }
            )*
        }
    };
}

pairs! {
    vsftpd_to_vsftpd: "vsftpd", "vsftpd-b";
    vsftpd_to_proftpd: "vsftpd", "proftpd";
    vsftpd_to_pureftpd: "vsftpd", "pureftpd";
    vsftpd_to_pyftpdlib: "vsftpd", "pyftpdlib";
    proftpd_to_vsftpd: "proftpd", "vsftpd";
    proftpd_to_proftpd: "proftpd", "proftpd-b";
    proftpd_to_pureftpd: "proftpd", "pureftpd";
    proftpd_to_pyftpdlib: "proftpd", "pyftpdlib";
    pureftpd_to_vsftpd: "pureftpd", "vsftpd";
    pureftpd_to_proftpd: "pureftpd", "proftpd";
    // two sessions on one server
    pureftpd_to_pureftpd: "pureftpd", "pureftpd";
    pureftpd_to_pyftpdlib: "pureftpd", "pyftpdlib";
    pyftpdlib_to_vsftpd: "pyftpdlib", "vsftpd";
    pyftpdlib_to_proftpd: "pyftpdlib", "proftpd";
    pyftpdlib_to_pureftpd: "pyftpdlib", "pureftpd";
    pyftpdlib_to_pyftpdlib: "pyftpdlib", "pyftpdlib";
}

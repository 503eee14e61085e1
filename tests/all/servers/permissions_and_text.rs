//! Permissions and text on real servers, which differ in SITE CHMOD, in the modes of a listing, and
//! in line ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use super::cp::server;
use crate::cli::{Ran, ran};
use crate::program::Program;

/// Modes that no server sets by default, but with which every server can read the files.
const MODES: [(&str, u32); 5] =
    [("", 0o705), ("small", 0o604), ("large", 0o444), ("inner", 0o715), ("inner/run", 0o745)];

fn mode(path: &Path) -> String {
    format!("{:o}", fs::metadata(path).unwrap().permissions().mode() & 0o7777)
}

fn write_tree(tree: &Path) {
    fs::create_dir_all(tree.join("inner")).unwrap();
    for (name, size) in [("small", 10), ("large", 2 << 20), ("inner/run", 300)] {
        fs::write(tree.join(name), vec![7; size]).unwrap();
    }
    for (name, mode) in MODES {
        fs::set_permissions(tree.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn copies_get_the_permissions_of_their_sources() {
    let program = Program::new().unwrap();
    for (source, target, via) in [
        ("proftpd", "vsftpd", "direct"),
        ("vsftpd", "inetutils", "direct"),
        ("inetutils", "pureftpd", "direct"),
        ("pureftpd", "pyftpdlib", "direct"),
        ("pyftpdlib", "proftpd", "direct"),
        ("pyftpdlib", "vsftpd", "relay"),
    ] {
        let (source, target) = (server(source), server(target));
        let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
        write_tree(&from.local().join("tree"));
        let words = ["cp", "-r", "--permissions", "--via", via, "--security", "none"];
        let copied = ran(program
            .fxpane(&words)
            .arg(source.url(&format!("{}/tree", from.remote)))
            .arg(target.url(&format!("{}/", to.remote))))
        .is(0);
        for (name, expected_mode) in MODES {
            let have = mode(&to.local().join("tree").join(name));
            let pair = format!("{} to {} {name:?} {copied:?}", source.name, target.name);
            assert_eq!(have, format!("{expected_mode:o}"), "{pair}");
        }
    }
}

fn item<'a>(items: &'a [Value], name: &str) -> &'a Value {
    let ends = |item: &&Value| item["src"].as_str().is_some_and(|src| src.ends_with(name));
    items.iter().find(ends).unwrap()
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn text_is_verified_if_possible_and_gets_the_receivers_line_ends() {
    let program = Program::new().unwrap();
    for (source, target) in
        [("proftpd", "proftpd-b"), ("pyftpdlib", "pureftpd"), ("vsftpd", "pyftpdlib")]
    {
        let (source, target) = (server(source), server(target));
        let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
        let many: String = (0..300_000).map(|number| format!("{number}\n")).collect();
        let files =
            [("lf", "a\nb\n".to_owned()), ("crlf", "a\r\nb\r\n".to_owned()), ("many", many)];
        let mut words = vec!["cp".to_owned(), "--json".to_owned(), "--security".to_owned()];
        words.extend(["none", "--verify", "checksum"].map(str::to_owned));
        for (name, text) in &files {
            fs::write(from.local().join(name), text).unwrap();
            words.push(source.url(&format!("{}/{name};type=a", from.remote)));
        }
        words.push(target.url(&format!("{}/", to.remote)));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let copied: Ran = ran(&mut program.fxpane(&words)).is(0);
        let items = copied.objects();
        for (name, text) in &files {
            let arrived = fs::read_to_string(to.local().join(name)).unwrap();
            assert!(arrived == text.replace("\r\n", "\n"), "{name} {copied:?}");
            let verdict = item(&items, &format!("/{name}"))["verdict"].as_str().unwrap();
            let expected = match *name {
                "crlf" => "unverified",
                _ if source.name == "proftpd" => "verified",
                _ => "complete",
            };
            assert_eq!(verdict, expected, "{} {name} {copied:?}", source.name);
        }
    }
}

//! `fxpane sync` on real servers: the run matches the preview, a second run does nothing, and the
//! trees are equal by SHA-256.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::cp::server;
use super::files::{bytes, digests};
use crate::program::Program;

fn write(top: &Path, files: &[(&str, usize, u64)]) {
    for (name, size, seed) in files {
        let path = top.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(*size, *seed)).unwrap();
    }
}

/// Makes these directories world-writable.
fn make_writable(directory: &Path) {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            make_writable(&path);
        }
    }
}

/// The steps in the output, such as `copy a/b`, without unchanged entries and created directories.
fn steps(output: &Output, target: &str) -> BTreeSet<String> {
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let all = format!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{all}");
    let events = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events
        .filter_map(|event| {
            let text = |key: &str| event[key].as_str().unwrap_or_default().replace("%20", " ");
            let prefix = |path: String| path.split_once(target).unwrap().1.to_owned();
            match (text("event").as_str(), text("action").as_str(), text("state").as_str()) {
                ("plan", "delete", _) => Some(format!("delete {}", text("path"))),
                ("plan", "copy", _) if !text("path").ends_with('/') => {
                    Some(format!("copy {}", text("path")))
                }
                ("item", _, "done") if event["dst"].is_null() => {
                    Some(format!("delete {}", prefix(text("src"))))
                }
                ("item", _, "done") => Some(format!("copy {}", prefix(text("dst")))),
                _ => None,
            }
        })
        .collect()
}

fn sync(source: &str, target: &str) {
    let (source, target) = (server(source), server(target));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    let (tree, copy) = (from.local().join("tree"), to.local().join("copy"));
    write(
        &tree,
        &[("same", 500, 1), ("longer", 900, 2), ("new/deep name/f", 100, 3), ("empty", 0, 0)],
    );
    write(
        &copy,
        &[("same", 500, 1), ("longer", 800, 2), ("gone", 10, 4), ("gone tree/x/y", 10, 5)],
    );
    make_writable(to.local());
    let program = Program::new().unwrap();
    let run = |options: &[&str]| {
        program
            .fxpane(&["sync", "--json", "--security", "none", "--delete", "--yes"])
            .args(options)
            .arg(source.url(&format!("{}/tree", from.remote)))
            .arg(target.url(&format!("{}/copy", to.remote)))
            .output()
            .unwrap()
    };
    let prefix = format!("{}/copy/", to.remote);
    let before = digests(&copy);
    let planned = steps(&run(&["--dry-run"]), &prefix);
    assert_eq!(digests(&copy), before, "a preview changes nothing");
    let done = steps(&run(&[]), &prefix);
    assert_eq!(digests(&copy), digests(&tree), "{done:?}");
    // a preview lists deleted directories, a run reports only files
    let files = |steps: &BTreeSet<String>| -> BTreeSet<String> {
        steps.iter().filter(|step| !step.ends_with('/')).cloned().collect()
    };
    assert_eq!(files(&done), files(&planned));
    assert!(
        planned.contains("copy longer") && planned.contains("delete gone tree/x/y"),
        "{planned:?}"
    );
    assert!(!copy.join("gone tree").exists());
    for options in
        [&[][..], &["--dry-run"], &["--compare", "time"], &["--compare", "checksum-or-time"]]
    {
        assert_eq!(steps(&run(options), &prefix), BTreeSet::new(), "{options:?}");
    }
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn proftpd_to_vsftpd() {
    sync("proftpd", "vsftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn vsftpd_to_pureftpd() {
    sync("vsftpd", "pureftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn pureftpd_to_proftpd() {
    sync("pureftpd", "proftpd");
}

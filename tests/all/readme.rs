//! Runs every command of the section of README.md about scripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::{Demo, ran};
use crate::program::Program;

/// The commands of the section, in order; a command continues after a line that ends in `|` or
/// `\\`.
fn commands() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let section = readme.split("## In scripts").nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap().strip_prefix("sh\n").unwrap();
    let mut commands = vec![String::new()];
    for line in block.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let last = commands.last_mut().unwrap();
        last.push_str(line);
        last.push('\n');
        if !line.ends_with(['|', '\\']) {
            commands.push(String::new());
        }
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn has_jq() -> bool {
    Command::new("jq").arg("--version").output().is_ok()
}

#[test]
fn commands_of_the_readme_work() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    for (name, url, cert) in
        [("mirror", &demo.left, &demo.certs[0]), ("nas", &demo.right, &demo.certs[1])]
    {
        ran(&mut program.fxpane(&["sites", "add", name, url])).is(0);
        ran(&mut program.fxpane(&["sites", "trust", "add", name, cert])).is(0);
    }
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("nas.password"), "fxp-secret\n").unwrap();
    fs::write(home.path().join("passphrase"), "open sesame\n").unwrap();
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_fxpane"));
    let mut path = bin.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        if command.contains("jq ") && !has_jq() {
            println!("skipped, jq is not installed: {command}");
            continue;
        }
        let mut shell = program.other("/bin/sh");
        shell.args(["-c", &command]).env("PATH", &path).current_dir(home.path());
        let ran = ran(shell.env("NAS_PASSWORD", "fxp-secret"));
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
    }
    let copied = fs::read_to_string(home.path().join("result.jsonl")).unwrap();
    assert_eq!(copied.lines().filter(|line| line.contains("\"done\"")).count(), 41, "{copied}");
}

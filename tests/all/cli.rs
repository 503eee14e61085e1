//! End-to-end tests of the command line: the real program, its output and its exit codes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::program::Program;

/// Output and exit code of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: i32,
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ran {
        out: String::from_utf8(stdout).unwrap(),
        err: String::from_utf8(stderr).unwrap(),
        code: status.code().unwrap(),
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    pub(crate) fn objects(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// `demo --serve`, and the URLs of its two servers.
#[derive(Debug)]
pub(crate) struct Demo {
    child: Child,
    pub(crate) left: String,
    pub(crate) right: String,
    pub(crate) certs: [String; 2],
}

impl Demo {
    pub(crate) fn start(program: &Program) -> Self {
        let mut command = program.fxpane(&["demo", "--serve"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut server = || {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            assert!(line["name"].is_string() && line["root"].is_string(), "{line}");
            ["url", "cert"].map(|field| line[field].as_str().unwrap().to_owned())
        };
        let ([left, one], [right, other]) = (server(), server());
        Self { child, left, right, certs: [one, other] }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // fails only if it has already ended
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_version_and_usage_errors() {
    let program = Program::new().unwrap();
    let version = ran(&mut program.fxpane(&["--version"])).is(0);
    assert_eq!(version.out, format!("fxpane {}\n", env!("CARGO_PKG_VERSION")));
    assert!(ran(&mut program.fxpane(&["--help"])).is(0).out.contains("Exit codes"));
    let wrong = ran(&mut program.fxpane(&["cpp"])).is(2);
    assert!(wrong.err.contains("'cp'") && wrong.out.is_empty(), "{wrong:?}");
    let location = ran(&mut program.fxpane(&["nas:/pub"])).is(2);
    assert!(location.err.contains("fxpane open nas:/pub"), "{location:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(ran(&mut program.fxpane(&["completions", shell])).is(0).out.contains("fxpane"));
    }
    assert!(ran(&mut program.fxpane(&["man"])).is(0).out.starts_with(".ie"));
    assert!(ran(&mut program.fxpane(&["man", "cp"])).is(0).out.contains("exists"));
    ran(&mut program.fxpane(&["man", "nothing"])).is(1);
}

#[test]
fn sites_are_added_shown_and_removed() {
    let program = Program::new().unwrap();
    let add = ["sites", "add", "nas", "ftpes://joe@h:2121/in", "--set", "max_sessions=2"];
    ran(&mut program.fxpane(&add)).is(0);
    let twice = ran(&mut program.fxpane(&add)).is(2);
    assert!(twice.err.contains("already"), "{twice:?}");
    let listed = ran(&mut program.fxpane(&["sites", "list", "--json"])).is(0).objects();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["name"], "nas");
    assert_eq!(listed[0]["user"], "joe");
    assert_eq!(listed[0]["security"], "explicit");
    assert_eq!(listed[0]["start_path"], "/in");
    assert_eq!(listed[0]["max_sessions"], 2);
    let shown = ran(&mut program.fxpane(&["sites", "show", "nas"])).is(0);
    assert!(shown.out.contains("port = 2121"), "{shown:?}");
    for (words, expected) in [
        (&["sites", "show", "nsa"][..], "“nas”"),
        (&["sites", "rm", "nsa"], "“nas”"),
        (&["sites", "add", "x", "ftp://h", "--set", "max_sesions=2"], "“max_sessions”"),
        (&["sites", "add", "x", "ftp://h", "--set", "max_sessions=no"], "max_sessions"),
        (&["sites", "add", "a/b", "ftp://h"], "“name”"),
        (&["sites", "add", "x", "ftpx://h"], "ftpes://"),
        (&["sites", "add", "x", "ftp://j@h", "--password", "plain"], "password is empty"),
        (&["sites", "edit", "nas"], "nothing to change"),
        (&["sites", "edit", "nas", "--unset", "host"], "without its host"),
    ] {
        let wrong = ran(&mut program.fxpane(words)).is(2);
        assert!(wrong.err.contains(expected), "{words:?}: {wrong:?}");
    }
    ran(&mut program.fxpane(&["sites", "rm", "nas"])).is(0);
    assert_eq!(ran(&mut program.fxpane(&["sites", "list"])).is(0).out, "");
}

#[test]
fn configuration_errors_are_reported_with_their_position() {
    let program = Program::new().unwrap();
    ran(&mut program.fxpane(&["config", "check"])).is(0);
    let paths = ran(&mut program.fxpane(&["config", "path", "--json"])).is(0).objects();
    let config = paths[0]["config"].as_str().unwrap();
    fs::create_dir_all(std::path::Path::new(config).parent().unwrap()).unwrap();
    fs::write(config, "[transfer]\nexists = \"never\"\n").unwrap();
    for words in [&["config", "check"][..], &["ls", "ftp://127.0.0.1:1/"]] {
        let wrong = ran(&mut program.fxpane(words)).is(2);
        assert!(wrong.err.contains("config.toml:2:"), "{wrong:?}");
    }
    let example = ran(&mut program.fxpane(&["config", "example"])).is(0);
    fs::write(config, example.out).unwrap();
    ran(&mut program.fxpane(&["config", "check"])).is(0);
}

#[test]
fn invalid_commands_fail_before_connecting() {
    let program = Program::new().unwrap();
    for (words, code, expected) in [
        (&["ls", "nas:/"][..], 2, "no site is called"),
        (&["ls", "/tmp"], 2, "not on a server"),
        (&["ls", "ftp://127.0.0.1:0/"], 2, "port"),
        (&["cp", "a", "b"], 2, "cp(1)"),
        (&["cp", "ftp://127.0.0.1:1/a"], 2, "nothing to copy"),
        (&["get", "/tmp/a"], 2, "is already local"),
        (&["chmod", "rwx", "ftp://127.0.0.1:1/a"], 2, "octal"),
        (&["ls", "ftp://joe@127.0.0.1:1/"], 3, "--password-file"),
        (&["ls", "ftp://127.0.0.1:1/"], 3, "refused"),
        (&["ls", "ftp://127.0.0.1:1/", "--accept-cert", "12"], 2, "64 hexadecimal"),
    ] {
        let ran = ran(&mut program.fxpane(words)).is(code);
        assert!(ran.err.contains(expected) && ran.out.is_empty(), "{words:?}: {ran:?}");
        assert!(ran.err.starts_with("fxpane: "), "{ran:?}");
    }
    let json = ran(&mut program.fxpane(&["cp", "--json", "ftp://127.0.0.1:1/a", "here"])).is(3);
    let six = ran(&mut program.fxpane(&["ls", "ftp://[::1]:1/a"])).is(3);
    assert!(six.err.contains("fxpane: [::1]:1: cannot connect"), "{six:?}");
    let events: Vec<_> = json.objects().iter().map(|line| line["event"].clone()).collect();
    assert_eq!(events, ["error", "summary"]);
}

#[test]
fn commands_for_one_server_work() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let at = |path: &str| format!("{}{path}", demo.right);
    let plain = |words: &[&str]| {
        let mut command = program.fxpane(words);
        ran(command.args(["--security", "none"]))
    };
    plain(&["mkdir", &at("/incoming/a/b"), &at("/incoming/a/d")]).is(0);
    plain(&["mv", &at("/incoming/a/b"), "c"]).is(0);
    // an existing directory receives the source, with and without a trailing slash
    plain(&["mv", &at("/incoming/a/c"), "d"]).is(0);
    plain(&["mv", &at("/incoming/a/d/c"), "/incoming/a"]).is(0);
    plain(&["chmod", "700", &at("/incoming/a/c"), &at("/incoming/a/d")]).is(0);
    let both = plain(&["stat", "--json", &at("/incoming/a/c"), &at("/incoming/a/d")]).is(0);
    assert_eq!(both.objects().len(), 2);
    plain(&["rm", "-r", "--yes", &at("/incoming/a/d")]).is(0);
    let listed = plain(&["ls", "--json", &at("/incoming/a")]).is(0).objects();
    assert_eq!(listed[0]["name"], "c");
    assert_eq!(listed[0]["kind"], "dir");
    assert_eq!(plain(&["ls", "-1", &at("/incoming/a")]).is(0).out, "c\n");
    plain(&["ls", &at("/incoming/README.md")]).is(0);
    let stat = plain(&["stat", "--json", &at("/incoming/README.md")]).is(0).objects();
    assert_eq!(stat[0]["size"], 32);
    plain(&["stat", &at("/incoming/nothing")]).is(1);
    // everything after the location of `raw` is part of the FTP command
    let raw = |word| ran(&mut program.fxpane(&["raw", "--security", "none", &at("/"), word]));
    assert!(raw("NOOP").is(0).out.starts_with("200"));
    raw("NONSENSE").is(1);
    assert!(plain(&["rm", &at("/incoming/a")]).is(1).err.contains("-r"));
    let unconfirmed = plain(&["rm", "-r", &at("/incoming/a")]).is(2).err;
    assert!(unconfirmed.contains("would delete") && unconfirmed.contains("--yes"), "{unconfirmed}");
    plain(&["rm", "-r", "--yes", &at("/incoming/a")]).is(0);
    plain(&["ls", &at("/incoming/a")]).is(1);
    // error messages never repeat a password
    let wrong = demo.right.replace("fxp-secret", "hunter2");
    let wrong = plain(&["ls", &wrong]).is(3);
    assert!(!wrong.err.contains("hunter2"), "{wrong:?}");
}

#[test]
fn listings_are_sent_in_the_requested_type() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    for (end, options, text) in [
        ("", &[][..], false),
        (";type=a", &[], true),
        ("@type=a", &[], true),
        (";type=a", &["--type", "binary"], false),
        (";type=i", &["--type", "text"], true),
        (";type=d", &[], false),
    ] {
        let url = format!("{}/pub/docs{end}", demo.left);
        let words = ["ls", "-v", "-1", "--security", "none", &url];
        let listed = ran(program.fxpane(&words).args(options)).is(0);
        assert_eq!(listed.out, "guide.txt\nnaïve names\n", "{end} {options:?}");
        assert_eq!(listed.err.contains("> TYPE A"), text, "{end} {options:?}: {listed:?}");
    }
}

#[test]
fn files_are_copied_between_two_servers() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let source = format!("{}/pub/docs", demo.left);
    let target = format!("{}/incoming/", demo.right);
    // an untrusted certificate is refused by a safety rule
    let refused = ran(&mut program.fxpane(&["cp", "-r", &source, &target])).is(4);
    assert!(refused.err.contains("--accept-cert"), "{refused:?}");
    let words = ["cp", "-r", "--json", "--insecure", &source, &target];
    let copied = ran(&mut program.fxpane(&words)).is(0);
    assert!(copied.err.contains("WARNING"), "{copied:?}");
    let lines = copied.objects();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in &lines[..2] {
        assert_eq!(line["event"], "item");
        assert_eq!(line["state"], "done");
        assert_eq!(line["verdict"], "complete");
        assert_eq!(line["verified"], "size");
        assert_eq!(line["via"], "direct");
        assert_eq!(line["protected"], true);
        assert!(!line["src"].as_str().unwrap().contains("secret"), "{line}");
    }
    assert_eq!(lines[2]["event"], "summary");
    assert_eq!(lines[2]["done"], 2);
    // existing files are skipped when not interactive
    let again = ran(&mut program.fxpane(&words)).is(0).objects();
    assert_eq!(again[2]["skipped"], 2);
    // accept the certificate of one server by fingerprint, and save it for the next run
    let listed = format!("{target}docs");
    let untrusted = ran(&mut program.fxpane(&["ls", &listed])).is(4);
    let fingerprint =
        untrusted.err.split_whitespace().find(|word| word.len() == 64).unwrap().to_owned();
    let accept = ["ls", "-1", &listed, "--accept-cert", &fingerprint, "--save-cert"];
    let docs = ran(&mut program.fxpane(&accept)).is(0);
    assert_eq!(docs.out.lines().collect::<Vec<_>>(), ["guide.txt", "naïve names"]);
    assert_eq!(ran(&mut program.fxpane(&["ls", "-1", &listed])).is(0).out, docs.out);
}

#[test]
fn files_are_uploaded_and_downloaded() {
    let program = Program::new().unwrap();
    let demo = Demo::start(&program);
    let plain = |words: &[&str]| {
        let mut command = program.fxpane(words);
        ran(command.args(["--security", "none"]))
    };
    let home = tempfile::tempdir().unwrap();
    let here = home.path().to_str().unwrap();
    let file = format!("{here}/new");
    fs::write(&file, "content").unwrap();
    let target = format!("{}/incoming/deep/er/", demo.right);
    let sent = plain(&["put", "--json", &file, &target]).is(0).objects();
    assert_eq!(sent[0]["via"], "upload");
    assert_eq!(sent[0]["bytes"], 7);
    // missing directories are created for standard input too
    let piped = format!("{}/incoming/new/way/piped", demo.right);
    let mut put = program.fxpane(&["put", "--security", "none", "-", &piped]);
    ran(put.stdin(fs::File::open(&file).unwrap())).is(0);
    assert_eq!(plain(&["get", &piped, "-"]).is(0).out, "content");
    let back = format!("{here}/back");
    let source = format!("{}/incoming/deep", demo.right);
    assert!(plain(&["get", &source, &back]).is(1).err.contains("-r"));
    plain(&["get", "-r", &source, &back]).is(0);
    assert_eq!(fs::read(format!("{back}/er/new")).unwrap(), b"content");
    // a missing source does not prevent the others from being copied
    let missing = format!("{source}/missing");
    let there = format!("{source}/er/new");
    let mixed = plain(&["get", "--json", &missing, &there, here, "--exists", "rename"]).is(1);
    let summary = mixed.objects().pop().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&1.into(), &1.into()), "{mixed:?}");
    assert_eq!(fs::read_dir(here).unwrap().count(), 3);
}

#[test]
fn debug_listing_prints_objects() {
    let program = Program::new().unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("listing");
    let unix = b"drwxr-xr-x 2 u g 4096 Nov 02 10:00 dir\r\n\
        -rw-r--r-- 1 u g 12 Dec 31 23:59 caf\xe9\r\nsomething else\r\n";
    fs::write(&file, unix).unwrap();
    let file = file.to_str().unwrap();
    let words = ["debug", "listing", "--now", "2026-11-21T05:00:00", file];
    let raw = ran(&mut program.fxpane(&words)).is(0);
    assert_eq!(raw.err.lines().next(), Some("1 line could not be parsed"));
    let lines = raw.objects();
    assert_eq!(
        raw.out.lines().next(),
        Some(concat!(
            r#"{"name":"dir","kind":"dir","size":4096,"mtime":"2026-11-02T10:00:00","utc":false,"#,
            r#""target":null,"perms":"drwxr-xr-x"}"#
        ))
    );
    assert_eq!(lines[1]["name_b64"], "Y2Fm6Q==");
    assert_eq!(lines[1]["mtime"], "2025-12-31T23:59:00");
    let latin = [&words[..], &["--encoding", "latin1", "--server", "UNIX Type: L8"]].concat();
    assert_eq!(ran(&mut program.fxpane(&latin)).is(0).objects()[1]["name"], "café");
    for (option, value) in [("--now", "today"), ("--encoding", "martian")] {
        ran(&mut program.fxpane(&["debug", "listing", option, value, file])).is(2);
    }
}

/// All commands and subcommands (`sites add`), each with its help.
fn commands(program: &Program) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(path) = open.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let help = ran(&mut program.fxpane(&words)).is(0).out;
        let inner = help.split("Commands:\n").nth(1).unwrap_or_default();
        for line in inner.lines().take_while(|line| !line.is_empty()) {
            let name = line.strip_prefix("  ").and_then(|line| line.split(' ').next());
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                open.push([&path[..], &[name.to_owned()]].concat());
            }
        }
        found.push((path, help));
    }
    found
}

#[test]
fn every_command_has_examples_a_manual_page_and_completions() {
    let program = Program::new().unwrap();
    let all = commands(&program);
    assert!(all.len() > 25, "{all:?}");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ran(&mut program.fxpane(&["man", "--output", folder.to_str().unwrap()])).is(0);
    let scripts = ["bash", "zsh", "fish", "elvish", "powershell"]
        .map(|shell| (shell, ran(&mut program.fxpane(&["completions", shell])).is(0).out));
    for (path, help) in &all {
        // examples of subcommands are in the help of their parent
        assert!(path.len() != 1 || help.contains("Examples:"), "{path:?} has no examples");
        let name = ["fxpane"].into_iter().chain(path.iter().map(String::as_str));
        let page = folder.join(format!("{}.1", name.collect::<Vec<_>>().join("-")));
        let page = fs::read_to_string(page).unwrap().replace("\\-", "-");
        let words = help.split_whitespace().map(|word| word.trim_end_matches(','));
        let options = words.filter(|word| {
            let name = word.strip_prefix("--").unwrap_or_default();
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        });
        let usage = help.split("Examples:").next().unwrap_or_default();
        for option in options.filter(|option| usage.contains(&format!("{option} "))) {
            assert!(page.contains(option), "{path:?}: the page lacks {option}");
            for (shell, script) in &scripts {
                let word = if *shell == "fish" { &option[2..] } else { option };
                assert!(script.contains(word), "{path:?}: {shell} lacks {option}");
            }
        }
        let Some(last) = path.last() else { continue };
        for (shell, script) in &scripts {
            assert!(script.contains(last.as_str()), "{shell} lacks {path:?}");
        }
    }
}

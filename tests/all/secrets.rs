//! Checks that a known password never appears in any output: results, errors, JSON, the FTP
//! conversation, the trace log, files, and the arguments of child processes. It may only be where
//! the user put it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use fxpane::demo::fault::Rule;
use fxpane::demo::{Server, Setup};

use crate::program::Program;

const PASSWORD: &str = "Tr0ub4dor&3-hunter2";
const PASSPHRASE: &str = "correct-horse-battery";
/// The percent-encoded password of URLs.
const IN_URL: &str = "Tr0ub4dor%263-hunter2";

/// The program with the trace log on, and files with secrets outside its directories.
struct Fixture {
    program: Program,
    config: PathBuf,
    data: PathBuf,
    secrets: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let program = Program::new().unwrap();
        let out = program.fxpane(&["config", "path", "--json"]).output().unwrap().stdout;
        let paths: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let folder = |name: &str| {
            let file = Path::new(paths[name].as_str().unwrap());
            file.parent().unwrap().to_owned()
        };
        let (config, data) = (folder("config"), folder("certificates"));
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("config.toml"), "[log]\nlevel = \"trace\"\n").unwrap();
        let secrets = tempfile::tempdir().unwrap();
        fs::write(secrets.path().join("password"), PASSWORD).unwrap();
        fs::write(secrets.path().join("passphrase"), PASSPHRASE).unwrap();
        Self { program, config, data, secrets }
    }

    fn secret(&self, name: &str) -> String {
        self.secrets.path().join(name).to_str().unwrap().to_owned()
    }

    /// Runs a command and checks its output for secrets.
    #[track_caller]
    fn run(&self, words: &[&str], environment: &[(&str, &str)]) -> (i32, String) {
        let mut command = self.program.fxpane(words);
        command.env("FXPANE_VAULT_PASSPHRASE_FILE", self.secret("passphrase"));
        command.envs(environment.iter().copied());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let output =
            format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert_clean(&words.join(" ").replace(IN_URL, "…"), output.as_bytes());
        (status.code().unwrap(), output)
    }

    /// Checks all files that the program wrote, except those that may contain secrets.
    #[track_caller]
    fn check_files(&self, except: &[&str]) {
        let mut folders = vec![self.config.clone(), self.data.clone()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !except.contains(&path.file_name().unwrap().to_str().unwrap()) {
                    seen += 1;
                    assert_clean(&path.display().to_string(), &fs::read(&path).unwrap());
                }
            }
        }
        assert!(seen > 1, "expected at least settings and a log");
    }
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let xored: Vec<u8> = PASSWORD.bytes().map(|byte| byte ^ b'_').collect();
    let hidden = [STANDARD_NO_PAD.encode(PASSWORD), STANDARD_NO_PAD.encode(xored)];
    let plain = [PASSWORD, PASSPHRASE, IN_URL, "hunter2"];
    for secret in plain.into_iter().chain(hidden.iter().map(String::as_str)) {
        let found = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found, "{what} contains a secret: {}", String::from_utf8_lossy(bytes));
    }
}

/// A server with one user.
async fn server() -> Server {
    let setup = Setup::new().user("joe", PASSWORD).file("/pub/f", "content").dir("/in");
    Server::start(setup).await.unwrap()
}

/// An environment variable.
type Variable = (&'static str, &'static str);

/// Every source of a password: its name, its setting in sites.toml, the environment it needs.
fn kinds(fixture: &Fixture) -> Vec<(&'static str, String, Vec<Variable>)> {
    let file = fixture.secret("password");
    vec![
        ("env", "{ env = \"SECRET_OF_JOE\" }".to_owned(), vec![("SECRET_OF_JOE", PASSWORD)]),
        ("command", format!("{{ command = \"cat '{file}'\" }}"), Vec::new()),
        ("netrc", "{ netrc = true }".to_owned(), Vec::new()),
        ("vault", "{ vault = \"joe\" }".to_owned(), Vec::new()),
        ("plain", format!("{{ plain = \"{PASSWORD}\" }}"), Vec::new()),
    ]
}

/// Writes sites for all sources, and the vault and `.netrc` that two of them need.
fn write_sites(fixture: &Fixture, server: &Server) {
    let mut text = String::new();
    for (kind, password, _) in kinds(fixture) {
        text.push_str(&format!(
            "[[site]]\nname = \"{kind}\"\nhost = \"{}\"\nport = {}\nuser = \"joe\"\n\
             security = \"none\"\npassword = {password}\n\n",
            server.ip(),
            server.port()
        ));
    }
    fs::write(fixture.config.join("sites.toml"), text).unwrap();
    let home = fixture.config.parent().unwrap();
    let netrc = format!("machine {} login joe password {PASSWORD}\n", server.ip());
    fs::write(home.join(".netrc"), netrc).unwrap();
    let file = fixture.secret("password");
    let set = ["sites", "vault", "set", "joe", "--password-file", &file];
    assert_eq!(fixture.run(&set, &[]).0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_never_printed() {
    let server = server().await;
    let fixture = Fixture::new();
    write_sites(&fixture, &server);
    let here = fixture.secret("here");
    for (kind, _, environment) in kinds(&fixture) {
        let at = |path: &str| format!("{kind}:{path}");
        for words in [
            &["ls", "-v", &at("/pub")][..],
            &["ls", "--json", &at("/pub")],
            &["stat", "-v", &at("/pub/f")],
            &["raw", "-v", &at("/"), "SYST"],
            &["cp", "-v", "--json", "--exists", "overwrite", &at("/pub/f"), &at("/in/f")],
            &["get", "-v", "--exists", "overwrite", &at("/pub/f"), &here],
            &["sites", "show", kind],
            &["sites", "show", kind, "--json"],
            &["sites", "test", "-v", kind],
        ] {
            let (code, output) = fixture.run(words, &environment);
            assert_eq!(code, 0, "{words:?}: {output}");
        }
    }
    for words in [
        &["sites", "list"][..],
        &["sites", "list", "--json"],
        &["sites", "export"],
        &["sites", "export", "--json"],
        &["sites", "vault", "list"],
        &["sites", "vault", "status"],
        &["config", "check"],
    ] {
        assert_eq!(fixture.run(words, &[]).0, 0, "{words:?}");
    }
    fixture.check_files(&["sites.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_in_server_replies_are_masked() {
    let server = server().await;
    let fixture = Fixture::new();
    write_sites(&fixture, &server);
    let echo = format!("on PASS reply 530 \"joe with {PASSWORD} may not come in\"");
    server.fault(Rule::parse(&echo).unwrap());
    let url = format!("ftp://joe:{IN_URL}@{}:{}/pub", server.ip(), server.port());
    for words in [
        &["ls", "-v", "plain:/pub"][..],
        &["ls", "--json", "plain:/pub"],
        &["sites", "test", "-v", "plain"],
        &["cp", "-v", "--json", "plain:/pub/f", "plain:/in/"],
        &["ls", "--security", "none", &url],
        &["raw", "-v", "plain:/", "PASS", PASSWORD],
    ] {
        let (code, output) = fixture.run(words, &[]);
        assert_eq!(code, 3, "{output}");
    }
    fixture.check_files(&["sites.toml"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_in_urls_are_used_but_never_printed() {
    let server = server().await;
    let fixture = Fixture::new();
    let login = format!("joe:{IN_URL}@{}:{}", server.ip(), server.port());
    let at = |path: &str| format!("ftp://{login}{path}");
    let plain = ["--security", "none"];
    for (words, code) in [
        (&["ls", "-v", &at("/pub")][..], 0),
        (&["cp", "--json", &at("/pub/f"), &at("/in/")], 0),
        (&["stat", &at("/none")], 1),
        (&["rm", &at("/none")], 1),
        (&["rm", "-r", &at("/in")], 2),
        (&["mv", &at("/in/f"), &at("/in/g")], 0),
        (&["mkdir", "--json", &at("/in/d")], 0),
        (&["chmod", "644", &at("/in/g")], 0),
    ] {
        let (ended, output) = fixture.run(&[words, &plain].concat(), &[]);
        assert_eq!(ended, code, "{words:?}: {output}");
    }
    // usage errors, which quote the arguments
    for words in [
        &["ls", &at("/a"), &at("/b")][..],
        &["chmod", &at("/a"), &at("/b")],
        &["get", &at("/a"), "--exists", &at("/b")],
        &["put", "no-such-file", &at("/b")],
        &["ls", &format!("ftp:{login}")],
        &["ls", &format!("ftpx://{login}/")],
        &["ls", &format!("ftp//{login}/")],
        &["ls", &format!("ftp://{login}x/")],
        &["ls", &format!("ftp://joe:{IN_URL}/{IN_URL}@host/")],
        &["ls", &format!("ftp://joe:<xor>{IN_URL}@host/")],
        &["mv", &at("/a"), &format!("ftp://joe:{IN_URL}@127.0.0.99/b")],
        &["sites", "add", "a/b", &at("/")],
        &["sites", "add", "x", &at("/"), "--set", &format!("password={PASSWORD}")],
        &["sites", "add", "x", &at("/"), "--set", PASSWORD],
        &["sites", "add", "x", &at("/"), "--password", PASSWORD],
        &[
            "sites",
            "add",
            "x",
            &at("/"),
            "--set",
            &format!("proxy={{ password = \"{PASSWORD}\" }}"),
        ],
    ] {
        let (code, output) = fixture.run(words, &[]);
        assert!(code == 2 || code == 1, "{output}");
    }
    // jobs are stored without the password
    let words = ["sites", "add", "kept", &at("/"), "--password", "vault"];
    assert_eq!(fixture.run(&words, &[]).0, 0);
    fixture.check_files(&[]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn child_processes_get_no_secrets_as_arguments() {
    let server = server().await;
    let fixture = Fixture::new();
    write_sites(&fixture, &server);
    // the password command and the editor record their own command lines
    let recorded = fixture.secret("recorded");
    let spy = fixture.secret("spy");
    let script = format!(
        "#!/bin/sh\ntr '\\0' ' ' < /proc/$$/cmdline >> '{recorded}'\n\
         tr '\\0' ' ' < /proc/$PPID/cmdline >> '{recorded}'\ncat '{}'\n",
        fixture.secret("password")
    );
    fs::write(&spy, script).unwrap();
    let text = fs::read_to_string(fixture.config.join("sites.toml")).unwrap();
    let text = text.replace(&format!("cat '{}'", fixture.secret("password")), &format!("sh {spy}"));
    fs::write(fixture.config.join("sites.toml"), text).unwrap();
    assert_eq!(fixture.run(&["ls", "command:/pub"], &[]).0, 0);
    let editor = format!("tr '\\0' ' ' < /proc/self/cmdline >> '{recorded}'; true");
    assert_eq!(fixture.run(&["sites", "edit", "plain", "--editor"], &[("EDITOR", &editor)]).0, 0);
    let recorded = fs::read(&recorded).unwrap();
    let text = String::from_utf8_lossy(&recorded);
    assert!(text.contains("spy"), "{text}");
    assert_clean("an argument", &recorded);
}

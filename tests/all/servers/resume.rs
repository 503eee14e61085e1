//! Resuming after the program was killed, with every kind of real server at either side. Local real
//! servers are too fast to be interrupted in the middle, so the other side is a demo server that
//! stalls.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Setup};

use super::cp::server;
use super::server::{Server, TestDir};
use crate::cli::{Ran, ran};
use crate::program::Program;

const SIZE: usize = 6 << 20;
const HALF: usize = 3 << 20;

fn content() -> Vec<u8> {
    (0..SIZE).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// True if a file in the directory has at least this size.
fn has_file_of(directory: &Path, bytes: u64) -> bool {
    let names = fs::read_dir(directory).unwrap().flatten();
    names.filter_map(|name| name.metadata().ok()).any(|data| data.is_file() && data.len() >= bytes)
}

/// Starts the command and kills it once `half` of the file has arrived; false if it ended before.
async fn kill_at_half(command: &mut Command, half: impl Fn() -> bool) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    while !half() {
        assert!(started.elapsed() < Duration::from_secs(60), "nothing arrives");
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let runs = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    runs
}

#[track_caller]
fn assert_arrived(what: &str, ran: &Ran, directory: &Path, want: &[u8]) {
    assert_eq!(ran.code, 0, "{what}: {}", ran.err);
    let names: Vec<_> = fs::read_dir(directory).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(names, ["f"], "{what}: {}", ran.err);
    assert!(fs::read(directory.join("f")).unwrap() == want, "{what}: {}", ran.err);
    // it was resumed
    assert!(ran.err.contains("REST "), "{what}: {}", ran.err);
}

fn url(directory: &TestDir, server: &Server, name: &str) -> String {
    server.url(&format!("{}/{name}", directory.remote))
}

/// Real target: it keeps what the demo source sent before it stalled.
async fn with_real_target(name: &str, via: &str) {
    let server = server(name);
    let directory = server.test_dir().unwrap();
    let source = Setup::new().file("/pub/f", content());
    let source = fxpane::demo::Server::start(source).await.unwrap();
    source.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    source.fault(Rule::parse(&format!("on RETR 1 stall after {HALF}")).unwrap());
    let program = Program::new().unwrap();
    let from = format!(
        "ftp://{}:{}@{}:{}/pub/f",
        source.user(),
        source.password(),
        source.ip(),
        source.port()
    );
    let to = url(&directory, &server, "");
    let words = ["cp", "-v", "--via", via, "--security", "none", &from, &to];
    let half = || has_file_of(directory.local(), HALF as u64 / 2);
    assert!(kill_at_half(&mut program.fxpane(&words), half).await);
    let again = ran(&mut program.fxpane(&words));
    assert_arrived(&format!("to {name} by {via}"), &again, directory.local(), &content());
}

/// Real source: the demo target stalls at first.
async fn with_real_source(name: &str, via: &str) {
    let server = server(name);
    let directory = server.test_dir().unwrap();
    fs::write(directory.local().join("f"), content()).unwrap();
    let target = Setup::new().dir("/in");
    let target = fxpane::demo::Server::start(target).await.unwrap();
    target.fault(Rule::parse(&format!("on STOR 1 stall after {HALF}")).unwrap());
    let program = Program::new().unwrap();
    let to = format!(
        "ftp://{}:{}@{}:{}/in/",
        target.user(),
        target.password(),
        target.ip(),
        target.port()
    );
    let from = url(&directory, &server, "f");
    let words = ["cp", "-v", "--via", via, "--security", "none", &from, &to];
    let half = || {
        let names = target.root().list("/in").unwrap();
        let size = |name: &String| target.root().read(&format!("/in/{name}")).unwrap().len();
        names.first().is_some_and(|name| size(name) >= HALF)
    };
    assert!(kill_at_half(&mut program.fxpane(&words), half).await);
    let again = ran(&mut program.fxpane(&words));
    let what = format!("from {name} by {via}");
    assert_eq!(again.code, 0, "{what}: {}", again.err);
    assert!(again.err.contains("REST "), "{what}: {}", again.err);
    assert_eq!(target.root().list("/in").unwrap(), ["f"], "{what}: {}", again.err);
    assert!(target.root().read("/in/f").unwrap() == content(), "{what}: {}", again.err);
}

/// `get` and `put` of a file that is large enough to be killed in the middle.
async fn get_and_put(name: &str) {
    const LONG: usize = 300 << 20;
    let server = server(name);
    let directory = server.test_dir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let program = Program::new().unwrap();
    let long = |path: &Path| {
        let mut bytes = content();
        bytes.resize(LONG, 7);
        fs::write(path, &bytes).unwrap();
        bytes
    };
    let (up, down) = (home.path().join("f"), home.path().join("down"));
    let bytes = long(&up);
    let to = url(&directory, &server, "");
    let words = ["put", "-v", "--security", "none", up.to_str().unwrap(), &to];
    let half = || has_file_of(directory.local(), 4 << 20);
    assert!(kill_at_half(&mut program.fxpane(&words), half).await, "put to {name} was too fast");
    let again = ran(&mut program.fxpane(&words));
    assert_arrived(&format!("put to {name}"), &again, directory.local(), &bytes);

    fs::create_dir(&down).unwrap();
    let (from, here) = (url(&directory, &server, "f"), format!("{}/", down.display()));
    let words = ["get", "-v", "--security", "none", &from, &here];
    assert!(
        kill_at_half(&mut program.fxpane(&words), || has_file_of(&down, 4 << 20)).await,
        "too fast"
    );
    let again = ran(&mut program.fxpane(&words));
    assert_arrived(&format!("get from {name}"), &again, &down, &bytes);
}

macro_rules! each {
    ($($name:ident: $server:literal;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs real servers: tests/run"]
            async fn $name() {
                for via in ["direct", "relay"] {
                    with_real_target($server, via).await;
                    with_real_source($server, via).await;
                }
            }
        )*
    };
}

each! {
    a_killed_copy_is_resumed_with_vsftpd: "vsftpd";
    a_killed_copy_is_resumed_with_proftpd: "proftpd";
    a_killed_copy_is_resumed_with_pureftpd: "pureftpd";
    a_killed_copy_is_resumed_with_inetutils: "inetutils";
    a_killed_copy_is_resumed_with_pyftpdlib: "pyftpdlib";
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs real servers: tests/run"]
async fn a_killed_get_or_put_is_resumed() {
    for name in ["vsftpd", "proftpd"] {
        get_and_put(name).await;
    }
}

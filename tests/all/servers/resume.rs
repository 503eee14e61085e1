//! Going on after the program was killed, with every kind of real server at either end. A real
//! server on this machine is too fast to be caught in the middle, so the other end is an embedded
//! one that stops after some bytes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Setup};

use super::cp::server;
use super::server::{Folder, Server};
use crate::cli::{Ran, ran};
use crate::program::Program;

const SIZE: usize = 6 << 20;
const HALF: usize = 3 << 20;

fn content() -> Vec<u8> {
    (0..SIZE).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// The one file of the folder that is named like this, when it has this many bytes.
fn has(folder: &Path, bytes: u64) -> bool {
    let names = fs::read_dir(folder).unwrap().flatten();
    names.filter_map(|name| name.metadata().ok()).any(|data| data.is_file() && data.len() >= bytes)
}

/// Starts it, and kills it once the file has arrived by half; false when it was too fast.
async fn killed(command: &mut Command, half: impl Fn() -> bool) -> bool {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !half() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing arrives");
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
fn assert_arrived(what: &str, ran: &Ran, folder: &Path, want: &[u8]) {
    assert_eq!(ran.code, 0, "{what}: {}", ran.err);
    let names: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(names, ["f"], "{what}: {}", ran.err);
    assert!(fs::read(folder.join("f")).unwrap() == want, "{what}: {}", ran.err);
    // it went on, or the server would not hear of it
    assert!(ran.err.contains("REST "), "{what}: {}", ran.err);
}

fn url(folder: &Folder, server: &Server, name: &str) -> String {
    server.url(&format!("{}/{name}", folder.remote))
}

/// As target: what the embedded source has sent before it stopped is there.
async fn as_target(name: &str, via: &str) {
    let server = server(name);
    let folder = server.folder().unwrap();
    let source = Setup::new().address([127, 0, 0, 47].into()).file("/pub/f", content());
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
    let to = url(&folder, &server, "");
    let words = ["cp", "-v", "--via", via, "--security", "none", &from, &to];
    let half = || has(folder.local(), HALF as u64 / 2);
    assert!(killed(&mut program.fxpane(&words), half).await);
    let again = ran(&mut program.fxpane(&words));
    assert_arrived(&format!("to {name} by {via}"), &again, folder.local(), &content());
}

/// As source: the embedded target takes no more than this at first.
async fn as_source(name: &str, via: &str) {
    let server = server(name);
    let folder = server.folder().unwrap();
    fs::write(folder.local().join("f"), content()).unwrap();
    let target = Setup::new().address([127, 0, 0, 48].into()).dir("/in");
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
    let from = url(&folder, &server, "f");
    let words = ["cp", "-v", "--via", via, "--security", "none", &from, &to];
    let half = || {
        let names = target.root().list("/in").unwrap();
        let size = |name: &String| target.root().read(&format!("/in/{name}")).unwrap().len();
        names.first().is_some_and(|name| size(name) >= HALF)
    };
    assert!(killed(&mut program.fxpane(&words), half).await);
    let again = ran(&mut program.fxpane(&words));
    let what = format!("from {name} by {via}");
    assert_eq!(again.code, 0, "{what}: {}", again.err);
    assert!(again.err.contains("REST "), "{what}: {}", again.err);
    assert_eq!(target.root().list("/in").unwrap(), ["f"], "{what}: {}", again.err);
    assert!(target.root().read("/in/f").unwrap() == content(), "{what}: {}", again.err);
}

/// `get` and `put` of a file that takes long enough to be killed in the middle.
async fn own(name: &str) {
    const LONG: usize = 300 << 20;
    let server = server(name);
    let folder = server.folder().unwrap();
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
    let to = url(&folder, &server, "");
    let words = ["put", "-v", "--security", "none", up.to_str().unwrap(), &to];
    let half = || has(folder.local(), 4 << 20);
    assert!(killed(&mut program.fxpane(&words), half).await, "put to {name} was too fast");
    let again = ran(&mut program.fxpane(&words));
    assert_arrived(&format!("put to {name}"), &again, folder.local(), &bytes);

    fs::create_dir(&down).unwrap();
    let (from, here) = (url(&folder, &server, "f"), format!("{}/", down.display()));
    let words = ["get", "-v", "--security", "none", &from, &here];
    assert!(killed(&mut program.fxpane(&words), || has(&down, 4 << 20)).await, "too fast");
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
                    as_target($server, via).await;
                    as_source($server, via).await;
                }
            }
        )*
    };
}

each! {
    a_killed_copy_goes_on_with_vsftpd: "vsftpd";
    a_killed_copy_goes_on_with_proftpd: "proftpd";
    a_killed_copy_goes_on_with_pureftpd: "pureftpd";
    a_killed_copy_goes_on_with_inetutils: "inetutils";
    a_killed_copy_goes_on_with_pyftpdlib: "pyftpdlib";
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs real servers: tests/run"]
async fn a_killed_get_or_put_goes_on() {
    for name in ["vsftpd", "proftpd"] {
        own(name).await;
    }
}

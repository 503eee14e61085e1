//! Transfers whose output has lost its reader: `fxpane cp … | head`.

use std::io::Read as _;
use std::process::Stdio;

use fxpane::demo::{Rule, Server, Setup};

use crate::program::Program;

const FILES: usize = 120;

fn url(server: &Server, path: &str) -> String {
    format!("ftp://{}:{}@{}:{}{path}", server.user(), server.password(), server.ip(), server.port())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_finished_without_its_reader() {
    for json in [false, true] {
        let setup = (0..FILES)
            .fold(Setup::new(), |setup, n| setup.file(&format!("/pub/{n:03}"), "content"));
        let from = Server::start(setup).await.unwrap();
        let to = Server::start(Setup::new().dir("/incoming")).await.unwrap();
        from.fault(Rule::parse("on RETR delay 5ms").unwrap());
        let ends = [url(&from, "/pub"), url(&to, "/incoming/")];
        let code = tokio::task::spawn_blocking(move || {
            let program = Program::new().unwrap();
            let mut command = program.fxpane(&["cp", "-r", "--security", "none"]);
            if json {
                command.arg("--json");
            }
            let mut child = command.args(ends).stdout(Stdio::piped()).spawn().unwrap();
            let mut out = child.stdout.take().unwrap();
            out.read_exact(&mut [0]).unwrap();
            drop(out);
            child.wait().unwrap().code()
        });
        assert_eq!(code.await.unwrap(), Some(0), "{json}");
        assert_eq!(to.root().list("/incoming/pub").unwrap().len(), FILES);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_to_a_pipe_fails_without_its_reader() {
    let server = Server::start(Setup::new().file("/big", vec![7; 4_000_000])).await.unwrap();
    let at = url(&server, "/big");
    let (code, messages) = tokio::task::spawn_blocking(move || {
        let program = Program::new().unwrap();
        let mut command = program.fxpane(&["get", "--security", "none", &at, "-"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0]).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    })
    .await
    .unwrap();
    assert_eq!((code, messages.as_str()), (Some(1), ""));
}

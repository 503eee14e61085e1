//! The queue by the real program: a server that goes away under `cp`, jobs that are only added,
//! and jobs that begin later.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fxpane::demo::{Rule, Server, Setup};

use crate::program::Program;

/// No step of a test takes longer than this.
const END: Duration = Duration::from_secs(30);

/// Two servers, bookmarks of both, and the program.
struct Desk {
    from: Server,
    to: Server,
    program: Program,
}

impl Desk {
    async fn new(addresses: [u8; 2], from: Setup, config: &str) -> Self {
        let [a, b] = addresses.map(|last| [127, 0, 0, last].into());
        let from = Server::start(from.address(a)).await.unwrap();
        let to = Server::start(Setup::new().address(b).dir("/incoming")).await.unwrap();
        let program = Program::new().unwrap();
        let folder = program.other("x").get_current_dir().unwrap().join("config");
        fs::create_dir_all(&folder).unwrap();
        let sites = [bookmark("from", &from), bookmark("to", &to)].join("\n");
        fs::write(folder.join("sites.toml"), sites).unwrap();
        fs::write(folder.join("config.toml"), config).unwrap();
        Self { from, to, program }
    }

    fn assert_same(&self, from: &str, to: &str) {
        let sent = self.from.root().tree(from).unwrap();
        assert_eq!(self.to.root().tree(to).unwrap(), sent);
    }
}

fn bookmark(name: &str, server: &Server) -> String {
    format!(
        "[[site]]\nname = \"{name}\"\nhost = \"{}\"\nport = {}\nuser = \"{}\"\n\
         password = {{ plain = \"{}\" }}\nsecurity = \"none\"\ndata_protection = \"off\"\n",
        server.ip(),
        server.port(),
        server.user(),
        server.password()
    )
}

/// The program at work, with what it says on standard error.
struct Work {
    child: Child,
    said: mpsc::Receiver<String>,
    heard: Vec<String>,
}

impl Work {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (say, said) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        Self { child, said, heard: Vec::new() }
    }

    /// Waits for a line with these words.
    fn hears(&mut self, words: &str) {
        while let Ok(line) = self.said.recv_timeout(END) {
            self.heard.push(line);
            if self.heard.last().is_some_and(|line| line.contains(words)) {
                return;
            }
        }
        panic!("“{words}” is not said: {:#?}", self.heard);
    }

    /// Its exit code, and all that it said.
    fn end(mut self) -> (i32, String) {
        while let Ok(line) = self.said.recv_timeout(END) {
            self.heard.push(line);
        }
        (self.child.wait().unwrap().code().unwrap(), self.heard.join("\n"))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // it has ended already, where the test went well
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tree(files: usize) -> Setup {
    (0..files).fold(Setup::new(), |setup, n| setup.file(&format!("/pub/{n:02}"), [7; 2000]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cp_goes_on_by_itself_when_a_server_is_back() {
    let desk = Desk::new([47, 48], tree(40), "[transfer]\nconnect_tries = 1\n").await;
    desk.from.fault(Rule::parse("on RETR delay 50ms").unwrap());
    let arguments = ["cp", "-r", "--parallel", "2", "from:/pub", "to:/incoming/"];
    let mut work = Work::start(&mut desk.program.fxpane(&arguments));
    assert!(desk.to.saw("STOR", 6).await);
    desk.to.crash().await;
    let mut work = tokio::task::spawn_blocking(move || {
        work.hears("fxpane: to: cannot connect");
        work
    })
    .await
    .unwrap();
    assert!(work.heard.last().unwrap().ends_with("what needs it waits"), "{:?}", work.heard);
    desk.to.come_back().await.unwrap();
    let work = tokio::task::spawn_blocking(move || {
        work.hears("fxpane: to: it is back");
        work.end()
    });
    let (code, said) = work.await.unwrap();
    assert_eq!(code, 0, "{said}");
    desk.assert_same("/pub", "/incoming/pub");
}

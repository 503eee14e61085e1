//! Repeating a command after the program was interrupted or killed: the second run resumes where
//! the first one stopped, and leaves no partial files.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Server, Setup};
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::{Ran, ran};
use crate::program::Program;

const LARGE: usize = 3 << 20;
/// Files of this size are stored under their final name.
const SMALL: usize = 600_000;
/// The number of bytes that are stored when the program is stopped.
const HALF: usize = 300_000;
/// Longer than a step takes on a busy machine, but shorter than the program's timeout for a silent
/// server.
const STEP_TIMEOUT: Duration = Duration::from_secs(50);

/// The route of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CopyRoute {
    Direct,
    Relay,
    Get,
    Put,
}

const ROUTES: [CopyRoute; 4] =
    [CopyRoute::Direct, CopyRoute::Relay, CopyRoute::Get, CopyRoute::Put];

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// Two servers, the program with its own home directory, and a copy command.
struct InterruptedCopy {
    route: CopyRoute,
    from: Server,
    to: Server,
    program: Program,
    size: usize,
    /// The state of the intent when the program is stopped.
    state: &'static str,
}

impl InterruptedCopy {
    async fn new(route: CopyRoute, size: usize) -> Self {
        let from = Setup::new().file("/pub/f", content(size));
        let to = Setup::new().dir("/incoming");
        let (from, to) = (Server::start(from).await.unwrap(), Server::start(to).await.unwrap());
        // with a temporary name or a local file, no reply is needed to prove that the file is ours
        let has_final_name = size == SMALL && route != CopyRoute::Get;
        let state = if has_final_name { "begun" } else { "recorded" };
        let program = Program::new().unwrap();
        let copy = Self { route, from, to, program, size, state };
        copy.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
        fs::create_dir(copy.download_dir()).unwrap();
        if route == CopyRoute::Put {
            fs::write(copy.home().join("f"), content(size)).unwrap();
        }
        // sends half of the file, then stalls
        let verb = if route == CopyRoute::Put { "STOR" } else { "RETR" };
        let rule = format!("on {verb} 1 stall after {HALF}");
        let server = if route == CopyRoute::Put { &copy.to } else { &copy.from };
        server.fault(Rule::parse(&rule).unwrap());
        copy
    }

    fn home(&self) -> PathBuf {
        self.program.other("x").get_current_dir().unwrap().to_owned()
    }

    /// The target directory of `get`.
    fn download_dir(&self) -> PathBuf {
        self.home().join("down")
    }

    fn command(&self, more: &[&str]) -> Command {
        let url = |server: &Server, path: &str| {
            let (user, password) = (server.user(), server.password());
            format!("ftp://{user}:{password}@{}:{}{path}", server.ip(), server.port())
        };
        let (from, to) = (url(&self.from, "/pub/f"), url(&self.to, "/incoming/"));
        let downloads = format!("{}/", self.download_dir().display());
        let args: Vec<&str> = match self.route {
            CopyRoute::Direct => vec!["cp", &from, &to],
            CopyRoute::Relay => vec!["cp", "--via", "relay", &from, &to],
            CopyRoute::Get => vec!["get", &from, &downloads],
            CopyRoute::Put => vec!["put", "f", &to],
        };
        let mut command = self.program.fxpane(&args);
        command.args(["--security", "none", "--json"]).args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn names(&self) -> Vec<String> {
        if self.route != CopyRoute::Get {
            return self.to.root().list("/incoming").unwrap();
        }
        let names = fs::read_dir(self.download_dir()).unwrap();
        names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        match self.route {
            CopyRoute::Get => fs::read(self.download_dir().join(name)).unwrap(),
            _ => self.to.root().read(&format!("/incoming/{name}")).unwrap(),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        match self.route {
            CopyRoute::Get => fs::write(self.download_dir().join(name), bytes).unwrap(),
            _ => self.to.root().write(&format!("/incoming/{name}"), bytes).unwrap(),
        }
    }

    /// The state of the intent in the store.
    fn intent_state(&self) -> Option<String> {
        let store = rusqlite::Connection::open(self.home().join("data/queue.db")).unwrap();
        store.query_row("SELECT state FROM intents", [], |row| row.get(0)).ok()
    }

    /// Runs the command until half of the file is stored, and stops the program with a signal.
    async fn stop_halfway(&self, signal: Signal) -> Ran {
        let mut child = self.command(&[]).spawn().unwrap();
        let start = Instant::now();
        loop {
            let have = self.names().first().map_or(0, |name| self.read(name).len());
            if have >= HALF / 2 {
                break;
            }
            assert!(start.elapsed() < STEP_TIMEOUT, "{:?}", child.try_wait());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // waits until the reply of the destination is recorded
        while self.intent_state().as_deref() != Some(self.state) {
            assert!(start.elapsed() < STEP_TIMEOUT, "{:?}", self.intent_state());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let finished = tokio::time::timeout(STEP_TIMEOUT, wait_for(child)).await;
        finished.expect("the program waits for the silent server")
    }

    async fn repeat(&self, more: &[&str]) -> Ran {
        wait_for(self.command(more).spawn().unwrap()).await
    }

    /// The start offset of each transfer.
    fn offsets(&self) -> Vec<u64> {
        let (server, verb) = match self.route {
            CopyRoute::Put => (&self.to, "STOR "),
            _ => (&self.from, "RETR "),
        };
        let messages = server.control_log();
        let (mut offset, mut all) = (0, Vec::new());
        for line in messages.iter().filter(|line| line.command) {
            if let Some(rest) = line.text.strip_prefix("REST ") {
                offset = rest.parse().unwrap();
            } else if line.text.starts_with(verb) {
                all.push(std::mem::take(&mut offset));
            }
        }
        all
    }

    #[track_caller]
    fn assert_copied(&self, ran: &Ran) {
        assert_eq!(ran.code, 0, "{:?} {ran:?}", self.route);
        assert!(self.read("f") == content(self.size), "{:?} {ran:?}", self.route);
        assert_eq!(self.names(), ["f"], "{:?} {ran:?}", self.route);
        let item = ran.objects().into_iter().find(|object| object["event"] == "item").unwrap();
        assert_eq!(item["state"], "done", "{:?} {ran:?}", self.route);
    }
}

async fn wait_for(child: Child) -> Ran {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
    let output = output.unwrap().unwrap();
    Ran {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_resumed_after_an_interruption_or_kill() {
    for route in ROUTES {
        for signal in [Signal::INT, Signal::KILL] {
            let copy = InterruptedCopy::new(route, LARGE).await;
            let ended = copy.stop_halfway(signal).await;
            assert_eq!(ended.code, if signal == Signal::INT { 130 } else { -1 }, "{ended:?}");
            let names = copy.names();
            assert!(names.len() == 1 && names[0].ends_with(".fxpart"), "{route:?} {names:?}");
            let again = copy.repeat(&[]).await;
            copy.assert_copied(&again);
            let offsets = copy.offsets();
            assert!(offsets.len() == 2 && offsets[1] > 0, "{route:?} {signal:?} {offsets:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_truncated_small_file_under_its_final_name_does_not_count_as_existing() {
    for route in ROUTES {
        let copy = InterruptedCopy::new(route, SMALL).await;
        copy.stop_halfway(Signal::KILL).await;
        let again = copy.repeat(&[]).await;
        copy.assert_copied(&again);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_cleared_job_are_found() {
    for size in [SMALL, LARGE] {
        for route in ROUTES {
            let copy = InterruptedCopy::new(route, size).await;
            copy.stop_halfway(Signal::KILL).await;
            let cleared = ran(&mut copy.program.fxpane(&["queue", "clear", "1"])).is(0);
            assert!(cleared.err.contains("1 file had been in progress"), "{cleared:?}");
            let jobs = ran(&mut copy.program.fxpane(&["queue", "list", "--json"])).is(0);
            assert_eq!(jobs.out, "");
            let again = copy.repeat(&[]).await;
            copy.assert_copied(&again);
            if size == LARGE {
                assert!(copy.offsets()[1] > 0, "{route:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partial_files_of_a_cleared_job_are_reported() {
    for route in ROUTES {
        let copy = InterruptedCopy::new(route, LARGE).await;
        copy.stop_halfway(Signal::INT).await;
        let [partial] = &copy.names()[..] else { panic!("{:?}", copy.names()) };
        let cleared = ran(&mut copy.program.fxpane(&["queue", "clear", "1"])).is(0);
        assert!(
            cleared.err.contains("kept partial file") && cleared.err.contains(partial),
            "{route:?} {cleared:?}"
        );
        copy.assert_copied(&copy.repeat(&[]).await);
        // the file is complete, so nothing is reported
        let cleared = ran(&mut copy.program.fxpane(&["queue", "clear", "2"])).is(0);
        assert_eq!(cleared.err, "", "{route:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partial_files_are_listed_and_deleted_on_request() {
    for route in ROUTES {
        let copy = InterruptedCopy::new(route, LARGE).await;
        copy.stop_halfway(Signal::INT).await;
        let [partial] = &copy.names()[..] else { panic!("{:?}", copy.names()) };
        let queue = |args: &[&str]| ran(copy.program.fxpane(&["queue"]).args(args));
        let listed = queue(&["parts"]).is(0);
        assert!(listed.out.contains(partial) && listed.out.contains("of 3.00 MiB"), "{listed:?}");
        // not interactive, so it cannot ask
        let refused = queue(&["parts", "--delete"]);
        assert!(refused.code != 0 && refused.err.contains("--yes"), "{refused:?}");
        assert_eq!(copy.names(), [partial.as_str()], "{route:?}");
        let other = queue(&["parts", "--delete", "--yes", "elsewhere"]).is(2);
        assert!(other.err.contains("no partial files on elsewhere"), "{other:?}");
        let password = copy.home().join("password");
        fs::write(&password, copy.to.password()).unwrap();
        let args = ["parts", "--delete", "--yes", "--password-file", "password", "--json"];
        let deleted = queue(&args).is(0).objects();
        assert_eq!(deleted[0]["state"], "deleted", "{route:?} {deleted:?}");
        assert_eq!(copy.names(), [""; 0], "{route:?}");
        assert_eq!(queue(&["parts"]).is(0).out, "");
        // the next copy starts over
        copy.assert_copied(&copy.repeat(&[]).await);
        assert_eq!(copy.offsets(), [0, 0], "{route:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_unknown_origin_is_kept_and_reported() {
    // the destination never sends 1xx, so nothing proves that the file is ours
    let mut copy = InterruptedCopy::new(CopyRoute::Direct, SMALL).await;
    copy.to.fault(Rule::parse("no 1xx").unwrap());
    copy.state = "recorded";
    copy.stop_halfway(Signal::KILL).await;
    let existing = copy.read("f");
    let again = copy.repeat(&[]).await.is(0);
    assert!(again.err.contains("somebody else's"), "{again:?}");
    assert_eq!(copy.read("f"), existing);
    let again = copy.repeat(&["--exists", "overwrite"]).await;
    copy.assert_copied(&again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_larger_than_the_data_sent_is_not_ours() {
    let copy = InterruptedCopy::new(CopyRoute::Direct, SMALL).await;
    copy.stop_halfway(Signal::KILL).await;
    let other = content(SMALL + 1);
    copy.write("f", &other);
    let again = copy.repeat(&[]).await.is(0);
    assert!(again.err.contains("another file"), "{again:?}");
    assert_eq!(copy.read("f"), other);
}

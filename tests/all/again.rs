//! The same command once more, after the program was interrupted or killed in the middle of it:
//! it goes on where the first one ended, and leaves nothing half behind.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Server, Setup};
use rustix::process::{Pid, Signal, kill_process};

use crate::cli::{Ran, ran};
use crate::program::Program;

const LARGE: usize = 3 << 20;
/// Files of this size arrive under their final name.
const SMALL: usize = 600_000;
/// So much has arrived when the end comes.
const HALF: usize = 300_000;
/// Longer than a step takes on a busy machine, and shorter than the program waits for a server that
/// says nothing.
const PATIENCE: Duration = Duration::from_secs(50);

/// Which way the bytes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    Relay,
    Get,
    Put,
}

const WAYS: [Way; 4] = [Way::Direct, Way::Relay, Way::Get, Way::Put];

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// Two servers, the program in a folder of its own, and a command.
struct Course {
    way: Way,
    from: Server,
    to: Server,
    program: Program,
    size: usize,
    /// What the store says of the file when the end comes.
    state: &'static str,
}

impl Course {
    async fn new(way: Way, size: usize) -> Self {
        let from = Setup::new().address([127, 0, 0, 45].into()).file("/pub/f", content(size));
        let to = Setup::new().address([127, 0, 0, 46].into()).dir("/incoming");
        let (from, to) = (Server::start(from).await.unwrap(), Server::start(to).await.unwrap());
        // under a hidden name or on this machine, no server needs to say whose the file is
        let named = size == SMALL && way != Way::Get;
        let state = if named { "begun" } else { "recorded" };
        let program = Program::new().unwrap();
        let course = Self { way, from, to, program, size, state };
        course.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
        fs::create_dir(course.here()).unwrap();
        if way == Way::Put {
            fs::write(course.home().join("f"), content(size)).unwrap();
        }
        // half of it, and then nothing any more
        let verb = if way == Way::Put { "STOR" } else { "RETR" };
        let rule = format!("on {verb} 1 stall after {HALF}");
        let server = if way == Way::Put { &course.to } else { &course.from };
        server.fault(Rule::parse(&rule).unwrap());
        course
    }

    fn home(&self) -> PathBuf {
        self.program.other("x").get_current_dir().unwrap().to_owned()
    }

    /// Where `get` writes.
    fn here(&self) -> PathBuf {
        self.home().join("down")
    }

    fn command(&self, more: &[&str]) -> Command {
        let url = |server: &Server, path: &str| {
            let (user, password) = (server.user(), server.password());
            format!("ftp://{user}:{password}@{}:{}{path}", server.ip(), server.port())
        };
        let (from, to) = (url(&self.from, "/pub/f"), url(&self.to, "/incoming/"));
        let here = format!("{}/", self.here().display());
        let words: Vec<&str> = match self.way {
            Way::Direct => vec!["cp", &from, &to],
            Way::Relay => vec!["cp", "--via", "relay", &from, &to],
            Way::Get => vec!["get", &from, &here],
            Way::Put => vec!["put", "f", &to],
        };
        let mut command = self.program.fxpane(&words);
        command.args(["--security", "none", "--json"]).args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn names(&self) -> Vec<String> {
        if self.way != Way::Get {
            return self.to.root().list("/incoming").unwrap();
        }
        let names = fs::read_dir(self.here()).unwrap();
        names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        match self.way {
            Way::Get => fs::read(self.here().join(name)).unwrap(),
            _ => self.to.root().read(&format!("/incoming/{name}")).unwrap(),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        match self.way {
            Way::Get => fs::write(self.here().join(name), bytes).unwrap(),
            _ => self.to.root().write(&format!("/incoming/{name}"), bytes).unwrap(),
        }
    }

    /// What the store says of the file that is under way.
    fn recorded(&self) -> Option<String> {
        let store = rusqlite::Connection::open(self.home().join("data/queue.db")).unwrap();
        store.query_row("SELECT state FROM intents", [], |row| row.get(0)).ok()
    }

    /// Runs the command until half of the file has arrived, and ends the program by a signal.
    async fn end_in_the_middle(&self, signal: Signal) -> Ran {
        let mut child = self.command(&[]).spawn().unwrap();
        let begun = Instant::now();
        loop {
            let have = self.names().first().map_or(0, |name| self.read(name).len());
            if have >= HALF / 2 {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{:?}", child.try_wait());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // what the destination has said is on its way to the disk
        while self.recorded().as_deref() != Some(self.state) {
            assert!(begun.elapsed() < PATIENCE, "{:?}", self.recorded());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        kill_process(Pid::from_child(&child), signal).unwrap();
        let ended = tokio::time::timeout(PATIENCE, end(child)).await;
        ended.expect("the program waits for the silent server")
    }

    async fn again(&self, more: &[&str]) -> Ran {
        end(self.command(more).spawn().unwrap()).await
    }

    /// Bytes from which each transfer began.
    fn offsets(&self) -> Vec<u64> {
        let (server, verb) = match self.way {
            Way::Put => (&self.to, "STOR "),
            _ => (&self.from, "RETR "),
        };
        let said = server.spoken();
        let (mut offset, mut all) = (0, Vec::new());
        for line in said.iter().filter(|line| line.command) {
            if let Some(rest) = line.text.strip_prefix("REST ") {
                offset = rest.parse().unwrap();
            } else if line.text.starts_with(verb) {
                all.push(std::mem::take(&mut offset));
            }
        }
        all
    }

    #[track_caller]
    fn assert_arrived(&self, ran: &Ran) {
        assert_eq!(ran.code, 0, "{:?} {ran:?}", self.way);
        assert!(self.read("f") == content(self.size), "{:?} {ran:?}", self.way);
        assert_eq!(self.names(), ["f"], "{:?} {ran:?}", self.way);
        let item = ran.objects().into_iter().find(|object| object["event"] == "item").unwrap();
        assert_eq!(item["state"], "done", "{:?} {ran:?}", self.way);
    }
}

async fn end(child: Child) -> Ran {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
    let output = output.unwrap().unwrap();
    Ran {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code().unwrap_or(-1),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_goes_on_after_an_interruption_and_after_a_kill() {
    for way in WAYS {
        for signal in [Signal::INT, Signal::KILL] {
            let course = Course::new(way, LARGE).await;
            let ended = course.end_in_the_middle(signal).await;
            assert_eq!(ended.code, if signal == Signal::INT { 130 } else { -1 }, "{ended:?}");
            let names = course.names();
            assert!(names.len() == 1 && names[0].ends_with(".fxpart"), "{way:?} {names:?}");
            let again = course.again(&[]).await;
            course.assert_arrived(&again);
            let offsets = course.offsets();
            assert!(offsets.len() == 2 && offsets[1] > 0, "{way:?} {signal:?} {offsets:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_file_that_was_cut_off_under_its_final_name_is_not_taken_for_one_that_exists() {
    for way in WAYS {
        let course = Course::new(way, SMALL).await;
        course.end_in_the_middle(Signal::KILL).await;
        let again = course.again(&[]).await;
        course.assert_arrived(&again);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_cleared_job_left_is_found_as_well() {
    for size in [SMALL, LARGE] {
        for way in WAYS {
            let course = Course::new(way, size).await;
            course.end_in_the_middle(Signal::KILL).await;
            let cleared = ran(&mut course.program.fxpane(&["queue", "clear", "1"])).is(0);
            assert!(cleared.err.contains("1 file had been handed out"), "{cleared:?}");
            let jobs = ran(&mut course.program.fxpane(&["queue", "list", "--json"])).is(0);
            assert_eq!(jobs.out, "");
            let again = course.again(&[]).await;
            course.assert_arrived(&again);
            if size == LARGE {
                assert!(course.offsets()[1] > 0, "{way:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_of_a_cleared_job_is_told() {
    for way in WAYS {
        let course = Course::new(way, LARGE).await;
        course.end_in_the_middle(Signal::INT).await;
        let [part] = &course.names()[..] else { panic!("{:?}", course.names()) };
        let cleared = ran(&mut course.program.fxpane(&["queue", "clear", "1"])).is(0);
        assert!(cleared.err.contains(&format!("{part} stays there")), "{way:?} {cleared:?}");
        course.assert_arrived(&course.again(&[]).await);
        // whole now, so there is nothing to tell
        let cleared = ran(&mut course.program.fxpane(&["queue", "clear", "2"])).is(0);
        assert_eq!(cleared.err, "", "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_is_listed_and_deleted_on_the_users_word() {
    for way in WAYS {
        let course = Course::new(way, LARGE).await;
        course.end_in_the_middle(Signal::INT).await;
        let [part] = &course.names()[..] else { panic!("{:?}", course.names()) };
        let queue = |words: &[&str]| ran(course.program.fxpane(&["queue"]).args(words));
        let listed = queue(&["parts"]).is(0);
        assert!(listed.out.contains(part) && listed.out.contains("of 3.00 MiB"), "{listed:?}");
        // nobody is there to be asked
        let refused = queue(&["parts", "--delete"]);
        assert!(refused.code != 0 && refused.err.contains("--yes"), "{refused:?}");
        assert_eq!(course.names(), [part.as_str()], "{way:?}");
        let other = queue(&["parts", "--delete", "--yes", "elsewhere"]).is(2);
        assert!(other.err.contains("nothing is kept on elsewhere"), "{other:?}");
        let password = course.home().join("password");
        fs::write(&password, course.to.password()).unwrap();
        let words = ["parts", "--delete", "--yes", "--password-file", "password", "--json"];
        let deleted = queue(&words).is(0).objects();
        assert_eq!(deleted[0]["state"], "deleted", "{way:?} {deleted:?}");
        assert_eq!(course.names(), [""; 0], "{way:?}");
        assert_eq!(queue(&["parts"]).is(0).out, "");
        // which is no harm
        course.assert_arrived(&course.again(&[]).await);
        assert_eq!(course.offsets(), [0, 0], "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_be_somebody_elses_is_left_and_told() {
    // the destination never says that it has begun, so nothing proves whose the file is
    let mut course = Course::new(Way::Direct, SMALL).await;
    course.to.fault(Rule::parse("no 1xx").unwrap());
    course.state = "recorded";
    course.end_in_the_middle(Signal::KILL).await;
    let theirs = course.read("f");
    let again = course.again(&[]).await.is(0);
    assert!(again.err.contains("somebody else's"), "{again:?}");
    assert_eq!(course.read("f"), theirs);
    let again = course.again(&["--exists", "overwrite"]).await;
    course.assert_arrived(&again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_larger_than_what_was_sent_is_not_ours() {
    let course = Course::new(Way::Direct, SMALL).await;
    course.end_in_the_middle(Signal::KILL).await;
    let other = content(SMALL + 1);
    course.write("f", &other);
    let again = course.again(&[]).await.is(0);
    assert!(again.err.contains("another file"), "{again:?}");
    assert_eq!(course.read("f"), other);
}

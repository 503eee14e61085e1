//! The queue by the real program: a server that goes away under `cp`, jobs that are only added,
//! and jobs that begin later.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use fxpane::base::{Secret, SourceText};
use fxpane::demo::{Rule, Server, Setup, Tls};
use fxpane::engine::{Command as Enquiry, Control, Engine, EngineHandle, EngineOptions, EventKind};
use fxpane::queue::{ItemState, Store};
use fxpane::site::{Location, Trust, sites_file};

use crate::killed::bookmark;
use crate::program::Program;

/// No step of a test takes longer than this on a busy machine.
const END: Duration = Duration::from_secs(100);

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
        work.hears("fxpane: to: unreachable, retrying: cannot connect");
        work
    })
    .await
    .unwrap();
    desk.to.come_back().await.unwrap();
    let work = tokio::task::spawn_blocking(move || {
        work.hears("fxpane: to: reachable again");
        work.end()
    });
    let (code, said) = work.await.unwrap();
    assert_eq!(code, 0, "{said}");
    desk.assert_same("/pub", "/incoming/pub");
}

/// Runs the program to its end, without blocking the servers.
async fn output(mut command: Command) -> (i32, String, String) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

impl Desk {
    async fn runs(&self, arguments: &[&str]) -> String {
        let (code, out, said) = output(self.program.fxpane(arguments)).await;
        assert_eq!(code, 0, "{arguments:?}: {said}");
        out
    }

    /// The jobs of the queue.
    async fn jobs(&self) -> Vec<serde_json::Value> {
        let lines = self.runs(&["--json", "queue", "list"]).await;
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_are_added_for_anybody_and_run_later() {
    let desk = Desk::new([49, 50], tree(3).file("/old/x", "x"), "").await;
    let added = desk.runs(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    assert_eq!(added, "job 1 added\n");
    let added = desk.runs(&["queue", "add", "-r", "--move", "from:/old", "to:/incoming/"]).await;
    assert_eq!(added, "job 2 added\n");
    let added = ["--json", "queue", "add", "--sync", "from:/pub", "to:/mirror"];
    assert_eq!(desk.runs(&added).await, "{\"event\":\"added\",\"job\":3,\"start_at\":null}\n");
    assert_eq!(desk.to.count("STOR"), 0);
    let states: Vec<_> = desk.jobs().await.iter().map(|job| job["state"].clone()).collect();
    assert_eq!(states, ["waiting"; 3]);

    desk.runs(&["queue", "run"]).await;
    desk.assert_same("/pub", "/incoming/pub");
    desk.assert_same("/pub", "/mirror");
    assert_eq!(desk.to.root().read("/incoming/old/x").unwrap(), b"x");
    assert!(!desk.from.root().exists("/old"));
    let states: Vec<_> = desk.jobs().await.iter().map(|job| job["state"].clone()).collect();
    assert_eq!(states, ["ended"; 3]);

    let (code, _, said) =
        output(desk.program.fxpane(&["queue", "add", "--sync", "--delete", "from:/pub", "to:/m"]))
            .await;
    assert_eq!(code, 2, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_engine_with_a_screen_takes_what_is_added() {
    let desk = Desk::new([51, 52], tree(3), "").await;
    let home = desk.program.other("x").get_current_dir().unwrap().to_owned();
    // makes the folders
    desk.runs(&["queue", "list"]).await;
    let (store, _) = Store::open(&home.join("data/queue.db")).unwrap();
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    (options.store, options.browsing) = (store, 1);
    options.bookmarks = Some(home.join("config/sites.toml"));
    let engine = Engine::start(options);
    desk.runs(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    assert!(desk.to.saw("STOR", 3).await);
    let ended = async {
        while engine.jobs().await.unwrap()[0].ended_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(END, ended).await.unwrap();
    desk.assert_same("/pub", "/incoming/pub");

    // a site whose password nobody has typed yet: the job is taken once somebody has logged in
    let sites = fs::read_to_string(home.join("config/sites.toml")).unwrap();
    let asks =
        sites.replace(&format!("{{ plain = \"{}\" }}", desk.to.password()), "{ ask = true }");
    fs::write(home.join("config/sites.toml"), &asks).unwrap();
    let mut events = engine.events();
    let word = home.join("word");
    fs::write(&word, desk.to.password()).unwrap();
    let word = word.to_str().unwrap();
    let add = ["queue", "add", "-r", "--password-file", word, "from:/pub", "to:/second/"];
    desk.runs(&add).await;
    let waits = async {
        loop {
            match events.recv().await.unwrap().what {
                EventKind::Notice { text, .. } if text.starts_with("job 2 waits: ") => return text,
                _ => {}
            }
        }
    };
    let told = tokio::time::timeout(END, waits).await.unwrap();
    assert!(told.contains("its password is needed"), "{told}");
    let bookmarks = sites_file::parse(&SourceText::new("sites.toml", asks)).unwrap();
    for site in bookmarks.iter() {
        let password = Secret::from(desk.to.password());
        engine.send(Enquiry::Password { site: site.key(), password }).await.unwrap();
        let at = Location::Remote { site: site.clone(), path: "/".into() };
        engine.list(at, true).await.unwrap();
    }
    assert!(desk.to.until(|to| to.root().exists("/second/pub/02")).await);
    engine.shutdown().await;
}

/// Whoever ran a job may live on when it has ended: what failed is anybody's to try once more.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_failed_on_a_screen_is_retried_by_the_command_line() {
    let desk = Desk::new([59, 60], tree(3), "").await;
    desk.from.fault(Rule::parse("on RETR 2 reply 550").unwrap());
    desk.runs(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    let home = desk.program.other("x").get_current_dir().unwrap().to_owned();
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    options.store = Store::open(&home.join("data/queue.db")).unwrap().0;
    options.bookmarks = Some(home.join("config/sites.toml"));
    let engine = Engine::start(options);
    let ended = async {
        while engine.jobs().await.unwrap()[0].ended_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(END, ended).await.unwrap();
    assert_eq!(engine.jobs().await.unwrap()[0].totals.failed, 1);
    desk.runs(&["queue", "retry"]).await;
    desk.assert_same("/pub", "/incoming/pub");
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_directory_that_could_not_be_listed_is_listed_again() {
    let desk = Desk::new([61, 62], tree(3).file("/pub/sub/x", "x").file("/pub/z/y", "y"), "").await;
    for rule in ["on MLSD 2 reply 550", "on LIST 1 reply 550"] {
        desk.from.fault(Rule::parse(rule).unwrap());
    }
    let copy = desk.program.fxpane(&["cp", "-r", "from:/pub", "to:/incoming/"]);
    let (code, _, said) = output(copy).await;
    assert_eq!(code, 1, "{said}");
    let failed = |jobs: &[serde_json::Value]| jobs[0]["failed"].clone();
    assert_eq!(failed(&desk.jobs().await), 1);
    let stored = desk.to.count("STOR");
    assert_eq!(stored, 4);
    desk.runs(&["queue", "retry"]).await;
    desk.assert_same("/pub", "/incoming/pub");
    // nothing was sent again
    assert_eq!(desk.to.count("STOR"), 5);
    assert_eq!(failed(&desk.jobs().await), 0);
}

/// An engine of its own process would be the same: what is held stands in the store.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_held_stays_held_after_a_restart() {
    let desk = Desk::new([57, 58], tree(4), "").await;
    let home = desk.program.other("x").get_current_dir().unwrap().to_owned();
    desk.runs(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    let path = home.join("data/queue.db");
    let engine = |path: &std::path::Path| {
        let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
        options.store = Store::open(path).unwrap().0;
        options.browsing = 1;
        Engine::start(options)
    };
    let bookmarks = fs::read_to_string(home.join("config/sites.toml")).unwrap();
    let bookmarks = sites_file::parse(&SourceText::new("sites.toml", bookmarks)).unwrap();

    let first = engine(&path);
    let job = first.jobs().await.unwrap().remove(0);
    first.send(Enquiry::Pause(true)).await.unwrap();
    first.adopt(job.id, job.ends(&bookmarks).unwrap(), None).await.unwrap();
    let window =
        async |engine: &EngineHandle| engine.window(0, 9, Default::default()).await.unwrap();
    let listed = async {
        loop {
            let window = window(&first).await;
            if window.rows.len() == 4 && !window.counts.listing {
                return window.rows;
            }
        }
    };
    let rows = tokio::time::timeout(END, listed).await.unwrap();
    first.send(Enquiry::Items(vec![rows[0].item], Control::Hold)).await.unwrap();
    first.send(Enquiry::Job(job.id, Control::Hold)).await.unwrap();
    first.shutdown().await;

    let second = engine(&path);
    let record = second.jobs().await.unwrap().remove(0);
    assert!(record.held);
    // its owner is this process, which lives: as if it had ended
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE jobs SET owner = NULL", []).unwrap();
    second.adopt(job.id, job.ends(&bookmarks).unwrap(), None).await.unwrap();
    let held = window(&second).await.rows;
    let states: Vec<_> = held.iter().map(|row| row.state).collect();
    assert_eq!(states[0], ItemState::Held, "{held:?}");
    assert_eq!(desk.to.count("STOR"), 0);
    second.send(Enquiry::Job(job.id, Control::Release)).await.unwrap();
    let done = async |wanted: u64| {
        let seen = async { while window(&second).await.counts.done != wanted {} };
        tokio::time::timeout(END, seen).await.unwrap();
    };
    done(3).await;
    second.send(Enquiry::Items(vec![rows[0].item], Control::Release)).await.unwrap();
    done(4).await;
    second.shutdown().await;
    desk.assert_same("/pub", "/incoming/pub");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_that_nobody_runs_have_an_order_too() {
    let desk = Desk::new([59, 60], tree(1), "").await;
    let home = desk.program.other("x").get_current_dir().unwrap().to_owned();
    for target in ["to:/first/", "to:/second/"] {
        desk.runs(&["queue", "add", "-r", "from:/pub", target]).await;
    }
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    options.store = Store::open(&home.join("data/queue.db")).unwrap().0;
    let engine = Engine::start(options);
    let second = engine.jobs().await.unwrap()[1].id;
    for (control, wanted) in [(Control::Top, 1), (Control::Down, 0), (Control::Bottom, -1)] {
        engine.send(Enquiry::Job(second, control)).await.unwrap();
        let seen = async { while engine.jobs().await.unwrap()[1].priority != wanted {} };
        tokio::time::timeout(END, seen).await.unwrap();
    }
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_begin_at_their_time() {
    let desk = Desk::new([53, 54], tree(2), "").await;
    let began = std::time::Instant::now();
    let (code, _, said) = output(desk.program.fxpane(&[
        "cp",
        "-r",
        "--start-at",
        "+2s",
        "from:/pub",
        "to:/incoming/",
    ]))
    .await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("waits until 20"), "{said}");
    assert!(began.elapsed() >= Duration::from_secs(2), "{said}");
    desk.assert_same("/pub", "/incoming/pub");

    let add = ["queue", "add", "-r", "--start-at", "+1h", "from:/pub", "to:/later/"];
    let added = desk.runs(&add).await;
    assert!(added.starts_with("job 2 added, to begin at 20"), "{added}");
    let listed = desk.runs(&["queue", "list"]).await;
    assert!(listed.lines().last().unwrap().contains("waits until 20"), "{listed}");
    assert!(listed.lines().last().unwrap().contains("waiting"), "{listed}");
    assert!(desk.jobs().await[1]["start_at"].is_string());
    // and so many files side by side
    let changed = desk.runs(&["queue", "lanes", "2", "3"]).await;
    assert_eq!(changed, "job 2: 3 files side by side\n");
    assert_eq!(desk.jobs().await[1]["lanes"], 3);
    desk.runs(&["queue", "lanes", "2", "auto"]).await;
    assert!(desk.jobs().await[1]["lanes"].is_null());
    let (code, _, said) = output(desk.program.fxpane(&["queue", "lanes", "1", "3"])).await;
    assert!(code == 2 && said.contains("job 1 has ended"), "{said}");
    let (code, _, said) = output(desk.program.fxpane(&["queue", "lanes", "2", "65"])).await;
    assert!(code == 2 && said.contains("1 to 64"), "{said}");
    // with its number it begins at once
    desk.runs(&["queue", "run", "2"]).await;
    desk.assert_same("/pub", "/later/pub");

    for (when, words) in [("soon", "is no time"), ("2020-01-01T00:00", "has passed already")] {
        let (code, _, said) =
            output(desk.program.fxpane(&["cp", "--start-at", when, "from:/pub/00", "to:/x"])).await;
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(words), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_keeps_what_the_command_line_said() {
    let from = Server::start(tree(2).address([127, 0, 0, 55].into())).await.unwrap();
    let to = Setup::new().address([127, 0, 0, 56].into()).dir("/incoming").tls(Tls::Offered);
    let to = Server::start(to).await.unwrap();
    let program = Program::new().unwrap();
    let folder = program.other("x").get_current_dir().unwrap().join("config");
    fs::create_dir_all(&folder).unwrap();
    let secure = bookmark("to", &to).replace("security = \"none\"\n", "");
    fs::write(folder.join("sites.toml"), [bookmark("from", &from), secure].join("\n")).unwrap();
    let cert = to.fingerprint().unwrap().to_owned();
    let add = ["queue", "add", "-r", "--dst-accept-cert", &cert, "from:/pub", "to:/incoming/"];
    let (code, _, said) = output(program.fxpane(&add)).await;
    assert_eq!(code, 0, "{said}");
    let (code, _, said) = output(program.fxpane(&["queue", "run"])).await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(to.root().tree("/incoming/pub").unwrap(), from.root().tree("/pub").unwrap());
}

//! The queue with the real program: a server that goes down during `cp`, jobs that are only added,
//! and jobs that start later.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use fxpane::base::{Secret, SourceText};
use fxpane::demo::{Rule, Server, Setup, Tls};
use fxpane::engine::{
    Command as EngineCommand, Control, Engine, EngineHandle, EngineOptions, EventKind,
};
use fxpane::queue::{ItemState, Store};
use fxpane::site::{Location, Trust, sites_file};

use crate::killed::bookmark;
use crate::program::Program;

/// Longer than any step of a test takes on a busy machine.
const STEP_TIMEOUT: Duration = Duration::from_secs(100);

/// Two servers, saved sites for both, and the program.
struct TestEnv {
    from: Server,
    to: Server,
    program: Program,
}

impl TestEnv {
    async fn new(from: Setup, config: &str) -> Self {
        let from = Server::start(from).await.unwrap();
        let to = Server::start(Setup::new().dir("/incoming")).await.unwrap();
        let program = Program::new().unwrap();
        let dir = program.other("x").get_current_dir().unwrap().join("config");
        fs::create_dir_all(&dir).unwrap();
        let sites = [bookmark("from", &from), bookmark("to", &to)].join("\n");
        fs::write(dir.join("sites.toml"), sites).unwrap();
        fs::write(dir.join("config.toml"), config).unwrap();
        Self { from, to, program }
    }

    fn assert_same(&self, from: &str, to: &str) {
        let sent = self.from.root().tree(from).unwrap();
        assert_eq!(self.to.root().tree(to).unwrap(), sent);
    }
}

/// A running program, with its messages on standard error.
struct RunningProgram {
    child: Child,
    lines: mpsc::Receiver<String>,
    received: Vec<String>,
}

impl RunningProgram {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, received_lines) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines: received_lines, received: Vec::new() }
    }

    /// Waits for a line that contains a text.
    fn wait_for_line(&mut self, text: &str) {
        while let Ok(line) = self.lines.recv_timeout(STEP_TIMEOUT) {
            self.received.push(line);
            if self.received.last().is_some_and(|line| line.contains(text)) {
                return;
            }
        }
        panic!("no line with “{text}”: {:#?}", self.received);
    }

    /// Waits for the exit; returns the exit code and all messages.
    fn finish(mut self) -> (i32, String) {
        while let Ok(line) = self.lines.recv_timeout(STEP_TIMEOUT) {
            self.received.push(line);
        }
        (self.child.wait().unwrap().code().unwrap(), self.received.join("\n"))
    }
}

impl Drop for RunningProgram {
    fn drop(&mut self) {
        // it has exited already if the test passed
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tree(files: usize) -> Setup {
    (0..files).fold(Setup::new(), |setup, n| setup.file(&format!("/pub/{n:02}"), [7; 2000]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn cp_continues_when_a_server_is_up_again() {
    let env = TestEnv::new(tree(40), "[transfer]\nconnect_tries = 1\n").await;
    env.from.fault(Rule::parse("on RETR delay 50ms").unwrap());
    let arguments = ["cp", "-r", "--parallel", "2", "from:/pub", "to:/incoming/"];
    let mut running = RunningProgram::start(&mut env.program.fxpane(&arguments));
    assert!(env.to.wait_for_command("STOR", 6).await);
    env.to.crash().await;
    let mut running = tokio::task::spawn_blocking(move || {
        running.wait_for_line("fxpane: to: unreachable, retrying: cannot connect");
        running
    })
    .await
    .unwrap();
    env.to.restart().await.unwrap();
    let running = tokio::task::spawn_blocking(move || {
        running.wait_for_line("fxpane: to: reachable again");
        running.finish()
    });
    let (code, messages) = running.await.unwrap();
    assert_eq!(code, 0, "{messages}");
    env.assert_same("/pub", "/incoming/pub");
}

/// Runs the program until it exits, without blocking the servers.
async fn output(mut command: Command) -> (i32, String, String) {
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

impl TestEnv {
    async fn run(&self, arguments: &[&str]) -> String {
        let (code, out, messages) = output(self.program.fxpane(arguments)).await;
        assert_eq!(code, 0, "{arguments:?}: {messages}");
        out
    }

    /// The jobs of the queue.
    async fn jobs(&self) -> Vec<serde_json::Value> {
        let lines = self.run(&["--json", "queue", "list"]).await;
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn added_jobs_are_run_later() {
    let env = TestEnv::new(tree(3).file("/old/x", "x"), "").await;
    let added = env.run(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    assert_eq!(added, "job 1 added\n");
    let added = env.run(&["queue", "add", "-r", "--move", "from:/old", "to:/incoming/"]).await;
    assert_eq!(added, "job 2 added\n");
    let added = ["--json", "queue", "add", "--sync", "from:/pub", "to:/mirror"];
    assert_eq!(env.run(&added).await, "{\"event\":\"added\",\"job\":3,\"start_at\":null}\n");
    assert_eq!(env.to.count("STOR"), 0);
    let states: Vec<_> = env.jobs().await.iter().map(|job| job["state"].clone()).collect();
    assert_eq!(states, ["waiting"; 3]);

    env.run(&["queue", "run"]).await;
    env.assert_same("/pub", "/incoming/pub");
    env.assert_same("/pub", "/mirror");
    assert_eq!(env.to.root().read("/incoming/old/x").unwrap(), b"x");
    assert!(!env.from.root().exists("/old"));
    let states: Vec<_> = env.jobs().await.iter().map(|job| job["state"].clone()).collect();
    assert_eq!(states, ["ended"; 3]);

    let (code, _, messages) =
        output(env.program.fxpane(&["queue", "add", "--sync", "--delete", "from:/pub", "to:/m"]))
            .await;
    assert_eq!(code, 2, "{messages}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_that_cannot_run_stops_no_other() {
    let env = TestEnv::new(tree(3), "").await;
    let home = env.program.other("x").get_current_dir().unwrap().to_owned();
    let job = "0\x010\x01ftp://joe@127.0.0.1:9\x01ftp://joe@127.0.0.1:9\x01/a\x01/b\x011\r\n";
    fs::write(home.join("p.fqf"), job).unwrap();
    env.run(&["queue", "import", "p.fqf"]).await;
    env.run(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    let (code, _, messages) = output(env.program.fxpane(&["queue", "run"])).await;
    assert_eq!(code, 3, "{messages}");
    assert!(messages.contains("job 1: ") && messages.contains("password of joe"), "{messages}");
    env.assert_same("/pub", "/incoming/pub");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_of_another_process_is_no_failure() {
    let env = TestEnv::new(tree(20), "").await;
    env.from.fault(Rule::parse("on RETR delay 200ms").unwrap());
    let add = ["queue", "add", "-r", "--parallel", "1", "from:/pub", "to:/incoming/"];
    env.run(&add).await;
    let running = RunningProgram::start(&mut env.program.fxpane(&["queue", "run"]));
    assert!(env.to.wait_for_command("STOR", 1).await);
    let (code, _, messages) = output(env.program.fxpane(&["queue", "run", "1"])).await;
    assert_eq!(code, 0, "{messages}");
    assert!(messages.contains("job 1: another fxpane process runs it"), "{messages}");
    let (code, messages) = tokio::task::spawn_blocking(|| running.finish()).await.unwrap();
    assert_eq!(code, 0, "{messages}");
    env.assert_same("/pub", "/incoming/pub");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_interactive_engine_runs_added_jobs() {
    let env = TestEnv::new(tree(3), "").await;
    let home = env.program.other("x").get_current_dir().unwrap().to_owned();
    // creates the directories
    env.run(&["queue", "list"]).await;
    let (store, _) = Store::open(&home.join("data/queue.db")).unwrap();
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    (options.store, options.browsing) = (store, 1);
    options.sites_file = Some(home.join("config/sites.toml"));
    let engine = Engine::start(options);
    env.run(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    assert!(env.to.wait_for_command("STOR", 3).await);
    let finished = async {
        while engine.jobs().await.unwrap()[0].ended_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, finished).await.unwrap();
    env.assert_same("/pub", "/incoming/pub");

    // a site whose password was not entered yet: the job starts after a login
    let sites = fs::read_to_string(home.join("config/sites.toml")).unwrap();
    let sites =
        sites.replace(&format!("{{ plain = \"{}\" }}", env.to.password()), "{ ask = true }");
    fs::write(home.join("config/sites.toml"), &sites).unwrap();
    let mut events = engine.events();
    let password_file = home.join("password");
    fs::write(&password_file, env.to.password()).unwrap();
    let password_file = password_file.to_str().unwrap();
    let add = ["queue", "add", "-r", "--password-file", password_file, "from:/pub", "to:/second/"];
    env.run(&add).await;
    let waits = async {
        loop {
            match events.recv().await.unwrap().what {
                EventKind::Notice { text, .. } if text.starts_with("job 2 is waiting: ") => {
                    return text;
                }
                _ => {}
            }
        }
    };
    let notice = tokio::time::timeout(STEP_TIMEOUT, waits).await.unwrap();
    assert!(notice.contains("a password is needed"), "{notice}");
    let bookmarks = sites_file::parse(&SourceText::new("sites.toml", sites)).unwrap();
    for site in bookmarks.iter() {
        let password = Secret::from(env.to.password());
        engine.send(EngineCommand::Password { site: site.key(), password }).await.unwrap();
        let at = Location::Remote { site: site.clone(), path: "/".into() };
        engine.list(at, true).await.unwrap();
    }
    assert!(env.to.wait_until(|to| to.root().exists("/second/pub/02")).await);
    engine.shutdown().await;
}

/// The owner of a finished job may still be running; any process may retry the failed items.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_command_line_retries_items_of_an_interactive_engine() {
    let env = TestEnv::new(tree(3), "").await;
    env.from.fault(Rule::parse("on RETR 2 reply 550").unwrap());
    env.run(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
    let home = env.program.other("x").get_current_dir().unwrap().to_owned();
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    options.store = Store::open(&home.join("data/queue.db")).unwrap().0;
    options.sites_file = Some(home.join("config/sites.toml"));
    let engine = Engine::start(options);
    let finished = async {
        while engine.jobs().await.unwrap()[0].ended_at.is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(STEP_TIMEOUT, finished).await.unwrap();
    assert_eq!(engine.jobs().await.unwrap()[0].totals.failed, 1);
    env.run(&["queue", "retry"]).await;
    env.assert_same("/pub", "/incoming/pub");
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_retry_lists_failed_directories_again() {
    let env = TestEnv::new(tree(3).file("/pub/sub/x", "x").file("/pub/z/y", "y"), "").await;
    for rule in ["on MLSD 2 reply 550", "on LIST 1 reply 550"] {
        env.from.fault(Rule::parse(rule).unwrap());
    }
    let copy = env.program.fxpane(&["cp", "-r", "from:/pub", "to:/incoming/"]);
    let (code, _, messages) = output(copy).await;
    assert_eq!(code, 1, "{messages}");
    let failed = |jobs: &[serde_json::Value]| jobs[0]["failed"].clone();
    assert_eq!(failed(&env.jobs().await), 1);
    let stored = env.to.count("STOR");
    assert_eq!(stored, 4);
    env.run(&["queue", "retry"]).await;
    env.assert_same("/pub", "/incoming/pub");
    // no file was sent twice
    assert_eq!(env.to.count("STOR"), 5);
    assert_eq!(failed(&env.jobs().await), 0);
}

/// Holds are stored, so this also applies to an engine in another process.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn holds_survive_a_restart() {
    let env = TestEnv::new(tree(4), "").await;
    let home = env.program.other("x").get_current_dir().unwrap().to_owned();
    env.run(&["queue", "add", "-r", "from:/pub", "to:/incoming/"]).await;
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
    first.send(EngineCommand::Pause(true)).await.unwrap();
    first.adopt(job.id, job.find_sites(&bookmarks).unwrap(), None).await.unwrap();
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
    let rows = tokio::time::timeout(STEP_TIMEOUT, listed).await.unwrap();
    first.send(EngineCommand::Items(vec![rows[0].item], Control::Hold)).await.unwrap();
    first.send(EngineCommand::Job(job.id, Control::Hold)).await.unwrap();
    first.shutdown().await;

    let second = engine(&path);
    let record = second.jobs().await.unwrap().remove(0);
    assert!(record.held);
    // the owner is this process, which is alive: simulate its exit
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE jobs SET owner = NULL", []).unwrap();
    second.adopt(job.id, job.find_sites(&bookmarks).unwrap(), None).await.unwrap();
    let held = window(&second).await.rows;
    let states: Vec<_> = held.iter().map(|row| row.state).collect();
    assert_eq!(states[0], ItemState::Held, "{held:?}");
    assert_eq!(env.to.count("STOR"), 0);
    second.send(EngineCommand::Job(job.id, Control::Release)).await.unwrap();
    let done = async |wanted: u64| {
        let seen = async { while window(&second).await.counts.done != wanted {} };
        tokio::time::timeout(STEP_TIMEOUT, seen).await.unwrap();
    };
    done(3).await;
    second.send(EngineCommand::Items(vec![rows[0].item], Control::Release)).await.unwrap();
    done(4).await;
    second.shutdown().await;
    env.assert_same("/pub", "/incoming/pub");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_without_an_owner_can_be_reordered() {
    let env = TestEnv::new(tree(1), "").await;
    let home = env.program.other("x").get_current_dir().unwrap().to_owned();
    for target in ["to:/first/", "to:/second/"] {
        env.run(&["queue", "add", "-r", "from:/pub", target]).await;
    }
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    options.store = Store::open(&home.join("data/queue.db")).unwrap().0;
    let engine = Engine::start(options);
    let second = engine.jobs().await.unwrap()[1].id;
    for (control, wanted) in [(Control::Top, 1), (Control::Down, 0), (Control::Bottom, -1)] {
        engine.send(EngineCommand::Job(second, control)).await.unwrap();
        let seen = async { while engine.jobs().await.unwrap()[1].priority != wanted {} };
        tokio::time::timeout(STEP_TIMEOUT, seen).await.unwrap();
    }
    engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn jobs_start_at_their_time() {
    let env = TestEnv::new(tree(2), "").await;
    let start = std::time::Instant::now();
    let (code, _, messages) = output(env.program.fxpane(&[
        "cp",
        "-r",
        "--start-at",
        "+2s",
        "from:/pub",
        "to:/incoming/",
    ]))
    .await;
    assert_eq!(code, 0, "{messages}");
    assert!(messages.contains("waiting until 20"), "{messages}");
    assert!(start.elapsed() >= Duration::from_secs(2), "{messages}");
    env.assert_same("/pub", "/incoming/pub");

    let add = ["queue", "add", "-r", "--start-at", "+1h", "from:/pub", "to:/later/"];
    let added = env.run(&add).await;
    assert!(added.starts_with("job 2 added, starts at 20"), "{added}");
    let listed = env.run(&["queue", "list"]).await;
    assert!(listed.lines().last().unwrap().contains("waits until 20"), "{listed}");
    assert!(listed.lines().last().unwrap().contains("waiting"), "{listed}");
    assert!(env.jobs().await[1]["start_at"].is_string());
    // the number of parallel files
    let changed = env.run(&["queue", "lanes", "2", "3"]).await;
    assert_eq!(changed, "job 2: 3 files in parallel\n");
    assert_eq!(env.jobs().await[1]["lanes"], 3);
    env.run(&["queue", "lanes", "2", "auto"]).await;
    assert!(env.jobs().await[1]["lanes"].is_null());
    let (code, _, messages) = output(env.program.fxpane(&["queue", "lanes", "1", "3"])).await;
    assert!(code == 2 && messages.contains("job 1 is already finished"), "{messages}");
    let (code, _, messages) = output(env.program.fxpane(&["queue", "lanes", "2", "65"])).await;
    assert!(code == 2 && messages.contains("1 to 64"), "{messages}");
    // naming the job starts it at once
    env.run(&["queue", "run", "2"]).await;
    env.assert_same("/pub", "/later/pub");

    for (when, expected) in
        [("soon", "is not a valid time"), ("2020-01-01T00:00", "is in the past")]
    {
        let (code, _, messages) =
            output(env.program.fxpane(&["cp", "--start-at", when, "from:/pub/00", "to:/x"])).await;
        assert_eq!(code, 2, "{messages}");
        assert!(messages.contains(expected), "{messages}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_keeps_options_of_the_command_line() {
    let from = Server::start(tree(2)).await.unwrap();
    let to = Setup::new().dir("/incoming").tls(Tls::Offered);
    let to = Server::start(to).await.unwrap();
    let program = Program::new().unwrap();
    let dir = program.other("x").get_current_dir().unwrap().join("config");
    fs::create_dir_all(&dir).unwrap();
    let secure = bookmark("to", &to).replace("security = \"none\"\n", "");
    fs::write(dir.join("sites.toml"), [bookmark("from", &from), secure].join("\n")).unwrap();
    let cert = to.fingerprint().unwrap().to_owned();
    let add = ["queue", "add", "-r", "--dst-accept-cert", &cert, "from:/pub", "to:/incoming/"];
    let (code, _, messages) = output(program.fxpane(&add)).await;
    assert_eq!(code, 0, "{messages}");
    let (code, _, messages) = output(program.fxpane(&["queue", "run"])).await;
    assert_eq!(code, 0, "{messages}");
    assert_eq!(to.root().tree("/incoming/pub").unwrap(), from.root().tree("/pub").unwrap());
}

//! The program is killed repeatedly at random moments, and the queue survives.

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Server, Setup};
use fxpane::queue::Store;
use fxpane::queue::store::{JobQuery, JobStatus};
use ring::digest::{SHA256, digest};
use serde_json::Value;

use crate::program::Program;

const FILES: usize = 2000;
const KILLS: usize = 50;
const SIZE: usize = 1500;

fn content(number: usize) -> Vec<u8> {
    (0..SIZE).map(|at| (at * 31 + number * 7 + at * number) as u8).collect()
}

fn name(number: usize) -> String {
    format!("dir-{:02}/file-{number:04}.bin", number % 20)
}

/// The configuration of a site with its password.
pub(crate) fn bookmark(name: &str, server: &Server) -> String {
    format!(
        "[[site]]\nname = \"{name}\"\nhost = \"{}\"\nport = {}\nuser = \"{}\"\n\
         password = {{ plain = \"{}\" }}\nsecurity = \"none\"\ndata_protection = \"off\"\n",
        server.ip(),
        server.port(),
        server.user(),
        server.password()
    )
}

/// The directory of the program's configuration and data.
fn home(program: &Program) -> std::path::PathBuf {
    program.other("x").get_current_dir().unwrap().to_owned()
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The sources of the files that a run reported as done; an incomplete last line is ignored.
fn done(output: &[u8]) -> Vec<String> {
    let lines = String::from_utf8_lossy(output).into_owned();
    let items = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let done = items.filter(|item| item["event"] == "item" && item["state"] == "done");
    done.filter_map(|item| item["src"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_lose_nothing_and_copy_nothing_twice() {
    let mut setup = Setup::new();
    for number in 0..FILES {
        setup = setup.file(&format!("/pub/tree/{}", name(number)), content(number));
    }
    let from = Server::start(setup).await.unwrap();
    let to = Server::start(Setup::new().dir("/incoming")).await.unwrap();
    // so that few files are copied between a command and the kill that it triggers
    from.fault(Rule::parse("on RETR delay 20ms").unwrap());

    let program = Program::new().unwrap();
    let config = home(&program).join("config");
    fs::create_dir_all(&config).unwrap();
    let sites = format!("{}\n{}", bookmark("from", &from), bookmark("to", &to));
    fs::write(config.join("sites.toml"), sites).unwrap();

    let started = Instant::now();
    let mut reported: HashMap<String, usize> = HashMap::new();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut kills = 0;
    let mut rounds = 0;
    loop {
        let mut command = if rounds == 0 {
            program.fxpane(&["--json", "cp", "-r", "from:/pub/tree", "to:/incoming/"])
        } else {
            program.fxpane(&["--json", "queue", "run"])
        };
        rounds += 1;
        from.clear_log();
        to.clear_log();
        let mut child = start(&mut command);
        if kills < KILLS {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // far fewer files than FILES / KILLS, so that the job outlasts the kills
            let count = 1 + (state >> 8) as usize % 20;
            match state % 4 {
                // the first run must store its job before it is killed
                0 if rounds > 1 => reaches(&to, "USER", 1, &mut child).await,
                1 => reaches(&from, "RETR", count, &mut child).await,
                _ => reaches(&to, "STOR", count, &mut child).await,
            }
            // SIGKILL, unless the run has already ended
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                kills += 1;
            }
            if kills == KILLS {
                from.clear_faults();
            }
        }
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
        let output = output.unwrap().unwrap();
        for source in done(&output.stdout) {
            *reported.entry(source).or_default() += 1;
        }
        let open = open_jobs(&program).await;
        if output.status.success() && open == 0 {
            break;
        }
        assert!(rounds < 4 * KILLS, "{}", String::from_utf8_lossy(&output.stderr));
    }
    println!("{kills} kills in {rounds} runs, {:?}", started.elapsed());
    assert_eq!(kills, KILLS, "the job ended too early");

    // all files are equal, and there are no others
    let root = to.root();
    for number in 0..FILES {
        let stored = root.read(&format!("/incoming/tree/{}", name(number))).unwrap();
        let same = digest(&SHA256, &stored).as_ref() == digest(&SHA256, &content(number)).as_ref();
        assert!(same, "{}: {} bytes", name(number), stored.len());
    }
    for dir in 0..20 {
        let names = root.list(&format!("/incoming/tree/dir-{dir:02}")).unwrap();
        assert_eq!(names.len(), FILES / 20, "{names:?}");
    }
    // a file that was reported as done was recorded as done and not copied again
    let twice: Vec<_> = reported.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let path = home(&program).join("data").join("queue.db");
    let connection = rusqlite::Connection::open(path).unwrap();
    let check: String =
        connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let left: i64 =
        connection.query_row("SELECT count(*) FROM intents", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

/// Waits until the server has received `count` commands with this verb, or the program has ended.
async fn reaches(server: &Server, verb: &str, count: usize, child: &mut Child) {
    let ended = async {
        while child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        reached = server.wait_for_command(verb, count) => assert!(reached, "no {verb} in time"),
        () = ended => {}
    }
}

async fn open_jobs(program: &Program) -> usize {
    let path = home(program).join("data").join("queue.db");
    let (store, backup) = Store::open(&path).unwrap();
    assert_eq!(backup, None);
    let jobs = store.jobs(JobQuery::All).await.unwrap();
    store.close().await;
    jobs.iter().filter(|job| job.state() != JobStatus::Ended).count()
}

//! The queue commands on real servers: resuming an interrupted copy, retrying a failed file, export
//! and import.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Setup};
use serde_json::Value;

use super::files::{bytes, digests};
use super::server::TestDir;
use super::{program_with_sites, server};
use crate::cli::{Ran, ran};
use crate::program::Program;

/// Enough files that the copy takes seconds and can be interrupted even on a busy machine.
const FILES: usize = 1500;

fn fill(directory: &TestDir) {
    let tree = directory.local().join("tree");
    for number in 0..FILES {
        let path = tree.join(format!("d{}/f {number}", number % 5));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(2000, number as u64 + 1)).unwrap();
    }
}

fn queue(program: &Program, words: &[&str]) -> Ran {
    ran(program.fxpane(&["queue", "--json"]).args(words))
}

/// Ctrl-C after the first files: the rest waits, and `queue run` copies exactly these.
fn interrupt_and_resume(source: &str, target: &str) {
    let (source, target) = (server(source), server(target));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    fill(&from);
    let program = program_with_sites(&[&source, &target]);
    let tree = format!("{}:{}/tree", source.name, from.remote);
    let target_at = format!("{}:{}/", target.name, to.remote);
    let mut copy = program.fxpane(&["cp", "-r", "--json", "--parallel", "1", &tree, &target_at]);
    let mut copy = copy.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = BufReader::new(copy.stdout.take().unwrap()).lines();
    let mut records: Vec<Value> = Vec::new();
    for line in stdout.by_ref().take(20) {
        records.push(serde_json::from_str(&line.unwrap()).unwrap());
    }
    // if interrupted earlier, some directories would not be in the queue yet
    let queued = program.other("x").get_current_dir().unwrap().join("data/queue.db");
    let queued = rusqlite::Connection::open(queued).unwrap();
    let listed = || -> bool {
        queued.query_row("SELECT stage = 2 FROM jobs", [], |row| row.get(0)).unwrap()
    };
    while !listed() {
        thread::sleep(Duration::from_millis(5));
    }
    let signal = ran(program.other("kill").args(["-INT", &copy.id().to_string()]));
    assert_eq!(signal.code, 0, "{signal:?}");
    records.extend(stdout.map(|line| serde_json::from_str(&line.unwrap()).unwrap()));
    assert_eq!(copy.wait().unwrap().code(), Some(130));
    let done = |lines: &[Value]| -> Vec<String> {
        let items = lines.iter().filter(|line| line["event"] == "item" && line["state"] == "done");
        items.map(|item| item["src"].as_str().unwrap().to_owned()).collect()
    };
    let mut copied = done(&records);
    assert!(copied.len() < FILES, "too fast to be interrupted");

    let listed = queue(&program, &["list"]).is(0).objects();
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &"interrupted".into()), "{listed:?}");
    assert_eq!(listed[0]["done"], copied.len(), "{listed:?}");
    // export the queue before it is resumed
    let exports = tempfile::tempdir().unwrap();
    let export = |format: &str| {
        let file = exports.path().join(format!("queue.{format}"));
        let words = ["export", "--format", format, file.to_str().unwrap()];
        queue(&program, &words).is(0);
        let text = fs::read(&file).unwrap();
        let has = |word: &str| text.windows(word.len()).any(|bytes| bytes == word.as_bytes());
        assert!(has("1499") && !has(&source.pass) && !has(&target.pass), "{format}");
        file
    };
    let [json, ..] = ["json", "csv", "lftp", "fqf"].map(export);

    let rest = queue(&program, &["run"]).is(0).objects();
    copied.extend(done(&rest));
    assert_eq!(copied.len(), FILES, "each file once");
    copied.sort_unstable();
    copied.dedup();
    assert_eq!(copied.len(), FILES, "each file once");
    assert_eq!(digests(&to.local().join("tree")), digests(&from.local().join("tree")));
    assert_eq!(fs::read_dir(to.local()).unwrap().count(), 1, "no other entry");

    queue(&program, &["clear"]).is(0);
    assert_eq!(queue(&program, &["list"]).is(0).objects(), [Value::Null; 0]);
    // the exported queue can be imported, and existing files are not copied again
    queue(&program, &["import", json.to_str().unwrap()]).is(0);
    let listed = queue(&program, &["list"]).is(0).objects();
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &"waiting".into()), "{listed:?}");
    let again = queue(&program, &["run"]).is(0).objects();
    let summary = again.last().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&0.into(), &0.into()), "{summary}");
    assert_eq!(digests(&to.local().join("tree")), digests(&from.local().join("tree")));
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn an_interrupted_copy_is_resumed_from_vsftpd_to_proftpd() {
    interrupt_and_resume("vsftpd", "proftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn an_interrupted_copy_is_resumed_from_proftpd_to_pureftpd() {
    interrupt_and_resume("proftpd", "pureftpd");
}

/// A file that the server cannot read fails, and the others arrive; `retry` copies it later.
#[test]
#[ignore = "needs real servers: tests/run"]
fn failed_files_are_retried() {
    let (source, target) = (server("proftpd"), server("vsftpd"));
    let (from, to) = (source.test_dir().unwrap(), target.test_dir().unwrap());
    let tree = from.local().join("tree");
    fs::create_dir_all(&tree).unwrap();
    for name in ["a", "b", "c"] {
        fs::write(tree.join(name), name).unwrap();
    }
    let mode =
        |mode| fs::set_permissions(tree.join("b"), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o000);
    let program = program_with_sites(&[&source, &target]);
    let (tree_at, target_at) =
        (format!("proftpd:{}/tree", from.remote), format!("vsftpd:{}/", to.remote));
    let copied = ran(&mut program.fxpane(&["cp", "-r", "--json", &tree_at, &target_at])).is(1);
    let summary = copied.objects().pop().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&2.into(), &1.into()), "{copied:?}");
    assert!(!to.local().join("tree/b").exists());
    let listed = queue(&program, &["list"]).is(0).objects();
    assert_eq!((&listed[0]["failed"], &listed[0]["done"]), (&1.into(), &2.into()), "{listed:?}");
    // still not readable
    queue(&program, &["retry"]).is(1);
    mode(0o644);
    let retried = queue(&program, &["retry"]).is(0).objects();
    let items: Vec<_> = retried.iter().filter(|line| line["event"] == "item").collect();
    assert_eq!(items.len(), 1, "only what failed: {retried:?}");
    assert_eq!(digests(&to.local().join("tree")), digests(&tree));
}

/// The partial file that Ctrl-C leaves is listed, and deleted on request.
async fn list_and_delete_partial(name: &str) {
    let server = server(name);
    let directory = server.test_dir().unwrap();
    let source = Setup::new().file("/pub/f", bytes(3 << 20, 1));
    let source = fxpane::demo::Server::start(source).await.unwrap();
    source.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    source.fault(Rule::parse("on RETR 1 stall after 1000000").unwrap());
    let program = program_with_sites(&[&server]);
    let from = format!(
        "ftp://{}:{}@{}:{}/pub/f",
        source.user(),
        source.password(),
        source.ip(),
        source.port()
    );
    let to = format!("{name}:{}/", directory.remote);
    let mut copy = program.fxpane(&["cp", "--src-security", "none", &from, &to]);
    let mut copy = copy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let names = || -> Vec<_> {
        let entries = fs::read_dir(directory.local()).unwrap().map(Result::unwrap);
        entries.map(|entry| (entry.file_name(), entry.metadata().unwrap().len())).collect()
    };
    let started = Instant::now();
    while names().first().is_none_or(|(_, size)| *size < 500_000) {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing arrives at {name}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let signal = ran(program.other("kill").args(["-INT", &copy.id().to_string()]));
    assert_eq!(signal.code, 0, "{signal:?}");
    assert_eq!(copy.wait().unwrap().code(), Some(130), "{name}");
    let listed = queue(&program, &["parts"]).is(0).objects();
    let partial = directory.local().join(names()[0].0.clone());
    assert_eq!((listed.len(), &listed[0]["site"]), (1, &name.into()), "{listed:?}");
    assert!(
        partial.ends_with(listed[0]["stored_as"].as_str().unwrap().rsplit('/').next().unwrap())
    );
    let deleted = queue(&program, &["parts", "--delete", "--yes", name]).is(0).objects();
    assert_eq!(deleted[0]["state"], "deleted", "{name} {deleted:?}");
    assert_eq!(names(), [], "{name}");
    assert_eq!(queue(&program, &["parts"]).is(0).objects(), [Value::Null; 0], "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs real servers: tests/run"]
async fn partial_files_are_deleted_on_request() {
    for name in ["vsftpd", "proftpd", "pureftpd"] {
        list_and_delete_partial(name).await;
    }
}

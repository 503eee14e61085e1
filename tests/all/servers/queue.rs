//! The queue's commands between real servers: a copy that is interrupted and goes on, a file that
//! fails and is tried once more, and the queue as a file.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use fxpane::demo::{Rule, Setup};
use serde_json::Value;

use super::files::{bytes, digests};
use super::server::Folder;
use super::{bookmarks, server};
use crate::cli::{Ran, ran};
use crate::program::Program;

/// So many that a copy lasts for seconds: it is to be interrupted, however late a busy machine
/// comes to it.
const FILES: usize = 1500;

fn fill(folder: &Folder) {
    let tree = folder.local().join("tree");
    for number in 0..FILES {
        let path = tree.join(format!("d{}/f {number}", number % 5));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(2000, number as u64 + 1)).unwrap();
    }
}

fn queue(program: &Program, words: &[&str]) -> Ran {
    ran(program.fxpane(&["queue", "--json"]).args(words))
}

/// Ctrl-C after the first files: what is left waits, and `queue run` copies it and nothing else.
fn goes_on(source: &str, target: &str) {
    let (source, target) = (server(source), server(target));
    let (from, to) = (source.folder().unwrap(), target.folder().unwrap());
    fill(&from);
    let program = bookmarks(&[&source, &target]);
    let tree = format!("{}:{}/tree", source.name, from.remote);
    let place = format!("{}:{}/", target.name, to.remote);
    let mut copy = program.fxpane(&["cp", "-r", "--json", "--parallel", "1", &tree, &place]);
    let mut copy = copy.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(copy.stdout.take().unwrap()).lines();
    let mut told: Vec<Value> = Vec::new();
    for line in said.by_ref().take(20) {
        told.push(serde_json::from_str(&line.unwrap()).unwrap());
    }
    // interrupted earlier, the queue would not know the last directories yet
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
    told.extend(said.map(|line| serde_json::from_str(&line.unwrap()).unwrap()));
    assert_eq!(copy.wait().unwrap().code(), Some(130));
    let done = |lines: &[Value]| -> Vec<String> {
        let items = lines.iter().filter(|line| line["event"] == "item" && line["state"] == "done");
        items.map(|item| item["src"].as_str().unwrap().to_owned()).collect()
    };
    let mut copied = done(&told);
    assert!(copied.len() < FILES, "too fast to be interrupted");

    let listed = queue(&program, &["list"]).is(0).objects();
    assert_eq!((listed.len(), &listed[0]["state"]), (1, &"interrupted".into()), "{listed:?}");
    assert_eq!(listed[0]["done"], copied.len(), "{listed:?}");
    // the queue as a file, before it goes on
    let exports = tempfile::tempdir().unwrap();
    let export = |format: &str| {
        let file = exports.path().join(format!("queue.{format}"));
        let words = ["export", "--format", format, file.to_str().unwrap()];
        queue(&program, &words).is(0);
        let text = fs::read(&file).unwrap();
        let has = |word: &str| text.windows(word.len()).any(|part| part == word.as_bytes());
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
    assert_eq!(fs::read_dir(to.local()).unwrap().count(), 1, "nothing else is there");

    queue(&program, &["clear"]).is(0);
    assert_eq!(queue(&program, &["list"]).is(0).objects(), [Value::Null; 0]);
    // what was exported comes back, and what is there already is not copied again
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
fn an_interrupted_copy_goes_on_from_vsftpd_to_proftpd() {
    goes_on("vsftpd", "proftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn an_interrupted_copy_goes_on_from_proftpd_to_pureftpd() {
    goes_on("proftpd", "pureftpd");
}

/// A file that its server may not read fails, the others arrive; with `retry` it arrives as well.
#[test]
#[ignore = "needs real servers: tests/run"]
fn what_failed_is_tried_once_more() {
    let (source, target) = (server("proftpd"), server("vsftpd"));
    let (from, to) = (source.folder().unwrap(), target.folder().unwrap());
    let tree = from.local().join("tree");
    fs::create_dir_all(&tree).unwrap();
    for name in ["a", "b", "c"] {
        fs::write(tree.join(name), name).unwrap();
    }
    let mode =
        |mode| fs::set_permissions(tree.join("b"), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o000);
    let program = bookmarks(&[&source, &target]);
    let (tree_at, place) =
        (format!("proftpd:{}/tree", from.remote), format!("vsftpd:{}/", to.remote));
    let copied = ran(&mut program.fxpane(&["cp", "-r", "--json", &tree_at, &place])).is(1);
    let summary = copied.objects().pop().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&2.into(), &1.into()), "{copied:?}");
    assert!(!to.local().join("tree/b").exists());
    let listed = queue(&program, &["list"]).is(0).objects();
    assert_eq!((&listed[0]["failed"], &listed[0]["done"]), (&1.into(), &2.into()), "{listed:?}");
    // it still cannot be read
    queue(&program, &["retry"]).is(1);
    mode(0o644);
    let retried = queue(&program, &["retry"]).is(0).objects();
    let items: Vec<_> = retried.iter().filter(|line| line["event"] == "item").collect();
    assert_eq!(items.len(), 1, "only what failed: {retried:?}");
    assert_eq!(digests(&to.local().join("tree")), digests(&tree));
}

/// What Ctrl-C leaves of a large file is listed, and deleted on the user's word.
async fn kept_part(name: &str) {
    let server = server(name);
    let folder = server.folder().unwrap();
    let source = Setup::new().address([127, 0, 0, 62].into()).file("/pub/f", bytes(3 << 20, 1));
    let source = fxpane::demo::Server::start(source).await.unwrap();
    source.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    source.fault(Rule::parse("on RETR 1 stall after 1000000").unwrap());
    let program = bookmarks(&[&server]);
    let from = format!(
        "ftp://{}:{}@{}:{}/pub/f",
        source.user(),
        source.password(),
        source.ip(),
        source.port()
    );
    let to = format!("{name}:{}/", folder.remote);
    let mut copy = program.fxpane(&["cp", "--src-security", "none", &from, &to]);
    let mut copy = copy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let names = || -> Vec<_> {
        let entries = fs::read_dir(folder.local()).unwrap().map(Result::unwrap);
        entries.map(|entry| (entry.file_name(), entry.metadata().unwrap().len())).collect()
    };
    let begun = Instant::now();
    while names().first().is_none_or(|(_, size)| *size < 500_000) {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing arrives at {name}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let signal = ran(program.other("kill").args(["-INT", &copy.id().to_string()]));
    assert_eq!(signal.code, 0, "{signal:?}");
    assert_eq!(copy.wait().unwrap().code(), Some(130), "{name}");
    let listed = queue(&program, &["parts"]).is(0).objects();
    let part = folder.local().join(names()[0].0.clone());
    assert_eq!((listed.len(), &listed[0]["site"]), (1, &name.into()), "{listed:?}");
    assert!(part.ends_with(listed[0]["stored_as"].as_str().unwrap().rsplit('/').next().unwrap()));
    let deleted = queue(&program, &["parts", "--delete", "--yes", name]).is(0).objects();
    assert_eq!(deleted[0]["state"], "deleted", "{name} {deleted:?}");
    assert_eq!(names(), [], "{name}");
    assert_eq!(queue(&program, &["parts"]).is(0).objects(), [Value::Null; 0], "{name}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs real servers: tests/run"]
async fn what_is_kept_is_deleted_on_the_users_word() {
    for name in ["vsftpd", "proftpd", "pureftpd"] {
        kept_part(name).await;
    }
}

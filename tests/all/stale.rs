//! A queue whose target changes before it runs: names that were unused when it was planned may be
//! taken when it runs.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fxpane::base::SourceText;
use fxpane::demo::{Server, Setup};
use fxpane::engine::{Command, Engine, EngineOptions, EventKind, Report};
use fxpane::queue::Store;
use fxpane::site::{Trust, sites_file};
use serde_json::Value;

use crate::cli::{Ran, ran};
use crate::program::Program;

struct PlannedQueue {
    from: Server,
    to: Server,
    program: Program,
    home: PathBuf,
}

impl PlannedQueue {
    async fn start() -> Self {
        let from = Setup::new().file("/pub/d/a", "new a").file("/pub/d/b", "new b");
        let from = Server::start(from).await.unwrap();
        let to = Server::start(Setup::new().dir("/incoming")).await.unwrap();
        let program = Program::new().unwrap();
        let home = program.other("x").get_current_dir().unwrap().to_owned();
        let site = |name: &str, server: &Server| {
            format!(
                "[[site]]\nname = \"{name}\"\nhost = \"{}\"\nport = {}\nuser = \"{}\"\n\
                 password = {{ plain = \"{}\" }}\nsecurity = \"none\"\n",
                server.ip(),
                server.port(),
                server.user(),
                server.password()
            )
        };
        fs::create_dir_all(home.join("config")).unwrap();
        let sites = format!("{}\n{}", site("from", &from), site("to", &to));
        fs::write(home.join("config/sites.toml"), sites).unwrap();
        Self { from, to, program, home }
    }

    fn run(&self, args: &[&str]) -> Ran {
        ran(self.program.fxpane(args).arg("--json"))
    }

    /// Runs a copy, then imports its queue with all items waiting again.
    fn plan(&self, copy: &[&str]) {
        self.run(copy).is(0);
        let done = self.run(&["queue", "export"]).is(0).out;
        let mut waiting = String::new();
        for line in done.lines() {
            let mut record: Value = serde_json::from_str(line).unwrap();
            match record["event"].as_str() {
                Some("item") => record["state"] = "waiting".into(),
                Some("job") => record["ended_at"] = Value::Null,
                _ => {}
            }
            waiting += &format!("{record}\n");
        }
        let file = self.home.join("queue.json");
        fs::write(&file, waiting).unwrap();
        self.run(&["queue", "clear"]).is(0);
        self.run(&["queue", "import", file.to_str().unwrap()]).is(0);
    }

    /// Runs the queue and returns the state and reason of each file.
    fn results(&self, code: i32) -> Vec<(String, String)> {
        let lines = self.run(&["queue", "run"]).is(code).objects();
        let items = lines.iter().filter(|line| line["event"] == "item");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut results: Vec<_> =
            items.map(|item| (text(&item["state"]), text(&item["reason"]))).collect();
        results.sort();
        results
    }
}

const FOREIGN: &[u8] = b"of another program";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rule_applies_to_a_file_that_appeared_later() {
    for (exists, first, content) in
        [("skip", ("skipped", "already exists"), FOREIGN), ("overwrite", ("done", ""), b"new a")]
    {
        let setup = PlannedQueue::start().await;
        setup.plan(&["cp", "-r", "--exists", exists, "from:/pub/d", "to:/incoming/"]);
        let root = setup.to.root();
        root.remove("/incoming/d/b").unwrap();
        root.write("/incoming/d/a", FOREIGN).unwrap();
        let mut expected = vec![(first.0.to_owned(), first.1.to_owned())];
        expected.push(("done".to_owned(), String::new()));
        expected.sort();
        assert_eq!(setup.results(0), expected, "{exists}");
        assert_eq!(root.read("/incoming/d/a").unwrap(), content, "{exists}");
        assert_eq!(root.read("/incoming/d/b").unwrap(), b"new b", "{exists}");
        assert_eq!(root.list("/incoming/d").unwrap().len(), 2, "{exists}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_name_was_taken_gets_an_unused_one() {
    let setup = PlannedQueue::start().await;
    // another file of the job has the name that the first one would get
    setup.from.root().write("/pub/d/a (2)", b"new second").unwrap();
    setup.plan(&["cp", "-r", "--exists", "rename", "from:/pub/d", "to:/incoming/"]);
    let root = setup.to.root();
    root.remove("/incoming/d/b").unwrap();
    root.remove("/incoming/d/a (2)").unwrap();
    root.write("/incoming/d/a", FOREIGN).unwrap();
    root.write("/incoming/d/a (3)", FOREIGN).unwrap();
    let lines = setup.run(&["queue", "run"]).is(0).objects();
    let targets: Vec<_> =
        lines.iter().filter_map(|line| Some((line["dst"].as_str()?, &line["state"]))).collect();
    assert!(targets.contains(&("to:/incoming/d/a (4)", &"done".into())), "{targets:?}");
    let listed = setup.run(&["queue", "export"]).is(0).out;
    assert!(listed.contains("/incoming/d/a (4)"), "{listed}");
    for (name, content) in [
        ("a", FOREIGN),
        ("a (2)", &b"new second"[..]),
        ("a (3)", FOREIGN),
        ("a (4)", b"new a"),
        ("b", b"new b"),
    ] {
        assert_eq!(root.read(&format!("/incoming/d/{name}")).unwrap(), content, "{name}");
    }
    assert_eq!(root.list("/incoming/d").unwrap().len(), 5);

    // the same on this machine
    let local_dir = setup.home.join("here");
    setup.run(&["queue", "clear"]).is(0);
    let local_path = local_dir.to_str().unwrap();
    setup.plan(&["get", "-r", "--exists", "rename", "from:/pub/d", local_path]);
    fs::write(local_dir.join("a"), FOREIGN).unwrap();
    fs::remove_file(local_dir.join("b")).unwrap();
    fs::remove_file(local_dir.join("a (2)")).unwrap();
    setup.run(&["queue", "run"]).is(0);
    assert_eq!(fs::read(local_dir.join("a")).unwrap(), FOREIGN);
    assert_eq!(fs::read(local_dir.join("a (2)")).unwrap(), b"new second");
    assert_eq!(fs::read(local_dir.join("a (3)")).unwrap(), b"new a");
    assert_eq!(fs::read(local_dir.join("b")).unwrap(), b"new b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_is_asked_again() {
    for (choice, answer, files, content) in
        [(0, "Skip", 2, FOREIGN), (1, "Overwrite", 2, b"new a"), (2, "Keep both", 3, FOREIGN)]
    {
        let setup = PlannedQueue::start().await;
        setup.plan(&["cp", "-r", "--exists", "skip", "from:/pub/d", "to:/incoming/"]);
        // the rule of an interactive program
        let path = setup.home.join("data/queue.db");
        let set_ask = "UPDATE jobs SET rules = json_set(rules, '$.exists', 'ask')";
        rusqlite::Connection::open(&path).unwrap().execute(set_ask, []).unwrap();
        let root = setup.to.root();
        root.remove("/incoming/d/b").unwrap();
        root.write("/incoming/d/a", FOREIGN).unwrap();

        let sites = fs::read_to_string(setup.home.join("config/sites.toml")).unwrap();
        let sites = sites_file::parse(&SourceText::new("sites.toml", sites)).unwrap();
        let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
        options.store = Store::open(&path).unwrap().0;
        options.interactive = true;
        let engine = Engine::start(options);
        let mut events = engine.events();
        let job = engine.jobs().await.unwrap().remove(0);
        let (sender, mut reports) = tokio::sync::mpsc::unbounded_channel();
        engine.adopt(job.id, job.find_sites(&sites).unwrap(), Some(sender)).await.unwrap();
        let question = async {
            loop {
                if let EventKind::Question(question) = events.recv().await.unwrap().what {
                    return question;
                }
            }
        };
        let question = tokio::time::timeout(Duration::from_secs(30), question).await.unwrap();
        assert_eq!(question.choices[choice], answer);
        assert!(question.text.contains("/incoming/d/a exists"), "{}", question.text);
        engine.send(Command::Answer { question: question.id, choice }).await.unwrap();
        let end = async { while !matches!(reports.recv().await, Some(Report::End { .. })) {} };
        tokio::time::timeout(Duration::from_secs(30), end).await.unwrap();
        engine.shutdown().await;
        assert_eq!(root.read("/incoming/d/a").unwrap(), content, "{answer}");
        assert_eq!(root.read("/incoming/d/b").unwrap(), b"new b", "{answer}");
        assert_eq!(root.list("/incoming/d").unwrap().len(), files, "{answer}");
        if files == 3 {
            assert_eq!(root.read("/incoming/d/a (2)").unwrap(), b"new a");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_directory_is_created_again() {
    let setup = PlannedQueue::start().await;
    setup.plan(&["cp", "-r", "from:/pub/d", "to:/incoming/deep/er"]);
    let root = setup.to.root();
    for path in ["deep/er/a", "deep/er/b", "deep/er", "deep"] {
        root.remove(&format!("/incoming/{path}")).unwrap();
    }
    let done = || ("done".to_owned(), String::new());
    assert_eq!(setup.results(0), [done(), done()]);
    assert_eq!(root.read("/incoming/deep/er/b").unwrap(), b"new b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_and_uploads_follow_the_same_rules() {
    let setup = PlannedQueue::start().await;
    let local_dir = setup.home.join("here");
    setup.plan(&["get", "-r", "from:/pub/d", local_dir.to_str().unwrap()]);
    fs::remove_file(local_dir.join("b")).unwrap();
    fs::write(local_dir.join("a"), FOREIGN).unwrap();
    let skipped = ("skipped".to_owned(), "already exists".to_owned());
    let done = ("done".to_owned(), String::new());
    assert_eq!(setup.results(0), [done.clone(), skipped.clone()]);
    assert_eq!(fs::read(local_dir.join("a")).unwrap(), FOREIGN);
    assert_eq!(fs::read(local_dir.join("b")).unwrap(), b"new b");

    setup.run(&["queue", "clear"]).is(0);
    fs::write(local_dir.join("a"), "new a").unwrap();
    setup.plan(&["put", "-r", local_dir.to_str().unwrap(), "to:/incoming/up"]);
    let root = setup.to.root();
    root.remove("/incoming/up/b").unwrap();
    root.write("/incoming/up/a", FOREIGN).unwrap();
    assert_eq!(setup.results(0), [done, skipped]);
    assert_eq!(root.read("/incoming/up/a").unwrap(), FOREIGN);
    assert_eq!(root.read("/incoming/up/b").unwrap(), b"new b");
    assert_eq!(setup.from.root().read("/pub/d/a").unwrap(), b"new a");
}

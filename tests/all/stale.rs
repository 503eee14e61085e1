//! A queue that waits, while at its target things change: what was free when it was planned may
//! not be free any more when it runs.

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

struct Scene {
    from: Server,
    to: Server,
    program: Program,
    home: PathBuf,
}

impl Scene {
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

    fn run(&self, words: &[&str]) -> Ran {
        ran(self.program.fxpane(words).arg("--json"))
    }

    /// Copies, and makes a queue of it that has done nothing yet.
    fn planned(&self, copy: &[&str]) {
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

    /// Runs the queue: how each file ended, and why.
    fn ended(&self, code: i32) -> Vec<(String, String)> {
        let lines = self.run(&["queue", "run"]).is(code).objects();
        let items = lines.iter().filter(|line| line["event"] == "item");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut ended: Vec<_> =
            items.map(|item| (text(&item["state"]), text(&item["reason"]))).collect();
        ended.sort();
        ended
    }
}

const OLD: &[u8] = b"somebody else's";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_has_appeared_is_treated_by_the_rule() {
    for (exists, first, content) in
        [("skip", ("skipped", "it exists"), OLD), ("overwrite", ("done", ""), b"new a")]
    {
        let scene = Scene::start().await;
        scene.planned(&["cp", "-r", "--exists", exists, "from:/pub/d", "to:/incoming/"]);
        let root = scene.to.root();
        root.remove("/incoming/d/b").unwrap();
        root.write("/incoming/d/a", OLD).unwrap();
        let mut expected = vec![(first.0.to_owned(), first.1.to_owned())];
        expected.push(("done".to_owned(), String::new()));
        expected.sort();
        assert_eq!(scene.ended(0), expected, "{exists}");
        assert_eq!(root.read("/incoming/d/a").unwrap(), content, "{exists}");
        assert_eq!(root.read("/incoming/d/b").unwrap(), b"new b", "{exists}");
        assert_eq!(root.list("/incoming/d").unwrap().len(), 2, "{exists}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_name_was_taken_gets_another_that_nobody_has() {
    let scene = Scene::start().await;
    // a file of the job that will have the name which the first one would get
    scene.from.root().write("/pub/d/a (2)", b"new second").unwrap();
    scene.planned(&["cp", "-r", "--exists", "rename", "from:/pub/d", "to:/incoming/"]);
    let root = scene.to.root();
    root.remove("/incoming/d/b").unwrap();
    root.remove("/incoming/d/a (2)").unwrap();
    root.write("/incoming/d/a", OLD).unwrap();
    root.write("/incoming/d/a (3)", OLD).unwrap();
    let lines = scene.run(&["queue", "run"]).is(0).objects();
    let targets: Vec<_> =
        lines.iter().filter_map(|line| Some((line["dst"].as_str()?, &line["state"]))).collect();
    assert!(targets.contains(&("to:/incoming/d/a (4)", &"done".into())), "{targets:?}");
    let listed = scene.run(&["queue", "export"]).is(0).out;
    assert!(listed.contains("/incoming/d/a (4)"), "{listed}");
    for (name, content) in [
        ("a", OLD),
        ("a (2)", &b"new second"[..]),
        ("a (3)", OLD),
        ("a (4)", b"new a"),
        ("b", b"new b"),
    ] {
        assert_eq!(root.read(&format!("/incoming/d/{name}")).unwrap(), content, "{name}");
    }
    assert_eq!(root.list("/incoming/d").unwrap().len(), 5);

    // and on this machine
    let here = scene.home.join("here");
    scene.run(&["queue", "clear"]).is(0);
    let there = here.to_str().unwrap();
    scene.planned(&["get", "-r", "--exists", "rename", "from:/pub/d", there]);
    fs::write(here.join("a"), OLD).unwrap();
    fs::remove_file(here.join("b")).unwrap();
    fs::remove_file(here.join("a (2)")).unwrap();
    scene.run(&["queue", "run"]).is(0);
    assert_eq!(fs::read(here.join("a")).unwrap(), OLD);
    assert_eq!(fs::read(here.join("a (2)")).unwrap(), b"new second");
    assert_eq!(fs::read(here.join("a (3)")).unwrap(), b"new a");
    assert_eq!(fs::read(here.join("b")).unwrap(), b"new b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_user_is_asked_again() {
    for (choice, answer, files, content) in
        [(0, "Skip", 2, OLD), (1, "Overwrite", 2, b"new a"), (2, "Keep both", 3, OLD)]
    {
        let scene = Scene::start().await;
        scene.planned(&["cp", "-r", "--exists", "skip", "from:/pub/d", "to:/incoming/"]);
        // as the screen, or a terminal, would have made it
        let path = scene.home.join("data/queue.db");
        let asks = "UPDATE jobs SET rules = json_set(rules, '$.exists', 'ask')";
        rusqlite::Connection::open(&path).unwrap().execute(asks, []).unwrap();
        let root = scene.to.root();
        root.remove("/incoming/d/b").unwrap();
        root.write("/incoming/d/a", OLD).unwrap();

        let sites = fs::read_to_string(scene.home.join("config/sites.toml")).unwrap();
        let sites = sites_file::parse(&SourceText::new("sites.toml", sites)).unwrap();
        let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
        options.store = Store::open(&path).unwrap().0;
        options.interactive = true;
        let engine = Engine::start(options);
        let mut events = engine.events();
        let job = engine.jobs().await.unwrap().remove(0);
        let (told, mut reports) = tokio::sync::mpsc::unbounded_channel();
        engine.adopt(job.id, job.ends(&sites).unwrap(), Some(told)).await.unwrap();
        let asked = async {
            loop {
                if let EventKind::Question(question) = events.recv().await.unwrap().what {
                    return question;
                }
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(30), asked).await.unwrap();
        assert_eq!(asked.choices[choice], answer);
        assert!(asked.text.contains("/incoming/d/a exists"), "{}", asked.text);
        engine.send(Command::Answer { question: asked.id, choice }).await.unwrap();
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
async fn a_directory_that_has_gone_is_made_again() {
    let scene = Scene::start().await;
    scene.planned(&["cp", "-r", "from:/pub/d", "to:/incoming/deep/er"]);
    let root = scene.to.root();
    for path in ["deep/er/a", "deep/er/b", "deep/er", "deep"] {
        root.remove(&format!("/incoming/{path}")).unwrap();
    }
    let done = || ("done".to_owned(), String::new());
    assert_eq!(scene.ended(0), [done(), done()]);
    assert_eq!(root.read("/incoming/deep/er/b").unwrap(), b"new b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn up_and_down_it_is_the_same() {
    let scene = Scene::start().await;
    let here = scene.home.join("here");
    scene.planned(&["get", "-r", "from:/pub/d", here.to_str().unwrap()]);
    fs::remove_file(here.join("b")).unwrap();
    fs::write(here.join("a"), OLD).unwrap();
    let skipped = ("skipped".to_owned(), "it exists".to_owned());
    let done = ("done".to_owned(), String::new());
    assert_eq!(scene.ended(0), [done.clone(), skipped.clone()]);
    assert_eq!(fs::read(here.join("a")).unwrap(), OLD);
    assert_eq!(fs::read(here.join("b")).unwrap(), b"new b");

    scene.run(&["queue", "clear"]).is(0);
    fs::write(here.join("a"), "new a").unwrap();
    scene.planned(&["put", "-r", here.to_str().unwrap(), "to:/incoming/up"]);
    let root = scene.to.root();
    root.remove("/incoming/up/b").unwrap();
    root.write("/incoming/up/a", OLD).unwrap();
    assert_eq!(scene.ended(0), [done, skipped]);
    assert_eq!(root.read("/incoming/up/a").unwrap(), OLD);
    assert_eq!(root.read("/incoming/up/b").unwrap(), b"new b");
    assert_eq!(scene.from.root().read("/pub/d/a").unwrap(), b"new a");
}

//! Going on where a download, an upload or a relay broke off (design rule 9): by a retry, by the
//! next job, after an end of the program; and never where it cannot be proved to be right.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use fxpane::demo::{Personality, Rule, Server, Setup};
use fxpane::engine::EngineOptions;
use fxpane::queue::{Exists, ItemState, JobSpec, ViaRule};
use fxpane::site::Location;
use fxpane::transfer::Verdict;
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::pair::{Job, spec};
use super::resume::{offsets_of, without_digests};
use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;
const PERSONALITIES: [Personality; 6] = [
    Personality::Plain,
    Personality::Vsftpd,
    Personality::Proftpd,
    Personality::Pureftpd,
    Personality::Pyftpdlib,
    Personality::Inetutils,
];

/// Which way the bytes take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Get,
    Put,
    Relay,
}

use Way::{Get, Put, Relay};

/// A server or two, a folder here, and one file that goes from one to the other.
struct Course {
    way: Way,
    pair: Pair,
    here: TempDir,
}

impl Course {
    async fn new(way: Way, setup: impl Fn() -> Setup, tries: u32) -> Self {
        let change = |options: &mut EngineOptions| options.tries = tries;
        let pair = Pair::with(setup().file("/pub/f", content(LARGE)), setup(), change).await;
        let course = Self { way, pair, here: tempfile::tempdir().unwrap() };
        course.pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
        if way == Put {
            fs::write(course.here(), content(LARGE)).unwrap();
        }
        course
    }

    fn here(&self) -> PathBuf {
        self.here.path().join("f")
    }

    /// The server that breaks off in the tests.
    fn breaks(&self) {
        match self.way {
            Get | Relay => self.pair.faults("on RETR 1 reset-data after 2000000", ""),
            Put => self.pair.faults("", "on STOR 1 reset-data after 2000000"),
        }
    }

    fn job(&self) -> JobSpec {
        let from = self.pair.at_source("/pub/f");
        let to = self.pair.at_target("/incoming");
        let (here, folder) = (self.here(), self.here.path().to_owned());
        let mut job = match self.way {
            Get => spec(vec![from], Location::Local(folder)),
            Put => spec(vec![Location::Local(here)], to),
            Relay => spec(vec![from], to),
        };
        job.rules.via = ViaRule::Relay;
        job
    }

    async fn run(&self) -> Job {
        self.pair.run(self.job()).await
    }

    /// What stands at the target.
    fn names(&self) -> Vec<String> {
        match self.way {
            Put | Relay => self.pair.incoming(),
            Get => {
                let names = fs::read_dir(self.here.path()).unwrap();
                names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect()
            }
        }
    }

    fn write_old(&self) {
        self.write("f", OLD);
    }

    /// The source is another file now, of the same size.
    fn change_source(&self) {
        let other: Vec<u8> = content(LARGE).iter().map(|byte| byte ^ 1).collect();
        if self.way == Put {
            fs::write(self.here(), other).unwrap();
            let file = fs::File::options().write(true).open(self.here()).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_400_000_000)).unwrap();
        } else {
            self.pair.from.root().write("/pub/f", other).unwrap();
            self.pair.from.root().set_mtime("/pub/f", 1_500_000_060).unwrap();
        }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        match self.way {
            Put | Relay => self.pair.to.root().read(&format!("/incoming/{name}")).unwrap(),
            Get => fs::read(self.here.path().join(name)).unwrap(),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        match self.way {
            Put | Relay => self.pair.to.root().write(&format!("/incoming/{name}"), bytes).unwrap(),
            Get => fs::write(self.here.path().join(name), bytes).unwrap(),
        }
    }

    /// Bytes from which each transfer began.
    fn offsets(&self) -> Vec<u64> {
        match self.way {
            Get | Relay => offsets_of(&self.pair.from, "RETR "),
            Put => offsets_of(&self.pair.to, "STOR "),
        }
    }

    fn server(&self) -> &Server {
        if self.way == Put { &self.pair.to } else { &self.pair.from }
    }

    #[track_caller]
    fn assert_arrived(&self, job: &Job) {
        let item = job.only();
        let good = matches!(item.verdict, Some(Verdict::Complete | Verdict::Verified));
        assert!(
            item.state == ItemState::Done && good,
            "{:?} {}\n{}",
            self.way,
            job.told(),
            self.pair.story()
        );
        assert_eq!(item.bytes, LARGE as u64, "{}", job.told());
        assert!(self.read("f") == content(LARGE), "{:?}\n{}", self.way, self.pair.story());
        assert_eq!(self.names(), ["f"], "{:?}", self.way);
    }
}

fn setups(personality: Personality) -> [Box<dyn Fn() -> Setup + Send>; 2] {
    let setup = move || Setup::new().personality(personality);
    [Box::new(setup), Box::new(move || without_digests(setup()))]
}

#[tokio::test]
async fn the_second_try_goes_on_where_the_first_ended() {
    // each waits a second before its second try
    let mut all = JoinSet::new();
    for way in [Get, Put, Relay] {
        for personality in PERSONALITIES {
            for (setup, old) in setups(personality).into_iter().zip([false, true]) {
                all.spawn(async move {
                    let course = Course::new(way, setup, 2).await;
                    if old {
                        course.write_old();
                    }
                    course.breaks();
                    let job = course.run().await;
                    course.assert_arrived(&job);
                    let offsets = course.offsets();
                    assert!(
                        offsets.len() == 2 && offsets[0] == 0 && offsets[1] > 0,
                        "{way:?} {personality:?} {offsets:?}\n{}",
                        course.pair.story()
                    );
                });
            }
        }
    }
    all.join_all().await;
}

#[tokio::test]
async fn the_next_job_goes_on_with_what_was_kept_and_says_that_it_is_kept() {
    for way in [Get, Put, Relay] {
        let course = Course::new(way, || without_digests(Setup::new()), 1).await;
        course.write_old();
        course.breaks();
        let job = course.run().await;
        assert_eq!(job.only().state, ItemState::Failed, "{}", job.told());
        assert!(job.reason().contains("is kept"), "{}", job.told());
        let names = course.names();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(course.read("f"), OLD);
        let kept = names.iter().find(|name| name.ends_with(".fxpart")).unwrap();
        let kept = course.read(kept);
        assert!(!kept.is_empty() && content(LARGE).starts_with(&kept));
        let job = course.run().await;
        course.assert_arrived(&job);
        assert!(course.offsets()[1] > 0, "{way:?} {}", course.pair.story());
    }
}

#[tokio::test]
async fn a_source_that_is_another_one_now_begins_anew() {
    for way in [Get, Put, Relay] {
        for setup in setups(Personality::Plain) {
            let course = Course::new(way, setup, 1).await;
            course.breaks();
            course.run().await;
            course.change_source();
            let job = course.run().await;
            assert_eq!(job.only().state, ItemState::Done, "{}", job.told());
            assert_eq!(course.read("f"), content(LARGE).iter().map(|b| b ^ 1).collect::<Vec<_>>());
            assert_eq!(course.names(), ["f"]);
            assert_eq!(course.offsets(), [0, 0], "{way:?} {}", course.pair.story());
        }
    }
}

#[tokio::test]
async fn a_server_that_gets_it_wrong_is_found_out() {
    let mut all = JoinSet::new();
    for way in [Get, Put, Relay] {
        for wrong in [
            // says yes and does not care
            "on REST reply 350",
            // refuses: begun anew within the same try
            "on REST reply 502",
            "on REST reply 554",
        ] {
            for setup in setups(Personality::Plain) {
                all.spawn(async move {
                    let course = Course::new(way, setup, 3).await;
                    course.write_old();
                    course.breaks();
                    course.server().fault(Rule::parse(wrong).unwrap());
                    let job = course.run().await;
                    course.assert_arrived(&job);
                    let restarts = course.server().count("REST");
                    assert!(restarts > 0, "{way:?} {wrong} {}", course.pair.story());
                });
            }
        }
    }
    all.join_all().await;
}

#[tokio::test]
async fn a_partial_file_that_was_cut_grew_or_vanished_meanwhile() {
    for way in [Get, Put, Relay] {
        for size in [None, Some(0), Some(100), Some(LARGE + 1)] {
            let course = Course::new(way, || without_digests(Setup::new()), 1).await;
            course.breaks();
            course.run().await;
            let [partial] = &course.names()[..] else { panic!("{}", course.pair.story()) };
            let partial = partial.clone();
            // here the source is in the same folder
            let mut bytes = content(LARGE);
            bytes.push(1);
            match size {
                Some(size) => course.write(&partial, &bytes[..size]),
                None if way == Get => fs::remove_file(course.here.path().join(&partial)).unwrap(),
                None => course.pair.to.root().remove(&format!("/incoming/{partial}")).unwrap(),
            }
            let job = course.run().await;
            course.assert_arrived(&job);
            let expected = if size == Some(100) { 100 } else { 0 };
            assert_eq!(course.offsets()[1], expected, "{way:?} {size:?} {}", course.pair.story());
        }
    }
}

#[tokio::test]
async fn a_part_under_the_final_name_goes_on_where_digests_agree() {
    for way in [Get, Put, Relay] {
        for (have, bytes) in [
            (2_000_000, content(2_000_000)),
            (0, content(2_000_000).iter().map(|byte| byte ^ 1).collect()),
            (0, Vec::new()),
            (0, content(LARGE + 7)),
        ] {
            let course = Course::new(way, Setup::new, 1).await;
            course.write("f", &bytes);
            let mut job = course.job();
            job.rules.exists = Exists::Resume;
            let job = course.pair.run(job).await;
            course.assert_arrived(&job);
            assert_eq!(course.offsets(), [have], "{way:?} {}", course.pair.story());
        }
    }
}

#[tokio::test]
async fn a_part_under_the_final_name_that_nobody_can_compare_begins_anew_and_says_so() {
    for way in [Get, Put, Relay] {
        let course = Course::new(way, || without_digests(Setup::new()), 1).await;
        course.write("f", &content(2_000_000));
        let mut job = course.job();
        job.rules.exists = Exists::Resume;
        let job = course.pair.run(job).await;
        course.assert_arrived(&job);
        assert_eq!(course.offsets(), [0], "{way:?} {}", course.pair.story());
        assert!(job.told().contains("cannot be compared"), "{}", job.told());
    }
}

#[tokio::test]
async fn a_part_under_the_final_name_that_breaks_again_is_longer_than_before_or_as_it_was() {
    for way in [Get, Put, Relay] {
        let course = Course::new(way, Setup::new, 1).await;
        course.write("f", &content(1_500_000));
        match way {
            Put => course.pair.faults("", "on STOR 1 reset-data after 500000"),
            _ => course.pair.faults("on RETR 1 reset-data after 500000", ""),
        }
        let mut job = course.job();
        job.rules.exists = Exists::Resume;
        let failed = course.pair.run(job.clone()).await;
        assert_eq!(failed.only().state, ItemState::Failed, "{}", failed.told());
        let kept = course.read("f");
        assert!(kept.len() >= 1_500_000 && content(LARGE).starts_with(&kept), "{way:?}");
        let done = course.pair.run(job).await;
        course.assert_arrived(&done);
        assert_eq!(course.offsets()[1], kept.len() as u64, "{way:?}");
    }
}

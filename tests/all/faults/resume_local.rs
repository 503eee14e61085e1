//! Resuming interrupted downloads, uploads and relays (transfer rule 9): by a retry, by the next
//! job, after a restart; never if the partial file might be wrong.

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
use super::resume::{WRONG_REST, offsets_of, without_checksums};
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

/// How the data is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TransferKind {
    Get,
    Put,
    Relay,
}

use TransferKind::{Get, Put, Relay};

/// The servers, a local directory, and one file to copy.
struct Fixture {
    kind: TransferKind,
    pair: Pair,
    local: TempDir,
}

impl Fixture {
    async fn new(kind: TransferKind, setup: impl Fn() -> Setup, tries: u32) -> Self {
        let change = |options: &mut EngineOptions| options.tries = tries;
        let pair = Pair::with(setup().file("/pub/f", content(LARGE)), setup(), change).await;
        let fixture = Self { kind, pair, local: tempfile::tempdir().unwrap() };
        fixture.pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
        if kind == Put {
            fs::write(fixture.local_file(), content(LARGE)).unwrap();
        }
        fixture
    }

    fn local_file(&self) -> PathBuf {
        self.local.path().join("f")
    }

    /// Interrupts the first transfer.
    fn interrupt(&self) {
        match self.kind {
            Get | Relay => self.pair.faults("on RETR 1 reset-data after 2000000", ""),
            Put => self.pair.faults("", "on STOR 1 reset-data after 2000000"),
        }
    }

    fn job(&self) -> JobSpec {
        let from = self.pair.at_source("/pub/f");
        let to = self.pair.at_target("/incoming");
        let (file, directory) = (self.local_file(), self.local.path().to_owned());
        let mut job = match self.kind {
            Get => spec(vec![from], Location::Local(directory)),
            Put => spec(vec![Location::Local(file)], to),
            Relay => spec(vec![from], to),
        };
        job.rules.via = ViaRule::Relay;
        job
    }

    async fn run(&self) -> Job {
        self.pair.run(self.job()).await
    }

    /// The names in the target directory.
    fn names(&self) -> Vec<String> {
        match self.kind {
            Put | Relay => self.pair.incoming(),
            Get => {
                let names = fs::read_dir(self.local.path()).unwrap();
                names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect()
            }
        }
    }

    fn write_old(&self) {
        self.write("f", OLD);
    }

    /// Replaces the source by another file of the same size.
    fn change_source(&self) {
        let other: Vec<u8> = content(LARGE).iter().map(|byte| byte ^ 1).collect();
        if self.kind == Put {
            fs::write(self.local_file(), other).unwrap();
            let file = fs::File::options().write(true).open(self.local_file()).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_400_000_000)).unwrap();
        } else {
            self.pair.from.root().write("/pub/f", other).unwrap();
            self.pair.from.root().set_mtime("/pub/f", 1_500_000_060).unwrap();
        }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        match self.kind {
            Put | Relay => self.pair.to.root().read(&format!("/incoming/{name}")).unwrap(),
            Get => fs::read(self.local.path().join(name)).unwrap(),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        match self.kind {
            Put | Relay => self.pair.to.root().write(&format!("/incoming/{name}"), bytes).unwrap(),
            Get => fs::write(self.local.path().join(name), bytes).unwrap(),
        }
    }

    /// The offset of each transfer.
    fn offsets(&self) -> Vec<u64> {
        match self.kind {
            Get | Relay => offsets_of(&self.pair.from, "RETR "),
            Put => offsets_of(&self.pair.to, "STOR "),
        }
    }

    fn data_server(&self) -> &Server {
        if self.kind == Put { &self.pair.to } else { &self.pair.from }
    }

    #[track_caller]
    fn assert_arrived(&self, job: &Job) {
        let item = job.only();
        let verified = matches!(item.ending.verdict, Some(Verdict::Complete | Verdict::Verified));
        assert!(
            item.state == ItemState::Done && verified,
            "{:?} {}\n{}",
            self.kind,
            job.summary(),
            self.pair.ftp_log()
        );
        assert_eq!(item.ending.bytes, LARGE as u64, "{}", job.summary());
        assert!(self.read("f") == content(LARGE), "{:?}\n{}", self.kind, self.pair.ftp_log());
        assert_eq!(self.names(), ["f"], "{:?}", self.kind);
    }
}

fn setups(personality: Personality) -> [Box<dyn Fn() -> Setup + Send>; 2] {
    let setup = move || Setup::new().personality(personality);
    [Box::new(setup), Box::new(move || without_checksums(setup()))]
}

#[tokio::test]
async fn a_retry_resumes_the_transfer() {
    // in parallel, because each waits a second before its retry
    let mut all = JoinSet::new();
    for kind in [Get, Put, Relay] {
        for personality in PERSONALITIES {
            for (setup, old) in setups(personality).into_iter().zip([false, true]) {
                all.spawn(async move {
                    let fixture = Fixture::new(kind, setup, 2).await;
                    if old {
                        fixture.write_old();
                    }
                    fixture.interrupt();
                    let job = fixture.run().await;
                    fixture.assert_arrived(&job);
                    let offsets = fixture.offsets();
                    assert!(
                        offsets.len() >= 2 && offsets[0] == 0 && offsets[1] > 0,
                        "{kind:?} {personality:?} {offsets:?}\n{}",
                        fixture.pair.ftp_log()
                    );
                });
            }
        }
    }
    all.join_all().await;
}

#[tokio::test]
async fn the_next_job_resumes_a_kept_partial_file() {
    for kind in [Get, Put, Relay] {
        let fixture = Fixture::new(kind, || without_checksums(Setup::new()), 1).await;
        fixture.write_old();
        fixture.interrupt();
        let job = fixture.run().await;
        assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
        assert!(job.reason().contains("is kept"), "{}", job.summary());
        let names = fixture.names();
        assert_eq!(names.len(), 2, "{names:?}");
        assert_eq!(fixture.read("f"), OLD);
        let kept = names.iter().find(|name| name.ends_with(".fxpart")).unwrap();
        let kept = fixture.read(kept);
        assert!(!kept.is_empty() && content(LARGE).starts_with(&kept));
        let job = fixture.run().await;
        fixture.assert_arrived(&job);
        assert!(fixture.offsets()[1] > 0, "{kind:?} {}", fixture.pair.ftp_log());
    }
}

#[tokio::test]
async fn a_changed_source_starts_over() {
    for kind in [Get, Put, Relay] {
        for setup in setups(Personality::Plain) {
            let fixture = Fixture::new(kind, setup, 1).await;
            fixture.interrupt();
            fixture.run().await;
            fixture.change_source();
            let job = fixture.run().await;
            assert_eq!(job.only().state, ItemState::Done, "{}", job.summary());
            assert_eq!(fixture.read("f"), content(LARGE).iter().map(|b| b ^ 1).collect::<Vec<_>>());
            assert_eq!(fixture.names(), ["f"]);
            assert_eq!(fixture.offsets(), [0, 0], "{kind:?} {}", fixture.pair.ftp_log());
        }
    }
}

#[tokio::test]
async fn a_server_that_mishandles_rest_is_detected() {
    let mut all = JoinSet::new();
    for kind in [Get, Put, Relay] {
        for wrong in [
            // accepts REST and ignores it
            "on REST reply 350",
            // refuses REST: starts over within the same try
            "on REST reply 502",
            "on REST reply 554",
        ] {
            for setup in setups(Personality::Plain) {
                all.spawn(async move {
                    let fixture = Fixture::new(kind, setup, 3).await;
                    fixture.write_old();
                    fixture.interrupt();
                    fixture.data_server().fault(Rule::parse(wrong).unwrap());
                    let job = fixture.run().await;
                    fixture.assert_arrived(&job);
                    let restarts = fixture.data_server().count("REST");
                    assert!(restarts > 0, "{kind:?} {wrong} {}", fixture.pair.ftp_log());
                });
            }
        }
    }
    all.join_all().await;
}

#[tokio::test]
async fn a_server_that_stores_a_resumed_file_wrongly_gets_the_whole_file() {
    for kind in [Put, Relay] {
        for wrong in WRONG_REST {
            for setup in setups(Personality::Plain) {
                let fixture = Fixture::new(kind, || wrong(setup()), 2).await;
                fixture.write_old();
                fixture.interrupt();
                let job = fixture.run().await;
                fixture.assert_arrived(&job);
                let stored = offsets_of(&fixture.pair.to, "STOR ");
                assert!(
                    stored.len() == 3 && stored[1] > 0 && stored[2] == 0,
                    "{kind:?} {stored:?} {}",
                    fixture.pair.ftp_log()
                );
            }
        }
    }
}

#[tokio::test]
async fn a_partial_file_that_was_truncated_extended_or_removed() {
    for kind in [Get, Put, Relay] {
        for size in [None, Some(0), Some(100), Some(LARGE + 1)] {
            let fixture = Fixture::new(kind, || without_checksums(Setup::new()), 1).await;
            fixture.interrupt();
            fixture.run().await;
            let [partial] = &fixture.names()[..] else { panic!("{}", fixture.pair.ftp_log()) };
            let partial = partial.clone();
            // for an upload, the source is in the same directory
            let mut bytes = content(LARGE);
            bytes.push(1);
            match size {
                Some(size) => fixture.write(&partial, &bytes[..size]),
                None if kind == Get => {
                    fs::remove_file(fixture.local.path().join(&partial)).unwrap();
                }
                None => fixture.pair.to.root().remove(&format!("/incoming/{partial}")).unwrap(),
            }
            let job = fixture.run().await;
            fixture.assert_arrived(&job);
            let expected = if size == Some(100) { 100 } else { 0 };
            assert_eq!(
                fixture.offsets()[1],
                expected,
                "{kind:?} {size:?} {}",
                fixture.pair.ftp_log()
            );
        }
    }
}

#[tokio::test]
async fn a_partial_file_under_the_final_name_is_resumed_if_checksums_match() {
    for kind in [Get, Put, Relay] {
        for (have, bytes) in [
            (2_000_000, content(2_000_000)),
            (0, content(2_000_000).iter().map(|byte| byte ^ 1).collect()),
            (0, Vec::new()),
            (0, content(LARGE + 7)),
        ] {
            let fixture = Fixture::new(kind, Setup::new, 1).await;
            fixture.write("f", &bytes);
            let mut job = fixture.job();
            job.rules.exists = Exists::Resume;
            let job = fixture.pair.run(job).await;
            fixture.assert_arrived(&job);
            assert_eq!(fixture.offsets(), [have], "{kind:?} {}", fixture.pair.ftp_log());
        }
    }
}

#[tokio::test]
async fn without_checksums_a_partial_file_under_the_final_name_starts_over() {
    for kind in [Get, Put, Relay] {
        let fixture = Fixture::new(kind, || without_checksums(Setup::new()), 1).await;
        fixture.write("f", &content(2_000_000));
        let mut job = fixture.job();
        job.rules.exists = Exists::Resume;
        let job = fixture.pair.run(job).await;
        fixture.assert_arrived(&job);
        assert_eq!(fixture.offsets(), [0], "{kind:?} {}", fixture.pair.ftp_log());
        assert!(job.summary().contains("cannot be compared"), "{}", job.summary());
    }
}

#[tokio::test]
async fn a_partial_file_under_the_final_name_never_shrinks() {
    for kind in [Get, Put, Relay] {
        let fixture = Fixture::new(kind, Setup::new, 1).await;
        fixture.write("f", &content(1_500_000));
        match kind {
            Put => fixture.pair.faults("", "on STOR 1 reset-data after 500000"),
            _ => fixture.pair.faults("on RETR 1 reset-data after 500000", ""),
        }
        let mut job = fixture.job();
        job.rules.exists = Exists::Resume;
        let failed = fixture.pair.run(job.clone()).await;
        assert_eq!(failed.only().state, ItemState::Failed, "{}", failed.summary());
        let kept = fixture.read("f");
        assert!(kept.len() >= 1_500_000 && content(LARGE).starts_with(&kept), "{kind:?}");
        let done = fixture.pair.run(job).await;
        fixture.assert_arrived(&done);
        assert_eq!(fixture.offsets()[1], kept.len() as u64, "{kind:?}");
    }
}

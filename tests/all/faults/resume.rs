//! Resuming interrupted files (transfer rule 9): only if it is safe, and never reported as done if
//! a server did it wrong.

use std::path::Path;

use fxpane::demo::{Personality, Server, Setup};
use fxpane::engine::{EngineOptions, Pipe, Piped};
use fxpane::queue::{Exists, ItemState, JobSpec, ViaRule};
use fxpane::site::{Location, Switch};
use fxpane::transfer::Input;
use tokio::task::JoinSet;

use super::pair::{Job, spec};
use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;
const INTERRUPT: &str = "on RETR 1 reset-data after 2000000";
const CHECKSUM_VERBS: [&str; 8] =
    ["HASH", "XSHA512", "XSHA256", "XSHA1", "XSHA", "XMD5", "MD5", "XCRC"];

fn twice(options: &mut EngineOptions) {
    options.tries = 2;
}

pub(super) fn without_checksums(setup: Setup) -> Setup {
    CHECKSUM_VERBS.iter().fold(setup, |setup, verb| setup.without(verb))
}

/// The offset of each RETR at the source.
fn offsets(pair: &Pair) -> Vec<u64> {
    offsets_of(&pair.from, "RETR ")
}

/// The offset of each transfer with this verb.
pub(super) fn offsets_of(server: &Server, verb: &str) -> Vec<u64> {
    let log = server.control_log();
    let commands = log.iter().filter(|line| line.command).map(|line| line.text.as_str());
    let mut offset = 0;
    let mut all = Vec::new();
    for command in commands {
        if let Some(rest) = command.strip_prefix("REST ") {
            offset = rest.parse().unwrap();
        } else if command.starts_with(verb) {
            all.push(std::mem::take(&mut offset));
        }
    }
    all
}

async fn interrupted_pair(from: Setup, to: Setup) -> Pair {
    let pair = Pair::with(from.file("/pub/f", content(LARGE)), to, twice).await;
    pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.faults(INTERRUPT, "");
    pair
}

#[tokio::test]
async fn a_retry_resumes_the_transfer() {
    // in parallel, because each waits a second before its retry
    let mut all = JoinSet::new();
    for personality in [
        Personality::Plain,
        Personality::Vsftpd,
        Personality::Proftpd,
        Personality::Pureftpd,
        Personality::Pyftpdlib,
        Personality::Inetutils,
    ] {
        for checksums in [true, false] {
            let setup = move || {
                let setup = Setup::new().personality(personality);
                if checksums { setup } else { without_checksums(setup) }
            };
            for side in [Switch::No, Switch::Yes] {
                all.spawn(async move {
                    let mut pair = interrupted_pair(setup(), setup()).await;
                    pair.source.fxp_passive = side;
                    let job = pair.run_f().await;
                    pair.assert_arrived(&job, "f");
                    let offsets = offsets(&pair);
                    // blocks are read back where no checksum can be compared
                    let [0, second, ..] = offsets[..] else {
                        panic!("{personality:?} {side:?} {offsets:?}\n{}", pair.ftp_log())
                    };
                    assert!(second > 0, "{personality:?} {side:?}\n{}", pair.ftp_log());
                });
            }
        }
    }
    all.join_all().await;
}

#[tokio::test]
async fn a_kept_partial_file_is_used_by_the_next_job() {
    let from = without_checksums(Setup::new()).file("/pub/f", content(LARGE));
    let pair = Pair::start(from, Setup::new()).await;
    pair.faults(INTERRUPT, "");
    let job = pair.run_f().await;
    pair.assert_failed(&job, "is kept", &[]);
    assert_eq!(pair.incoming().len(), 1);
    let job = pair.run_f().await;
    pair.assert_arrived(&job, "f");
    assert!(offsets(&pair)[1] > 0, "{}", pair.ftp_log());
}

#[tokio::test]
async fn a_changed_source_starts_over() {
    for checksums in [true, false] {
        let from = if checksums { Setup::new() } else { without_checksums(Setup::new()) };
        let pair = Pair::start(from.file("/pub/f", content(LARGE)), Setup::new()).await;
        pair.faults(INTERRUPT, "");
        let job = pair.run_f().await;
        pair.assert_failed(&job, "is kept", &[]);
        let other: Vec<u8> = content(LARGE).iter().map(|byte| byte ^ 1).collect();
        pair.from.root().write("/pub/f", other).unwrap();
        pair.from.root().set_mtime("/pub/f", 1_500_000_060).unwrap();
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        assert_eq!(offsets(&pair), [0, 0], "{}", pair.ftp_log());
    }
}

#[tokio::test]
async fn a_server_that_mishandles_rest_is_detected() {
    for (from, to) in [
        // accepts REST and ignores it
        ("on REST reply 350", ""),
        ("", "on REST reply 350"),
        // refuses REST: starts over within the same try
        ("on REST reply 502", ""),
        ("", "on REST reply 554"),
    ] {
        for checksums in [true, false] {
            let setup = || if checksums { Setup::new() } else { without_checksums(Setup::new()) };
            let three = |options: &mut EngineOptions| options.tries = 3;
            let pair = Pair::with(setup().file("/pub/f", content(LARGE)), setup(), three).await;
            pair.to.root().write("/incoming/f", OLD).unwrap();
            pair.faults(INTERRUPT, "");
            pair.faults(from, to);
            let job = pair.run_f().await;
            pair.assert_arrived(&job, "f");
            assert_eq!(offsets(&pair).last(), Some(&0), "{}", pair.ftp_log());
        }
    }
}

#[tokio::test]
async fn a_partial_file_that_was_truncated_or_extended() {
    for size in [0, 100, LARGE + 1] {
        let from = without_checksums(Setup::new()).file("/pub/f", content(LARGE));
        let pair = Pair::start(from, Setup::new()).await;
        pair.faults(INTERRUPT, "");
        pair.run_f().await;
        let [partial] = &pair.incoming()[..] else { panic!("{}", pair.ftp_log()) };
        let mut bytes = content(LARGE);
        bytes.push(1);
        bytes.truncate(size);
        pair.to.root().write(&format!("/incoming/{partial}"), bytes).unwrap();
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        let expected = if size == 100 { 100 } else { 0 };
        assert_eq!(offsets(&pair)[1], expected, "{size}\n{}", pair.ftp_log());
    }
}

/// What a server does wrong with REST and STOR.
pub(super) const WRONG_REST: [fn(Setup) -> Setup; 2] = [
    |setup| setup.behavior(|behavior| behavior.store_truncates_at_rest = true),
    |setup| setup.behavior(|behavior| behavior.store_ignores_rest = true),
];

#[tokio::test]
async fn a_server_that_resumes_wrongly_gets_the_whole_file_and_is_remembered() {
    for wrong in WRONG_REST {
        for checksums in [true, false] {
            let setup = || if checksums { Setup::new() } else { without_checksums(Setup::new()) };
            let from = setup().file("/pub/f", content(LARGE)).file("/pub/g", content(LARGE));
            let pair = Pair::with(from, wrong(setup()), twice).await;
            pair.faults(INTERRUPT, "");
            let job = pair.run_f().await;
            pair.assert_arrived(&job, "f");
            assert!(offsets(&pair)[1] > 0, "{}", pair.ftp_log());

            // the next file is not resumed there
            let before = pair.to.count("REST");
            pair.faults("on RETR 1 name \"g\" reset-data after 2000000", "");
            pair.to.root().remove("/incoming/f").unwrap();
            let job = pair.run(pair.copy(&["/pub/g"])).await;
            assert_eq!(job.only().state, ItemState::Done, "{}", job.summary());
            assert!(pair.to.root().read("/incoming/g").unwrap() == content(LARGE));
            assert_eq!(pair.to.count("REST"), before, "{}", pair.ftp_log());
            pair.assert_nothing_left();
        }
    }
}

#[tokio::test]
async fn a_resumed_file_that_cannot_be_read_back_starts_over() {
    let setup = || without_checksums(Setup::new());
    let pair = Pair::with(setup().file("/pub/f", content(LARGE)), setup(), twice).await;
    pair.faults(INTERRUPT, "on RETR reply 550 \"Not readable\"");
    let job = pair.run_f().await;
    pair.assert_arrived(&job, "f");
    assert_eq!(offsets_of(&pair.to, "STOR ").last(), Some(&0), "{}", pair.ftp_log());
}

async fn run_with_resume(pair: &Pair) -> Job {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.exists = Exists::Resume;
    pair.run(job).await
}

#[tokio::test]
async fn a_partial_file_under_the_final_name() {
    for (have, bytes) in [
        // the beginning of the source: resumed
        (2_000_000, content(2_000_000)),
        // different content: replaced
        (0, content(2_000_000).iter().map(|byte| byte ^ 1).collect()),
        // empty
        (0, Vec::new()),
        // larger than the source
        (0, content(LARGE + 7)),
    ] {
        let pair = Pair::faulty("", "", LARGE).await;
        pair.to.root().write("/incoming/f", bytes).unwrap();
        let job = run_with_resume(&pair).await;
        pair.assert_arrived(&job, "f");
        assert_eq!(offsets(&pair), [have], "{}", pair.ftp_log());
    }
    // the size of the source: assumed complete
    let pair = Pair::faulty("", "", LARGE).await;
    pair.to.root().write("/incoming/f", vec![1; LARGE]).unwrap();
    let job = run_with_resume(&pair).await;
    assert_eq!(job.only().state, ItemState::Skipped, "{}", job.summary());
    assert_eq!(offsets(&pair), [0; 0]);
}

#[tokio::test]
async fn without_checksums_a_partial_file_under_the_final_name_is_replaced() {
    let from = without_checksums(Setup::new()).file("/pub/f", content(LARGE));
    let pair = Pair::start(from, Setup::new()).await;
    pair.to.root().write("/incoming/f", content(2_000_000)).unwrap();
    let job = run_with_resume(&pair).await;
    pair.assert_arrived(&job, "f");
    assert_eq!(offsets(&pair), [0], "{}", pair.ftp_log());
}

/// Renaming over a file is refused; the old file is renamed away, and then the connection is lost.
const REFUSED: &str = "on RNTO 1 reply 550";
const LOST: [&str; 3] =
    ["on RNFR 3 drop control", "on RNTO 3 drop control", "on RNTO 2 drop at 250"];

/// A copy by each of the three transfers that store a file on a server.
fn copy_jobs(pair: &Pair, home: &Path) -> [JobSpec; 3] {
    let (direct, mut relay) = (pair.copy(&["/pub/f"]), pair.copy(&["/pub/f"]));
    relay.rules.via = ViaRule::Relay;
    let upload = spec(vec![Location::Local(home.join("f"))], pair.at_target("/incoming"));
    [direct, relay, upload]
}

#[tokio::test]
async fn the_old_file_is_restored_if_the_connection_is_lost_while_it_is_renamed_away() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("f"), content(2000)).unwrap();
    for lost in LOST {
        for kind in 0..3 {
            let pair = Pair::faulty("", &format!("{REFUSED}\n{lost}"), 2000).await;
            pair.to.root().write("/incoming/f", OLD).unwrap();
            let job = pair.run(copy_jobs(&pair, home.path())[kind].clone()).await;
            pair.assert_failed(&job, "lost", &[("f", OLD)]);
        }
    }
}

#[tokio::test]
async fn a_retry_restores_the_old_file() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("f"), content(2000)).unwrap();
    for kind in 0..3 {
        let from = Setup::new().file("/pub/f", content(2000));
        let pair = Pair::with(from, Setup::new(), twice).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        // the fourth RNFR would restore it
        let faults = format!("{REFUSED}\n{}\non RNFR 4 reply 450", LOST[0]);
        pair.faults("", &faults);
        let job = pair.run(copy_jobs(&pair, home.path())[kind].clone()).await;
        pair.assert_arrived(&job, "f");
    }
}

#[tokio::test]
async fn an_upload_from_a_pipe_keeps_the_old_file() {
    for lost in LOST {
        let pair = Pair::faulty("", &format!("{REFUSED}\n{lost}"), 2000).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        let reader = Box::new(std::io::Cursor::new(content(2000)));
        let from = Input { reader, path: "-".into() };
        let piped = Piped {
            at: pair.at_target("/incoming/f"),
            pipe: Pipe::In(from, true),
            rules: Default::default(),
            progress: Default::default(),
        };
        let item = pair.engine.pipe(piped).await.unwrap();
        assert_eq!(item.state, ItemState::Failed, "{item:?}");
        assert_eq!(pair.incoming(), ["f"], "{item:?}\n{}", pair.ftp_log());
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), OLD);
    }
}

#[tokio::test]
async fn an_old_file_that_cannot_be_restored_is_named_in_the_reason() {
    let pair = Pair::faulty("", &format!("{REFUSED}\n{}", LOST[0]), 2000).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.faults("", "on RNFR 4 reply 450");
    let job = pair.run_f().await;
    assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
    // the new file stays, too, while the old one does not stand
    let [new, backup] = &pair.incoming()[..] else { panic!("{:?}", pair.incoming()) };
    for (name, content) in [(backup, OLD), (new, &content(2000)[..])] {
        assert_eq!(pair.to.root().read(&format!("/incoming/{name}")).unwrap(), content);
    }
    let named = format!(
        "the old file is now /incoming/{backup}; the new file is complete as /incoming/{new}"
    );
    assert!(job.reason().contains(&named), "{}", job.summary());
}

//! Going on where a file broke off (design rule 9): only where that is right, and never taken for
//! done when a server got it wrong.

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
const BREAK: &str = "on RETR 1 reset-data after 2000000";
const DIGESTS: [&str; 8] = ["HASH", "XSHA512", "XSHA256", "XSHA1", "XSHA", "XMD5", "MD5", "XCRC"];

fn twice(options: &mut EngineOptions) {
    options.tries = 2;
}

pub(super) fn without_digests(setup: Setup) -> Setup {
    DIGESTS.iter().fold(setup, |setup, verb| setup.without(verb))
}

/// Bytes that the source was asked to send from, in each RETR.
fn offsets(pair: &Pair) -> Vec<u64> {
    offsets_of(&pair.from, "RETR ")
}

/// Bytes from which each transfer with this verb was to begin.
pub(super) fn offsets_of(server: &Server, verb: &str) -> Vec<u64> {
    let said = server.spoken();
    let commands = said.iter().filter(|line| line.command).map(|line| line.text.as_str());
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

async fn broken(from: Setup, to: Setup) -> Pair {
    let pair = Pair::with(from.file("/pub/f", content(LARGE)), to, twice).await;
    pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.faults(BREAK, "");
    pair
}

#[tokio::test]
async fn the_second_try_goes_on_where_the_first_ended() {
    // each waits a second before its second try
    let mut all = JoinSet::new();
    for personality in [
        Personality::Plain,
        Personality::Vsftpd,
        Personality::Proftpd,
        Personality::Pureftpd,
        Personality::Pyftpdlib,
        Personality::Inetutils,
    ] {
        for digests in [true, false] {
            let setup = move || {
                let setup = Setup::new().personality(personality);
                if digests { setup } else { without_digests(setup) }
            };
            for side in [Switch::No, Switch::Yes] {
                all.spawn(async move {
                    let mut pair = broken(setup(), setup()).await;
                    pair.source.fxp_passive = side;
                    let job = pair.run_f().await;
                    pair.assert_arrived(&job, "f");
                    let offsets = offsets(&pair);
                    let [0, second] = offsets[..] else {
                        panic!("{personality:?} {side:?} {offsets:?}\n{}", pair.story())
                    };
                    assert!(second > 0, "{personality:?} {side:?}\n{}", pair.story());
                });
            }
        }
    }
    all.join_all().await;
}

#[tokio::test]
async fn a_kept_file_is_used_by_the_next_job_too() {
    let from = without_digests(Setup::new()).file("/pub/f", content(LARGE));
    let pair = Pair::start(from, Setup::new()).await;
    pair.faults(BREAK, "");
    let job = pair.run_f().await;
    pair.assert_failed(&job, "is kept", &[]);
    assert_eq!(pair.incoming().len(), 1);
    let job = pair.run_f().await;
    pair.assert_arrived(&job, "f");
    assert!(offsets(&pair)[1] > 0, "{}", pair.story());
}

#[tokio::test]
async fn a_source_that_is_another_one_now_begins_anew() {
    for digests in [true, false] {
        let from = if digests { Setup::new() } else { without_digests(Setup::new()) };
        let pair = Pair::start(from.file("/pub/f", content(LARGE)), Setup::new()).await;
        pair.faults(BREAK, "");
        let job = pair.run_f().await;
        pair.assert_failed(&job, "is kept", &[]);
        let other: Vec<u8> = content(LARGE).iter().map(|byte| byte ^ 1).collect();
        pair.from.root().write("/pub/f", other).unwrap();
        pair.from.root().set_mtime("/pub/f", 1_500_000_060).unwrap();
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        assert_eq!(offsets(&pair), [0, 0], "{}", pair.story());
    }
}

#[tokio::test]
async fn a_server_that_gets_it_wrong_is_found_out() {
    for (from, to) in [
        // says yes and does not care
        ("on REST reply 350", ""),
        ("", "on REST reply 350"),
        // refuses: begun anew within the same try
        ("on REST reply 502", ""),
        ("", "on REST reply 554"),
    ] {
        for digests in [true, false] {
            let setup = || if digests { Setup::new() } else { without_digests(Setup::new()) };
            let three = |options: &mut EngineOptions| options.tries = 3;
            let pair = Pair::with(setup().file("/pub/f", content(LARGE)), setup(), three).await;
            pair.to.root().write("/incoming/f", OLD).unwrap();
            pair.faults(BREAK, "");
            pair.faults(from, to);
            let job = pair.run_f().await;
            pair.assert_arrived(&job, "f");
            assert_eq!(offsets(&pair).last(), Some(&0), "{}", pair.story());
        }
    }
}

#[tokio::test]
async fn a_partial_file_that_was_cut_or_grew_meanwhile() {
    for size in [0, 100, LARGE + 1] {
        let from = without_digests(Setup::new()).file("/pub/f", content(LARGE));
        let pair = Pair::start(from, Setup::new()).await;
        pair.faults(BREAK, "");
        pair.run_f().await;
        let [partial] = &pair.incoming()[..] else { panic!("{}", pair.story()) };
        let mut bytes = content(LARGE);
        bytes.push(1);
        bytes.truncate(size);
        pair.to.root().write(&format!("/incoming/{partial}"), bytes).unwrap();
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        let expected = if size == 100 { 100 } else { 0 };
        assert_eq!(offsets(&pair)[1], expected, "{size}\n{}", pair.story());
    }
}

async fn resumed(pair: &Pair) -> Job {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.exists = Exists::Resume;
    pair.run(job).await
}

#[tokio::test]
async fn a_partial_file_under_the_final_name() {
    for (have, bytes) in [
        // a beginning of the source: goes on
        (2_000_000, content(2_000_000)),
        // something else: replaced
        (0, content(2_000_000).iter().map(|byte| byte ^ 1).collect()),
        // nothing at all
        (0, Vec::new()),
        // more than the source
        (0, content(LARGE + 7)),
    ] {
        let pair = Pair::faulty("", "", LARGE).await;
        pair.to.root().write("/incoming/f", bytes).unwrap();
        let job = resumed(&pair).await;
        pair.assert_arrived(&job, "f");
        assert_eq!(offsets(&pair), [have], "{}", pair.story());
    }
    // as large as the source: taken for it
    let pair = Pair::faulty("", "", LARGE).await;
    pair.to.root().write("/incoming/f", vec![1; LARGE]).unwrap();
    let job = resumed(&pair).await;
    assert_eq!(job.only().state, ItemState::Skipped, "{}", job.told());
    assert_eq!(offsets(&pair), [0; 0]);
}

#[tokio::test]
async fn without_digests_a_partial_file_under_the_final_name_is_replaced() {
    let from = without_digests(Setup::new()).file("/pub/f", content(LARGE));
    let pair = Pair::start(from, Setup::new()).await;
    pair.to.root().write("/incoming/f", content(2_000_000)).unwrap();
    let job = resumed(&pair).await;
    pair.assert_arrived(&job, "f");
    assert_eq!(offsets(&pair), [0], "{}", pair.story());
}

/// Renaming over is refused; the old file goes aside, and then nothing is heard any more.
const REFUSED: &str = "on RNTO 1 reply 550";
const LOST: [&str; 3] =
    ["on RNFR 3 drop control", "on RNTO 3 drop control", "on RNTO 2 drop at 250"];

/// A copy by each of the three ways that end with a file of ours at a server.
fn ways(pair: &Pair, home: &Path) -> [JobSpec; 3] {
    let (direct, mut relay) = (pair.copy(&["/pub/f"]), pair.copy(&["/pub/f"]));
    relay.rules.via = ViaRule::Relay;
    let upload = spec(vec![Location::Local(home.join("f"))], pair.at_target("/incoming"));
    [direct, relay, upload]
}

#[tokio::test]
async fn the_old_file_comes_back_when_the_connection_is_lost_while_it_is_aside() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("f"), content(2000)).unwrap();
    for lost in LOST {
        for way in 0..3 {
            let pair = Pair::faulty("", &format!("{REFUSED}\n{lost}"), 2000).await;
            pair.to.root().write("/incoming/f", OLD).unwrap();
            let job = pair.run(ways(&pair, home.path())[way].clone()).await;
            pair.assert_failed(&job, "lost", &[("f", OLD)]);
        }
    }
}

#[tokio::test]
async fn the_next_try_gives_the_old_file_its_name_back_where_the_first_could_not() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("f"), content(2000)).unwrap();
    for way in 0..3 {
        let from = Setup::new().file("/pub/f", content(2000));
        let pair = Pair::with(from, Setup::new(), twice).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        // the fourth RNFR would bring it back
        let faults = format!("{REFUSED}\n{}\non RNFR 4 reply 450", LOST[0]);
        pair.faults("", &faults);
        let job = pair.run(ways(&pair, home.path())[way].clone()).await;
        pair.assert_arrived(&job, "f");
    }
}

#[tokio::test]
async fn what_comes_by_a_pipe_keeps_the_old_file_as_well() {
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
        assert_eq!(pair.incoming(), ["f"], "{item:?}\n{}", pair.story());
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), OLD);
    }
}

#[tokio::test]
async fn where_nothing_brings_the_old_file_back_the_reason_says_where_it_is() {
    let pair = Pair::faulty("", &format!("{REFUSED}\n{}", LOST[0]), 2000).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.faults("", "on RNFR 4 reply 450");
    let job = pair.run_f().await;
    assert_eq!(job.only().state, ItemState::Failed, "{}", job.told());
    let [aside] = &pair.incoming()[..] else { panic!("{:?}", pair.incoming()) };
    assert_eq!(pair.to.root().read(&format!("/incoming/{aside}")).unwrap(), OLD);
    assert!(
        job.reason().contains(&format!("the old file is now /incoming/{aside}")),
        "{}",
        job.told()
    );
}

//! Whole jobs: server crashes, cancelling, moving, deleting, rules for existing files, downloads
//! and uploads, personalities, and many small files.

use fxpane::demo::{Cut, Personality, Rule, Setup, Tls};
use fxpane::engine::{Control, handle::Command};
use fxpane::ftp::Kind;
use fxpane::queue::{Exists, ItemState, JobKind};
use fxpane::site::{DataProtection, Location, Switch};

use super::pair::spec;
use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;

/// A pair with an old file at the target, whose transfer is held in the middle.
async fn held_pair() -> Pair {
    let pair = Pair::faulty("", "", LARGE).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.from.fault(Rule::on("RETR").at(1 << 20, Cut::Hold("middle".to_owned())));
    pair
}

#[tokio::test]
async fn the_source_crashes_during_a_transfer() {
    let pair = held_pair().await;
    let reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.wait_for_hold("middle").await);
    pair.from.crash().await;
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "lost", &[("f", OLD)]);
}

#[tokio::test]
async fn the_destination_crashes_during_a_transfer() {
    let pair = held_pair().await;
    let reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.wait_for_hold("middle").await);
    pair.to.crash().await;
    let job = pair.end(reports).await;
    // the job failed because of the server; it was not cancelled
    assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
    assert!(!job.reason().contains("cancelled"), "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), OLD);
}

#[tokio::test]
async fn cancelling_keeps_the_old_file() {
    let pair = held_pair().await;
    let reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.wait_for_hold("middle").await);
    let window = pair.engine.window(0, 1, Default::default()).await.unwrap();
    let job = window.rows[0].job;
    pair.engine.send(Command::Job(job, Control::Cancel)).await.unwrap();
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "cancelled", &[("f", OLD)]);
}

#[tokio::test]
async fn a_move_deletes_its_source_only_after_success() {
    for (rule, moved) in [("", true), ("on RETR close-data after 1000", false)] {
        let pair = Pair::faulty(rule, "", 5000).await;
        let mut job = pair.copy(&["/pub/f"]);
        job.kind = JobKind::Move;
        let job = pair.run(job).await;
        assert_eq!(job.only().state == ItemState::Done, moved, "{}", job.summary());
        assert_eq!(pair.from.root().exists("/pub/f"), !moved);
        assert_eq!(pair.to.root().exists("/incoming/f"), moved);
        pair.assert_nothing_left();
    }
}

#[tokio::test]
async fn a_tree_is_deleted() {
    let from =
        Setup::new().file("/pub/a", "a").file("/pub/s/b", "b").dir("/pub/s/e").file("/k", "k");
    let pair = Pair::start(from, Setup::new()).await;
    let mut job = pair.copy(&["/pub"]);
    job.kind = JobKind::Delete;
    job.target = None;
    let job = pair.run(job).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    assert_eq!(pair.from.root().list("/").unwrap(), ["k"], "{}", job.summary());
}

#[tokio::test]
async fn rules_for_existing_files() {
    let new = content(OLD.len());
    for (rule, newer, names, f) in [
        (Exists::Skip, true, &["f"][..], OLD),
        (Exists::Overwrite, false, &["f"], &new),
        (Exists::Newer, true, &["f"], &new),
        (Exists::Newer, false, &["f"], OLD),
        (Exists::Rename, true, &["f", "f"], OLD),
    ] {
        let pair = Pair::faulty("", "", OLD.len()).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
        pair.to
            .root()
            .set_mtime("/incoming/f", if newer { 1_400_000_000 } else { 1_600_000_000 })
            .unwrap();
        let mut job = pair.copy(&["/pub/f"]);
        job.rules.exists = rule;
        let job = pair.run(job).await;
        assert_eq!(pair.incoming().len(), names.len(), "{rule:?} {}", job.summary());
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), f, "{rule:?} {}", job.summary());
        pair.assert_nothing_left();
    }
}

#[tokio::test]
async fn downloads_and_uploads_keep_the_old_file_when_they_fail() {
    let directory = tempfile::tempdir().unwrap();
    let local = directory.path().join("f");
    for (from, to, succeeds) in [
        ("on RETR close-data after 1000", "on STOR fail 552 after 1000", false),
        ("on RETR reply 550", "on STOR reply 553", false),
        ("on RETR reset-data after 1000", "on STOR reset-data after 1000", false),
        ("", "", true),
    ] {
        let pair = Pair::faulty(from, to, 5000).await;
        std::fs::write(&local, OLD).unwrap();
        let get = vec![pair.at_source("/pub/f")];
        let job = pair.run(spec(get, Location::Local(directory.path().to_owned()))).await;
        assert_eq!(
            job.only().state == ItemState::Done,
            succeeds,
            "{}\n{}",
            job.summary(),
            pair.ftp_log()
        );
        let expected = if succeeds { content(5000) } else { OLD.to_vec() };
        assert_eq!(std::fs::read(&local).unwrap(), expected, "{from}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "{from}");

        std::fs::write(&local, content(5000)).unwrap();
        pair.to.root().write("/incoming/f", OLD).unwrap();
        let put = vec![Location::Local(local.clone())];
        let job = pair.run(spec(put, pair.at_target("/incoming"))).await;
        assert_eq!(
            job.only().state == ItemState::Done,
            succeeds,
            "{}\n{}",
            job.summary(),
            pair.ftp_log()
        );
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), expected, "{to}");
        assert_eq!(pair.incoming(), ["f"], "{to}");
    }
}

#[tokio::test]
async fn encrypted_transfers() {
    for without in ["CPSV", "SSCN"] {
        let tls = |setup: Setup| setup.tls(Tls::Offered);
        let to = tls(Setup::new().without(without));
        let from = tls(Setup::new().without("SSCN").without("CPSV")).file("/pub/f", content(LARGE));
        let mut pair = Pair::start(from, to).await;
        pair.source.data_protection = DataProtection::Require;
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        assert_eq!(job.only().ending.protected, Some(true));
    }
}

#[tokio::test]
async fn required_encryption_fails_without_sscn_and_cpsv() {
    let tls = || Setup::new().without("SSCN").without("CPSV").tls(Tls::Offered);
    let mut pair = Pair::start(tls().file("/pub/f", "secret"), tls()).await;
    pair.source.data_protection = DataProtection::Require;
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.via = fxpane::queue::ViaRule::Direct;
    let job = pair.run(job).await;
    pair.assert_failed(&job, "cannot be encrypted", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_pairs_of_personalities() {
    use Personality::{Proftpd, Pureftpd, Pyftpdlib, Vsftpd};
    let all = [Vsftpd, Proftpd, Pureftpd, Pyftpdlib];
    for source in all {
        for target in all {
            let from = Setup::new()
                .personality(source)
                .file("/pub/empty", "")
                .file("/pub/small", content(1024))
                .file("/pub/large", content(LARGE));
            let pair = Pair::start(from, Setup::new().personality(target)).await;
            let job = pair.run(pair.copy(&["/pub"])).await;
            let sent = pair.from.root().tree("/pub").unwrap();
            let arrived = pair.to.root().tree("/incoming/pub").unwrap_or_default();
            assert_eq!(
                arrived,
                sent,
                "{source:?} {target:?} {}\n{}",
                job.summary(),
                pair.ftp_log()
            );
            pair.engine.shutdown().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_small_files_over_three_lanes() {
    let mut from = Setup::new();
    for n in 0..300 {
        from = from.file(&format!("/pub/{n:03}"), content(n * 7));
    }
    let pair = Pair::start(from, Setup::new()).await;
    let mut job = pair.copy(&["/pub"]);
    job.rules.parallel = Some(3);
    let job = pair.run(job).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent);
}

#[tokio::test]
async fn servers_that_allow_a_single_login() {
    for rule in [
        r#"on PASS above 1 reply 530 "Too many connections""#,
        r#"limit sessions 1 with 421 "Too many""#,
    ] {
        let pair = Pair::faulty(rule, rule, 3000).await;
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
    }
}

#[tokio::test]
async fn a_source_that_changes_during_the_copy_fails() {
    let pair = Pair::faulty("on RETR pause 1200ms after 2000000", "", LARGE).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
    pair.from.fault(Rule::on("RETR").at(1 << 20, Cut::Hold("middle".to_owned())));
    let reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.wait_for_hold("middle").await);
    // same size, but a different file
    pair.from.root().write("/pub/f", content(LARGE)).unwrap();
    pair.from.root().set_mtime("/pub/f", 1_500_000_060).unwrap();
    pair.from.release("middle");
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "the source changed while it was being copied", &[("f", OLD)]);
}

#[tokio::test]
async fn the_target_gets_the_modification_time_of_the_source() {
    for without in [&[][..], &["MFMT"], &["MFMT", "MFF"]] {
        let proftpd = Setup::new().personality(Personality::Proftpd);
        let to = without.iter().fold(proftpd, |setup, verb| setup.without(verb));
        let pair = Pair::start(Setup::new().file("/pub/f", content(LARGE)), to).await;
        pair.from.root().set_mtime("/pub/f", 1_500_000_000).unwrap();
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        let time = pair.to.root().mtime("/incoming/f").unwrap().unwrap();
        assert_eq!(time.digits(), "20170714024000", "{without:?}\n{}", pair.ftp_log());
    }
}

#[tokio::test]
async fn a_named_source_has_size_and_time_as_a_listed_one() {
    const OLD_TIME: i64 = 1_500_000_000;
    for (listing, small) in [(true, true), (true, false), (false, true), (false, false)] {
        let without: &[&str] = if listing { &[] } else { &["MLSD", "MLST"] };
        let setup = without.iter().fold(Setup::new(), |setup, verb| setup.without(verb));
        let size = if small { 5 } else { LARGE };
        for (age, state) in [(-60, ItemState::Skipped), (60, ItemState::Done)] {
            let from = setup.clone().file("/pub/f", content(size));
            let to = Setup::new().file("/incoming/f", "old");
            let pair = Pair::start(from, to).await;
            pair.from.root().set_mtime("/pub/f", OLD_TIME + age).unwrap();
            pair.to.root().set_mtime("/incoming/f", OLD_TIME).unwrap();
            let mut job = pair.copy(&["/pub/f"]);
            job.rules.exists = Exists::Newer;
            // as the command line and the screen name it
            (job.sources[0].kind, job.sources[0].size) = (Some(Kind::File), Some(size as u64));
            let done = pair.run(job).await;
            assert_eq!(done.only().state, state, "{}\n{}", done.summary(), pair.ftp_log());
            if state == ItemState::Done {
                let time = pair.to.root().mtime("/incoming/f").unwrap().unwrap();
                assert_eq!(time.digits(), "20170714024100", "{listing} {small}");
            }
        }
    }
}

#[tokio::test]
async fn pret_and_allo_are_sent_where_needed() {
    for (from, to) in [
        (Personality::Plain, Personality::Drftpd),
        (Personality::Drftpd, Personality::Plain),
        (Personality::Drftpd, Personality::Drftpd),
        (Personality::Plain, Personality::Pureftpd),
    ] {
        for passive in [Switch::No, Switch::Yes] {
            let source = Setup::new().personality(from).file("/pub/f", content(5000));
            let mut pair = Pair::start(source, Setup::new().personality(to)).await;
            pair.source.fxp_passive = passive;
            pair.target.allo = Switch::Yes;
            for old in [false, true] {
                if old {
                    pair.to.root().write("/incoming/f", OLD).unwrap();
                }
                let job = pair.run_f().await;
                pair.assert_arrived(&job, "f");
                pair.to.root().remove("/incoming/f").unwrap();
            }
        }
    }
}

#[tokio::test]
async fn files_listed_by_xdupe_are_skipped() {
    let mut from = Setup::new();
    for name in ["a", "b", "c", "d"] {
        from = from.file(&format!("/pub/{name}"), content(2000));
    }
    let mut pair = Pair::start(from, Setup::new().personality(Personality::Glftpd)).await;
    pair.target.xdupe = Switch::Yes;
    pair.target.max_sessions = 2;
    // another client has stored these files since the directory was listed
    let words = "on STOR 1 reply 553 \"X-DUPE: a\\nX-DUPE: b\\na: file exists\"";
    pair.faults("", words);
    let mut job = pair.copy(&["/pub/a", "/pub/b", "/pub/c", "/pub/d"]);
    job.rules.parallel = Some(1);
    let job = pair.run(job).await;
    assert_eq!(job.names(ItemState::Skipped), ["a", "b"], "{}\n{}", job.summary(), pair.ftp_log());
    assert_eq!(job.names(ItemState::Done), ["c", "d"], "{}", job.summary());
    let log = pair.to.control_log();
    assert!(log.iter().any(|line| line.text == "SITE XDUPE 3"), "{}", pair.ftp_log());
}

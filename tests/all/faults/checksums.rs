//! Checksums: a corrupted copy is never reported as done.

use fxpane::base::Word;
use fxpane::demo::Setup;
use fxpane::engine::EngineOptions;
use fxpane::queue::{Exists, ItemState, Verify};

use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;

async fn pair(from: Setup, to: Setup, size: usize) -> Pair {
    let pair = Pair::start(from.file("/pub/f", content(size)), to).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair
}

async fn run_with_checksum(pair: &Pair) -> super::pair::Job {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.verify = Verify::Checksum;
    pair.run(job).await
}

#[tokio::test]
async fn a_corrupted_copy_fails_and_keeps_the_old_file() {
    for size in [2000, LARGE] {
        for (from, to) in [("corrupt byte 1000 on RETR", ""), ("", "corrupt byte 1000 on STOR")] {
            let pair = pair(Setup::new(), Setup::new(), size).await;
            pair.faults(from, to);
            let job = run_with_checksum(&pair).await;
            pair.assert_failed(&job, "the target differs from the source: SHA-512 ", &[("f", OLD)]);
            assert_eq!(job.only().ending.verified.word(), "none");
            // comparing sizes alone does not detect it
            let by_size = pair.run_f().await;
            assert_eq!(by_size.only().ending.verified.word(), "size", "{}", by_size.summary());
        }
    }
}

#[tokio::test]
async fn the_strongest_common_checksum_is_used() {
    let keep = |kept: &'static [&'static str]| {
        let all = ["HASH", "XSHA512", "XSHA256", "XSHA1", "XSHA", "XMD5", "MD5", "XCRC"];
        all.iter()
            .filter(|verb| !kept.contains(verb))
            .fold(Setup::new(), |setup, verb| setup.without(verb))
    };
    for (from, to, verified) in [
        (&["HASH"][..], &["XSHA512"][..], "sha512"),
        (&["XSHA256", "XMD5"], &["HASH", "XSHA512"], "sha256"),
        (&["XSHA", "XCRC"], &["XSHA1"], "sha1"),
        (&["MD5"], &["XMD5", "XSHA256"], "md5"),
        (&["XCRC"], &["HASH"], "crc32"),
        (&["XCRC"], &["MD5"], "size"),
    ] {
        let pair = pair(keep(from), keep(to), 2000).await;
        let job = run_with_checksum(&pair).await;
        pair.assert_arrived(&job, "f");
        assert_eq!(
            job.only().ending.verified.word(),
            verified,
            "{}\n{}",
            job.summary(),
            pair.ftp_log()
        );
        let warned = job.remarks.iter().any(|remark| remark.contains("no checksum in common"));
        assert_eq!(warned, verified == "size", "{}", job.summary());
    }
}

#[tokio::test]
async fn checksums_of_many_files_with_spaces_in_their_names() {
    let mut from = Setup::new();
    for number in 0..20 {
        from = from.file(&format!("/pub/d/a file {number}"), content(3000 + number));
    }
    let pair = Pair::start(from.without("HASH"), Setup::new()).await;
    let mut job = pair.copy(&["/pub/d"]);
    job.rules.verify = Verify::Checksum;
    let job = pair.run(job).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}\n{}", job.summary(), pair.ftp_log());
    let files = job.items.iter().filter(|item| !item.item.dir);
    let verified: Vec<&str> = files.map(|item| item.ending.verified.word()).collect();
    assert_eq!(verified, ["sha512"; 20]);
}

#[tokio::test]
async fn without_checksums_sizes_are_compared() {
    for rules in [
        "on HASH reply 500\non XSHA512 reply 502\non XSHA256 reply 550\non XSHA1 reply 451\n\
         on XSHA reply 504\non XMD5 reply 500\non MD5 reply 500\non XCRC reply 500",
        "on HASH silent\non XSHA512 silent",
    ] {
        let mut pair = pair(Setup::new(), Setup::new(), 2000).await;
        pair.faults(rules, "");
        if rules.contains("silent") {
            pair.shorten_timeouts();
        }
        let job = run_with_checksum(&pair).await;
        pair.assert_arrived(&job, "f");
        assert_eq!(job.only().ending.verified.word(), "size");
        assert!(job.reason().contains("checksums could not be compared"), "{}", job.summary());
    }
}

#[tokio::test]
async fn a_retry_replaces_a_corrupted_copy() {
    let from = Setup::new().file("/pub/f", content(LARGE));
    let more = |options: &mut EngineOptions| options.tries = 2;
    let pair = Pair::with(from, Setup::new(), more).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.faults("on RETR 1 corrupt byte 77777", "");
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.verify = Verify::Checksum;
    job.rules.exists = Exists::Overwrite;
    let job = pair.run(job).await;
    pair.assert_arrived(&job, "f");
    assert_eq!(job.only().ending.verified.word(), "sha512");
}

//! Quirks that the other files do not cover: final and temporary refusals.

use std::time::Duration;

use fxpane::demo::Setup;
use fxpane::queue::ItemState;

use super::{Pair, content};

fn three() -> Setup {
    ["a", "b", "c"]
        .iter()
        .fold(Setup::new(), |setup, name| setup.file(&format!("/pub/{name}"), content(700)))
}

/// Scene servers refuse single files permanently: by a filter, by a script, or because another user
/// has uploaded the file (quirk 68). The other files continue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_denied_file_is_not_retried_and_the_others_continue() {
    for words in [
        "550 \"b: not allowed by zipscript\"",
        "553 \"b: path-filter denied permission. (Filename deny)\"",
        "553 \"b: file already uploaded by anna\"",
        "550 \"b: File exists\"",
    ] {
        let pair = Pair::with(three(), Setup::new(), |options| options.tries = 5).await;
        pair.faults("", &format!("on STOR name \"b\" reply {words}"));
        let job = pair.run(pair.copy(&["/pub"])).await;
        let lost: Vec<_> = job
            .items
            .iter()
            .filter(|item| item.state != ItemState::Done && !item.item.dir)
            .collect();
        assert_eq!(lost.len(), 1, "{words}\n{}", job.summary());
        let reason = lost[0].ending.reason.as_deref().unwrap_or_default();
        let text = words[5..].trim_matches('"');
        assert!(reason.contains(text), "{words}\n{}", job.summary());
        assert_eq!(pair.to.count("STOR"), 3, "{words}\n{}", pair.ftp_log());
        let arrived: Vec<_> = pair.to.root().tree("/incoming/pub").unwrap().into_keys().collect();
        assert_eq!(arrived.len(), 2, "{words}: {arrived:?}");
    }
}

/// A busy server replies 450, 451 or 425: the next try succeeds on the same route (quirk 72).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn temporary_refusals_are_retried() {
    for (from, to) in [
        ("on RETR 1 reply 450 \"File busy, try again\"", ""),
        ("on RETR 1 reply 451 \"Local error, try again\"", ""),
        ("on RETR 1 reply 425 \"Cannot open data connection, try again\"", ""),
        ("", "on STOR 1 reply 450 \"File busy, try again\""),
        ("", "on STOR 1 reply 451 \"Local error, try again\""),
        ("", "on STOR 1 reply 425 \"Cannot open data connection, try again\""),
    ] {
        let setup = Setup::new().file("/pub/f", content(700));
        let pair = Pair::with(setup, Setup::new(), |options| {
            options.tries = 5;
            options.busy_wait = Duration::from_millis(50);
        });
        let pair = pair.await;
        pair.faults(from, to);
        let job = pair.run_f().await;
        pair.assert_arrived(&job, "f");
        pair.assert_nothing_left();
    }
}

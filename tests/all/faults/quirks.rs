//! Ways of servers that the other files do not play: refusals that are final whatever their
//! words, and refusals that are not.

use std::time::Duration;

use fxpane::demo::Setup;
use fxpane::queue::ItemState;

use super::{Pair, content};

fn three() -> Setup {
    ["a", "b", "c"]
        .iter()
        .fold(Setup::new(), |setup, name| setup.file(&format!("/pub/{name}"), content(700)))
}

/// Scene servers refuse single files for good: by filter, by a script, because somebody had it
/// before (reference quirk 68). The others go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_denied_is_told_once_and_the_others_go_on() {
    for words in [
        "550 \"b: not allowed by zipscript\"",
        "553 \"b: path-filter denied permission. (Filename deny)\"",
        "553 \"b: file already uploaded by anna\"",
        "550 \"b: File exists\"",
    ] {
        let pair = Pair::with(three(), Setup::new(), |options| options.tries = 5).await;
        pair.faults("", &format!("on STOR name \"b\" reply {words}"));
        let job = pair.run(pair.copy(&["/pub"])).await;
        let lost: Vec<_> =
            job.items.iter().filter(|item| item.state != ItemState::Done && !item.dir).collect();
        assert_eq!(lost.len(), 1, "{words}\n{}", job.told());
        let reason = lost[0].reason.as_deref().unwrap_or_default();
        let said = words[5..].trim_matches('"');
        assert!(reason.contains(said), "{words}\n{}", job.told());
        assert_eq!(pair.to.count("STOR"), 3, "{words}\n{}", pair.story());
        let there: Vec<_> = pair.to.root().tree("/incoming/pub").unwrap().into_keys().collect();
        assert_eq!(there.len(), 2, "{words}: {there:?}");
    }
}

/// 450, 451 and 425 of a server that is busy for a moment: the next try is fine, and it goes the
/// same way (reference quirk 72).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_a_moment_is_tried_again() {
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

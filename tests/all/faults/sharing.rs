//! Jobs that compete for the same sessions.

use fxpane::demo::{Rule, Setup};
use fxpane::engine::Report;
use fxpane::queue::ItemState;

use super::{Pair, content};

/// A lane that waits for the listing of its tree does not keep sessions from other jobs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_lane_frees_its_sessions_for_another_job() {
    let from = Setup::new()
        .file("/pub/f", content(1000))
        .file("/pub/slow/one", content(10))
        .file("/pub/slow/deep/two", content(20));
    let mut pair = Pair::start(from, Setup::new()).await;
    (pair.source.max_sessions, pair.target.max_sessions) = (2, 2);
    pair.from.fault(Rule::parse("on MLSD 2 delay 3s").unwrap());
    let mut slow = pair.submit(pair.copy(&["/pub/slow"])).await;
    // the only file known so far has arrived, and the lane waits for more
    loop {
        match slow.recv().await.unwrap() {
            Report::Item(item) if !item.item.dir => break,
            _ => {}
        }
    }
    let quick = pair.run_f().await;
    assert_eq!(quick.only().state, ItemState::Done, "{}", quick.summary());
    while let Ok(report) = slow.try_recv() {
        assert!(
            !matches!(report, Report::End { .. }),
            "the quick job waited for the end of the slow one"
        );
    }
    let slow = pair.end(slow).await;
    assert_eq!(slow.names(ItemState::Failed), [""; 0], "{}", slow.summary());
    assert_eq!(pair.to.root().read("/incoming/slow/deep/two").unwrap(), content(20));
}

//! Jobs that want the same sessions.

use fxpane::demo::{Rule, Setup};
use fxpane::engine::Report;
use fxpane::queue::ItemState;

use super::{Pair, content};

/// A lane that has nothing to do until its job's tree is listed keeps no sessions from others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_without_work_makes_room_for_another_jobs_walk() {
    let from = Setup::new()
        .file("/pub/f", content(1000))
        .file("/pub/slow/one", content(10))
        .file("/pub/slow/deep/two", content(20));
    let mut pair = Pair::start(from, Setup::new()).await;
    (pair.source.max_sessions, pair.target.max_sessions) = (2, 2);
    pair.from.fault(Rule::parse("on MLSD 2 delay 3s").unwrap());
    let mut slow = pair.submit(pair.copy(&["/pub/slow"])).await;
    // the one file that is known by now has arrived, and the lane waits for more
    loop {
        match slow.recv().await.unwrap() {
            Report::Item(item) if !item.dir => break,
            _ => {}
        }
    }
    let quick = pair.run_f().await;
    assert_eq!(quick.only().state, ItemState::Done, "{}", quick.told());
    while let Ok(report) = slow.try_recv() {
        assert!(!matches!(report, Report::End { .. }), "it waited for the other job's end");
    }
    let slow = pair.end(slow).await;
    assert_eq!(slow.names(ItemState::Failed), [""; 0], "{}", slow.told());
    assert_eq!(pair.to.root().read("/incoming/slow/deep/two").unwrap(), content(20));
}

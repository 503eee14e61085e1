//! Lanes: jobs of one route share them, their number changes while they work, and what has ended
//! long ago leaves the queue.

use std::time::Duration;

use fxpane::demo::{Rule, Setup};
use fxpane::engine::{Control, handle::Command};
use fxpane::queue::store::History;
use fxpane::queue::{ItemState, JobSpec};
use tokio::sync::mpsc;

use super::{Pair, content};

/// Files of two jobs that take their time.
async fn slow() -> Pair {
    let mut from = Setup::new();
    for n in 0..80 {
        from = from.file(&format!("/many/{n:02}"), content(600 + n));
    }
    for n in 0..6 {
        from = from.file(&format!("/few/{n}"), content(900 + n));
    }
    let pair = Pair::start(from, Setup::new()).await;
    pair.from.fault(Rule::parse("on RETR delay 40ms").unwrap());
    pair
}

/// A job of these lanes; the number comes back with its reports.
async fn submit(
    pair: &Pair,
    source: &str,
    lanes: usize,
) -> (fxpane::base::JobId, mpsc::UnboundedReceiver<fxpane::engine::Report>) {
    let mut spec: JobSpec = pair.copy(&[source]);
    spec.rules.parallel = Some(lanes);
    let (reports, received) = mpsc::unbounded_channel();
    (pair.engine.submit(spec, Some(reports)).await.unwrap(), received)
}

/// Waits until as many files as wanted are at work.
async fn runs(pair: &Pair, wanted: impl Fn(u64) -> bool) {
    let seen = async {
        while !wanted(pair.engine.window(0, 1, Default::default()).await.unwrap().counts.running) {}
    };
    let seen = tokio::time::timeout(Duration::from_secs(20), seen).await;
    assert!(seen.is_ok(), "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_job_of_the_same_route_gets_its_share_of_the_lanes() {
    let pair = slow().await;
    let (_, many) = submit(&pair, "/many", 4).await;
    assert!(pair.to.saw("STOR", 8).await, "{}", pair.story());
    let (_, few) = submit(&pair, "/few", 4).await;
    let few = pair.end(few).await;
    // the large one is still at work
    let open = pair.engine.window(0, 1, Default::default()).await.unwrap().counts;
    assert!(open.waiting > 0, "{open:?}");
    assert_eq!(few.names(ItemState::Failed), [""; 0], "{}", few.told());
    let many = pair.end(many).await;
    assert_eq!(many.names(ItemState::Done).len(), 80, "{}", many.told());
    assert_eq!(many.names(ItemState::Failed), [""; 0], "{}", many.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_more_urgent_job_takes_the_lanes_of_another() {
    let pair = slow().await;
    let (_, many) = submit(&pair, "/many", 4).await;
    assert!(pair.to.saw("STOR", 4).await, "{}", pair.story());
    let (urgent, few) = submit(&pair, "/few", 4).await;
    pair.engine.send(Command::Job(urgent, Control::Top)).await.unwrap();
    let few = pair.end(few).await;
    assert_eq!(few.names(ItemState::Failed), [""; 0], "{}", few.told());
    let many = pair.end(many).await;
    assert_eq!(many.names(ItemState::Done).len(), 80, "{}", many.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_lanes_changes_while_a_job_works() {
    let pair = slow().await;
    let (job, reports) = submit(&pair, "/many", 1).await;
    assert!(pair.to.saw("STOR", 2).await, "{}", pair.story());
    pair.engine.send(Command::Lanes(job, Some(3))).await.unwrap();
    runs(&pair, |running| running >= 3).await;
    pair.engine.send(Command::Lanes(job, Some(1))).await.unwrap();
    runs(&pair, |running| running <= 1).await;
    let record = pair.engine.jobs().await.unwrap().pop().unwrap();
    assert_eq!(record.rules.parallel, Some(1));
    pair.from.clear_faults();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Done).len(), 80, "{}", job.told());
}

#[tokio::test]
async fn jobs_that_ended_long_ago_leave_the_queue() {
    let few = |options: &mut fxpane::engine::EngineOptions| {
        options.history = History { jobs: 2, items: 100 };
    };
    let pair = Pair::with(Setup::new().file("/pub/f", "x"), Setup::new(), few).await;
    for _ in 0..4 {
        pair.run_f().await;
    }
    let left = async {
        loop {
            let jobs = pair.engine.jobs().await.unwrap();
            let done = pair.engine.window(0, 0, Default::default()).await.unwrap().counts.done;
            if jobs.len() == 2 && done == 2 {
                return jobs.iter().map(|job| job.id.0).collect::<Vec<_>>();
            }
        }
    };
    let left = tokio::time::timeout(Duration::from_secs(20), left).await.unwrap();
    assert_eq!(left, [3, 4]);
    let window = pair.engine.window(0, 10, Default::default()).await.unwrap();
    assert_eq!((window.total, window.counts.done), (2, 2));
}

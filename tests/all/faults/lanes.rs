//! Lanes: jobs of one route share them, their number changes while a job runs, and old finished
//! jobs are removed from the queue.

use std::time::Duration;

use fxpane::demo::{Rule, Setup};
use fxpane::engine::{Control, EngineOptions, handle::Command};
use fxpane::queue::store::History;
use fxpane::queue::{ItemState, JobSpec, Store};
use fxpane::session::Limits;
use tokio::sync::mpsc;

use super::{Pair, content};

/// The files of a large and of a small job.
fn many_and_few() -> Setup {
    let mut from = Setup::new();
    for n in 0..80 {
        from = from.file(&format!("/many/{n:02}"), content(600 + n));
    }
    for n in 0..6 {
        from = from.file(&format!("/few/{n}"), content(900 + n));
    }
    from
}

/// The same files on a slow source.
async fn slow() -> Pair {
    let pair = Pair::start(many_and_few(), Setup::new()).await;
    pair.from.fault(Rule::parse("on RETR delay 40ms").unwrap());
    pair
}

/// Submits a job with this number of lanes.
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

/// Waits until the number of running files satisfies `wanted`.
async fn wait_for_running(pair: &Pair, wanted: impl Fn(u64) -> bool) {
    let seen = async {
        while !wanted(pair.engine.window(0, 1, Default::default()).await.unwrap().counts.running) {}
    };
    let seen = tokio::time::timeout(Duration::from_secs(60), seen).await;
    assert!(seen.is_ok(), "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_jobs_of_one_route_share_its_lanes() {
    let pair = slow().await;
    let (_, many) = submit(&pair, "/many", 4).await;
    assert!(pair.to.wait_for_command("STOR", 8).await, "{}", pair.ftp_log());
    let (_, few) = submit(&pair, "/few", 4).await;
    let few = pair.end(few).await;
    // the large job is still running
    let open = pair.engine.window(0, 1, Default::default()).await.unwrap().counts;
    assert!(open.waiting > 0, "{open:?}");
    assert_eq!(few.names(ItemState::Failed), [""; 0], "{}", few.summary());
    let many = pair.end(many).await;
    assert_eq!(many.names(ItemState::Done).len(), 80, "{}", many.summary());
    assert_eq!(many.names(ItemState::Failed), [""; 0], "{}", many.summary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_with_higher_priority_takes_lanes_of_another() {
    let pair = slow().await;
    let (_, many) = submit(&pair, "/many", 4).await;
    assert!(pair.to.wait_for_command("STOR", 4).await, "{}", pair.ftp_log());
    let (urgent, few) = submit(&pair, "/few", 4).await;
    pair.engine.send(Command::Job(urgent, Control::Top)).await.unwrap();
    let few = pair.end(few).await;
    assert_eq!(few.names(ItemState::Failed), [""; 0], "{}", few.summary());
    let many = pair.end(many).await;
    assert_eq!(many.names(ItemState::Done).len(), 80, "{}", many.summary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_lanes_changes_while_a_job_runs() {
    let pair = slow().await;
    let (job, reports) = submit(&pair, "/many", 1).await;
    assert!(pair.to.wait_for_command("STOR", 2).await, "{}", pair.ftp_log());
    pair.engine.send(Command::Lanes(job, Some(3))).await.unwrap();
    wait_for_running(&pair, |running| running >= 3).await;
    pair.engine.send(Command::Lanes(job, Some(1))).await.unwrap();
    wait_for_running(&pair, |running| running <= 1).await;
    let record = pair.engine.jobs().await.unwrap().pop().unwrap();
    assert_eq!(record.rules.parallel, Some(1));
    pair.from.clear_faults();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Done).len(), 80, "{}", job.summary());
}

#[tokio::test]
async fn old_finished_jobs_are_removed() {
    let few = |options: &mut EngineOptions| {
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
    let left = tokio::time::timeout(Duration::from_secs(60), left).await.unwrap();
    assert_eq!(left, [3, 4]);
    let window = pair.engine.window(0, 10, Default::default()).await.unwrap();
    assert_eq!((window.total, window.counts.done), (2, 2));
}

#[tokio::test]
async fn a_small_job_uses_one_session_per_server() {
    let pair = Pair::start(Setup::new().file("/dir/only", "x"), Setup::new()).await;
    let (_, reports) = submit(&pair, "/dir", 1).await;
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Done), ["only"], "{}", job.summary());
    // the sessions that list the tree copy the last file
    assert_eq!([pair.from.count("USER"), pair.to.count("USER")], [1, 1], "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requested_lanes_log_in_during_the_listing() {
    // a delayed listing must not reach a timeout
    let patient = |options: &mut EngineOptions| options.limits = Limits::default();
    let pair = Pair::with(many_and_few(), Setup::new(), patient).await;
    pair.from.fault(Rule::parse("on MLSD hold listing").unwrap());
    let (_, reports) = submit(&pair, "/few", 3).await;
    assert!(pair.from.wait_for_hold("listing").await, "{}", pair.ftp_log());
    // two lanes plus the listing, whose sessions the third lane uses later
    assert!(pair.from.wait_for_command("USER", 3).await, "{}", pair.ftp_log());
    assert!(pair.to.wait_for_command("USER", 3).await, "{}", pair.ftp_log());
    assert_eq!(pair.to.count("STOR"), 0, "{}", pair.ftp_log());
    pair.from.release("listing");
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Done).len(), 6, "{}", job.summary());
    assert_eq!([pair.from.count("USER"), pair.to.count("USER")], [3, 3], "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_jobs_that_share_one_session_take_turns() {
    // every file is one turn
    let short = |options: &mut EngineOptions| {
        (options.turn, options.limits) = (Duration::ZERO, Limits::default());
    };
    let mut pair = Pair::with(many_and_few(), Setup::new(), short).await;
    (pair.source.max_sessions, pair.target.max_sessions) = (1, 1);
    pair.from.fault(Rule::parse("on RETR delay 10ms").unwrap());
    let (_, many) = submit(&pair, "/many", 4).await;
    assert!(pair.to.wait_for_command("STOR", 2).await, "{}", pair.ftp_log());
    let (_, few) = submit(&pair, "/few", 4).await;
    let few = pair.end(few).await;
    assert_eq!(few.names(ItemState::Done).len(), 6, "{}", few.summary());
    let many = pair.end(many).await;
    assert_eq!(many.names(ItemState::Done).len(), 80, "{}", many.summary());
    // the jobs alternate while both have files
    let stored = pair.to.commands();
    let stored: Vec<bool> = stored
        .iter()
        .filter_map(|line| line.strip_prefix("STOR "))
        .map(|path| path.contains("/few/"))
        .collect();
    let (first, last) =
        (stored.iter().position(|few| *few).unwrap(), stored.iter().rposition(|few| *few).unwrap());
    let shared = &stored[first..=last];
    assert_eq!(shared.iter().filter(|few| **few).count(), 6);
    assert!(shared.windows(2).all(|two| two[0] != two[1]), "{stored:?}");
    assert!(last + 1 < stored.len(), "the large job continues afterwards: {stored:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_changes_the_lanes_of_a_running_job() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("queue.db");
    let (ours, theirs) = (Store::open(&file).unwrap().0, Store::open(&file).unwrap().0);
    let shared = |options: &mut EngineOptions| options.store = ours;
    let pair = Pair::with(many_and_few(), Setup::new(), shared).await;
    pair.from.fault(Rule::parse("on RETR delay 100ms").unwrap());
    let (job, reports) = submit(&pair, "/many", 1).await;
    assert!(pair.to.wait_for_command("STOR", 2).await, "{}", pair.ftp_log());
    theirs.set_lanes(job, Some(3)).await.unwrap();
    wait_for_running(&pair, |running| running >= 3).await;
    theirs.set_lanes(job, Some(1)).await.unwrap();
    wait_for_running(&pair, |running| running <= 1).await;
    pair.from.clear_faults();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Done).len(), 80, "{}", job.summary());
    theirs.close().await;
}

//! Silent servers and cancelling in every state: every job ends within its timeout, the old file is
//! unchanged, and the next copy works.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::pair::{OLD, Pair, content};
use fxpane::demo::{Cut, Personality, Rule, Setup};
use fxpane::engine::{Command, Control, Engine, EngineOptions};
use fxpane::queue::store::JobQuery;
use fxpane::queue::{ItemState, Store};
use fxpane::site::{Sites, Trust};

const SIZE: usize = 300_000;

async fn pair() -> Pair {
    let from = Setup::new().file("/pub/f", content(SIZE));
    Pair::start(from, Setup::new().file("/incoming/f", OLD)).await
}

/// One side does not reply to this command, once.
async fn silent_at(at_source: bool, verb: &'static str) {
    let mut pair = pair().await;
    let server = if at_source { &pair.from } else { &pair.to };
    server.fault(Rule::parse(&format!("on {verb} 1 silent")).unwrap());
    pair.shorten_timeouts();
    let job = pair.run_f().await;
    let case = format!(
        "{} silent at {verb}: {}",
        if at_source { "source" } else { "target" },
        job.summary()
    );
    let kept = pair.to.root().read("/incoming/f").unwrap();
    let whole = pair.from.root().read("/pub/f").unwrap();
    match job.only().state {
        ItemState::Done => assert!(kept == whole, "{case}"),
        _ => assert!(kept == OLD || kept == whole, "{case}\n{}", pair.ftp_log()),
    }
    // nothing is blocked: the same file can be copied on the same route afterwards
    pair.remove_timeouts();
    let job = pair.run_f().await;
    assert_eq!(
        job.only().state,
        ItemState::Done,
        "{case}; then {}\n{}",
        job.summary(),
        pair.ftp_log()
    );
    assert!(pair.to.root().read("/incoming/f").unwrap() == whole, "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_source_times_out_in_every_state() {
    let verbs = ["TYPE", "PORT", "RETR"];
    verbs.into_iter().map(|verb| silent_at(true, verb)).collect::<JoinSet<_>>().join_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_target_times_out_in_every_state() {
    let verbs = ["TYPE", "PASV", "STOR", "SIZE", "RNFR", "RNTO"];
    verbs.into_iter().map(|verb| silent_at(false, verb)).collect::<JoinSet<_>>().join_all().await;
}

/// Cancels a copy that is held in the middle; returns the pair.
async fn cancelled(from: Setup, to: Setup, change: impl FnOnce(&mut Pair)) -> Pair {
    let from = from.file("/pub/f", content(SIZE));
    let mut pair = Pair::start(from, to.file("/incoming/f", OLD)).await;
    change(&mut pair);
    pair.from.fault(Rule::on("RETR").nth(1).at(4096, Cut::Hold("middle".to_owned())));
    let reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.wait_for_hold("middle").await, "{}", pair.ftp_log());
    let window = pair.engine.window(0, 10, fxpane::engine::RowQuery::default()).await.unwrap();
    let items = window.rows.iter().map(|row| row.item).collect();
    pair.engine.send(Command::Items(items, Control::Cancel)).await.unwrap();
    // some servers execute ABOR while the gate is closed, others only after it opens
    assert!(pair.from.wait_for_abort().await, "{}", pair.ftp_log());
    pair.from.release("middle");
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "cancelled", &[("f", OLD)]);
    pair
}

/// Asserts that the next copy works after a cancelled one.
async fn assert_next_copy_works(pair: &Pair) {
    let job = pair.run_f().await;
    assert_eq!(job.only().state, ItemState::Done, "{}\n{}", job.summary(), pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_copy_keeps_its_sessions() {
    let pair = cancelled(Setup::new(), Setup::new(), |_| ()).await;
    let logins = [pair.from.count("USER"), pair.to.count("USER")];
    assert_next_copy_works(&pair).await;
    assert!(pair.from.count("ABOR") >= 1 && pair.to.count("ABOR") >= 1, "{}", pair.ftp_log());
    // a NOOP shows that they still work, so no new login is needed
    assert_eq!([pair.from.count("USER"), pair.to.count("USER")], logins, "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_copy_stays_cancelled_after_shutdown() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("queue.db");
    let from = Setup::new().file("/pub/f", content(SIZE));
    let mut pair = Pair::with(from, Setup::new(), |options| {
        options.store = Store::open(&path).unwrap().0;
    })
    .await;
    // well within the time that the engine takes to shut down
    pair.source.timeout = Some(Duration::from_secs(5));
    pair.target.timeout = pair.source.timeout;
    pair.from.fault(Rule::on("RETR").nth(1).at(4096, Cut::Hold("middle".to_owned())));
    // so that the engine shuts down first
    pair.faults("on ABOR no reply", "on ABOR no reply");
    let _reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.wait_for_hold("middle").await, "{}", pair.ftp_log());
    let window = pair.engine.window(0, 10, fxpane::engine::RowQuery::default()).await.unwrap();
    let items = window.rows.iter().map(|row| row.item).collect();
    pair.engine.send(Command::Items(items, Control::Cancel)).await.unwrap();
    pair.engine.shutdown().await;
    let store = Store::open(&path).unwrap().0;
    let totals = store.jobs(JobQuery::All).await.unwrap()[0].totals;
    assert_eq!((totals.cancelled, totals.waiting), (1, 0), "{totals:?}\n{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_can_be_cancelled_while_a_lane_fetches_them() {
    let files = |setup: Setup, n: usize| setup.file(&format!("/pub/{n:02}"), content(5000));
    let pair = Pair::start((0..20).fold(Setup::new(), files), Setup::new()).await;
    // no file ends before it is cancelled
    pair.from.fault(Rule::on("RETR").at(1000, Cut::Hold("started".to_owned())));
    pair.engine.send(Command::Pause(true)).await.unwrap();
    let reports = pair.submit(pair.copy(&["/pub"])).await;
    let listed = async {
        loop {
            let window = pair.engine.window(0, 20, Default::default()).await.unwrap();
            if window.counts.waiting == 20 && !window.counts.listing {
                return window.rows.iter().map(|row| row.item).collect::<Vec<_>>();
            }
        }
    };
    let items = timeout(Duration::from_secs(30), listed).await.unwrap();
    // the first lane fetches files from the store; the cancel arrives before the result
    pair.engine.send(Command::Pause(false)).await.unwrap();
    pair.engine.send(Command::Items(items, Control::Cancel)).await.unwrap();
    // a file that was missed would stay in state running, because no transfer ends
    pair.end(reports).await;
    let totals = pair.engine.jobs().await.unwrap()[0].totals;
    assert_eq!((totals.cancelled, totals.done), (20, 0), "{totals:?}\n{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_not_resumed_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("queue.db");
    let files = |setup: Setup, n: usize| setup.file(&format!("/pub/{n:04}"), "x");
    let pair = Pair::with((0..600).fold(Setup::new(), files), Setup::new(), |options| {
        options.store = Store::open(&path).unwrap().0;
    })
    .await;
    pair.engine.send(Command::Pause(true)).await.unwrap();
    let _reports = pair.submit(pair.copy(&["/pub"])).await;
    let listed = async {
        loop {
            let counts = pair.engine.window(0, 1, Default::default()).await.unwrap().counts;
            if counts.waiting == 600 && !counts.listing {
                return;
            }
        }
    };
    timeout(Duration::from_secs(60), listed).await.unwrap();
    pair.engine.shutdown().await;

    // as if the process had ended directly after the job was cancelled
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE jobs SET owner = NULL, cancelled = 1", []).unwrap();
    let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
    options.store = Store::open(&path).unwrap().0;
    let next = Engine::start(options);
    let (sender, reports) = tokio::sync::mpsc::unbounded_channel();
    let sites = Sites::from_iter([pair.source.clone(), pair.target.clone()]);
    let record = next.jobs().await.unwrap().remove(0);
    next.adopt(record.id, record.find_sites(&sites).unwrap(), Some(sender)).await.unwrap();
    pair.end(reports).await;
    let totals = next.jobs().await.unwrap()[0].totals;
    assert_eq!((totals.cancelled, totals.done), (600, 0), "{totals:?}");
    assert_eq!(pair.to.count("STOR"), 0);
    next.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_can_be_cancelled_on_servers_that_ignore_abor() {
    for kind in [Personality::Vsftpd, Personality::Pureftpd, Personality::Pyftpdlib] {
        let setup = || Setup::new().personality(kind);
        let pair = cancelled(setup(), setup(), |_| ()).await;
        assert_next_copy_works(&pair).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_abort_is_sent_if_the_site_requests_it() {
    let urgent =
        |setup: Setup| setup.behavior(|behavior| behavior.abort = fxpane::demo::Abort::Urgent);
    let pair = cancelled(urgent(Setup::new()), urgent(Setup::new()), |pair| {
        pair.source.urgent_abort = true;
        pair.target.urgent_abort = true;
    })
    .await;
    // without Telnet IP the transfers would not end while the data is held
    assert!(pair.from.count("ABOR") >= 1 && pair.to.count("ABOR") >= 1, "{}", pair.ftp_log());
    assert_next_copy_works(&pair).await;
}

//! Silence and cancelling in every state: everything ends within its limit, the old file stays,
//! and the next copy works.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::pair::{OLD, Pair, content};
use fxpane::demo::{Cut, Personality, Rule, Setup};
use fxpane::engine::{Command, Control};
use fxpane::queue::ItemState;

const SIZE: usize = 300_000;

async fn pair() -> Pair {
    let from = Setup::new().file("/pub/f", content(SIZE));
    Pair::start(from, Setup::new().file("/incoming/f", OLD)).await
}

/// One side stops answering at this command, once.
async fn silent_at(at_source: bool, verb: &str) {
    let pair = pair().await;
    let server = if at_source { &pair.from } else { &pair.to };
    server.fault(Rule::parse(&format!("on {verb} 1 silent")).unwrap());
    let begun = Instant::now();
    let job = pair.run_f().await;
    let took = begun.elapsed();
    let case =
        format!("{} silent at {verb}: {}", if at_source { "source" } else { "target" }, job.told());
    // the limits of one try are about a second each
    assert!(took < Duration::from_secs(20), "{case}: {took:?}\n{}", pair.story());
    let kept = pair.to.root().read("/incoming/f").unwrap();
    let whole = pair.from.root().read("/pub/f").unwrap();
    match job.only().state {
        ItemState::Done => assert!(kept == whole, "{case}"),
        _ => assert!(kept == OLD || kept == whole, "{case}\n{}", pair.story()),
    }
    // nothing is stuck: the same file goes over the same route afterwards
    let job = pair.run_f().await;
    assert_eq!(job.only().state, ItemState::Done, "{case}; then {}\n{}", job.told(), pair.story());
    assert!(pair.to.root().read("/incoming/f").unwrap() == whole, "{case}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_source_is_left_in_every_state() {
    for verb in ["TYPE", "PORT", "RETR"] {
        silent_at(true, verb).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_target_is_left_in_every_state() {
    for verb in ["TYPE", "PASV", "STOR", "SIZE", "RNFR", "RNTO"] {
        silent_at(false, verb).await;
    }
}

/// Cancels when the data stands still in the middle; what the servers were, for the caller.
async fn cancelled(from: Setup, to: Setup, change: impl FnOnce(&mut Pair)) -> Pair {
    let from = from.file("/pub/f", content(SIZE));
    let mut pair = Pair::start(from, to.file("/incoming/f", OLD)).await;
    change(&mut pair);
    pair.from.fault(Rule::on("RETR").nth(1).at(4096, Cut::Hold("middle".to_owned())));
    let reports = pair.submit(pair.copy(&["/pub/f"])).await;
    assert!(pair.from.held("middle").await, "{}", pair.story());
    let window = pair.engine.window(0, 10, fxpane::engine::RowQuery::default()).await.unwrap();
    let items = window.rows.iter().map(|row| row.item).collect();
    pair.engine.send(Command::Items(items, Control::Cancel)).await.unwrap();
    // a server that obeys ABOR does so while the gate holds; for others it is opened in time
    let _ = timeout(Duration::from_secs(2), pair.from.saw("ABOR", 1)).await;
    pair.from.release("middle");
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "cancelled", &[("f", OLD)]);
    pair
}

/// After a cancelled copy the next one works.
async fn goes_on(pair: &Pair) {
    let job = pair.run_f().await;
    assert_eq!(job.only().state, ItemState::Done, "{}\n{}", job.told(), pair.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_copy_keeps_its_sessions() {
    let pair = cancelled(Setup::new(), Setup::new(), |_| ()).await;
    let logins = [pair.from.count("USER"), pair.to.count("USER")];
    goes_on(&pair).await;
    assert!(pair.from.count("ABOR") >= 1 && pair.to.count("ABOR") >= 1, "{}", pair.story());
    // known to be good again by a NOOP, they need no other login
    assert_eq!([pair.from.count("USER"), pair.to.count("USER")], logins, "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_ignore_abor_are_left_all_the_same() {
    for kind in [Personality::Vsftpd, Personality::Pureftpd, Personality::Pyftpdlib] {
        let setup = || Setup::new().personality(kind);
        let pair = cancelled(setup(), setup(), |_| ()).await;
        goes_on(&pair).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn abor_is_urgent_where_the_site_asks_for_it() {
    let urgent = |setup: Setup| setup.manner(|manner| manner.abort = fxpane::demo::Abort::Urgent);
    let pair = cancelled(urgent(Setup::new()), urgent(Setup::new()), |pair| {
        pair.source.urgent_abort = true;
        pair.target.urgent_abort = true;
    })
    .await;
    // without Telnet IP these would not have ended while the data stood still
    assert!(pair.from.count("ABOR") >= 1 && pair.to.count("ABOR") >= 1, "{}", pair.story());
    goes_on(&pair).await;
}

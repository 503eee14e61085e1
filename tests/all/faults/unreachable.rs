//! Unreachable and full servers: only the files that need them wait.

use std::time::Duration;

use fxpane::demo::{Rule, Server, Setup};
use fxpane::engine::{EngineOptions, EventKind};
use fxpane::queue::ItemState;
use fxpane::site::Location;

use super::pair::{site, spec};
use super::{Pair, content};

fn patient(options: &mut EngineOptions) {
    options.tries = 5;
    options.connect_tries = 1;
    options.patience = None;
}

fn files(count: usize) -> Setup {
    (0..count).fold(Setup::new(), |setup, n| setup.file(&format!("/pub/{n:02}"), content(n + 500)))
}

/// Waits for a notice of the engine that contains `words`.
async fn wait_for_notice(
    events: &mut tokio::sync::broadcast::Receiver<fxpane::engine::Event>,
    words: &str,
) {
    let seen = async {
        loop {
            match events.recv().await.unwrap().what {
                EventKind::Notice { text, .. } if text.contains(words) => return,
                _ => {}
            }
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(60), seen).await;
    assert!(seen.is_ok(), "no notice contains {words:?}");
}

/// Waits until a waiting file has a reason that starts with `words`. Files whose own transfer was
/// not refused get the reason only after the site has been tried.
async fn wait_for_reason(pair: &Pair, words: &str) {
    let seen = async {
        loop {
            let window = pair.engine.window(0, 100, Default::default()).await.unwrap();
            let mut waiting = window.rows.iter().filter(|row| row.state == ItemState::Waiting);
            if waiting.any(|row| row.reason.as_deref().is_some_and(|why| why.starts_with(words))) {
                return;
            }
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(60), seen).await;
    assert!(seen.is_ok(), "no reason starts with {words:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_server_stops_only_its_own_files_until_it_is_back() {
    let pair = Pair::with(files(30), Setup::new(), patient).await;
    let other = Server::start(Setup::new()).await.unwrap();
    pair.from.fault(Rule::parse("on RETR delay 50ms").unwrap());
    let mut events = pair.engine.events();
    let mut job = pair.copy(&["/pub"]);
    job.rules.parallel = Some(2);
    let reports = pair.submit(job).await;
    assert!(pair.to.wait_for_command("STOR", 6).await, "{}", pair.ftp_log());
    pair.to.crash().await;
    wait_for_notice(&mut events, "unreachable, retrying").await;

    // another route continues, although it has the same source
    let other_site = site("other", &other);
    let target = Location::Remote { site: other_site.into(), path: "/".into() };
    let job = pair.run(spec(vec![pair.at_source("/pub")], target)).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    assert_eq!(other.root().tree("/pub").unwrap(), pair.from.root().tree("/pub").unwrap());

    wait_for_reason(&pair, "site “target” unreachable, retrying: ").await;

    pair.to.restart().await.unwrap();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    assert!(job.summary().contains("reachable again"), "{}", job.summary());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listing_resumes_when_the_source_is_back() {
    let setup = (0..12).fold(Setup::new(), |setup, n| setup.file(&format!("/pub/{n}/f"), "x"));
    let pair = Pair::with(setup, Setup::new(), patient).await;
    pair.from.fault(Rule::parse("on MLSD delay 50ms").unwrap());
    let mut events = pair.engine.events();
    let reports = pair.submit(pair.copy(&["/pub"])).await;
    assert!(pair.from.wait_for_command("MLSD", 4).await, "{}", pair.ftp_log());
    pair.from.crash().await;
    wait_for_notice(&mut events, "unreachable, retrying").await;
    pair.from.restart().await.unwrap();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_server_fails_its_files_after_the_time_limit() {
    let limited = |options: &mut EngineOptions| {
        patient(options);
        options.patience = Some(Duration::from_secs(2));
    };
    let pair = Pair::with(files(30), Setup::new(), limited).await;
    pair.from.fault(Rule::parse("on RETR delay 50ms").unwrap());
    let reports = pair.submit(pair.copy(&["/pub"])).await;
    assert!(pair.to.wait_for_command("STOR", 6).await, "{}", pair.ftp_log());
    pair.to.crash().await;
    let job = pair.end(reports).await;
    let failed = job.names(ItemState::Failed).len();
    assert!(failed > 0 && failed < 30, "{}", job.summary());
    assert_eq!(failed + job.names(ItemState::Done).len(), 30, "{}", job.summary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_target_is_reported_and_waited_for() {
    let pair = Pair::with(files(10), Setup::new(), patient).await;
    pair.faults("", "on STOR from 4 reply 552 \"Disk full\"");
    let mut events = pair.engine.events();
    let mut job = pair.copy(&["/pub"]);
    job.rules.parallel = Some(2);
    let reports = pair.submit(job).await;
    wait_for_notice(&mut events, "no space left, retrying").await;
    wait_for_reason(&pair, "no space on site “target”, retrying: ").await;
    pair.to.clear_faults();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.summary());
    assert!(job.summary().contains("has space again"), "{}", job.summary());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", pair.ftp_log());
}

#[tokio::test]
async fn a_busy_file_is_retried_and_a_forbidden_one_is_not() {
    let busy = |options: &mut EngineOptions| {
        patient(options);
        options.busy_wait = Duration::from_millis(50);
    };
    for (words, tries) in [("550 \"The file is in use\"", 2), ("553 \"Permission denied\"", 1)] {
        let pair = Pair::with(files(1), Setup::new(), busy).await;
        pair.faults("", &format!("on STOR 1 reply {words}"));
        let job = pair.run(pair.copy(&["/pub"])).await;
        assert_eq!(pair.to.count("STOR"), tries, "{}\n{}", job.summary(), pair.ftp_log());
        let failed = job.names(ItemState::Failed).len();
        assert_eq!(failed, usize::from(tries == 1), "{}", job.summary());
    }
}

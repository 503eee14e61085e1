//! Sites that go away and come back, and sites that are full: only what needs them waits.

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

/// Waits until the engine says this.
async fn hears(events: &mut tokio::sync::broadcast::Receiver<fxpane::engine::Event>, words: &str) {
    let heard = async {
        loop {
            match events.recv().await.unwrap().what {
                EventKind::Notice { text, .. } if text.contains(words) => return,
                _ => {}
            }
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(60), heard).await;
    assert!(heard.is_ok(), "nobody says “{words}”");
}

/// Waits until a file that waits says this, as all do that were not refused themselves; between
/// two tries of the site they say nothing.
async fn waits(pair: &Pair, words: &str) {
    let said = async {
        loop {
            let window = pair.engine.window(0, 100, Default::default()).await.unwrap();
            let mut waiting = window.rows.iter().filter(|row| row.state == ItemState::Waiting);
            if waiting.any(|row| row.reason.as_deref().is_some_and(|why| why.starts_with(words))) {
                return;
            }
        }
    };
    let said = tokio::time::timeout(Duration::from_secs(60), said).await;
    assert!(said.is_ok(), "no file says “{words}”");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_stops_only_its_own_items_and_goes_on_when_it_is_back() {
    let pair = Pair::with(files(30), Setup::new(), patient).await;
    let other = Server::start(Setup::new().address([127, 0, 0, 46].into())).await.unwrap();
    pair.from.fault(Rule::parse("on RETR delay 50ms").unwrap());
    let mut events = pair.engine.events();
    let mut job = pair.copy(&["/pub"]);
    job.rules.parallel = Some(2);
    let reports = pair.submit(job).await;
    assert!(pair.to.saw("STOR", 6).await, "{}", pair.story());
    pair.to.crash().await;
    hears(&mut events, "unreachable, retrying").await;

    // another route is not touched by it, although it begins at the same source
    let elsewhere = site("other", &other);
    let target = Location::Remote { site: elsewhere.into(), path: "/".into() };
    let job = pair.run(spec(vec![pair.at_source("/pub")], target)).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.told());
    assert_eq!(other.root().tree("/pub").unwrap(), pair.from.root().tree("/pub").unwrap());

    waits(&pair, "site “target” unreachable, retrying: ").await;

    pair.to.come_back().await.unwrap();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.told());
    assert!(job.told().contains("reachable again"), "{}", job.told());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_goes_on_when_its_source_is_back() {
    let setup = (0..12).fold(Setup::new(), |setup, n| setup.file(&format!("/pub/{n}/f"), "x"));
    let pair = Pair::with(setup, Setup::new(), patient).await;
    pair.from.fault(Rule::parse("on MLSD delay 50ms").unwrap());
    let mut events = pair.engine.events();
    let reports = pair.submit(pair.copy(&["/pub"])).await;
    assert!(pair.from.saw("MLSD", 4).await, "{}", pair.story());
    pair.from.crash().await;
    hears(&mut events, "unreachable, retrying").await;
    pair.from.come_back().await.unwrap();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.told());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_is_given_up_when_patience_ends() {
    let some = |options: &mut EngineOptions| {
        patient(options);
        options.patience = Some(Duration::from_secs(2));
    };
    let pair = Pair::with(files(30), Setup::new(), some).await;
    pair.from.fault(Rule::parse("on RETR delay 50ms").unwrap());
    let reports = pair.submit(pair.copy(&["/pub"])).await;
    assert!(pair.to.saw("STOR", 6).await, "{}", pair.story());
    pair.to.crash().await;
    let job = pair.end(reports).await;
    let failed = job.names(ItemState::Failed).len();
    assert!(failed > 0 && failed < 30, "{}", job.told());
    assert_eq!(failed + job.names(ItemState::Done).len(), 30, "{}", job.told());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_target_is_waited_for_and_said() {
    let pair = Pair::with(files(10), Setup::new(), patient).await;
    pair.faults("", "on STOR from 4 reply 552 \"Disk full\"");
    let mut events = pair.engine.events();
    let mut job = pair.copy(&["/pub"]);
    job.rules.parallel = Some(2);
    let reports = pair.submit(job).await;
    hears(&mut events, "no space left, retrying").await;
    waits(&pair, "no space on site “target”, retrying: ").await;
    pair.to.clear_faults();
    let job = pair.end(reports).await;
    assert_eq!(job.names(ItemState::Failed), [""; 0], "{}", job.told());
    assert!(job.told().contains("has space again"), "{}", job.told());
    let sent = pair.from.root().tree("/pub").unwrap();
    assert_eq!(pair.to.root().tree("/incoming/pub").unwrap(), sent, "{}", pair.story());
}

#[tokio::test]
async fn a_busy_file_is_tried_again_later_and_a_forbidden_one_never() {
    let busy = |options: &mut EngineOptions| {
        patient(options);
        options.busy_wait = Duration::from_millis(50);
    };
    for (words, tries) in [("550 \"The file is in use\"", 2), ("553 \"Permission denied\"", 1)] {
        let pair = Pair::with(files(1), Setup::new(), busy).await;
        pair.faults("", &format!("on STOR 1 reply {words}"));
        let job = pair.run(pair.copy(&["/pub"])).await;
        assert_eq!(pair.to.count("STOR"), tries, "{}\n{}", job.told(), pair.story());
        let failed = job.names(ItemState::Failed).len();
        assert_eq!(failed, usize::from(tries == 1), "{}", job.told());
    }
}

//! Where one server is sent to meet the other one (docs/transfer-rules.md "Addresses").

use fxpane::demo::Setup;
use fxpane::engine::{Command, EventKind, FailureKind};
use fxpane::transfer::PassiveSide;
use tokio::sync::mpsc;

use super::pair::Pair;

/// A public address that belongs to neither server.
const FOREIGN_ADDRESS: &str = "on PASV announce 8.8.8.8";

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_replaced_by_the_server_address() {
    let pair = Pair::faulty("", "on PASV announce 10.1.2.3", 3000).await;
    let job = pair.run_f().await;
    pair.assert_arrived(&job, "f");
    assert_eq!(job.only().ending.passive, Some(PassiveSide::Destination), "{}", job.summary());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_public_address_is_refused_when_not_interactive() {
    let pair = Pair::faulty("", FOREIGN_ADDRESS, 3000).await;
    let job = pair.run_f().await;
    pair.assert_failed(&job, "fxp_allow_addresses", &[]);
    assert_eq!(job.only().failure, Some(FailureKind::Safety), "{}", job.summary());
    assert_eq!(pair.from.count("PORT"), 0, "{}", pair.ftp_log());
}

#[tokio::test(flavor = "multi_thread")]
async fn fxp_address_overrides_the_announced_address() {
    for address in ["127.0.0.1", "localhost"] {
        let mut pair = Pair::faulty("", FOREIGN_ADDRESS, 3000).await;
        pair.target.fxp_address = Some(address.to_owned());
        let job = pair.run_f().await;
        let port = pair.from.commands().into_iter().find(|line| line.starts_with("PORT")).unwrap();
        assert!(port.starts_with("PORT 127,0,0,1,"), "{port}");
        pair.assert_arrived(&job, "f");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_public_address_is_a_question_when_interactive() {
    for (choice, accepted) in [(0, false), (1, true)] {
        let from = Setup::new().file("/pub/f", "hello");
        let pair = Pair::with(from, Setup::new(), |options| options.interactive = true).await;
        // PORT is refused, so that no connection is made to that address
        pair.faults("on PORT reply 501", FOREIGN_ADDRESS);
        let mut events = pair.engine.events();
        let engine = pair.engine.clone();
        let (questions, mut received) = mpsc::unbounded_channel();
        let answers = tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                if let EventKind::Question(question) = event.what {
                    questions.send(question.text).unwrap();
                    let answer = Command::Answer { question: question.id, choice };
                    engine.send(answer).await.unwrap();
                }
            }
        });
        let job = pair.run_f().await;
        let ports: Vec<String> = pair.from.commands();
        let used = ports.iter().any(|line| line.starts_with("PORT 8,8,8,8,"));
        assert_eq!(used, accepted, "{}\n{}", job.summary(), pair.ftp_log());
        let first = received.try_recv().unwrap();
        assert!(first.contains("8.8.8.8"), "{first}");
        assert!(received.try_recv().is_err(), "asked twice");
        answers.abort();
    }
}

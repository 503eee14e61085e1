//! Where one server is sent to meet the other one (design section 5, "Addresses").

use fxpane::demo::Setup;
use fxpane::engine::{Command, EventKind, FailureKind};
use fxpane::transfer::PassiveSide;
use tokio::sync::mpsc;

use super::pair::Pair;

/// An address of somebody else, which leads nowhere here.
const ELSEWHERE: &str = "on PASV announce 8.8.8.8";

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_a_leftover_of_nat() {
    let pair = Pair::faulty("", "on PASV announce 10.1.2.3", 3000).await;
    let job = pair.run_f().await;
    pair.assert_arrived(&job, "f");
    assert_eq!(job.only().passive, Some(PassiveSide::Destination), "{}", job.told());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_refuses_a_public_address_and_names_the_option() {
    let pair = Pair::faulty("", ELSEWHERE, 3000).await;
    let job = pair.run_f().await;
    pair.assert_failed(&job, "fxp_allow_addresses", &[]);
    assert_eq!(job.only().failure, Some(FailureKind::Safety), "{}", job.told());
    assert_eq!(pair.from.count("PORT"), 0, "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn fxp_address_replaces_what_is_announced_also_as_a_host_name() {
    for address in ["127.0.0.42", "localhost"] {
        let mut pair = Pair::faulty("", ELSEWHERE, 3000).await;
        pair.target.fxp_address = Some(address.to_owned());
        let job = pair.run_f().await;
        let port = pair.from.commands().into_iter().find(|line| line.starts_with("PORT")).unwrap();
        match address {
            "localhost" => assert!(port.starts_with("PORT 127,0,0,1,"), "{port}"),
            _ => pair.assert_arrived(&job, "f"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_screen_it_is_a_question() {
    for (choice, sent_there) in [(0, false), (1, true)] {
        let from = Setup::new().file("/pub/f", "hello");
        let pair = Pair::with(from, Setup::new(), |options| options.interactive = true).await;
        // nobody is really sent there
        pair.faults("on PORT reply 501", ELSEWHERE);
        let mut events = pair.engine.events();
        let engine = pair.engine.clone();
        let (asks, mut asked) = mpsc::unbounded_channel();
        let answers = tokio::spawn(async move {
            while let Ok(event) = events.recv().await {
                if let EventKind::Question(question) = event.what {
                    asks.send(question.text).unwrap();
                    let answer = Command::Answer { question: question.id, choice };
                    engine.send(answer).await.unwrap();
                }
            }
        });
        let job = pair.run_f().await;
        let ports: Vec<String> = pair.from.commands();
        let there = ports.iter().any(|line| line.starts_with("PORT 8,8,8,8,"));
        assert_eq!(there, sent_there, "{}\n{}", job.told(), pair.story());
        let first = asked.try_recv().unwrap();
        assert!(first.contains("8.8.8.8"), "{first}");
        assert!(asked.try_recv().is_err(), "asked twice");
        answers.abort();
    }
}

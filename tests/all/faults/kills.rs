//! Connections and servers that die at every step, on either side: the job ends, and what was
//! there is as it was, or the new file is there whole.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use fxpane::demo::{Abort, Cut, Rule, Setup};
use fxpane::engine::{Control, handle::Command};
use fxpane::queue::ItemState;
use fxpane::site::Switch;

use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;

/// Ways to die, each at one step.
const DEATHS: [&str; 5] = ["drop", "reset", "crash", "silent", "mute"];
const AT_SOURCE: [&str; 4] = ["SIZE", "MDTM", "PORT", "RETR"];
const AT_TARGET: [&str; 7] = ["PASV", "STOR", "MFMT", "SIZE", "RNFR", "RNTO", "HASH"];
/// Deaths in the middle of the data, and where replies are due.
const IN_DATA: [&str; 5] =
    ["drop after 1000", "kill after 1000", "crash after 1000", "drop at 150", "reset at 226"];

fn rule(verb: &str, death: &str) -> String {
    match death {
        "mute" => format!("on {verb} no reply"),
        death => format!("on {verb} {death}"),
    }
}

/// One death: with and without an old file, and with the source passive.
async fn prove(from: String, to: String, size: usize) {
    // the other kinds of death differ in when it is noticed, not in what is there then
    let all = [(true, Switch::Auto), (false, Switch::Auto), (true, Switch::Yes)];
    let kinds = if format!("{from}{to}").contains("drop") { &all[..] } else { &all[..1] };
    for (old, passive) in kinds.iter().copied() {
        let mut pair = Pair::faulty("", "", size).await;
        pair.source.fxp_passive = passive;
        if old {
            pair.to.root().write("/incoming/f", OLD).unwrap();
        }
        pair.faults(&from, &to);
        // whatever else a busy machine makes of it, the same must hold
        pair.hurry();
        let mut job = pair.copy(&["/pub/f"]);
        job.rules.verify = fxpane::queue::Verify::Checksum;
        let job = pair.run(job).await;
        let told = || format!("{from}{to} old {old}: {}\n{}", job.told(), pair.story());
        let there = pair.to.root().read("/incoming/f").ok();
        let whole = there.as_deref() == Some(&content(size)[..]);
        match job.items.last().map(|item| item.state) {
            Some(ItemState::Done) => assert!(whole, "{}", told()),
            // what was there, or the whole new file: its reply may have been what was lost
            _ if old => assert!(whole || there.as_deref() == Some(OLD), "{}", told()),
            // nothing can be deleted on a server that is gone or silent: the next start does it
            _ => assert!(there.is_none() || whole || is_beginning(there, size), "{}", told()),
        }
        pair.engine.shutdown().await;
    }
}

fn is_beginning(there: Option<Vec<u8>>, size: usize) -> bool {
    there.is_some_and(|bytes| content(size).starts_with(&bytes))
}

async fn prove_all(cases: Vec<(String, String, usize)>) {
    let mut running = JoinSet::new();
    // most of their time they wait
    let places = Arc::new(Semaphore::new(16));
    for (from, to, size) in cases {
        let places = places.clone();
        running.spawn(async move {
            let _place = places.acquire_owned().await;
            let what = format!("{from}{to} {size}");
            tokio::spawn(prove(from, to, size)).await.is_err().then_some(what)
        });
    }
    let failed: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_side_dies_at_every_command() {
    let mut cases = Vec::new();
    for death in DEATHS {
        cases.extend(AT_SOURCE.iter().map(|verb| (rule(verb, death), String::new(), LARGE)));
        cases.extend(AT_TARGET.iter().map(|verb| (String::new(), rule(verb, death), LARGE)));
    }
    prove_all(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_side_dies_while_data_flows() {
    let mut cases = Vec::new();
    for death in IN_DATA {
        for size in [2000, LARGE] {
            cases.push((rule("RETR", death), String::new(), size));
            cases.push((String::new(), rule("STOR", death), size));
        }
    }
    prove_all(cases).await;
}

#[tokio::test]
async fn a_server_that_hears_only_telnet_is_interrupted_where_the_site_says_so() {
    for urgent in [true, false] {
        let deaf = || Setup::new().manner(|manner| manner.abort = Abort::Urgent);
        let mut pair = Pair::start(deaf().file("/pub/f", content(LARGE)), deaf()).await;
        pair.source.urgent_abort = urgent;
        pair.target.urgent_abort = urgent;
        if !urgent {
            pair.hurry(); // nobody hears, so that the limit must pass
        }
        pair.from.fault(Rule::on("RETR").at(1 << 20, Cut::Hold("middle".to_owned())));
        let reports = pair.submit(pair.copy(&["/pub/f"])).await;
        assert!(pair.from.held("middle").await);
        let window = pair.engine.window(0, 1, Default::default()).await.unwrap();
        let job = window.rows[0].job;
        pair.engine.send(Command::Job(job, Control::Cancel)).await.unwrap();
        let job = pair.end(reports).await;
        pair.assert_failed(&job, "cancelled", &[]);
        for server in [&pair.from, &pair.to] {
            let heard = server.spoken().iter().any(|line| line.text.starts_with("426"));
            assert_eq!(heard, urgent, "{}", pair.story());
        }
    }
}

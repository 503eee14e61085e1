//! Connections and servers that fail at every step, on either side: the job ends, and the target
//! has either the old file or the complete new one.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use fxpane::demo::{Abort, Cut, Rule, Setup};
use fxpane::engine::{Control, handle::Command};
use fxpane::queue::ItemState;
use fxpane::site::Switch;

use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;

/// The kinds of failure at one command.
const FAILURES: [&str; 5] = ["drop", "reset", "crash", "silent", "mute"];
const AT_SOURCE: [&str; 4] = ["SIZE", "MDTM", "PORT", "RETR"];
const AT_TARGET: [&str; 7] = ["PASV", "STOR", "MFMT", "SIZE", "RNFR", "RNTO", "HASH"];
/// Failures during the data, and when replies are due.
const IN_DATA: [&str; 5] =
    ["drop after 1000", "kill after 1000", "crash after 1000", "drop at 150", "reset at 226"];

fn rule(verb: &str, failure: &str) -> String {
    match failure {
        "mute" => format!("on {verb} no reply"),
        failure => format!("on {verb} {failure}"),
    }
}

/// Checks one failure: with and without an old file, and with a passive source.
async fn check(from: String, to: String, size: usize) {
    // the other kinds differ only in when the failure is detected
    let all = [(true, Switch::Auto), (false, Switch::Auto), (true, Switch::Yes)];
    let variants = if format!("{from}{to}").contains("drop") { &all[..] } else { &all[..1] };
    for (old, passive) in variants.iter().copied() {
        let mut pair = Pair::faulty("", "", size).await;
        pair.source.fxp_passive = passive;
        if old {
            pair.to.root().write("/incoming/f", OLD).unwrap();
        }
        pair.faults(&from, &to);
        // the same must hold if a busy machine causes additional timeouts
        pair.shorten_timeouts();
        let mut job = pair.copy(&["/pub/f"]);
        job.rules.verify = fxpane::queue::Verify::Checksum;
        let job = pair.run(job).await;
        let details = || format!("{from}{to} old {old}: {}\n{}", job.summary(), pair.ftp_log());
        let there = pair.to.root().read("/incoming/f").ok();
        let whole = there.as_deref() == Some(&content(size)[..]);
        match job.items.last().map(|item| item.state) {
            Some(ItemState::Done) => assert!(whole, "{}", details()),
            // the old file, or the complete new one if only its reply was lost
            _ if old => assert!(whole || there.as_deref() == Some(OLD), "{}", details()),
            // on an unreachable server nothing can be deleted; the next start does it
            _ => assert!(there.is_none() || whole || is_prefix(there, size), "{}", details()),
        }
        pair.engine.shutdown().await;
    }
}

fn is_prefix(there: Option<Vec<u8>>, size: usize) -> bool {
    there.is_some_and(|bytes| content(size).starts_with(&bytes))
}

async fn check_all(cases: Vec<(String, String, usize)>) {
    let mut running = JoinSet::new();
    // most cases only wait for a timeout
    let permits = Arc::new(Semaphore::new(16));
    for (from, to, size) in cases {
        let permits = permits.clone();
        running.spawn(async move {
            let _permit = permits.acquire_owned().await;
            let what = format!("{from}{to} {size}");
            tokio::spawn(check(from, to, size)).await.is_err().then_some(what)
        });
    }
    let failed: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_side_fails_at_every_command() {
    let mut cases = Vec::new();
    for failure in FAILURES {
        cases.extend(AT_SOURCE.iter().map(|verb| (rule(verb, failure), String::new(), LARGE)));
        cases.extend(AT_TARGET.iter().map(|verb| (String::new(), rule(verb, failure), LARGE)));
    }
    check_all(cases).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn either_side_fails_during_the_data() {
    let mut cases = Vec::new();
    for failure in IN_DATA {
        for size in [2000, LARGE] {
            cases.push((rule("RETR", failure), String::new(), size));
            cases.push((String::new(), rule("STOR", failure), size));
        }
    }
    check_all(cases).await;
}

#[tokio::test]
async fn urgent_abort_interrupts_a_server_that_needs_telnet_ip() {
    for urgent in [true, false] {
        let urgent_only = || Setup::new().behavior(|behavior| behavior.abort = Abort::Urgent);
        let mut pair =
            Pair::start(urgent_only().file("/pub/f", content(LARGE)), urgent_only()).await;
        pair.source.urgent_abort = urgent;
        pair.target.urgent_abort = urgent;
        if !urgent {
            pair.shorten_timeouts(); // ABOR is ignored, so the timeout must pass
        }
        pair.from.fault(Rule::on("RETR").at(1 << 20, Cut::Hold("middle".to_owned())));
        let reports = pair.submit(pair.copy(&["/pub/f"])).await;
        assert!(pair.from.wait_for_hold("middle").await);
        let window = pair.engine.window(0, 1, Default::default()).await.unwrap();
        let job = window.rows[0].job;
        pair.engine.send(Command::Job(job, Control::Cancel)).await.unwrap();
        let job = pair.end(reports).await;
        pair.assert_failed(&job, "cancelled", &[]);
        for server in [&pair.from, &pair.to] {
            let aborted = server.control_log().iter().any(|line| line.text.starts_with("426"));
            assert_eq!(aborted, urgent, "{}", pair.ftp_log());
        }
    }
}

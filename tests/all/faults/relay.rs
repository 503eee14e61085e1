//! Copies through this machine: on request, as a fallback, encrypted; and failures of either side
//! in every state.

use tokio::task::JoinSet;

use fxpane::demo::{Cut, Rule, Setup, Tls};
use fxpane::engine::{Control, handle::Command};
use fxpane::queue::{ItemState, JobSpec, ViaRule};
use fxpane::site::DataProtection;
use fxpane::transfer::Via;

use super::pair::NO_PORT;
use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;

/// Part of the reason when a server falls silent.
const SILENT: &str = "nothing happened";

fn job_via(via: ViaRule, pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.via = via;
    job
}

#[tokio::test]
async fn relay_on_request() {
    for size in [0, 1, 2000, LARGE] {
        for old in [false, true] {
            let pair = Pair::faulty("", "", size).await;
            if old {
                pair.to.root().write("/incoming/f", OLD).unwrap();
            }
            let job = pair.run(job_via(ViaRule::Relay, &pair)).await;
            pair.assert_arrived(&job, "f");
            assert_eq!(job.only().ending.via, Some(Via::Relay));
            assert_eq!(job.only().ending.protected, Some(false));
            assert_eq!(pair.from.count("PORT") + pair.to.count("PORT"), 0);
        }
    }
}

#[tokio::test]
async fn relay_as_a_fallback() {
    for (rules, why) in
        [(NO_PORT, "opens no passive port"), ("on PORT reply 501", "refuses to connect")]
    {
        falls_back(&Pair::faulty(rules, rules, 3000).await, why, rules != NO_PORT).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn relay_as_a_fallback_if_foreign_addresses_are_refused() {
    let rules = "refuse PORT foreign with 500\nrefuse EPRT foreign with 500";
    let pair = Pair::foreign(Setup::new().file("/pub/f", content(3000)), Setup::new()).await;
    pair.faults(rules, rules);
    falls_back(&pair, "refuses to connect", true).await;
}

/// Checks that a copy falls back to a relay, and that the reason contains `why`.
async fn falls_back(pair: &Pair, why: &str, passive: bool) {
    pair.from.root().write("/pub/g", content(3000)).unwrap();
    let mut auto = job_via(ViaRule::Auto, pair);
    auto.rules.parallel = Some(1);
    let job = pair.run(auto).await;
    pair.assert_arrived(&job, "f");
    assert_eq!(job.only().ending.via, Some(Via::Relay), "{}", job.summary());
    assert!(job.reason().contains("relayed: ") && job.reason().contains(why));

    // the next file does not repeat what failed
    let ports = pair.from.count("PORT") + pair.to.count("PORT");
    let mut next = pair.copy(&["/pub/g"]);
    next.rules.via = ViaRule::Auto;
    let job = pair.run(next).await;
    assert_eq!(job.only().ending.via, Some(Via::Relay), "{}", job.summary());
    // without passive mode, the relay itself uses PORT
    if passive {
        assert_eq!(pair.from.count("PORT") + pair.to.count("PORT"), ports);
    }

    // a job that forbids relays fails instead
    pair.to.root().remove("/incoming/f").unwrap();
    pair.to.root().remove("/incoming/g").unwrap();
    let job = pair.run(job_via(ViaRule::Direct, pair)).await;
    pair.assert_failed(&job, why, &[]);
}

#[tokio::test]
async fn an_untrusted_address_does_not_fall_back_to_relay() {
    let pair = Pair::faulty("", "on PASV announce 8.8.8.8", 3000).await;
    let job = pair.run(job_via(ViaRule::Auto, &pair)).await;
    pair.assert_failed(&job, "fxp_allow_addresses", &[]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_copy_within_a_server_that_forbids_fxp_is_relayed() {
    let setup = Setup::new().no_fxp().file("/pub/f", content(LARGE));
    let pair = Pair::foreign(setup, Setup::new()).await;
    let mut job = pair.copy(&["/pub/f"]);
    job.target = Some(pair.at_source("/copy/"));
    let job = pair.run(job).await;
    assert_eq!(job.only().state, ItemState::Done, "{}", job.summary());
    assert_eq!(pair.from.root().read("/copy/f").unwrap(), content(LARGE));
}

#[tokio::test]
async fn both_sides_are_encrypted_if_one_requires_it() {
    let without = || Setup::new().without("SSCN").without("CPSV");
    for (from_tls, to_tls, source, target, protected) in [
        (true, true, DataProtection::Require, DataProtection::Ask, Some(true)),
        (true, true, DataProtection::Off, DataProtection::Require, Some(true)),
        (true, true, DataProtection::Prefer, DataProtection::Prefer, Some(true)),
        (true, true, DataProtection::Off, DataProtection::Off, Some(false)),
        (true, false, DataProtection::Ask, DataProtection::Ask, Some(false)),
        (true, false, DataProtection::Require, DataProtection::Ask, None),
        (false, true, DataProtection::Ask, DataProtection::Require, None),
    ] {
        let tls = |setup: Setup, yes| if yes { setup.tls(Tls::Offered) } else { setup };
        let from = tls(without(), from_tls).file("/pub/f", content(LARGE));
        let mut pair = Pair::start(from, tls(without(), to_tls)).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        pair.source.data_protection = source;
        pair.target.data_protection = target;
        let job = pair.run(job_via(ViaRule::Relay, &pair)).await;
        match protected {
            Some(_) => {
                pair.assert_arrived(&job, "f");
                assert_eq!(job.only().ending.protected, protected, "{}", job.summary());
            }
            None => pair.assert_failed(&job, "does not encrypt", &[("f", OLD)]),
        }
    }
}

#[tokio::test]
async fn a_relay_is_encrypted_if_required() {
    let tls = || Setup::new().without("SSCN").without("CPSV").tls(Tls::Offered);
    let mut pair = Pair::start(tls().file("/pub/f", content(LARGE)), tls()).await;
    pair.source.data_protection = DataProtection::Require;
    let job = pair.run(job_via(ViaRule::Auto, &pair)).await;
    pair.assert_arrived(&job, "f");
    assert_eq!(
        (job.only().ending.via, job.only().ending.protected),
        (Some(Via::Relay), Some(true))
    );
    assert!(job.reason().contains("cannot be encrypted"), "{}", job.summary());
}

/// One fault, and the expected reason in the report.
#[derive(Clone, Copy)]
struct Case {
    from: &'static str,
    to: &'static str,
    /// `None` if the file arrives nevertheless.
    reason: Option<&'static str>,
}

const fn case(from: &'static str, to: &'static str, reason: &'static str) -> Case {
    Case { from, to, reason: Some(reason) }
}

const fn succeeds(from: &'static str, to: &'static str) -> Case {
    Case { from, to, reason: None }
}

async fn check(case: Case, old: bool) {
    let mut pair = Pair::faulty(case.from, case.to, LARGE).await;
    let before: &[(&str, &[u8])] = if old { &[("f", OLD)] } else { &[] };
    if old {
        pair.to.root().write("/incoming/f", OLD).unwrap();
    }
    if case.reason.is_some_and(|reason| reason == SILENT) {
        pair.shorten_timeouts();
    }
    let job = pair.run(job_via(ViaRule::Relay, &pair)).await;
    match case.reason {
        None => pair.assert_arrived(&job, "f"),
        Some(reason) => pair.assert_failed(&job, reason, before),
    }
    // the remaining sessions still work
    pair.from.clear_faults();
    pair.to.clear_faults();
    pair.remove_timeouts();
    let job = pair.run(job_via(ViaRule::Relay, &pair)).await;
    pair.assert_arrived(&job, "f");
    pair.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_relay() {
    let cases = [
        case(r#"on RETR reply 550 "No such file""#, "", "550 No such file"),
        case("", r#"on STOR reply 553 "Not here""#, "553 Not here"),
        case("", r#"on STOR fail 552 "Disk full" after 1500000"#, "552 Disk full"),
        case("on EPSV reply 500\non PASV reply 425", "", "425"),
        case("", "on EPSV reply 500\non PASV from 2 reply 425", "425"),
        succeeds("on EPSV reply 500", "on EPSV reply 522"),
        case("on EPSV drop", "", "lost"),
        case("", "on EPSV 2 drop", "lost"),
        case("on EPSV silent", "", SILENT),
        case("", "on EPSV 2 silent", SILENT),
        case("on RETR drop", "", "lost"),
        case("", "on STOR drop", "lost"),
        case("on RETR silent", "", SILENT),
        case("", "on STOR silent", SILENT),
        case("on RETR close-data after 1000000", "", "target has"),
        case("on RETR reset-data after 1000000", "", "aborted the transfer"),
        case("", "on STOR reset-data after 1000000", ""),
        case("on RETR stall after 1000000", "", SILENT),
        case("", "on STOR stall after 1000000", SILENT),
        case("on RETR kill after 1000000", "", ""),
        case("", "on STOR kill after 1000000", ""),
        case("on RETR no reply", "", SILENT),
        case("", "on STOR no reply", SILENT),
        case("on RETR drop at 226", "", "lost"),
        case("", "on STOR drop at 226", "lost"),
        case("", "on STOR skip 1000 after 1000", "target has"),
        case("", "on SIZE drop", "lost"),
        case("", "on RNFR drop", "lost"),
        case("", r#"on RNTO reply 553 "No""#, "could not be renamed to its final name: 553 No"),
        succeeds(r#"on RETR end 426 "Cut""#, ""),
        succeeds("226 twice", "226 twice"),
        succeeds("no 1xx", "no 1xx"),
        succeeds("on RETR end-early", "on STOR end-early"),
        succeeds("on RETR begin 125 and end 250", "on STOR begin 125 and end 250"),
    ];
    let mut running = JoinSet::new();
    for case in cases {
        for old in [false, true] {
            running.spawn(async move {
                let about = format!("{} | {}, old {old}", case.from, case.to);
                tokio::spawn(check(case, old)).await.is_err().then_some(about)
            });
        }
    }
    let failed: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

/// A relay that is held in the middle.
async fn held_relay() -> (Pair, tokio::sync::mpsc::UnboundedReceiver<fxpane::engine::Report>) {
    let pair = Pair::faulty("", "", LARGE).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.from.fault(Rule::on("RETR").at(1 << 20, Cut::Hold("middle".to_owned())));
    let reports = pair.submit(job_via(ViaRule::Relay, &pair)).await;
    assert!(pair.from.wait_for_hold("middle").await);
    (pair, reports)
}

#[tokio::test]
async fn a_server_crashes_during_a_relay() {
    for source in [true, false] {
        let (pair, reports) = held_relay().await;
        if source {
            pair.from.crash().await;
        } else {
            pair.to.crash().await;
        }
        let job = pair.end(reports).await;
        assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), OLD);
    }
}

#[tokio::test]
async fn cancelling_a_relay() {
    let (pair, reports) = held_relay().await;
    let window = pair.engine.window(0, 1, Default::default()).await.unwrap();
    let job = window.rows[0].job;
    pair.engine.send(Command::Job(job, Control::Cancel)).await.unwrap();
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "cancelled", &[("f", OLD)]);
}

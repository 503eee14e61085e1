//! Copies through this machine: chosen, fallen back to, protected; and each side dying in each
//! state of them.

use tokio::task::JoinSet;

use fxpane::demo::{Cut, Rule, Setup, Tls};
use fxpane::engine::{Control, handle::Command};
use fxpane::queue::{ItemState, JobSpec, ViaRule};
use fxpane::site::DataProtection;
use fxpane::transfer::Via;

use super::pair::NO_PORT;
use super::{OLD, Pair, content};

const LARGE: usize = 3 << 20;

/// What is said of a server that falls silent.
const SILENT: &str = "nothing happened";

fn by(via: ViaRule, pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.via = via;
    job
}

#[tokio::test]
async fn through_this_machine_on_request() {
    for size in [0, 1, 2000, LARGE] {
        for old in [false, true] {
            let pair = Pair::faulty("", "", size).await;
            if old {
                pair.to.root().write("/incoming/f", OLD).unwrap();
            }
            let job = pair.run(by(ViaRule::Relay, &pair)).await;
            pair.assert_arrived(&job, "f");
            assert_eq!(job.only().via, Some(Via::Relay));
            assert_eq!(job.only().protected, Some(false));
            assert_eq!(pair.from.count("PORT") + pair.to.count("PORT"), 0);
        }
    }
}

/// A server that connects to its client only, in any words.
const NO_FOREIGN: &str = "refuse PORT foreign with 500\nrefuse EPRT foreign with 500";

#[tokio::test]
async fn by_itself_where_no_direct_way_works() {
    for (from, to, why) in [
        (NO_PORT, NO_PORT, "opens no passive port"),
        ("on PORT reply 501", "on PORT reply 501", "refuses to connect"),
        (NO_FOREIGN, NO_FOREIGN, "refuses to connect"),
    ] {
        let pair = Pair::faulty(from, to, 3000).await;
        pair.from.root().write("/pub/g", content(3000)).unwrap();
        let mut auto = by(ViaRule::Auto, &pair);
        auto.rules.parallel = Some(1);
        let job = pair.run(auto).await;
        pair.assert_arrived(&job, "f");
        assert_eq!(job.only().via, Some(Via::Relay), "{}", job.told());
        assert!(job.reason().contains("relayed: ") && job.reason().contains(why));

        // the next file does not try again what cannot work
        let ports = pair.from.count("PORT") + pair.to.count("PORT");
        let mut next = pair.copy(&["/pub/g"]);
        next.rules.via = ViaRule::Auto;
        let job = pair.run(next).await;
        assert_eq!(job.only().via, Some(Via::Relay), "{}", job.told());
        // without passive mode our own data needs PORT as well
        if from != NO_PORT {
            assert_eq!(pair.from.count("PORT") + pair.to.count("PORT"), ports);
        }

        // a rule that forbids it is obeyed
        pair.to.root().remove("/incoming/f").unwrap();
        pair.to.root().remove("/incoming/g").unwrap();
        let job = pair.run(by(ViaRule::Direct, &pair)).await;
        pair.assert_failed(&job, why, &[]);
    }
}

#[tokio::test]
async fn an_address_that_is_not_believed_is_no_reason_to_relay() {
    let pair = Pair::faulty("", "on PASV announce 8.8.8.8", 3000).await;
    let job = pair.run(by(ViaRule::Auto, &pair)).await;
    pair.assert_failed(&job, "fxp_allow_addresses", &[]);
}

#[tokio::test]
async fn within_one_server_that_forbids_fxp() {
    let setup = Setup::new().no_fxp().file("/pub/f", content(LARGE));
    let pair = Pair::start(setup, Setup::new()).await;
    let mut job = pair.copy(&["/pub/f"]);
    job.target = Some(pair.at_source("/copy/"));
    let job = pair.run(job).await;
    assert_eq!(job.only().state, ItemState::Done, "{}", job.told());
    assert_eq!(pair.from.root().read("/copy/f").unwrap(), content(LARGE));
}

#[tokio::test]
async fn both_ends_are_protected_where_one_demands_it() {
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
        let job = pair.run(by(ViaRule::Relay, &pair)).await;
        match protected {
            Some(_) => {
                pair.assert_arrived(&job, "f");
                assert_eq!(job.only().protected, protected, "{}", job.told());
            }
            None => pair.assert_failed(&job, "does not encrypt", &[("f", OLD)]),
        }
    }
}

#[tokio::test]
async fn a_way_that_must_be_protected_is_relayed_protected() {
    let tls = || Setup::new().without("SSCN").without("CPSV").tls(Tls::Offered);
    let mut pair = Pair::start(tls().file("/pub/f", content(LARGE)), tls()).await;
    pair.source.data_protection = DataProtection::Require;
    let job = pair.run(by(ViaRule::Auto, &pair)).await;
    pair.assert_arrived(&job, "f");
    assert_eq!((job.only().via, job.only().protected), (Some(Via::Relay), Some(true)));
    assert!(job.reason().contains("cannot be encrypted"), "{}", job.told());
}

/// What goes wrong, and what the report says of it.
#[derive(Clone, Copy)]
struct Case {
    from: &'static str,
    to: &'static str,
    /// `None`: it arrives all the same.
    says: Option<&'static str>,
}

const fn case(from: &'static str, to: &'static str, says: &'static str) -> Case {
    Case { from, to, says: Some(says) }
}

const fn fine(from: &'static str, to: &'static str) -> Case {
    Case { from, to, says: None }
}

async fn prove(case: Case, old: bool) {
    let mut pair = Pair::faulty(case.from, case.to, LARGE).await;
    let before: &[(&str, &[u8])] = if old { &[("f", OLD)] } else { &[] };
    if old {
        pair.to.root().write("/incoming/f", OLD).unwrap();
    }
    if case.says.is_some_and(|says| says == SILENT) {
        pair.hurry();
    }
    let job = pair.run(by(ViaRule::Relay, &pair)).await;
    match case.says {
        None => pair.assert_arrived(&job, "f"),
        Some(says) => pair.assert_failed(&job, says, before),
    }
    // the sessions that are left can be used
    pair.from.clear_faults();
    pair.to.clear_faults();
    pair.take_time();
    let job = pair.run(by(ViaRule::Relay, &pair)).await;
    pair.assert_arrived(&job, "f");
    pair.engine.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_on_the_way() {
    let cases = [
        case(r#"on RETR reply 550 "No such file""#, "", "550 No such file"),
        case("", r#"on STOR reply 553 "Not here""#, "553 Not here"),
        case("", r#"on STOR fail 552 "Disk full" after 1500000"#, "552 Disk full"),
        case("on EPSV reply 500\non PASV reply 425", "", "425"),
        case("", "on EPSV reply 500\non PASV from 2 reply 425", "425"),
        fine("on EPSV reply 500", "on EPSV reply 522"),
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
        fine(r#"on RETR end 426 "Cut""#, ""),
        fine("226 twice", "226 twice"),
        fine("no 1xx", "no 1xx"),
        fine("on RETR end-early", "on STOR end-early"),
        fine("on RETR begin 125 and end 250", "on STOR begin 125 and end 250"),
    ];
    let mut running = JoinSet::new();
    for case in cases {
        for old in [false, true] {
            running.spawn(async move {
                let about = format!("{} | {}, old {old}", case.from, case.to);
                tokio::spawn(prove(case, old)).await.is_err().then_some(about)
            });
        }
    }
    let failed: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

/// A relay that stands still in the middle.
async fn held() -> (Pair, tokio::sync::mpsc::UnboundedReceiver<fxpane::engine::Report>) {
    let pair = Pair::faulty("", "", LARGE).await;
    pair.to.root().write("/incoming/f", OLD).unwrap();
    pair.from.fault(Rule::on("RETR").at(1 << 20, Cut::Hold("middle".to_owned())));
    let reports = pair.submit(by(ViaRule::Relay, &pair)).await;
    assert!(pair.from.held("middle").await);
    (pair, reports)
}

#[tokio::test]
async fn a_server_dies_in_the_middle() {
    for source in [true, false] {
        let (pair, reports) = held().await;
        if source {
            pair.from.crash().await;
        } else {
            pair.to.crash().await;
        }
        let job = pair.end(reports).await;
        assert_eq!(job.only().state, ItemState::Failed, "{}", job.told());
        assert_eq!(pair.to.root().read("/incoming/f").unwrap(), OLD);
    }
}

#[tokio::test]
async fn cancelling_in_the_middle() {
    let (pair, reports) = held().await;
    let window = pair.engine.window(0, 1, Default::default()).await.unwrap();
    let job = window.rows[0].job;
    pair.engine.send(Command::Job(job, Control::Cancel)).await.unwrap();
    let job = pair.end(reports).await;
    pair.assert_failed(&job, "cancelled", &[("f", OLD)]);
}

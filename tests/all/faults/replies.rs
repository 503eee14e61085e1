//! Every fault of replies and data in docs/ftp-quirks.md "The faults of the test server", with and
//! without an old file.

use tokio::task::JoinSet;

use fxpane::demo::Setup;
use fxpane::queue::{ItemState, JobKind, JobSpec, ViaRule};
use fxpane::site::Switch;
use fxpane::transfer::Verdict;

use super::pair::NO_PORT;
use super::{OLD, Pair, content};

/// The expected outcome of a fault.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    /// The file arrives, and the reason contains this.
    Succeeds(&'static str),
    /// The copy fails, and the reason contains this.
    Fails(&'static str),
}
use Outcome::{Fails, Succeeds};

const SMALL: usize = 2000;
const LARGE: usize = 3 << 20;

/// One fault, optionally with a passive source.
#[derive(Debug, Clone, Copy)]
struct Case {
    what: &'static str,
    from: &'static str,
    to: &'static str,
    size: usize,
    passive_source: bool,
    outcome: Outcome,
}

impl Case {
    /// True if only a timeout ends the transfer.
    fn is_silent(&self) -> bool {
        let silent = |rules: &str| {
            ["silent", "no reply", "stall"].iter().any(|silence| rules.contains(silence))
        };
        silent(self.from) || silent(self.to)
    }
}

const fn case(what: &'static str, from: &'static str, to: &'static str, outcome: Outcome) -> Case {
    Case { what, from, to, size: SMALL, passive_source: false, outcome }
}

const fn large(case: Case) -> Case {
    Case { size: LARGE, ..case }
}

const fn passive_source(case: Case) -> Case {
    Case { passive_source: true, ..case }
}

/// Copies `/pub/f` directly, without falling back to a relay.
fn direct(pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/f"]);
    job.rules.via = ViaRule::Direct;
    job
}

/// Runs one case with and without an old file, on a new route or on a proven one (pipelined).
async fn check(case: Case, old: bool, proven: bool) {
    let mut pair = Pair::faulty("", "", case.size).await;
    if case.passive_source {
        pair.source.fxp_passive = Switch::Yes;
    }
    if proven {
        pair.from.root().write("/pub/first", "first").unwrap();
        let first = pair.run(pair.copy(&["/pub/first"])).await;
        assert_eq!(first.reason(), "", "{}", case.what);
        pair.to.root().remove("/incoming/first").unwrap();
    }
    pair.faults(case.from, case.to);
    if case.is_silent() {
        pair.shorten_timeouts();
    }
    if let Succeeds(_) = case.outcome {
        pair.target.timeout = None; // only the source may be silent then
    }
    let mut before: Vec<(&str, &[u8])> = Vec::new();
    if old {
        pair.to.root().write("/incoming/f", OLD).unwrap();
        before.push(("f", OLD));
    }
    let job = pair.run(direct(&pair)).await;
    match case.outcome {
        Succeeds(reason) => {
            pair.assert_arrived(&job, "f");
            assert!(
                job.reason().contains(reason) && job.reason().is_empty() == reason.is_empty(),
                "{}: {}\n{}",
                case.what,
                job.summary(),
                pair.ftp_log()
            );
        }
        Fails(reason) => pair.assert_failed(&job, reason, &before),
    }
    pair.engine.shutdown().await;
}

/// Runs all cases in parallel; each has its own servers and engine.
async fn check_all(cases: Vec<Case>) {
    let mut running = JoinSet::new();
    for case in cases {
        for (old, proven) in [(false, false), (false, true), (true, false), (true, true)] {
            let what = format!("{}: old {old}, proven {proven}", case.what);
            running.spawn(async move {
                let failed = tokio::spawn(check(case, old, proven)).await.is_err();
                failed.then_some(what)
            });
        }
    }
    let failed: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals() {
    check_all(vec![
        case("RETR refused", r#"on RETR reply 550 "No such file""#, "", Fails("550 No such file")),
        passive_source(case(
            "RETR refused, source passive",
            r#"on RETR reply 550 "No such file""#,
            "",
            Fails("550 No such file"),
        )),
        case("STOR refused", "", r#"on STOR reply 553 "Not here""#, Fails("553 Not here")),
        large(case("STOR refused, large", "", r#"on STOR reply 553 "Not here""#, Fails("553"))),
        passive_source(case(
            "STOR refused, source passive",
            "",
            r#"on STOR reply 553 "Not here""#,
            Fails("553 Not here"),
        )),
        case("no port", NO_PORT, NO_PORT, Fails("opens no passive port")),
        case("no PORT", "on PORT reply 501", "on PORT reply 501", Fails("refuses to connect")),
        case(
            "only the destination is passive",
            "on PASV reply 500",
            "on PORT reply 500",
            Succeeds(""),
        ),
        case("only the source is passive", "on PORT reply 500", "on PASV reply 502", Succeeds("")),
        case(
            "the disk is full",
            "",
            r#"on STOR fail 552 "Disk full" after 1000"#,
            Fails("552 Disk full"),
        ),
        large(case(
            "the disk is full at half",
            "",
            r#"on STOR fail 552 "Disk full" after 1500000"#,
            Fails("552 Disk full"),
        )),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn misleading_replies_and_silence() {
    check_all(vec![
        case("426 of the source", r#"on RETR end 426 "Cut""#, "", Succeeds("426 Cut")),
        case("the source says nothing at the end", "on RETR no reply", "", Succeeds("source")),
        case(
            "the target says nothing at the end",
            "",
            "on STOR no reply",
            Fails("nothing happened"),
        ),
        case(
            "both say nothing",
            "on RETR silent",
            "on STOR silent\non MFMT silent\non SIZE silent\non PASV from 2 silent",
            Fails("nothing happened"),
        ),
        case("the source says nothing", "on RETR silent", "", Fails("nothing happened")),
        case("the target says nothing", "", "on STOR silent", Fails("")),
        case(
            "data of a small file stops",
            "on RETR stall after 1000",
            "",
            Fails("nothing happened"),
        ),
        large(case("data stops", "on RETR stall after 1000000", "", Fails("nothing happened"))),
        large(case(
            "the source cuts short",
            "on RETR close-data after 1000000",
            "",
            Fails("target has"),
        )),
        case(
            "the source cuts a small file",
            "on RETR close-data after 1000",
            "",
            Fails("target has"),
        ),
        large(case(
            "the target loses bytes",
            "",
            "on STOR skip 1000 after 1000",
            Fails("target has"),
        )),
        large(case("reset", "on RETR reset-data after 1000000", "", Fails("aborted the transfer"))),
        case("the target says 226 too early", "", "on STOR end-early", Succeeds("")),
        case("the source says 226 too early", "on RETR end-early", "", Succeeds("")),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusual_replies() {
    check_all(vec![
        case("private address", "", "on PASV announce 10.1.2.3", Succeeds("")),
        case("no address", "", "on PASV announce 0.0.0.0", Succeeds("")),
        case(
            "somebody else's address",
            "",
            "on PASV announce 8.8.8.8",
            Fails("fxp_allow_addresses"),
        ),
        case("low port", "", "on PASV announce 127.0.0.1:21", Fails("reserved for other services")),
        case(
            "inner codes of PORT and STOR",
            r#"on PORT precede "200-wait\r\n550 inner\r\n""#,
            r#"on STOR end 226 "one\ntwo""#,
            Succeeds(""),
        ),
        case(
            "bare LF",
            r#"on PORT precede "200-a\n150 inner\n""#,
            r#"on MKD send-raw "550 There\n""#,
            Succeeds(""),
        ),
        case("no 1xx at all", "no 1xx", "no 1xx", Succeeds("")),
        case("no 1xx of the source", "no 1xx", "", Succeeds("")),
        case("no 1xx of the target", "", "no 1xx", Succeeds("")),
        case(
            "125 and 250",
            "on RETR begin 125 and end 250",
            "on STOR begin 125 and end 250",
            Succeeds(""),
        ),
        case("226 twice", "226 twice", "226 twice", Succeeds("")),
        large(case("226 twice, large", "226 twice", "226 twice", Succeeds(""))),
    ])
    .await;
}

#[tokio::test]
async fn without_a_size_the_copy_is_unverified() {
    let pair = Pair::faulty("", "on SIZE reply 500", SMALL).await;
    let job = pair.run_f().await;
    assert_eq!(job.only().ending.verdict, Some(Verdict::Unverified), "{}", job.summary());
    assert_eq!(pair.to.root().read("/incoming/f").unwrap(), content(SMALL));
    pair.assert_nothing_left();
}

#[tokio::test]
async fn a_source_that_grows_fails() {
    for size in [SMALL, LARGE] {
        for old in [&[("f", OLD)][..], &[]] {
            let pair = Pair::faulty("on RETR grow 100 after 50", "", size).await;
            if !old.is_empty() {
                pair.to.root().write("/incoming/f", OLD).unwrap();
            }
            let job = pair.run_f().await;
            pair.assert_failed(&job, "target has", old);
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_after_226_is_a_failure() {
    for via in [ViaRule::Direct, ViaRule::Relay] {
        let pair = Pair::faulty("", "on SIZE reply 550 \"No such file\"", SMALL).await;
        let mut job = pair.copy(&["/pub/f"]);
        job.rules.via = via;
        let job = pair.run(job).await;
        pair.assert_failed(&job, "does not have the file: 550 No such file", &[]);
    }
}

#[tokio::test]
async fn renaming_over_a_file_is_refused() {
    for (rules, outcome) in [
        // the old file is renamed away, the new one renamed, the old one deleted
        (r#"on RNTO 1 reply 550 "No""#, Succeeds("")),
        (r#"on RNTO reply 550 "No""#, Fails("could not be renamed to its final name: 550 No")),
        (r#"on RNFR reply 550 "No""#, Fails("could not be renamed to its final name: 550 No")),
        // the old file is renamed away, but the new one cannot be renamed: the old one is restored
        ("on RNTO 1 reply 550\non RNTO 3 reply 553", Fails("could not be renamed")),
    ] {
        for proven in [false, true] {
            let pair = Pair::faulty("", "", SMALL).await;
            if proven {
                pair.run_f().await;
            }
            pair.to.root().write("/incoming/f", OLD).unwrap();
            pair.faults("", rules);
            let job = pair.run_f().await;
            match outcome {
                Succeeds(_) => pair.assert_arrived(&job, "f"),
                Fails(reason) => pair.assert_failed(&job, reason, &[("f", OLD)]),
            }
        }
    }
}

/// A copy by each of the transfers that store a file on a server.
fn direct_and_relayed(pair: &Pair) -> [JobSpec; 2] {
    let mut relay = pair.copy(&["/pub/f"]);
    relay.rules.via = ViaRule::Relay;
    [pair.copy(&["/pub/f"]), relay]
}

#[tokio::test]
async fn a_rename_without_effect_is_a_failure_and_a_move_keeps_its_source() {
    for old in [false, true] {
        for via in 0..2 {
            let pair = Pair::faulty("", r#"on RNTO reply 250 "Done""#, LARGE).await;
            let mut before: Vec<(&str, &[u8])> = Vec::new();
            if old {
                pair.to.root().write("/incoming/f", OLD).unwrap();
                before.push(("f", OLD));
            }
            let mut job = direct_and_relayed(&pair)[via].clone();
            job.kind = JobKind::Move;
            let job = pair.run(job).await;
            pair.assert_failed(&job, "does not have its final name", &before);
            assert_eq!(pair.from.root().read("/pub/f").unwrap(), content(LARGE));
        }
    }
}

#[tokio::test]
async fn a_refused_rename_that_deleted_the_old_file_costs_nothing_more() {
    for via in 0..2 {
        // the second RNTO finds the name free
        let deletes = || Setup::new().behavior(|behavior| behavior.rename_deletes = true);
        let pair = Pair::start(Setup::new().file("/pub/f", content(SMALL)), deletes()).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        let job = pair.run(direct_and_relayed(&pair)[via].clone()).await;
        pair.assert_arrived(&job, "f");

        // it is refused, too: the new file stays, and the reason names it
        let pair = Pair::start(Setup::new().file("/pub/f", content(SMALL)), deletes()).await;
        pair.to.root().write("/incoming/f", OLD).unwrap();
        pair.faults("", "on RNTO from 2 reply 550");
        let job = pair.run(direct_and_relayed(&pair)[via].clone()).await;
        assert_eq!(job.only().state, ItemState::Failed, "{}", job.summary());
        let [new] = &pair.incoming()[..] else { panic!("{:?}", pair.incoming()) };
        assert_eq!(pair.to.root().read(&format!("/incoming/{new}")).unwrap(), content(SMALL));
        let named = format!("the new file is complete as /incoming/{new}");
        assert!(job.reason().contains(&named), "{}", job.summary());
    }
}

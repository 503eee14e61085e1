//! Tables of servers and of failures: which modes are tried, and in which order.

use super::*;
use crate::ftp::Reply;
use crate::transfer::fault::Fault;

fn server(tls: bool, sscn: bool) -> Server {
    Server {
        label: "x".to_owned(),
        kind: ServerKind::Unknown,
        tls,
        sscn,
        cpsv: false,
        ipv6: false,
        meets_by_ipv6: None,
        asynchronous: false,
        passive: Switch::Auto,
        protection: DataProtection::Ask,
    }
}

fn codes(plans: &[Plan]) -> Vec<String> {
    plans.iter().map(Plan::code).collect()
}

const PLAIN: [&str; 2] = ["dst+PASV+PORT+clear", "src+PASV+PORT+clear"];

#[test]
fn encrypted_first_and_unencrypted_only_where_allowed() {
    let (plain, sscn) = (server(true, false), server(true, true));
    let ways = between(&plain, &sscn, false);
    assert_eq!(
        codes(&ways.plans),
        ["dst+PASV+PORT+sscn-dst", "src+PASV+PORT+sscn-dst", PLAIN[0], PLAIN[1]]
    );
    assert!(ways.clear.is_some());
    let strict = Server { protection: DataProtection::Require, ..plain.clone() };
    assert_eq!(between(&strict, &sscn, false).plans.len(), 2);
    let off = Server { protection: DataProtection::Off, ..plain };
    assert_eq!(between(&off, &off, false).clear, None);
    assert_eq!(between(&server(false, false), &server(false, false), false).clear, None);
}

#[test]
fn the_source_is_the_tls_client_only_under_require_and_with_a_checksum() {
    let (sscn, plain) = (server(true, true), server(true, false));
    for comparable in [true, false] {
        assert_eq!(codes(&between(&sscn, &plain, comparable).plans), PLAIN);
    }
    let strict = Server { protection: DataProtection::Require, ..plain };
    let none = between(&sscn, &strict, false);
    assert!(none.plans.is_empty() && none.unprotected.is_some_and(|why| why.contains("checksum")));
    let ways = between(&sscn, &strict, true);
    assert_eq!(codes(&ways.plans), ["dst+PASV+PORT+sscn-src", "src+PASV+PORT+sscn-src"]);
    assert!(ways.plans.iter().all(Plan::needs_checksum));
    let cpsv = Server { sscn: false, cpsv: true, ..sscn };
    assert_eq!(codes(&between(&cpsv, &strict, true).plans), ["src+CPSV+PORT+tls"]);
}

#[test]
fn cpsv_makes_the_passive_side_the_client() {
    let both = Server { cpsv: true, ..server(true, true) };
    let ways = between(&server(true, false), &both, false);
    assert_eq!(
        codes(&ways.plans)[..3],
        ["dst+PASV+PORT+sscn-dst", "dst+CPSV+PORT+tls", "src+PASV+PORT+sscn-dst"]
    );
    let cpsv = Server { cpsv: true, ..server(true, false) };
    let active = Server { passive: Switch::No, ..cpsv };
    assert_eq!(codes(&between(&server(true, false), &active, false).plans), [PLAIN[1]]);
}

#[test]
fn addresses_choose_the_commands() {
    let (v4, v6) = (server(false, false), Server { ipv6: true, ..server(false, false) });
    assert_eq!(
        codes(&between(&v6, &v6, false).plans),
        ["dst+EPSV+EPRT+clear", "src+EPSV+EPRT+clear"]
    );
    for (source, destination) in [(&v4, &v6), (&v6, &v4)] {
        let ways = between(source, destination, false);
        assert!(ways.plans.is_empty() && ways.barrier == Some(Barrier::Families));
    }
    let reached = Server { meets_by_ipv6: Some(false), ..v6 };
    let ways = between(&v4, &reached, false);
    assert_eq!(codes(&ways.plans), [PLAIN[0]]);
    assert_eq!(ways.barrier, None);
}

#[test]
fn fxp_role_is_obeyed() {
    let plain = server(false, false);
    let passive = Server { passive: Switch::Yes, ..plain.clone() };
    assert_eq!(codes(&between(&passive, &plain, false).plans), [PLAIN[1]]);
    let ways = between(&passive, &passive, false);
    assert!(ways.plans.is_empty() && ways.barrier == Some(Barrier::Roles));
}

#[test]
fn what_worked_comes_first_and_what_failed_last() {
    let plain = between(&server(false, false), &server(true, true), false).plans;
    let mut plans = plain.clone();
    reorder(&mut plans, Some(&plain[1]), &[]);
    assert_eq!(codes(&plans), [PLAIN[1], PLAIN[0]]);
    assert!(plans[0].proven && !plans[1].proven);
    let mut plans = plain.clone();
    reorder(&mut plans, None, &plain[..1]);
    assert_eq!(codes(&plans), [PLAIN[1], PLAIN[0]]);
    // EPSV was found out to work where PASV does not
    let epsv = Plan { command: PassiveCommand::Epsv, ..plain[0] };
    let mut plans = plain;
    reorder(&mut plans, Some(&epsv), &[]);
    assert_eq!(codes(&plans), ["dst+EPSV+PORT+clear", PLAIN[1]]);
}

#[test]
fn an_unencrypted_mode_that_worked_does_not_come_before_tls() {
    let all = between(&server(true, false), &server(true, true), false).plans;
    let sscn = codes(&all[..2]);
    let mut plans = all.clone();
    reorder(&mut plans, Some(&all[3]), &[]);
    assert_eq!(codes(&plans), [sscn[0].as_str(), sscn[1].as_str(), PLAIN[1], PLAIN[0]]);
    let mut plans = all.clone();
    reorder(&mut plans, Some(&all[3]), &all[..2]);
    assert_eq!(codes(&plans), [PLAIN[1], PLAIN[0], sscn[0].as_str(), sscn[1].as_str()]);
}

#[test]
fn the_doctor_gets_every_mode_and_why_it_is_impossible() {
    let said = |source: &Server, destination: &Server| -> Vec<String> {
        let all = all(source, destination, false);
        all.iter().map(|(plan, why)| format!("{} {}", plan.code(), why.is_none())).collect()
    };
    let (plain, tls, sscn) = (server(false, false), server(true, false), server(true, true));
    let (first, second) = (format!("{} true", PLAIN[0]), format!("{} true", PLAIN[1]));
    assert_eq!(
        said(&plain, &sscn),
        ["dst+PASV+PORT+sscn-dst false", first.as_str(), second.as_str()]
    );
    assert_eq!(
        said(&sscn, &tls),
        [
            "dst+PASV+PORT+sscn-dst false",
            first.as_str(),
            second.as_str(),
            "dst+PASV+PORT+sscn-src false"
        ]
    );
    let strict = Server { protection: DataProtection::Require, ..sscn };
    let found = said(&tls, &strict);
    assert!(found[0].ends_with("true") && found[2].ends_with("clear false"), "{found:?}");
}

/// Fails every mode with the server's reply; returns the modes that were tried.
fn walk(plans: Vec<Plan>, fails: impl Fn(&Plan) -> Fault) -> Vec<String> {
    let mut search = Search::new(plans);
    let mut tried = Vec::new();
    while let Some(plan) = search.next_plan() {
        tried.push(plan.code());
        search.failed(&plan, &Diagnosis::of(&plan, &fails(&plan)));
    }
    tried
}

#[test]
fn a_search_leaves_out_modes_that_are_ruled_out() {
    let tls = between(&server(true, false), &server(true, true), false).plans;
    let says = |code, text: &str| Reply::new(code, text);
    // both refuse PORT: known after two attempts
    let tried = walk(tls.clone(), |plan| Fault::RefusedPort {
        side: plan.active(),
        reply: says(500, "Illegal PORT command."),
    });
    assert_eq!(tried, ["dst+PASV+PORT+sscn-dst", "src+PASV+PORT+sscn-dst"]);
    // the TLS server demands session reuse: plain remains
    let tried = walk(tls, |_| Fault::NoConnection {
        side: Side::Source,
        reply: says(522, "SSL connection failed: session reuse required"),
    });
    assert_eq!(tried, ["dst+PASV+PORT+sscn-dst", PLAIN[0], PLAIN[1]]);
    // no PASV: EPSV, then the other side
    let plain = between(&server(false, false), &server(false, false), false).plans;
    let tried = walk(plain.clone(), |plan| Fault::NoPassive {
        side: plan.passive.side(),
        reply: says(502, "no such command"),
    });
    assert_eq!(tried, [PLAIN[0], "dst+EPSV+PORT+clear", PLAIN[1], "src+EPSV+PORT+clear"]);
    // no PORT: EPRT
    let tried = walk(plain, |plan| Fault::RefusedPort {
        side: plan.active(),
        reply: says(502, "not implemented"),
    });
    assert_eq!(tried, [PLAIN[0], "dst+PASV+EPRT+clear", PLAIN[1], "src+PASV+EPRT+clear"]);
}

//! The doctor between two demo servers: which server it names, and that it removes its probe files.

use std::time::Duration;

use tokio::time::timeout;

use super::pair::Pair;
use fxpane::demo::{Personality, Rule, Server, Setup, Tls};
use fxpane::engine::Examination;
use fxpane::transfer::doctor::{Finding, Peer, PlanFinding, PlanResult, TlsRole};
use fxpane::transfer::{FailureClass, PassiveSide, Plan, Side};

#[derive(Debug, Default)]
struct Findings {
    plans: Vec<PlanFinding>,
    best: Vec<(Peer, Option<Plan>)>,
    notes: Vec<String>,
    failed: Option<String>,
}

impl Findings {
    fn of(&self, from: Peer, passive: PassiveSide, tls: TlsRole) -> &PlanFinding {
        let found = self.plans.iter().find(|found| {
            found.from == from && found.plan.passive == passive && TlsRole::of(&found.plan) == tls
        });
        found.unwrap_or_else(|| panic!("not examined: {self:?}"))
    }
}

async fn examine(pair: &Pair, write: bool) -> Findings {
    let (a, b) = (pair.at_source("/pub"), pair.at_target("/incoming"));
    let mut events = pair.engine.examine(a, b, write).await.unwrap();
    let mut findings = Findings::default();
    let all = async {
        while let Some(examination) = events.recv().await {
            match examination {
                Examination::Found(Finding::Plan(found)) => findings.plans.push(*found),
                Examination::Found(Finding::Best { from, plan }) => {
                    findings.best.push((from, plan));
                }
                Examination::Found(Finding::Note { text, .. }) => findings.notes.push(text),
                Examination::Found(_) => {}
                Examination::Failed(failure) => findings.failed = Some(failure.to_string()),
            }
        }
    };
    assert!(timeout(Duration::from_secs(60), all).await.is_ok(), "{}", pair.ftp_log());
    findings
}

fn has_no_probe_files(server: &Server, directory: &str) -> bool {
    !server.root().list(directory).unwrap().iter().any(|name| name.contains("probe"))
}

fn source() -> Setup {
    Setup::new().dir("/pub")
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_refusing_server_is_named_with_its_reply_and_setting() {
    let refusing = source().personality(Personality::Vsftpd).dir("/pub").no_fxp();
    let pair = Pair::foreign(refusing, Setup::new()).await;
    let findings = examine(&pair, true).await;
    let port = findings.of(Peer::A, PassiveSide::Destination, TlsRole::Clear);
    assert_eq!((port.result, port.by), (PlanResult::Refused, Some(Side::Source)), "{findings:?}");
    assert_eq!(port.reply.as_deref(), Some("500 Illegal PORT command."));
    assert!(port.advice.as_ref().unwrap().contains("port_promiscuous=YES"), "{port:?}");
    let peer = findings.of(Peer::B, PassiveSide::Destination, TlsRole::Clear);
    // in the opposite direction, the same server is the destination
    assert_eq!((peer.cause, peer.by), (Some(FailureClass::RefusedPeer), Some(Side::Destination)));
    assert!(peer.advice.as_ref().unwrap().contains("pasv_promiscuous=YES"), "{peer:?}");
    assert_eq!(findings.best, [(Peer::A, None), (Peer::B, None)]);
    assert!(
        has_no_probe_files(&pair.from, "/pub") && has_no_probe_files(&pair.to, "/incoming"),
        "{}",
        pair.ftp_log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_working_route_is_remembered_and_probe_files_are_removed() {
    let pair = Pair::start(source(), Setup::new().without("PORT").without("EPRT")).await;
    let findings = examine(&pair, true).await;
    let works = findings.of(Peer::A, PassiveSide::Destination, TlsRole::Clear);
    assert_eq!(works.result, PlanResult::Works, "{findings:?}\n{}", pair.ftp_log());
    // the target supports neither PORT nor EPRT
    let refused = findings.of(Peer::A, PassiveSide::Source, TlsRole::Clear);
    assert_eq!(refused.cause, Some(FailureClass::PortUnknown), "{refused:?}");
    assert_eq!(findings.best[1].1.unwrap().passive, PassiveSide::Source, "{findings:?}");
    assert!(
        has_no_probe_files(&pair.from, "/pub") && has_no_probe_files(&pair.to, "/incoming"),
        "{}",
        pair.ftp_log()
    );
    let known = pair.engine.known_routes().await.unwrap();
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|route| route.worked.is_some()), "{known:?}");
    let [a, b] = [pair.source.key(), pair.target.key()];
    pair.engine.forget_route(b, a).await.unwrap();
    assert!(pair.engine.known_routes().await.unwrap().is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn without_write_no_file_is_stored() {
    let pair = Pair::foreign(source(), Setup::new().no_fxp()).await;
    let findings = examine(&pair, false).await;
    let asked = findings.of(Peer::A, PassiveSide::Destination, TlsRole::Clear);
    assert!(asked.accepted && asked.result == PlanResult::Skipped, "{findings:?}");
    let refused = findings.of(Peer::A, PassiveSide::Source, TlsRole::Clear);
    assert_eq!(refused.cause, Some(FailureClass::RefusedPort), "{findings:?}");
    for server in [&pair.from, &pair.to] {
        assert_eq!((server.count("STOR"), server.count("RETR")), (0, 0), "{}", pair.ftp_log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_tls_the_client_role_and_session_reuse_are_distinguished() {
    let from = source().tls(Tls::Offered).without("SSCN").without("CPSV").demand_session_reuse();
    let pair = Pair::start(from, Setup::new().tls(Tls::Offered)).await;
    let findings = examine(&pair, true).await;
    let reuse = findings.of(Peer::A, PassiveSide::Destination, TlsRole::Destination);
    assert_eq!((reuse.cause, reuse.by), (Some(FailureClass::SessionReuse), Some(Side::Source)));
    let none = findings.of(Peer::B, PassiveSide::Destination, TlsRole::Destination);
    assert_eq!(none.result, PlanResult::Skipped, "{none:?}");
    assert!(none.advice.as_ref().unwrap().contains("neither SSCN nor CPSV"), "{none:?}");
    assert!(
        has_no_probe_files(&pair.from, "/pub") && has_no_probe_files(&pair.to, "/incoming"),
        "{}",
        pair.ftp_log()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_receiver_stops_it_and_probe_files_are_removed() {
    let pair = Pair::start(source(), Setup::new()).await;
    pair.to.fault(Rule::parse("on STOR 3 silent").unwrap());
    let (a, b) = (pair.at_source("/pub"), pair.at_target("/incoming"));
    let findings = pair.engine.examine(a, b, true).await.unwrap();
    assert!(pair.to.wait_for_command("STOR", 3).await);
    drop(findings);
    // shutdown waits until the doctor has cleaned up
    pair.engine.shutdown().await;
    assert!(
        has_no_probe_files(&pair.from, "/pub") && has_no_probe_files(&pair.to, "/incoming"),
        "{}",
        pair.ftp_log()
    );
}

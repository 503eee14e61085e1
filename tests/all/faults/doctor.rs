//! The doctor between two embedded servers: whom it names, and that it leaves nothing behind.

use std::time::Duration;

use tokio::time::timeout;

use super::pair::Pair;
use fxpane::demo::{Personality, Rule, Server, Setup, Tls};
use fxpane::engine::Examination;
use fxpane::transfer::doctor::{End, Finding, PlanFinding, PlanResult, TlsRole};
use fxpane::transfer::{FailureClass, PassiveSide, Plan, Side};

#[derive(Debug, Default)]
struct Heard {
    plans: Vec<PlanFinding>,
    best: Vec<(End, Option<Plan>)>,
    notes: Vec<String>,
    failed: Option<String>,
}

impl Heard {
    fn of(&self, from: End, passive: PassiveSide, tls: TlsRole) -> &PlanFinding {
        let found = self.plans.iter().find(|found| {
            found.from == from && found.plan.passive == passive && TlsRole::of(&found.plan) == tls
        });
        found.unwrap_or_else(|| panic!("not examined: {self:?}"))
    }
}

async fn examine(pair: &Pair, write: bool) -> Heard {
    let (a, b) = (pair.at_source("/pub"), pair.at_target("/incoming"));
    let mut findings = pair.engine.examine(a, b, write).await.unwrap();
    let mut heard = Heard::default();
    let all = async {
        while let Some(examination) = findings.recv().await {
            match examination {
                Examination::Found(Finding::Plan(found)) => heard.plans.push(*found),
                Examination::Found(Finding::Best { from, plan }) => heard.best.push((from, plan)),
                Examination::Found(Finding::Note { text, .. }) => heard.notes.push(text),
                Examination::Found(_) => {}
                Examination::Failed(failure) => heard.failed = Some(failure.to_string()),
            }
        }
    };
    assert!(timeout(Duration::from_secs(60), all).await.is_ok(), "{}", pair.story());
    heard
}

fn clean(server: &Server, folder: &str) -> bool {
    !server.root().list(folder).unwrap().iter().any(|name| name.contains("probe"))
}

fn source() -> Setup {
    Setup::new().dir("/pub")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guilty_server_is_named_with_its_words_and_its_setting() {
    let guilty = source().personality(Personality::Vsftpd).dir("/pub").no_fxp();
    let pair = Pair::start(guilty, Setup::new()).await;
    let heard = examine(&pair, true).await;
    let port = heard.of(End::A, PassiveSide::Destination, TlsRole::Clear);
    assert_eq!((port.result, port.by), (PlanResult::Refused, Some(Side::Source)), "{heard:?}");
    assert_eq!(port.reply.as_deref(), Some("500 Illegal PORT command."));
    assert!(port.advice.as_ref().unwrap().contains("port_promiscuous=YES"), "{port:?}");
    let peer = heard.of(End::B, PassiveSide::Destination, TlsRole::Clear);
    // going back, the same server is the destination
    assert_eq!((peer.cause, peer.by), (Some(FailureClass::RefusedPeer), Some(Side::Destination)));
    assert!(peer.advice.as_ref().unwrap().contains("pasv_promiscuous=YES"), "{peer:?}");
    assert_eq!(heard.best, [(End::A, None), (End::B, None)]);
    assert!(clean(&pair.from, "/pub") && clean(&pair.to, "/incoming"), "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_works_is_remembered_and_nothing_is_left() {
    let pair = Pair::start(source(), Setup::new().without("PORT").without("EPRT")).await;
    let heard = examine(&pair, true).await;
    let works = heard.of(End::A, PassiveSide::Destination, TlsRole::Clear);
    assert_eq!(works.result, PlanResult::Works, "{heard:?}\n{}", pair.story());
    // the target cannot be active, in whatever words
    let refused = heard.of(End::A, PassiveSide::Source, TlsRole::Clear);
    assert_eq!(refused.cause, Some(FailureClass::PortUnknown), "{refused:?}");
    assert_eq!(heard.best[1].1.unwrap().passive, PassiveSide::Source, "{heard:?}");
    assert!(clean(&pair.from, "/pub") && clean(&pair.to, "/incoming"), "{}", pair.story());
    let known = pair.engine.known_routes().await.unwrap();
    assert_eq!(known.len(), 2);
    assert!(known.iter().all(|route| route.worked.is_some()), "{known:?}");
    let [a, b] = [pair.source.key(), pair.target.key()];
    pair.engine.forget_route(b, a).await.unwrap();
    assert!(pair.engine.known_routes().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_only_writes_nothing() {
    let pair = Pair::start(source(), Setup::new().no_fxp()).await;
    let heard = examine(&pair, false).await;
    let asked = heard.of(End::A, PassiveSide::Destination, TlsRole::Clear);
    assert!(asked.accepted && asked.result == PlanResult::Skipped, "{heard:?}");
    let refused = heard.of(End::A, PassiveSide::Source, TlsRole::Clear);
    assert_eq!(refused.cause, Some(FailureClass::RefusedPort), "{heard:?}");
    for server in [&pair.from, &pair.to] {
        assert_eq!((server.count("STOR"), server.count("RETR")), (0, 0), "{}", pair.story());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn under_tls_the_role_and_session_reuse_are_told_apart() {
    let from = source().tls(Tls::Offered).without("SSCN").without("CPSV").demand_session_reuse();
    let pair = Pair::start(from, Setup::new().tls(Tls::Offered)).await;
    let heard = examine(&pair, true).await;
    let reuse = heard.of(End::A, PassiveSide::Destination, TlsRole::Destination);
    assert_eq!((reuse.cause, reuse.by), (Some(FailureClass::SessionReuse), Some(Side::Source)));
    let none = heard.of(End::B, PassiveSide::Destination, TlsRole::Destination);
    assert_eq!(none.result, PlanResult::Skipped, "{none:?}");
    assert!(none.advice.as_ref().unwrap().contains("neither SSCN nor CPSV"), "{none:?}");
    assert!(clean(&pair.from, "/pub") && clean(&pair.to, "/incoming"), "{}", pair.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_listening_ends_it_and_nothing_is_left() {
    let pair = Pair::start(source(), Setup::new()).await;
    pair.to.fault(Rule::parse("on STOR 3 silent").unwrap());
    let (a, b) = (pair.at_source("/pub"), pair.at_target("/incoming"));
    let findings = pair.engine.examine(a, b, true).await.unwrap();
    assert!(pair.to.saw("STOR", 3).await);
    drop(findings);
    // the engine waits for the doctor, who cleans up
    pair.engine.shutdown().await;
    assert!(clean(&pair.from, "/pub") && clean(&pair.to, "/incoming"), "{}", pair.story());
}

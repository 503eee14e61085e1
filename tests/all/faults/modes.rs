//! Whole copies in every FXP mode: which side is passive, which one is the TLS client and by which
//! command, over IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fxpane::demo::{Server, Setup, Tls};
use fxpane::engine::FailureKind;
use fxpane::queue::{ItemState, JobSpec, Verify, ViaRule};
use fxpane::site::{DataProtection, Location, Switch};
use fxpane::transfer::{PassiveSide, Via};

use super::pair::{Job, spec};
use super::{OLD, Pair, content};

const IPV4: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST); 2];
const IPV6: [IpAddr; 2] = [IpAddr::V6(Ipv6Addr::LOCALHOST); 2];

/// Too large to be written directly under its final name.
const LARGE: usize = (1 << 20) + 3;
const NAMES: [&str; 5] = ["empty", "inner/small", "large", "other", "small"];

fn tree(setup: Setup) -> Setup {
    setup
        .file("/pub/tree/empty", "")
        .file("/pub/tree/small", content(10))
        .file("/pub/tree/other", content(2000))
        .file("/pub/tree/large", content(LARGE))
        .file("/pub/tree/inner/small", content(300))
}

/// A copy of the tree on one lane, so that all files but the first use the known mode.
fn job(pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/tree"]);
    job.rules.via = ViaRule::Direct;
    job.rules.parallel = Some(1);
    job
}

#[track_caller]
fn assert_whole(pair: &Pair, job: &Job) {
    let details = || format!("{}\n{}", job.summary(), pair.ftp_log());
    assert_eq!(job.names(ItemState::Done).len(), NAMES.len(), "{}", details());
    for name in NAMES {
        let sent = pair.from.root().read(&format!("/pub/tree/{name}")).unwrap();
        let arrived = pair.to.root().read(&format!("/incoming/tree/{name}"));
        assert!(arrived.is_ok_and(|arrived| arrived == sent), "{name} {}", details());
    }
    pair.assert_nothing_left();
}

/// True if the server received a command that starts with `word`.
fn received(server: &Server, word: &str) -> bool {
    server.control_log().iter().any(|line| line.command && line.text.starts_with(word))
}

#[tokio::test]
async fn ipv6_uses_only_epsv_and_eprt() {
    for tls in [false, true] {
        for (switch, passive) in
            [(Switch::Yes, PassiveSide::Destination), (Switch::No, PassiveSide::Source)]
        {
            let setup = || if tls { Setup::new().tls(Tls::Offered) } else { Setup::new() };
            let mut pair = Pair::at(IPV6, tree(setup()), setup(), |_| ()).await;
            pair.target.fxp_passive = switch;
            if tls {
                pair.target.data_protection = DataProtection::Require;
            }
            pair.to.root().make_dir("/incoming/tree").unwrap();
            pair.to.root().write("/incoming/tree/small", OLD).unwrap();
            let job = pair.run(job(&pair)).await;
            assert_whole(&pair, &job);
            for item in job.items.iter().filter(|item| !item.item.dir) {
                assert_eq!(item.ending.via, Some(Via::Direct), "{}", job.summary());
                assert_eq!(item.ending.passive, Some(passive), "{}", job.summary());
                assert_eq!(item.ending.protected, Some(tls), "{}", job.summary());
            }
            let (listens, connects) = match passive {
                PassiveSide::Destination => (&pair.to, &pair.from),
                PassiveSide::Source => (&pair.from, &pair.to),
            };
            assert!(
                received(listens, "EPSV") && received(connects, "EPRT |2|::1|"),
                "{}",
                pair.ftp_log()
            );
            for server in [&pair.from, &pair.to] {
                assert!(
                    !received(server, "PASV") && !received(server, "PORT"),
                    "{}",
                    pair.ftp_log()
                );
            }
        }
    }
}

#[tokio::test]
async fn downloads_and_uploads_over_ipv6() {
    for (tls, active) in [(false, false), (true, false), (false, true), (true, true)] {
        let setup = || if tls { Setup::new().tls(Tls::Offered) } else { Setup::new() };
        let mut pair = Pair::at(IPV6, tree(setup()), setup(), |_| ()).await;
        if active {
            pair.source.passive = Switch::No;
            pair.target.passive = Switch::No;
        }
        let home = tempfile::tempdir().unwrap();
        let get = spec(vec![pair.at_source("/pub/tree")], Location::Local(home.path().into()));
        let got = pair.run(get).await;
        assert_eq!(got.names(ItemState::Done).len(), NAMES.len(), "{}", got.summary());
        let put = vec![Location::Local(home.path().join("tree"))];
        let put = pair.run(spec(put, pair.at_target("/incoming"))).await;
        assert_whole(&pair, &put);
        assert_eq!(received(&pair.from, "EPRT |2|::1|"), active, "{}", pair.ftp_log());
        assert!(put.items.iter().all(|item| item.item.dir || item.ending.protected == Some(tls)));
        // and by relay
        let mut relay = job(&pair);
        relay.rules.via = ViaRule::Relay;
        let relayed = pair.run(relay).await;
        assert_whole(&pair, &relayed);
    }
}

#[tokio::test]
async fn ipv4_and_ipv6_fall_back_to_relay() {
    let addresses = [IPV4[0], IPV6[1]];
    let pair = Pair::at(addresses, tree(Setup::new()), Setup::new(), |_| ()).await;
    let mut auto = job(&pair);
    auto.rules.via = ViaRule::Auto;
    let relayed = pair.run(auto).await;
    assert_whole(&pair, &relayed);
    assert!(relayed.items.iter().all(|item| item.item.dir || item.ending.via == Some(Via::Relay)));

    let pair = Pair::at(addresses, tree(Setup::new()), Setup::new(), |_| ()).await;
    let refused = pair.run(job(&pair)).await;
    assert_eq!(refused.names(ItemState::Failed).len(), NAMES.len(), "{}", refused.summary());
    let reason = refused.items.last().unwrap().ending.reason.as_deref().unwrap();
    assert!(reason.contains("IPv4") && reason.contains("fxp_address"), "{reason}");
    assert!(!received(&pair.to, "STOR"), "{}", pair.ftp_log());
}

#[tokio::test]
async fn either_command_makes_either_side_the_tls_client() {
    for (addresses, command) in [(IPV4, "SSCN ON"), (IPV4, "CPSV"), (IPV6, "SSCN ON")] {
        for at_source in [false, true] {
            let other = if command == "CPSV" { "SSCN" } else { "CPSV" };
            let tls = || Setup::new().tls(Tls::Offered);
            let capable = || tls().without(other);
            let incapable = || tls().without("SSCN").without("CPSV");
            let (from, to) =
                if at_source { (capable(), incapable()) } else { (incapable(), capable()) };
            let mut pair = Pair::at(addresses, tree(from), to, |_| ()).await;
            pair.source.data_protection = DataProtection::Require;
            let mut job = job(&pair);
            job.rules.verify = if at_source { Verify::Checksum } else { Verify::Size };
            let job = pair.run(job).await;
            let details = format!("{command} {at_source} {addresses:?} {}", job.summary());
            assert_whole(&pair, &job);
            assert!(
                job.items.iter().all(|item| item.item.dir || item.ending.protected == Some(true))
            );
            let (client, server) =
                if at_source { (&pair.from, &pair.to) } else { (&pair.to, &pair.from) };
            assert!(received(client, command), "{details}\n{}", pair.ftp_log());
            assert!(!received(server, command), "{details}\n{}", pair.ftp_log());
        }
    }
}

#[tokio::test]
async fn the_stricter_data_protection_of_two_sites_applies() {
    use DataProtection::{Ask, Off, Prefer, Require};
    // encrypted, unencrypted, or refused
    for (capable, source, target, protected) in [
        (true, Off, Off, Some(false)),
        (true, Off, Prefer, Some(true)),
        (true, Ask, Off, Some(true)),
        (true, Require, Off, Some(true)),
        (true, Off, Require, Some(true)),
        (false, Off, Off, Some(false)),
        (false, Off, Prefer, Some(false)),
        (false, Ask, Prefer, Some(false)),
        (false, Require, Off, None),
        (false, Off, Require, None),
    ] {
        let tls = || Setup::new().tls(Tls::Offered);
        let incapable = || tls().without("SSCN").without("CPSV");
        let to = if capable { tls() } else { incapable() };
        let mut pair = Pair::start(tree(incapable()), to).await;
        (pair.source.data_protection, pair.target.data_protection) = (source, target);
        let job = pair.run(job(&pair)).await;
        let details =
            format!("{capable} {source:?} {target:?} {}\n{}", job.summary(), pair.ftp_log());
        let Some(protected) = protected else {
            assert_eq!(job.names(ItemState::Failed).len(), NAMES.len(), "{details}");
            assert!(
                job.items
                    .iter()
                    .all(|item| item.item.dir || item.failure == Some(FailureKind::Safety)),
                "{details}"
            );
            assert!(!received(&pair.to, "STOR"), "{details}");
            continue;
        };
        assert_whole(&pair, &job);
        assert!(
            job.items.iter().all(|item| item.item.dir || item.ending.protected == Some(protected)),
            "{details}"
        );
        // unencrypted data is reported only if one of the sites prefers encryption
        let warned = job.remarks.iter().any(|remark| remark.contains("not encrypted"));
        assert_eq!(warned, !protected && (source, target) != (Off, Off), "{details}");
    }
}

//! Whole copies by every way between two servers: who listens, which of them is the TLS client and
//! by which command, over IPv4 and IPv6.

use std::net::{IpAddr, Ipv6Addr};

use fxpane::demo::{Server, Setup, Tls};
use fxpane::engine::FailureKind;
use fxpane::queue::{ItemState, JobSpec, Verify, ViaRule};
use fxpane::site::{DataProtection, Location, Switch};
use fxpane::transfer::{PassiveSide, Via};

use super::pair::{Job, spec};
use super::{OLD, Pair, content};

const FOUR: [IpAddr; 2] = [
    IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 41)),
    IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 42)),
];
const SIX: [IpAddr; 2] = [IpAddr::V6(Ipv6Addr::LOCALHOST); 2];

/// More than fits under a final name.
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

/// A copy of the tree on one lane, so that every file but the first goes by what is known.
fn job(pair: &Pair) -> JobSpec {
    let mut job = pair.copy(&["/pub/tree"]);
    job.rules.via = ViaRule::Direct;
    job.rules.parallel = Some(1);
    job
}

#[track_caller]
fn assert_whole(pair: &Pair, job: &Job) {
    let told = || format!("{}\n{}", job.told(), pair.story());
    assert_eq!(job.names(ItemState::Done).len(), NAMES.len(), "{}", told());
    for name in NAMES {
        let sent = pair.from.root().read(&format!("/pub/tree/{name}")).unwrap();
        let arrived = pair.to.root().read(&format!("/incoming/tree/{name}"));
        assert!(arrived.is_ok_and(|arrived| arrived == sent), "{name} {}", told());
    }
    pair.assert_nothing_left();
}

/// True when a session that moved data between the servers was told this.
fn heard(server: &Server, word: &str) -> bool {
    server.spoken().iter().any(|line| line.command && line.text.starts_with(word))
}

#[tokio::test]
async fn ipv6_is_spoken_of_in_epsv_and_eprt_alone() {
    for tls in [false, true] {
        for (switch, passive) in
            [(Switch::Yes, PassiveSide::Destination), (Switch::No, PassiveSide::Source)]
        {
            let setup = || if tls { Setup::new().tls(Tls::Offered) } else { Setup::new() };
            let mut pair = Pair::at(SIX, tree(setup()), setup(), |_| ()).await;
            pair.target.fxp_passive = switch;
            if tls {
                pair.target.data_protection = DataProtection::Require;
            }
            pair.to.root().make_dir("/incoming/tree").unwrap();
            pair.to.root().write("/incoming/tree/small", OLD).unwrap();
            let job = pair.run(job(&pair)).await;
            assert_whole(&pair, &job);
            for item in job.items.iter().filter(|item| !item.dir) {
                assert_eq!(item.via, Some(Via::Direct), "{}", job.told());
                assert_eq!(item.passive, Some(passive), "{}", job.told());
                assert_eq!(item.protected, Some(tls), "{}", job.told());
            }
            let (listens, connects) = match passive {
                PassiveSide::Destination => (&pair.to, &pair.from),
                PassiveSide::Source => (&pair.from, &pair.to),
            };
            assert!(heard(listens, "EPSV") && heard(connects, "EPRT |2|::1|"), "{}", pair.story());
            for server in [&pair.from, &pair.to] {
                assert!(!heard(server, "PASV") && !heard(server, "PORT"), "{}", pair.story());
            }
        }
    }
}

#[tokio::test]
async fn our_own_transfers_over_ipv6() {
    for (tls, active) in [(false, false), (true, false), (false, true), (true, true)] {
        let setup = || if tls { Setup::new().tls(Tls::Offered) } else { Setup::new() };
        let mut pair = Pair::at(SIX, tree(setup()), setup(), |_| ()).await;
        if active {
            pair.source.passive = Switch::No;
            pair.target.passive = Switch::No;
        }
        let home = tempfile::tempdir().unwrap();
        let get = spec(vec![pair.at_source("/pub/tree")], Location::Local(home.path().into()));
        let got = pair.run(get).await;
        assert_eq!(got.names(ItemState::Done).len(), NAMES.len(), "{}", got.told());
        let put = vec![Location::Local(home.path().join("tree"))];
        let put = pair.run(spec(put, pair.at_target("/incoming"))).await;
        assert_whole(&pair, &put);
        assert_eq!(heard(&pair.from, "EPRT |2|::1|"), active, "{}", pair.story());
        assert!(put.items.iter().all(|item| item.dir || item.protected == Some(tls)));
        // and through this machine
        let mut relay = job(&pair);
        relay.rules.via = ViaRule::Relay;
        let relayed = pair.run(relay).await;
        assert_whole(&pair, &relayed);
    }
}

#[tokio::test]
async fn two_families_do_not_meet() {
    let addresses = [FOUR[0], SIX[1]];
    let pair = Pair::at(addresses, tree(Setup::new()), Setup::new(), |_| ()).await;
    let mut auto = job(&pair);
    auto.rules.via = ViaRule::Auto;
    let relayed = pair.run(auto).await;
    assert_whole(&pair, &relayed);
    assert!(relayed.items.iter().all(|item| item.dir || item.via == Some(Via::Relay)));

    let pair = Pair::at(addresses, tree(Setup::new()), Setup::new(), |_| ()).await;
    let refused = pair.run(job(&pair)).await;
    assert_eq!(refused.names(ItemState::Failed).len(), NAMES.len(), "{}", refused.told());
    let reason = refused.items.last().unwrap().reason.as_deref().unwrap();
    assert!(reason.contains("IPv4") && reason.contains("fxp_address"), "{reason}");
    assert!(!heard(&pair.to, "STOR"), "{}", pair.story());
}

#[tokio::test]
async fn either_command_makes_either_side_the_tls_client() {
    for (addresses, command) in [(FOUR, "SSCN ON"), (FOUR, "CPSV"), (SIX, "SSCN ON")] {
        for at_source in [false, true] {
            let other = if command == "CPSV" { "SSCN" } else { "CPSV" };
            let tls = || Setup::new().tls(Tls::Offered);
            let able = || tls().without(other);
            let unable = || tls().without("SSCN").without("CPSV");
            let (from, to) = if at_source { (able(), unable()) } else { (unable(), able()) };
            let mut pair = Pair::at(addresses, tree(from), to, |_| ()).await;
            pair.source.data_protection = DataProtection::Require;
            let mut job = job(&pair);
            job.rules.verify = if at_source { Verify::Checksum } else { Verify::Size };
            let job = pair.run(job).await;
            let told = format!("{command} {at_source} {addresses:?} {}", job.told());
            assert_whole(&pair, &job);
            assert!(job.items.iter().all(|item| item.dir || item.protected == Some(true)));
            let (client, server) =
                if at_source { (&pair.from, &pair.to) } else { (&pair.to, &pair.from) };
            assert!(heard(client, command), "{told}\n{}", pair.story());
            assert!(!heard(server, command), "{told}\n{}", pair.story());
        }
    }
}

#[tokio::test]
async fn of_two_sites_the_stricter_one_rules_the_data() {
    use DataProtection::{Ask, Off, Prefer, Require};
    // protected, in the clear, or not at all
    for (able, source, target, protected) in [
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
        let unable = || tls().without("SSCN").without("CPSV");
        let to = if able { tls() } else { unable() };
        let mut pair = Pair::start(tree(unable()), to).await;
        (pair.source.data_protection, pair.target.data_protection) = (source, target);
        let job = pair.run(job(&pair)).await;
        let told = format!("{able} {source:?} {target:?} {}\n{}", job.told(), pair.story());
        let Some(protected) = protected else {
            assert_eq!(job.names(ItemState::Failed).len(), NAMES.len(), "{told}");
            assert!(
                job.items.iter().all(|item| item.dir || item.failure == Some(FailureKind::Safety)),
                "{told}"
            );
            assert!(!heard(&pair.to, "STOR"), "{told}");
            continue;
        };
        assert_whole(&pair, &job);
        assert!(
            job.items.iter().all(|item| item.dir || item.protected == Some(protected)),
            "{told}"
        );
        // going in the clear is only said where somebody may have wished for more
        let said = job.remarks.iter().any(|remark| remark.contains("not encrypted"));
        assert_eq!(said, !protected && (source, target) != (Off, Off), "{told}");
    }
}

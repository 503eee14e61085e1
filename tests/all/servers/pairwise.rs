//! A subset of the full matrix (`tests/matrix`): all pairs of server kinds, every special server in
//! both roles, with varying protections and target states.

use super::pair::{Protection, ServerPair, TargetState};
use super::server::Server;

/// The kinds of servers that allow FXP.
const KINDS: [&str; 4] = ["vsftpd", "proftpd", "pureftpd", "pyftpdlib"];

/// Servers that forbid FXP in some form, require TLS with session reuse, or are old, each with a
/// partner.
const SPECIAL: [(&str, &str); 7] = [
    ("vsftpd-nofxp", "proftpd"),
    ("proftpd-nofxp", "vsftpd"),
    ("pureftpd-nofxp", "vsftpd"),
    ("pyftpdlib-nofxp", "proftpd"),
    ("vsftpd-reuse", "proftpd"),
    ("proftpd-reuse", "pureftpd"),
    ("inetutils", "vsftpd"),
];

fn named(servers: &[Server], name: &str) -> Server {
    servers.iter().find(|server| server.name == name).unwrap().clone()
}

fn check(pairs: Vec<ServerPair>) {
    let mut failed = Vec::new();
    for pair in pairs.into_iter().filter(ServerPair::is_supported) {
        match pair.copy() {
            Ok(transfer) => {
                println!("{pair}: {transfer}");
                let protected = transfer.protected || pair.protection != Protection::Required;
                assert!(protected, "{pair}: {transfer} though protection is required");
            }
            Err(error) => failed.push(format!("{pair}: {error}")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// One source with every target, with one `Protection` and one `TargetState` each, chosen so that
/// every two values of any two of the four parameters are combined once.
fn kinds(source: &str) {
    let servers = Server::all().unwrap();
    let first = KINDS.iter().position(|kind| *kind == source).unwrap();
    let pairs = KINDS
        .iter()
        .enumerate()
        .map(|(second, target)| ServerPair {
            source: named(&servers, source),
            target: named(&servers, target),
            protection: Protection::ALL[(first + second) % 3],
            before: TargetState::ALL[(first + 3 * second) % 4],
        })
        .collect();
    check(pairs);
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn from_vsftpd() {
    kinds("vsftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn from_proftpd() {
    kinds("proftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn from_pureftpd() {
    kinds("pureftpd");
}

#[test]
#[ignore = "needs real servers: tests/run"]
fn from_pyftpdlib() {
    kinds("pyftpdlib");
}

fn special(name: &str) {
    let servers = Server::all().unwrap();
    let at = SPECIAL.iter().position(|(special, _)| *special == name).unwrap();
    let (special, partner) = (named(&servers, name), named(&servers, SPECIAL[at].1));
    let pair = |source: &Server, target: &Server, turn: usize| ServerPair {
        source: source.clone(),
        target: target.clone(),
        protection: Protection::ALL[(at + turn) % 3],
        before: TargetState::ALL[(at + turn) % 4],
    };
    let mut pairs = vec![pair(&special, &partner, 0), pair(&partner, &special, 1)];
    // within one server that forbids FXP: only by relay
    pairs.push(pair(&special, &special, 2));
    for pair in &mut pairs {
        if !pair.is_supported() {
            pair.protection = Protection::Offered;
        }
        if !pair.is_supported() {
            pair.protection = Protection::Plain;
        }
    }
    check(pairs);
}

macro_rules! special {
    ($($test:ident: $name:literal;)*) => {
        $(
            #[test]
            #[ignore = "needs real servers: tests/run"]
            fn $test() {
                special($name);
            }
        )*
    };
}

special! {
    with_vsftpd_without_fxp: "vsftpd-nofxp";
    with_proftpd_without_fxp: "proftpd-nofxp";
    with_pureftpd_without_fxp: "pureftpd-nofxp";
    with_pyftpdlib_without_fxp: "pyftpdlib-nofxp";
    with_vsftpd_that_demands_reuse: "vsftpd-reuse";
    with_proftpd_that_demands_reuse: "proftpd-reuse";
    with_inetutils: "inetutils";
}

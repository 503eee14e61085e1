//! A choice of the full matrix (`tests/matrix`): every kind of server with every other, every
//! special server in both roles, protections and states of the target in turn.

use super::pair::{Before, Pair, Protection};
use super::server::Server;

/// The kinds that allow FXP.
const KINDS: [&str; 4] = ["vsftpd", "proftpd", "pureftpd", "pyftpdlib"];

/// Those that forbid some of it, demand TLS with session reuse, or are old, each with a partner.
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

fn prove(pairs: Vec<Pair>) {
    let mut failed = Vec::new();
    for pair in pairs.into_iter().filter(Pair::makes_sense) {
        match pair.copy() {
            Ok(way) => {
                println!("{pair}: {way}");
                let protected = way.protected || pair.protection != Protection::Required;
                assert!(protected, "{pair}: {way} though protection is required");
            }
            Err(error) => failed.push(format!("{pair}: {error}")),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// Kinds with kinds: one choice of `Protection` and `Before` for each, so that every two values
/// of any two of the four meet.
fn kinds(source: &str) {
    let servers = Server::all().unwrap();
    let first = KINDS.iter().position(|kind| *kind == source).unwrap();
    let pairs = KINDS
        .iter()
        .enumerate()
        .map(|(second, target)| Pair {
            source: named(&servers, source),
            target: named(&servers, target),
            protection: Protection::ALL[(first + second) % 3],
            before: Before::ALL[(first + 3 * second) % 4],
        })
        .collect();
    prove(pairs);
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
    let pair = |source: &Server, target: &Server, turn: usize| Pair {
        source: source.clone(),
        target: target.clone(),
        protection: Protection::ALL[(at + turn) % 3],
        before: Before::ALL[(at + turn) % 4],
    };
    let mut pairs = vec![pair(&special, &partner, 0), pair(&partner, &special, 1)];
    // within one server that forbids FXP: only through this machine
    pairs.push(pair(&special, &special, 2));
    for pair in &mut pairs {
        if !pair.makes_sense() {
            pair.protection = Protection::Offered;
        }
        if !pair.makes_sense() {
            pair.protection = Protection::Plain;
        }
    }
    prove(pairs);
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

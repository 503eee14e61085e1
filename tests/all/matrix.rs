//! Every server with every other, in both directions, under every protection, with everything that
//! can stand at the target: `tests/matrix`, by hand. Prints the way that each took.

use std::collections::BTreeMap;

use crate::servers::pair::{Before, Pair, Protection};
use crate::servers::server::Server;

/// Second servers of a kind: only used as the partner of the first.
const SECOND: [(&str, &str); 2] = [("vsftpd", "vsftpd-b"), ("proftpd", "proftpd-b")];

#[test]
#[ignore = "needs real servers and long: tests/matrix"]
fn every_pair_every_way() {
    let servers = Server::all().unwrap();
    let named = |name: &str| servers.iter().find(|server| server.name == name).unwrap().clone();
    let firsts: Vec<Server> =
        servers.iter().filter(|server| !server.name.ends_with("-b")).cloned().collect();
    let wanted = std::env::var("FXPANE_MATRIX_ONLY").unwrap_or_default();
    let mut failed = Vec::new();
    let mut ways: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for source in &firsts {
        for first in &firsts {
            let second = SECOND
                .iter()
                .find(|(name, _)| source.name == first.name && *name == first.name)
                .map(|(_, second)| named(second));
            let target = second.unwrap_or_else(|| first.clone());
            for protection in Protection::ALL {
                for before in Before::ALL {
                    let pair =
                        Pair { source: source.clone(), target: target.clone(), protection, before };
                    if !pair.makes_sense() || !pair.to_string().contains(&wanted) {
                        continue;
                    }
                    count += 1;
                    match pair.copy() {
                        Ok(way) => {
                            println!("{pair}: {way}");
                            if protection == Protection::Required && !way.protected {
                                failed.push(format!("{pair}: {way}, not protected"));
                            }
                            let name = format!("{} → {}", source.name, target.name);
                            let told = format!("{protection:?}: {way}");
                            let ways = ways.entry(name).or_default();
                            if !ways.contains(&told) {
                                ways.push(told);
                            }
                        }
                        Err(error) => {
                            println!("{pair}: FAILED\n{error}");
                            failed.push(pair.to_string());
                        }
                    }
                }
            }
        }
    }
    println!("\n| pair | ways |\n|---|---|");
    for (name, ways) in ways {
        println!("| {name} | {} |", ways.join("; "));
    }
    println!("{count} copies, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

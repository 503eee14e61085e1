//! Every server with every other, in both directions, with every protection and every target state:
//! run by `tests/matrix`. Prints how each copy was transferred.

use std::collections::BTreeMap;

use crate::servers::pair::{Protection, ServerPair, TargetState};
use crate::servers::server::Server;

/// The second server of a kind, used only as the partner of the first.
const SECOND: [(&str, &str); 2] = [("vsftpd", "vsftpd-b"), ("proftpd", "proftpd-b")];

#[test]
#[ignore = "needs real servers and long: tests/matrix"]
fn every_pair_in_every_mode() {
    let servers = Server::all().unwrap();
    let named = |name: &str| servers.iter().find(|server| server.name == name).unwrap().clone();
    let sources: Vec<Server> =
        servers.iter().filter(|server| !server.name.ends_with("-b")).cloned().collect();
    let wanted = std::env::var("FXPANE_MATRIX_ONLY").unwrap_or_default();
    let mut failed = Vec::new();
    let mut transfers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut count = 0;
    for source in &sources {
        for first in &sources {
            let second = SECOND
                .iter()
                .find(|(name, _)| source.name == first.name && *name == first.name)
                .map(|(_, second)| named(second));
            let target = second.unwrap_or_else(|| first.clone());
            for protection in Protection::ALL {
                for before in TargetState::ALL {
                    let pair = ServerPair {
                        source: source.clone(),
                        target: target.clone(),
                        protection,
                        before,
                    };
                    if !pair.is_supported() || !pair.to_string().contains(&wanted) {
                        continue;
                    }
                    count += 1;
                    match pair.copy() {
                        Ok(transfer) => {
                            println!("{pair}: {transfer}");
                            if protection == Protection::Required && !transfer.protected {
                                failed.push(format!("{pair}: {transfer}, not protected"));
                            }
                            let name = format!("{} → {}", source.name, target.name);
                            let text = format!("{protection:?}: {transfer}");
                            let transfers = transfers.entry(name).or_default();
                            if !transfers.contains(&text) {
                                transfers.push(text);
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
    println!("\n| pair | transfers |\n|---|---|");
    for (name, transfers) in transfers {
        println!("| {name} | {} |", transfers.join("; "));
    }
    println!("{count} copies, {} failed", failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

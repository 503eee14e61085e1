//! 500 files of 1 KiB with a round trip of 40 ms on both control connections.
//!
//! `tests/servers/latency_proxy.py` delays; it listens on the servers' own addresses.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Outcome, alternate, copied, lftp, named, small_files, verdict};
use crate::server::Server;

const FILES: u32 = 500;
const ROUND_TRIP: f64 = 0.04;
const PORT: u16 = 3121;

/// The delaying proxies of two servers; they end with it.
struct Proxies(Child);

impl Drop for Proxies {
    fn drop(&mut self) {
        // it may have ended by itself, and nobody is left to tell
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn delayed(servers: [&Server; 2]) -> Outcome<(Proxies, [Server; 2])> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/latency_proxy.py");
    let mut command = Command::new("python3");
    command.arg(script).arg("20").stdin(Stdio::null());
    for server in servers {
        let Server { host, port, .. } = server;
        command.arg(format!("{host}:{PORT}={host}:{port}"));
    }
    let proxies = Proxies(command.spawn()?);
    let far = servers.map(|server| Server { port: PORT, ..server.clone() });
    let begun = Instant::now();
    for server in &far {
        while TcpStream::connect((server.host.as_str(), PORT)).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err("the delaying proxy does not listen".into());
            }
            std::thread::yield_now();
        }
    }
    Ok((proxies, far))
}

fn run(lanes: &str, wanted: f64) -> Outcome<()> {
    let (source, target) = (named("proftpd")?, named("vsftpd")?);
    let tree = small_files(&source, FILES)?;
    let (_proxies, [far_source, far_target]) = delayed([&source, &target])?;
    let from_url = far_source.url(&tree.remote);
    let [ours, theirs] = alternate(
        &format!("{FILES} files of 1 KiB, 40 ms round trip, proftpd to vsftpd, {lanes} lanes"),
        "files/s",
        f64::from(FILES),
        || {
            copied(tree.local(), &far_target, |program, to| {
                let to = far_target.url(to);
                program.fxpane(&[
                    "cp",
                    "-r",
                    "--security",
                    "none",
                    "--parallel",
                    lanes,
                    &from_url,
                    &to,
                ])
            })
        },
        || {
            copied(tree.local(), &far_target, |program, to| {
                let to = far_target.url(to);
                let settings = "set ftp:ssl-allow no; set ftp:use-fxp yes; set ftp:fxp-force yes";
                lftp(program, settings, &format!("mirror -P{lanes} --no-perms {from_url} {to}"))
            })
        },
    )?;
    if lanes == "1" {
        let trips = ours / ROUND_TRIP / f64::from(FILES);
        verdict("round trips a file, start and logins included", trips, 1.15, false);
    }
    verdict(&format!("40 ms, {lanes} lanes, times lftp"), theirs / ours, wanted, true);
    Ok(())
}

pub(crate) fn one_lane() -> Outcome<()> {
    run("1", 3.5)
}

pub(crate) fn eight_lanes() -> Outcome<()> {
    run("8", 4.0)
}

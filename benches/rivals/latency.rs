//! 500 files of 1 KiB with a round trip of 40 ms on both control connections.
//!
//! `tests/servers/latency_proxy.py` adds the delay; it listens on the servers' own addresses.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Outcome, named, race, small_files, verdict};
use crate::server::Server;

const FILES: u32 = 500;
const ROUND_TRIP: f64 = 0.04;
const PORT: u16 = 3121;

/// The delaying proxies of two servers; stopped when dropped.
struct Proxies(Child);

impl Drop for Proxies {
    fn drop(&mut self) {
        // fails only if it has already ended
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
    let started = Instant::now();
    for server in &far {
        while TcpStream::connect((server.host.as_str(), PORT)).is_err() {
            if started.elapsed() > Duration::from_secs(10) {
                return Err("the delaying proxy does not listen".into());
            }
            std::thread::yield_now();
        }
    }
    Ok((proxies, far))
}

fn run(lanes: u16, wanted: f64) -> Outcome<()> {
    let (source, target) = (named("proftpd")?, named("vsftpd")?);
    let tree = small_files(&source, FILES)?;
    let (_proxies, [far_source, far_target]) = delayed([&source, &target])?;
    for (mirror, wanted) in [("", Some(wanted)), ("--no-perms", None)] {
        let title = format!(
            "{FILES} files of 1 KiB, 40 ms round trip, proftpd to vsftpd, {lanes} lanes, \
             lftp mirror -P{lanes} {mirror}"
        );
        let both = [&far_source, &far_target];
        let [ours, theirs] = race(&title, FILES, &tree, both, lanes, mirror)?;
        if lanes == 1 {
            let trips = ours / ROUND_TRIP / f64::from(FILES);
            verdict("round trips per file, including start and logins", trips, 1.15, false);
        }
        let what = format!("40 ms, {lanes} lanes, times lftp {mirror}");
        match wanted {
            Some(wanted) => verdict(&what, theirs / ours, wanted, true),
            None => println!("\n{what}: {:.2}", theirs / ours),
        }
    }
    Ok(())
}

pub(crate) fn one_lane() -> Outcome<()> {
    run(1, 3.5)
}

pub(crate) fn eight_lanes() -> Outcome<()> {
    run(8, 4.0)
}

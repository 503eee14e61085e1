//! Many small files from server to server, beside lftp: 500 files of 1 KiB, plain, one lane.
//!
//! `FXPANE_SERVERS=DIR/servers.json cargo bench --bench many_small` (tests/servers/README.md
//! tells how to start the servers). A run is the whole program: start, logins, listing, transfers,
//! end. Runs alternate, so that what else the machine does meets both; medians are compared, and
//! every run's files are compared byte by byte outside of the clock.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "../tests/all/program.rs"]
mod program;
#[path = "../tests/all/servers/server.rs"]
mod server;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use program::Program;
use server::{Server, Tls};

const FILES: u32 = 500;
const SIZE: usize = 1024;
const RUNS: usize = 5;
const SOURCE: &str = "proftpd";
const TARGET: &str = "proftpd-b";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // `cargo test --all-targets` starts benchmarks too, without this argument
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("not run: cargo bench runs it");
        return Ok(());
    }
    let servers = Server::all()?;
    let source = named(&servers, SOURCE)?;
    let target = named(&servers, TARGET)?;
    let tree = source.folder()?;
    for number in 0..FILES {
        let text: Vec<u8> = (0..SIZE).map(|at| (at as u32 * 31 + number) as u8).collect();
        fs::write(tree.local().join(format!("file-{number:03}.bin")), text)?;
    }

    println!("{FILES} files of {SIZE} bytes, {SOURCE} to {TARGET}, plain, one lane\n");
    println!("| run | fxpane s | fxpane files/s | lftp s | lftp files/s |");
    println!("|---|---|---|---|---|");
    let from = source.url(&tree.remote);
    let mut seconds = [Vec::new(), Vec::new()];
    for run in 1..=RUNS {
        let ours = timed(tree.local(), target, |program, to| {
            // `SRC` becomes `DST/files`, which does not exist
            let place = ["cp", "-r", "--security", "none", "--parallel", "1", &from, to];
            program.fxpane(&place)
        })?;
        let theirs = timed(tree.local(), target, |program, to| {
            // lftp at its best: MODE Z costs ProFTPD 0.4 s a file, permissions a command a file
            let script = format!(
                "set cmd:fail-exit yes; set net:max-retries 1; set ftp:ssl-allow no; \
                 set ftp:use-fxp yes; set ftp:fxp-force yes; set ftp:use-mode-z no; \
                 mirror -P1 --no-perms {from} {to}"
            );
            let mut lftp = program.other("lftp");
            lftp.args(["--norc", "-c", &script]);
            lftp
        })?;
        println!("| {run} | {} | {} |", cells(ours), cells(theirs));
        seconds[0].push(ours);
        seconds[1].push(theirs);
    }
    let [ours, theirs] = seconds.map(median);
    println!("| median | {} | {} |", cells(ours), cells(theirs));
    println!("\nfxpane does {:.2} times the files of lftp in the same time", theirs / ours);
    Ok(())
}

fn named<'a>(servers: &'a [Server], name: &str) -> Outcome<&'a Server> {
    servers
        .iter()
        .find(|server| server.name == name && server.tls != Tls::Required)
        .ok_or_else(|| format!("{name} is not among the servers").into())
}

/// One run into a new folder: seconds from start to end of the program.
fn timed(
    tree: &Path,
    target: &Server,
    command: impl FnOnce(&Program, &str) -> Command,
) -> Outcome<f64> {
    let folder = target.folder()?;
    let program = Program::new()?;
    let mut command = command(&program, &target.url(&format!("{}/files", folder.remote)));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let output = command.output()?;
    let seconds = started.elapsed().as_secs_f64();
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(
            format!("{:?} ended with {}: {words}", command.get_program(), output.status).into()
        );
    }
    for entry in fs::read_dir(tree)? {
        let name = entry?.file_name();
        let copy = folder.local().join("files").join(&name);
        if fs::read(tree.join(&name))? != fs::read(&copy)? {
            return Err(format!("{} differs from its source", copy.display()).into());
        }
    }
    Ok(seconds)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn cells(seconds: f64) -> String {
    format!("{seconds:.3} | {:.0}", f64::from(FILES) / seconds)
}

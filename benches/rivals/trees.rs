//! Large trees between two embedded servers: memory use must not grow with the tree.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fxpane::demo::{Server, Setup};

use crate::program::Program;
use crate::run::{Outcome, verdict};

/// Interval between measurements of the running program's memory.
const INTERVAL: Duration = Duration::from_millis(100);

/// A generated tree.
struct Tree {
    files: u32,
    /// Files per directory.
    per_dir: u32,
}

/// A directory of 5,000 entries, and one of 100,000.
pub(crate) fn wide() -> Outcome<()> {
    rows(&[Tree { files: 5_000, per_dir: 5_000 }, Tree { files: 100_000, per_dir: 100_000 }], 150.0)
}

/// A million files; takes some minutes.
pub(crate) fn deep() -> Outcome<()> {
    rows(&[Tree { files: 10_000, per_dir: 500 }, Tree { files: 1_000_000, per_dir: 500 }], 100.0)
}

fn rows(trees: &[Tree], wanted: f64) -> Outcome<()> {
    println!("\nempty files between embedded servers, one lane\n");
    println!("| files | in one directory | s | files/s | peak memory, MB |");
    println!("|---|---|---|---|---|");
    let mut max_peak: f64 = 0.0;
    for tree in trees {
        let (seconds, peak) = once(tree)?;
        let Tree { files, per_dir } = tree;
        let rate = f64::from(*files) / seconds;
        println!("| {files} | {per_dir} | {seconds:.1} | {rate:.0} | {peak:.1} |");
        max_peak = max_peak.max(peak);
    }
    verdict("peak memory, MB", max_peak, wanted, false);
    Ok(())
}

fn path(top: &str, Tree { per_dir, .. }: &Tree, number: u32) -> String {
    format!("{top}/{:04}/{number:07}", number / per_dir)
}

fn once(tree: &Tree) -> Outcome<(f64, f64)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let setup = (0..tree.files)
            .fold(Setup::new(), |setup, number| setup.file(&path("/tree", tree, number), ""));
        let source = Server::start(setup).await?;
        let target = Server::start(Setup::new().dir("/in")).await?;
        let (from, to) = (format!("{}/tree", source.url()), format!("{}/in/tree", target.url()));
        let measured = tokio::task::spawn_blocking(move || -> Result<(f64, f64), String> {
            let program = Program::new().map_err(|error| error.to_string())?;
            let words = ["cp", "-r", "-q", "--security", "none", "--parallel", "1", &from, &to];
            watched(program.fxpane(&words)).map_err(|error| error.to_string())
        })
        .await??;
        for number in [0, tree.files / 2, tree.files - 1] {
            target.root().read(&path("/in/tree", tree, number))?;
        }
        Ok(measured)
    })
}

/// Wall-clock time of a program that must succeed, in seconds, and its peak memory, in MB.
fn watched(mut command: Command) -> Outcome<(f64, f64)> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        // a terminating process has no VmHWM
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes: Option<f64> =
            line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = kibibytes.map_or(peak, |kibibytes| kibibytes * 1024.0 / 1e6);
        thread::sleep(INTERVAL);
    };
    if ended.success() {
        Ok((started.elapsed().as_secs_f64(), peak))
    } else {
        Err(format!("{ended}").into())
    }
}

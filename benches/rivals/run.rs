//! Times runs of both programs and checks the copies.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::program::Program;
use crate::server::{Server, TestDir, Tls};

/// The result of a row.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Number of runs of each program.
pub(crate) fn runs() -> usize {
    std::env::var("FXPANE_BENCH_RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

/// The server with this name that accepts unencrypted logins.
pub(crate) fn named(name: &str) -> Outcome<Server> {
    Server::all()?
        .into_iter()
        .find(|server| server.name == name && server.tls != Tls::Required)
        .ok_or_else(|| format!("{name} is not among the servers").into())
}

/// Creates distinct files of 1 KiB in a new directory of a server.
pub(crate) fn small_files(server: &Server, count: u32) -> Outcome<TestDir> {
    let folder = server.test_dir()?;
    for number in 0..count {
        let text: Vec<u8> = (0..1024_u32).map(|at| (at * 31 + number).to_le_bytes()[0]).collect();
        fs::write(folder.local().join(format!("file-{number:05}.bin")), text)?;
    }
    Ok(folder)
}

/// Wall-clock time of a program that must succeed, in seconds.
pub(crate) fn timed(mut command: Command) -> Outcome<f64> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let output = command.output()?;
    let seconds = started.elapsed().as_secs_f64();
    if output.status.success() {
        return Ok(seconds);
    }
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{:?} ended with {}: {words}", command.get_program(), output.status).into())
}

/// Times one copy into a new directory of `target`, and compares it with `tree` afterwards.
pub(crate) fn copied(
    tree: &Path,
    target: &Server,
    command: impl FnOnce(&Program, &str) -> Outcome<Command>,
) -> Outcome<f64> {
    let folder = target.test_dir()?;
    let program = Program::new()?;
    // the source becomes `files`, which does not exist
    let seconds = timed(command(&program, &format!("{}/files", folder.remote))?)?;
    same(tree, &folder.local().join("files"))?;
    Ok(seconds)
}

/// Fails unless every file of one directory has an identical copy in the other.
pub(crate) fn same(tree: &Path, copy: &Path) -> Outcome<()> {
    for entry in fs::read_dir(tree)? {
        let name = entry?.file_name();
        if fs::read(tree.join(&name))? != fs::read(copy.join(&name))? {
            return Err(format!("{} differs from its source", copy.join(&name).display()).into());
        }
    }
    Ok(())
}

/// lftp with this script; without MODE Z, which costs ProFTPD 0.4 s per file.
pub(crate) fn lftp(program: &Program, settings: &str, script: &str) -> Command {
    let mut lftp = program.other("lftp");
    let script = format!(
        "set cmd:fail-exit yes; set net:max-retries 1; set ftp:use-mode-z no; \
         set ssl:verify-certificate no; {settings}; {script}"
    );
    lftp.args(["--norc", "-c", &script]);
    lftp
}

/// Copies a tree of small files with both programs and this number of lanes; returns the medians
/// of fxpane and lftp.
///
/// `mirror` holds additional options of lftp's mirror.
pub(crate) fn race(
    title: &str,
    files: u32,
    tree: &TestDir,
    [source, target]: [&Server; 2],
    lanes: u16,
    mirror: &str,
) -> Outcome<[f64; 2]> {
    let from_url = source.url(&tree.remote);
    let settings = "set ftp:ssl-allow no; set ftp:use-fxp yes; set ftp:fxp-force yes";
    alternate(
        title,
        "files/s",
        f64::from(files),
        || {
            copied(tree.local(), target, |program, to| {
                // saved sites, as a URL gets at most four connections
                let [from, to] = [(source, &tree.remote), (target, &to.to_owned())]
                    .map(|(site, path)| add_site(program, site, lanes, path));
                let parallel = lanes.to_string();
                Ok(program.fxpane(&["cp", "-r", "--parallel", &parallel, &from?, &to?]))
            })
        },
        || {
            copied(tree.local(), target, |program, to| {
                let script = format!("mirror -P{lanes} {mirror} {from_url} {}", target.url(to));
                Ok(lftp(program, settings, &script))
            })
        },
    )
}

/// Adds a site that allows this number of lanes; returns the location of the path on it.
fn add_site(program: &Program, site: &Server, lanes: u16, path: &str) -> Outcome<String> {
    let name = format!("{}-{}", site.name, site.port);
    // one more for browsing, one for querying sizes
    let sessions = format!("max_sessions={}", lanes + 2);
    timed(program.fxpane(&[
        "sites",
        "add",
        &name,
        &site.url("/"),
        "--security",
        "none",
        "--set",
        &sessions,
    ]))?;
    Ok(format!("{name}:{path}"))
}

/// The median.
pub(crate) fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs both programs alternately, prints each run, and returns the medians of fxpane and lftp.
pub(crate) fn alternate(
    title: &str,
    unit: &str,
    amount: f64,
    mut ours: impl FnMut() -> Outcome<f64>,
    mut theirs: impl FnMut() -> Outcome<f64>,
) -> Outcome<[f64; 2]> {
    println!("\n{title}\n");
    println!("| run | fxpane s | fxpane {unit} | lftp s | lftp {unit} |");
    println!("|---|---|---|---|---|");
    let cells = |seconds: f64| format!("{seconds:.2} | {:.1}", amount / seconds);
    let mut seconds = [Vec::new(), Vec::new()];
    for run in 1..=runs() {
        let pair = [ours()?, theirs()?];
        println!("| {run} | {} | {} |", cells(pair[0]), cells(pair[1]));
        seconds[0].push(pair[0]);
        seconds[1].push(pair[1]);
    }
    let medians = seconds.map(median);
    println!("| median | {} | {} |", cells(medians[0]), cells(medians[1]));
    Ok(medians)
}

/// Resident memory of this process, in MB.
pub(crate) fn resident() -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    Ok(kibibytes.ok_or("no VmRSS in /proc/self/status")? * 1024.0 / 1e6)
}

/// Prints the last line of a row: the result compared with its target.
pub(crate) fn verdict(what: &str, reached: f64, wanted: f64, at_least: bool) {
    let good = if at_least { reached >= wanted } else { reached <= wanted };
    let sign = if at_least { "at least" } else { "at most" };
    let result = if good { "reached" } else { "NOT REACHED" };
    println!("\n{what}: {reached:.2} ({sign} {wanted}: {result})");
}

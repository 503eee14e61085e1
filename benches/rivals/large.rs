//! Large files: fxpane's CPU time during FXP copies, and its relay speed.

use std::fs;
use std::io::Write;

use crate::program::Program;
use crate::run::{Outcome, alternate, lftp, named, same, timed, verdict};
use crate::server::{Server, TestDir};

const MEBIBYTES: usize = 1024;

/// Clock ticks per second in `/proc`, the same on every Linux.
const TICKS: f64 = 100.0;

fn large_file(server: &Server) -> Outcome<TestDir> {
    let folder = server.test_dir()?;
    let mut file = fs::File::create(folder.local().join("large.bin"))?;
    let block: Vec<u8> = (0..1 << 20)
        .map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0])
        .collect();
    for _ in 0..MEBIBYTES {
        file.write_all(&block)?;
    }
    Ok(folder)
}

/// CPU time of the terminated child processes, in seconds.
fn spent() -> Outcome<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // after the name in parentheses comes field 3; cutime and cstime are fields 16 and 17
    let fields: Vec<&str> =
        text.rsplit_once(") ").map(|(_, rest)| rest.split(' ').collect()).unwrap_or_default();
    let ticks: f64 = fields
        .get(13..15)
        .unwrap_or_default()
        .iter()
        .filter_map(|word| word.parse::<f64>().ok())
        .sum();
    Ok(ticks / TICKS)
}

/// CPU usage in percent of one core while servers copy large files.
pub(crate) fn cpu() -> Outcome<()> {
    let (source, target) = (named("proftpd")?, named("vsftpd")?);
    let tree = large_file(&source)?;
    for number in 1..4 {
        fs::hard_link(tree.local().join("large.bin"), tree.local().join(format!("{number}.bin")))?;
    }
    let folder = target.test_dir()?;
    let program = Program::new()?;
    let (from, to) = (source.url(&tree.remote), target.url(&format!("{}/files", folder.remote)));
    let before = spent()?;
    let seconds =
        timed(program.fxpane(&["cp", "-r", "--security", "none", "--parallel", "1", &from, &to]))?;
    let used = spent()? - before;
    same(tree.local(), &folder.local().join("files"))?;
    println!(
        "\n4 files of {MEBIBYTES} MiB, proftpd to vsftpd: {seconds:.1} s, CPU time of fxpane \
         {used:.2} s"
    );
    verdict("percent of a core", used / seconds * 100.0, 1.0, false);
    Ok(())
}

fn relay(tls: bool) -> Outcome<()> {
    let (source, target) = (named("vsftpd")?, named("proftpd")?);
    let tree = large_file(&source)?;
    let from = source.url(&format!("{}/large.bin", tree.remote));
    let folder = target.test_dir()?;
    let clean = || fs::remove_file(folder.local().join("large.bin"));
    let protection: &[&str] =
        if tls { &["--insecure", "--data-protection", "require"] } else { &["--security", "none"] };
    let protection_name = if tls { "TLS" } else { "plain" };
    let [ours, theirs] = alternate(
        &format!("{MEBIBYTES} MiB from vsftpd to proftpd through this machine, {protection_name}"),
        "MiB/s",
        MEBIBYTES as f64,
        || {
            let program = Program::new()?;
            let to = target.url(&format!("{}/", folder.remote));
            let mut command = program.fxpane(&["cp", "--via", "relay"]);
            command.args(protection).args([&from, &to]);
            let seconds = timed(command)?;
            same(tree.local(), folder.local())?;
            clean()?;
            Ok(seconds)
        },
        || {
            let program = Program::new()?;
            let settings = if tls {
                "set ftp:use-fxp no; set ftp:ssl-force yes; set ftp:ssl-protect-data yes"
            } else {
                "set ftp:use-fxp no; set ftp:ssl-allow no"
            };
            let to = target.url(&format!("{}/large.bin", folder.remote));
            let seconds = timed(lftp(&program, settings, &format!("get1 {from} -o {to}")))?;
            same(tree.local(), folder.local())?;
            clean()?;
            Ok(seconds)
        },
    )?;
    verdict(&format!("relay, {protection_name}, times lftp"), theirs / ours, 0.9, true);
    Ok(())
}

pub(crate) fn relay_plain() -> Outcome<()> {
    relay(false)
}

pub(crate) fn relay_tls() -> Outcome<()> {
    relay(true)
}

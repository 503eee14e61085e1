//! A directory of 100,000 entries, listed by `fxpane ls` and by curl, which prints the listing
//! unparsed.

use std::fs::File;

use crate::program::Program;
use crate::run::{Outcome, median, named, runs, timed, verdict};

const ENTRIES: u32 = 100_000;

pub(crate) fn run() -> Outcome<()> {
    println!("\na directory of {ENTRIES} entries on vsftpd, including start and login\n");
    println!("| run | fxpane ls s | curl s |");
    println!("|---|---|---|");
    let server = named("vsftpd")?;
    let folder = server.test_dir()?;
    for number in 0..ENTRIES {
        File::create(folder.local().join(format!("entry-{number:06}.dat")))?;
    }
    let url = server.url(&format!("{}/", folder.remote));
    let program = Program::new()?;
    let mut seconds = [Vec::new(), Vec::new()];
    for run in 1..=runs() {
        let mut curl = program.other("curl");
        curl.args(["-s", "-S", &url]);
        let pair = [timed(program.fxpane(&["ls", "--security", "none", &url]))?, timed(curl)?];
        println!("| {run} | {:.2} | {:.2} |", pair[0], pair[1]);
        for (all, one) in seconds.iter_mut().zip(pair) {
            all.push(one);
        }
    }
    let [ours, theirs] = seconds.map(median);
    println!("| median | {ours:.2} | {theirs:.2} |");
    verdict("listing, times curl", ours / theirs, 1.2, false);
    Ok(())
}

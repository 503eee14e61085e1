//! Linear growth: ten times the files must take at most ten times as long, between two embedded
//! servers.

use fxpane::demo::{Server, Setup};

use crate::program::Program;
use crate::run::{Outcome, median, runs, timed, verdict};

const FEW: u32 = 5_000;
const MANY: u32 = 50_000;

pub(crate) fn run() -> Outcome<()> {
    println!("\n{FEW} and {MANY} files of 64 bytes between embedded servers, one lane\n");
    println!("| files | s | files/s |");
    println!("|---|---|---|");
    let mut seconds = [Vec::new(), Vec::new()];
    for _ in 0..runs() {
        for (at, count) in [FEW, MANY].into_iter().enumerate() {
            let took = once(count)?;
            println!("| {count} | {took:.2} | {:.0} |", f64::from(count) / took);
            seconds[at].push(took);
        }
    }
    let [few, many] = seconds.map(median);
    verdict("ten times the files: factor in time", many / few, 10.5, false);
    Ok(())
}

fn once(count: u32) -> Outcome<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut setup = Setup::new();
        for number in 0..count {
            let text = format!("{number:064}");
            setup = setup.file(&format!("/many/{:03}/{number:05}", number / 500), text.as_str());
        }
        let source = Server::start(setup).await?;
        let target = Server::start(Setup::new().dir("/in")).await?;
        let (from, to) = (format!("{}/many", source.url()), format!("{}/in/many", target.url()));
        let took = tokio::task::spawn_blocking(move || -> Result<f64, String> {
            let program = Program::new().map_err(|error| error.to_string())?;
            let words = ["cp", "-r", "--security", "none", "--parallel", "1", &from, &to];
            timed(program.fxpane(&words)).map_err(|error| error.to_string())
        })
        .await??;
        let last = format!("/in/many/{:03}/{:05}", (count - 1) / 500, count - 1);
        if target.root().read(&last)? != format!("{:064}", count - 1).as_bytes() {
            return Err(format!("{last} differs from its source").into());
        }
        Ok(took)
    })
}

//! Compares fxpane with lftp and curl: every row times whole program runs, including start, logins
//! and listing.
//!
//! ```text
//! tests/servers/servers.sh up DIR
//! FXPANE_SERVERS=DIR/servers.json cargo bench --bench rivals [-- ROW…]
//! ```
//!
//! `benches/run [ROW…]`, as root, does both in an isolated environment, in which the kernel state
//! left by one run does not slow down the next one.
//!
//! Rows: `small latency lanes list growth trees million routes cpu relay relay-tls`; without an
//! argument, all of them (`million-files`, which takes minutes, only by name). Runs of both
//! programs alternate, so that other load affects both; medians are compared, and the copies are
//! compared byte by byte outside the timing. `FXPANE_BENCH_RUNS` sets the number of runs
//! (default 5).

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod growth;
mod large;
mod latency;
mod list;
mod million;
#[path = "../../tests/all/program.rs"]
mod program;
mod routes;
mod run;
#[path = "../../tests/all/servers/server.rs"]
mod server;
mod small;
mod trees;

use run::Outcome;

/// A row of the table: its name and its function.
type Row = (&'static str, fn() -> Outcome<()>);

/// The row that only runs by name.
const BY_NAME: &str = "million-files";

fn main() -> Outcome<()> {
    // `cargo test --all-targets` also starts benchmarks, but without this argument
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("skipped: run it with cargo bench");
        return Ok(());
    }
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, million::QUEUE, folder] => return million::queue(folder),
        [_, routes::ENGINE, from, to] => return routes::engine([from, to]),
        _ => {}
    }
    let rows: Vec<&str> =
        arguments.iter().filter(|word| !word.starts_with('-')).map(String::as_str).collect();
    let wanted = |row: &str| (rows.is_empty() && row != BY_NAME) || rows.contains(&row);
    let all: [Row; 12] = [
        ("small", small::run),
        ("latency", latency::one_lane),
        ("lanes", latency::eight_lanes),
        ("list", list::run),
        ("growth", growth::run),
        ("trees", trees::wide),
        (BY_NAME, trees::deep),
        ("million", million::run),
        ("routes", routes::run),
        ("cpu", large::cpu),
        ("relay", large::relay_plain),
        ("relay-tls", large::relay_tls),
    ];
    for (_, row) in all.iter().filter(|(name, _)| wanted(name)) {
        row()?;
    }
    Ok(())
}

//! The queue with a million items: adding them, memory, start, a window, and taking it apart.
//!
//! The store runs in a process of its own, so that its memory can be told from that of the other
//! rows; the start is the whole program's.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use fxpane::base::{JobId, Stamp};
use fxpane::queue::store::{Part, Scope, Wanted};
use fxpane::queue::{JobKind, JobSpec, NewItem, Rules, Source, Store, TreeRules, Turn};
use fxpane::site::{Location, Site};

use crate::program::Program;
use crate::run::{Outcome, median, resident, timed, verdict};

const BATCHES: u32 = 1_000;
const BATCH: u32 = 1_000;

/// The argument that makes a process the one with the queue.
pub(crate) const QUEUE: &str = "--queue-of-a-million";

pub(crate) fn run() -> Outcome<()> {
    println!("\nthe queue with {} items\n", BATCHES * BATCH);
    let program = Program::new()?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_string_lossy().into_owned();
    let told =
        Command::new(std::env::current_exe()?).arg("--bench").arg(QUEUE).arg(&data).output()?;
    print!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    let starts = (0..5)
        .map(|_| timed(program.fxpane(&["--data-dir", &data, "queue", "list"])))
        .collect::<Outcome<Vec<f64>>>()?;
    verdict("`fxpane queue list`, start to end, s", median(starts), 0.5, false);
    Ok(())
}

/// Fills a queue in this folder and prints the rows.
pub(crate) fn queue(folder: &str) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let path = std::path::Path::new(folder).join("queue.db");
        let (store, _) = Store::open(&path)?;
        let (from, to) = (site("from"), site("to"));
        let spec = JobSpec {
            kind: JobKind::Copy,
            sources: vec![Source { at: at(&from, "/pub/tree"), kind: None, size: None }],
            target: Some(at(&to, "/in")),
            rename_to: false,
            rules: Rules::default(),
            tree: TreeRules::default(),
            start_at: None,
        };
        let job = store.add_job(&spec, None).await?;
        let begun = Instant::now();
        fill(&store, job, &from, &to).await?;
        verdict("adding them, s", begun.elapsed().as_secs_f64(), 10.0, false);
        verdict("resident memory, MB", resident()?, 100.0, false);
        let mut slowest: f64 = 0.0;
        for offset in [0, 1_000, 250_000, 500_500, 999_950] {
            let scope = Scope { open: true, jobs: Vec::new() };
            let begun = Instant::now();
            let rows = store.rows(scope, Part::ALL.to_vec(), offset, 60).await?;
            let took = begun.elapsed().as_secs_f64() * 1000.0;
            println!("a window of {} at {offset}: {took:.2} ms", rows.rows.len());
            slowest = slowest.max(took);
        }
        verdict("the slowest window, ms", slowest, 5.0, false);
        store.close().await;
        let begun = Instant::now();
        let (store, _) = Store::open(&path)?;
        let jobs = store.jobs(Wanted::All).await?;
        let waiting: u64 = jobs.iter().map(|job| job.totals.waiting).sum();
        println!(
            "\nopened and counted ({waiting} wait) in {:.1} ms",
            begun.elapsed().as_secs_f64() * 1000.0
        );
        store.close().await;
        Ok(())
    })
}

async fn fill(store: &Store, job: JobId, from: &Arc<Site>, to: &Arc<Site>) -> Outcome<()> {
    let mut pending = VecDeque::new();
    for batch in 0..BATCHES {
        let entry = |number: u32| {
            let below = format!("tree/dir-{batch:04}/file-{number:06}.bin");
            NewItem {
                label: below.as_str().into(),
                dir: false,
                source: at(from, &format!("/pub/{below}")),
                target: Some(at(to, &format!("/in/{below}"))),
                size: Some(1000),
                modified: Stamp::from_digits("20260102030405"),
                mode: None,
                replaces: false,
                turn: Turn::Usual,
            }
            .waiting()
        };
        pending.push_back(store.add(job, (0..BATCH).map(entry).collect()).send());
        // as a walk does: what has been listed is being written while the next is listed
        if pending.len() > 4
            && let Some(first) = pending.pop_front()
        {
            first.await?;
        }
    }
    store.count(job).await?;
    Ok(())
}

fn site(name: &str) -> Arc<Site> {
    let mut site = Site::new("localhost");
    site.name = name.to_owned();
    site.into()
}

fn at(site: &Arc<Site>, path: &str) -> Location {
    Location::Remote { site: site.clone(), path: path.into() }
}

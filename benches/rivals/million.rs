//! The queue with a million items: time to add them, memory, time to read a window, start time.
//!
//! The store runs in a separate process, so that its memory can be measured apart from the other
//! rows; the start time is that of the whole program.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use fxpane::base::{JobId, Stamp};
use fxpane::queue::store::{JobQuery, Scope, Section};
use fxpane::queue::{JobKind, JobRules, JobSpec, NewItem, Precedence, Source, Store, TreeRules};
use fxpane::site::{Location, Site};

use crate::program::Program;
use crate::run::{Outcome, median, resident, timed, verdict};

const BATCHES: u32 = 1_000;
const BATCH: u32 = 1_000;

/// The argument of the child process with the queue.
pub(crate) const QUEUE: &str = "--queue-of-a-million";

pub(crate) fn run() -> Outcome<()> {
    println!("\nthe queue with {} items\n", BATCHES * BATCH);
    let program = Program::new()?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_string_lossy().into_owned();
    let output =
        Command::new(std::env::current_exe()?).arg("--bench").arg(QUEUE).arg(&data).output()?;
    print!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let starts = (0..5)
        .map(|_| timed(program.fxpane(&["--data-dir", &data, "queue", "list"])))
        .collect::<Outcome<Vec<f64>>>()?;
    verdict("whole run of `fxpane queue list`, s", median(starts), 0.5, false);
    Ok(())
}

/// Fills a queue in this directory and prints the rows.
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
            rules: JobRules::default(),
            tree: TreeRules::default(),
            start_at: None,
        };
        let job = store.add_job(&spec, None).await?;
        let started = Instant::now();
        fill(&store, job, &from, &to).await?;
        verdict("adding them, s", started.elapsed().as_secs_f64(), 10.0, false);
        verdict("resident memory, MB", resident()?, 100.0, false);
        let mut slowest: f64 = 0.0;
        for offset in [0, 1_000, 250_000, 500_500, 999_950] {
            let scope = Scope { open: true, jobs: Vec::new() };
            let started = Instant::now();
            let rows = store.rows(scope, Section::ALL.to_vec(), offset, 60).await?;
            let took = started.elapsed().as_secs_f64() * 1000.0;
            println!("a window of {} at {offset}: {took:.2} ms", rows.rows.len());
            slowest = slowest.max(took);
        }
        verdict("the slowest window, ms", slowest, 5.0, false);
        store.close().await;
        let started = Instant::now();
        let (store, _) = Store::open(&path)?;
        let jobs = store.jobs(JobQuery::All).await?;
        let waiting: u64 = jobs.iter().map(|job| job.totals.waiting).sum();
        println!(
            "\nopened and counted ({waiting} wait) in {:.1} ms",
            started.elapsed().as_secs_f64() * 1000.0
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
                precedence: Precedence::Normal,
            }
            .waiting()
        };
        pending.push_back(store.add(job, (0..BATCH).map(entry).collect()).send());
        // like the tree walk, write one directory while listing the next
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

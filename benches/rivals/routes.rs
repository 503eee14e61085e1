//! 200 routes in parallel between embedded servers.
//!
//! The engine runs in a separate process, so that its memory is measured without the servers'.

use std::collections::HashMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use fxpane::base::Secret;
use fxpane::demo::{Server, Setup};
use fxpane::engine::{Engine, EngineOptions, Report};
use fxpane::queue::{ItemState, JobKind, JobRules, JobSpec, Source, Store, TreeRules};
use fxpane::site::{Location, PasswordRef, Security, Site, Trust};
use tokio::sync::mpsc;

use crate::run::{Outcome, resident, verdict};

const ROUTES: usize = 200;
const FILES: usize = 100;

/// The argument of the child process with the engine; the two servers follow.
pub(crate) const ENGINE: &str = "--engine-of-200-routes";

pub(crate) fn run() -> Outcome<()> {
    println!(
        "\n{ROUTES} routes in parallel, each {FILES} files of 4 KiB, between embedded servers\n"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut setup = Setup::new();
        for route in 0..ROUTES {
            for file in 0..FILES {
                setup = setup.file(&path(route, file), content(route, file));
            }
        }
        let source = Server::start(setup).await?;
        let target =
            (0..ROUTES).fold(Setup::new(), |setup, route| setup.dir(&format!("/in/{route}")));
        let target = Server::start(target).await?;
        let servers = [&source, &target].map(|server| {
            format!("{},{},{},{}", server.ip(), server.port(), server.user(), server.password())
        });
        let output = tokio::task::spawn_blocking(move || {
            Command::new(std::env::current_exe()?).arg("--bench").arg(ENGINE).args(servers).output()
        })
        .await??;
        print!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        for route in 0..ROUTES {
            for file in 0..FILES {
                let arrived = target.root().read(&format!("/in/{route}/tree/{file}"))?;
                if arrived != content(route, file) {
                    return Err(
                        format!("file {file} of route {route} differs from its source").into()
                    );
                }
            }
        }
        Ok(())
    })
}

fn path(route: usize, file: usize) -> String {
    format!("/from/{route}/tree/{file}")
}

fn content(route: usize, file: usize) -> Vec<u8> {
    format!("{route:08}{file:08}").repeat(256).into_bytes()
}

/// Runs the jobs of all routes in this process and prints the rows.
pub(crate) fn engine([from, to]: [&str; 2]) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let mut options = EngineOptions::new(Arc::new(Trust::in_memory()));
        options.store = Store::open(&folder.path().join("queue.db"))?.0;
        let engine = Engine::start(options);
        let (reports, mut received) = mpsc::unbounded_channel();
        let started = Instant::now();
        for route in 0..ROUTES {
            let at = |site: Site, path: String| Location::Remote {
                site: Arc::new(site),
                path: path.as_str().into(),
            };
            let source = at(site("from", route, from)?, format!("/from/{route}/tree"));
            let spec = JobSpec {
                kind: JobKind::Copy,
                sources: vec![Source { at: source, kind: None, size: None }],
                target: Some(at(site("to", route, to)?, format!("/in/{route}"))),
                rename_to: false,
                rules: JobRules { parallel: Some(1), ..JobRules::default() },
                tree: TreeRules::default(),
                start_at: None,
            };
            engine.submit(spec, Some(reports.clone())).await?;
        }
        let mut ended = 0;
        let mut ends: HashMap<_, Vec<f64>> = HashMap::new();
        while ended < ROUTES {
            match received.recv().await {
                Some(Report::Item(item)) if item.state != ItemState::Done => {
                    return Err(format!("{item}").into());
                }
                Some(Report::Item(item)) if !item.item.dir => {
                    ends.entry(item.item.job).or_default().push(started.elapsed().as_secs_f64());
                }
                Some(Report::End { .. }) => ended += 1,
                Some(_) => {}
                None => return Err("the engine has ended".into()),
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        let memory = resident()?;
        let files: usize = ends.values().map(Vec::len).sum();
        println!("{files} files of {} routes in {seconds:.1} s", ends.len());
        verdict("routes that finished", ends.len() as f64, ROUTES as f64, true);
        verdict("resident memory, MB", memory, 100.0, false);
        // fair scheduling: all routes finish files at the same rate
        let waits = ends.values().flat_map(|times| times.windows(2).map(|pair| pair[1] - pair[0]));
        let longest = waits.fold(0.0, f64::max);
        let share = seconds / FILES as f64;
        println!(
            "\nthe longest wait for a route's next file: {longest:.2} s; a fair share: {share:.2} s"
        );
        let finished: Vec<f64> = ends.values().filter_map(|times| times.last().copied()).collect();
        let first = finished.iter().copied().fold(f64::INFINITY, f64::min);
        println!("first route finished after {first:.1} s, last after {seconds:.1} s");
        engine.shutdown().await;
        Ok(())
    })
}

fn site(name: &str, route: usize, server: &str) -> Outcome<Site> {
    let [host, port, user, password] =
        server.split(',').collect::<Vec<_>>().try_into().map_err(|_| "a server has four parts")?;
    let mut site = Site::new(host);
    site.name = format!("{name}-{route}");
    site.port = Some(port.parse()?);
    site.user = Some(user.to_owned());
    site.password = PasswordRef::Plain(Secret::from(password));
    site.security = Security::None;
    Ok(site)
}

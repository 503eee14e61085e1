//! Response time of the screen with directories of 100 and 100,000 entries, and with queues of a
//! thousand and a million files: the time for a key press and a frame must not grow with either,
//! and stay below 16 ms.
//!
//! `cargo bench --bench screen` prints the median and worst of many frames of 200x60, in memory.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod queue;

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fxpane::engine::Directory;
use fxpane::ftp::{Entry, Kind};
use fxpane::site::Location;
use fxpane::ui::key::parse_sequence;
use fxpane::ui::model::listing::Arranged;
use fxpane::ui::model::msg::Msg;
use fxpane::ui::model::pane::Navigation;
use fxpane::ui::model::{Model, ModelSetup};
use fxpane::ui::update::update;
use fxpane::ui::view::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZE: (u16, u16) = (200, 60);
const FRAMES: usize = 200;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    // `cargo test --all-targets` starts benchmarks too, without this argument
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("not run: cargo bench runs it");
        return Ok(());
    }
    println!("Limit per frame: {LIMIT:?}; median and worst of {FRAMES}.\n");
    println!("| panes with | 100 entries | worst | 100,000 entries | worst | below the limit |");
    println!("|---|---|---|---|---|---|");
    let (few, many) = (measure(100)?, measure(100_000)?);
    for (few, many) in few.iter().zip(&many) {
        row(few, many);
    }
    println!("\n| queue with | 1,000 files | worst | 1,000,000 files | worst | below the limit |");
    println!("|---|---|---|---|---|---|");
    let (few, many) = (queue::measure(1_000)?, queue::measure(1_000_000)?);
    for (few, many) in few.iter().zip(&many) {
        row(few, many);
    }
    Ok(())
}

/// Time limit of a frame.
const LIMIT: Duration = Duration::from_millis(16);

/// One line of a table.
struct Measured {
    name: &'static str,
    median: Duration,
    worst: Duration,
    /// True if it runs in the background, where the screen does not wait for it.
    background: bool,
}

fn row(few: &Measured, many: &Measured) {
    let verdict = match many {
        many if many.background => "background",
        many if many.worst < LIMIT => "yes",
        many if many.median < LIMIT => "except the worst",
        _ => "no",
    };
    println!(
        "| {} | {:.3?} | {:.3?} | {:.3?} | {:.3?} | {verdict} |",
        few.name, few.median, few.worst, many.median, many.worst
    );
}

fn measure(entries: u64) -> Outcome<Vec<Measured>> {
    let mut model = Model::new(ModelSetup { size: SIZE, ..ModelSetup::default() });
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    let directory = directory(entries);
    let mut table = Vec::new();
    let mut times = [Vec::new(), Vec::new()];
    for navigation in
        std::iter::once(Navigation::Go).chain(std::iter::repeat_n(Navigation::Refresh, 20))
    {
        // a new listing each time, so that freeing the previous one is measured too
        let sorted = Instant::now();
        let listings = [(); 2].map(|()| Arranged::from(Arc::new(directory.clone())));
        times[0].push(sorted.elapsed());
        let arrived = Instant::now();
        for (pane, arranged) in model.panes.iter_mut().zip(listings) {
            pane.show(arranged, navigation, 0, 50);
            pane.go_to(pane.rows() / 2, 50);
        }
        times[1].push(arrived.elapsed());
    }
    let [sorted, arrived] = times;
    table.push(measured("copy and sort two listings", sorted, true));
    table.push(measured("show two listings", arrived, false));
    for (name, keys) in [
        ("cursor down and frame", "j"),
        ("page down and frame", "Ctrl-F"),
        ("select and frame", "Space"),
        ("reverse the order and frame", "s r"),
        ("change the order and frame", "s e s t"),
    ] {
        table.push(frames(name, &mut model, &mut terminal, keys)?);
    }
    press(&mut model, "f")?;
    table.push(frames("type into the filter and frame", &mut model, &mut terminal, "7")?);
    Ok(table)
}

/// Times each key press until its frame is drawn.
fn frames(
    name: &'static str,
    model: &mut Model,
    terminal: &mut Terminal<TestBackend>,
    keys: &str,
) -> Outcome<Measured> {
    let mut times = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        let started = Instant::now();
        press(model, keys)?;
        terminal.draw(|frame| draw(model, frame))?;
        times.push(started.elapsed());
    }
    Ok(measured(name, times, false))
}

fn measured(name: &'static str, mut times: Vec<Duration>, background: bool) -> Measured {
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    Measured { name, median, worst: times.last().copied().unwrap_or_default(), background }
}

fn press(model: &mut Model, keys: &str) -> Outcome<()> {
    for key in parse_sequence(keys)? {
        update(model, Msg::Key(key));
    }
    Ok(())
}

/// A directory in random order, as servers send it.
fn directory(entries: u64) -> Directory {
    let entry = |number: u64| {
        let name = format!("some-file-{}-{number}.bin", number * 7919 % 100_003);
        let mut entry = Entry::new(name.into_bytes(), Kind::File);
        entry.size = Some(number * 1000);
        entry
    };
    Directory {
        at: Location::Local("/".into()),
        entries: (0..entries).map(entry).collect(),
        unreadable: 0,
        free: None,
    }
}

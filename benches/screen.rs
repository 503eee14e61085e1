//! The screen with a directory of 100,000 entries, beside the same screen with 100: what a key
//! press and a frame cost must not grow with the directory.
//!
//! `cargo bench --bench screen`. Medians over many frames at 200x60, into memory.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fxpane::engine::Directory;
use fxpane::ftp::{Entry, Kind};
use fxpane::site::Location;
use fxpane::ui::key::parse_sequence;
use fxpane::ui::model::msg::Msg;
use fxpane::ui::model::pane::Way;
use fxpane::ui::model::{Model, Setup};
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
    println!("| what | 100 entries | 100,000 entries |");
    println!("|---|---|---|");
    let (few, many) = (measure(100)?, measure(100_000)?);
    for (few, many) in few.iter().zip(&many) {
        println!("| {} | {:.3?} | {:.3?} |", few.0, few.1, many.1);
    }
    Ok(())
}

fn measure(entries: u64) -> Outcome<Vec<(&'static str, Duration)>> {
    let mut model = Model::new(Setup { size: SIZE, ..Setup::default() });
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1))?;
    let directory = Arc::new(directory(entries));
    let mut table = Vec::new();
    let arrived = Instant::now();
    for pane in &mut model.panes {
        pane.show(Arc::clone(&directory), Way::Go, 0, 50);
    }
    table.push(("two listings arrive", arrived.elapsed()));
    for (name, keys) in [
        ("cursor down and frame", "j"),
        ("page down and frame", "Ctrl-F"),
        ("select and frame", "Space"),
        ("turn the order and frame", "s r"),
    ] {
        table.push((name, median(&mut model, &mut terminal, keys)?));
    }
    press(&mut model, "f")?;
    table.push(("letter of the filter and frame", median(&mut model, &mut terminal, "7")?));
    Ok(table)
}

/// The median time from a key press to the end of its frame.
fn median(
    model: &mut Model,
    terminal: &mut Terminal<TestBackend>,
    keys: &str,
) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(FRAMES);
    for _ in 0..FRAMES {
        let began = Instant::now();
        press(model, keys)?;
        terminal.draw(|frame| draw(model, frame))?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[FRAMES / 2])
}

fn press(model: &mut Model, keys: &str) -> Outcome<()> {
    for key in parse_sequence(keys)? {
        update(model, Msg::Key(key));
    }
    Ok(())
}

/// Names in no order, as a server without sorting sends them.
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

//! Speed and memory use of the listing parsers.
//!
//! `cargo bench --bench listing` prints, for a million generated lines of each format, lines per
//! second, the speed relative to a naive parser (every field a `String`), and the peak memory as a
//! multiple of the text. A number after `--` sets the number of lines.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

use std::{
    collections::HashMap,
    fmt::Write as _,
    hint::black_box,
    process::Command,
    time::{Duration, Instant},
};

use fxpane::ftp::{
    Entry,
    listing::{ListingContext, ListingFormat, parse},
};
use jiff::civil::{DateTime, date};

/// Number of timed runs; the best one counts, as the machine may be busy.
const TRIES: usize = 5;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// One line of the table: its name, the format if it is known in advance, the generator of the
/// text, and the naive parser.
struct Case {
    name: &'static str,
    format: Option<ListingFormat>,
    text: fn(usize) -> String,
    naive: fn(&str) -> Vec<Naive>,
}

const CASES: [Case; 4] = [
    Case { name: "mlsd", format: Some(ListingFormat::Mlsd), text: mlsd, naive: naive_mlsd },
    Case { name: "unix", format: Some(ListingFormat::Unix), text: unix, naive: naive_unix },
    Case { name: "unix, detected", format: None, text: unix, naive: naive_unix },
    Case { name: "dos", format: Some(ListingFormat::Dos), text: dos, naive: naive_dos },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lines = arguments.iter().find_map(|it| it.parse().ok()).unwrap_or(1_000_000);
    if arguments.iter().any(|it| it == MEMORY) {
        if let Some(case) = CASES.iter().find(|case| arguments.iter().any(|it| it == case.name)) {
            println!("{}", case.peak(lines).unwrap_or(f64::NAN));
        }
        return;
    }
    println!("{lines} lines each, best of {TRIES}\n");
    println!("{:<16} {:>12} {:>8} {:>8} {:>8}", "format", "lines/s", "naive", "ratio", "memory");
    for case in &CASES {
        case.report(lines);
    }
}

/// The argument of the child process that measures memory: in this process, memory freed by
/// earlier cases would be reused and not counted.
const MEMORY: &str = "--memory-of";

impl Case {
    fn context(&self) -> ListingContext {
        ListingContext {
            format: self.format,
            ..ListingContext::new(date(2026, 3, 20).at(12, 0, 0, 0))
        }
    }

    fn report(&self, lines: usize) {
        let (name, text, context) = (self.name, (self.text)(lines), self.context());
        let memory = std::env::current_exe().ok().and_then(|program| {
            let arguments = [MEMORY, name, &lines.to_string()];
            let output = Command::new(program).args(arguments).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse::<f64>().ok()
        });
        let (ours, read) = best(|| parse(text.as_bytes(), &context).entries.len());
        let (plain, naive_read) = best(|| (self.naive)(&text).len());
        assert_eq!((read, naive_read), (lines, lines), "{name}: both parsers must read every line");
        println!(
            "{name:<16} {:>12} {:>8} {:>7.1}x {:>7.2}x",
            rate(lines, ours),
            rate(lines, plain),
            plain.as_secs_f64() / ours.as_secs_f64(),
            memory.unwrap_or(f64::NAN),
        );
    }

    /// The growth of the resident set while the listing is parsed, as a multiple of the text;
    /// `None` except on Linux.
    #[expect(clippy::cast_precision_loss, reason = "a ratio for display")]
    fn peak(&self, lines: usize) -> Option<f64> {
        let (text, context) = ((self.text)(lines), self.context());
        // 5 resets the peak, see proc_pid_clear_refs(5)
        std::fs::write("/proc/self/clear_refs", "5").ok()?;
        let before = status("VmRSS:")?;
        let kept = black_box(parse(text.as_bytes(), &context));
        let peak = status("VmHWM:")?;
        drop(kept);
        Some(peak.saturating_sub(before) as f64 * 1024.0 / text.len() as f64)
    }
}

fn best<T>(mut run: impl FnMut() -> T) -> (Duration, T) {
    let mut timed = || {
        let start = Instant::now();
        let value = black_box(run());
        (start.elapsed(), value)
    };
    let first = timed();
    (1..TRIES).fold(first, |best, _| {
        let next = timed();
        if next.0 < best.0 { next } else { best }
    })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lines per second for display"
)]
fn rate(lines: usize, time: Duration) -> u64 {
    (lines as f64 / time.as_secs_f64()) as u64
}

/// A value of `/proc/self/status`, in KiB.
fn status(key: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn mlsd(lines: usize) -> String {
    let mut text = String::new();
    for i in 0..lines {
        let _ = write!(
            text,
            "modify=2025{:02}{:02}{:02}{:02}{:02};perm=adfrw;size={};type=file;\
             unique=801U{i:X};UNIX.mode=0644; release-{i:07}.tar.gz\r\n",
            i % 12 + 1,
            i % 28 + 1,
            i % 24,
            i % 60,
            i * 7 % 60,
            i * 1237,
        );
    }
    text
}

fn unix(lines: usize) -> String {
    let mut text = String::new();
    for i in 0..lines {
        let (month, day) = (MONTHS[i % 12], i % 28 + 1);
        let _ = write!(text, "-rw-r--r--   1 ftp      ftp      {:>10} {month} {day:2} ", i * 1237);
        let _ = match i % 2 {
            0 => write!(text, "{:02}:{:02}", i % 24, i % 60),
            _ => write!(text, " {}", 2000 + i % 25),
        };
        let _ = write!(text, " release-{i:07}.tar.gz\r\n");
    }
    text
}

fn dos(lines: usize) -> String {
    let mut text = String::new();
    for i in 0..lines {
        let (month, day, hour, minute) = (i % 12 + 1, i % 28 + 1, i % 12 + 1, i % 60);
        let _ = write!(
            text,
            "{month:02}-{day:02}-25  {hour:02}:{minute:02}AM {:>20} release-{i:07}.tar.gz\r\n",
            i * 1237,
        );
    }
    text
}

/// What the naive parser keeps of a line.
struct Naive {
    _name: String,
    _size: Option<u64>,
    _mtime: Option<DateTime>,
    _perms: Option<String>,
    _fields: Vec<String>,
}

fn naive_mlsd(text: &str) -> Vec<Naive> {
    let read = |line: &str| {
        let (facts, name) = line.split_once(' ')?;
        let facts: HashMap<String, String> = facts
            .split(';')
            .filter_map(|fact| fact.split_once('='))
            .map(|(key, value)| (key.to_lowercase(), value.to_owned()))
            .collect();
        Some(Naive {
            _name: name.to_owned(),
            _size: facts.get("size").and_then(|size| size.parse().ok()),
            _mtime: facts.get("modify").and_then(|it| DateTime::strptime("%Y%m%d%H%M%S", it).ok()),
            _perms: facts.get("unix.mode").cloned(),
            _fields: facts.into_values().collect(),
        })
    };
    text.lines().filter_map(read).collect()
}

fn naive_unix(text: &str) -> Vec<Naive> {
    let read = |line: &str| {
        let fields: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let [mode, .., size, month, day, time, name] = &fields[..] else { return None };
        let mtime = if time.contains(':') {
            DateTime::strptime("%Y %b %d %H:%M", format!("2025 {month} {day} {time}")).ok()
        } else {
            DateTime::strptime("%Y %b %d %H:%M", format!("{time} {month} {day} 00:00")).ok()
        };
        Some(Naive {
            _name: name.clone(),
            _size: size.parse().ok(),
            _mtime: mtime,
            _perms: Some(mode.clone()),
            _fields: fields,
        })
    };
    text.lines().filter_map(read).collect()
}

fn naive_dos(text: &str) -> Vec<Naive> {
    let read = |line: &str| {
        let fields: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let [day, time, size, name] = &fields[..] else { return None };
        Some(Naive {
            _name: name.clone(),
            _size: size.parse().ok(),
            _mtime: DateTime::strptime("%m-%d-%y %I:%M%p", format!("{day} {time}")).ok(),
            _perms: None,
            _fields: fields,
        })
    };
    text.lines().filter_map(read).collect()
}

/// The naive parser must not win by keeping less than an [`Entry`] does.
const _: () = assert!(size_of::<Naive>() >= size_of::<Entry>());

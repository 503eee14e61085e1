//! The progress line: bar, file counts, rate and remaining time.

use crate::base::size;
use crate::engine::Counts;

/// Width of the bar in columns.
const BAR: usize = 20;

/// The progress line, at most `width` columns wide; `ascii` draws the bar with ASCII characters.
#[must_use]
pub fn line(counts: &Counts, width: usize, ascii: bool) -> String {
    let [full_cell, free_cell, none] = if ascii { ["#", ".", "-"] } else { ["█", "░", "–"] };
    let ended = counts.done + counts.skipped + counts.failed + counts.cancelled;
    let all = ended + counts.running + counts.waiting;
    let more = if counts.listing { "+" } else { "" };
    let files = format!("{}/{}{more} files", size::grouped(ended), size::grouped(all));
    let total = counts.bytes + counts.bytes_left;
    let speed = if counts.rate > 0.0 { size::rate(counts.rate) } else { none.to_owned() };
    let mut parts = Vec::new();
    // while a tree is still being listed, the total grows and a percentage would go backwards
    if total > 0 && !counts.listing {
        let share = counts.bytes as f64 / total as f64;
        let full = ((share * BAR as f64) as usize).min(BAR);
        let bar = format!("{}{}", full_cell.repeat(full), free_cell.repeat(BAR - full));
        parts.push(format!("{bar} {:>3.0} %", (share * 100.0).floor()));
    }
    parts.push(files);
    parts.push(size::bytes(counts.bytes));
    parts.push(speed);
    if let Some(left) = counts.left.filter(|_| !counts.listing) {
        parts.push(format!("{} left", size::clock(left)));
    }
    let line = parts.join("  ");
    // every character used here is one column wide
    line.chars().take(width.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn line_shows_bar_counts_rate_and_time_left() {
        let counts = Counts {
            waiting: 2,
            running: 1,
            done: 1,
            bytes: 1024,
            bytes_left: 3072,
            rate: 512.0,
            left: Some(Duration::from_secs(6)),
            ..Counts::default()
        };
        assert_eq!(
            line(&counts, 120, false),
            "█████░░░░░░░░░░░░░░░  25 %  1/4 files  1.00 KiB  512 B/s  00:00:06 left"
        );
        let ascii = line(&counts, 120, true);
        assert!(ascii.is_ascii() && ascii.starts_with("#####..............."), "{ascii}");
        let listing = Counts { listing: true, ..counts };
        assert_eq!(line(&listing, 120, false), "1/4+ files  1.00 KiB  512 B/s");
        assert_eq!(line(&Counts::default(), 120, false), "0/0 files  0 B  –");
        assert_eq!(line(&counts, 10, false).chars().count(), 9);
    }
}

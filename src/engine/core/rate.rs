//! A speed, smoothed so that it can be read.

use std::time::{Duration, Instant};

/// How much of the past is in the speed: after this time a change shows by two thirds.
const MEMORY: Duration = Duration::from_secs(3);

/// Bytes a second, smoothed.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    at: Instant,
    bytes: u64,
    rate: f64,
    measured: bool,
}

impl Rate {
    pub(super) fn new(now: Instant) -> Self {
        Self { at: now, bytes: 0, rate: 0.0, measured: false }
    }

    /// So many bytes have arrived by now. A number that does not change between two looks is
    /// not yet a standstill: sizes are asked for once a second only.
    ///
    /// While nothing has arrived yet the time counts only when data flows: what it takes to
    /// begin is no part of the speed, but the first size of a growing file comes late, and tells
    /// of all the time until then.
    pub(super) fn measure(&mut self, now: Instant, bytes: u64, flowing: bool) {
        if bytes <= self.bytes && !self.measured {
            if !flowing {
                self.at = now;
            }
            return;
        }
        let elapsed = now.saturating_duration_since(self.at);
        if elapsed < Duration::from_millis(900) {
            return;
        }
        let new = bytes.saturating_sub(self.bytes) as f64 / elapsed.as_secs_f64();
        let weight = 1.0 - (-elapsed.as_secs_f64() / MEMORY.as_secs_f64()).exp();
        self.rate = if self.measured { self.rate + (new - self.rate) * weight } else { new };
        self.measured = true;
        self.at = now;
        self.bytes = bytes;
    }

    /// Nothing flows: the next flow is measured from here, and not slowed down by the pause.
    pub(super) fn rest(&mut self, now: Instant, bytes: u64) {
        *self = Self { bytes, ..Self::new(now) };
    }

    /// Bytes a second; `None` before anything was measured.
    pub(super) fn rate(&self) -> Option<f64> {
        self.measured.then_some(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_speed_is_the_whole_of_it() {
        let begun = Instant::now();
        let mut rate = Rate::new(begun);
        let after = |millis| begun + Duration::from_millis(millis);
        rate.measure(after(60_000), 500, true);
        rate.rest(after(60_100), 500);
        assert_eq!(rate.rate(), None);
        // the first size is told after two seconds
        rate.measure(after(61_100), 500, true);
        rate.measure(after(62_100), 2500, true);
        assert!((rate.rate().unwrap() - 1000.0).abs() < 1.0);
    }

    #[test]
    fn a_steady_flow_is_shown_as_it_is_and_a_stop_fades() {
        let begun = Instant::now();
        let mut rate = Rate::new(begun);
        assert_eq!(rate.rate(), None);
        for second in 1..=5u64 {
            rate.measure(begun + Duration::from_secs(second), second * 1000, true);
        }
        assert!((rate.rate().unwrap() - 1000.0).abs() < 1.0);
        for second in 6..=20u64 {
            rate.measure(begun + Duration::from_secs(second), 5000, true);
        }
        assert!(rate.rate().unwrap() < 10.0);
    }
}

//! A smoothed transfer rate.

use std::time::{Duration, Instant};

/// The time constant of the smoothing: after this time a change shows by about two thirds.
const MEMORY: Duration = Duration::from_secs(3);

/// A smoothed rate in bytes per second.
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

    /// Adds a sample: the total number of bytes transferred by now. Samples are at least 0.9 s
    /// apart, since the size of a growing file is polled only once per second.
    ///
    /// Before the first bytes, time counts only while data flows: the setup of a transfer is not
    /// part of its rate, but the first polled size of a growing file covers all of the time before.
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

    /// Starts over while nothing is running, so that the pause does not lower the next rate.
    pub(super) fn rest(&mut self, now: Instant, bytes: u64) {
        *self = Self { bytes, ..Self::new(now) };
    }

    /// Bytes per second; `None` before the first measurement.
    pub(super) fn rate(&self) -> Option<f64> {
        self.measured.then_some(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_measurement_is_not_smoothed() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        let after = |millis| start + Duration::from_millis(millis);
        rate.measure(after(60_000), 500, true);
        rate.rest(after(60_100), 500);
        assert_eq!(rate.rate(), None);
        // the first size is known after two seconds
        rate.measure(after(61_100), 500, true);
        rate.measure(after(62_100), 2500, true);
        assert!((rate.rate().unwrap() - 1000.0).abs() < 1.0);
    }

    #[test]
    fn steady_rate_is_exact_and_decays_after_a_stop() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        assert_eq!(rate.rate(), None);
        for second in 1..=5u64 {
            rate.measure(start + Duration::from_secs(second), second * 1000, true);
        }
        assert!((rate.rate().unwrap() - 1000.0).abs() < 1.0);
        for second in 6..=20u64 {
            rate.measure(start + Duration::from_secs(second), 5000, true);
        }
        assert!(rate.rate().unwrap() < 10.0);
    }
}

//! The time limit that currently applies to a transfer, from the limits of both sites.

use std::time::Duration;

use tokio::time::Instant;

use crate::ftp::digest;
use crate::session::Limits;
use crate::transfer::machine::Limit;

/// How long a failed transfer's pending replies are collected.
const GRACE: Duration = Duration::from_secs(10);
/// The same for a server that answered out of turn.
const BRIEF: Duration = Duration::from_secs(1);
/// A transfer whose progress is unknown may take this long …
const BLIND: Duration = Duration::from_secs(30 * 60);
/// … plus its size at this many bytes per second (transfer rule 11).
const BLIND_RATE: u64 = 100 * 1024;

/// The limit that was armed last.
#[derive(Debug)]
pub(super) struct Clock {
    /// Of the source and of the destination.
    limits: [Limits; 2],
    size: Option<u64>,
    limit: Limit,
    /// Which of the two have a reply pending.
    waits_for: [bool; 2],
    begun: Instant,
    deadline: Instant,
    bytes: Option<u64>,
}

impl Clock {
    /// A clock for a file of this size; nothing is armed yet.
    pub(super) fn new(limits: [Limits; 2], size: Option<u64>) -> Self {
        let begun = Instant::now();
        let (limit, waits_for) = (Limit::Reply, [true, true]);
        let mut clock =
            Self { limits, size, limit, waits_for, begun, deadline: begun, bytes: None };
        clock.deadline += clock.length();
        clock
    }

    /// When the limit passes.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// From now on this limit applies; `bytes` have arrived until now, if known.
    pub(super) fn arm(&mut self, limit: Limit, waits_for: [bool; 2], bytes: Option<u64>) {
        self.limit = limit;
        self.waits_for = waits_for;
        self.begun = Instant::now();
        self.bytes = bytes;
        self.deadline = self.begun + self.length();
    }

    /// The longest of the limits that count: those of the sides with a pending reply, or of both.
    fn longest(&self, which: impl Fn(&Limits) -> Duration) -> Duration {
        let [source, destination] = &self.limits;
        match self.waits_for {
            [true, false] => which(source),
            [false, true] => which(destination),
            _ => which(source).max(which(destination)),
        }
    }

    fn length(&self) -> Duration {
        let reply = || self.longest(|limits| limits.reply);
        match self.limit {
            Limit::Reply | Limit::Tail => reply(),
            Limit::Digest => digest::time_limit(reply(), self.size.unwrap_or(0)),
            Limit::SetUp => self.longest(|limits| limits.set_up),
            Limit::Data => self.longest(|limits| limits.no_growth),
            Limit::Grace => GRACE.min(reply()),
            Limit::Brief => BRIEF.min(reply()),
        }
    }

    /// The deadline has passed: the seconds that were waited, or `None` when data still flows, or
    /// may flow. `bytes` have arrived by now.
    pub(super) fn rang(&mut self, bytes: Option<u64>) -> Option<u64> {
        let waited = self.begun.elapsed();
        if self.limit == Limit::Data {
            let blind = BLIND + Duration::from_secs(self.size.unwrap_or(0) / BLIND_RATE);
            let goes_on = match bytes {
                Some(_) => bytes != self.bytes,
                None => waited < blind,
            };
            if goes_on {
                self.bytes = bytes;
                self.deadline = Instant::now() + self.length();
                return None;
            }
        }
        Some(waited.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(reply: u64, no_growth: u64) -> Limits {
        let second = Duration::from_secs;
        Limits {
            connect: second(1),
            reply: second(reply),
            set_up: second(30),
            no_growth: second(no_growth),
        }
    }

    fn clock() -> Clock {
        Clock::new([limits(5, 7), limits(20, 120)], Some(0))
    }

    async fn left(clock: &Clock) -> u64 {
        clock.deadline().duration_since(Instant::now()).as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_limits_of_sides_with_a_pending_reply_count() {
        let mut clock = clock();
        for (waits_for, seconds) in
            [([true, false], 5), ([false, true], 20), ([true, true], 20), ([false, false], 20)]
        {
            clock.arm(Limit::Reply, waits_for, None);
            assert_eq!(left(&clock).await, seconds, "{waits_for:?}");
        }
        clock.arm(Limit::Grace, [true, false], None);
        assert_eq!(left(&clock).await, 5);
        clock.arm(Limit::Grace, [false, true], None);
        assert_eq!(left(&clock).await, 10);
        clock.arm(Limit::Brief, [false, true], None);
        assert_eq!(left(&clock).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn growing_data_has_no_limit_and_stalled_data_times_out() {
        let mut clock = clock();
        clock.arm(Limit::Data, [true, false], Some(0));
        for bytes in 1..100 {
            tokio::time::advance(Duration::from_secs(7)).await;
            assert_eq!(clock.rang(Some(bytes)), None);
        }
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(clock.rang(Some(99)), Some(700));
        // progress is unknown: 30 minutes and no longer
        clock.arm(Limit::Data, [true, true], None);
        let mut rings = 0;
        while clock.rang(None).is_none() {
            rings += 1;
            tokio::time::advance(Duration::from_secs(120)).await;
        }
        assert_eq!(rings, 15);
    }
}

//! The health of a site, and when it is tried again: items that need a site which is unreachable or
//! full wait, all others continue. Pure: the clock is a parameter.

use std::time::{Duration, Instant};

use crate::queue::schedule::back_off;

/// The longest wait between two attempts to use a site that is unreachable or full.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// What is wrong with a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SiteTrouble {
    /// It cannot be reached, or accepts no more logins.
    Unreachable,
    /// It has no space left.
    Full,
}

/// How long the engine waits for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteRetryLimits {
    /// The minimum number of connection attempts.
    pub min_attempts: u32,
    /// The time limit for a site that was reached before, or is full; `None` for no limit.
    pub time_limit: Option<Duration>,
}

/// What the engine does after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Items that need the site wait. `notify` is true once, when the outage is likely to last.
    Wait {
        /// True to notify the user now.
        notify: bool,
    },
    /// Items that need the site fail.
    GiveUp,
}

/// The health of a site.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SiteHealth {
    reached: bool,
    outage: Option<Outage>,
}

/// A time without a successful operation.
#[derive(Debug, Clone, PartialEq)]
struct Outage {
    trouble: SiteTrouble,
    why: String,
    failures: u32,
    since: Instant,
    /// The site is not used before this time.
    until: Instant,
    notified: bool,
}

impl SiteHealth {
    /// Records a successful login. True when the user was notified of an outage, which is over now.
    pub fn record_login(&mut self) -> bool {
        self.reached = true;
        self.end_outage(SiteTrouble::Unreachable)
    }

    /// Records a stored file. True when the user was notified that the site was full.
    pub fn record_upload(&mut self) -> bool {
        self.end_outage(SiteTrouble::Full)
    }

    fn end_outage(&mut self, trouble: SiteTrouble) -> bool {
        self.outage
            .take_if(|outage| outage.trouble == trouble)
            .is_some_and(|outage| outage.notified)
    }

    /// Records a failure at `now` that affects the whole site.
    pub fn record_failure(
        &mut self,
        trouble: SiteTrouble,
        why: &str,
        now: Instant,
        limits: &SiteRetryLimits,
    ) -> AfterFailure {
        let reached = self.reached;
        let outage = match &mut self.outage {
            Some(outage) if outage.trouble == trouble => outage,
            outage => {
                let (why, notified) = (why.to_owned(), false);
                let (failures, since, until) = (0, now, now);
                outage.insert(Outage { trouble, why, failures, since, until, notified })
            }
        };
        if outage.until > now {
            // the same failure, reported by another lane
            return AfterFailure::Wait { notify: false };
        }
        outage.failures += 1;
        outage.why = why.to_owned();
        let tried = trouble == SiteTrouble::Full || outage.failures >= limits.min_attempts;
        let limit = limits.time_limit.map(|time_limit| {
            let known = reached || trouble == SiteTrouble::Full;
            outage.since + if known { time_limit } else { Duration::ZERO }
        });
        if tried && limit.is_some_and(|limit| now >= limit) {
            self.outage = None;
            return AfterFailure::GiveUp;
        }
        outage.until = now + back_off(outage.failures).min(MAX_WAIT);
        if let Some(limit) = limit.filter(|limit| tried && *limit > now) {
            outage.until = outage.until.min(limit);
        }
        let notify = tried && !outage.notified;
        outage.notified |= notify;
        AfterFailure::Wait { notify }
    }

    /// True when items that need the site may start.
    #[must_use]
    pub fn is_ready(&self, now: Instant) -> bool {
        self.outage.as_ref().is_none_or(|outage| outage.until <= now)
    }

    /// The current trouble and its last cause; `None` when there is none.
    #[must_use]
    pub fn trouble(&self) -> Option<(SiteTrouble, &str)> {
        self.outage.as_ref().map(|outage| (outage.trouble, outage.why.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: AfterFailure = AfterFailure::Wait { notify: false };
    const NOTIFY: AfterFailure = AfterFailure::Wait { notify: true };

    /// Records a failure whenever the site is ready; returns the seconds and results.
    fn fail_repeatedly(
        health: &mut SiteHealth,
        trouble: SiteTrouble,
        limits: &SiteRetryLimits,
    ) -> Vec<(u64, AfterFailure)> {
        let start = Instant::now();
        let mut results = Vec::new();
        for second in 0..1000 {
            let now = start + Duration::from_secs(second);
            if !health.is_ready(now) {
                continue;
            }
            let next = health.record_failure(trouble, "why", now, limits);
            results.push((second, next));
            if next == AfterFailure::GiveUp {
                break;
            }
        }
        results
    }

    #[test]
    fn a_site_that_never_answered_fails_after_the_minimum_attempts() {
        let limits =
            SiteRetryLimits { min_attempts: 3, time_limit: Some(Duration::from_secs(600)) };
        let results =
            fail_repeatedly(&mut SiteHealth::default(), SiteTrouble::Unreachable, &limits);
        assert_eq!(results, [(0, QUIET), (1, QUIET), (3, AfterFailure::GiveUp)]);
    }

    #[test]
    fn a_site_that_was_reached_before_gets_the_time_limit() {
        let limits = SiteRetryLimits { min_attempts: 2, time_limit: Some(Duration::from_secs(40)) };
        let mut health = SiteHealth::default();
        assert!(!health.record_login());
        let results = fail_repeatedly(&mut health, SiteTrouble::Unreachable, &limits);
        let waits = [(0, QUIET), (1, NOTIFY), (3, QUIET), (7, QUIET), (15, QUIET), (31, QUIET)];
        assert_eq!(results, [&waits[..], &[(40, AfterFailure::GiveUp)]].concat());
    }

    #[test]
    fn without_a_time_limit_the_wait_is_endless() {
        let limits = SiteRetryLimits { min_attempts: 1, time_limit: None };
        let results =
            fail_repeatedly(&mut SiteHealth::default(), SiteTrouble::Unreachable, &limits);
        assert!(results.iter().all(|(_, next)| *next != AfterFailure::GiveUp), "{results:?}");
        let last = &results[results.len() - 2..];
        assert_eq!(last[1].0 - last[0].0, 60);
    }

    #[test]
    fn simultaneous_failures_count_once_and_a_success_ends_the_outage() {
        let limits = SiteRetryLimits { min_attempts: 1, time_limit: None };
        let (mut health, now) = (SiteHealth::default(), Instant::now());
        assert_eq!(health.record_failure(SiteTrouble::Full, "552", now, &limits), NOTIFY);
        assert_eq!(health.record_failure(SiteTrouble::Full, "552", now, &limits), QUIET);
        assert!(!health.is_ready(now) && health.is_ready(now + Duration::from_secs(1)));
        assert_eq!(health.trouble(), Some((SiteTrouble::Full, "552")));
        // a login does not prove that there is space
        assert!(!health.record_login() && health.trouble().is_some());
        assert!(health.record_upload());
        assert!(health.is_ready(now) && health.trouble().is_none());
    }
}

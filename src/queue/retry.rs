//! What a failed attempt means for its item, for other items and for the site. Pure: no clock.
//!
//! | class | the item | other items |
//! |---|---|---|
//! | permanent: permission, no such file, a safety rule | fails at once | continue |
//! | transient: a lost connection, a wrong size, most 4yz replies | retried after 1 s, doubling, at most 5 min | continue |
//! | busy: another process has the file open | retried, from 10 s (`transfer.busy_wait`) | continue |
//! | full: no space, a quota | waits; the first time counts as an attempt | copies to that site wait, too |
//! | unreachable: no connection, too many logins | waits; not counted | all that need the site wait, too |

use std::time::Duration;

use crate::queue::schedule::{MAX_BACK_OFF, back_off};
use crate::transfer::Fault;

/// The class of a failed attempt, which decides about the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryClass {
    /// A retry cannot succeed.
    Permanent,
    /// A retry may succeed.
    Transient,
    /// Another process uses the file.
    Busy,
    /// The destination has no space left.
    Full,
    /// A site could not be reached, so the transfer was not attempted.
    Unreachable,
}

impl RetryClass {
    /// The class of a fault.
    #[must_use]
    pub fn of_fault(fault: &Fault) -> Self {
        match fault {
            Fault::NoSpace(_) => Self::Full,
            fault if fault.is_busy() => Self::Busy,
            fault if fault.is_transient() => Self::Transient,
            _ => Self::Permanent,
        }
    }
}

/// How often and after which time an item is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The maximum number of attempts for a file.
    pub max_attempts: u32,
    /// The first wait for a busy file; it doubles with each attempt.
    pub busy_wait: Duration,
}

impl RetryPolicy {
    /// The wait before the next attempt after this number of attempts; `None` when the item has
    /// failed. For a site that is full or unreachable, the wait is that of the site, see
    /// [`crate::queue::health::SiteHealth`].
    #[must_use]
    pub fn next(&self, retry_class: RetryClass, attempts: u32) -> Option<Duration> {
        if retry_class == RetryClass::Unreachable {
            return Some(Duration::ZERO);
        }
        if attempts >= self.max_attempts {
            return None;
        }
        match retry_class {
            RetryClass::Permanent => None,
            RetryClass::Transient => Some(back_off(attempts)),
            RetryClass::Busy => {
                let times = 1 << attempts.saturating_sub(1).min(16);
                Some(self.busy_wait.saturating_mul(times).min(MAX_BACK_OFF))
            }
            RetryClass::Full | RetryClass::Unreachable => Some(Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ftp::Reply;
    use crate::transfer::Side;

    fn reply(code: u16, text: &str) -> Reply {
        Reply::new(code, text)
    }

    #[test]
    fn faults_are_classified() {
        let refused = |code, text| Fault::TargetRefused(reply(code, text));
        let sent = |code, text| Fault::SourceRefused(reply(code, text));
        let lost = Fault::Lost { side: Side::Source, why: "reset".to_owned() };
        for (fault, expected) in [
            (refused(553, "Permission denied"), RetryClass::Permanent),
            (refused(550, "No such directory"), RetryClass::Permanent),
            (sent(550, "No such file"), RetryClass::Permanent),
            (Fault::NoSafeOverwrite, RetryClass::Permanent),
            (lost, RetryClass::Transient),
            (refused(451, "Local error"), RetryClass::Transient),
            (refused(450, "File unavailable"), RetryClass::Busy),
            (sent(550, "The file is in use by another process"), RetryClass::Busy),
            (sent(550, "Text file busy"), RetryClass::Busy),
            (Fault::NoSpace(reply(552, "Disk full")), RetryClass::Full),
        ] {
            assert_eq!(RetryClass::of_fault(&fault), expected, "{fault}");
        }
    }

    #[test]
    fn waits_grow_until_the_last_attempt() {
        let policy = RetryPolicy { max_attempts: 5, busy_wait: Duration::from_secs(10) };
        let seconds = |retry_class| {
            let next = |n| policy.next(retry_class, n).map(|wait| wait.as_secs());
            (1..=6).map(next).collect::<Vec<_>>()
        };
        assert_eq!(seconds(RetryClass::Permanent), [None; 6]);
        let (some, none) = (Some, None);
        assert_eq!(
            seconds(RetryClass::Transient),
            [some(1), some(2), some(4), some(8), none, none]
        );
        assert_eq!(seconds(RetryClass::Busy), [some(10), some(20), some(40), some(80), none, none]);
        assert_eq!(seconds(RetryClass::Full), [some(0), some(0), some(0), some(0), none, none]);
        // an unreachable server does not count as an attempt
        assert_eq!(seconds(RetryClass::Unreachable), [Some(0); 6]);
    }
}

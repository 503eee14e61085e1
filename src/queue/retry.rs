//! What a failed try means for its item, for its job and for the site: a table without a clock.
//!
//! | setback | the item | others |
//! |---|---|---|
//! | lasting: permission, no such file, a safety rule | fails at once | go on |
//! | passing: a lost connection, a wrong size, most 4yz replies | tried again: 1 s, doubling, at most 5 min | go on |
//! | busy: somebody else has the file open | tried again, from 10 s (`transfer.busy_wait`) | go on |
//! | full: no space, a quota | waits; the first time counts as a try | what goes to that site waits, too |
//! | unreached: no connection, no place for another login | waits; no try | what needs that site waits, too |

use std::time::Duration;

use crate::queue::schedule::{LONGEST, back_off};
use crate::transfer::Fault;

/// Why a try failed, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setback {
    /// No further try mends it.
    Lasting,
    /// The next try may go better.
    Passing,
    /// Somebody else works with the file.
    Busy,
    /// The destination has no space left.
    Full,
    /// A site could not be reached, so nothing was tried.
    Unreached,
}

impl Setback {
    /// What a fault means for the next try.
    #[must_use]
    pub fn of(fault: &Fault) -> Self {
        match fault {
            Fault::NoSpace(_) => Self::Full,
            fault if fault.is_busy() => Self::Busy,
            fault if fault.is_transient() => Self::Passing,
            _ => Self::Lasting,
        }
    }
}

/// How often and after which time something is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries {
    /// Tries of a file in all.
    pub most: u32,
    /// The first wait for a file that is busy; it doubles with each try.
    pub busy_wait: Duration,
}

impl Tries {
    /// When an item is tried again after so many tries; `None` when it has failed. A site that is
    /// full or away decides by itself how long it is left alone, see
    /// [`crate::queue::health::Health`].
    #[must_use]
    pub fn next(&self, setback: Setback, tries: u32) -> Option<Duration> {
        if setback == Setback::Unreached {
            return Some(Duration::ZERO);
        }
        if tries >= self.most {
            return None;
        }
        match setback {
            Setback::Lasting => None,
            Setback::Passing => Some(back_off(tries)),
            Setback::Busy => {
                let times = 1 << tries.saturating_sub(1).min(16);
                Some(self.busy_wait.saturating_mul(times).min(LONGEST))
            }
            Setback::Full | Setback::Unreached => Some(Duration::ZERO),
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
    fn each_reason_has_its_own_way() {
        let refused = |code, text| Fault::TargetRefused(reply(code, text));
        let sent = |code, text| Fault::SourceRefused(reply(code, text));
        let lost = Fault::Lost { side: Side::Source, why: "reset".to_owned() };
        for (fault, expected) in [
            (refused(553, "Permission denied"), Setback::Lasting),
            (refused(550, "No such directory"), Setback::Lasting),
            (sent(550, "No such file"), Setback::Lasting),
            (Fault::NoSafeOverwrite, Setback::Lasting),
            (lost, Setback::Passing),
            (refused(451, "Local error"), Setback::Passing),
            (refused(450, "File unavailable"), Setback::Busy),
            (sent(550, "The file is in use by another process"), Setback::Busy),
            (sent(550, "Text file busy"), Setback::Busy),
            (Fault::NoSpace(reply(552, "Disk full")), Setback::Full),
        ] {
            assert_eq!(Setback::of(&fault), expected, "{fault}");
        }
    }

    #[test]
    fn waits_grow_and_end() {
        let tries = Tries { most: 5, busy_wait: Duration::from_secs(10) };
        let seconds = |setback| {
            let next = |n| tries.next(setback, n).map(|wait| wait.as_secs());
            (1..=6).map(next).collect::<Vec<_>>()
        };
        assert_eq!(seconds(Setback::Lasting), [None; 6]);
        let (some, none) = (Some, None);
        assert_eq!(seconds(Setback::Passing), [some(1), some(2), some(4), some(8), none, none]);
        assert_eq!(seconds(Setback::Busy), [some(10), some(20), some(40), some(80), none, none]);
        assert_eq!(seconds(Setback::Full), [some(0), some(0), some(0), some(0), none, none]);
        // a server that is away uses up no tries
        assert_eq!(seconds(Setback::Unreached), [Some(0); 6]);
    }
}

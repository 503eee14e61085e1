//! What is wished from outside of jobs that this engine runs: the number of lanes, which another
//! process writes into the store.

use std::time::{Duration, Instant};

/// How often the store is asked.
const EVERY: Duration = Duration::from_secs(1);

/// When the store was asked.
#[derive(Debug)]
pub(in crate::engine) struct Wishes {
    last_look: Instant,
    /// True until the answer to the last look is there.
    looking: bool,
    /// True when the answer that is to come may be older than what the user of this engine said.
    outdated: bool,
}

impl Wishes {
    pub(in crate::engine) fn new(now: Instant) -> Self {
        Self { last_look: now, looking: false, outdated: false }
    }

    /// True when it is time for another look.
    pub(in crate::engine) fn look(&mut self, now: Instant) -> bool {
        if self.looking || now.duration_since(self.last_look) < EVERY {
            return false;
        }
        (self.last_look, self.looking, self.outdated) = (now, true, false);
        true
    }

    /// The user of this engine has said something else, which is on its way into the store.
    pub(in crate::engine) fn overruled(&mut self, now: Instant) {
        (self.last_look, self.outdated) = (now, true);
    }

    /// An answer is there; true when it counts.
    pub(in crate::engine) fn answered(&mut self) -> bool {
        self.looking = false;
        !self.outdated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_is_older_than_the_users_word_does_not_count() {
        let begun = Instant::now();
        let mut wishes = Wishes::new(begun);
        let after = |seconds| begun + Duration::from_secs(seconds);
        assert!(!wishes.look(begun));
        assert!(wishes.look(after(1)));
        // not while an answer is to come
        assert!(!wishes.look(after(3)));
        assert!(wishes.answered());
        assert!(wishes.look(after(4)));
        wishes.overruled(after(5));
        assert!(!wishes.answered());
        assert!(!wishes.look(after(5)));
        assert!(wishes.look(after(6)));
        assert!(wishes.answered());
    }
}

//! How a site fares, and when it is tried again: what needs a site that is away or full waits,
//! everything else goes on. Pure: the clock is handed in.

use std::time::{Duration, Instant};

use crate::queue::schedule::back_off;

/// A site that is away or full is tried again at least this often.
const LONGEST: Duration = Duration::from_secs(60);

/// What is wrong with a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It cannot be reached, or takes no more logins.
    Away,
    /// It has no space left.
    Full,
}

/// How long a site is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries to connect, at least.
    pub tries: u32,
    /// For a site that was reached before, or is full; `None` for as long as it takes.
    pub longest: Option<Duration>,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// What needs the site waits. `tell` is true once, when it begins to look as if that would
    /// take some time.
    Wait {
        /// Whether the user is to be told now.
        tell: bool,
    },
    /// What needs the site fails.
    GiveUp,
}

/// How a site fares.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Health {
    reached: bool,
    spell: Option<Spell>,
}

/// Some time without a success.
#[derive(Debug, Clone, PartialEq)]
struct Spell {
    trouble: Trouble,
    why: String,
    failures: u32,
    since: Instant,
    /// The site is left alone until then.
    until: Instant,
    told: bool,
}

impl Health {
    /// A login has succeeded. True when the user was told that the site was away.
    pub fn reached(&mut self) -> bool {
        self.reached = true;
        self.over(Trouble::Away)
    }

    /// A file has arrived. True when the user was told that the site was full.
    pub fn stored(&mut self) -> bool {
        self.over(Trouble::Full)
    }

    fn over(&mut self, trouble: Trouble) -> bool {
        self.spell.take_if(|spell| spell.trouble == trouble).is_some_and(|spell| spell.told)
    }

    /// Something has failed at `now` for a reason that concerns the whole site.
    pub fn failed(&mut self, trouble: Trouble, why: &str, now: Instant, wait: &Patience) -> Next {
        let reached = self.reached;
        let spell = match &mut self.spell {
            Some(spell) if spell.trouble == trouble => spell,
            spell => {
                let (why, told) = (why.to_owned(), false);
                let (failures, since, until) = (0, now, now);
                spell.insert(Spell { trouble, why, failures, since, until, told })
            }
        };
        if spell.until > now {
            // the same failure, heard from another lane
            return Next::Wait { tell: false };
        }
        spell.failures += 1;
        spell.why = why.to_owned();
        let tried = trouble == Trouble::Full || spell.failures >= wait.tries;
        let limit = wait.longest.map(|longest| {
            let known = reached || trouble == Trouble::Full;
            spell.since + if known { longest } else { Duration::ZERO }
        });
        if tried && limit.is_some_and(|limit| now >= limit) {
            self.spell = None;
            return Next::GiveUp;
        }
        spell.until = now + back_off(spell.failures).min(LONGEST);
        if let Some(limit) = limit.filter(|limit| tried && *limit > now) {
            spell.until = spell.until.min(limit);
        }
        let tell = tried && !spell.told;
        spell.told |= tell;
        Next::Wait { tell }
    }

    /// True when something that needs the site may be begun.
    #[must_use]
    pub fn is_ready(&self, now: Instant) -> bool {
        self.spell.as_ref().is_none_or(|spell| spell.until <= now)
    }

    /// What is wrong with it, if anything is, and the last words on it.
    #[must_use]
    pub fn trouble(&self) -> Option<(Trouble, &str)> {
        self.spell.as_ref().map(|spell| (spell.trouble, spell.why.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Next = Next::Wait { tell: false };
    const TELL: Next = Next::Wait { tell: true };

    /// Fails again whenever the site is ready, and tells after how many seconds what followed.
    fn spell(health: &mut Health, trouble: Trouble, wait: &Patience) -> Vec<(u64, Next)> {
        let begun = Instant::now();
        let mut told = Vec::new();
        for second in 0..1000 {
            let now = begun + Duration::from_secs(second);
            if !health.is_ready(now) {
                continue;
            }
            let next = health.failed(trouble, "why", now, wait);
            told.push((second, next));
            if next == Next::GiveUp {
                break;
            }
        }
        told
    }

    #[test]
    fn a_site_that_never_answered_is_given_up_after_the_tries() {
        let wait = Patience { tries: 3, longest: Some(Duration::from_secs(600)) };
        let told = spell(&mut Health::default(), Trouble::Away, &wait);
        assert_eq!(told, [(0, QUIET), (1, QUIET), (3, Next::GiveUp)]);
    }

    #[test]
    fn a_site_that_was_there_is_waited_for() {
        let wait = Patience { tries: 2, longest: Some(Duration::from_secs(40)) };
        let mut health = Health::default();
        assert!(!health.reached());
        let told = spell(&mut health, Trouble::Away, &wait);
        let waits = [(0, QUIET), (1, TELL), (3, QUIET), (7, QUIET), (15, QUIET), (31, QUIET)];
        assert_eq!(told, [&waits[..], &[(40, Next::GiveUp)]].concat());
    }

    #[test]
    fn with_somebody_at_the_screen_it_takes_as_long_as_it_takes() {
        let wait = Patience { tries: 1, longest: None };
        let told = spell(&mut Health::default(), Trouble::Away, &wait);
        assert!(told.iter().all(|(_, next)| *next != Next::GiveUp), "{told:?}");
        let last = &told[told.len() - 2..];
        assert_eq!(last[1].0 - last[0].0, 60);
    }

    #[test]
    fn several_lanes_that_fail_together_count_once_and_success_ends_it() {
        let wait = Patience { tries: 1, longest: None };
        let (mut health, now) = (Health::default(), Instant::now());
        assert_eq!(health.failed(Trouble::Full, "552", now, &wait), TELL);
        assert_eq!(health.failed(Trouble::Full, "552", now, &wait), QUIET);
        assert!(!health.is_ready(now) && health.is_ready(now + Duration::from_secs(1)));
        assert_eq!(health.trouble(), Some((Trouble::Full, "552")));
        // a login says nothing about space
        assert!(!health.reached() && health.trouble().is_some());
        assert!(health.stored());
        assert!(health.is_ready(now) && health.trouble().is_none());
    }
}

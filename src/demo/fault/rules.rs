//! The rules of a server, and which of them fit an occasion.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::RemotePath;
use crate::demo::fault::pattern::fits;
use crate::demo::fault::script::Script;
use crate::demo::fault::{Rule, Trigger, Turn};

/// Something that rules may act upon.
#[derive(Debug)]
pub(crate) struct Occasion<'a> {
    /// The verb; `None` when a client connects.
    pub(crate) verb: Option<&'a str>,
    /// The argument as it came.
    pub(crate) argument: &'a [u8],
    /// The argument as an absolute path.
    pub(crate) path: &'a RemotePath,
    /// True for PORT or EPRT with an address that is not the client's.
    pub(crate) foreign: bool,
    /// Sessions now.
    pub(crate) sessions: usize,
}

/// The rules, with how often each of them fitted.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    rules: Mutex<Vec<(Rule, u64)>>,
    /// Whether there are any, so that a server without rules does not pay for them.
    any: AtomicBool,
}

impl Rules {
    fn rules(&self) -> MutexGuard<'_, Vec<(Rule, u64)>> {
        // counters and rules are sound after every step
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, rule: Rule) {
        self.rules().push((rule, 0));
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        self.rules().clear();
        self.any.store(false, Ordering::Release);
    }

    /// True when asking is worth while.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Counts the occasion and collects what shall be done.
    pub(crate) fn script(&self, occasion: &Occasion<'_>) -> Script {
        let mut script = Script::default();
        for (rule, count) in self.rules().iter_mut() {
            if !rule.concerns(occasion) {
                continue;
            }
            *count += 1;
            let due = match rule.turn {
                Turn::Always => true,
                Turn::Nth(n) => *count == n,
                Turn::From(n) => *count >= n,
                Turn::Every(n) => n > 0 && count.is_multiple_of(n),
            };
            if due {
                rule.actions.iter().for_each(|action| script.add(action));
            }
        }
        script
    }
}

impl Rule {
    fn concerns(&self, occasion: &Occasion<'_>) -> bool {
        let trigger = match &self.on {
            Trigger::Connect => occasion.verb.is_none(),
            Trigger::Any => occasion.verb.is_some(),
            Trigger::Verb(verb) => occasion.verb == Some(verb.as_str()),
        };
        let name = self.name.as_ref().is_none_or(|pattern| {
            let whole = pattern.contains(&b'/');
            fits(pattern, if whole { occasion.path.as_bytes() } else { occasion.path.name() })
        });
        let argument =
            self.argument.as_ref().is_none_or(|pattern| fits(pattern, occasion.argument));
        trigger
            && name
            && argument
            && (!self.foreign || occasion.foreign)
            && self.above.is_none_or(|n| occasion.sessions > n)
    }
}

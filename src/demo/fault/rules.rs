//! The rules of a server, and which of them match an event.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::base::RemotePath;
use crate::demo::fault::pattern::glob_matches;
use crate::demo::fault::script::Script;
use crate::demo::fault::{Occurrence, Rule, Trigger};

/// An event that rules can match: a command or a new connection.
#[derive(Debug)]
pub(crate) struct RuleContext<'a> {
    /// The verb; `None` when a client connects.
    pub(crate) verb: Option<&'a str>,
    /// The argument as received.
    pub(crate) argument: &'a [u8],
    /// The argument as an absolute path.
    pub(crate) path: &'a RemotePath,
    /// True for PORT or EPRT with an address other than the client's.
    pub(crate) foreign: bool,
    /// Number of open sessions.
    pub(crate) sessions: usize,
}

/// The rules, each with the number of its matches so far.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    rules: Mutex<Vec<(Rule, u64)>>,
    /// Whether there are any rules, so that a server without rules skips the lock.
    any: AtomicBool,
}

impl Rules {
    fn rules(&self) -> MutexGuard<'_, Vec<(Rule, u64)>> {
        // no panic leaves the list inconsistent
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

    /// True if the server has rules.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Counts the event, and collects the actions of the rules that trigger.
    pub(crate) fn script(&self, context: &RuleContext<'_>) -> Script {
        let mut script = Script::default();
        for (rule, count) in self.rules().iter_mut() {
            if !rule.matches(context) {
                continue;
            }
            *count += 1;
            let due = match rule.occurrence {
                Occurrence::Always => true,
                Occurrence::Nth(n) => *count == n,
                Occurrence::From(n) => *count >= n,
                Occurrence::Every(n) => n > 0 && count.is_multiple_of(n),
            };
            if due {
                rule.actions.iter().for_each(|action| script.add(action));
            }
        }
        script
    }
}

impl Rule {
    fn matches(&self, context: &RuleContext<'_>) -> bool {
        let trigger = match &self.on {
            Trigger::Connect => context.verb.is_none(),
            Trigger::Any => context.verb.is_some(),
            Trigger::Verb(verb) => context.verb == Some(verb.as_str()),
        };
        let name = self.name.as_ref().is_none_or(|pattern| {
            let whole = pattern.contains(&b'/');
            glob_matches(pattern, if whole { context.path.as_bytes() } else { context.path.name() })
        });
        let argument =
            self.argument.as_ref().is_none_or(|pattern| glob_matches(pattern, context.argument));
        trigger
            && name
            && argument
            && (!self.foreign || context.foreign)
            && self.above.is_none_or(|n| context.sessions > n)
    }
}

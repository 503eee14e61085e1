//! What was said on a server's control connections, for tests and for the demo's log.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::base::text::visible;

/// So many lines are kept; older ones are forgotten.
const KEPT: usize = 200_000;

/// Verbs whose argument is a secret.
const SECRET: [&str; 2] = ["PASS", "ACCT"];

/// Reached when an `ABOR` is left waiting for the end of the transfer.
pub(crate) const WAITING_ABORT: &str = "ABOR waits";

/// One line of a control connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The session, counted from 1 in the order of connection.
    pub session: u64,
    /// True for a command, false for a line of a reply.
    pub command: bool,
    /// The line, made visible; passwords are stars.
    pub text: String,
}

/// The record, and the news that something changed.
#[derive(Debug)]
pub(crate) struct Record {
    on: bool,
    lines: Mutex<VecDeque<Spoken>>,
    gates: Mutex<Gates>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Gates {
    open: HashSet<String>,
    reached: HashSet<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // lists of lines and names are sound after every step
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    /// A record; nothing is kept unless `on`.
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            lines: Mutex::default(),
            gates: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Tells those who wait that something changed.
    pub(crate) fn notify(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// News of changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn push(&self, session: u64, command: bool, text: String) {
        let mut lines = lock(&self.lines);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(Spoken { session, command, text });
        drop(lines);
        self.notify();
    }

    /// Keeps a command.
    pub(crate) fn command(&self, session: u64, verb: &str, line: &[u8]) {
        if !self.on {
            return;
        }
        let text = if SECRET.contains(&verb) { format!("{verb} ****") } else { visible(line) };
        self.push(session, true, text);
    }

    /// Keeps what is sent, line by line.
    pub(crate) fn reply(&self, session: u64, bytes: &[u8]) {
        if !self.on {
            return;
        }
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        for line in bytes.split(|&b| b == b'\n') {
            self.push(session, false, visible(line.strip_suffix(b"\r").unwrap_or(line)));
        }
    }

    /// All lines.
    pub(crate) fn lines(&self) -> Vec<Spoken> {
        lock(&self.lines).iter().cloned().collect()
    }

    /// How many commands with this verb came.
    pub(crate) fn count(&self, verb: &str) -> usize {
        let is = |line: &&Spoken| {
            let word = line.text.split(' ').next().unwrap_or_default();
            line.command && word.eq_ignore_ascii_case(verb)
        };
        lock(&self.lines).iter().filter(is).count()
    }

    /// Forgets all lines.
    pub(crate) fn clear(&self) {
        lock(&self.lines).clear();
    }

    /// Somebody is at the gate.
    pub(crate) fn reach(&self, gate: &str) {
        lock(&self.gates).reached.insert(gate.to_owned());
        self.notify();
    }

    /// Waits until the gate is opened.
    pub(crate) async fn pass(&self, gate: &str) {
        let mut changed = self.subscribe();
        self.reach(gate);
        while !lock(&self.gates).open.contains(gate) {
            // the sender lives as long as self
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Opens a gate for good.
    pub(crate) fn open(&self, gate: &str) {
        lock(&self.gates).open.insert(gate.to_owned());
        self.notify();
    }

    /// True when somebody came to the gate.
    pub(crate) fn reached(&self, gate: &str) -> bool {
        lock(&self.gates).reached.contains(gate)
    }
}

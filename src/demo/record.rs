//! The log of a server's control connections, for tests and for the output of the demo.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::base::text::visible;

/// Maximum number of log lines; the oldest are dropped.
const MAX_LINES: usize = 200_000;

/// Verbs with a secret argument.
const SECRET_VERBS: [&str; 2] = ["PASS", "ACCT"];

/// The gate that is marked as reached when an `ABOR` must wait for the end of the transfer.
pub(crate) const WAITING_ABORT: &str = "ABOR waits";

/// One line of a control connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlLine {
    /// The session, counted from 1 in the order of connection.
    pub session: u64,
    /// True for a command, false for a reply line.
    pub command: bool,
    /// The line with control characters escaped; passwords are masked.
    pub text: String,
}

/// The log and the gates, with notification of changes.
#[derive(Debug)]
pub(crate) struct Record {
    on: bool,
    lines: Mutex<VecDeque<ControlLine>>,
    gates: Mutex<Gates>,
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Gates {
    open: HashSet<String>,
    reached: HashSet<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // no panic leaves the lists inconsistent
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Record {
    /// An empty log; it records nothing unless `on`.
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            lines: Mutex::default(),
            gates: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Notifies all subscribers.
    pub(crate) fn notify(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// A receiver that is notified of changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn push(&self, session: u64, command: bool, text: String) {
        let mut lines = lock(&self.lines);
        if lines.len() == MAX_LINES {
            lines.pop_front();
        }
        lines.push_back(ControlLine { session, command, text });
        drop(lines);
        self.notify();
    }

    /// Logs a command.
    pub(crate) fn command(&self, session: u64, verb: &str, line: &[u8]) {
        if !self.on {
            return;
        }
        let text =
            if SECRET_VERBS.contains(&verb) { format!("{verb} ****") } else { visible(line) };
        self.push(session, true, text);
    }

    /// Logs sent bytes, line by line.
    pub(crate) fn reply(&self, session: u64, bytes: &[u8]) {
        if !self.on {
            return;
        }
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        for line in bytes.split(|&b| b == b'\n') {
            self.push(session, false, visible(line.strip_suffix(b"\r").unwrap_or(line)));
        }
    }

    /// All logged lines.
    pub(crate) fn lines(&self) -> Vec<ControlLine> {
        lock(&self.lines).iter().cloned().collect()
    }

    /// Number of commands with this verb.
    pub(crate) fn count(&self, verb: &str) -> usize {
        let is = |line: &&ControlLine| {
            let word = line.text.split(' ').next().unwrap_or_default();
            line.command && word.eq_ignore_ascii_case(verb)
        };
        lock(&self.lines).iter().filter(is).count()
    }

    /// Clears the log.
    pub(crate) fn clear(&self) {
        lock(&self.lines).clear();
    }

    /// Marks the gate as reached.
    pub(crate) fn mark_reached(&self, gate: &str) {
        lock(&self.gates).reached.insert(gate.to_owned());
        self.notify();
    }

    /// Marks the gate as reached, and waits until it is opened.
    pub(crate) async fn wait_at_gate(&self, gate: &str) {
        let mut changed = self.subscribe();
        self.mark_reached(gate);
        while !lock(&self.gates).open.contains(gate) {
            // unreachable: the sender lives as long as self
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Opens a gate permanently.
    pub(crate) fn open_gate(&self, gate: &str) {
        lock(&self.gates).open.insert(gate.to_owned());
        self.notify();
    }

    /// True if a session has reached the gate.
    pub(crate) fn reached(&self, gate: &str) -> bool {
        lock(&self.gates).reached.contains(gate)
    }
}

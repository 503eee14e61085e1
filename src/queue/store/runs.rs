//! Who owns jobs: processes, known by number and start time, so that a number that the system
//! gave to somebody else is not taken for the owner.

#[cfg(target_os = "linux")]
use std::fs;

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::queue::store::words;
use crate::queue::store::{Pending, Store};

/// Names a run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunId(pub(super) i64);

/// A process that owns jobs, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its run.
    pub run: RunId,
    /// Its number at the system.
    pub pid: u32,
    /// When it began, in the system's own words.
    pub started: String,
}

impl Owner {
    /// True while the process runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        started(self.pid).is_some_and(|started| started == self.started)
    }
}

/// The owner in three columns from this one on; `None` where a job has none.
pub(super) fn owner(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Owner>> {
    let (run, pid): (Option<i64>, Option<u32>) = (row.get(at)?, row.get(at + 1)?);
    let started: Option<String> = row.get(at + 2)?;
    Ok(run.zip(pid).map(|(run, pid)| Owner {
        run: RunId(run),
        pid,
        started: started.unwrap_or_default(),
    }))
}

impl Store {
    /// This process begins to own jobs. `tag` makes the temporary names of the run unlike those
    /// of any other.
    pub fn begin_run(&self, tag: &str) -> Pending<RunId> {
        let pid = std::process::id();
        let (started, tag) = (started(pid).unwrap_or_default(), tag.to_owned());
        self.write(move |connection| {
            // runs that own nothing are of no use to anybody
            connection.execute(
                "DELETE FROM runs WHERE id NOT IN (SELECT owner FROM jobs WHERE owner NOT NULL)
                 AND begun_at < ?",
                [words::millis(Timestamp::now()) - 86_400_000],
            )?;
            connection
                .prepare_cached(
                    "INSERT INTO runs (pid, started, tag, begun_at) VALUES (?, ?, ?, ?)",
                )?
                .execute(params![pid, started, tag, words::millis(Timestamp::now())])?;
            Ok(RunId(connection.last_insert_rowid()))
        })
    }
}

/// When the process of that number began; `None` when there is none.
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name in parentheses may hold anything; field 22 of proc_pid_stat(5) is the start
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    // a zombie (field 3) has ended
    let state = fields.next()?;
    let ticks = fields.nth(18)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    (!matches!(state, "Z" | "X")).then(|| format!("{}/{ticks}", boot.trim()))
}

/// Where no start time is to be had, a process of that number is taken for the owner.
#[cfg(all(unix, not(target_os = "linux")))]
fn started(pid: u32) -> Option<String> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    rustix::process::test_kill_process(pid).is_ok().then(String::new)
}

/// Where nobody can be asked, every other run is taken for ended.
#[cfg(not(unix))]
fn started(pid: u32) -> Option<String> {
    (pid == std::process::id()).then(String::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_process_lives_and_another_start_does_not() {
        let store = Store::in_memory();
        let run = store.begin_run("x").await.unwrap();
        let pid = std::process::id();
        let me = Owner { run, pid, started: started(pid).unwrap() };
        assert!(me.is_alive());
        let nobody = Owner { pid: u32::MAX / 2, ..me.clone() };
        assert!(!nobody.is_alive());
        let other = Owner { started: "long ago".to_owned(), ..me };
        assert!(!other.is_alive() || cfg!(not(target_os = "linux")));
    }
}

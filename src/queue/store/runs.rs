//! The owners of jobs: processes, identified by id and start time, so that a process that reuses
//! the id is not taken for the owner.

#[cfg(target_os = "linux")]
use std::fs;

use jiff::Timestamp;
use rusqlite::{Row, params};

use crate::queue::store::columns;
use crate::queue::store::{Store, StoreRequest};

/// The id of a run of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RunId(pub(super) i64);

/// A process that owns a job, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOwner {
    /// The run.
    pub run: RunId,
    /// The process id.
    pub pid: u32,
    /// The start time in a format of the operating system.
    pub started: String,
}

impl JobOwner {
    /// True while the process runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        start_time(self.pid).is_some_and(|started| started == self.started)
    }
}

/// Reads the owner from three columns, starting at `at`; `None` when the job has none.
pub(super) fn owner(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<JobOwner>> {
    let (run, pid): (Option<i64>, Option<u32>) = (row.get(at)?, row.get(at + 1)?);
    let started: Option<String> = row.get(at + 2)?;
    Ok(run.zip(pid).map(|(run, pid)| JobOwner {
        run: RunId(run),
        pid,
        started: started.unwrap_or_default(),
    }))
}

impl Store {
    /// Registers this process as an owner of jobs. `tag` makes the temporary names of the run
    /// unique.
    pub fn begin_run(&self, tag: &str) -> StoreRequest<RunId> {
        let pid = std::process::id();
        let (started, tag) = (start_time(pid).unwrap_or_default(), tag.to_owned());
        self.write(move |connection| {
            // runs without jobs are no longer needed
            connection.execute(
                "DELETE FROM runs WHERE id NOT IN (SELECT owner FROM jobs WHERE owner NOT NULL)
                 AND begun_at < ?",
                [columns::millis(Timestamp::now()) - 86_400_000],
            )?;
            connection
                .prepare_cached(
                    "INSERT INTO runs (pid, started, tag, begun_at) VALUES (?, ?, ?, ?)",
                )?
                .execute(params![pid, started, tag, columns::millis(Timestamp::now())])?;
            Ok(RunId(connection.last_insert_rowid()))
        })
    }
}

/// The start time of a process; `None` when it does not exist.
#[cfg(target_os = "linux")]
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name in parentheses may contain anything; field 22 of proc_pid_stat(5) is the start time
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    // a zombie (field 3) has exited
    let state = fields.next()?;
    let ticks = fields.nth(18)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    (!matches!(state, "Z" | "X")).then(|| format!("{}/{ticks}", boot.trim()))
}

/// On systems without a start time, any process with this id counts as the owner.
#[cfg(all(unix, not(target_os = "linux")))]
fn start_time(pid: u32) -> Option<String> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    rustix::process::test_kill_process(pid).is_ok().then(String::new)
}

/// On systems without such a check, every other run counts as exited.
#[cfg(not(unix))]
fn start_time(pid: u32) -> Option<String> {
    (pid == std::process::id()).then(String::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_process_with_the_same_start_time_is_alive() {
        let store = Store::in_memory();
        let run = store.begin_run("x").await.unwrap();
        let pid = std::process::id();
        let me = JobOwner { run, pid, started: start_time(pid).unwrap() };
        assert!(me.is_alive());
        let missing = JobOwner { pid: u32::MAX / 2, ..me.clone() };
        assert!(!missing.is_alive());
        let other = JobOwner { started: "long ago".to_owned(), ..me };
        assert!(!other.is_alive() || cfg!(not(target_os = "linux")));
    }
}

//! One copy between two real servers: an empty, a small and a large file, with any protection and
//! any state of the target.

use std::fmt;
use std::fs;

use serde_json::Value;

use super::files::{bytes, digests};
use super::server::{Server, Tls};
use crate::program::Program;

/// The files that are copied.
const FILES: [(&str, usize); 3] = [("empty", 0), ("small.bin", 1024), ("large.bin", 4 << 20)];

/// How the data is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// No TLS at all.
    Plain,
    /// TLS where it is offered; unencrypted data if nothing else works.
    Offered,
    /// Encrypted data, or no copy.
    Required,
}

impl Protection {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Offered, Self::Required];

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Plain => &["--security", "none"],
            Self::Offered => &["--insecure"],
            Self::Required => &["--insecure", "--data-protection", "require"],
        }
    }
}

/// The state of the target before the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TargetState {
    /// Empty.
    New,
    /// Different files with the same names and sizes, to overwrite.
    Existing,
    /// The first half of the large file, to resume.
    Half,
    /// Half of a different file; none of it may remain.
    WrongHalf,
}

impl TargetState {
    pub(crate) const ALL: [Self; 4] = [Self::New, Self::Existing, Self::Half, Self::WrongHalf];

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::New => &[],
            Self::Existing => &["--exists", "overwrite"],
            Self::Half | Self::WrongHalf => &["--exists", "resume"],
        }
    }
}

/// One copy to test.
#[derive(Debug, Clone)]
pub(crate) struct ServerPair {
    pub(crate) source: Server,
    pub(crate) target: Server,
    pub(crate) protection: Protection,
    pub(crate) before: TargetState,
}

/// How the large file was transferred.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransferRecord {
    pub(crate) via: String,
    pub(crate) passive: Option<String>,
    pub(crate) protected: bool,
    pub(crate) verified: String,
    pub(crate) reason: Option<String>,
}

impl fmt::Display for TransferRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.via)?;
        if let Some(passive) = &self.passive {
            write!(f, ", {passive} passive")?;
        }
        write!(f, ", {}", if self.protected { "TLS" } else { "plain" })?;
        write!(f, ", {}", self.verified)
    }
}

impl ServerPair {
    /// False if the servers do not support the requested protection.
    pub(crate) fn is_supported(&self) -> bool {
        let both = [&self.source, &self.target];
        match self.protection {
            Protection::Plain => both.iter().all(|server| server.tls != Tls::Required),
            Protection::Offered => both.iter().any(|server| server.tls != Tls::None),
            Protection::Required => both.iter().all(|server| server.tls != Tls::None),
        }
    }

    /// Copies the tree and compares the copies by SHA-256.
    ///
    /// # Errors
    /// What went wrong, with the output of the program.
    pub(crate) fn copy(&self) -> Result<TransferRecord, String> {
        let (source, target) = (&self.source, &self.target);
        let from = source.test_dir().map_err(|error| error.to_string())?;
        let to = target.test_dir().map_err(|error| error.to_string())?;
        let (tree, copy) = (from.local().join("tree"), to.local().join("tree"));
        fs::create_dir(&tree).unwrap();
        for (number, (name, size)) in FILES.iter().enumerate() {
            fs::write(tree.join(name), bytes(*size, number as u64 + 1)).unwrap();
        }
        self.prepare(&copy);

        let program = Program::new().unwrap();
        let output = program
            .fxpane(&["cp", "-r", "--json"])
            .args(self.protection.options())
            .args(self.before.options())
            .args(self.timeout_options())
            .arg(source.url(&format!("{}/tree", from.remote)))
            .arg(target.url(&format!("{}/", to.remote)))
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let all =
            format!("{}\n--- standard output\n{stdout}--- standard error\n{stderr}", output.status);
        if !output.status.success() {
            return Err(all);
        }
        if all.contains(&source.pass) {
            return Err(format!("a password was printed: {all}"));
        }
        let (source_sums, target_sums) = (digests(&tree), digests(&copy));
        if source_sums != target_sums {
            return Err(format!(
                "the files differ: {target_sums:?} instead of {source_sums:?}\n{all}"
            ));
        }
        transfer_of(&stdout).ok_or(all)
    }

    /// pure-ftpd drops foreign peers silently, so every FXP mode that it forbids costs a timeout.
    fn timeout_options(&self) -> &'static [&'static str] {
        let silent = [&self.source, &self.target].iter().any(|side| side.name == "pureftpd-nofxp");
        if silent { &["--timeout", "3"] } else { &[] }
    }

    fn prepare(&self, copy: &std::path::Path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mut files = Vec::new();
        match self.before {
            TargetState::New => return,
            TargetState::Existing => {
                files.extend(FILES.iter().map(|(name, size)| (*name, *size, 99)));
            }
            TargetState::Half => files.push((FILES[2].0, FILES[2].1 / 2, 3)),
            TargetState::WrongHalf => files.push((FILES[2].0, FILES[2].1 / 2, 99)),
        }
        fs::create_dir(copy).unwrap();
        fs::set_permissions(copy, fs::Permissions::from_mode(0o777)).unwrap();
        for (name, size, seed) in files {
            let path = copy.join(name);
            fs::write(&path, bytes(size, seed)).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        }
    }
}

/// Reads from the program's output how the large file was transferred; `None` unless every file is
/// done.
fn transfer_of(stdout: &str) -> Option<TransferRecord> {
    let lines: Vec<Value> =
        stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let done = |line: &&Value| line["event"] == "item" && line["state"] == "done";
    for (name, _) in FILES {
        lines.iter().filter(done).find(|line| {
            line["src"].as_str().is_some_and(|src| src.ends_with(&format!("/{name}")))
        })?;
    }
    let large = lines
        .iter()
        .filter(done)
        .find(|line| line["src"].as_str().is_some_and(|src| src.ends_with("/large.bin")))?;
    Some(TransferRecord {
        via: text(&large["via"])?,
        passive: text(&large["passive"]),
        protected: large["protected"].as_bool().unwrap_or(false),
        verified: text(&large["verified"])?,
        reason: text(&large["reason"]),
    })
}

impl fmt::Display for ServerPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, target, protection, before } = self;
        write!(f, "{} to {}, {protection:?}, {before:?}", source.name, target.name)
    }
}

//! One copy between two real servers: a tree of an empty, a small and a large file, whatever the
//! protection and whatever stands at the target.

use std::fmt;
use std::fs;

use serde_json::Value;

use super::files::{bytes, digests};
use super::server::{Server, Tls};
use crate::program::Program;

/// The files that are copied.
const FILES: [(&str, usize); 3] = [("empty", 0), ("small.bin", 1024), ("large.bin", 4 << 20)];

/// How the data may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// No TLS at all.
    Plain,
    /// TLS wherever it is offered, and data in the clear where nothing else works.
    Offered,
    /// Every byte of data under TLS, or no copy.
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

/// What stands at the target before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nothing.
    New,
    /// Other files of the same names and sizes, to be overwritten.
    Existing,
    /// The first half of the large file, to be resumed.
    Half,
    /// As much, but of another file: nothing of it may remain.
    WrongHalf,
}

impl Before {
    pub(crate) const ALL: [Self; 4] = [Self::New, Self::Existing, Self::Half, Self::WrongHalf];

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::New => &[],
            Self::Existing => &["--exists", "overwrite"],
            Self::Half | Self::WrongHalf => &["--exists", "resume"],
        }
    }
}

/// One copy.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) source: Server,
    pub(crate) target: Server,
    pub(crate) protection: Protection,
    pub(crate) before: Before,
}

/// The way that the large file took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) via: String,
    pub(crate) passive: Option<String>,
    pub(crate) protected: bool,
    pub(crate) verified: String,
    pub(crate) reason: Option<String>,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.via)?;
        if let Some(passive) = &self.passive {
            write!(f, ", {passive} passive")?;
        }
        write!(f, ", {}", if self.protected { "TLS" } else { "plain" })?;
        write!(f, ", {}", self.verified)
    }
}

impl Pair {
    /// False where the servers cannot do what is asked for, so that there is nothing to prove.
    pub(crate) fn makes_sense(&self) -> bool {
        let both = [&self.source, &self.target];
        match self.protection {
            Protection::Plain => both.iter().all(|server| server.tls != Tls::Required),
            Protection::Offered => both.iter().any(|server| server.tls != Tls::None),
            Protection::Required => both.iter().all(|server| server.tls != Tls::None),
        }
    }

    /// Copies the tree, and compares what arrived by SHA-256.
    ///
    /// # Errors
    /// What is wrong, with everything that the program said.
    pub(crate) fn copy(&self) -> Result<Way, String> {
        let (source, target) = (&self.source, &self.target);
        let from = source.folder().map_err(|error| error.to_string())?;
        let to = target.folder().map_err(|error| error.to_string())?;
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
            .args(self.patience())
            .arg(source.url(&format!("{}/tree", from.remote)))
            .arg(target.url(&format!("{}/", to.remote)))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let all =
            format!("{}\n--- standard output\n{said}--- standard error\n{errors}", output.status);
        if !output.status.success() {
            return Err(all);
        }
        if all.contains(&source.pass) {
            return Err(format!("a password was printed: {all}"));
        }
        let (here, there) = (digests(&tree), digests(&copy));
        if here != there {
            return Err(format!("the files differ: {there:?} instead of {here:?}\n{all}"));
        }
        way(&said).ok_or(all)
    }

    /// pure-ftpd turns foreign peers away without a word, so every way that it forbids costs a
    /// whole time limit.
    fn patience(&self) -> &'static [&'static str] {
        let silent = [&self.source, &self.target].iter().any(|side| side.name == "pureftpd-nofxp");
        if silent { &["--timeout", "3"] } else { &[] }
    }

    fn prepare(&self, copy: &std::path::Path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mut files = Vec::new();
        match self.before {
            Before::New => return,
            Before::Existing => files.extend(FILES.iter().map(|(name, size)| (*name, *size, 99))),
            Before::Half => files.push((FILES[2].0, FILES[2].1 / 2, 3)),
            Before::WrongHalf => files.push((FILES[2].0, FILES[2].1 / 2, 99)),
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

/// The way of the large file, out of the program's lines; `None` when not every file is done.
fn way(said: &str) -> Option<Way> {
    let lines: Vec<Value> =
        said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
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
    Some(Way {
        via: text(&large["via"])?,
        passive: text(&large["passive"]),
        protected: large["protected"].as_bool().unwrap_or(false),
        verified: text(&large["verified"])?,
        reason: text(&large["reason"]),
    })
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, target, protection, before } = self;
        write!(f, "{} to {}, {protection:?}, {before:?}", source.name, target.name)
    }
}

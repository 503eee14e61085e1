//! The rules by which files are copied, as jobs have them and settings give their defaults.

use serde::{Deserialize, Serialize};

/// What to do where the target exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exists {
    /// Ask for each, once for all if the user says so.
    Ask,
    /// Leave the target as it is.
    #[default]
    Skip,
    /// Replace it, after the new file has arrived whole.
    Overwrite,
    /// Go on where it ends, if it is provably the same file.
    Resume,
    /// Keep both: the new one gets a number.
    Rename,
    /// Replace it when the source is newer.
    Newer,
}

/// How the result is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// By the servers' replies alone.
    Off,
    /// By the sizes of both files.
    #[default]
    Size,
    /// By the strongest digest that both sides can compute.
    Checksum,
}

/// Which ways are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViaRule {
    /// Direct, and through this machine where direct does not work.
    #[default]
    Auto,
    /// Only straight from server to server.
    Direct,
    /// Only through this machine.
    Relay,
}

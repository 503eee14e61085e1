//! Rules for copying files. Jobs carry them, and the settings provide their defaults.

use serde::{Deserialize, Serialize};

/// What to do when the target already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Exists {
    /// Ask for each file; the user may apply one answer to all.
    Ask,
    /// Keep the target.
    #[default]
    Skip,
    /// Replace the target after the new file has been transferred completely.
    Overwrite,
    /// Continue at its end, if it is provably the same file.
    Resume,
    /// Keep both: the new file gets a number.
    Rename,
    /// Replace the target when the source is newer.
    Newer,
}

/// How a transferred file is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// Only by the servers' replies.
    Off,
    /// By comparing the sizes of both files.
    #[default]
    Size,
    /// By the strongest checksum that both sides can compute.
    Checksum,
}

/// Which paths the data may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ViaRule {
    /// Directly between the servers, or through this machine where that does not work.
    #[default]
    Auto,
    /// Only directly from server to server.
    Direct,
    /// Only through this machine.
    Relay,
}

/// What to do with symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Links {
    /// Skip them.
    #[default]
    Skip,
    /// Copy their targets; a link that would cause a loop is skipped.
    Follow,
}

/// How a mirror detects which files differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compare {
    /// By size, and by time where the target preserves it: a newer source is copied.
    #[default]
    Auto,
    /// By size only.
    Size,
    /// By size and time: a file is copied when its time differs at all; by size only where the
    /// target cannot preserve times.
    Time,
    /// By the strongest checksum that both sides can compute.
    Checksum,
}

/// Whether a mirror deletes files that do not exist at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deletes {
    /// Never delete.
    #[default]
    No,
    /// Delete after the user has confirmed the number of files and directories.
    Ask,
    /// Delete without asking.
    Yes,
}

//! Rules for copying files. Jobs carry them, and the settings provide their defaults.

use crate::base::words;

/// What to do when the target already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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

words!(Exists {
    Ask: "ask",
    Skip: "skip",
    Overwrite: "overwrite",
    Resume: "resume",
    Rename: "rename",
    Newer: "newer"
});

/// How a transferred file is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verify {
    /// Only by the servers' replies.
    Off,
    /// By comparing the sizes of both files.
    #[default]
    Size,
    /// By the strongest checksum that both sides can compute.
    Checksum,
}

words!(Verify { Off: "off", Size: "size", Checksum: "checksum" });

/// Which paths the data may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ViaRule {
    /// Directly between the servers, or through this machine where that does not work.
    #[default]
    Auto,
    /// Only directly from server to server.
    Direct,
    /// Only through this machine.
    Relay,
}

words!(ViaRule { Auto: "auto", Direct: "direct", Relay: "relay" });

/// What to do with symbolic links.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Links {
    /// Skip them.
    #[default]
    Skip,
    /// Copy their targets; a link that would cause a loop is skipped.
    Follow,
}

words!(Links { Skip: "skip", Follow: "follow" });

/// How a mirror detects which files differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compare {
    /// By size, and by time where the target preserves it: a newer source is copied.
    #[default]
    Auto,
    /// By size only.
    Size,
    /// By size and time: a file is copied when its time differs at all; by size only where the
    /// target cannot preserve times.
    Time,
    /// By the strongest checksum that both sides can compute; a file fails if there is none.
    Checksum,
    /// By checksum; by size if there is none.
    ChecksumOrSize,
    /// By checksum; by size and time if there is none.
    ChecksumOrTime,
    /// By checksum; a file is copied if there is none.
    ChecksumOrCopy,
}

words!(Compare {
    Auto: "auto",
    Size: "size",
    Time: "time",
    Checksum: "checksum",
    ChecksumOrSize: "checksum-or-size",
    ChecksumOrTime: "checksum-or-time",
    ChecksumOrCopy: "checksum-or-copy",
});

/// Whether a mirror deletes files that do not exist at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deletes {
    /// Never delete.
    #[default]
    No,
    /// Delete after the user has confirmed the number of files and directories.
    Ask,
    /// Delete without asking.
    Yes,
}

words!(Deletes { No: "no", Ask: "ask", Yes: "yes" });

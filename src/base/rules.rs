//! The rules by which files are copied, as jobs have them and settings give their defaults.

use crate::base::words;

/// What to do where the target exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
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

words!(Exists {
    Ask: "ask",
    Skip: "skip",
    Overwrite: "overwrite",
    Resume: "resume",
    Rename: "rename",
    Newer: "newer"
});

/// How the result is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verify {
    /// By the servers' replies alone.
    Off,
    /// By the sizes of both files.
    #[default]
    Size,
    /// By the strongest digest that both sides can compute.
    Checksum,
}

words!(Verify { Off: "off", Size: "size", Checksum: "checksum" });

/// Which ways are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ViaRule {
    /// Direct, and through this machine where direct does not work.
    #[default]
    Auto,
    /// Only straight from server to server.
    Direct,
    /// Only through this machine.
    Relay,
}

words!(ViaRule { Auto: "auto", Direct: "direct", Relay: "relay" });

/// What to do with symbolic links that a listing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Links {
    /// Leave them out.
    #[default]
    Skip,
    /// Copy what they lead to; a link that leads back to where it was met is left out.
    Follow,
}

words!(Links { Skip: "skip", Follow: "follow" });

/// How a mirror finds out which files differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compare {
    /// By the size, and by the time where the target keeps it: a newer source is copied.
    #[default]
    Auto,
    /// By the size alone.
    Size,
    /// By size and time: a file is copied when its time differs at all; by the size alone where
    /// the target cannot keep times.
    Time,
    /// By the strongest digest that both sides can compute.
    Checksum,
}

words!(Compare { Auto: "auto", Size: "size", Time: "time", Checksum: "checksum" });

/// Whether a mirror deletes what is not at the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Deletes {
    /// Nothing is deleted.
    #[default]
    No,
    /// After a yes to the number of files and directories.
    Ask,
    /// Without asking.
    Yes,
}

words!(Deletes { No: "no", Ask: "ask", Yes: "yes" });

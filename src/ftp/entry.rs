//! One entry of a directory, whatever the format it was listed in.

use std::num::NonZeroU64;

use crate::base::{Stamp, words};
use crate::ftp::Permissions;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A file with content.
    File,
    /// A directory.
    Dir,
    /// A symbolic link; what it leads to is not known.
    Link,
    /// A device, socket or anything else that cannot be transferred.
    Other,
}

words!(Kind { File: "file", Dir: "dir", Link: "link", Other: "other" });

/// One entry as a listing told it; what was not told is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, byte for byte as the server sent it.
    pub name: Box<[u8]>,
    /// File, directory, link or something else.
    pub kind: Kind,
    /// Bytes; `None` where not told or, as for block counts of VMS, not exact.
    pub size: Option<u64>,
    /// One more than [`Entry::size_at_most`], so that it needs no room to be absent.
    pub above_size: Option<NonZeroU64>,
    /// Time of the last change.
    pub mtime: Option<Stamp>,
    /// Where a symbolic link leads.
    pub target: Option<Box<[u8]>>,
    /// Permissions as the server writes them: `rwxr-xr-x`, `0644` …
    pub perms: Option<Permissions>,
}

impl Entry {
    /// An entry of which only name and kind are known.
    #[must_use]
    pub fn new(name: impl Into<Box<[u8]>>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            size: None,
            above_size: None,
            mtime: None,
            target: None,
            perms: None,
        }
    }

    /// An upper bound in bytes, where only blocks or a rounded number were told. Good for showing
    /// and for progress, never for comparing (reference quirk 52).
    #[must_use]
    pub fn size_at_most(&self) -> Option<u64> {
        self.above_size.map(|above| above.get() - 1)
    }

    /// Tells an upper bound of the size in bytes, or that there is none.
    pub fn set_size_at_most(&mut self, bytes: Option<u64>) {
        self.above_size = bytes.and_then(|bytes| NonZeroU64::new(bytes.saturating_add(1)));
    }

    /// The time of the last change as a wall clock, to compare two entries of servers that keep
    /// the same clock.
    #[must_use]
    pub fn modified(&self) -> Option<jiff::civil::DateTime> {
        self.mtime.as_ref().map(|stamp| stamp.at)
    }
}

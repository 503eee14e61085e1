//! An entry of a directory listing, independent of the listing format.

use std::num::NonZeroU64;

use crate::base::{Stamp, words};
use crate::ftp::Permissions;

/// The type of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A file with content.
    File,
    /// A directory.
    Dir,
    /// A symbolic link; the type of its target is unknown.
    Link,
    /// A device, socket or anything else that cannot be transferred.
    Other,
}

words!(Kind { File: "file", Dir: "dir", Link: "link", Other: "other" });

/// An entry of a listing. Properties that the listing does not contain are `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, in the bytes that the server sent.
    pub name: Box<[u8]>,
    /// File, directory, link or something else.
    pub kind: Kind,
    /// The size in bytes; `None` if unknown or not exact, such as block counts of VMS.
    pub size: Option<u64>,
    /// [`Entry::size_at_most`] plus one: `NonZeroU64` keeps the `Option` small.
    pub above_size: Option<NonZeroU64>,
    /// The modification time.
    pub mtime: Option<Stamp>,
    /// The target of a symbolic link.
    pub target: Option<Box<[u8]>>,
    /// Permissions as the server writes them: `rwxr-xr-x`, `0644` …
    pub perms: Option<Permissions>,
}

impl Entry {
    /// An entry with only name and kind.
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

    /// An upper bound of the size in bytes, if the listing contains only blocks or a rounded
    /// number. Use it for display and progress, never for comparison (quirk 52).
    #[must_use]
    pub fn size_at_most(&self) -> Option<u64> {
        self.above_size.map(|above| above.get() - 1)
    }

    /// Sets the upper bound of the size in bytes.
    pub fn set_size_at_most(&mut self, bytes: Option<u64>) {
        self.above_size = bytes.and_then(|bytes| NonZeroU64::new(bytes.saturating_add(1)));
    }

    /// The modification time as a wall clock time, to compare entries of servers in the same time
    /// zone.
    #[must_use]
    pub fn modified(&self) -> Option<jiff::civil::DateTime> {
        self.mtime.as_ref().map(|stamp| stamp.at)
    }
}

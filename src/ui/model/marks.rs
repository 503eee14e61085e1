//! The selected entries of a directory and their totals.

use crate::engine::Directory;
use crate::ftp::{Entry, Kind};

/// A set of entries by their index in the directory, with running totals.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    flags: Vec<bool>,
    count: usize,
    bytes: u64,
    /// Selected entries of unknown size: directories, and files that were listed without a size.
    unknown: usize,
}

impl Marks {
    /// True if the entry is selected.
    #[must_use]
    pub fn has(&self, at: u32) -> bool {
        self.flags.get(at as usize).copied().unwrap_or(false)
    }

    /// The number of selected entries.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The sum of the known sizes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// True if the sizes of all selected entries are known.
    #[must_use]
    pub fn all_known(&self) -> bool {
        self.unknown == 0
    }

    /// Selects or unselects an entry.
    pub fn set(&mut self, directory: &Directory, at: u32, on: bool) {
        let Some(entry) = directory.entries.get(at as usize) else { return };
        if self.has(at) == on {
            return;
        }
        if self.flags.len() < directory.entries.len() {
            self.flags.resize(directory.entries.len(), false);
        }
        self.flags[at as usize] = on;
        let (bytes, unknown) = match size(entry) {
            Some(bytes) => (bytes, 0),
            None => (0, 1),
        };
        if on {
            self.count += 1;
            self.bytes = self.bytes.saturating_add(bytes);
            self.unknown += unknown;
        } else {
            self.count -= 1;
            self.bytes = self.bytes.saturating_sub(bytes);
            self.unknown -= unknown;
        }
    }

    /// Clears the selection.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The selected indices, in the order of the listing.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.flags.iter().zip(0..).filter(|(on, _)| **on).map(|(_, at)| at)
    }
}

/// The size of a file; `None` for directories, whose listed size excludes their contents.
#[must_use]
pub fn size(entry: &Entry) -> Option<u64> {
    (entry.kind != Kind::Dir).then_some(entry.size).flatten()
}

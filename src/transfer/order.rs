//! What one transfer is to achieve.

use crate::base::rules::Verify;
use crate::base::{RemotePath, Stamp};

/// One file to be moved from server to server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The file at the source.
    pub source: RemotePath,
    /// Its name at the destination in the end.
    pub target: RemotePath,
    /// The free name that it arrives under, when that is not the final one (design rule 2).
    pub temporary: Option<RemotePath>,
    /// True when the target exists and is to be replaced.
    pub replaces: bool,
    /// Bytes, as the source told; `None` when it would not.
    pub size: Option<u64>,
    /// The time to give to the target, where the destination can.
    pub modified: Option<Stamp>,
    /// The time of the source as MDTM told it right before, to be compared afterwards when the
    /// transfer takes long (design rule 8).
    pub source_time: Option<Stamp>,
    /// What is compared before the file counts as arrived.
    pub verify: Verify,
}

impl Order {
    /// A file for a name that is free, of a size that nobody knows.
    #[must_use]
    pub fn new(source: RemotePath, target: RemotePath) -> Self {
        Self {
            source,
            target,
            temporary: None,
            replaces: false,
            size: None,
            modified: None,
            source_time: None,
            verify: Verify::Size,
        }
    }

    /// The name that STOR is sent with.
    #[must_use]
    pub fn stored_as(&self) -> &RemotePath {
        self.temporary.as_ref().unwrap_or(&self.target)
    }

    /// True when the size at the target is to be asked for.
    #[must_use]
    pub fn checks_size(&self) -> bool {
        self.verify != Verify::Off
    }

    /// True when the existing target is overwritten where it stands: the source must have begun
    /// to send before STOR truncates it (design rule 2).
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.replaces && self.temporary.is_none()
    }
}

/// A hidden name beside `target`, unique by `id`: `.NAME.ID.fxpart` (design rule 2).
#[must_use]
pub fn temporary_name(target: &RemotePath, id: &str) -> RemotePath {
    let name = [b".", target.name(), b".", id.as_bytes(), b".fxpart"].concat();
    match target.parent() {
        Some(parent) => parent.join(&name),
        None => RemotePath::new(name),
    }
}

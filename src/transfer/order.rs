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
    /// The free name that it arrives under, when that is not the final one (transfer rule 2).
    pub temporary: Option<RemotePath>,
    /// True when the target exists and is to be replaced.
    pub replaces: bool,
    /// Bytes, as the source told; `None` when it would not.
    pub size: Option<u64>,
    /// The time to give to the target, where the destination can.
    pub modified: Option<Stamp>,
    /// The permissions to give to the target, where the destination can.
    pub mode: Option<u32>,
    /// The time of the source as MDTM told it right before, to be compared afterwards when the
    /// transfer takes long (transfer rule 8).
    pub source_time: Option<Stamp>,
    /// Where both files go on (`REST`), in bytes; 0 for a whole file. The target has exactly so
    /// many, and they are known to be those of the source (transfer rule 9).
    pub offset: u64,
    /// True when a temporary file that a broken try leaves is worth keeping: a later try can go
    /// on where it ends.
    pub keep: bool,
    /// What is compared before the file counts as arrived.
    pub verify: Verify,
    /// True for text (`TYPE A`): line ends may be converted, so that sizes are only compared
    /// afterwards, and nothing is ever gone on with.
    pub text: bool,
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
            mode: None,
            source_time: None,
            offset: 0,
            keep: false,
            verify: Verify::Size,
            text: false,
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
        self.verify != Verify::Off && !self.text
    }

    /// True when the existing target is overwritten where it stands: the source must have begun to
    /// send before STOR truncates it (transfer rule 2).
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.replaces && self.temporary.is_none() && self.offset == 0
    }

    /// True when what stands under [`Order::stored_as`] after STOR is ours alone: a failed try may
    /// delete it (transfer rule 2).
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.temporary.is_some() || (!self.replaces && self.offset == 0)
    }
}

/// Where the old file waits while the file that arrived as `temporary` takes its place.
#[must_use]
pub fn aside_name(temporary: &RemotePath) -> RemotePath {
    RemotePath::new([temporary.as_bytes(), b".old"].concat())
}

/// A hidden name beside `target`, unique by `id`: `.NAME.ID.fxpart` (transfer rule 2).
#[must_use]
pub fn temporary_name(target: &RemotePath, id: &str) -> RemotePath {
    let name = [b".", target.name(), b".", id.as_bytes(), b".fxpart"].concat();
    match target.parent() {
        Some(parent) => parent.join(&name),
        None => RemotePath::new(name),
    }
}

//! The order for one transfer, and the names that it uses.

use crate::base::rules::Verify;
use crate::base::{RemotePath, Stamp};
use crate::transfer::form::{Form, StoreAs};

/// One file to transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The file at the source.
    pub source: RemotePath,
    /// Its name at the destination in the end.
    pub target: RemotePath,
    /// The free name that it arrives under, when that is not the final one (transfer rule 2).
    pub temporary: Option<RemotePath>,
    /// True when the target exists and will be replaced.
    pub replaces: bool,
    /// Bytes, as the source reported them; `None` when unknown.
    pub size: Option<u64>,
    /// The time that the target gets, where the destination can set it.
    pub modified: Option<Stamp>,
    /// The permissions that the target gets, where the destination can set them.
    pub mode: Option<u32>,
    /// The time of the source, as MDTM reported it just before; compared again when the transfer
    /// takes long (transfer rule 8).
    pub source_time: Option<Stamp>,
    /// Where both files are resumed (`REST`), in bytes; 0 for a whole file. The target has exactly
    /// so many, and they are known to be those of the source (transfer rule 9).
    pub offset: u64,
    /// True when a temporary file that a failed attempt leaves is worth keeping: a later attempt
    /// can resume it.
    pub keep: bool,
    /// What is compared before the file counts as complete.
    pub verify: Verify,
    /// How the bytes are carried. As text (`TYPE A`) line ends may be converted, so that sizes are
    /// only compared afterwards, and no partial file is ever resumed.
    pub form: Form,
    /// How an upload is stored.
    pub store: StoreAs,
}

impl Order {
    /// A file of unknown size, for a name that is free.
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
            form: Form::Binary,
            store: StoreAs::Name,
        }
    }

    /// The name in the STOR command.
    #[must_use]
    pub fn stored_as(&self) -> &RemotePath {
        self.temporary.as_ref().unwrap_or(&self.target)
    }

    /// True when the size at the target is checked.
    #[must_use]
    pub fn checks_size(&self) -> bool {
        self.verify != Verify::Off && !self.form.is_text()
    }

    /// True when the existing target is overwritten in place: the source must have begun to send
    /// before STOR truncates it (transfer rule 2).
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        self.replaces && self.temporary.is_none() && self.offset == 0
    }

    /// True when the file [`Order::stored_as`] is ours alone after STOR: a failed attempt may
    /// delete it (transfer rule 2).
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.temporary.is_some() || (!self.replaces && self.offset == 0)
    }
}

/// The name of the old file while the file that arrived as `temporary` takes its place.
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

//! The served files: a tree in memory or a directory on disk, behind one type.

pub(crate) mod content;
pub(crate) mod directory;
pub(crate) mod tree;

use std::io;

use thiserror::Error;

use crate::base::RemotePath;
use crate::demo::store::content::Content;
use crate::demo::store::directory::ServedDirectory;
use crate::demo::store::tree::Tree;
use crate::ftp::Kind;

/// Why a file operation was refused, in the words of the C library, because servers pass these on.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The path does not exist.
    #[error("No such file or directory")]
    NotFound,
    /// A component of the path is a file.
    #[error("Not a directory")]
    NotDir,
    /// The path is a directory, but a file is needed.
    #[error("Is a directory")]
    IsDir,
    /// The name already exists.
    #[error("File exists")]
    Exists,
    /// Only empty directories can be removed.
    #[error("Directory not empty")]
    NotEmpty,
    /// The permissions forbid it, or the path leads out of the served directory.
    #[error("Permission denied")]
    Denied,
    /// The capacity of the setup is used up.
    #[error("No space left on device")]
    NoSpace,
    /// Symbolic links form a loop.
    #[error("Too many levels of symbolic links")]
    Loop,
    /// Any other error of a directory on disk.
    #[error("{0}")]
    Io(io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::NotADirectory => Self::NotDir,
            io::ErrorKind::IsADirectory => Self::IsDir,
            io::ErrorKind::AlreadyExists => Self::Exists,
            io::ErrorKind::DirectoryNotEmpty => Self::NotEmpty,
            io::ErrorKind::PermissionDenied => Self::Denied,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Io(error),
        }
    }
}

/// The metadata of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    /// File, directory or link.
    pub(crate) kind: Kind,
    /// Bytes of a file; 4096 for a directory, as on most file systems.
    pub(crate) size: u64,
    /// Modification time, seconds since 1970.
    pub(crate) mtime: i64,
    /// Permission bits.
    pub(crate) mode: u32,
    /// The target of a link; `None` for other entries.
    pub(crate) target: Option<Box<[u8]>>,
    /// Identifies the file (fact `unique`).
    pub(crate) id: u64,
}

/// The entries of a directory, sorted by name.
pub(crate) type Entries = Vec<(Box<[u8]>, Meta)>;

/// An open file.
#[derive(Debug)]
pub(crate) enum Handle {
    /// In memory.
    Memory(std::sync::Arc<Content>),
    /// On disk.
    Disk(std::fs::File),
}

impl Handle {
    /// Reads from `at` into `buffer`; returns 0 at the end.
    pub(crate) fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
        match self {
            Self::Memory(content) => Ok(content.read_at(at, buffer)),
            Self::Disk(file) => Ok(directory::read_at(file, at, buffer)?),
        }
    }

    /// Writes at `at`; a gap before it is filled with zeros.
    pub(crate) fn write_at(&mut self, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        match self {
            Self::Memory(content) => content.write_at(at, bytes),
            Self::Disk(file) => Ok(directory::write_at(file, at, bytes)?),
        }
    }

    /// Truncates or extends the file to this length.
    pub(crate) fn cut(&mut self, length: u64) -> Result<(), StoreError> {
        match self {
            Self::Memory(content) => content.cut(length),
            Self::Disk(file) => Ok(file.set_len(length)?),
        }
    }

    /// Updates the modification time; the system does so for files on disk.
    pub(crate) fn touch(&self) {
        if let Self::Memory(content) = self {
            content.set_mtime(tree::now());
        }
    }

    /// Current size in bytes.
    pub(crate) fn len(&self) -> Result<u64, StoreError> {
        match self {
            Self::Memory(content) => Ok(content.len()),
            Self::Disk(file) => Ok(file.metadata()?.len()),
        }
    }
}

/// A tree in memory or a directory on disk. All paths are absolute.
///
/// The calls block, which is acceptable for a server for local use.
#[derive(Debug)]
pub(crate) enum Store {
    /// In memory.
    Memory(Tree),
    /// A directory on disk.
    Disk(ServedDirectory),
}

macro_rules! both {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Memory($store) => $call,
            Self::Disk($store) => $call,
        }
    };
}

impl Store {
    /// The metadata of an entry; `follow` resolves a link at the end of the path.
    pub(crate) fn meta(&self, path: &RemotePath, follow: bool) -> Result<Meta, StoreError> {
        both!(self, store => store.meta(path, follow))
    }

    /// The entries of a directory; links are not resolved.
    pub(crate) fn list(&self, path: &RemotePath) -> Result<Entries, StoreError> {
        both!(self, store => store.list(path))
    }

    /// Opens a file for reading.
    pub(crate) fn open(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        both!(self, store => store.open(path))
    }

    /// Opens a file for writing, and creates it if missing; the content is kept.
    pub(crate) fn create(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        both!(self, store => store.create(path))
    }

    /// Creates a directory.
    pub(crate) fn make_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        both!(self, store => store.make_dir(path))
    }

    /// Creates a symbolic link.
    pub(crate) fn make_link(&self, path: &RemotePath, target: &[u8]) -> Result<(), StoreError> {
        both!(self, store => store.make_link(path, target))
    }

    /// Removes an empty directory.
    pub(crate) fn remove_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        both!(self, store => store.remove_dir(path))
    }

    /// Removes a file or link.
    pub(crate) fn remove_file(&self, path: &RemotePath) -> Result<(), StoreError> {
        both!(self, store => store.remove_file(path))
    }

    /// Renames; replaces an existing file, like rename(2).
    pub(crate) fn rename(&self, from: &RemotePath, to: &RemotePath) -> Result<(), StoreError> {
        both!(self, store => store.rename(from, to))
    }

    /// Sets the modification time, seconds since 1970.
    pub(crate) fn set_mtime(&self, path: &RemotePath, mtime: i64) -> Result<(), StoreError> {
        both!(self, store => store.set_mtime(path, mtime))
    }

    /// Sets the permission bits.
    pub(crate) fn set_mode(&self, path: &RemotePath, mode: u32) -> Result<(), StoreError> {
        both!(self, store => store.set_mode(path, mode))
    }

    /// Free bytes; `None` if no capacity is set.
    pub(crate) fn free(&self) -> Option<u64> {
        match self {
            Self::Memory(tree) => tree.free(),
            Self::Disk(_) => None,
        }
    }
}

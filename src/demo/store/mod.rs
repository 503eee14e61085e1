//! What the embedded server serves: a tree in memory or a real folder, behind one type.

pub(crate) mod content;
pub(crate) mod folder;
pub(crate) mod tree;

use std::io;

use thiserror::Error;

use crate::base::RemotePath;
use crate::demo::store::content::Content;
use crate::demo::store::folder::Folder;
use crate::demo::store::tree::Tree;
use crate::ftp::Kind;

/// Why a file operation was refused; the words are those of the C library, as servers pass them
/// on.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Nothing has this name.
    #[error("No such file or directory")]
    NotFound,
    /// A part of the path is a file.
    #[error("Not a directory")]
    NotDir,
    /// The path is a directory where a file is needed.
    #[error("Is a directory")]
    IsDir,
    /// The name is taken.
    #[error("File exists")]
    Exists,
    /// Only empty directories can be removed.
    #[error("Directory not empty")]
    NotEmpty,
    /// The permissions forbid it, or the path leads out of the served folder.
    #[error("Permission denied")]
    Denied,
    /// The capacity of the set-up is used up.
    #[error("No space left on device")]
    NoSpace,
    /// Symbolic links lead in a circle.
    #[error("Too many levels of symbolic links")]
    Loop,
    /// A real folder had trouble of its own.
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

/// What is known of one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meta {
    /// File, directory or link.
    pub(crate) kind: Kind,
    /// Bytes of a file; 4096 for a directory, as most file systems say.
    pub(crate) size: u64,
    /// Last change, seconds since 1970.
    pub(crate) mtime: i64,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Where a link leads.
    pub(crate) target: Option<Box<[u8]>>,
    /// The same number for the same file (fact `unique`).
    pub(crate) id: u64,
}

/// The entries of a directory by name.
pub(crate) type Entries = Vec<(Box<[u8]>, Meta)>;

/// An open file.
#[derive(Debug)]
pub(crate) enum Handle {
    /// In memory.
    Memory(std::sync::Arc<Content>),
    /// In a real folder.
    Folder(std::fs::File),
}

impl Handle {
    /// Reads from `at` into `buffer`; 0 at the end.
    pub(crate) fn read_at(&mut self, at: u64, buffer: &mut [u8]) -> Result<usize, StoreError> {
        match self {
            Self::Memory(content) => Ok(content.read_at(at, buffer)),
            Self::Folder(file) => Ok(folder::read_at(file, at, buffer)?),
        }
    }

    /// Writes at `at`; a gap before it is filled with zeros.
    pub(crate) fn write_at(&mut self, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        match self {
            Self::Memory(content) => content.write_at(at, bytes),
            Self::Folder(file) => Ok(folder::write_at(file, at, bytes)?),
        }
    }

    /// Makes the file exactly this long.
    pub(crate) fn cut(&mut self, length: u64) -> Result<(), StoreError> {
        match self {
            Self::Memory(content) => content.cut(length),
            Self::Folder(file) => Ok(file.set_len(length)?),
        }
    }

    /// Notes that it has changed now; a real file does so by itself.
    pub(crate) fn touch(&self) {
        if let Self::Memory(content) = self {
            content.set_mtime(tree::now());
        }
    }

    /// Bytes at this moment.
    pub(crate) fn len(&self) -> Result<u64, StoreError> {
        match self {
            Self::Memory(content) => Ok(content.len()),
            Self::Folder(file) => Ok(file.metadata()?.len()),
        }
    }
}

/// A tree in memory or a real folder. All paths are absolute.
///
/// The calls block for as long as memory or the disk takes: short, and the server is for one
/// machine's own use.
#[derive(Debug)]
pub(crate) enum Store {
    /// In memory.
    Memory(Tree),
    /// A real folder.
    Folder(Folder),
}

macro_rules! both {
    ($self:ident, $store:ident => $call:expr) => {
        match $self {
            Self::Memory($store) => $call,
            Self::Folder($store) => $call,
        }
    };
}

impl Store {
    /// What the path is; `follow` looks through a link at its end.
    pub(crate) fn meta(&self, path: &RemotePath, follow: bool) -> Result<Meta, StoreError> {
        both!(self, store => store.meta(path, follow))
    }

    /// The entries of a directory by name, links as links.
    pub(crate) fn list(&self, path: &RemotePath) -> Result<Entries, StoreError> {
        both!(self, store => store.list(path))
    }

    /// Opens a file to read.
    pub(crate) fn open(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        both!(self, store => store.open(path))
    }

    /// Opens a file to write, made when it is absent; its content stays.
    pub(crate) fn create(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        both!(self, store => store.create(path))
    }

    /// Makes a directory.
    pub(crate) fn make_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        both!(self, store => store.make_dir(path))
    }

    /// Makes a symbolic link.
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

    /// Renames; an existing file is replaced, as rename(2) does.
    pub(crate) fn rename(&self, from: &RemotePath, to: &RemotePath) -> Result<(), StoreError> {
        both!(self, store => store.rename(from, to))
    }

    /// Sets the time of the last change, seconds since 1970.
    pub(crate) fn set_mtime(&self, path: &RemotePath, mtime: i64) -> Result<(), StoreError> {
        both!(self, store => store.set_mtime(path, mtime))
    }

    /// Sets the permission bits.
    pub(crate) fn set_mode(&self, path: &RemotePath, mode: u32) -> Result<(), StoreError> {
        both!(self, store => store.set_mode(path, mode))
    }

    /// Free bytes, where a capacity is set.
    pub(crate) fn free(&self) -> Option<u64> {
        match self {
            Self::Memory(tree) => tree.free(),
            Self::Folder(_) => None,
        }
    }
}

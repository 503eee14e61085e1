//! Direct access to the files of a server, for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{RemotePath, Stamp};
use crate::demo::listing::digits;
use crate::demo::shared::Shared;
use crate::demo::store::{Handle, Store, StoreError};
use crate::demo::{digest, setup::SetupEntry};
use crate::ftp::Kind;

/// The files of a server, bypassing protocol and fault rules. Paths are absolute.
#[derive(Debug, Clone)]
pub struct Root {
    shared: Arc<Shared>,
}

impl Root {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    fn store(&self) -> &Store {
        &self.shared.store
    }

    /// The content of a file.
    ///
    /// # Errors
    /// [`StoreError`] if the path does not exist or is not a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, StoreError> {
        let mut handle = self.store().open(&path.into())?;
        let mut bytes = vec![0; usize::try_from(handle.len()?).unwrap_or(usize::MAX)];
        let mut done = 0;
        while done < bytes.len() {
            let count = handle.read_at(done as u64, &mut bytes[done..])?;
            if count == 0 {
                break;
            }
            done += count;
        }
        bytes.truncate(done);
        Ok(bytes)
    }

    /// Writes a whole file; creates missing directories.
    ///
    /// # Errors
    /// [`StoreError`] if a directory has this name, or the disk is full.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), StoreError> {
        put(self.store(), path, &SetupEntry::File(bytes.as_ref().to_vec()))
    }

    /// Creates a file whose bytes are generated from `seed` when they are read.
    ///
    /// # Errors
    /// [`StoreError`] if a directory has this name.
    pub fn synthetic(&self, path: &str, size: u64, seed: u64) -> Result<(), StoreError> {
        put(self.store(), path, &SetupEntry::Synthetic { seed, size })
    }

    /// Creates a directory and its missing parents; an existing directory is fine.
    ///
    /// # Errors
    /// [`StoreError`] if a file has this name.
    pub fn make_dir(&self, path: &str) -> Result<(), StoreError> {
        put(self.store(), path, &SetupEntry::Dir)
    }

    /// Creates a symbolic link.
    ///
    /// # Errors
    /// [`StoreError`] if the name exists.
    pub fn link(&self, path: &str, target: &str) -> Result<(), StoreError> {
        put(self.store(), path, &SetupEntry::Link(target.as_bytes().to_vec()))
    }

    /// Removes a file, a link or an empty directory.
    ///
    /// # Errors
    /// [`StoreError`] if it does not exist or is not empty.
    pub fn remove(&self, path: &str) -> Result<(), StoreError> {
        let path = path.into();
        match self.store().meta(&path, false)?.kind {
            Kind::Dir => self.store().remove_dir(&path),
            _ => self.store().remove_file(&path),
        }
    }

    /// True if the path exists.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.store().meta(&path.into(), false).is_ok()
    }

    /// The size of a file in bytes.
    ///
    /// # Errors
    /// [`StoreError`] if it does not exist.
    pub fn size(&self, path: &str) -> Result<u64, StoreError> {
        Ok(self.store().meta(&path.into(), true)?.size)
    }

    /// The modification time in UTC; `None` if it is out of range.
    ///
    /// # Errors
    /// [`StoreError`] if it does not exist.
    pub fn mtime(&self, path: &str) -> Result<Option<Stamp>, StoreError> {
        Ok(Stamp::from_digits(&digits(self.store().meta(&path.into(), true)?.mtime)))
    }

    /// Sets the modification time, in seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`] if it does not exist.
    pub fn set_mtime(&self, path: &str, seconds: i64) -> Result<(), StoreError> {
        self.store().set_mtime(&path.into(), seconds)
    }

    /// The permission bits.
    ///
    /// # Errors
    /// [`StoreError`] if it does not exist.
    pub fn mode(&self, path: &str) -> Result<u32, StoreError> {
        Ok(self.store().meta(&path.into(), true)?.mode)
    }

    /// Sets the permission bits; 0 makes a file unreadable, 0o555 a directory read-only.
    ///
    /// # Errors
    /// [`StoreError`] if it does not exist.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), StoreError> {
        self.store().set_mode(&path.into(), mode)
    }

    /// The sorted names in a directory; invalid UTF-8 is shown as replacement characters.
    ///
    /// # Errors
    /// [`StoreError`] if it is not a directory.
    pub fn list(&self, path: &str) -> Result<Vec<String>, StoreError> {
        let entries = self.store().list(&path.into())?;
        Ok(entries.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// The SHA-256 of a file in lower-case hex.
    ///
    /// # Errors
    /// [`StoreError`] if it is not a file.
    pub fn sha256(&self, path: &str) -> Result<String, StoreError> {
        self.digest(&path.into())
    }

    fn digest(&self, path: &RemotePath) -> Result<String, StoreError> {
        let mut handle = self.store().open(path)?;
        let end = handle.len()?;
        digest::of(&mut handle, digest::Algorithm::Sha256, 0, end)
    }

    /// The SHA-256 of every file below a directory, by relative path. Two trees are equal if
    /// these maps are.
    ///
    /// # Errors
    /// [`StoreError`] if an entry disappears meanwhile.
    pub fn tree(&self, path: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let top = RemotePath::from(path);
        let mut files = BTreeMap::new();
        let mut pending = vec![top.clone()];
        while let Some(dir) = pending.pop() {
            for (name, meta) in self.store().list(&dir)? {
                let path = dir.join(&name);
                match meta.kind {
                    Kind::Dir => pending.push(path),
                    Kind::File => {
                        let relative = path.relative_to(&top).unwrap_or(path.as_bytes());
                        let relative = String::from_utf8_lossy(relative).into_owned();
                        files.insert(relative, self.digest(&path)?);
                    }
                    Kind::Link | Kind::Other => {}
                }
            }
        }
        Ok(files)
    }
}

/// Creates an entry in a store; creates missing directories.
pub(crate) fn put(store: &Store, path: &str, entry: &SetupEntry) -> Result<(), StoreError> {
    let path = RemotePath::from(path);
    let mut parents = Vec::new();
    let mut dir = path.parent();
    while let Some(next) = dir {
        dir = next.parent();
        parents.push(next);
    }
    for dir in parents.iter().rev() {
        make_dir(store, dir)?;
    }
    match entry {
        SetupEntry::Dir => make_dir(store, &path),
        SetupEntry::Link(target) => store.make_link(&path, target),
        SetupEntry::File(bytes) => {
            let mut handle = store.create(&path)?;
            handle.cut(0)?;
            handle.write_at(0, bytes)
        }
        SetupEntry::Synthetic { seed, size } => synthetic(store, &path, *seed, *size),
    }
}

fn make_dir(store: &Store, path: &RemotePath) -> Result<(), StoreError> {
    match store.make_dir(path) {
        Err(StoreError::Exists) if store.meta(path, true)?.kind == Kind::Dir => Ok(()),
        done => done,
    }
}

fn synthetic(store: &Store, path: &RemotePath, seed: u64, size: u64) -> Result<(), StoreError> {
    if let Store::Memory(tree) = store {
        return tree.create_synthetic(path, seed, size);
    }
    let mut handle: Handle = store.create(path)?;
    handle.cut(0)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut at = 0;
    while at < size {
        let chunk = usize::try_from(size - at).unwrap_or(usize::MAX).min(buffer.len());
        crate::demo::store::content::synthetic_bytes(seed, at, &mut buffer[..chunk]);
        handle.write_at(at, &buffer[..chunk])?;
        at += chunk as u64;
    }
    Ok(())
}

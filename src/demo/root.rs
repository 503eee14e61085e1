//! A test's own way into the files of a server.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{RemotePath, Stamp};
use crate::demo::listing::digits;
use crate::demo::shared::Shared;
use crate::demo::store::{Handle, Store, StoreError};
use crate::demo::{digest, setup::Item};
use crate::ftp::Kind;

/// The files of a server, past its rules and its protocol. Paths are absolute.
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
    /// [`StoreError`] when it is not there or is no file.
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

    /// Writes a file whole; missing directories are made.
    ///
    /// # Errors
    /// [`StoreError`] when a directory has this name, or the space is used up.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), StoreError> {
        put(self.store(), path, &Item::File(bytes.as_ref().to_vec()))
    }

    /// Puts a file there whose bytes are made from `seed` when they are read.
    ///
    /// # Errors
    /// [`StoreError`] when a directory has this name.
    pub fn synthetic(&self, path: &str, size: u64, seed: u64) -> Result<(), StoreError> {
        put(self.store(), path, &Item::Synthetic { seed, size })
    }

    /// Makes a directory, with missing ones above it; one that exists is fine.
    ///
    /// # Errors
    /// [`StoreError`] when a file has this name.
    pub fn make_dir(&self, path: &str) -> Result<(), StoreError> {
        put(self.store(), path, &Item::Dir)
    }

    /// Makes a symbolic link.
    ///
    /// # Errors
    /// [`StoreError`] when the name is taken.
    pub fn link(&self, path: &str, target: &str) -> Result<(), StoreError> {
        put(self.store(), path, &Item::Link(target.as_bytes().to_vec()))
    }

    /// Removes a file, a link or an empty directory.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there or not empty.
    pub fn remove(&self, path: &str) -> Result<(), StoreError> {
        let path = path.into();
        match self.store().meta(&path, false)?.kind {
            Kind::Dir => self.store().remove_dir(&path),
            _ => self.store().remove_file(&path),
        }
    }

    /// True when something has this name.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.store().meta(&path.into(), false).is_ok()
    }

    /// Bytes of a file.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there.
    pub fn size(&self, path: &str) -> Result<u64, StoreError> {
        Ok(self.store().meta(&path.into(), true)?.size)
    }

    /// Time of the last change, UTC.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there.
    pub fn mtime(&self, path: &str) -> Result<Option<Stamp>, StoreError> {
        Ok(Stamp::from_digits(&digits(self.store().meta(&path.into(), true)?.mtime)))
    }

    /// Sets the time of the last change, in seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there.
    pub fn set_mtime(&self, path: &str, seconds: i64) -> Result<(), StoreError> {
        self.store().set_mtime(&path.into(), seconds)
    }

    /// Permission bits.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there.
    pub fn mode(&self, path: &str) -> Result<u32, StoreError> {
        Ok(self.store().meta(&path.into(), true)?.mode)
    }

    /// Sets the permission bits; 0 makes a file unreadable, 0o555 a directory read-only.
    ///
    /// # Errors
    /// [`StoreError`] when it is not there.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), StoreError> {
        self.store().set_mode(&path.into(), mode)
    }

    /// The names in a directory, sorted; names that are not UTF-8 with replacement characters.
    ///
    /// # Errors
    /// [`StoreError`] when it is no directory.
    pub fn list(&self, path: &str) -> Result<Vec<String>, StoreError> {
        let entries = self.store().list(&path.into())?;
        Ok(entries.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// SHA-256 of a file, lower-case hex.
    ///
    /// # Errors
    /// [`StoreError`] when it is no file.
    pub fn sha256(&self, path: &str) -> Result<String, StoreError> {
        self.digest(&path.into())
    }

    fn digest(&self, path: &RemotePath) -> Result<String, StoreError> {
        let mut handle = self.store().open(path)?;
        let end = handle.len()?;
        digest::of(&mut handle, digest::Algorithm::Sha256, 0, end)
    }

    /// Every file below a directory with its SHA-256, by its path below it: two trees are equal
    /// when these maps are.
    ///
    /// # Errors
    /// [`StoreError`] when something vanishes meanwhile.
    pub fn tree(&self, path: &str) -> Result<BTreeMap<String, String>, StoreError> {
        let top = RemotePath::from(path);
        let mut files = BTreeMap::new();
        let mut ahead = vec![top.clone()];
        while let Some(dir) = ahead.pop() {
            for (name, meta) in self.store().list(&dir)? {
                let path = dir.join(&name);
                match meta.kind {
                    Kind::Dir => ahead.push(path),
                    Kind::File => {
                        let below = path.relative_to(&top).unwrap_or(path.as_bytes());
                        let below = String::from_utf8_lossy(below).into_owned();
                        files.insert(below, self.digest(&path)?);
                    }
                    Kind::Link | Kind::Other => {}
                }
            }
        }
        Ok(files)
    }
}

/// Puts something into a store; missing directories are made.
pub(crate) fn put(store: &Store, path: &str, item: &Item) -> Result<(), StoreError> {
    let path = RemotePath::from(path);
    let mut above = Vec::new();
    let mut dir = path.parent();
    while let Some(next) = dir {
        dir = next.parent();
        above.push(next);
    }
    for dir in above.iter().rev() {
        make_dir(store, dir)?;
    }
    match item {
        Item::Dir => make_dir(store, &path),
        Item::Link(target) => store.make_link(&path, target),
        Item::File(bytes) => {
            let mut handle = store.create(&path)?;
            handle.cut(0)?;
            handle.write_at(0, bytes)
        }
        Item::Synthetic { seed, size } => synthetic(store, &path, *seed, *size),
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
        let piece = usize::try_from(size - at).unwrap_or(usize::MAX).min(buffer.len());
        crate::demo::store::content::synthetic_bytes(seed, at, &mut buffer[..piece]);
        handle.write_at(at, &buffer[..piece])?;
        at += piece as u64;
    }
    Ok(())
}

//! A directory on disk. No path leads out of it, whatever links it contains.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::RemotePath;
use crate::demo::store::{Entries, Handle, Meta, StoreError};
use crate::ftp::Kind;

/// The served directory.
#[derive(Debug)]
pub(crate) struct ServedDirectory {
    /// Canonical, so that a prefix check finds paths outside of it.
    root: PathBuf,
}

impl ServedDirectory {
    /// Serves this directory, which must exist.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { root })
    }

    /// The real path of an entry, with links in its parent directories resolved; a link at the end
    /// is resolved only if `follow`. The last component need not exist.
    ///
    /// Somebody who can change the directory while it is served could replace a subdirectory by a
    /// link after this check, but has the owner's permissions anyway.
    fn real(&self, path: &RemotePath, follow: bool) -> Result<PathBuf, StoreError> {
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in path.as_bytes().split(|&b| b == b'/') {
            match part {
                b"" | b"." => {}
                b".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        let Some((name, parents)) = parts.split_last() else { return Ok(self.root.clone()) };
        let mut parent = self.root.clone();
        for part in parents {
            parent.push(os_name(part)?);
        }
        let parent = parent.canonicalize()?;
        if !parent.starts_with(&self.root) {
            return Err(StoreError::Denied);
        }
        let whole = parent.join(os_name(name)?);
        let is_link = fs::symlink_metadata(&whole).is_ok_and(|meta| meta.is_symlink());
        if !follow || !is_link {
            return Ok(whole);
        }
        let whole = whole.canonicalize()?;
        if whole.starts_with(&self.root) { Ok(whole) } else { Err(StoreError::Denied) }
    }

    pub(crate) fn meta(&self, path: &RemotePath, follow: bool) -> Result<Meta, StoreError> {
        let real = self.real(path, follow)?;
        Ok(describe(&real, &fs::symlink_metadata(&real)?))
    }

    pub(crate) fn list(&self, path: &RemotePath) -> Result<Entries, StoreError> {
        let real = self.real(path, true)?;
        let mut entries = Vec::new();
        for entry in fs::read_dir(real)? {
            let entry = entry?;
            // an entry may disappear while the directory is read
            let Ok(meta) = entry.metadata() else { continue };
            entries.push((name_bytes(&entry.file_name()), describe(&entry.path(), &meta)));
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    pub(crate) fn open(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        let real = self.real(path, true)?;
        let meta = fs::metadata(&real)?;
        if meta.is_dir() {
            return Err(StoreError::IsDir);
        }
        if !meta.is_file() {
            // opening a pipe or a device could block or have side effects
            return Err(StoreError::Denied);
        }
        Ok(Handle::Disk(File::open(real)?))
    }

    pub(crate) fn create(&self, path: &RemotePath) -> Result<Handle, StoreError> {
        let real = self.real(path, true)?;
        match fs::metadata(&real) {
            Ok(meta) if meta.is_dir() => return Err(StoreError::IsDir),
            Ok(meta) if !meta.is_file() => return Err(StoreError::Denied),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(real)?;
        Ok(Handle::Disk(file))
    }

    pub(crate) fn make_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        Ok(fs::create_dir(self.real(path, false)?)?)
    }

    #[cfg(unix)]
    pub(crate) fn make_link(&self, path: &RemotePath, target: &[u8]) -> Result<(), StoreError> {
        Ok(std::os::unix::fs::symlink(os_name(target)?, self.real(path, false)?)?)
    }

    #[cfg(not(unix))]
    pub(crate) fn make_link(&self, _: &RemotePath, _: &[u8]) -> Result<(), StoreError> {
        Err(StoreError::Denied)
    }

    pub(crate) fn remove_dir(&self, path: &RemotePath) -> Result<(), StoreError> {
        let real = self.real(path, false)?;
        if real == self.root {
            return Err(StoreError::Denied);
        }
        Ok(fs::remove_dir(real)?)
    }

    pub(crate) fn remove_file(&self, path: &RemotePath) -> Result<(), StoreError> {
        let real = self.real(path, false)?;
        if fs::symlink_metadata(&real)?.is_dir() {
            return Err(StoreError::IsDir);
        }
        Ok(fs::remove_file(real)?)
    }

    pub(crate) fn rename(&self, from: &RemotePath, to: &RemotePath) -> Result<(), StoreError> {
        let (from, to) = (self.real(from, false)?, self.real(to, false)?);
        if from == self.root || to == self.root {
            return Err(StoreError::Denied);
        }
        Ok(fs::rename(from, to)?)
    }

    pub(crate) fn set_mtime(&self, path: &RemotePath, mtime: i64) -> Result<(), StoreError> {
        let real = self.real(path, true)?;
        // utimensat does not need write permission, but a handle does; directories can only be
        // opened for reading
        let directory = fs::metadata(&real)?.is_dir();
        let file = OpenOptions::new().read(directory).write(!directory).open(real)?;
        Ok(file.set_modified(system_time(mtime))?)
    }

    #[cfg(unix)]
    pub(crate) fn set_mode(&self, path: &RemotePath, mode: u32) -> Result<(), StoreError> {
        use std::os::unix::fs::PermissionsExt;

        // never sets setuid, setgid or sticky bits
        let permissions = fs::Permissions::from_mode(mode & 0o777);
        Ok(fs::set_permissions(self.real(path, true)?, permissions)?)
    }

    #[cfg(not(unix))]
    pub(crate) fn set_mode(&self, path: &RemotePath, mode: u32) -> Result<(), StoreError> {
        let real = self.real(path, true)?;
        let mut permissions = fs::metadata(&real)?.permissions();
        permissions.set_readonly(mode & 0o200 == 0);
        Ok(fs::set_permissions(real, permissions)?)
    }
}

fn describe(path: &Path, meta: &fs::Metadata) -> Meta {
    let kind = if meta.is_symlink() {
        Kind::Link
    } else if meta.is_dir() {
        Kind::Dir
    } else if meta.is_file() {
        Kind::File
    } else {
        Kind::Other
    };
    let target = match kind {
        Kind::Link => fs::read_link(path).ok().map(|target| name_bytes(target.as_os_str())),
        _ => None,
    };
    let (mode, id) = mode_and_id(meta);
    Meta { kind, size: meta.len(), mtime: mtime(meta), mode, target, id }
}

#[cfg(unix)]
fn mode_and_id(meta: &fs::Metadata) -> (u32, u64) {
    use std::os::unix::fs::MetadataExt;

    (meta.mode() & 0o7777, meta.ino())
}

#[cfg(not(unix))]
fn mode_and_id(meta: &fs::Metadata) -> (u32, u64) {
    (if meta.permissions().readonly() { 0o555 } else { 0o755 }, 0)
}

fn mtime(meta: &fs::Metadata) -> i64 {
    let Ok(time) = meta.modified() else { return 0 };
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => seconds(after),
        Err(before) => -seconds(before.duration()),
    }
}

fn system_time(mtime: i64) -> SystemTime {
    let span = Duration::from_secs(mtime.unsigned_abs());
    if mtime < 0 { UNIX_EPOCH - span } else { UNIX_EPOCH + span }
}

#[cfg(unix)]
fn os_name(name: &[u8]) -> Result<&std::ffi::OsStr, StoreError> {
    use std::os::unix::ffi::OsStrExt;

    if name.contains(&0) {
        return Err(StoreError::Denied);
    }
    Ok(std::ffi::OsStr::from_bytes(name))
}

#[cfg(not(unix))]
fn os_name(name: &[u8]) -> Result<&std::ffi::OsStr, StoreError> {
    // a drive letter, a stream or a backslash could lead out of the directory
    let name = std::str::from_utf8(name).map_err(|_| StoreError::Denied)?;
    if name.contains(['\\', ':', '\0']) {
        return Err(StoreError::Denied);
    }
    Ok(std::ffi::OsStr::new(name))
}

fn name_bytes(name: &std::ffi::OsStr) -> Box<[u8]> {
    name.as_encoded_bytes().into()
}

/// Reads at an offset.
pub(crate) fn read_at(file: &mut File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(at))?;
    file.read(buffer)
}

/// Writes all bytes at an offset.
pub(crate) fn write_at(file: &mut File, at: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

#[cfg(all(test, unix))]
#[path = "directory_tests.rs"]
mod tests;

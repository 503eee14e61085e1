//! Reads and writes the user's files: mode 0600 in directories of mode 0700, replaced atomically.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::base::SourceText;
use crate::config::ConfigError;

/// Maximum size of a configuration file in bytes.
const MAX_SIZE: u64 = 16 * 1024 * 1024;

/// Reads a text file; `None` if it does not exist.
///
/// # Errors
/// [`ConfigError::Read`]: no permission, not UTF-8, unreasonably large.
pub fn read(path: &Path) -> Result<Option<SourceText>, ConfigError> {
    match read_text(path) {
        Ok(text) => Ok(Some(SourceText::new(path, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Read { path: path.to_owned(), source }),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_SIZE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than 16 MiB"));
    }
    let bytes = fs::read(path)?;
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text"))
}

/// Replaces a file with a new one of mode 0600; creates missing directories with mode 0700.
///
/// The replacement is atomic, even if the power fails. Follows a symbolic link, so that files
/// kept elsewhere stay there.
///
/// # Errors
/// [`ConfigError::Write`]; the old file is then unchanged.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    replace(path, bytes).map_err(|source| ConfigError::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // a bare name has an empty parent
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let dir = parent.unwrap_or_else(|| Path::new("."));
    create_dir(dir)?;
    let (temporary, mut file) = create_temporary(&path)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &path));
    if let Err(error) = written {
        // report the first failure, even if the temporary file cannot be removed
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    // the rename survives a power failure only once the directory is synced
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    Ok(())
}

/// Creates a directory of mode 0700 and its parents; an existing one keeps its mode.
///
/// # Errors
/// The system's reason.
pub fn create_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if dir.as_os_str().is_empty() { Ok(()) } else { builder.create(dir) }
}

/// Creates a new temporary file of mode 0600 in the directory of `path`.
fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut number = 0;
    loop {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}-{number}.new", std::process::id()));
        let temporary = path.with_file_name(name);
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // in use by another thread, or left by a killed process
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 99 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Exclusive lock on the files of a directory, among processes of fxpane; released when dropped.
#[derive(Debug)]
pub struct DirLock {
    _dir: File,
}

/// Waits until no other fxpane process changes files in the directory, and locks it.
///
/// # Errors
/// [`ConfigError::Write`] if the directory cannot be created or locked.
pub fn lock(dir: &Path) -> Result<DirLock, ConfigError> {
    create_dir(dir)
        .and_then(|()| File::open(dir))
        .and_then(|file| file.lock().map(|()| DirLock { _dir: file }))
        .map_err(|source| ConfigError::Write { path: dir.to_owned(), source })
}

/// True if other users can read the file; always false on systems without file modes.
#[must_use]
pub fn readable_by_others(path: &Path) -> bool {
    mode(path).is_some_and(|mode| mode & 0o077 != 0)
}

/// The permission bits of a file; `None` if it is missing, and on systems without file modes.
#[must_use]
pub fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_private_and_replaced_atomically() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/sites.toml");
        assert!(read(&path).unwrap().is_none());
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap().text(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        if cfg!(unix) {
            assert_eq!(mode(&path), Some(0o600));
            assert_eq!(mode(path.parent().unwrap()), Some(0o700));
            assert!(!readable_by_others(&path));
        }
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_followed() {
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join("link"));
        fs::write(&real, "old").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert!(readable_by_others(&link));
        write(&link, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(!readable_by_others(&real));
    }

    #[test]
    fn binary_files_are_an_error() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        fs::write(&path, b"a = \"\xff\"").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("not UTF-8"));
        assert!(read(home.path()).is_err(), "a directory is not a file");
    }
}

//! Reading and writing the user's files: mode 0600 in folders of mode 0700, replaced whole or not
//! at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::base::SourceText;
use crate::config::ConfigError;

/// Files of settings larger than this are no files of settings.
const MOST: u64 = 16 * 1024 * 1024;

/// Reads a text file; `None` when there is none.
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
    if fs::metadata(path)?.len() > MOST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than 16 MiB"));
    }
    let bytes = fs::read(path)?;
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-8 text"))
}

/// Replaces a file by a new one of mode 0600, folders made as needed with mode 0700.
///
/// At every moment the old or the new file is there whole, also when the power fails. A symbolic
/// link is followed, so that files kept elsewhere stay there.
///
/// # Errors
/// [`ConfigError::Write`]; the old file is then as it was.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    replace(path, bytes).map_err(|source| ConfigError::Write { path: path.to_owned(), source })
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // a bare name has an empty parent
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    let folder = above.unwrap_or_else(|| Path::new("."));
    make_folder(folder)?;
    let (temporary, mut file) = create_beside(&path)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &path));
    if let Err(error) = written {
        // the reason of the failure matters more than a left-over that cannot be removed
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    // the new name is only safe from a power cut when the folder is written, too
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Makes a folder of mode 0700 and its parents; one that is there keeps its mode.
///
/// # Errors
/// The system's reason.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    if folder.as_os_str().is_empty() { Ok(()) } else { builder.create(folder) }
}

/// Makes a folder for files of the program, see [`make_folder`].
///
/// # Errors
/// [`ConfigError::Write`].
pub fn ensure_folder(folder: &Path) -> Result<(), ConfigError> {
    make_folder(folder).map_err(|source| ConfigError::Write { path: folder.to_owned(), source })
}

/// A new file beside `path` that nobody else has, of mode 0600.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
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
            // another thread's, or the left-over of a process that died
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 99 => {
                number += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Holds other processes of this program off a file between reading and writing it; ends when
/// dropped.
#[derive(Debug)]
pub struct Lock {
    _folder: File,
}

/// Waits until no other process of this program changes files of that folder.
///
/// # Errors
/// [`ConfigError::Write`] when the folder cannot be made or locked.
pub fn lock(folder: &Path) -> Result<Lock, ConfigError> {
    make_folder(folder)
        .and_then(|()| File::open(folder))
        .and_then(|folder| folder.lock().map(|()| Lock { _folder: folder }))
        .map_err(|source| ConfigError::Write { path: folder.to_owned(), source })
}

/// True when others than the owner may read the file; always false where there are no modes.
#[must_use]
pub fn readable_by_others(path: &Path) -> bool {
    mode(path).is_some_and(|mode| mode & 0o077 != 0)
}

/// The permission bits of a file.
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
    fn files_are_private_and_replaced_whole() {
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
    fn a_symbolic_link_stays_one() {
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
    fn a_file_that_is_no_text_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config.toml");
        fs::write(&path, b"a = \"\xff\"").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("not UTF-8"));
        assert!(read(home.path()).is_err(), "a folder is no file");
    }
}

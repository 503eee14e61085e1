//! Files of this machine at one end of a transfer, and their checksums.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::base::rules::Verify;
use crate::ftp::{Algorithm, Digest, Hasher};
use crate::session::Session;
use crate::transfer::fault::Fault;

/// Where the bytes of an upload come from.
pub struct Input {
    /// Gives the bytes from [`super::Order::offset`] on.
    pub reader: Box<dyn Read + Send>,
    /// The file itself where the upload is resumed; else only a name for messages.
    pub path: PathBuf,
}

/// Where the bytes of a download are written.
pub struct Output {
    /// Takes the bytes from [`super::Order::offset`] on.
    pub writer: Box<dyn Write + Send>,
    /// The file itself where the download is resumed; else only a name for messages.
    pub path: PathBuf,
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Input").field(&self.path).finish()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Output").field(&self.path).finish()
    }
}

/// Computes the checksum that this server can be asked for, where checksums are wanted.
pub(super) fn hasher_for(session: &Session, verify: Verify) -> Option<Hasher> {
    let algorithm = session.digests().strongest().next()?;
    (verify == Verify::Checksum).then(|| Hasher::new(algorithm))
}

/// The hasher after it has seen the first `bytes` of a file of this machine, which are not moved
/// again.
///
/// # Errors
/// [`Fault::Local`] when the file cannot be read, or is shorter.
pub(super) async fn seeded(
    hasher: Option<Hasher>,
    path: &Path,
    bytes: u64,
) -> Result<Option<Hasher>, Fault> {
    let hasher = match hasher {
        Some(hasher) if bytes > 0 => hasher,
        hasher => return Ok(hasher),
    };
    let hashed = hash_beginning(hasher, path.to_owned(), bytes).await;
    hashed.map(Some).map_err(|error| Fault::local(path, &error))
}

/// The checksum of the first `bytes` of a file of this machine.
///
/// # Errors
/// Those of the file system; [`io::ErrorKind::UnexpectedEof`] when the file is shorter.
pub async fn digest_of_beginning(
    path: &Path,
    bytes: u64,
    algorithm: Algorithm,
) -> io::Result<Digest> {
    hash_beginning(Hasher::new(algorithm), path.to_owned(), bytes).await.map(Hasher::finish)
}

async fn hash_beginning(mut hasher: Hasher, path: PathBuf, bytes: u64) -> io::Result<Hasher> {
    let hash = move || {
        let mut file = File::open(path)?.take(bytes);
        let mut buffer = vec![0; 256 * 1024];
        let mut seen = 0;
        while seen < bytes {
            match file.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    hasher.update(&buffer[..read]);
                    seen += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(hasher)
    };
    spawn_blocking(hash).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

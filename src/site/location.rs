//! Where something is: on a site, or on this machine.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use crate::base::RemotePath;
use crate::site::Site;

/// A place for a file or directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A path on a server.
    Remote {
        /// The server.
        site: Arc<Site>,
        /// The path; empty for the directory that the login leads to.
        path: RemotePath,
    },
    /// A path on this machine.
    Local(PathBuf),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote { site, path } => write!(f, "{}:{path}", site.label()),
            Self::Local(path) => {
                f.write_str(&crate::base::text::visible(path.as_os_str().as_encoded_bytes()))
            }
        }
    }
}

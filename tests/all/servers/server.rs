//! The running real servers and test directories on them; the benchmarks use this file too.

use std::error::Error;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;

/// One server, as described in `servers.json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Server {
    /// Unique; listed in `tests/servers/README.md`.
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) pass: String,
    pub(crate) tls: Tls,
    /// The server's root directory on this machine.
    pub(crate) root: PathBuf,
}

/// Whether the control connection may or must use TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tls {
    None,
    Optional,
    Required,
}

/// A directory on a server for one test; removed when dropped.
#[derive(Debug)]
pub(crate) struct TestDir {
    dir: TempDir,
    /// The path as an FTP client sees it, without trailing slash.
    pub(crate) remote: String,
}

impl TestDir {
    /// The path on this machine.
    pub(crate) fn local(&self) -> &Path {
        self.dir.path()
    }
}

impl Server {
    /// All running servers.
    ///
    /// # Errors
    /// `FXPANE_SERVERS` is not set or not a readable `servers.json`.
    pub(crate) fn all() -> Result<Vec<Self>, Box<dyn Error>> {
        let path = std::env::var_os("FXPANE_SERVERS").ok_or(
            "not run: real servers are not there (tests/run starts them; \
             tests/servers/README.md tells how by hand)",
        )?;
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// A new, empty, world-writable directory on this server.
    ///
    /// # Errors
    /// The directory cannot be created; only root may do so.
    pub(crate) fn test_dir(&self) -> io::Result<TestDir> {
        let dir = tempfile::Builder::new()
            .prefix("test-")
            .rand_bytes(12)
            .tempdir_in(self.root.join("out"))?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777))?;
        let name = dir.path().file_name().unwrap_or_default().to_string_lossy();
        // inetutils does not use chroot: its paths are those of this machine
        let top = if self.name == "inetutils" { self.root.to_string_lossy() } else { "".into() };
        let remote = format!("{top}/out/{name}");
        Ok(TestDir { dir, remote })
    }

    /// The URL of an absolute path on this server, with user and password.
    pub(crate) fn url(&self, path: &str) -> String {
        let Self { user, pass, host, port, .. } = self;
        format!("ftp://{user}:{pass}@{host}:{port}{path}")
    }
}

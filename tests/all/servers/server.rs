//! Which servers run, and folders on them; the benchmarks use this file too.

use std::error::Error;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;

/// One server, as `servers.json` tells of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Server {
    /// Unique; `tests/servers/README.md` has the list.
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) pass: String,
    pub(crate) tls: Tls,
    /// The server's root folder on this machine.
    pub(crate) root: PathBuf,
}

/// How a server wants its control connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tls {
    None,
    Optional,
    Required,
}

/// A folder on a server that its user has to itself; removed at the end.
#[derive(Debug)]
pub(crate) struct Folder {
    dir: TempDir,
    /// How an FTP client names it, without a slash at its end.
    pub(crate) remote: String,
}

impl Folder {
    /// The folder as this machine sees it.
    pub(crate) fn local(&self) -> &Path {
        self.dir.path()
    }
}

impl Server {
    /// All servers that run.
    ///
    /// # Errors
    /// `FXPANE_SERVERS` does not name a readable `servers.json`.
    pub(crate) fn all() -> Result<Vec<Self>, Box<dyn Error>> {
        let path = std::env::var_os("FXPANE_SERVERS").ok_or(
            "not run: real servers are not there (tests/run starts them; \
             tests/servers/README.md tells how by hand)",
        )?;
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    }

    /// A new folder on this server, empty, in which everybody may write.
    ///
    /// # Errors
    /// Only root may make folders there.
    pub(crate) fn folder(&self) -> io::Result<Folder> {
        let dir = tempfile::Builder::new()
            .prefix("test-")
            .rand_bytes(12)
            .tempdir_in(self.root.join("out"))?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777))?;
        let name = dir.path().file_name().unwrap_or_default().to_string_lossy();
        // inetutils has no root of its own: its paths are this machine's
        let top = if self.name == "inetutils" { self.root.to_string_lossy() } else { "".into() };
        let remote = format!("{top}/out/{name}");
        Ok(Folder { dir, remote })
    }

    /// The URL of an absolute path on this server, with user and password.
    pub(crate) fn url(&self, path: &str) -> String {
        let Self { user, pass, host, port, .. } = self;
        format!("ftp://{user}:{pass}@{host}:{port}{path}")
    }
}

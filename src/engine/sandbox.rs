//! The local directory that a job may write in. Names from a server never lead out of it, nor
//! through an existing symbolic link (docs/transfer-rules.md "Names").

use std::io;
use std::path::{Component, Path, PathBuf};

use tokio::fs;

use crate::queue::JobSpec;
use crate::site::Location;
use crate::transfer::Fault;

/// The local target directory of a job, as the user specified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sandbox(PathBuf);

impl Sandbox {
    /// The local target of a job; `None` if its target is on a site, or if it has none.
    pub(super) fn of(spec: &JobSpec) -> Option<Self> {
        match &spec.target {
            Some(Location::Local(path)) => Some(Self(path.clone())),
            _ => None,
        }
    }

    /// Checks that files may be written into `dir`. Links in the path of the sandbox itself are the
    /// user's choice; below it no link is followed.
    ///
    /// A directory outside of the sandbox is allowed: the user named it explicitly, for example in
    /// an imported queue, which has a target for each file.
    ///
    /// # Errors
    /// [`Fault::OutOfFolder`]; [`Fault::Local`] if a component cannot be read.
    pub(super) async fn admits(&self, dir: &Path) -> Result<(), Fault> {
        let Ok(below) = dir.strip_prefix(&self.0) else { return Ok(()) };
        let mut at = self.0.clone();
        for component in below.components() {
            let Component::Normal(name) = component else {
                return Err(Fault::OutOfFolder(dir.into()));
            };
            at.push(name);
            match fs::symlink_metadata(&at).await {
                Ok(found) if found.is_symlink() => return Err(Fault::OutOfFolder(at)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                Err(error) => {
                    let why = error.to_string();
                    return Err(Fault::Local { path: at, why, full: false });
                }
            }
        }
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn rejects_links_below_the_target_directory() {
        let home = tempfile::tempdir().unwrap();
        let (outside, real) = (home.path().join("outside"), home.path().join("real"));
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::create_dir_all(real.join("a/b")).unwrap();
        // the target itself may be a link: the user has specified it
        let chosen = home.path().join("chosen");
        symlink(&real, &chosen).unwrap();
        symlink(&outside, real.join("a/out")).unwrap();
        symlink("b", real.join("a/beside")).unwrap();
        symlink("nowhere", real.join("dangling")).unwrap();
        let sandbox = Sandbox(chosen.clone());
        let link = |path: &str| Err(Fault::OutOfFolder(chosen.join(path)));
        for (dir, expected) in [
            ("", Ok(())),
            ("a", Ok(())),
            ("a/b", Ok(())),
            ("a/b/new/newer", Ok(())),
            ("a/out", link("a/out")),
            ("a/out/deeper/still", link("a/out")),
            ("a/beside", link("a/beside")),
            ("dangling", link("dangling")),
            ("a/../..", link("a/../..")),
        ] {
            assert_eq!(sandbox.admits(&chosen.join(dir)).await, expected, "{dir}");
        }
        assert_eq!(sandbox.admits(&outside).await, Ok(()));
    }
}

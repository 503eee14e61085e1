//! The folder of this machine that a job may write in: what a server calls its directories never
//! leads out of it, nor through a symbolic link that is there already (docs/transfer-rules.md
//! "Names").

use std::io;
use std::path::{Component, Path, PathBuf};

use tokio::fs;

use crate::queue::JobSpec;
use crate::site::Location;
use crate::transfer::Fault;

/// The folder that the user chose for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sandbox(PathBuf);

impl Sandbox {
    /// The folder of a job that writes here; `None` when it writes on a site, or nowhere.
    pub(super) fn of(spec: &JobSpec) -> Option<Self> {
        match &spec.target {
            Some(Location::Local(path)) => Some(Self(path.clone())),
            _ => None,
        }
    }

    /// Whether files may go into `dir`. The way to the chosen folder is the user's own; below it
    /// no link is followed. What is not there yet is no link.
    ///
    /// A directory outside is one that the user named by itself: a queue of another program has a
    /// target for each file.
    ///
    /// # Errors
    /// [`Fault::OutOfFolder`]; [`Fault::Local`] when it cannot be looked at.
    pub(super) async fn admits(&self, dir: &Path) -> Result<(), Fault> {
        let Ok(below) = dir.strip_prefix(&self.0) else { return Ok(()) };
        let mut at = self.0.clone();
        for part in below.components() {
            let Component::Normal(name) = part else { return Err(Fault::OutOfFolder(dir.into())) };
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
    async fn links_below_the_chosen_folder_lead_nowhere() {
        let home = tempfile::tempdir().unwrap();
        let (outside, real) = (home.path().join("outside"), home.path().join("real"));
        std::fs::create_dir_all(&outside).unwrap();
        std::fs::create_dir_all(real.join("a/b")).unwrap();
        // the way to the folder may be a link: the user has written it
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

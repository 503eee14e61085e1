//! A file on its way to the editor and back.

use std::fs;
use std::io;
use std::path::Path;

use ring::digest::{SHA256, digest};
use tokio::sync::mpsc;

use crate::base::{JobId, Stamp};
use crate::engine::{Command, Control, EngineHandle, Failure, FailureKind, Report, Step};
use crate::ftp::Kind;
use crate::queue::{Exists, ItemState, JobKind, JobSpec, Rules, Source, TreeRules};
use crate::site::Location;
use crate::ui::model::msg::{Draft, Reply};
use crate::ui::update::editor;

/// What tells one state of a file from another at its server.
type Facts = (Option<u64>, Option<Stamp>);

/// Brings a file into a folder that only the user can look into.
pub(super) async fn fetch(engine: &EngineHandle, at: Location) -> Result<Reply, Failure> {
    let before = facts(engine, &at).await?;
    let folder = private_folder().map_err(|error| local("make a temporary folder", &error))?;
    let name = at.name().to_vec();
    let here = Location::Local(folder.path().to_owned()).child(&name);
    let Some(Location::Local(file)) = here else {
        let error = io::Error::other("this machine has no such names");
        return Err(local("make a temporary file", &error));
    };
    copy(engine, at.clone(), Location::Local(file.clone()), before.0).await?;
    restrict(&file).map_err(|error| local("keep the temporary file from others", &error))?;
    // from now on it is the user's text, which nobody deletes by the way
    let _ = folder.keep();
    Ok(Reply::Draft(Box::new(Draft { at, file, before })))
}

/// Brings an edited file to its server.
pub(super) async fn put_back(
    engine: &EngineHandle,
    draft: Box<Draft>,
    to: Location,
    anyway: bool,
) -> Result<Reply, Failure> {
    let kept = |mut failure: Failure| {
        failure.cause.push_str(&editor::kept(&draft));
        failure
    };
    if !anyway && facts(engine, &draft.at).await.map_err(kept)? != draft.before {
        return Ok(Reply::Clash(draft));
    }
    copy(engine, Location::Local(draft.file.clone()), to, None).await.map_err(kept)?;
    Ok(Reply::Done)
}

/// Deletes what was fetched; what cannot be deleted is the system's to clean up.
pub(super) fn discard(draft: &Draft) {
    if draft.at.remote().is_some()
        && let Some(folder) = draft.file.parent()
        && let Err(error) = fs::remove_dir_all(folder)
    {
        tracing::debug!(%error, "a temporary file remains");
    }
}

/// A number that is another one when the file is another one.
pub(super) fn fingerprint(file: &Path) -> io::Result<Vec<u8>> {
    Ok(digest(&SHA256, &fs::read(file)?).as_ref().to_vec())
}

async fn facts(engine: &EngineHandle, at: &Location) -> Result<Facts, Failure> {
    let entry = engine.stat(at.clone()).await?;
    Ok(entry.map_or((None, None), |entry| (entry.size, entry.mtime)))
}

/// Copies one file and waits for it; given up, the job is cancelled.
async fn copy(
    engine: &EngineHandle,
    from: Location,
    to: Location,
    size: Option<u64>,
) -> Result<(), Failure> {
    let step = Step::from(format!("copy {from} to {to}"));
    let spec = JobSpec {
        kind: JobKind::Copy,
        sources: vec![Source { at: from, kind: Some(Kind::File), size }],
        target: Some(to),
        rename_to: true,
        rules: Rules { exists: Exists::Overwrite, ..Rules::default() },
        tree: TreeRules::default(),
        start_at: None,
    };
    let (reports, mut reported) = mpsc::unbounded_channel();
    let job = engine.submit(spec, Some(reports)).await?;
    let mut unfinished = Unfinished { engine: engine.clone(), job: Some(job) };
    let mut result = Ok(());
    while let Some(report) = reported.recv().await {
        match report {
            Report::Item(item) if item.state != ItemState::Done => {
                let cause = item.reason.unwrap_or_else(|| "it was not copied".to_owned());
                let kind = item.failure.unwrap_or(FailureKind::Refused);
                result = Err(Failure::new(step.clone(), cause, kind));
            }
            Report::Error(failure) => result = Err(failure),
            Report::Item(_) | Report::Note { .. } => {}
            Report::Same(_) => {}
            Report::End { .. } => break,
        }
    }
    unfinished.job = None;
    result
}

/// A job that nobody waits for any more is cancelled.
struct Unfinished {
    engine: EngineHandle,
    job: Option<JobId>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(job) = self.job {
            let engine = self.engine.clone();
            tokio::spawn(async move {
                // an engine that has ended runs no jobs
                let _ = engine.send(Command::Job(job, Control::Cancel)).await;
            });
        }
    }
}

/// A folder that nobody else can look into, so that the file is never seen by others.
fn private_folder() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("fxpane-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}

fn restrict(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

pub(super) fn local(step: impl Into<Step>, error: &io::Error) -> Failure {
    Failure::new(step, error.to_string(), FailureKind::Local)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn nobody_else_can_look_into_the_folder() {
        let folder = private_folder().unwrap();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

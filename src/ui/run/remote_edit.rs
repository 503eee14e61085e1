//! Downloads a file for the editor, and uploads the edited version.

use std::fs;
use std::io;
use std::path::Path;

use ring::digest::{SHA256, digest};
use tokio::sync::mpsc;

use crate::base::{JobId, Stamp};
use crate::engine::{Command, Control, EngineHandle, Failure, FailureKind, Report, Step};
use crate::ftp::Kind;
use crate::queue::{Exists, ItemState, JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::site::Location;
use crate::ui::model::msg::{Draft, OperationReply};
use crate::ui::update::editor;

/// Size and time on the server: a change means that someone else changed the file.
type Version = (Option<u64>, Option<Stamp>);

/// Downloads a file into a temporary directory that only the user can read.
pub(super) async fn fetch(engine: &EngineHandle, at: Location) -> Result<OperationReply, Failure> {
    let before = version(engine, &at).await?;
    let directory =
        private_directory().map_err(|error| local("create a temporary directory", &error))?;
    let name = at.name();
    let here = Location::Local(directory.path().to_owned()).child(name);
    let Some(Location::Local(file)) = here else {
        let error = io::Error::other("the name is not valid on this machine");
        return Err(local("create a temporary file", &error));
    };
    copy(engine, at.clone(), Location::Local(file.clone()), before.0).await?;
    restrict(&file).map_err(|error| local("restrict access to the temporary file", &error))?;
    // from now on the file may hold the user's changes, so dropping the handle must not delete it
    let _ = directory.keep();
    Ok(OperationReply::Draft(Box::new(Draft { at, file, before })))
}

/// Uploads an edited file; `anyway` skips the check for changes on the server.
pub(super) async fn put_back(
    engine: &EngineHandle,
    draft: Box<Draft>,
    to: Location,
    anyway: bool,
) -> Result<OperationReply, Failure> {
    let with_path = |mut failure: Failure| {
        failure.cause.push_str(&editor::local_version(&draft));
        failure
    };
    if !anyway && version(engine, &draft.at).await.map_err(with_path)? != draft.before {
        return Ok(OperationReply::Conflict(draft));
    }
    copy(engine, Location::Local(draft.file.clone()), to, None).await.map_err(with_path)?;
    Ok(OperationReply::Done)
}

/// Deletes the downloaded file; if that fails, the system cleans up its temporary files.
pub(super) fn discard(draft: &Draft) {
    if draft.at.remote().is_some()
        && let Some(directory) = draft.file.parent()
        && let Err(error) = fs::remove_dir_all(directory)
    {
        tracing::debug!(%error, "cannot delete a temporary file");
    }
}

/// A checksum of the file, to detect changes.
pub(super) fn fingerprint(file: &Path) -> io::Result<Vec<u8>> {
    Ok(digest(&SHA256, &fs::read(file)?).as_ref().to_vec())
}

async fn version(engine: &EngineHandle, at: &Location) -> Result<Version, Failure> {
    let entry = engine.stat(at.clone()).await?;
    Ok(entry.map_or((None, None), |entry| (entry.size, entry.mtime)))
}

/// Copies one file and waits for it; dropping the future cancels the job.
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
        rules: JobRules { exists: Exists::Overwrite, ..JobRules::default() },
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
                let cause = item.ending.reason.unwrap_or_else(|| "not copied".to_owned());
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

/// Cancels its job when it is dropped.
struct Unfinished {
    engine: EngineHandle,
    job: Option<JobId>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(job) = self.job {
            let engine = self.engine.clone();
            tokio::spawn(async move {
                // an engine that has stopped runs no jobs
                let _ = engine.send(Command::Job(job, Control::Cancel)).await;
            });
        }
    }
}

/// A temporary directory that only the user can read.
fn private_directory() -> io::Result<tempfile::TempDir> {
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
    fn only_the_user_can_read_the_directory() {
        let directory = private_directory().unwrap();
        let mode = fs::metadata(directory.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

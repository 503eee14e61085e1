//! Giving directories that were made the permissions of their sources.

use tokio::fs;

use crate::base::JobId;
use crate::engine::api::Failure;
use crate::engine::context::EngineContext;
use crate::engine::endpoint::{self, Endpoint};
use crate::site::Location;

/// What the owner of a directory needs to put files into it.
const ENTER_AND_WRITE: u32 = 0o300;

/// Gives a new directory these permissions. Its owner may write in all the same: files are still to
/// come. A server that will not costs a remark and nothing else.
///
/// # Errors
/// Only when the connection is gone.
pub(in crate::engine) async fn permit(
    end: &mut Endpoint,
    context: &EngineContext,
    job: JobId,
    at: &Location,
    mode: u32,
) -> Result<(), Failure> {
    let given = mode | ENTER_AND_WRITE;
    let refusal = match end {
        Endpoint::Remote(lease) => {
            let path = at.to_remote_path();
            let set = lease
                .with_session(context, ("change the permissions of", &path), |session, path| {
                    Box::pin(session.set_mode(path, given))
                })
                .await;
            match set {
                Ok(reply) => reply.map(|reply| reply.shown()),
                Err(failure) if endpoint::is_fatal(&failure) => return Err(failure),
                Err(failure) => Some(failure.cause),
            }
        }
        Endpoint::Local => {
            set_local(&at.to_local_path(), given).await.err().map(|error| error.to_string())
        }
    };
    let name = at.label();
    if let Some(why) = refusal {
        let text = format!("{name} does not set the permissions of directories: {why}");
        context.note_once(job, name, text);
    } else if given != mode {
        let text = "directories that their owner cannot write in stay open to their owner, since \
                    files are to go into them";
        context.note_once(job, name, text.to_owned());
    }
    Ok(())
}

#[cfg(unix)]
async fn set_local(path: &std::path::Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).await
}

/// Such a system has no permissions for directories that a mode could tell.
#[cfg(not(unix))]
async fn set_local(path: &std::path::Path, _mode: u32) -> std::io::Result<()> {
    fs::metadata(path).await.map(drop)
}

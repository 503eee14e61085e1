//! An old file that was renamed aside while a new one got its name (transfer rule 2).

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::{endpoint, failure};
use crate::session::{Session, SessionError};

/// Renames the old file back from `aside`, or deletes it when the new one is there. Returns true
/// once a file is proven to have the name of the target.
pub(in crate::engine) async fn put_back(
    session: &mut Session,
    aside: &RemotePath,
    target: &RemotePath,
) -> Result<bool, Failure> {
    let site = session.site().clone();
    let put = async {
        if is_there(session, target).await? {
            // the new file has its name
            if is_there(session, aside).await? {
                session.remove_file(aside).await?;
            }
            return Ok(true);
        }
        let known = session.is_there(aside).await?;
        if known == Some(false) {
            return Ok(false);
        }
        match session.rename(aside, target).await {
            // nothing was renamed aside
            Err(SessionError::Refused { reply, .. }) if known.is_none() && reply.code == 550 => {
                Ok(false)
            }
            renamed => {
                renamed?;
                is_there(session, target).await
            }
        }
    };
    let step = format!("give {target} its name back");
    put.await.map_err(|error: SessionError| failure::of_session(&site, step, &error))
}

/// True if a file is there: by its own question, or by the listing of its directory.
pub(in crate::engine) async fn is_there(
    session: &mut Session,
    path: &RemotePath,
) -> Result<bool, SessionError> {
    match session.is_there(path).await? {
        Some(known) => Ok(known),
        None => Ok(session.stat(path, endpoint::now()).await?.is_some()),
    }
}

//! An old file that was renamed aside while a new one got its name (transfer rule 2).

use crate::base::RemotePath;
use crate::engine::api::Failure;
use crate::engine::{endpoint, failure};
use crate::session::Session;

/// Renames the old file back from `aside`, or deletes it when the new one is there.
pub(in crate::engine) async fn put_back(
    session: &mut Session,
    aside: &RemotePath,
    target: &RemotePath,
) -> Result<(), Failure> {
    let site = session.site().clone();
    let put = async {
        let now = endpoint::now();
        if session.stat(aside, now).await?.is_none() {
            return Ok(());
        }
        if session.stat(target, now).await?.is_none() {
            return session.rename(aside, target).await;
        }
        // the new file has its name
        session.remove_file(aside).await
    };
    let step = format!("give {target} its name back");
    put.await.map_err(|error| failure::of_session(&site, step, &error))
}

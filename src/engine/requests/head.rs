//! Reads the beginning of a file, to view it without copying it.

use std::sync::Arc;

use tokio::fs;
use tokio::io::AsyncReadExt as _;

use crate::engine::api::Answer;
use crate::engine::api::{Failure, Head};
use crate::engine::context::EngineContext;
use crate::engine::failure;
use crate::engine::message::Purpose;
use crate::site::Location;

/// The size of one read in bytes.
const CHUNK: usize = 16 * 1024;

/// Reads at most `limit` bytes of a file.
pub(in crate::engine) async fn head(
    context: Arc<EngineContext>,
    at: Location,
    limit: usize,
    mut answer: Answer<Head>,
) {
    let work = async {
        match &at {
            Location::Local(_) => local(&at, limit).await,
            Location::Remote { .. } => remote(&context, &at, limit).await,
        }
    };
    // stop when the request is cancelled
    let result = tokio::select! {
        result = work => result,
        () = answer.closed() => return,
    };
    // the receiver may be gone
    let _ = answer.send(result);
}

async fn local(at: &Location, limit: usize) -> Result<Head, Failure> {
    let Location::Local(path) = at else { return Ok(Head::default()) };
    let failed = |error: std::io::Error| failure::of_io("read", path, &error);
    let file = fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    // one more byte tells whether the file ends there
    file.take(limit as u64 + 1).read_to_end(&mut bytes).await.map_err(failed)?;
    Ok(Head::cut(bytes, limit))
}

async fn remote(
    context: &Arc<EngineContext>,
    at: &Location,
    limit: usize,
) -> Result<Head, Failure> {
    let Location::Remote { site, path } = at else { return Ok(Head::default()) };
    let step = format!("read {path}");
    let failed = |error| failure::of_session(site, step.clone(), &error);
    let mut leases = context.borrow(vec![site.clone()], Purpose::Browse).await?;
    let Some(lease) = leases.first_mut() else { return Ok(Head::default()) };
    let session = lease.session(&**context).await?;
    let path = session.absolute(path);
    let patience = session.limits().no_growth;
    let mut transfer = session.retrieve(&path, 0).await.map_err(failed)?;
    let mut bytes = Vec::new();
    let mut chunk = vec![0; CHUNK];
    while bytes.len() <= limit {
        match transfer.data.read(&mut chunk, patience).await {
            Ok(0) => {
                session.end(transfer, &step).await.map_err(failed)?;
                return Ok(Head::cut(bytes, limit));
            }
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(source) => {
                session.poison();
                let error = crate::session::SessionError::Net { step: step.clone(), source };
                return Err(failed(error));
            }
        }
    }
    // the rest of the data is still being sent, and the reply to an aborted transfer varies
    session.poison();
    Ok(Head::cut(bytes, limit))
}

//! Comparing the content of two files by their digests.

use std::io::Read as _;
use std::path::PathBuf;

use crate::engine::api::Failure;
use crate::engine::context::EngineContext;
use crate::engine::endpoint::Endpoint;
use crate::engine::failure;
use crate::engine::tree::mirror::Mirror;
use crate::ftp::Digests;
use crate::ftp::digest::{Algorithm, Digest, Hasher};
use crate::site::Location;

impl Mirror {
    /// Whether two files have the same content; `None` when both sides compute no digest in
    /// common.
    pub(in crate::engine) async fn same_content(
        &mut self,
        from: &Location,
        to: &Location,
        size: Option<u64>,
    ) -> Result<Option<bool>, Failure> {
        let context = self.context.clone();
        let size = size.unwrap_or(0);
        let ours = digests(&mut self.source, &context).await?;
        let theirs = digests(self.target(), &context).await?;
        let common = match (&ours, &theirs) {
            (Some(ours), Some(theirs)) => ours.common(theirs),
            (Some(one), None) | (None, Some(one)) => one.strongest().collect(),
            (None, None) => Vec::new(),
        };
        for algorithm in common {
            let Self { source, target, .. } = self;
            let (a, b) = match target {
                Some(target) => tokio::join!(
                    digest(source, &context, from, algorithm, size),
                    digest(target, &context, to, algorithm, size)
                ),
                None => (
                    digest(source, &context, from, algorithm, size).await,
                    digest(source, &context, to, algorithm, size).await,
                ),
            };
            if let (Some(a), Some(b)) = (a?, b?) {
                return Ok(Some(a == b));
            }
        }
        Ok(None)
    }
}

/// What an end can compute; `None` for this machine, which can compute all.
async fn digests(end: &mut Endpoint, context: &EngineContext) -> Result<Option<Digests>, Failure> {
    match end {
        Endpoint::Remote(lease) => Ok(Some(lease.session(context).await?.digests().clone())),
        Endpoint::Local => Ok(None),
    }
}

async fn digest(
    end: &mut Endpoint,
    context: &EngineContext,
    at: &Location,
    algorithm: Algorithm,
    size: u64,
) -> Result<Option<Digest>, Failure> {
    let Endpoint::Remote(lease) = end else {
        return local(at.to_local_path(), algorithm).await.map(Some);
    };
    let path = at.to_remote_path();
    let digest = lease
        .with_session(context, ("compare", &path), |session, path| {
            Box::pin(session.digest(path, algorithm, None, size))
        })
        .await?;
    Ok(digest.ok())
}

async fn local(path: PathBuf, algorithm: Algorithm) -> Result<Digest, Failure> {
    let shown = path.clone();
    let read = move || {
        let mut file = std::fs::File::open(&path)?;
        let mut hasher = Hasher::new(algorithm);
        let mut piece = vec![0; 256 * 1024];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(hasher.finish()),
                count => hasher.update(&piece[..count]),
            }
        }
    };
    tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(|error| Err(std::io::Error::other(error)))
        .map_err(|error| failure::of_io("read", &shown, &error))
}

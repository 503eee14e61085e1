//! The mover from this machine to a server.

use std::io::{Seek as _, SeekFrom};
use std::path::Path;

use crate::base::path::local_path;
use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::work::Worker;
use crate::engine::work::attempt::FileCopy;
use crate::transfer::{Fault, Input, Outcome, Side, Via, Watch, upload};

impl Worker {
    pub(super) async fn upload(
        &mut self,
        file: &FileCopy<'_>,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let order = &file.order;
        let path = local_path(order.source.as_bytes().to_vec());
        self.remark_uncompared(Side::Destination).await?;
        let Some(session) = self.session_of(Side::Destination).await? else {
            return Err(failure::usage("upload", "the destination must be a site"));
        };
        let reader = match open_at(&path, order.offset).await {
            Ok(file) => Box::new(file),
            Err(error) => {
                let fault = Fault::Local { path, why: error.to_string(), full: false };
                return Ok(Outcome::failed(Via::Upload, fault, 0));
            }
        };
        Ok(upload(session, order, Input { reader, path }, watch).await)
    }
}

/// A file of this machine, to be read from this byte on.
async fn open_at(path: &Path, offset: u64) -> std::io::Result<std::fs::File> {
    let mut file = tokio::fs::File::open(path).await?.into_std().await;
    if offset > 0 {
        file.seek(SeekFrom::Start(offset))?;
    }
    Ok(file)
}

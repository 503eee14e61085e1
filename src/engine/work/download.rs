//! The mover from a server to this machine.

use crate::base::RemotePath;
use crate::base::path::local_path;
use crate::engine::api::Failure;
use crate::engine::failure;
use crate::engine::work::Worker;
use crate::engine::work::attempt::FileCopy;
use crate::transfer::{LocalTarget, Outcome, Side, Watch, download};

impl Worker {
    pub(super) async fn download(
        &mut self,
        file: &FileCopy<'_>,
        watch: &mut Watch,
    ) -> Result<Outcome, Failure> {
        let local = |path: &RemotePath| local_path(path.as_bytes().to_vec());
        let order = &file.order;
        let to = LocalTarget {
            path: local(&order.target),
            temporary: order.temporary.as_ref().map(local),
        };
        self.remark_uncompared(Side::Source).await?;
        let Some(session) = self.session_of(Side::Source).await? else {
            return Err(failure::usage("download", "the source must be a site"));
        };
        Ok(download(session, order, &to, watch).await)
    }
}

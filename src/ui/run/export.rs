//! Exports the queue to a file.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::Path;

use crate::base::JobId;
use crate::queue::Store;
use crate::queue::export::{LeftOut, QueueFormat, exporter};
use crate::queue::store::{ExportError, JobQuery};
use crate::ui::model::msg::ExportFailure;

/// Exports the queue, or one job, to a new file; never overwrites an existing file.
pub(super) async fn write(
    store: &Store,
    file: &Path,
    job: Option<JobId>,
) -> Result<LeftOut, ExportFailure> {
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    let created =
        created.map_err(|source| ExportFailure::Create { path: file.to_owned(), source })?;
    let mut exporter = exporter(QueueFormat::from_path(file), BufWriter::new(created))
        .map_err(ExportError::from)?;
    let wanted = job.map_or(JobQuery::All, |job| JobQuery::Jobs(vec![job]));
    Ok(store.export(wanted, exporter.as_mut()).await?)
}

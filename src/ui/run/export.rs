//! The queue into a file of the user's.

use std::fs::OpenOptions;
use std::io::BufWriter;
use std::path::Path;

use crate::base::JobId;
use crate::queue::Store;
use crate::queue::export::{Format, LeftOut, exporter};
use crate::queue::store::{ExportError, Wanted};
use crate::ui::model::msg::ExportFailure;

/// Writes the queue, or one job of it, into a new file; never over an old one.
pub(super) async fn write(
    store: &Store,
    file: &Path,
    job: Option<JobId>,
) -> Result<LeftOut, ExportFailure> {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    let made = made.map_err(|source| ExportFailure::Create { path: file.to_owned(), source })?;
    let mut exporter =
        exporter(Format::of_file(file), BufWriter::new(made)).map_err(ExportError::from)?;
    let wanted = job.map_or(Wanted::All, |job| Wanted::Jobs(vec![job]));
    Ok(store.export(wanted, exporter.as_mut()).await?)
}

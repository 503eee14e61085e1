//! `queue export`: writes the queue to a file.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::base::JobId;
use crate::cli::connect::choice_parser;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::queue::Store;
use crate::queue::export::{QueueFormat, exporter};
use crate::queue::store::{ExportError, JobQuery};

/// Write the queue to a file, without passwords
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Formats: json is complete and can be read back with `queue import`; csv is a table of all files; \
lftp is a script, and fqf a FlashFXP queue, with the files that are left to copy.

Examples:
  fxpane queue export > queue.json
  fxpane queue export --format lftp jobs.lftp
  fxpane queue export --job 12 --format csv -")]
pub struct Export {
    /// File to write; “-” or none for standard output
    file: Option<PathBuf>,
    /// Format [default: by the file's extension, else json]
    #[arg(long, value_parser = choice_parser::<QueueFormat>())]
    format: Option<QueueFormat>,
    /// Export only this job; can be repeated
    #[arg(long, value_name = "NUMBER")]
    job: Vec<u64>,
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context, store: &Store) -> Result<Exit, CliError> {
        let format = choose_format(self.format, self.file.as_deref());
        let wanted = match self.job.as_slice() {
            [] => JobQuery::All,
            jobs => JobQuery::Jobs(jobs.iter().copied().map(JobId).collect()),
        };
        let file = self.file.as_deref().filter(|file| *file != Path::new("-"));
        let failed = |source| match file {
            Some(path) => CliError::Write { path: path.to_owned(), source },
            None => CliError::Output(source),
        };
        let mut exporter = match file {
            Some(path) => exporter(format, BufWriter::new(File::create(path).map_err(failed)?)),
            None => exporter(format, BufWriter::new(io::stdout())),
        }
        .map_err(failed)?;
        let left_out =
            store.export(wanted, exporter.as_mut()).await.map_err(|error| match error {
                ExportError::Store(error) => CliError::Store(error),
                ExportError::Write(error) => failed(error),
            })?;
        if let Some(why) = left_out.why {
            let count = left_out.count;
            context.out.note(format_args!("{count} not exported; reason of the first: {why}"));
        }
        Ok(Exit::Done)
    }
}

/// The requested format, else the one of the file's extension.
pub(super) fn choose_format(requested: Option<QueueFormat>, file: Option<&Path>) -> QueueFormat {
    requested.unwrap_or_else(|| file.map_or(QueueFormat::Json, QueueFormat::from_path))
}

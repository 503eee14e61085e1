//! `queue export`: the queue as a file.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::base::JobId;
use crate::cli::connect::word;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::queue::Store;
use crate::queue::export::{Format, exporter};
use crate::queue::store::{ExportError, Wanted};

/// Writes the queue into a file, without passwords
#[derive(Debug, clap::Args)]
#[command(after_help = "\
json is complete, and `queue import` makes the same queue of it. csv is a table of all items. lftp \
is a script, and fqf a queue of FlashFXP, with what is left to do.

Examples:
  fxpane queue export > queue.json
  fxpane queue export --format lftp jobs.lftp
  fxpane queue export --job 12 --format csv -")]
pub struct Export {
    /// Where to; standard output when it is - or nothing is told
    file: Option<PathBuf>,
    /// The form [default: by the file's ending, else json]
    #[arg(long, value_parser = word::<Format>())]
    format: Option<Format>,
    /// Only these jobs
    #[arg(long, value_name = "NUMBER")]
    job: Vec<u64>,
}

impl Export {
    /// Writes it.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context, store: &Store) -> Result<Exit, CliError> {
        let format = form(self.format, self.file.as_deref());
        let wanted = match self.job.as_slice() {
            [] => Wanted::All,
            jobs => Wanted::Jobs(jobs.iter().copied().map(JobId).collect()),
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
            context.out.remark(format_args!("{count} left out, the first because {why}"));
        }
        Ok(Exit::Done)
    }
}

/// The form that was asked for, or that a file's ending names.
pub(super) fn form(asked: Option<Format>, file: Option<&Path>) -> Format {
    asked.unwrap_or_else(|| file.map_or(Format::Json, Format::of_file))
}

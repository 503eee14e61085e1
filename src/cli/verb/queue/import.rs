//! `queue import`: adds the jobs of a file to the queue.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::{size, text};
use crate::cli::connect::choice_parser;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::export::choose_format;
use crate::queue::Store;
use crate::queue::export::QueueFormat;
use crate::queue::import::importer;

/// Add the jobs of a file to the queue, without running them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads json files of `queue export` and FlashFXP queues (fqf). If the file has an error, its line \
is shown and nothing is added. Queue files hold no passwords: those come from your sites, or are \
asked for.

Examples:
  fxpane queue import queue.json
  fxpane queue import night.fqf")]
pub struct Import {
    /// File to read (“-” for standard input)
    file: PathBuf,
    /// Format [default: by the file's extension, else json]
    #[arg(long, value_parser = choice_parser::<QueueFormat>())]
    format: Option<QueueFormat>,
}

/// The JSON record of the result.
#[derive(Debug, Serialize)]
struct QueueImportSummary {
    event: &'static str,
    jobs: u64,
    items: u64,
    left_out: u64,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context, store: &Store) -> Result<Exit, CliError> {
        let format = choose_format(self.format, Some(&self.file));
        let failed = |source| CliError::Read { path: self.file.clone(), source };
        let from_stdin = self.file == Path::new("-");
        // the import is one transaction, and a slow pipe must not hold its lock
        let spool = from_stdin.then(|| context.dirs.queue_file().with_extension("import"));
        let file = match &spool {
            Some(path) => spool_stdin(path).map_err(failed)?,
            None => File::open(&self.file).map_err(failed)?,
        };
        let wrong = |source| CliError::QueueFile { path: self.file.clone(), source };
        let importer = importer(format, BufReader::new(file), &context.sites).map_err(wrong);
        let imported = match importer {
            Ok(importer) => store.import(importer).await.map_err(CliError::from),
            Err(error) => Err(error),
        };
        if let Some(path) = &spool {
            fs::remove_file(path).map_err(failed)?;
        }
        let counted = imported?.map_err(wrong)?;
        if context.out.is_json() {
            let (jobs, items, left_out) = (counted.jobs, counted.items, counted.left_out);
            context.out.object(&QueueImportSummary { event: "summary", jobs, items, left_out })?;
        } else {
            let (jobs, items) = (text::counted(counted.jobs, "job"), size::grouped(counted.items));
            context.out.note(format_args!(
                "added {jobs} with {items} files; start with `fxpane queue run`"
            ));
            if counted.left_out > 0 {
                let count = counted.left_out;
                context
                    .out
                    .note(format_args!("{count} entries ignored: they are actions, not files"));
            }
        }
        Ok(Exit::Done)
    }
}

/// Copies standard input to a file and returns it, ready to be read from the start.
fn spool_stdin(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

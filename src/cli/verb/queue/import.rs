//! `queue import`: adds the jobs of a file to the queue.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::{size, text};
use crate::cli::connect::word;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::verb::queue::export::form;
use crate::queue::Store;
use crate::queue::export::Format;
use crate::queue::import::importer;

/// Adds the jobs of a file to the queue; they wait until you run them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads what `queue export` wrote as json, and queues of FlashFXP (fqf). A mistake in the file is \
told with its line, and then nothing is added. Passwords are not in a queue: they come from your \
bookmarks, or are asked for.

Examples:
  fxpane queue import queue.json
  fxpane queue import night.fqf")]
pub struct Import {
    /// The file; - for standard input
    file: PathBuf,
    /// The form [default: by the file's ending, else json]
    #[arg(long, value_parser = word::<Format>())]
    format: Option<Format>,
}

/// What was added.
#[derive(Debug, Serialize)]
struct Imported {
    event: &'static str,
    jobs: u64,
    items: u64,
    left_out: u64,
}

impl Import {
    /// Adds them.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context, store: &Store) -> Result<Exit, CliError> {
        let format = form(self.format, Some(&self.file));
        let failed = |source| CliError::Read { path: self.file.clone(), source };
        let from_stdin = self.file == Path::new("-");
        // a queue is read in one commit: nobody is to wait for a slow pipe
        let kept = from_stdin.then(|| context.folders.queue_file().with_extension("import"));
        let file = match &kept {
            Some(kept) => keep(kept).map_err(failed)?,
            None => File::open(&self.file).map_err(failed)?,
        };
        let wrong = |source| CliError::QueueFile { path: self.file.clone(), source };
        let importer = importer(format, BufReader::new(file), &context.sites).map_err(wrong);
        let imported = match importer {
            Ok(importer) => store.import(importer).await.map_err(CliError::from),
            Err(error) => Err(error),
        };
        if let Some(kept) = &kept {
            fs::remove_file(kept).map_err(failed)?;
        }
        let counted = imported?.map_err(wrong)?;
        if context.out.is_json() {
            let (jobs, items, left_out) = (counted.jobs, counted.items, counted.left_out);
            context.out.object(&Imported { event: "summary", jobs, items, left_out })?;
        } else {
            let (jobs, items) = (text::counted(counted.jobs, "job"), size::grouped(counted.items));
            context.out.remark(format_args!(
                "added {jobs} with {items} items; `fxpane queue run` runs them"
            ));
            if counted.left_out > 0 {
                let count = counted.left_out;
                context.out.remark(format_args!("{count} left out: they are actions, not files"));
            }
        }
        Ok(Exit::Done)
    }
}

/// All of standard input, in a file that can be read from its beginning.
fn keep(at: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(at)?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

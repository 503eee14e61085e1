//! `queue`: the jobs that are kept.

pub mod export;
pub mod import;

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::queue::Store;

/// Writes the queue into a file, or adds what is in one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane queue export > queue.json
  fxpane queue export --format lftp jobs.lftp
  fxpane queue import queue.json")]
pub struct QueueVerb {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Export(export::Export),
    Import(import::Import),
}

impl QueueVerb {
    /// Does it.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let (store, aside) = Store::open(&context.folders.queue_file())?;
        if let Some(aside) = aside {
            let aside = aside.display();
            context.out.error(format_args!(
                "the queue's file was damaged; it was set aside as {aside}, and the queue is empty"
            ));
        }
        let done = match &self.what {
            What::Export(verb) => verb.run(context, &store).await,
            What::Import(verb) => verb.run(context, &store).await,
        };
        store.close().await;
        done
    }
}

//! `queue`: the durable queue, seen and run from the command line.

mod add;
mod clear;
pub mod export;
pub mod import;
mod lanes;
mod list;
mod parts;
mod run;

use crate::base::JobId;
use crate::cli::connect::{Changes, TwoSides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::engine::{Failure, FailureKind};
use crate::queue::Store;
use crate::queue::store::JobRecord;

/// Shows, runs, exports and imports the queue
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane queue list
  fxpane queue add -r mirror:/pub/release nas:/incoming/
  fxpane queue run
  fxpane queue retry
  fxpane queue lanes 12 8
  fxpane queue parts
  fxpane queue clear
  fxpane queue export > queue.json
  fxpane queue export --format lftp jobs.lftp
  fxpane queue import queue.json")]
pub struct QueueVerb {
    /// What to do with it.
    #[command(subcommand)]
    what: What,
}

/// What to do with the queue.
#[derive(Debug, clap::Subcommand)]
enum What {
    List(list::List),
    Add(Box<add::Add>),
    Run(Box<run::Run>),
    Retry(Box<run::Retry>),
    Clear(clear::Clear),
    Lanes(lanes::Lanes),
    Parts(parts::Parts),
    Export(export::Export),
    Import(import::Import),
}

impl QueueVerb {
    /// Does it.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.what {
            What::List(verb) => verb.run(context).await,
            What::Add(verb) => verb.run(context).await,
            What::Run(verb) => verb.run(context).await,
            What::Retry(verb) => verb.run(context).await,
            What::Clear(verb) => verb.run(context).await,
            What::Lanes(verb) => verb.run(context).await,
            What::Parts(verb) => verb.run(context).await,
            What::Export(_) | What::Import(_) => self.exchange(context).await,
        }
    }

    /// Writes the queue into a file, or adds what is in one.
    async fn exchange(&self, context: &mut Context) -> Result<Exit, CliError> {
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
            _ => Ok(Exit::Done),
        };
        store.close().await;
        done
    }

    /// The options of its connections.
    #[must_use]
    pub fn changes(&self) -> Vec<Changes> {
        let both = |connect: &TwoSides| vec![connect.of_source(), connect.of_target()];
        match &self.what {
            What::List(_) | What::Clear(_) | What::Lanes(_) | What::Export(_) | What::Import(_) => {
                Vec::new()
            }
            What::Parts(verb) => vec![Changes::from(&verb.connect)],
            What::Add(verb) => both(&verb.cp.connect),
            What::Run(verb) => both(&verb.connect),
            What::Retry(verb) => both(&verb.connect),
        }
    }
}

/// The jobs of these numbers; all when there are none.
async fn chosen(context: &Context, numbers: &[u64]) -> Result<Vec<JobRecord>, CliError> {
    let jobs = context.engine.jobs().await?;
    if numbers.is_empty() {
        return Ok(jobs);
    }
    for number in numbers {
        if !jobs.iter().any(|job| job.id == JobId(*number)) {
            return Err(usage(format!("there is no job {number}; fxpane queue list shows all")));
        }
    }
    Ok(jobs.into_iter().filter(|job| numbers.contains(&job.id.0)).collect())
}

fn usage(cause: String) -> CliError {
    CliError::Failure(Failure::new("use the queue", cause, FailureKind::Usage))
}

//! `queue`: shows and runs the persistent queue.

mod add;
mod clear;
pub mod export;
pub mod import;
mod lanes;
mod list;
mod parts;
mod run;

use crate::base::JobId;
use crate::cli::connect::{ConnectOverrides, PairConnectOptions};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};

use crate::queue::Store;
use crate::queue::store::StoredJob;

/// Show, run, export and import the queue
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
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
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
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        match &self.subcommand {
            Subcommand::List(verb) => verb.run(context).await,
            Subcommand::Add(verb) => verb.run(context).await,
            Subcommand::Run(verb) => verb.run(context).await,
            Subcommand::Retry(verb) => verb.run(context).await,
            Subcommand::Clear(verb) => verb.run(context).await,
            Subcommand::Lanes(verb) => verb.run(context).await,
            Subcommand::Parts(verb) => verb.run(context).await,
            Subcommand::Export(_) | Subcommand::Import(_) => self.export_or_import(context).await,
        }
    }

    /// Runs `export` and `import`, which open the store themselves.
    async fn export_or_import(&self, context: &mut Context) -> Result<Exit, CliError> {
        let (store, damaged) = Store::open(&context.dirs.queue_file())?;
        if let Some(damaged) = damaged {
            let damaged = damaged.display();
            context.out.error(format_args!(
                "the queue database was damaged and renamed to {damaged}; a new, empty queue was \
                 created"
            ));
        }
        let done = match &self.subcommand {
            Subcommand::Export(verb) => verb.run(context, &store).await,
            Subcommand::Import(verb) => verb.run(context, &store).await,
            _ => Ok(Exit::Done),
        };
        store.close().await;
        done
    }

    /// The overrides of the connections that the command makes.
    #[must_use]
    pub fn overrides(&self) -> Vec<ConnectOverrides> {
        let both = |connect: &PairConnectOptions| vec![connect.of_source(), connect.of_target()];
        match &self.subcommand {
            Subcommand::List(_)
            | Subcommand::Clear(_)
            | Subcommand::Lanes(_)
            | Subcommand::Export(_)
            | Subcommand::Import(_) => Vec::new(),
            Subcommand::Parts(verb) => vec![ConnectOverrides::from(&verb.connect)],
            Subcommand::Add(verb) => both(&verb.cp.connect),
            Subcommand::Run(verb) => both(&verb.connect),
            Subcommand::Retry(verb) => both(&verb.connect),
        }
    }
}

/// The jobs with these numbers; all jobs if `numbers` is empty.
async fn find_jobs(context: &Context, numbers: &[u64]) -> Result<Vec<StoredJob>, CliError> {
    let jobs = context.engine.jobs().await?;
    if numbers.is_empty() {
        return Ok(jobs);
    }
    for number in numbers {
        if !jobs.iter().any(|job| job.id == JobId(*number)) {
            return Err(CliError::Queue(format!(
                "no such job: {number}; `fxpane queue list` lists all jobs"
            )));
        }
    }
    Ok(jobs.into_iter().filter(|job| numbers.contains(&job.id.0)).collect())
}

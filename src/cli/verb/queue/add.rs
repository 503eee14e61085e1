//! `queue add`: jobs that anybody may run.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::connect::word;
use crate::cli::context::Context;
use crate::cli::copy::AllRules;
use crate::cli::error::{CliError, Exit};
use crate::cli::start;
use crate::cli::verb::cp::{Cp, Places};
use crate::cli::verb::queue::usage;
use crate::ftp::Kind;
use crate::queue::{Compare, Deletes, Exists, JobKind, JobSpec, Rules, Source, TreeRules};
use crate::transfer::Form;

/// Adds a job without running it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A screen that is open takes the job within two seconds; otherwise `queue run` does. SRC and DST are \
as with `cp`, and with --sync as with `sync`. A server that asks for its password is left to \
`queue run`; so is what --password-file gives, which no job keeps.

Examples:
  fxpane queue add -r mirror:/pub/release nas:/incoming/
  fxpane queue add -r --start-at 03:00 mirror:/pub/release nas:/incoming/
  fxpane queue add --sync --delete --yes mirror:/pub nas:/mirror")]
pub(super) struct Add {
    /// What is copied.
    #[command(flatten)]
    pub(super) cp: Cp,
    /// Deletes each source after its copy has arrived
    #[arg(long = "move", conflicts_with = "sync")]
    moves: bool,
    /// Makes DST like SRC
    #[arg(long)]
    sync: bool,
    /// With --sync: deletes what only DST has
    #[arg(long, requires = "sync", requires = "yes")]
    delete: bool,
    /// With --delete: yes, since nobody may be there to be asked
    #[arg(short, long, requires = "delete")]
    yes: bool,
    /// With --sync: how to find what differs: size, time (with the size), or checksum
    #[arg(long, requires = "sync", value_parser = word::<Compare>())]
    compare: Option<Compare>,
}

/// A job for machines.
#[derive(Debug, Serialize)]
struct Added {
    event: &'static str,
    job: u64,
    start_at: Option<String>,
}

impl Add {
    /// Adds it.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let places = self.cp.places(context).await?;
        self.remark_passwords(context);
        let (mut specs, unusable) = if self.sync {
            (vec![self.mirror(&places)?], Vec::new())
        } else {
            self.cp.jobs(context, &places).await?
        };
        let mut exit = Exit::Done;
        for error in unusable {
            context.out.error(&error);
            exit = Exit::Failed;
        }
        for spec in &mut specs {
            if self.moves {
                spec.kind = JobKind::Move;
            }
            let job = context.engine.offer(spec.clone()).await?;
            if context.out.is_json() {
                let start_at = spec.start_at.map(utc);
                context.out.object(&Added { event: "added", job: job.0, start_at })?;
            } else {
                let when = spec
                    .start_at
                    .map_or_else(String::new, |at| format!(", to begin at {}", start::here(at)));
                context.out.line(format_args!("job {job} added{when}"))?;
            }
        }
        context.out.flush()?;
        if exit == Exit::Done {
            self.cp.save_certs(context, &places)?;
        }
        Ok(exit)
    }

    /// Says that a job keeps no password.
    fn remark_passwords(&self, context: &mut Context) {
        let connect = &self.cp.connect;
        let both = [connect.of_source(), connect.of_target()];
        if both.iter().any(|changes| changes.password_file.is_some()) {
            context.out.remark(format_args!(
                "a job keeps no password: give --password-file to “fxpane queue run” again, or \
                 keep the password with a bookmark (“fxpane sites edit NAME --password-file FILE \
                 --password vault”)"
            ));
        }
    }

    fn mirror(&self, places: &Places) -> Result<JobSpec, CliError> {
        let [source] = places.sources.as_slice() else {
            return Err(usage("--sync takes one source and one destination".to_owned()));
        };
        let AllRules { each, tree, start_at } = places.rules.clone();
        if each.form != Form::Binary {
            return Err(usage("--sync copies bytes as they are; leave out --type text".to_owned()));
        }
        let delete = if self.delete { Deletes::Yes } else { Deletes::No };
        Ok(JobSpec {
            kind: JobKind::Mirror,
            sources: vec![Source { at: source.clone(), kind: Some(Kind::Dir), size: None }],
            target: Some(places.target.clone()),
            rename_to: true,
            // what differs is replaced
            rules: Rules { exists: Exists::Overwrite, ..each },
            tree: TreeRules { compare: self.compare.unwrap_or_default(), delete, ..tree },
            start_at,
        })
    }
}

/// A time for machines.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

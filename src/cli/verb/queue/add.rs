//! `queue add`: adds jobs for any running fxpane.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::connect::choice_parser;
use crate::cli::context::Context;
use crate::cli::copy::AllRules;
use crate::cli::error::{CliError, Exit};
use crate::cli::start;
use crate::cli::verb::cp::{CopyArguments, Cp};
use crate::ftp::Kind;
use crate::queue::{Compare, Deletes, Exists, JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::transfer::Form;

/// Add a job without running it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An open screen starts the job within two seconds; otherwise run it with `queue run`. SRC and DST \
are as for `cp`, and with --sync as for `sync`. Jobs do not store passwords: if a server needs one \
that is typed or given with --password-file, run the job with `queue run`.

Examples:
  fxpane queue add -r mirror:/pub/release nas:/incoming/
  fxpane queue add -r --start-at 03:00 mirror:/pub/release nas:/incoming/
  fxpane queue add --sync --delete --yes mirror:/pub nas:/mirror")]
pub(super) struct Add {
    /// The arguments and options of `cp`.
    #[command(flatten)]
    pub(super) cp: Cp,
    /// Delete each source file after it was copied
    #[arg(long = "move", conflicts_with = "sync")]
    moves: bool,
    /// Mirror SRC to DST, as `sync` does
    #[arg(long)]
    sync: bool,
    /// With --sync: delete files and directories that exist only in DST
    #[arg(long, requires = "sync", requires = "yes")]
    delete: bool,
    /// With --delete: confirm the deletion in advance
    #[arg(short, long, requires = "delete")]
    yes: bool,
    /// With --sync: how to detect changed files: by size, time (and size), or checksum
    #[arg(long, requires = "sync", value_parser = choice_parser::<Compare>())]
    compare: Option<Compare>,
}

/// The JSON record of an added job.
#[derive(Debug, Serialize)]
struct AddedRecord {
    event: &'static str,
    job: u64,
    start_at: Option<String>,
}

impl Add {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub(super) async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let arguments = self.cp.parse_arguments(context).await?;
        self.note_passwords(context);
        let (mut specs, unusable) = if self.sync {
            (vec![self.mirror(&arguments)?], Vec::new())
        } else {
            self.cp.jobs(context, &arguments).await?
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
                context.out.object(&AddedRecord { event: "added", job: job.0, start_at })?;
            } else {
                let when = spec.start_at.map_or_else(String::new, |at| {
                    format!(", starts at {}", start::local_time(at))
                });
                context.out.line(format_args!("job {job} added{when}"))?;
            }
        }
        context.out.flush()?;
        if exit == Exit::Done {
            self.cp.save_certs(context, &arguments)?;
        }
        Ok(exit)
    }

    /// Notes that a job does not store the password of `--password-file`.
    fn note_passwords(&self, context: &mut Context) {
        let connect = &self.cp.connect;
        let both = [connect.of_source(), connect.of_target()];
        if both.iter().any(|overrides| overrides.password_file.is_some()) {
            context.out.note(format_args!(
                "jobs do not store passwords: pass --password-file to `fxpane queue run` as well, \
                 or store the password with the site (`fxpane sites edit NAME --password-file \
                 FILE --password vault`)"
            ));
        }
    }

    fn mirror(&self, arguments: &CopyArguments) -> Result<JobSpec, CliError> {
        let [source] = arguments.sources.as_slice() else {
            let cause = "--sync takes one source and one destination";
            return Err(CliError::Queue(cause.to_owned()));
        };
        let AllRules { each, tree, start_at } = arguments.rules.clone();
        if each.form != Form::Binary {
            let cause = "--sync always transfers in binary; do not pass --type text";
            return Err(CliError::Queue(cause.to_owned()));
        }
        let delete = if self.delete { Deletes::Yes } else { Deletes::No };
        Ok(JobSpec {
            kind: JobKind::Mirror,
            sources: vec![Source { at: source.clone(), kind: Some(Kind::Dir), size: None }],
            target: Some(arguments.target.clone()),
            rename_to: true,
            // changed files are replaced
            rules: JobRules { exists: Exists::Overwrite, ..each },
            tree: TreeRules { compare: self.compare.unwrap_or_default(), delete, ..tree },
            start_at,
        })
    }
}

/// Formats a time in UTC, as in JSON records.
pub(super) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

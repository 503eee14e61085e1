//! `sync`: mirrors a directory tree.

use std::ffi::OsString;
use std::time::Instant;

use crate::base::{Word, size, text};
use crate::cli::connect::{PairConnectOptions, choice_parser};
use crate::cli::context::Context;
use crate::cli::copy::{PermissionOptions, TreeOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::job;
use crate::cli::record::{ErrorRecord, PlanStepRecord, PlanSummary, seconds};
use crate::cli::start::StartOption;
use crate::engine::{PlanStep, PlanTally, Planned};
use crate::ftp::Kind;
use crate::queue::{
    Compare, Deletes, Exists, JobKind, JobRules, JobSpec, Source, TreeRules, Verify, ViaRule,
};

/// Mirror a directory tree, directly between servers if possible (FXP)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Makes DST identical to SRC. Unchanged files are not copied again: by default, a file is unchanged \
if it has the same size and, on servers that keep modification times, is not older than the \
source. --delete also deletes what exists only in DST; it asks for confirmation first, and deletes \
nothing if part of SRC could not be listed. Excluded files are neither copied nor deleted.

Examples:
  fxpane sync mirror:/pub/release nas:/mirror/release
  fxpane sync --delete --dry-run ./site web:/htdocs
  fxpane sync --delete --yes --skip '*.tmp/.git' ./site web:/htdocs")]
pub struct SyncVerb {
    /// Source directory: SITE:PATH, a URL, or a local path
    #[arg(value_name = "SRC")]
    source: OsString,
    /// Destination directory; created if missing
    #[arg(value_name = "DST")]
    target: OsString,
    /// Delete files and directories that exist only in DST
    #[arg(long)]
    delete: bool,
    /// Do not ask for confirmation before deleting
    #[arg(short, long)]
    yes: bool,
    /// Preview: only show what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// How to detect changed files: by size, time (and size), or checksum. A file without a
    /// checksum on both sides fails with “checksum”; the other words name what decides then
    #[arg(long, value_parser = choice_parser::<Compare>())]
    compare: Option<Compare>,
    /// Copy between servers directly, or relay through this machine [default: transfer.via of
    /// config.toml, else auto]
    #[arg(long, value_parser = choice_parser::<ViaRule>(), help_heading = "Transfer")]
    via: Option<ViaRule>,
    /// How to verify copied files [default: transfer.verify of config.toml, else size]
    #[arg(long, value_parser = choice_parser::<Verify>(), help_heading = "Transfer")]
    verify: Option<Verify>,
    /// Number of files to transfer in parallel [default: as many as both sites allow, at most 4]
    #[arg(
        long, value_name = "N", help_heading = "Transfer",
        value_parser = clap::value_parser!(u16).range(1..=64)
    )]
    parallel: Option<u16>,
    #[command(flatten)]
    permissions: PermissionOptions,
    #[command(flatten)]
    tree: TreeOptions,
    #[command(flatten)]
    start: StartOption,
    /// Connection options.
    #[command(flatten)]
    pub connect: PairConnectOptions,
}

impl SyncVerb {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let (source_overrides, target_overrides) =
            (self.connect.of_source(), self.connect.of_target());
        let (source, target) = (context.parse(&self.source)?, context.parse(&self.target)?);
        if source.remote().is_none() && target.remote().is_none() {
            return Err(CliError::BothLocal);
        }
        if self.delete && !self.yes && !self.dry_run && !context.interactive {
            return Err(CliError::NeedsYes(format!(
                "sync --delete would delete what exists only in {target}"
            )));
        }
        let source = context.prepare(source, &source_overrides).await?;
        let target = context.prepare(target, &target_overrides).await?;
        let settings = &context.settings.transfer;
        let delete = match (self.delete, self.yes) {
            (false, _) => Deletes::No,
            (true, false) => Deletes::Ask,
            (true, true) => Deletes::Yes,
        };
        let compare = self.compare.unwrap_or_default();
        let spec = JobSpec {
            kind: JobKind::Mirror,
            sources: vec![Source { at: source.clone(), kind: Some(Kind::Dir), size: None }],
            target: Some(target.clone()),
            rename_to: true,
            rules: JobRules {
                // changed files are replaced
                exists: Exists::Overwrite,
                verify: self.verify.unwrap_or(settings.verify),
                via: self.via.unwrap_or(settings.via),
                parallel: self.parallel.map(usize::from).or(settings.parallel),
                permissions: self.permissions.enabled(context),
                ..JobRules::default()
            },
            tree: TreeRules { compare, delete, ..self.tree.rules(context) },
            start_at: self.start.start_at,
        };
        let exit = if self.dry_run {
            plan(context, spec).await?
        } else {
            job::run(context, vec![spec], Vec::new()).await?
        };
        if exit == Exit::Done {
            context.save_certs(&source, &source_overrides)?;
            context.save_certs(&target, &target_overrides)?;
        }
        Ok(exit)
    }
}

/// Prints what would be done.
async fn plan(context: &mut Context, spec: JobSpec) -> Result<Exit, CliError> {
    let started = Instant::now();
    let mut tally = PlanTally::default();
    let mut exit = Exit::Done;
    let mut steps = context.engine.plan(spec.clone()).await?;
    while let Some(planned) = steps.recv().await {
        match planned {
            Planned::Step(step) => {
                tally.count(&step);
                print_step(context, &step)?;
            }
            Planned::Trouble(failure) => {
                if context.out.is_json() {
                    context.out.object(&ErrorRecord::of(&failure))?;
                }
                context.out.error(&failure);
                tally.failed += 1;
                exit = Exit::Failed;
            }
            Planned::End { .. } => break,
            Planned::Failed(failure) => {
                let ends = spec.sources.iter().map(|source| &source.at).chain(&spec.target);
                let at = failure.location(ends).cloned();
                // certificates are checked before the first step, so starting over prints no
                // step twice
                if let Some(at) = at
                    && context.ask_trust(&at, &failure).await?
                {
                    steps = context.engine.plan(spec.clone()).await?;
                    continue;
                }
                return Err(failure.into());
            }
        }
    }
    let PlanTally { copies, bytes, deletes, skips, same, failed } = tally;
    let skip = skips + same;
    if context.out.is_json() {
        context.out.object(&PlanSummary {
            event: "summary",
            copy: copies,
            delete: deletes,
            skip,
            failed,
            bytes,
            seconds: seconds(started.elapsed()),
        })?;
    } else {
        let [copy, delete, skip] = [copies, deletes, skip].map(size::grouped);
        context.out.note(format_args!(
            "would copy {copy} ({}), delete {delete}, leave {skip} unchanged; nothing was changed",
            size::bytes(bytes)
        ));
    }
    context.out.flush()?;
    Ok(exit)
}

fn print_step(context: &mut Context, step: &PlanStep) -> Result<(), CliError> {
    if context.out.is_json() {
        return context.out.object(&PlanStepRecord::of(step));
    }
    let path = text::visible(step.path.as_bytes());
    context.out.line(format_args!("{:6}  {path}  ({})", step.action.word(), step.reason))
}

//! `sync`: makes one directory tree like another one.

use std::ffi::OsString;
use std::time::Instant;

use crate::base::{Word, size, text};
use crate::cli::connect::{TwoSides, word};
use crate::cli::context::Context;
use crate::cli::copy::{PermissionOptions, TreeOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::job;
use crate::cli::record::{ErrorRecord, PlanRecord, PlanSummary, seconds};
use crate::cli::start::StartOption;
use crate::engine::{PlanStep, PlanTally, Planned};
use crate::ftp::Kind;
use crate::queue::{
    Compare, Deletes, Exists, JobKind, JobSpec, Rules, Source, TreeRules, Verify, ViaRule,
};

/// Mirrors a directory tree; between two servers straight, without the data coming here
#[derive(Debug, clap::Args)]
#[command(after_help = "\
DST becomes like SRC. What is the same is not copied again; without --compare that is what has the \
same size and, where DST keeps times, is not older. With --delete, what only DST has is deleted \
after a yes to its number, and never when a part of SRC could not be listed. What a rule leaves \
out is neither copied nor deleted.

Examples:
  fxpane sync mirror:/pub/release nas:/mirror/release
  fxpane sync --delete --dry-run ./site web:/htdocs
  fxpane sync --delete --yes --skip '*.tmp/.git' ./site web:/htdocs")]
pub struct SyncVerb {
    /// SITE:PATH, a URL, or a local path: a directory
    #[arg(value_name = "SRC")]
    source: OsString,
    /// The directory that becomes like it; made when it is missing
    #[arg(value_name = "DST")]
    target: OsString,
    /// Deletes what only DST has
    #[arg(long)]
    delete: bool,
    /// Does not ask before deleting
    #[arg(short, long)]
    yes: bool,
    /// Only tells what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// How to find what differs: size, time (with the size), or checksum
    #[arg(long, value_parser = word::<Compare>())]
    compare: Option<Compare>,
    /// Which way between two servers [default: auto, or the setting]
    #[arg(long, value_parser = word::<ViaRule>(), help_heading = "Rules")]
    via: Option<ViaRule>,
    /// How to check what arrived [default: size, or the setting]
    #[arg(long, value_parser = word::<Verify>(), help_heading = "Rules")]
    verify: Option<Verify>,
    /// Files side by side [default: what both sites bear, at most 4]
    #[arg(
        long, value_name = "N", help_heading = "Rules",
        value_parser = clap::value_parser!(u16).range(1..=64)
    )]
    parallel: Option<u16>,
    /// Permissions.
    #[command(flatten)]
    permissions: PermissionOptions,
    /// What of directories.
    #[command(flatten)]
    tree: TreeOptions,
    /// When it begins.
    #[command(flatten)]
    start: StartOption,
    /// The connections.
    #[command(flatten)]
    pub connect: TwoSides,
}

impl SyncVerb {
    /// Mirrors.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let (source_changes, target_changes) = (self.connect.of_source(), self.connect.of_target());
        let (source, target) = (context.parse(&self.source)?, context.parse(&self.target)?);
        if source.remote().is_none() && target.remote().is_none() {
            return Err(CliError::BothLocal);
        }
        if self.delete && !self.yes && !self.dry_run && !context.interactive {
            return Err(CliError::NeedsYes(format!("sync --delete to {target}")));
        }
        let source = context.prepare(source, &source_changes).await?;
        let target = context.prepare(target, &target_changes).await?;
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
            rules: Rules {
                // what differs is replaced
                exists: Exists::Overwrite,
                verify: self.verify.unwrap_or(settings.verify),
                via: self.via.unwrap_or(settings.via),
                parallel: self.parallel.map(usize::from).or(settings.parallel),
                permissions: self.permissions.wanted(context),
                ..Rules::default()
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
            context.save_certs(&source, &source_changes)?;
            context.save_certs(&target, &target_changes)?;
        }
        Ok(exit)
    }
}

/// Tells what would be done.
async fn plan(context: &mut Context, spec: JobSpec) -> Result<Exit, CliError> {
    let began = Instant::now();
    let mut tally = PlanTally::default();
    let mut exit = Exit::Done;
    let mut steps = context.engine.plan(spec.clone()).await?;
    while let Some(planned) = steps.recv().await {
        match planned {
            Planned::Step(step) => {
                tally.count(&step);
                tell(context, &step)?;
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
                // a certificate is asked about before the first step
                if let Some(at) = at
                    && context.trusts(&at, &failure).await?
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
            seconds: seconds(began.elapsed()),
        })?;
    } else {
        let [copy, delete, skip] = [copies, deletes, skip].map(size::grouped);
        context.out.remark(format_args!(
            "would copy {copy} ({}), delete {delete}, leave {skip} as they are; nothing was changed",
            size::bytes(bytes)
        ));
    }
    context.out.flush()?;
    Ok(exit)
}

fn tell(context: &mut Context, step: &PlanStep) -> Result<(), CliError> {
    if context.out.is_json() {
        return context.out.object(&PlanRecord::of(step));
    }
    let path = text::visible(step.path.as_bytes());
    context.out.line(format_args!("{:6}  {path}  ({})", step.action.word(), step.reason))
}

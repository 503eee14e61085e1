//! `rm`: deletes files, and with `-r` directories.

use std::ffi::OsString;

use crate::base::text;
use crate::cli::ask;
use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::job;
use crate::ftp::Kind;
use crate::queue::{JobKind, JobSpec, Rules, Source, TreeRules};
use crate::site::Location;

/// Deletes files, and with -r directories
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane rm nas:/incoming/old.iso nas:/incoming/older.iso
  fxpane rm -r --yes nas:/incoming/2024")]
pub struct Rm {
    /// SITE:PATH or a URL
    #[arg(value_name = "LOC", required = true)]
    at: Vec<OsString>,
    /// Directories with all that is in them
    #[arg(short, long)]
    recursive: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
}

impl Rm {
    /// Deletes.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let mut found: Vec<(Location, Kind)> = Vec::new();
        for typed in &self.at {
            let (site, path) = context.remote(typed, &changes).await?;
            let at = Location::Remote { site, path };
            let entry = context.stat(&at).await?;
            let entry = entry.ok_or_else(|| CliError::NotFound(at.to_string()))?;
            if entry.kind == Kind::Dir && !self.recursive {
                return Err(CliError::IsDirectory(at.to_string()));
            }
            found.push((at, entry.kind));
        }
        self.confirm(context, &found).await?;
        let mut specs: Vec<JobSpec> = Vec::new();
        for (at, kind) in found {
            let key = |at: &Location| at.remote().map(|(site, _)| site.key());
            let same = specs
                .iter_mut()
                .find(|spec| spec.sources.first().map(|first| key(&first.at)) == Some(key(&at)));
            let source = Source { at, kind: Some(kind), size: None };
            match same {
                Some(spec) => spec.sources.push(source),
                None => specs.push(JobSpec {
                    kind: JobKind::Delete,
                    sources: vec![source],
                    target: None,
                    rename_to: false,
                    rules: Rules::default(),
                    tree: TreeRules::default(),
                    start_at: None,
                }),
            }
        }
        let places: Vec<Location> =
            specs.iter().flat_map(|spec| &spec.sources).map(|source| source.at.clone()).collect();
        let exit = job::run(context, specs, Vec::new()).await?;
        for at in &places {
            context.save_certs(at, &changes)?;
        }
        Ok(exit)
    }

    /// Whole directories are deleted only after a yes.
    async fn confirm(
        &self,
        context: &mut Context,
        found: &[(Location, Kind)],
    ) -> Result<(), CliError> {
        let dirs: Vec<_> = found.iter().filter(|(_, kind)| *kind == Kind::Dir).collect();
        let Some((first, _)) = dirs.first() else { return Ok(()) };
        if self.yes {
            return Ok(());
        }
        if !context.interactive {
            return Err(CliError::NeedsYes(format!("rm -r {first}")));
        }
        let what = match dirs.len() {
            1 => first.to_string(),
            many => text::counted(many as u64, "directory").replace("directorys", "directories"),
        };
        let choices = ["No", "Yes"].map(str::to_owned);
        context.out.ask(format_args!("Delete {what} with all that is inside? [y/N]"));
        let typed = ask::line().await?.unwrap_or_default();
        if ask::choice(&typed, &choices) == Some(1) { Ok(()) } else { Err(CliError::Declined) }
    }
}

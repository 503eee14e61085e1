//! `rm`: deletes files and, with `-r`, directories.

use std::ffi::OsString;

use crate::base::text;
use crate::cli::ask;
use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::job;
use crate::ftp::Kind;
use crate::queue::{JobKind, JobRules, JobSpec, Source, TreeRules};
use crate::site::Location;

/// Delete files and, with -r, directories
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane rm nas:/incoming/old.iso nas:/incoming/older.iso
  fxpane rm -r --yes nas:/incoming/2024")]
pub struct Rm {
    /// Files or directories: SITE:PATH or a URL
    #[arg(value_name = "LOC", required = true)]
    at: Vec<OsString>,
    /// Delete directories and everything in them
    #[arg(short, long)]
    recursive: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Rm {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let mut found: Vec<(Location, Kind)> = Vec::new();
        for typed in &self.at {
            let (site, path) = context.remote(typed, &overrides).await?;
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
            let same_site = specs
                .iter_mut()
                .find(|spec| spec.sources.iter().all(|source| source.at.same_site(&at)));
            let source = Source { at, kind: Some(kind), size: None };
            match same_site {
                Some(spec) => spec.sources.push(source),
                None => specs.push(JobSpec {
                    kind: JobKind::Delete,
                    sources: vec![source],
                    target: None,
                    rename_to: false,
                    rules: JobRules::default(),
                    tree: TreeRules::default(),
                    start_at: None,
                }),
            }
        }
        let deleted: Vec<Location> =
            specs.iter().flat_map(|spec| &spec.sources).map(|source| source.at.clone()).collect();
        let exit = job::run(context, specs, Vec::new()).await?;
        for at in &deleted {
            context.save_certs(at, &overrides)?;
        }
        Ok(exit)
    }

    /// Asks for confirmation before directories are deleted.
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
        let what = match dirs.len() {
            1 => format!("{first} and everything in it"),
            many => {
                format!("{} and everything in them", text::counted(many as u64, "directory"))
            }
        };
        if !context.interactive {
            return Err(CliError::NeedsYes(format!("rm -r would delete {what}")));
        }
        let choices = ["No", "Yes"].map(str::to_owned);
        context.out.ask(format_args!("Delete {what}? [y/N]"));
        let typed = ask::line().await?.unwrap_or_default();
        if ask::choice(&typed, &choices) == Some(1) { Ok(()) } else { Err(CliError::Declined) }
    }
}

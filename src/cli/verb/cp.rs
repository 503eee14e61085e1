//! `cp`: copies files and directories, between two servers without a detour over this machine.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::connect::{PairConnectOptions, choice_parser};
use crate::cli::context::Context;
use crate::cli::copy::{self, AllRules, Jobs, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::form::{TypeOption, copy_form};
use crate::cli::job;
use crate::queue::ViaRule;
use crate::site::Location;

/// Copy files and directories, directly between servers if possible (FXP)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
As in cp(1): if DST is an existing directory or ends in “/”, SRC is copied into it under its own \
name; otherwise DST is the name of the copy. Missing directories are created.

Examples:
  fxpane cp -r mirror:/pub/release nas:/incoming/
  fxpane cp -r --only '*.iso/*.sfv' --first '*.sfv' mirror:/pub/release nas:/incoming/
  fxpane cp -r --skip 'sample/*.nfo' --exists newer mirror:/pub/release nas:/incoming/")]
pub struct Cp {
    /// Sources, then the destination: SITE:PATH, a URL, or a local path
    #[arg(value_name = "SRC… DST", required = true)]
    locations: Vec<OsString>,
    /// Copy directories recursively
    #[arg(short, long)]
    recursive: bool,
    /// Read sources from FILE, one per line (“-” for standard input)
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Copy between servers directly, or relay through this machine [default: transfer.via of
    /// config.toml, else auto]
    #[arg(long, value_parser = choice_parser::<ViaRule>(), help_heading = "Transfer")]
    via: Option<ViaRule>,
    /// Transfer type [default: that of the URLs, else binary]. Text transfers convert line
    /// endings: sizes cannot be verified, and an interrupted file starts over
    #[arg(long = "type", value_name = "TYPE", help_heading = "Transfer")]
    kind: Option<TypeOption>,
    #[command(flatten)]
    rules: RuleOptions,
    /// Connection options.
    #[command(flatten)]
    pub connect: PairConnectOptions,
}

/// The parsed arguments of a copy.
#[derive(Debug, Clone)]
pub struct CopyArguments {
    /// Source locations.
    pub sources: Vec<Location>,
    /// Destination.
    pub target: Location,
    /// The rules that the options and config.toml result in.
    pub rules: AllRules,
}

impl Cp {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let arguments = self.parse_arguments(context).await?;
        let (specs, unusable) = self.jobs(context, &arguments).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            self.save_certs(context, &arguments)?;
        }
        Ok(exit)
    }

    /// Remembers the certificates that `--save-cert` names.
    ///
    /// # Errors
    /// [`CliError::Config`] if they cannot be written.
    pub fn save_certs(&self, context: &Context, arguments: &CopyArguments) -> Result<(), CliError> {
        context.save_certs(&arguments.target, &self.connect.of_target())?;
        let source = self.connect.of_source();
        arguments.sources.iter().try_for_each(|at| context.save_certs(at, &source))
    }

    /// Parses the arguments, applies the overrides and gets the passwords.
    ///
    /// # Errors
    /// [`CliError`]: invalid arguments, no password.
    pub async fn parse_arguments(&self, context: &mut Context) -> Result<CopyArguments, CliError> {
        let (source_overrides, target_overrides) =
            (self.connect.of_source(), self.connect.of_target());
        let Some((target, typed)) = self.locations.split_last() else {
            return Err(CliError::NoSources);
        };
        let mut typed = typed.to_vec();
        if let Some(list) = &self.from {
            typed.extend(read_list(list)?);
        }
        // parse all arguments before asking for a password or connecting
        let target = context.parse_typed(target)?;
        let mut parsed = Vec::new();
        for text in &typed {
            parsed.push(context.parse_typed(text)?);
        }
        let ends = parsed.iter().chain([&target]).filter(|end| end.location.remote().is_some());
        let types: Vec<_> = ends.map(|end| end.transfer_type).collect();
        let form = copy_form(self.kind, &types)?;
        self.rules.allow(form)?;
        let target = target.location;
        let parsed: Vec<_> = parsed.into_iter().map(|source| source.location).collect();
        if target.remote().is_none() && parsed.iter().any(|at| at.remote().is_none()) {
            return Err(CliError::BothLocal);
        }
        let mut sources = Vec::new();
        for at in parsed {
            sources.push(context.prepare(at, &source_overrides).await?);
        }
        let target = context.prepare(target, &target_overrides).await?;
        let mut rules = self.rules.rules(context, self.via);
        rules.each.form = form;
        Ok(CopyArguments { sources, target, rules })
    }

    /// The jobs for these arguments.
    ///
    /// # Errors
    /// [`CliError`]: nothing to copy, an unreachable server.
    pub async fn jobs(
        &self,
        context: &mut Context,
        arguments: &CopyArguments,
    ) -> Result<Jobs, CliError> {
        let CopyArguments { sources, target, rules } = arguments.clone();
        copy::jobs(context, sources, target, self.recursive, rules).await
    }
}

/// Reads one location per line; skips empty lines.
fn read_list(path: &Path) -> Result<Vec<OsString>, CliError> {
    let failed = |source| CliError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
    } else {
        bytes = fs::read(path).map_err(failed)?;
    }
    let lines = bytes.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines.filter(|line| !line.is_empty()).map(os_string).collect())
}

#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).to_os_string()
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

//! `cp`: copies; from server to server without the data coming here.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::connect::{TwoSides, word};
use crate::cli::context::Context;
use crate::cli::copy::{self, AllRules, Jobs, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::form::{TypeWord, between};
use crate::cli::job;
use crate::queue::ViaRule;
use crate::site::Location;

/// Copies; from server to server straight, without the data coming here
#[derive(Debug, clap::Args)]
#[command(after_help = "\
As with cp(1): when DST is a directory that exists, or ends in “/”, SRC goes into it under its \
own name; otherwise SRC becomes DST. Missing directories are made.

Examples:
  fxpane cp -r mirror:/pub/release nas:/incoming/
  fxpane cp -r --only '*.iso/*.sfv' --first '*.sfv' mirror:/pub/release nas:/incoming/
  fxpane cp -r --skip 'sample/*.nfo' --exists newer mirror:/pub/release nas:/incoming/")]
pub struct Cp {
    /// SITE:PATH, a URL, or a local path: sources, and at the end the destination
    #[arg(value_name = "SRC… DST", required = true)]
    places: Vec<OsString>,
    /// Directories with all that is in them
    #[arg(short, long)]
    recursive: bool,
    /// Sources from a file, one a line (“-” for standard input)
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Which way between two servers [default: auto, or the setting]
    #[arg(long, value_parser = word::<ViaRule>(), help_heading = "Rules")]
    via: Option<ViaRule>,
    /// Transfer type [default: that of the URLs, else binary]. As text, line ends become those of
    /// the receiving system: sizes then prove nothing, and what breaks off begins anew
    #[arg(long = "type", value_name = "TYPE", help_heading = "Rules")]
    kind: Option<TypeWord>,
    /// The rules.
    #[command(flatten)]
    rules: RuleOptions,
    /// The connections.
    #[command(flatten)]
    pub connect: TwoSides,
}

/// What is to be copied, where to, and how.
#[derive(Debug, Clone)]
pub struct Places {
    /// From where.
    pub sources: Vec<Location>,
    /// To where.
    pub target: Location,
    /// The rules by options and settings.
    pub rules: AllRules,
}

impl Cp {
    /// Copies.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let places = self.places(context).await?;
        let (specs, unusable) = self.jobs(context, &places).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            self.save_certs(context, &places)?;
        }
        Ok(exit)
    }

    /// Keeps the certificates that `--save-cert` names.
    ///
    /// # Errors
    /// [`CliError::Config`] when they cannot be written down.
    pub fn save_certs(&self, context: &Context, places: &Places) -> Result<(), CliError> {
        context.save_certs(&places.target, &self.connect.of_target())?;
        let source = self.connect.of_source();
        places.sources.iter().try_for_each(|at| context.save_certs(at, &source))
    }

    /// Sources and destination, ready to be connected to.
    ///
    /// # Errors
    /// [`CliError`]: what is wrong with the arguments, no password.
    pub async fn places(&self, context: &mut Context) -> Result<Places, CliError> {
        let (source_changes, target_changes) = (self.connect.of_source(), self.connect.of_target());
        let Some((target, typed)) = self.places.split_last() else {
            return Err(CliError::NoSources);
        };
        let mut typed = typed.to_vec();
        if let Some(list) = &self.from {
            typed.extend(read_list(list)?);
        }
        // all arguments are read before anybody is asked or connected to
        let target = context.parse_typed(target)?;
        let mut parsed = Vec::new();
        for text in &typed {
            parsed.push(context.parse_typed(text)?);
        }
        let ends = parsed.iter().chain([&target]).filter(|end| end.location.remote().is_some());
        let types: Vec<_> = ends.map(|end| end.transfer_type).collect();
        let form = between(self.kind, &types)?;
        self.rules.allow(form)?;
        let target = target.location;
        let parsed: Vec<_> = parsed.into_iter().map(|source| source.location).collect();
        if target.remote().is_none() && parsed.iter().any(|at| at.remote().is_none()) {
            return Err(CliError::BothLocal);
        }
        let mut sources = Vec::new();
        for at in parsed {
            sources.push(context.prepare(at, &source_changes).await?);
        }
        let target = context.prepare(target, &target_changes).await?;
        let mut rules = self.rules.rules(context, self.via);
        rules.each.form = form;
        Ok(Places { sources, target, rules })
    }

    /// The jobs that these options ask for.
    ///
    /// # Errors
    /// [`CliError`]: nothing to copy, a server that cannot be reached.
    pub async fn jobs(&self, context: &mut Context, places: &Places) -> Result<Jobs, CliError> {
        let Places { sources, target, rules } = places.clone();
        copy::jobs(context, sources, target, self.recursive, rules).await
    }
}

/// One location a line; empty lines mean nothing.
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

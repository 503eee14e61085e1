//! `get`: downloads.

use std::ffi::OsString;

use crate::cli::connect::{ConnectOptions, ConnectOverrides, UrlOptions};
use crate::cli::context::Context;
use crate::cli::copy::{self, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::form::{FormError, form};
use crate::cli::{job, pipe};
use crate::site::Location;

/// Download files and directories
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane get nas:/incoming/disc.iso
  fxpane get -r mirror:/pub/docs downloads")]
pub struct Get {
    /// Sources (SITE:PATH or a URL), then the destination: a local path [default: the current
    /// directory], or “-” for standard output
    #[arg(value_name = "LOC… [LOCAL]", required_unless_present = "host")]
    locations: Vec<OsString>,
    /// Copy directories recursively
    #[arg(short, long)]
    recursive: bool,
    /// Character set of text files on the server; local copies are UTF-8
    #[arg(long, value_name = "NAME")]
    charset: Option<String>,
    #[command(flatten)]
    rules: RuleOptions,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
    #[command(flatten)]
    url: UrlOptions,
}

impl Get {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let mut parsed = Vec::new();
        for text in &self.locations {
            parsed.push(context.parse_typed(text)?);
        }
        let last_is_local = parsed.last().is_some_and(|last| last.location.remote().is_none());
        let has_source = parsed.len() > 1 || self.url.names_host();
        let target = if last_is_local && has_source { parsed.pop() } else { None };
        let types: Vec<_> = parsed.iter().map(|source| source.transfer_type).collect();
        let form = form(self.url.kind, self.charset.as_deref(), &types)?;
        self.rules.allow(form)?;
        let mut parsed: Vec<_> = parsed.into_iter().map(|source| source.location).collect();
        if parsed.is_empty() {
            parsed.extend(self.url.location());
        }
        let mut sources = Vec::new();
        for at in parsed {
            if at.remote().is_none() {
                return Err(CliError::NotGet(at.to_string(), "is already local"));
            }
            sources.push(context.prepare(self.url.apply(at), &overrides).await?);
        }
        let target = target.map_or_else(copy::current_dir, |target| target.location);
        let mut rules = self.rules.rules(context, None);
        rules.each.form = form;
        if target == Location::Local("-".into()) {
            let ([at], false) = (sources.as_slice(), self.recursive) else {
                return Err(FormError::OnePipe.into());
            };
            let exit = pipe::out(context, at.clone(), rules.each).await?;
            context.save_certs(at, &overrides)?;
            return Ok(exit);
        }
        let (specs, unusable) =
            copy::jobs(context, sources.clone(), target, self.recursive, rules).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            for at in &sources {
                context.save_certs(at, &overrides)?;
            }
        }
        Ok(exit)
    }
}

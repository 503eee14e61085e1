//! `put`: uploads.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::connect::{ConnectOptions, ConnectOverrides, UrlOptions};
use crate::cli::context::Context;
use crate::cli::copy::{self, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::form::{FormError, upload_form};
use crate::cli::{job, pipe};
use crate::queue::Exists;
use crate::site::Location;
use crate::transfer::StoreAs;

/// Upload files and directories
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane put disc.iso nas:/incoming/
  fxpane put -r site nas:/www/")]
pub struct Put {
    /// Local paths, or “-” for standard input, then the destination: SITE:PATH, SITE, or a URL
    #[arg(value_name = "LOCAL… LOC", required = true)]
    locations: Vec<OsString>,
    /// Copy directories recursively
    #[arg(short, long)]
    recursive: bool,
    /// Append to the remote file
    #[arg(long)]
    append: bool,
    /// Let the server choose a unique file name (STOU)
    #[arg(long, conflicts_with = "append")]
    unique: bool,
    /// Character set of text files on the server; local files are UTF-8
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

impl Put {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let mut arguments = self.locations.clone();
        let mut url_type = None;
        let last = arguments.last().and_then(|last| context.parse_typed(last).ok());
        let last_is_local = last.is_none_or(|last| last.location.remote().is_none());
        let target = match self.url.location() {
            Some(target) if last_is_local => Some(target),
            _ => match arguments.pop() {
                Some(text) => {
                    let at = Location::parse_remote(&text, &context.sites)?;
                    url_type = at.transfer_type;
                    Some(self.url.apply(at.location))
                }
                None => None,
            },
        };
        let target = target.ok_or(CliError::NoSources)?;
        let form = upload_form(self.url.kind, self.charset.as_deref(), url_type)?;
        self.rules.allow(form)?;
        let mut sources = Vec::new();
        for text in &arguments {
            // sources are local, so a colon in a name does not mean a site
            let path = match context.parse(text) {
                Ok(Location::Local(path)) => path,
                Ok(at @ Location::Remote { .. }) => {
                    return Err(CliError::NotPut(at.to_string(), "is on a server; use cp"));
                }
                Err(_) => PathBuf::from(text),
            };
            sources.push(Location::Local(path));
        }
        let target = context.prepare(target, &overrides).await?;
        let mut rules = self.rules.rules(context, None);
        rules.each.form = form;
        rules.each.store = match (self.append, self.unique) {
            (true, _) => StoreAs::Append,
            (_, true) => StoreAs::Unique,
            _ => StoreAs::Name,
        };
        if rules.each.store != StoreAs::Name {
            // nothing is replaced, so there is nothing to ask
            rules.each.exists = Exists::Overwrite;
        }
        if sources.contains(&Location::Local("-".into())) {
            if sources.len() > 1 || self.recursive {
                return Err(FormError::OnePipe.into());
            }
            let exit = pipe::input(context, target.clone(), rules.each).await?;
            context.save_certs(&target, &overrides)?;
            return Ok(exit);
        }
        let (specs, unusable) =
            copy::jobs(context, sources, target.clone(), self.recursive, rules).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            context.save_certs(&target, &overrides)?;
        }
        Ok(exit)
    }
}

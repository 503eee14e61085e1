//! `get`: copies from servers to this machine.

use std::ffi::OsString;

use crate::cli::connect::{Both, Changes, Parts};
use crate::cli::context::Context;
use crate::cli::copy::{self, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::form::{FormError, form};
use crate::cli::{job, pipe};
use crate::site::Location;

/// Downloads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane get nas:/incoming/disc.iso
  fxpane get -r mirror:/pub/docs here")]
pub struct Get {
    /// SITE:PATH or a URL, several of them; at the end a local path [default: here], or “-” for
    /// standard output
    #[arg(value_name = "LOC… [LOCAL]", required_unless_present = "host")]
    places: Vec<OsString>,
    /// Directories with all that is in them
    #[arg(short, long)]
    recursive: bool,
    /// Character set of the text on the server; here it becomes UTF-8
    #[arg(long, value_name = "NAME")]
    charset: Option<String>,
    /// The rules.
    #[command(flatten)]
    rules: RuleOptions,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
    /// Parts of the location.
    #[command(flatten)]
    parts: Parts,
}

impl Get {
    /// Downloads.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let mut places = Vec::new();
        for text in &self.places {
            places.push(context.parse_typed(text)?);
        }
        let ends_here = places.last().is_some_and(|last| last.location.remote().is_none());
        let enough = places.len() > 1 || self.parts.names_host();
        let target = if ends_here && enough { places.pop() } else { None };
        let types: Vec<_> = places.iter().map(|place| place.transfer_type).collect();
        let form = form(self.parts.kind, self.charset.as_deref(), &types)?;
        self.rules.allow(form)?;
        let mut places: Vec<_> = places.into_iter().map(|place| place.location).collect();
        if places.is_empty() {
            places.extend(self.parts.alone());
        }
        let mut sources = Vec::new();
        for at in places {
            if at.remote().is_none() {
                return Err(CliError::NotGet(at.to_string(), "is on this machine already"));
            }
            sources.push(context.prepare(self.parts.apply(at), &changes).await?);
        }
        let target = target.map_or_else(copy::here, |target| target.location);
        let mut rules = self.rules.rules(context, None);
        rules.each.form = form;
        if target == Location::Local("-".into()) {
            let ([at], false) = (sources.as_slice(), self.recursive) else {
                return Err(FormError::OnePipe.into());
            };
            let exit = pipe::out(context, at.clone(), rules.each).await?;
            context.save_certs(at, &changes)?;
            return Ok(exit);
        }
        let (specs, unusable) =
            copy::jobs(context, sources.clone(), target, self.recursive, rules).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            for at in &sources {
                context.save_certs(at, &changes)?;
            }
        }
        Ok(exit)
    }
}

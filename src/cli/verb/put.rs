//! `put`: copies from this machine to a server.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::connect::{Both, Changes, Parts};
use crate::cli::context::Context;
use crate::cli::copy::{self, RuleOptions};
use crate::cli::error::{CliError, Exit};
use crate::cli::form::{FormError, sent_form};
use crate::cli::{job, pipe};
use crate::queue::Exists;
use crate::site::Location;
use crate::transfer::StoreAs;

/// Uploads
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane put disc.iso nas:/incoming/
  fxpane put -r site nas:/www/")]
pub struct Put {
    /// Local paths or “-” for standard input, and at the end SITE:PATH, SITE, or a URL
    #[arg(value_name = "LOCAL… LOC", required = true)]
    places: Vec<OsString>,
    /// Directories with all that is in them
    #[arg(short, long)]
    recursive: bool,
    /// Behind what the file on the server has already
    #[arg(long)]
    append: bool,
    /// Under a name that the server chooses, beside what is there
    #[arg(long, conflicts_with = "append")]
    unique: bool,
    /// Character set that the text is to have on the server; here it is UTF-8
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

impl Put {
    /// Uploads.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let mut places = self.places.clone();
        let mut url_type = None;
        let named = places.last().and_then(|last| context.parse_typed(last).ok());
        let beside = named.is_none_or(|last| last.location.remote().is_none());
        let target = match self.parts.alone() {
            Some(target) if beside => Some(target),
            _ => match places.pop() {
                Some(text) => {
                    let at = Location::parse_remote(&text, &context.sites)?;
                    url_type = at.transfer_type;
                    Some(self.parts.apply(at.location))
                }
                None => None,
            },
        };
        let target = target.ok_or(CliError::NoSources)?;
        let form = sent_form(self.parts.kind, self.charset.as_deref(), url_type)?;
        self.rules.allow(form)?;
        let mut sources = Vec::new();
        for text in &places {
            // a colon in a local name is no site here: all but the last are local
            let path = match context.parse(text) {
                Ok(Location::Local(path)) => path,
                Ok(at @ Location::Remote { .. }) => {
                    return Err(CliError::NotPut(at.to_string(), "is on a server; use cp"));
                }
                Err(_) => PathBuf::from(text),
            };
            sources.push(Location::Local(path));
        }
        let target = context.prepare(target, &changes).await?;
        let mut rules = self.rules.rules(context, None);
        rules.each.form = form;
        rules.each.store = match (self.append, self.unique) {
            (true, _) => StoreAs::Append,
            (_, true) => StoreAs::Unique,
            _ => StoreAs::Name,
        };
        if rules.each.store != StoreAs::Name {
            // what is there stays, so there is nothing to ask
            rules.each.exists = Exists::Overwrite;
        }
        if sources.contains(&Location::Local("-".into())) {
            if sources.len() > 1 || self.recursive {
                return Err(FormError::OnePipe.into());
            }
            let exit = pipe::input(context, target.clone(), rules.each).await?;
            context.save_certs(&target, &changes)?;
            return Ok(exit);
        }
        let (specs, unusable) =
            copy::jobs(context, sources, target.clone(), self.recursive, rules).await?;
        let exit = job::run(context, specs, unusable).await?;
        if exit == Exit::Done {
            context.save_certs(&target, &changes)?;
        }
        Ok(exit)
    }
}

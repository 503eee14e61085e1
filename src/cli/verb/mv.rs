//! `mv`: renames and moves files within one server.

use std::ffi::{OsStr, OsString};

use crate::base::RemotePath;
use crate::cli::connect::{ConnectOptions, ConnectOverrides};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::ftp::Kind;
use crate::site::{Location, Site};

/// Rename or move a file or directory within one server
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane mv nas:/incoming/a.iso b.iso            new name in the same directory
  fxpane mv nas:/incoming/a.iso /archive/        move into another directory")]
pub struct Mv {
    /// File or directory to move: SITE:PATH or a URL
    #[arg(value_name = "LOC")]
    from: OsString,
    /// New path on the same server, relative to the source's directory; an existing directory, or
    /// a path that ends in “/”, receives the source under its own name
    #[arg(value_name = "PATH")]
    to: OsString,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
}

impl Mv {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let (site, path) = context.remote(&self.from, &overrides).await?;
        let mut to = new_path(context, &site, &self.to, &overrides)?;
        let from = Location::Remote { site: site.clone(), path: path.clone() };
        if to.has_trailing_slash() || is_directory(context, &from, &to).await? {
            to = to.join(path.name());
        }
        while let Err(failure) = context.engine.rename(from.clone(), to.clone()).await {
            if !context.ask_trust(&from, &failure).await? {
                return Err(failure.into());
            }
        }
        context.save_certs(&from, &overrides)?;
        if context.out.is_json() {
            let parent = path.parent().unwrap_or_default();
            let (src, src_b64) = record::location(&from);
            let target = Location::Remote { site, path: parent.join(to.as_bytes()) };
            let (dst, dst_b64) = record::location(&target);
            context.out.object(&record::MvRecord { src, src_b64, dst, dst_b64 })?;
        }
        Ok(Exit::Done)
    }
}

/// True if the new path is an existing directory: servers refuse that name, or replace an empty
/// directory.
async fn is_directory(
    context: &mut Context,
    from: &Location,
    to: &RemotePath,
) -> Result<bool, CliError> {
    let Some((site, path)) = from.remote() else { return Ok(false) };
    let parent = path.parent().unwrap_or_default();
    let new = parent.join(to.as_bytes());
    if new.as_bytes().eq_ignore_ascii_case(path.as_bytes()) {
        // on case-insensitive servers this is the source itself
        return Ok(false);
    }
    let path = new;
    let existing = context.stat(&Location::Remote { site: site.clone(), path }).await?;
    Ok(existing.is_some_and(|entry| entry.kind == Kind::Dir))
}

/// Parses the new path; a site before the path must be the site of the source.
fn new_path(
    context: &Context,
    site: &Site,
    typed: &OsStr,
    overrides: &ConnectOverrides,
) -> Result<RemotePath, CliError> {
    let is_url = typed.as_encoded_bytes().windows(3).any(|part| part == b"://");
    match context.parse(typed).and_then(|at| overrides.apply(at)) {
        Ok(Location::Remote { site: other, path }) if other.key() == site.key() => Ok(path),
        Ok(Location::Remote { site: other, .. }) => Err(CliError::OtherSite(other.label())),
        Err(error) if is_url => Err(error),
        // a colon can be part of a file name
        Ok(Location::Local(_)) | Err(_) => Ok(RemotePath::new(typed.as_encoded_bytes())),
    }
}

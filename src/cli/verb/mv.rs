//! `mv`: renames or moves within one server.

use std::ffi::{OsStr, OsString};

use crate::base::RemotePath;
use crate::cli::connect::{Both, Changes};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::record;
use crate::ftp::Kind;
use crate::site::{Location, Site};

/// Renames, or moves within one server
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane mv nas:/incoming/a.iso b.iso            the new name, beside the old one
  fxpane mv nas:/incoming/a.iso /archive/        into another directory")]
pub struct Mv {
    /// SITE:PATH or a URL
    #[arg(value_name = "LOC")]
    from: OsString,
    /// The new path on the same server; a name alone stays in its directory, and a directory
    /// (one that is there, or with a / at its end) receives it
    #[arg(value_name = "PATH")]
    to: OsString,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
}

impl Mv {
    /// Renames.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let (site, path) = context.remote(&self.from, &changes).await?;
        let mut to = new_path(context, &site, &self.to, &changes)?;
        let from = Location::Remote { site: site.clone(), path: path.clone() };
        if to.names_inside() || is_directory(context, &from, &to).await? {
            to = to.join(path.name());
        }
        while let Err(failure) = context.engine.rename(from.clone(), to.clone()).await {
            if !context.trusts(&from, &failure).await? {
                return Err(failure.into());
            }
        }
        context.save_certs(&from, &changes)?;
        if context.out.is_json() {
            let folder = path.parent().unwrap_or_default();
            let (src, src_b64) = record::location(&from);
            let target = Location::Remote { site, path: folder.join(to.as_bytes()) };
            let (dst, dst_b64) = record::location(&target);
            context.out.object(&record::Moved { src, src_b64, dst, dst_b64 })?;
        }
        Ok(Exit::Done)
    }
}

/// Whether the new path is a directory that is there: servers would refuse that name, or put the
/// source in the place of an empty directory.
async fn is_directory(
    context: &mut Context,
    from: &Location,
    to: &RemotePath,
) -> Result<bool, CliError> {
    let Some((site, path)) = from.remote() else { return Ok(false) };
    let folder = path.parent().unwrap_or_default();
    let new = folder.join(to.as_bytes());
    if new.as_bytes().eq_ignore_ascii_case(path.as_bytes()) {
        // on servers that do not tell case apart it is the source itself
        return Ok(false);
    }
    let path = new;
    let there = context.stat(&Location::Remote { site: site.clone(), path }).await?;
    Ok(there.is_some_and(|entry| entry.kind == Kind::Dir))
}

/// The path as typed; users also write the site before it, which must be the same one then.
fn new_path(
    context: &Context,
    site: &Site,
    typed: &OsStr,
    changes: &Changes,
) -> Result<RemotePath, CliError> {
    let is_url = typed.as_encoded_bytes().windows(3).any(|part| part == b"://");
    match context.parse(typed).and_then(|at| changes.apply(at)) {
        Ok(Location::Remote { site: other, path }) if other.key() == site.key() => Ok(path),
        Ok(Location::Remote { site: other, .. }) => Err(CliError::OtherSite(other.label())),
        Err(error) if is_url => Err(error),
        // a colon may be part of a name
        Ok(Location::Local(_)) | Err(_) => Ok(RemotePath::new(typed.as_encoded_bytes())),
    }
}

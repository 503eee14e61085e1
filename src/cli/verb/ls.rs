//! `ls`: what is in a directory.

use std::ffi::OsString;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use crate::base::text;
use crate::cli::connect::{Both, Changes, Parts};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::form::TypeWord;
use crate::cli::record::EntryRecord;
use crate::engine::FailureKind;
use crate::ftp::{Entry, Kind};
use crate::site::{ListType, Location, Site, TransferType};

/// Lists a directory, by name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane ls nas:/incoming
  fxpane ls -1 ftp://ftp.example.org/pub
  fxpane ls --json nas: | jq -r 'select(.kind == \"file\") | .name'")]
pub struct Ls {
    /// SITE:PATH, SITE, or a URL
    #[arg(value_name = "LOC", required_unless_present = "host")]
    at: Option<OsString>,
    /// Names only, one a line
    #[arg(short = '1')]
    names: bool,
    /// The connection.
    #[command(flatten)]
    pub connect: Both,
    /// Parts of the location.
    #[command(flatten)]
    parts: Parts,
}

impl Ls {
    /// Lists.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let changes = Changes::from(&self.connect);
        let (at, of_url) = match (&self.at, self.parts.alone()) {
            (Some(text), _) => {
                let at = Location::parse_remote(text, &context.sites)?;
                (self.parts.apply(at.location), at.transfer_type)
            }
            (None, alone) => (alone.ok_or(CliError::NoSources)?, None),
        };
        let at = in_type(at, list_type(self.parts.kind, of_url));
        let at = context.prepare(at, &changes).await?;
        let (directory, file);
        let (mut entries, unreadable): (Vec<&Entry>, _) = match context.list(&at).await {
            Ok(listed) => {
                directory = listed;
                (directory.entries.iter().collect(), directory.unreadable)
            }
            // perhaps a file
            Err(CliError::Failure(failure)) if failure.kind == FailureKind::Refused => {
                match context.stat(&at).await? {
                    Some(entry) if entry.kind != Kind::Dir => {
                        file = entry;
                        (vec![&file], 0)
                    }
                    _ => return Err(failure.into()),
                }
            }
            Err(error) => return Err(error),
        };
        // MLSD comes in the order of the server's disk
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        for entry in entries {
            if context.out.is_json() {
                context.out.object(&EntryRecord::of(entry))?;
            } else if self.names {
                context.out.line(text::visible(&entry.name))?;
            } else {
                context.out.line(line(entry))?;
            }
        }
        if unreadable > 0 {
            let lines = text::counted(unreadable as u64, "line");
            context.out.error(format_args!("{lines} of the listing could not be read"));
        }
        context.save_certs(&at, &changes)?;
        Ok(Exit::Done)
    }
}

/// The representation type in which the listing itself is sent, where one is asked for; for
/// `;type=d` (RFC 1738 section 3.2.2) any will do, since a listing is what this command is for.
fn list_type(option: Option<TypeWord>, of_url: Option<TransferType>) -> Option<ListType> {
    match (option, of_url) {
        (Some(TypeWord::Text), _) | (None, Some(TransferType::Text)) => Some(ListType::Ascii),
        (Some(TypeWord::Binary), _) | (None, Some(TransferType::Binary)) => Some(ListType::Binary),
        (None, Some(TransferType::Directory) | None) => None,
    }
}

/// The same location, listed in this type.
fn in_type(at: Location, list_type: Option<ListType>) -> Location {
    match (at, list_type) {
        (Location::Remote { site, path }, Some(list_type)) => {
            let site = Arc::new(Site { list_type, ..Site::clone(&site) });
            Location::Remote { site, path }
        }
        (at, _) => at,
    }
}

/// Permissions or kind, size, time, name, and where a link leads.
#[must_use]
pub fn line(entry: &Entry) -> String {
    let perms = entry.perms.as_deref().map_or_else(String::new, text::visible_str);
    let kind = match entry.kind {
        Kind::File => '-',
        Kind::Dir => 'd',
        Kind::Link => 'l',
        Kind::Other => '?',
    };
    let about = format!("{kind} {perms}");
    let pad = " ".repeat(12_usize.saturating_sub(about.width()));
    let size = entry.size.map_or_else(|| "-".to_owned(), |size| size.to_string());
    let time = entry.mtime.map_or_else(|| "-".to_owned(), |stamp| stamp.to_string());
    let name = text::visible(&entry.name);
    let target = entry.target.as_deref().map(|target| format!(" -> {}", text::visible(target)));
    let slash = if entry.kind == Kind::Dir && name != "/" { "/" } else { "" };
    format!("{about}{pad} {size:>14}  {time:<19}  {name}{slash}{}", target.unwrap_or_default())
}

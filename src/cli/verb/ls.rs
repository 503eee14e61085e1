//! `ls`: lists a directory.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::base::text;
use crate::cli::connect::{ConnectOptions, ConnectOverrides, UrlOptions};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::form::TypeOption;
use crate::cli::record::EntryRecord;
use crate::engine::FailureKind;
use crate::ftp::{Entry, Kind};
use crate::site::{ListType, Location, Site, TransferType};

/// Widths of the columns.
const PERMS: usize = 10;
const SIZE: usize = 14;
const TIME: usize = "2026-11-21 09:30:05".len();

/// List a directory, sorted by name
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  fxpane ls nas:/incoming
  fxpane ls -1 ftp://ftp.example.org/pub
  fxpane ls --json nas: | jq -r 'select(.kind == \"file\") | .name'")]
pub struct Ls {
    /// Directory or file: SITE:PATH, SITE, or a URL
    #[arg(value_name = "LOC", required_unless_present = "host")]
    at: Option<OsString>,
    /// Print only names, one per line
    #[arg(short = '1')]
    names: bool,
    /// Connection options.
    #[command(flatten)]
    pub connect: ConnectOptions,
    #[command(flatten)]
    url: UrlOptions,
}

impl Ls {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`].
    pub async fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let overrides = ConnectOverrides::from(&self.connect);
        let (at, of_url) = match (&self.at, self.url.location()) {
            (Some(text), _) => {
                let at = Location::parse_remote(text, &context.sites)?;
                (self.url.apply(at.location), at.transfer_type)
            }
            (None, alone) => (alone.ok_or(CliError::NoSources)?, None),
        };
        let at = in_type(at, list_type(self.url.kind, of_url));
        let at = context.prepare(at, &overrides).await?;
        let (directory, file);
        let (mut entries, unreadable): (Vec<&Entry>, _) = match context.list(&at).await {
            Ok(listed) => {
                directory = listed;
                (directory.entries.iter().collect(), directory.unreadable)
            }
            // the location may be a file
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
        // MLSD listings come in the server's disk order
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        // reused, as a large directory has a hundred thousand lines
        let mut line = String::new();
        for entry in entries {
            line.clear();
            if context.out.is_json() {
                context.out.object(&EntryRecord::of(entry))?;
            } else if self.names {
                text::push_visible(&mut line, &entry.name);
                context.out.line(&line)?;
            } else {
                push_line(&mut line, entry);
                context.out.line(&line)?;
            }
        }
        if unreadable > 0 {
            let entries = text::counted(unreadable as u64, "entry");
            context.out.error(format_args!("{entries} could not be read"));
        }
        context.save_certs(&at, &overrides)?;
        Ok(Exit::Done)
    }
}

/// The representation type of the listing itself, by the option or the URL. `;type=d` (RFC 1738
/// section 3.2.2) asks for a listing, which this command prints anyway.
fn list_type(option: Option<TypeOption>, of_url: Option<TransferType>) -> Option<ListType> {
    match (option, of_url) {
        (Some(TypeOption::Text), _) | (None, Some(TransferType::Text)) => Some(ListType::Ascii),
        (Some(TypeOption::Binary), _) | (None, Some(TransferType::Binary)) => {
            Some(ListType::Binary)
        }
        (None, Some(TransferType::Directory) | None) => None,
    }
}

/// The location with its listings in this type.
fn in_type(at: Location, list_type: Option<ListType>) -> Location {
    match (at, list_type) {
        (Location::Remote { site, path }, Some(list_type)) => {
            let site = Arc::new(Site { list_type, ..Site::clone(&site) });
            Location::Remote { site, path }
        }
        (at, _) => at,
    }
}

/// The line of an entry: kind, permissions, size, time, name, link target.
#[must_use]
pub fn line(entry: &Entry) -> String {
    let mut line = String::new();
    push_line(&mut line, entry);
    line
}

/// Appends the line of an entry; see [`line()`].
fn push_line(line: &mut String, entry: &Entry) {
    line.push(match entry.kind {
        Kind::File => '-',
        Kind::Dir => 'd',
        Kind::Link => 'l',
        Kind::Other => '?',
    });
    line.push(' ');
    let begin = line.len();
    text::push_visible(line, entry.perms.as_deref().unwrap_or_default().as_bytes());
    // permissions are ASCII in every format
    pad(line, PERMS.saturating_sub(line.len() - begin));
    line.push(' ');
    match entry.size {
        Some(size) => push_number(line, size),
        None => {
            pad(line, SIZE - 1);
            line.push('-');
        }
    }
    line.push_str("  ");
    let begin = line.len();
    match entry.mtime {
        // writing to a String cannot fail
        Some(stamp) => write!(line, "{stamp}").unwrap_or_default(),
        None => line.push('-'),
    }
    pad(line, TIME.saturating_sub(line.len() - begin));
    line.push_str("  ");
    text::push_visible(line, &entry.name);
    if entry.kind == Kind::Dir && *entry.name != *b"/" {
        line.push('/');
    }
    if let Some(target) = &entry.target {
        line.push_str(" -> ");
        text::push_visible(line, target);
    }
}

/// Appends a right-aligned number; faster than `write!`.
fn push_number(line: &mut String, mut number: u64) {
    let mut digits = [b' '; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10).to_le_bytes()[0];
        number /= 10;
        if number == 0 {
            break;
        }
    }
    let from = at.min(digits.len() - SIZE);
    line.push_str(str::from_utf8(&digits[from..]).unwrap_or_default());
}

fn pad(line: &mut String, blanks: usize) {
    line.extend(std::iter::repeat_n(' ', blanks));
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::base::{Precision, Stamp};

    #[test]
    fn columns_are_aligned() {
        let mut file = Entry::new(*b"a\x1b[1mb", Kind::File);
        file.perms = Some("-rw-r--r--".into());
        file.size = Some(1_234_567);
        let at = date(2026, 11, 21).at(9, 30, 5, 0);
        file.mtime = Some(Stamp::utc(at));
        assert_eq!(line(&file), "- -rw-r--r--        1234567  2026-11-21 09:30:05  a␛[1mb");
        let mut dir = Entry::new(*b"pub", Kind::Dir);
        dir.mtime = Some(Stamp::local(at, Precision::Minute));
        assert_eq!(line(&dir), "d                         -  2026-11-21 09:30     pub/");
        let mut link = Entry::new(*b"l", Kind::Link);
        (link.size, link.target) = (Some(u64::MAX), Some((*b"to\r").into()));
        assert_eq!(line(&link), "l            18446744073709551615  -                    l -> to␍");
        link.size = Some(0);
        link.perms = Some("0644".into());
        assert_eq!(line(&link), "l 0644                    0  -                    l -> to␍");
    }
}

//! `debug`: developer tools.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, UTF_8};
use jiff::Zoned;
use jiff::civil::DateTime;

use crate::base::text;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::record::EntryRecord;
use crate::ftp::listing::{ListingContext, ListingFormat, parse};

/// Developer tools
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curl -s ftp://ftp.example.org/pub/ | fxpane debug listing
  fxpane debug listing --server vms --now 2026-11-21T05:00:00 listing.txt")]
pub struct Debug {
    #[command(subcommand)]
    subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Parse a raw directory listing and print one JSON object per line
    Listing(Listing),
}

#[derive(Debug, clap::Args)]
struct Listing {
    /// Local time of the server, YYYY-MM-DDTHH:MM:SS [default: now]
    #[arg(long, value_name = "T")]
    now: Option<String>,
    /// The server's reply to SYST, or the name of a listing format
    #[arg(long, value_name = "S")]
    server: Option<String>,
    /// Encoding of file names [default: utf-8]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// File with the listing (“-” for standard input)
    #[arg(default_value = "-")]
    file: PathBuf,
}

impl Debug {
    /// Runs the command.
    ///
    /// # Errors
    /// [`CliError`]: an unreadable file, an invalid time, an unknown encoding.
    pub fn run(&self, out: &mut Output) -> Result<Exit, CliError> {
        let Subcommand::Listing(listing) = &self.subcommand;
        listing.run(out)
    }
}

impl Listing {
    fn run(&self, out: &mut Output) -> Result<Exit, CliError> {
        let context = self.context()?;
        let encoding = self.encoding.as_deref().map_or(Ok(UTF_8), encoding)?;
        // as in a session, the listing is parsed as bytes; only names are decoded, for display
        let listing = parse(&read(&self.file)?, &context);
        for entry in &listing.entries {
            out.object(&EntryRecord::encoded(entry, encoding))?;
        }
        out.flush()?;
        if listing.error_count > 0 {
            let lines = text::counted(listing.error_count as u64, "line");
            out.message(format_args!("{lines} could not be parsed"));
            for error in &listing.errors {
                out.message(format_args!("line {}: {}", error.line, error.text));
            }
        }
        Ok(Exit::Done)
    }

    fn context(&self) -> Result<ListingContext, CliError> {
        let now = match &self.now {
            None => Zoned::now().datetime(),
            Some(typed) => typed.parse::<DateTime>().map_err(|_| CliError::Time(typed.clone()))?,
        };
        let mut context = ListingContext::new(now);
        if let Some(server) = &self.server {
            // a format name is the user's choice, a SYST reply only a hint
            context.format = ListingFormat::from_name(server);
            context.hint = ListingFormat::from_syst(server.as_bytes());
        }
        Ok(context)
    }
}

fn encoding(name: &str) -> Result<&'static Encoding, CliError> {
    Encoding::for_label(name.as_bytes()).ok_or_else(|| CliError::Encoding(name.to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::Read { path: path.to_owned(), source };
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(failed)?;
        Ok(bytes)
    } else {
        fs::read(path).map_err(failed)
    }
}

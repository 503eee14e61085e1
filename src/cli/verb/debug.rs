//! `debug`: parts of the program by themselves.

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
use crate::ftp::listing::{Context, Format, parse};

/// Parts of the program by themselves
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curl -s ftp://ftp.example.org/pub/ | fxpane debug listing
  fxpane debug listing --server vms --now 2026-11-21T05:00:00 listing.txt")]
pub struct Debug {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Reads a raw listing and prints one object a line
    Listing(Listing),
}

#[derive(Debug, clap::Args)]
struct Listing {
    /// The server's wall clock, YYYY-MM-DDTHH:MM:SS [default: now]
    #[arg(long, value_name = "T")]
    now: Option<String>,
    /// The server's answer to SYST, or the name of a format
    #[arg(long, value_name = "S")]
    server: Option<String>,
    /// The encoding of names [default: utf-8]
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The listing (“-” for standard input)
    #[arg(default_value = "-")]
    file: PathBuf,
}

impl Debug {
    /// Does it.
    ///
    /// # Errors
    /// [`CliError`]: an unreadable file, a time or an encoding that is none.
    pub fn run(&self, out: &mut Output) -> Result<Exit, CliError> {
        let What::Listing(listing) = &self.what;
        listing.run(out)
    }
}

impl Listing {
    fn run(&self, out: &mut Output) -> Result<Exit, CliError> {
        let context = self.context()?;
        let encoding = self.encoding.as_deref().map_or(Ok(UTF_8), encoding)?;
        // as in a session, the bytes are read as they came; only names are decoded, to be shown
        let listing = parse(&read(&self.file)?, &context);
        for entry in &listing.entries {
            out.object(&EntryRecord::encoded(entry, encoding))?;
        }
        out.flush()?;
        if listing.error_count > 0 {
            let lines = text::counted(listing.error_count as u64, "line");
            out.say(format_args!("{lines} not understood"));
            for error in &listing.errors {
                out.say(format_args!("line {}: {}", error.line, error.text));
            }
        }
        Ok(Exit::Done)
    }

    fn context(&self) -> Result<Context, CliError> {
        let now = match &self.now {
            None => Zoned::now().datetime(),
            Some(typed) => typed.parse::<DateTime>().map_err(|_| CliError::Time(typed.clone()))?,
        };
        let mut context = Context::new(now);
        if let Some(server) = &self.server {
            // a name of a format is the user's word, a SYST text only the server's
            context.format = Format::from_name(server);
            context.hint = Format::from_syst(server.as_bytes());
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

//! Directory listings: parses bytes into entries, and reports the lines that could not be read.
//!
//! [`parse`] reads a complete listing, [`ListingReader`] one that is still arriving. MLSD is a
//! standard (RFC 3659 section 7); LIST is whatever a server prints (RFC 959 section 4.1.3), so
//! without a [`ListingContext::format`] the format that fits most lines is used (quirk 55). Each
//! format has its own file; all of them are [`line::LineParser`]s over byte slices and allocate
//! only what an [`Entry`] keeps.
//!
//! All input is untrusted: a bad line affects only itself, numbers out of range are dropped, and
//! text that is not an entry becomes a [`LineError`], never a name (quirk 44).

mod as400;
mod columns;
mod date;
mod detect;
mod dos;
mod eplf;
mod field;
mod format;
mod line;
mod mlsd;
mod months;
mod mvs;
mod netware;
mod nonstop;
mod os2;
mod reader;
mod small;
mod unix;
mod unix_date;
mod vms;

pub use format::ListingFormat;
pub use reader::ListingReader;

use jiff::civil::DateTime;

use crate::base::text;
use crate::ftp::Entry;
use line::{LineParser, Lines, ParsedLine};

/// What is known about a listing before it is parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingContext {
    /// The format, if the command (MLSD) or a setting determines it.
    pub format: Option<ListingFormat>,
    /// The format that the server's SYST reply suggests (see [`ListingFormat::from_syst`]). It
    /// decides between formats that fit equally well, and enables formats that would match almost
    /// any text.
    pub hint: Option<ListingFormat>,
    /// The server's wall clock time, used to infer omitted years.
    pub now: DateTime,
}

impl ListingContext {
    /// A context in which only the server's wall clock time is known.
    #[must_use]
    pub fn new(now: DateTime) -> Self {
        Self { format: None, hint: None, now }
    }

    /// A context with a known format.
    #[must_use]
    pub fn of(format: ListingFormat, now: DateTime) -> Self {
        Self { format: Some(format), ..Self::new(now) }
    }
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line number, from 1.
    pub line: usize,
    /// The line, truncated and safe to show.
    pub text: String,
}

/// What it means that a name is not in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Completeness {
    /// The name is absent: everything is listed.
    #[default]
    Complete,
    /// Nothing for names that begin with a dot, which the server may hide; else as
    /// [`Completeness::Complete`].
    MayHideDotFiles,
    /// Nothing: this form of listing proves no absence, for this reason.
    Unproven(&'static str),
    /// Nothing: entries are missing, or the server's words give reason to think so.
    Incomplete(String),
}

impl Completeness {
    /// True when this name, which is not listed, is absent.
    #[must_use]
    pub fn proves_absent(&self, name: &[u8]) -> bool {
        match self {
            Self::Complete => true,
            Self::MayHideDotFiles => !name.starts_with(b"."),
            Self::Unproven(_) | Self::Incomplete(_) => false,
        }
    }

    /// Why not every name that is not listed is absent; hidden files are no reason.
    #[must_use]
    pub fn doubt(&self) -> Option<&str> {
        match self {
            Self::Unproven(why) => Some(why),
            _ => self.fault(),
        }
    }

    /// Why entries are or may be missing, when that is a failure.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        match self {
            Self::Incomplete(why) => Some(why),
            _ => None,
        }
    }

    /// Lines that were not understood hide entries.
    #[must_use]
    pub fn of_unreadable(lines: usize) -> Self {
        if lines == 0 {
            return Self::Complete;
        }
        let lines = text::counted(lines as u64, "line");
        Self::Incomplete(format!(
            "{lines} of its listing could not be read, so files may be missing"
        ))
    }
}

/// A parsed listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The entries in the server's order, without `.` and `..`.
    ///
    /// Names are as the server sent them. A name with CR or NUL is kept so that it can be
    /// displayed, but `base::path::is_usable_name` rejects it.
    pub entries: Vec<Entry>,
    /// The first lines that could not be read, at most [`MAX_ERRORS`].
    pub errors: Vec<LineError>,
    /// The total number of lines that could not be read.
    pub error_count: usize,
    /// The format of the listing; `None` if no line was recognized.
    pub format: Option<ListingFormat>,
    /// True if the directory itself (`.`) was listed.
    pub lists_current_dir: bool,
    /// Whether everything is listed. The text alone does not tell; whoever received it judges it.
    pub completeness: Completeness,
}

/// The maximum number of [`LineError`]s that are kept.
pub const MAX_ERRORS: usize = 20;

/// The longest line that is read, in bytes (quirk 86).
pub const MAX_LINE: usize = 64 * 1024;

/// The maximum length of the text of a [`LineError`], in bytes.
const MAX_QUOTE: usize = 200;

/// A lower bound for the length of a line with an entry, to estimate the number of entries.
const SHORT_LINE: usize = 32;

/// Parses a listing.
///
/// Never fails: lines that cannot be read are counted in [`Listing::error_count`]. Time and memory
/// grow linearly with the input.
#[must_use]
pub fn parse(bytes: &[u8], context: &ListingContext) -> Listing {
    let bytes = strip_bom(bytes);
    let format = context.format.or_else(|| detect::detect(bytes, context));
    match format {
        Some(format) => read(format, bytes, context),
        None => unrecognized(bytes),
    }
}

/// The listing without the byte order mark of UTF-8.
fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Parses a listing in the given format.
fn read(format: ListingFormat, bytes: &[u8], context: &ListingContext) -> Listing {
    let mut listing = Listing { format: Some(format), ..Listing::default() };
    let ends = memchr::memchr_iter(b'\n', bytes).count();
    listing.entries.reserve_exact(ends.saturating_add(1).min(bytes.len() / SHORT_LINE + 1));
    let mut parser = format.parser(bytes, context);
    read_lines(parser.as_mut(), &mut Lines::new(bytes), &mut listing);
    parser.finish(&mut listing.entries);
    listing
}

/// Parses lines and adds the results to the listing.
fn read_lines(parser: &mut dyn LineParser, lines: &mut Lines<'_>, listing: &mut Listing) {
    while let Some((number, line)) = lines.next() {
        match read_line(parser, line, *lines) {
            ParsedLine::Entry(entry) => listing.entries.push(entry),
            ParsedLine::Pair(entry) => {
                listing.entries.push(entry);
                lines.next();
            }
            ParsedLine::CurrentDir => listing.lists_current_dir = true,
            ParsedLine::Skip => {}
            ParsedLine::Unknown => listing.push_error(number, line),
        }
    }
}

/// Parses one line and applies the rules that are common to all formats.
fn read_line(parser: &mut dyn LineParser, line: &[u8], rest: Lines<'_>) -> ParsedLine {
    if line.len() > MAX_LINE {
        return ParsedLine::Unknown;
    }
    let parsed = parser.line(line, rest);
    let (ParsedLine::Entry(entry) | ParsedLine::Pair(entry)) = &parsed else { return parsed };
    match &*entry.name {
        b"." => ParsedLine::CurrentDir,
        b".." => ParsedLine::Skip,
        b"" => ParsedLine::Unknown,
        // a name with `/` could point outside of the directory
        name if !parser.allows_slash() && name.contains(&b'/') => ParsedLine::Unknown,
        _ => parsed,
    }
}

/// A listing in which no format recognized a line.
fn unrecognized(bytes: &[u8]) -> Listing {
    let mut listing = Listing::default();
    for (number, line) in Lines::new(bytes) {
        if !line::is_total(line) {
            listing.push_error(number, line);
        }
    }
    listing
}

impl Listing {
    fn push_error(&mut self, line: usize, bytes: &[u8]) {
        self.error_count += 1;
        if self.errors.len() < MAX_ERRORS {
            let quote = &bytes[..bytes.len().min(MAX_QUOTE)];
            let mut text = text::visible(quote);
            if quote.len() < bytes.len() {
                text.push('…');
            }
            self.errors.push(LineError { line, text });
        }
    }
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;

#[cfg(test)]
mod hostile_tests;

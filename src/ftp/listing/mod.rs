//! Directory listings: bytes in, entries out, with the lines that were not understood.
//!
//! [`parse`] is the whole of it, and [`Arriving`] the same while the bytes come. MLSD is a standard
//! (RFC 3659 section 7); LIST is whatever a server prints (RFC 959 section 4.1.3), so without a
//! [`Context::format`] the format is found by majority over the listing (reference quirk 55). One
//! file holds one format; all of them are [`line::LineParser`]s over byte slices and allocate only
//! what an [`Entry`] keeps.
//!
//! Everything is hostile: a line never ends more than itself, numbers that do not fit are dropped,
//! and text that is no entry becomes a [`LineError`], never a name (quirk 44).

mod arriving;
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
mod small;
mod unix;
mod unix_date;
mod vms;

pub use arriving::Arriving;
pub use format::Format;

use jiff::civil::DateTime;

use crate::base::text;
use crate::ftp::Entry;
use line::{Line, LineParser, Lines};

/// What is known about the server before its listing is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The format, when the command (MLSD) or the user's setting decides it.
    pub format: Option<Format>,
    /// The format that the server's SYST reply suggests (see [`Format::from_syst`]). It decides
    /// between formats that fit equally well, and only it allows formats that fit nearly
    /// everything.
    pub hint: Option<Format>,
    /// The server's wall clock: years that a line leaves out are reckoned from it.
    pub now: DateTime,
}

impl Context {
    /// Nothing is known but the server's wall clock.
    #[must_use]
    pub fn new(now: DateTime) -> Self {
        Self { format: None, hint: None, now }
    }

    /// Everything is known: the listing has this format.
    #[must_use]
    pub fn of(format: Format, now: DateTime) -> Self {
        Self { format: Some(format), ..Self::new(now) }
    }
}

/// A line that was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    /// The line, shortened and safe to show.
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

/// A listing that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listing {
    /// The entries in the server's order, without `.` and `..`.
    ///
    /// Names are as the server sent them; a name with CR or NUL is kept so that it can be shown,
    /// but `base::path::is_usable_name` refuses it.
    pub entries: Vec<Entry>,
    /// The first lines that were not understood, at most [`MAX_ERRORS`].
    pub errors: Vec<LineError>,
    /// How many lines were not understood in all.
    pub error_count: usize,
    /// The format that it was read as; `None` when no line told.
    pub format: Option<Format>,
    /// True when the directory itself (`.`) was among the lines.
    pub lists_current_dir: bool,
    /// Whether everything is listed. The text alone does not tell; whoever received it judges it.
    pub completeness: Completeness,
}

/// How many [`LineError`]s are kept.
pub const MAX_ERRORS: usize = 20;

/// The longest line that is read, in bytes; longer ones are not understood (quirk 86).
pub const MAX_LINE: usize = 64 * 1024;

/// How much of a line a [`LineError`] quotes, in bytes.
const MAX_QUOTE: usize = 200;

/// A lower bound of bytes in a line with an entry, for the first guess of how many there are.
const SHORT_LINE: usize = 32;

/// Reads a listing.
///
/// Never fails: what is not understood is counted in [`Listing::error_count`]. Time and memory
/// grow linearly with the bytes.
#[must_use]
pub fn parse(bytes: &[u8], context: &Context) -> Listing {
    let bytes = without_mark(bytes);
    let format = context.format.or_else(|| detect::detect(bytes, context));
    match format {
        Some(format) => read(format, bytes, context),
        None => not_understood(bytes),
    }
}

/// The listing without the mark of UTF-8 at its beginning, which is no part of the first line.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Reads a listing as one format.
fn read(format: Format, bytes: &[u8], context: &Context) -> Listing {
    let mut listing = Listing { format: Some(format), ..Listing::default() };
    let ends = memchr::memchr_iter(b'\n', bytes).count();
    listing.entries.reserve_exact(ends.saturating_add(1).min(bytes.len() / SHORT_LINE + 1));
    let mut parser = format.parser(bytes, context);
    read_lines(parser.as_mut(), &mut Lines::new(bytes), &mut listing);
    parser.finish(&mut listing.entries);
    listing
}

/// Reads all of these lines.
fn read_lines(parser: &mut dyn LineParser, lines: &mut Lines<'_>, listing: &mut Listing) {
    while let Some((number, line)) = lines.next() {
        match read_line(parser, line, *lines) {
            Line::Entry(entry) => listing.entries.push(entry),
            Line::Pair(entry) => {
                listing.entries.push(entry);
                lines.next();
            }
            Line::Itself => listing.lists_current_dir = true,
            Line::Skip => {}
            Line::Unknown => listing.push_error(number, line),
        }
    }
}

/// One line through its parser, with the rules that hold for every format.
fn read_line(parser: &mut dyn LineParser, line: &[u8], rest: Lines<'_>) -> Line {
    if line.len() > MAX_LINE {
        return Line::Unknown;
    }
    let parsed = parser.line(line, rest);
    let (Line::Entry(entry) | Line::Pair(entry)) = &parsed else { return parsed };
    match &*entry.name {
        b"." => Line::Itself,
        b".." => Line::Skip,
        b"" => Line::Unknown,
        // such a name leads out of the directory; no peer of ours may follow it
        name if !parser.allows_slash() && name.contains(&b'/') => Line::Unknown,
        _ => parsed,
    }
}

/// A listing in which no format understood a line.
fn not_understood(bytes: &[u8]) -> Listing {
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

//! Detection of the format of a listing: the one that can read most of its lines (quirk 55).

use std::cmp::Reverse;

use super::{
    ListingContext, ListingFormat,
    line::{Lines, is_total},
    read,
};

/// How many lines are tried at a time. If no format matches, the following lines are tried.
pub(super) const SAMPLE: usize = 400;

/// How much of a listing is searched for the format, in bytes. The limit prevents a hostile server
/// from consuming CPU time, and is larger than any welcome text.
const MAX_SEARCHED: usize = 4 * 1024 * 1024;

/// The format of a listing; `None` if no format can read any of its lines.
///
/// If several formats can read the same number of lines, the hinted format wins, then the stricter
/// one.
pub(super) fn detect(bytes: &[u8], context: &ListingContext) -> Option<ListingFormat> {
    let mut rest = &bytes[..bytes.len().min(MAX_SEARCHED)];
    while !rest.is_empty() {
        let (sample, after) = split_lines(rest);
        rest = after;
        if let Some(format) = of_sample(sample, context) {
            return Some(format);
        }
    }
    of_empty_directory(bytes, context)
}

/// The first sample of lines.
pub(super) fn first_lines(bytes: &[u8]) -> &[u8] {
    split_lines(&bytes[..bytes.len().min(MAX_SEARCHED)]).0
}

/// The format of a sample of lines.
pub(super) fn of_sample(sample: &[u8], context: &ListingContext) -> Option<ListingFormat> {
    Lines::new(sample).next()?;
    let tried = ListingFormat::ALL.into_iter().zip(0..).map(|(format, rank)| {
        let listing = read(format, sample, context);
        let hinted = context.hint == Some(format);
        ((listing.entries.len(), Reverse(listing.error_count), hinted, Reverse(rank)), format)
    });
    let ((entries, ..), format) = tried.max_by_key(|(fit, _)| *fit)?;
    (entries > 0).then_some(format)
}

/// The format of an empty directory whose listing contains only `.` and `..`, which are not
/// entries.
fn of_empty_directory(bytes: &[u8], context: &ListingContext) -> Option<ListingFormat> {
    let names_dots = |line: &[u8]| {
        let last = line.trim_ascii_end().rsplit(u8::is_ascii_whitespace).next();
        matches!(last, Some(b"." | b".."))
    };
    Lines::new(bytes).next()?;
    if !Lines::new(bytes).all(|(_, line)| is_total(line) || names_dots(line)) {
        return None;
    }
    let read_whole = |format: &ListingFormat| read(*format, bytes, context).error_count == 0;
    context.hint.filter(read_whole).or_else(|| ListingFormat::ALL.into_iter().find(read_whole))
}

/// Splits off the first [`SAMPLE`] lines.
fn split_lines(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    bytes.split_at(ends.nth(SAMPLE - 1).unwrap_or(bytes.len()))
}

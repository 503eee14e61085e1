//! Which format a listing has: the one that understands most of its lines (reference quirk 55).

use std::cmp::Reverse;

use super::{
    Context, Format,
    line::{Lines, is_total},
    read,
};

/// How many lines are tried at a time. A listing that begins with that many lines of welcome text
/// is looked at further on.
pub(super) const SAMPLE: usize = 400;

/// How far into a listing the format is looked for, in bytes: nobody is welcomed at such length,
/// and trying all formats on everything would let a hostile server keep us busy.
const MAX_SEARCHED: usize = 4 * 1024 * 1024;

/// The format of a listing; `None` when none understands any of its lines.
///
/// Of formats that understand the same lines the hint wins, then the stricter format.
pub(super) fn detect(bytes: &[u8], context: &Context) -> Option<Format> {
    let mut rest = &bytes[..bytes.len().min(MAX_SEARCHED)];
    while !rest.is_empty() {
        let (sample, after) = split_lines(rest);
        rest = after;
        if let Some(format) = of_sample(sample, context) {
            return Some(format);
        }
    }
    of_nothing(bytes, context)
}

/// The lines that are tried first.
pub(super) fn first_lines(bytes: &[u8]) -> &[u8] {
    split_lines(&bytes[..bytes.len().min(MAX_SEARCHED)]).0
}

/// The format of these lines.
pub(super) fn of_sample(sample: &[u8], context: &Context) -> Option<Format> {
    Lines::new(sample).next()?;
    let tried = Format::ALL.into_iter().zip(0..).map(|(format, place)| {
        let listing = read(format, sample, context);
        let hinted = context.hint == Some(format);
        ((listing.entries.len(), Reverse(listing.error_count), hinted, Reverse(place)), format)
    });
    let ((entries, ..), format) = tried.max_by_key(|(fit, _)| *fit)?;
    (entries > 0).then_some(format)
}

/// The format of an empty directory that lists itself and the one above: neither is an entry, and
/// yet both are understood.
fn of_nothing(bytes: &[u8], context: &Context) -> Option<Format> {
    let names_dots = |line: &[u8]| {
        let last = line.trim_ascii_end().rsplit(u8::is_ascii_whitespace).next();
        matches!(last, Some(b"." | b".."))
    };
    Lines::new(bytes).next()?;
    if !Lines::new(bytes).all(|(_, line)| is_total(line) || names_dots(line)) {
        return None;
    }
    let read_whole = |format: &Format| read(*format, bytes, context).error_count == 0;
    context.hint.filter(read_whole).or_else(|| Format::ALL.into_iter().find(read_whole))
}

/// The first lines of the text, and the rest.
fn split_lines(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut ends = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    bytes.split_at(ends.nth(SAMPLE - 1).unwrap_or(bytes.len()))
}

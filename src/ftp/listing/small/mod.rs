//! Simple formats of rare servers (quirk 55).

mod nortel;
mod numeric_unix;
mod os9;
mod vshell;
mod vxworks;
mod windows3;
mod zvm;

use super::{
    field::{self, words},
    line::{LineParser, Lines, ParsedLine},
};
use crate::ftp::Entry;

pub(super) use {
    nortel::nortel, numeric_unix::numeric_unix, os9::os9, vshell::vshell, vxworks::vxworks,
    windows3::windows3, zvm::zvm,
};

/// A parser that treats each line independently.
pub(super) struct Simple(pub(super) fn(&[u8]) -> Option<Entry>);

impl LineParser for Simple {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        match (self.0)(line) {
            Some(entry) => ParsedLine::Entry(entry),
            None if is_heading(line) => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }
}

/// True for the heading `size date time name` and the ruler under it.
fn is_heading(line: &[u8]) -> bool {
    let is_ruler = |word: &[u8]| word.iter().all(|&b| b == b'-');
    let is_column = |word: &[u8]| matches!(word, b"size" | b"date" | b"time" | b"name");
    let all = |is: &dyn Fn(&[u8]) -> bool| {
        let mut words = words(line).map(|(from, to)| &line[from..to]).peekable();
        words.peek().is_some() && words.all(is)
    };
    all(&is_ruler) || all(&is_column)
}

/// The first `N` words of a line, and the rest without leading blanks.
fn columns<const N: usize>(line: &[u8]) -> Option<([&[u8]; N], &[u8])> {
    let mut found = [&line[..0]; N];
    let mut end = 0;
    let mut words = words(line);
    for word in &mut found {
        let (from, to) = words.next()?;
        (*word, end) = (&line[from..to], to);
    }
    let rest = &line[end..];
    Some((found, &rest[field::leading_blanks(rest)..]))
}

#[cfg(test)]
mod tests;

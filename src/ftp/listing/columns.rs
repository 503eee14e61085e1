//! The columns common to Unix and Netware: size, date, name.

use super::{
    date::YearResolver,
    field::{self, is_blank, words},
    unix_date::{self, Dated, Padding},
};
use crate::{
    base::{Precision, Stamp},
    ftp::Entry,
};

/// The columns of a line.
pub(super) struct Columns {
    /// Start and end of the word before the date, which is or ends with a size.
    pub(super) size: (usize, usize),
    /// The date.
    pub(super) stamp: Stamp,
    padding: Padding,
    /// Where the name begins: after the blank that ends the date.
    pub(super) name: usize,
}

/// Which date formats are accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Unambiguous formats.
    Unambiguous,
    /// Three plain numbers.
    Numeric,
}

impl Columns {
    /// Finds the columns after `from`. The first date after a size counts, because the name may
    /// contain others; without a size the line is not an entry.
    pub(super) fn find(line: &[u8], from: usize, years: &YearResolver) -> Option<Self> {
        Self::find_in(line, from, years, Pass::Unambiguous)
            .or_else(|| Self::find_in(line, from, years, Pass::Numeric))
    }

    fn find_in(line: &[u8], start: usize, years: &YearResolver, pass: Pass) -> Option<Self> {
        let mut before: Option<(usize, usize)> = None;
        for (from, to) in words(line.get(start..)?).map(|(from, to)| (from + start, to + start)) {
            let size = before.replace((from, to));
            let Some(size) = size.filter(|&(from, to)| may_be_size(&line[from..to])) else {
                continue;
            };
            let dated = match pass {
                Pass::Unambiguous => unix_date::parse(line, from, years),
                Pass::Numeric => unix_date::parse_numeric(line, from, years),
            };
            let Some(Dated { stamp, end, padding }) = dated else { continue };
            if !line.get(end).copied().is_some_and(is_blank) || end + 1 >= line.len() {
                continue;
            }
            let mut name = end + 1;
            if padding == Padding::Column {
                name += field::leading_blanks(&line[name..]);
            }
            return Some(Self { size, stamp, padding, name });
        }
        None
    }
}

/// True for a word that may be a size of any magnitude, or end with one; or a device number, which
/// BSD writes in hexadecimal if it is large.
fn may_be_size(word: &[u8]) -> bool {
    if let Some(device) = word.strip_prefix(b"0x") {
        return !device.is_empty() && device.iter().all(u8::is_ascii_hexdigit);
    }
    let Some(letter) = word.iter().rposition(|b| !b.is_ascii_digit()) else { return true };
    match word[letter] {
        _ if letter + 1 == word.len() => rounded_size(word).is_some(),
        b'.' => field::grouped_number(word).is_some(),
        b',' => word.iter().all(|b| b.is_ascii_digit() || *b == b','),
        b'-' if letter == 0 => true,
        letter => letter.is_ascii_alphabetic() && word[0].is_ascii_alphabetic(),
    }
}

/// The exact size in bytes; `None` for rounded sizes. A group name that is attached to the size is
/// cut off (quirk 46).
pub(super) fn size(word: &[u8]) -> Option<u64> {
    if let Some(size) = field::grouped_number(word) {
        return Some(size);
    }
    let letters = word.iter().rposition(|b| !b.is_ascii_digit())?;
    let attached = word[letters].is_ascii_alphabetic() && word[0].is_ascii_alphabetic();
    field::number(&word[letters + 1..]).filter(|_| attached)
}

/// An upper bound of a size like `33.5k`, which `ls -h` rounds up; in bytes.
pub(super) fn rounded_size(word: &[u8]) -> Option<u64> {
    let (number, unit) = word.split_at(word.len().checked_sub(1)?);
    let power = b"KMGTP".iter().position(|&it| it == unit[0].to_ascii_uppercase())?;
    let mut parts = number.split(|b| matches!(b, b'.' | b','));
    let (whole, tenths) = (field::number(parts.next()?)?, parts.next());
    let tenths = match tenths {
        None => 0,
        Some([digit]) if digit.is_ascii_digit() => u64::from(digit - b'0'),
        Some(_) => return None,
    };
    let unit = 1024u64.pow(u32::try_from(power).ok()? + 1);
    parts.next().is_none().then_some(())?;
    whole.checked_mul(10)?.checked_add(tenths)?.checked_mul(unit).map(|size| size / 10)
}

/// Counts the blanks between date and name beyond the separator (quirk 48).
///
/// They belong to the name, unless every line of the listing has them, or, on systems that pad
/// after the year, every line with a year.
pub(super) struct Indent {
    all: MinBlanks,
    with_year: MinBlanks,
    years_padded: bool,
}

/// The minimum number of blanks over several lines.
pub(super) struct MinBlanks {
    blanks: usize,
    lines: usize,
}

impl Default for Indent {
    fn default() -> Self {
        Self { all: MinBlanks::default(), with_year: MinBlanks::default(), years_padded: true }
    }
}

impl Default for MinBlanks {
    fn default() -> Self {
        Self { blanks: usize::MAX, lines: 0 }
    }
}

impl MinBlanks {
    /// Records a line.
    pub(super) fn record(&mut self, blanks: usize) {
        self.blanks = self.blanks.min(blanks);
        self.lines += 1;
    }

    /// The number of blanks that all lines have in common; 0 for a single line, whose blanks may
    /// belong to the name.
    pub(super) fn common(&self) -> usize {
        if self.lines >= 2 { self.blanks } else { 0 }
    }
}

impl Indent {
    /// Records a line.
    pub(super) fn record(&mut self, line: &[u8], columns: &Columns) {
        let blanks = field::leading_blanks(&line[columns.name..]);
        self.all.record(blanks);
        if columns.stamp.precision == Precision::Day {
            self.with_year.record(blanks);
            self.years_padded &= columns.padding == Padding::Year;
        }
    }

    /// Removes the padding from the names.
    pub(super) fn strip(&self, entries: &mut Vec<Entry>) {
        let all = self.all.common();
        let with_year = if self.years_padded { self.with_year.common().min(1) } else { 0 };
        if all == 0 && with_year == 0 {
            return;
        }
        for entry in entries.iter_mut() {
            let has_year = entry.mtime.is_some_and(|stamp| stamp.precision == Precision::Day);
            let blanks = if has_year { all.max(with_year) } else { all };
            entry.name = entry.name[blanks.min(entry.name.len())..].into();
        }
        entries.retain(|entry| !matches!(&*entry.name, b"" | b"." | b".."));
    }
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;

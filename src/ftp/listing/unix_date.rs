//! Dates in Unix listings: `Jan  1 12:00`, `1 Jan 2020`, `2020-01-01 12:00` and variants.

use super::{
    date::{self, Time, YearResolver},
    field::{self, is_blank, word_at},
    months,
};
use crate::base::{Precision, Stamp};

/// A date in a line.
pub(super) struct Dated {
    pub(super) stamp: Stamp,
    /// Where the date ends.
    pub(super) end: usize,
    /// The padding that may follow the date.
    pub(super) padding: Padding,
}

/// Padding after a date, beyond the blank that ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// No padding.
    None,
    /// Possibly one blank: the date has a year with a single blank before it, after a two-column
    /// day. Some systems pad after the year instead of before it.
    Year,
    /// Any number of blanks: a numeric date without a clock time, in a column that is wide enough
    /// for one.
    Column,
}

/// Parses a date that begins exactly at `at`, in an unambiguous format.
pub(super) fn parse(line: &[u8], at: usize, years: &YearResolver) -> Option<Dated> {
    if line.get(at)?.is_ascii_digit() {
        // link counts, owners and sizes are plain numbers; a number of this length does not begin a
        // date
        let digits = line[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if (digits == 3 || digits > 4) && line.get(at + digits).is_none_or(|&b| is_blank(b)) {
            return None;
        }
        numeric(line, at, years)
            .or_else(|| with_suffixes(line, at, years))
            .or_else(|| named(line, at, years))
    } else {
        // "Mon Jan  6 10:11:12 2020", as printed by `ls -e`
        let (from, to) = word_at(line, at)?;
        let at = if is_weekday(&line[from..to]) { to + 1 } else { at };
        named(line, at, years)
    }
}

fn is_weekday(word: &[u8]) -> bool {
    [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"]
        .iter()
        .any(|day| word.eq_ignore_ascii_case(*day))
}

/// Parses `3 29 12:00`. Any three numbers look like this, so use it only for lines without another
/// date.
pub(super) fn parse_numeric(line: &[u8], at: usize, years: &YearResolver) -> Option<Dated> {
    let (from, to) = word_at(line, at)?;
    let (next_from, next_to) = word_at(line, to)?;
    let (month, day) = (field::small(&line[from..to])?, field::small(&line[next_from..next_to])?);
    time_or_year(line, next_to, (month, day), years)
}

/// Month and day in either order, then a clock time or a year.
fn named(line: &[u8], at: usize, years: &YearResolver) -> Option<Dated> {
    let (from, to) = word_at(line, at)?;
    let (next_from, next_to) = word_at(line, to)?;
    let (word, next) = (&line[from..to], &line[next_from..next_to]);
    // the day is checked first: that rules out most words without searching all languages
    let (month, day) = match (day(word), day(next)) {
        (_, Some(day)) if !word[0].is_ascii_digit() => (months::any(word)?, day),
        (Some(day), _) => (months::any(next)?, day),
        _ => return None,
    };
    // VShell: "Apr 04, 2000 21:06"
    if next.ends_with(b",")
        && let Some((from, to)) = word_at(line, next_to)
        && let Some(year) = field::year(&line[from..to])
        && let Some((time, end)) = time_after(line, to)
    {
        let stamp = date::local(year, month, day, &time)?;
        return Some(Dated { stamp, end, padding: Padding::None });
    }
    let mut dated = time_or_year(line, next_to, (month, day), years)?;
    if dated.padding == Padding::Year && next_to != at + "Jan 01".len() {
        dated.padding = Padding::None;
    }
    Some(dated)
}

/// The part after month and day: a year, a clock time, or a time with seconds and the year.
fn time_or_year(
    line: &[u8],
    at: usize,
    (month, day): (i8, i8),
    years: &YearResolver,
) -> Option<Dated> {
    let (from, to) = word_at(line, at)?;
    let word = &line[from..to];
    if let Some(year) = field::year(word) {
        let stamp = date::local(year, month, day, &Time::MIDNIGHT)?;
        let padding = if from == at + 1 { Padding::Year } else { Padding::None };
        return Some(Dated { stamp, end: to, padding });
    }
    let time = Time::parse(word)?;
    // a full BSD date; after a time without seconds the number belongs to the name
    if time.precision == Precision::Second
        && let Some((from, end)) = word_at(line, to)
        && let Some(year) = field::year(&line[from..end])
    {
        let stamp = date::local(year, month, day, &time)?;
        return Some(Dated { stamp, end, padding: Padding::None });
    }
    let stamp = Stamp::local(years.recent(month, day, &time)?, time.precision);
    Some(Dated { stamp, end: to, padding: Padding::None })
}

/// Parses a day of the month; some languages add a period, some servers a comma.
fn day(word: &[u8]) -> Option<i8> {
    match word {
        [digits @ .., b'.' | b','] => field::small(digits),
        digits => field::small(digits),
    }
}

/// The next word as a clock time, and where it ends.
fn time_after(line: &[u8], at: usize) -> Option<(Time, usize)> {
    let (from, to) = word_at(line, at)?;
    Some((Time::parse(&line[from..to])?, to))
}

/// Dates in one word: `2020-01-31`, `31.01.2020`, `01/31/2020`, `31-jan-20`, `01-31 12:00`.
fn numeric(line: &[u8], at: usize, years: &YearResolver) -> Option<Dated> {
    let (from, to) = word_at(line, at)?;
    let word = &line[from..to];
    let separator = *word.iter().find(|b| matches!(b, b'-' | b'/' | b'.'))?;
    let mut parts = word.split(|&b| b == separator);
    let parts = (parts.next()?, parts.next()?, parts.next(), parts.next());
    let (a, b, c) = match parts {
        (month, day, None, None) if separator == b'-' => {
            let date = (field::small(month)?, field::small(day)?);
            return time_or_year(line, to, date, years)
                .map(|dated| Dated { padding: Padding::None, ..dated });
        }
        (a, b, Some(c), None) => (a, b, c),
        _ => return None,
    };
    let (year, month, day) = if let Some(year) = field::year(a) {
        (year, field::small(b)?, field::small(c)?)
    } else if b.first()?.is_ascii_digit() {
        let (year, a, b) = (field::year(c)?, field::small(a)?, field::small(b)?);
        let day_first = separator == b'.' || a > 12;
        if day_first { (year, b, a) } else { (year, a, b) }
    } else {
        (date::year(c)?, months::any(b)?, field::small(a)?)
    };
    let Some((time, end)) = time_after(line, to) else {
        let stamp = date::local(year, month, day, &Time::MIDNIGHT)?;
        return Some(Dated { stamp, end: to, padding: Padding::Column });
    };
    let stamp = date::local(year, month, day, &time)?;
    // --full-time adds the time zone
    let zone = word_at(line, end).filter(|&(from, to)| is_zone(&line[from..to]));
    let end = zone.map_or(end, |(_, end)| end);
    Some(Dated { stamp, end, padding: Padding::None })
}

fn is_zone(word: &[u8]) -> bool {
    matches!(word, [b'+' | b'-', digits @ ..] if digits.len() == 4 && field::number(digits).is_some())
}

/// East Asian dates: numbers followed by a character (月, 日, 년 …) in any encoding, with the year
/// first, last or omitted.
fn with_suffixes(line: &[u8], at: usize, years: &YearResolver) -> Option<Dated> {
    let first = Number::read(line, at)?;
    let second = Number::read(line, first.end)?;
    if !first.marked && !second.marked {
        return None;
    }
    let single = |number: &Number| i8::try_from(number.value).ok();
    if first.is_year() {
        let third = Number::read(line, second.end)?;
        let (year, month, day) = (first.value, single(&second)?, single(&third)?);
        let (time, end) = time_after(line, third.end).unwrap_or((Time::MIDNIGHT, third.end));
        let stamp = date::local(year, month, day, &time)?;
        return Some(Dated { stamp, end, padding: Padding::None });
    }
    let (month, day) = (single(&first)?, single(&second)?);
    if let Some(third) = Number::read(line, second.end).filter(Number::is_year) {
        let stamp = date::local(third.value, month, day, &Time::MIDNIGHT)?;
        return Some(Dated { stamp, end: third.end, padding: Padding::None });
    }
    let (time, end) = time_after(line, second.end)?;
    let stamp = Stamp::local(years.recent(month, day, &time)?, time.precision);
    Some(Dated { stamp, end, padding: Padding::None })
}

/// A number, possibly followed by a non-ASCII character.
struct Number {
    value: i16,
    digits: usize,
    marked: bool,
    end: usize,
}

impl Number {
    /// The maximum length of the character: three bytes in UTF-8.
    const MARK: usize = 3;

    fn read(line: &[u8], at: usize) -> Option<Self> {
        let start = at + line.get(at..)?.iter().position(|&b| !is_blank(b))?;
        let digits = line[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        let value = field::number(&line[start..start + digits])?;
        let value = i16::try_from(value).ok()?;
        let rest = &line[start + digits..];
        let mark = match rest.first() {
            // the second byte of Shift_JIS may be an ASCII letter, but never a digit
            Some(0x80..) => {
                rest.iter().take_while(|&&b| !is_blank(b) && !b.is_ascii_digit()).count()
            }
            Some(&b) if is_blank(b) => 0,
            None => 0,
            Some(_) => return None,
        };
        let fits = mark <= Self::MARK && matches!(digits, 1 | 2 | 4);
        fits.then_some(Self { value, digits, marked: mark > 0, end: start + digits + mark })
    }

    fn is_year(&self) -> bool {
        self.digits == 4 && self.value >= 1900
    }
}

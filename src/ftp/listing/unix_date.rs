//! Dates of Unix listings: `Jan  1 12:00`, `1 Jan 2020`, `2020-01-01 12:00` and relatives.

use super::{
    date::{self, Clock, Time},
    field::{self, word_at},
    months,
};
use crate::base::Stamp;

/// A date that was found in a line.
pub(super) struct Dated {
    pub(super) stamp: Stamp,
    /// Where the date ends in the line.
    pub(super) end: usize,
    /// A year with a single blank before it, after a day of two columns: such systems pad after
    /// the year instead.
    pub(super) padded_year: bool,
}

/// Reads the date that begins exactly at `at`.
pub(super) fn read(line: &[u8], at: usize, clock: &Clock) -> Option<Dated> {
    let first = *line.get(at)?;
    if first.is_ascii_digit() {
        iso(line, at, clock).or_else(|| named(line, at, clock))
    } else {
        named(line, at, clock)
    }
}

/// Month and day in either order, then a clock time or a year.
fn named(line: &[u8], at: usize, clock: &Clock) -> Option<Dated> {
    let (from, to) = word_at(line, at)?;
    let (next_from, next_to) = word_at(line, to)?;
    let (word, next) = (&line[from..to], &line[next_from..next_to]);
    let (month, day) = match months::any(word) {
        Some(month) => (month, day(next)?),
        None => (months::any(next)?, day(word)?),
    };
    let (from, to) = word_at(line, next_to)?;
    let word = &line[from..to];
    if let Some(year) = field::year(word) {
        let stamp = date::local(year, month, day, &Time::MIDNIGHT)?;
        let padded_year = from == next_to + 1 && next_to == at + "Jan 01".len();
        return Some(Dated { stamp, end: to, padded_year });
    }
    let time = Time::parse(word)?;
    // BSD's full date: clock with seconds, then the year
    if time.precision == crate::base::Precision::Second
        && let Some((from, end)) = word_at(line, to)
        && let Some(year) = field::year(&line[from..end])
    {
        let stamp = date::local(year, month, day, &time)?;
        return Some(Dated { stamp, end, padded_year: false });
    }
    let stamp = Stamp::local(clock.recent(month, day, &time)?, time.precision);
    Some(Dated { stamp, end: to, padded_year: false })
}

/// A day of the month; some languages write a point after it.
fn day(word: &[u8]) -> Option<i8> {
    field::small(word.strip_suffix(b".").unwrap_or(word))
}

/// `YYYY-MM-DD` with or without a clock time (and its zone), and `MM-DD HH:MM`.
fn iso(line: &[u8], at: usize, clock: &Clock) -> Option<Dated> {
    let (from, to) = word_at(line, at)?;
    let mut parts = line[from..to].split(|b| matches!(b, b'-' | b'/'));
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let clock_word = word_at(line, to);
    let time = clock_word.and_then(|(from, end)| Some((Time::parse(&line[from..end])?, end)));
    let Some(third) = third else {
        let (time, end) = time?;
        let at = clock.recent(field::small(first)?, field::small(second)?, &time)?;
        return Some(Dated { stamp: Stamp::local(at, time.precision), end, padded_year: false });
    };
    let (year, month, day) = (field::year(first)?, field::small(second)?, field::small(third)?);
    let Some((time, end)) = time else {
        let stamp = date::local(year, month, day, &Time::MIDNIGHT)?;
        return Some(Dated { stamp, end: to, padded_year: false });
    };
    let stamp = date::local(year, month, day, &time)?;
    // --full-time adds the zone
    let zone = word_at(line, end).filter(|&(from, to)| is_zone(&line[from..to]));
    Some(Dated { stamp, end: zone.map_or(end, |(_, end)| end), padded_year: false })
}

fn is_zone(word: &[u8]) -> bool {
    matches!(word, [b'+' | b'-', digits @ ..] if digits.len() == 4 && field::number(digits).is_some())
}

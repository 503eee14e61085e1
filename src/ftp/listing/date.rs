//! Dates and times in listings: omitted years, clock times, two-digit years.

use jiff::{Timestamp, ToSpan, civil::DateTime, tz::TimeZone};

use super::field;
use crate::base::{Precision, Stamp};

/// How many years back an omitted year is searched: 29 February recurs after at most eight years.
const YEARS_BACK: i16 = 8;

/// Infers years that a listing omits.
pub(super) struct YearResolver {
    latest: DateTime,
}

impl YearResolver {
    /// A resolver for the server's current wall clock time.
    pub(super) fn new(now: DateTime) -> Self {
        // at the end of the supported calendar there is no later day
        Self { latest: now.checked_add(1.day()).unwrap_or(now) }
    }

    /// True for a time at most one day after now.
    pub(super) fn has_passed(&self, at: DateTime) -> bool {
        at <= self.latest
    }

    /// The latest time with the given month, day and clock time that is at most one day after now.
    /// The tolerance is needed because clocks and time zones differ (quirk 39).
    pub(super) fn recent(&self, month: i8, day: i8, time: &Time) -> Option<DateTime> {
        let newest = self.latest.year();
        (0..=YEARS_BACK)
            .filter_map(|back| civil(newest - back, month, day, time))
            .find(|at| self.has_passed(*at))
    }
}

/// A clock time in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    /// 0 to 24; 24:00 is the end of the day (quirk 39).
    pub(super) hour: i8,
    /// 0 to 59.
    pub(super) minute: i8,
    /// 0 to 59.
    pub(super) second: i8,
    /// Whether the listing contains seconds.
    pub(super) precision: Precision,
}

impl Time {
    /// The time of a date without a clock time.
    pub(super) const MIDNIGHT: Self =
        Self { hour: 0, minute: 0, second: 0, precision: Precision::Day };

    /// Parses `5:12`, `05:12`, `05:12:33`, `05:12:33.64`, `5:12pm`, `05:12PM`.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (text, meridiem) = split_meridiem(text);
        let mut parts = text.split(|&b| b == b':');
        let mut hour = field::small(parts.next()?)?;
        let minute = parts.next().filter(|part| part.len() == 2).and_then(field::small)?;
        let second = match parts.next() {
            None => None,
            Some(part) => {
                let whole = part.split(|b| matches!(b, b'.' | b',')).next()?;
                Some(field::small(whole).filter(|_| whole.len() == 2)?)
            }
        };
        if parts.next().is_some() {
            return None;
        }
        // 13:40PM is a 24-hour time with a redundant mark
        hour = match meridiem {
            Some(Meridiem::Am) if hour == 12 => 0,
            Some(Meridiem::Pm) if hour < 12 => hour + 12,
            _ => hour,
        };
        let precision = if second.is_some() { Precision::Second } else { Precision::Minute };
        let time = Self { hour, minute, second: second.unwrap_or(0).min(59), precision };
        let valid = hour <= 23 || (hour == 24 && minute == 0 && time.second == 0);
        (valid && minute <= 59 && second.unwrap_or(0) <= 60).then_some(time)
    }

    /// Applies a separate AM or PM (`03:09 PM`).
    pub(super) fn with_meridiem(self, word: &[u8]) -> Option<Self> {
        let meridiem = meridiem(word)?;
        let hour = match meridiem {
            Meridiem::Am if self.hour == 12 => 0,
            Meridiem::Pm if self.hour < 12 => self.hour + 12,
            Meridiem::Am | Meridiem::Pm => self.hour,
        };
        Some(Self { hour, ..self })
    }
}

/// AM or PM.
#[derive(Clone, Copy)]
enum Meridiem {
    Am,
    Pm,
}

fn meridiem(word: &[u8]) -> Option<Meridiem> {
    match word {
        [b'a' | b'A'] | [b'a' | b'A', b'm' | b'M'] => Some(Meridiem::Am),
        [b'p' | b'P'] | [b'p' | b'P', b'm' | b'M'] => Some(Meridiem::Pm),
        _ => None,
    }
}

fn split_meridiem(text: &[u8]) -> (&[u8], Option<Meridiem>) {
    let digits = text.iter().rposition(u8::is_ascii_digit).map_or(0, |at| at + 1);
    match meridiem(&text[digits..]) {
        Some(meridiem) => (&text[..digits], Some(meridiem)),
        None => (text, None),
    }
}

/// A wall clock time; `None` if the date or time does not exist.
pub(super) fn civil(year: i16, month: i8, day: i8, time: &Time) -> Option<DateTime> {
    if time.hour == 24 {
        return DateTime::new(year, month, day, 0, 0, 0, 0).ok()?.checked_add(1.day()).ok();
    }
    DateTime::new(year, month, day, time.hour, time.minute, time.second, 0).ok()
}

/// A time in the server's local time zone, with the precision of its clock time.
pub(super) fn local(year: i16, month: i8, day: i8, time: &Time) -> Option<Stamp> {
    Some(Stamp::local(civil(year, month, day, time)?, time.precision))
}

/// Parses seconds since 1970, as UTC.
pub(super) fn epoch(seconds: &[u8]) -> Option<Stamp> {
    let seconds = i64::try_from(field::number(seconds)?).ok()?;
    let at = Timestamp::from_second(seconds).ok()?.to_zoned(TimeZone::UTC).datetime();
    Some(Stamp::utc(at))
}

/// Parses a year of two or four digits. Two digits mean 1970 to 2069.
pub(super) fn year(text: &[u8]) -> Option<i16> {
    if text.len() == 4 {
        return field::year(text);
    }
    let short = i16::from(field::small(text).filter(|_| text.len() == 2)?);
    Some(if short < 70 { 2000 + short } else { 1900 + short })
}

#[cfg(test)]
#[path = "date_tests.rs"]
mod tests;

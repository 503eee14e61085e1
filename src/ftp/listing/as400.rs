//! IBM AS/400 (OS/400, IBM i): owner, size, date, time, type, name (quirk 54).
//!
//! Members of files have only an owner, a type, and a name with a slash: `FILE.FILE/MEMBER.MBR`.

use std::cmp::Ordering;

use jiff::civil::DateTime;

use super::{
    date::{self, Time, YearResolver},
    field::{self, word_at},
    line::{self, LineParser, Lines, ParsedLine},
    unix,
};
use crate::{
    base::Stamp,
    ftp::{Entry, Kind},
};

/// Parser for AS/400.
pub(super) struct As400 {
    order: Order,
}

/// The order of the numbers in a date, which depends on settings of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    DayMonthYear,
    MonthDayYear,
    YearMonthDay,
}

/// In order of preference if the listing is ambiguous.
const ORDERS: [Order; 3] = [Order::DayMonthYear, Order::MonthDayYear, Order::YearMonthDay];

/// A line whose date is not interpreted yet.
struct Row<'a> {
    size: Option<&'a [u8]>,
    date: Option<[&'a [u8]; 3]>,
    time: Option<Time>,
    kind: Kind,
    member: bool,
    name: &'a [u8],
}

impl As400 {
    /// Determines the order of the dates from the whole listing.
    pub(super) fn new(bytes: &[u8], now: DateTime) -> Self {
        let years = YearResolver::new(now);
        let mut readings = ORDERS.map(Reading::new);
        for (_, line) in Lines::new(bytes) {
            let Some(row) = Row::split(line) else { continue };
            for reading in &mut readings {
                let stamp = row.stamp(reading.order);
                if let Some(stamp) = stamp.filter(|stamp| years.has_passed(stamp.at)) {
                    reading.record(stamp.at);
                }
            }
        }
        let [first, others @ ..] = &readings;
        let best = others.iter().fold(first, |best, it| if it.beats(best) { it } else { best });
        Self { order: best.order }
    }
}

/// The dates of a listing, interpreted in one order.
struct Reading {
    order: Order,
    /// How many dates are valid and not in the future.
    possible: usize,
    span: Option<(DateTime, DateTime)>,
}

impl Reading {
    /// By what factor the time span must be smaller to override the preference.
    const DENSITY_FACTOR: u64 = 4;

    fn new(order: Order) -> Self {
        Self { order, possible: 0, span: None }
    }

    fn record(&mut self, at: DateTime) {
        self.possible += 1;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// Days between the first and the last date.
    fn days(&self) -> u64 {
        let span = self.span.and_then(|(first, last)| first.date().until(last.date()).ok());
        span.map_or(0, |span| span.get_days().unsigned_abs().into())
    }

    /// True if this order is clearly more plausible than a preferred one: more dates are possible,
    /// or they are much closer together, because files of one directory usually have similar dates.
    fn beats(&self, preferred: &Self) -> bool {
        let denser =
            || (self.days() + 1).saturating_mul(Self::DENSITY_FACTOR) < preferred.days() + 1;
        match self.possible.cmp(&preferred.possible) {
            Ordering::Greater => true,
            Ordering::Equal => denser(),
            Ordering::Less => false,
        }
    }
}

impl LineParser for As400 {
    fn line(&mut self, line: &[u8], _rest: Lines<'_>) -> ParsedLine {
        match Row::split(line).and_then(|row| row.entry(self.order)) {
            Some(entry) => ParsedLine::Entry(entry),
            None if line::is_total(line) => ParsedLine::Skip,
            None => ParsedLine::Unknown,
        }
    }

    fn allows_slash(&self) -> bool {
        true
    }
}

impl<'a> Row<'a> {
    fn split(line: &'a [u8]) -> Option<Self> {
        let (_, owner) = word_at(line, 0)?;
        let (from, mut at) = word_at(line, owner)?;
        let mut kind = &line[from..at];
        let (mut size, mut date, mut time) = (None, None, None);
        if kind.iter().all(u8::is_ascii_digit) {
            size = Some(kind);
            let (from, to) = word_at(line, at)?;
            date = Some(split_date(&line[from..to])?);
            let (from, to) = word_at(line, to)?;
            time = Some(Time::parse(&line[from..to])?);
            let (from, to) = word_at(line, to)?;
            (kind, at) = (&line[from..to], to);
        }
        if kind.first() != Some(&b'*') {
            return None;
        }
        let name = &line[word_at(line, at)?.0..];
        Some(Self { size, date, time, kind: kind_of(kind), member: kind == b"*MEM", name })
    }

    fn stamp(&self, order: Order) -> Option<Stamp> {
        let ([a, b, c], time) = (self.date?, self.time?);
        let (day, month, year) = match order {
            // a four-digit year determines the order
            _ if a.len() == 4 => (c, b, a),
            Order::DayMonthYear => (a, b, c),
            Order::MonthDayYear => (b, a, c),
            Order::YearMonthDay => (c, b, a),
        };
        date::local(date::year(year)?, field::small(month)?, field::small(day)?, &time)
    }

    fn entry(&self, order: Order) -> Option<Entry> {
        let name = unix::undecorated(self.name);
        let mut parts = name.split(|&b| b == b'/');
        let has_slash = name.contains(&b'/');
        let parts_are_names = parts.all(|part| !matches!(part, b"" | b"." | b".."));
        if has_slash && !(self.member && parts_are_names) {
            return None;
        }
        let mut entry = Entry::new(name, self.kind);
        entry.size = self.size.and_then(field::number);
        entry.mtime = self.stamp(order);
        Some(entry)
    }
}

/// Splits dates such as `DD/MM/YY`: three numbers separated by `/`, `.` or `-`.
fn split_date(word: &[u8]) -> Option<[&[u8]; 3]> {
    let separator = *word.iter().find(|b| !b.is_ascii_digit())?;
    if !matches!(separator, b'/' | b'.' | b'-') {
        return None;
    }
    let mut parts = word.split(|&b| b == separator);
    let parts = [parts.next()?, parts.next()?, parts.next()?];
    let sizes = [parts[0].len(), parts[1].len(), parts[2].len()];
    matches!(sizes, [1 | 2, 1 | 2, 2 | 4] | [4, 2, 2]).then_some(parts)
}

fn kind_of(object: &[u8]) -> Kind {
    match object {
        b"*DIR" | b"*DDIR" | b"*FLR" | b"*LIB" => Kind::Dir,
        b"*SYMLNK" => Kind::Link,
        b"*FILE" | b"*MEM" | b"*STMF" | b"*DSTMF" | b"*DOC" | b"*SAVF" => Kind::File,
        // programs, queues and the like cannot be transferred
        _ => Kind::Other,
    }
}

#[cfg(test)]
#[path = "as400_tests.rs"]
mod tests;

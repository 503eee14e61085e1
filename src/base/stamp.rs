//! File times as servers report them: a wall clock time, its precision, and whether it is UTC.

use std::fmt;

use jiff::civil::DateTime;

/// The smallest unit that the server reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Only the date is known (Unix listings of old files).
    Day,
    /// Hours and minutes are known (Unix and DOS listings).
    Minute,
    /// Seconds are known (MLSD, MDTM).
    Second,
}

/// The modification time of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// The wall clock time as printed; fields below [`Stamp::precision`] are 0.
    pub at: DateTime,
    /// The smallest field of `at` that is known.
    pub precision: Precision,
    /// True when `at` is UTC (MLSD, MDTM, EPLF); otherwise it is the server's local time.
    pub utc: bool,
}

impl Stamp {
    /// A UTC time to the second, as MDTM and MLSD give it (RFC 3659 section 2.3).
    #[must_use]
    pub fn utc(at: DateTime) -> Self {
        Self { at, precision: Precision::Second, utc: true }
    }

    /// A time in the server's local time zone.
    #[must_use]
    pub fn local(at: DateTime, precision: Precision) -> Self {
        Self { at, precision, utc: false }
    }

    /// The 14 digits of RFC 3659 section 2.3, as MFMT expects them.
    #[must_use]
    pub fn digits(&self) -> String {
        self.at.strftime("%Y%m%d%H%M%S").to_string()
    }

    /// Parses `YYYYMMDDHHMMSS`, with or without a fraction (RFC 3659 section 2.3).
    ///
    /// Accepts the year 2000 bug `191xx` for 20xx (quirk 40). `None` when the digits are not a
    /// valid date.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        let text = text.trim();
        let whole = text.split('.').next().unwrap_or(text);
        if !whole.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (year, rest): (i16, &str) = match whole.len() {
            14 => (whole[..4].parse().ok()?, &whole[4..]),
            15 if whole.starts_with("191") => {
                (1900 + whole[2..5].parse::<i16>().ok()?, &whole[5..])
            }
            _ => return None,
        };
        let field = |at: usize| rest[at..at + 2].parse::<i8>().ok();
        // a civil time cannot represent a leap second; the second before it is close enough
        let second = field(8)?.min(59);
        DateTime::new(year, field(0)?, field(2)?, field(4)?, field(6)?, second, 0)
            .ok()
            .map(Self::utc)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // built as one string because large listings format 100,000 of them
        let at = &self.at;
        let mut text = *b"0000-00-00 00:00:00";
        let [high, low] = [at.year() / 100, at.year() % 100].map(|half| half.unsigned_abs());
        let (high, low) = (u8::try_from(high).unwrap_or(99), u8::try_from(low).unwrap_or(99));
        let fields = [at.month(), at.day(), at.hour(), at.minute(), at.second()];
        let fields = fields.map(i8::unsigned_abs);
        for (index, value) in
            [0, 2, 5, 8, 11, 14, 17].into_iter().zip([high, low].into_iter().chain(fields))
        {
            text[index] += value / 10;
            text[index + 1] += value % 10;
        }
        let length = match self.precision {
            Precision::Day => "2026-11-21".len(),
            Precision::Minute => "2026-11-21 09:30".len(),
            Precision::Second => text.len(),
        };
        if at.year() < 0 {
            f.write_str("-")?;
        }
        f.pad(str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_parsed_and_formatted() {
        let stamp = Stamp::from_digits("20261121093005.123").unwrap();
        assert_eq!(stamp.digits(), "20261121093005");
        assert_eq!(stamp.to_string(), "2026-11-21 09:30:05");
        let early = jiff::civil::date(7, 1, 2).at(23, 59, 0, 0);
        assert_eq!(Stamp::local(early, Precision::Minute).to_string(), "0007-01-02 23:59");
        assert_eq!(format!("{:<12}|", Stamp::local(early, Precision::Day)), "0007-01-02  |");
        let before = jiff::civil::date(-1234, 1, 2).at(0, 0, 0, 0);
        assert_eq!(Stamp::local(before, Precision::Day).to_string(), "-1234-01-02");
        assert_eq!(Stamp::from_digits("191260102030405").unwrap().digits(), "20260102030405");
        assert_eq!(Stamp::from_digits("20260230000000"), None);
        assert_eq!(Stamp::from_digits("2026"), None);
        assert_eq!(Stamp::from_digits("2026ü121093005"), None);
    }
}

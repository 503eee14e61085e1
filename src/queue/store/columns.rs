//! Conversion of values to columns of the database. Enums are stored as words, which are readable
//! for people and for later versions.

use jiff::Timestamp;
use rusqlite::types::Type;

use crate::base::{Precision, RemotePath, Stamp, Word};
use crate::site::SiteKey;

/// The value of a word; `None` when it is missing or comes from a later version.
pub(super) fn optional<T: Word>(word: Option<String>) -> Option<T> {
    word.and_then(|word| T::from_word(&word))
}

/// A time in milliseconds since 1970 UTC.
pub(super) fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A time from the database; an invalid number counts as the start of 1970.
pub(super) fn time(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A size or id for the database. SQLite's integers end at 2^63-1, which no file reaches.
pub(super) fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// A size or id from the database.
pub(super) fn size(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A stamp: `20261121093005` and a letter for its precision (`d m s`), `z` for UTC.
pub(super) fn stamp(stamp: &Stamp) -> String {
    let precision = match stamp.precision {
        Precision::Day => 'd',
        Precision::Minute => 'm',
        Precision::Second => 's',
    };
    format!("{}{precision}{}", stamp.digits(), if stamp.utc { "z" } else { "" })
}

/// Parses the text of [`stamp`].
pub(super) fn read_stamp(text: &str) -> Option<Stamp> {
    let (digits, rest) = text.split_at_checked(14)?;
    let at = Stamp::from_digits(digits)?.at;
    let precision = match rest.chars().next()? {
        'd' => Precision::Day,
        'm' => Precision::Minute,
        's' => Precision::Second,
        _ => return None,
    };
    Some(Stamp { at, precision, utc: rest.ends_with('z') })
}

/// Reads a column with a site's key.
pub(super) fn key(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<SiteKey> {
    row.get(at).map(SiteKey)
}

/// Reads a column with a path.
pub(super) fn path(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<RemotePath> {
    row.get::<_, Vec<u8>>(at).map(RemotePath::new)
}

/// Reads a column with a word that must be known.
pub(super) fn known<T: Word>(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<T> {
    let word: String = row.get(at)?;
    T::from_word(&word).ok_or_else(|| {
        let why = format!("unknown value “{word}”").into();
        rusqlite::Error::FromSqlConversionFailure(at, Type::Text, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_survive_a_round_trip() {
        for text in ["20261121093005sz", "20261121093000m", "20261121000000d"] {
            let read = read_stamp(text).unwrap();
            assert_eq!(stamp(&read), text);
        }
        assert_eq!(read_stamp("2026"), None);
        assert_eq!(read_stamp("20261121093005x"), None);
    }
}

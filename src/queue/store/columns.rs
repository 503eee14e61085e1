//! Conversion of values to columns of the database. Enums are stored as words, which are readable
//! for people and for later versions.

use jiff::Timestamp;
use rusqlite::types::Type;

use crate::base::{Precision, RemotePath, Stamp};
use crate::ftp::Kind;
use crate::queue::JobKind;
use crate::site::SiteKey;
use crate::transfer::{PassiveCommand, PassiveSide, Side, Verdict, Via};

/// A value that is stored as a word.
pub(super) trait ColumnWord: Copy + 'static {
    /// All values.
    const ALL: &'static [Self];
    /// The word for the value.
    fn word(self) -> &'static str;
    /// The value for a word; `None` for a word of a later version.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.word() == word)
    }
}

impl ColumnWord for PassiveSide {
    const ALL: &'static [Self] = &[Self::Source, Self::Destination];
    fn word(self) -> &'static str {
        match self {
            Self::Source => "src",
            Self::Destination => "dst",
        }
    }
}

impl ColumnWord for Side {
    const ALL: &'static [Self] = &[Self::Source, Self::Destination];
    fn word(self) -> &'static str {
        // calls the inherent method
        Self::word(self)
    }
}

impl ColumnWord for PassiveCommand {
    const ALL: &'static [Self] = &[Self::Pasv, Self::Epsv, Self::Cpsv];
    fn word(self) -> &'static str {
        self.verb()
    }
}

impl ColumnWord for Verdict {
    const ALL: &'static [Self] = &[Self::Verified, Self::Complete, Self::Unverified, Self::Failed];
    fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Complete => "complete",
            Self::Unverified => "unverified",
            Self::Failed => "failed",
        }
    }
}

impl ColumnWord for Via {
    const ALL: &'static [Self] = &[Self::Direct, Self::Relay, Self::Download, Self::Upload];
    fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Relay => "relay",
            Self::Download => "download",
            Self::Upload => "upload",
        }
    }
}

impl ColumnWord for Kind {
    const ALL: &'static [Self] = &[Self::File, Self::Dir, Self::Link, Self::Other];
    fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Dir => "dir",
            Self::Link => "link",
            Self::Other => "other",
        }
    }
}

impl ColumnWord for JobKind {
    const ALL: &'static [Self] = &[Self::Copy, Self::Move, Self::Delete, Self::Mirror];
    fn word(self) -> &'static str {
        // calls the inherent method
        Self::word(self)
    }
}

/// How a target was verified: one of the words of docs/command-line.md "Output".
pub(super) fn verified(word: Option<&str>) -> &'static str {
    const WORDS: [&str; 7] = ["sha512", "sha256", "sha1", "md5", "crc32", "size", "none"];
    WORDS.into_iter().find(|known| Some(*known) == word).unwrap_or("none")
}

/// The value of a word; `None` when it is missing or comes from a later version.
pub(super) fn optional<T: ColumnWord>(word: Option<String>) -> Option<T> {
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
pub(super) fn known<T: ColumnWord>(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<T> {
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

    #[test]
    fn words_survive_a_round_trip() {
        for command in PassiveCommand::ALL {
            assert_eq!(PassiveCommand::from_word(command.word()), Some(*command));
        }
        assert_eq!(optional::<Side>(Some("both".to_owned())), None);
    }
}

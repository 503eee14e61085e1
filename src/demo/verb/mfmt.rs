//! MFMT: sets the modification time (draft-somers-ftp-mfxx section 3.1).

use crate::base::Stamp;
use crate::demo::persona::phrase::Phrase;
use crate::demo::session::{Call, Effect, Session};

pub(super) fn run(session: &mut Session, call: &Call<'_>) -> Effect {
    match time_and_file(call.argument) {
        Some((seconds, digits, file)) => set(session, file, seconds, digits),
        None => {
            let word = call.argument.split(|&b| b == b' ').next().unwrap_or_default();
            session.reply(Phrase::TimeBad, &[("name", word)])
        }
    }
}

/// Splits an argument `YYYYMMDDHHMMSS file` into the time in seconds, its digits, and the file.
pub(super) fn time_and_file(argument: &[u8]) -> Option<(i64, &[u8], &[u8])> {
    let blank = argument.iter().position(|&b| b == b' ')?;
    let (digits, file) = (&argument[..blank], &argument[blank + 1..]);
    Some((seconds(digits)?, digits, file))
}

/// Converts the 14 digits of RFC 3659 section 2.3 to seconds since 1970.
pub(super) fn seconds(digits: &[u8]) -> Option<i64> {
    let stamp = Stamp::from_digits(std::str::from_utf8(digits).ok()?)?;
    let zoned = stamp.at.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_second())
}

/// Sets the modification time of a file.
pub(super) fn set(session: &Session, file: &[u8], seconds: i64, digits: &[u8]) -> Effect {
    let path = session.resolve(file);
    match session.check_writable().and_then(|()| session.shared.store.set_mtime(&path, seconds)) {
        Ok(()) => session
            .reply(Phrase::TimeSet, &[("time", digits), ("path", file), ("full", path.as_bytes())]),
        Err(error) => session.failure_reply(Phrase::TimeSetFailed, file, &error),
    }
}

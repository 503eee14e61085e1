//! The server's wall clock: its offset from UTC, detected once per session (quirk 38).
//!
//! `LIST` prints the server's local time, `MDTM` returns UTC (RFC 3659 section 3): comparing both
//! for one file yields the offset.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::base::{Precision, Stamp, path};
use crate::ftp::{Command, Entry, Kind};
use crate::session::error::SessionError;
use crate::session::state::Session;

/// How many files are tried before detection gives up.
const MAX_TRIES: usize = 3;
/// Time zone offsets are multiples of a quarter of an hour; in seconds.
const QUARTER_HOUR: i64 = 15 * 60;
/// The largest plausible offset from UTC, in seconds.
const MAX_OFFSET: i64 = 26 * 3600;

impl Session {
    /// How far the server's wall clock is ahead of UTC, in seconds; `None` while unknown.
    #[must_use]
    pub fn time_offset(&self) -> Option<i32> {
        self.time_offset
    }

    /// The server's wall clock time, used to infer years that a listing omits.
    pub(super) fn wall_clock(&self, utc: DateTime) -> DateTime {
        let ahead = SignedDuration::from_secs(self.time_offset.unwrap_or(0).into());
        utc.checked_add(ahead).unwrap_or(utc)
    }

    /// Converts local times in a listing of the working directory to UTC, where the offset is known
    /// or can be detected. Dates without a time of day are left unchanged.
    pub(super) async fn convert_times_to_utc(
        &mut self,
        entries: &mut [Entry],
    ) -> Result<(), SessionError> {
        if self.time_offset.is_none() && !self.offset_detection_done {
            self.detect_offset(entries).await?;
        }
        if let Some(offset) = self.time_offset {
            // neighbouring files often have the same time
            let mut last: Option<(Stamp, Stamp)> = None;
            for stamp in entries.iter_mut().filter_map(|entry| entry.mtime.as_mut()) {
                let converted = match last {
                    Some((from, to)) if from == *stamp => to,
                    _ => to_utc(*stamp, offset),
                };
                last = Some((*stamp, converted));
                *stamp = converted;
            }
        }
        Ok(())
    }

    async fn detect_offset(&mut self, entries: &[Entry]) -> Result<(), SessionError> {
        if !self.features.is_empty() && !self.features.has("MDTM") {
            self.offset_detection_done = true;
            return Ok(());
        }
        let candidates = entries.iter().filter(|entry| {
            entry.kind == Kind::File && entry.mtime.is_some_and(|stamp| is_local(&stamp))
        });
        for entry in candidates.take(MAX_TRIES) {
            let (Some(stamp), true) = (entry.mtime, path::is_usable_name(&entry.name)) else {
                continue;
            };
            // a name that cannot be sent to this server: try the next one
            let Ok(command) = Command::with("MDTM", &entry.name) else { continue };
            let reply = match self.ask(command).await {
                Ok(reply) => reply,
                Err(SessionError::Command(_)) => continue,
                Err(error) => return Err(error),
            };
            self.offset_detection_done = true;
            if reply.is_unknown_command() {
                return Ok(());
            }
            let text = String::from_utf8_lossy(reply.text()).into_owned();
            let utc = Stamp::from_digits(&text).filter(|_| reply.code == 213);
            if let Some(offset) = utc.and_then(|utc| offset_between(stamp.at, utc.at)) {
                tracing::debug!(offset, "detected the offset of the server's wall clock");
                self.time_offset = Some(offset);
                return Ok(());
            }
        }
        Ok(())
    }
}

fn is_local(stamp: &Stamp) -> bool {
    !stamp.utc && stamp.precision >= Precision::Minute
}

fn to_utc(stamp: Stamp, offset: i32) -> Stamp {
    if !is_local(&stamp) {
        return stamp;
    }
    match stamp.at.checked_sub(SignedDuration::from_secs(offset.into())) {
        Ok(at) => Stamp { at, utc: true, ..stamp },
        Err(_) => stamp,
    }
}

/// The offset of a wall clock time from UTC, in seconds, rounded to a quarter of an hour. `None`
/// when the two cannot be the same moment. A difference of one minute is tolerated because listings
/// omit seconds and some servers round.
fn offset_between(local: DateTime, utc: DateTime) -> Option<i32> {
    let difference = local.duration_since(utc).as_secs();
    let quarters = (difference + QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR);
    let offset = quarters * QUARTER_HOUR;
    let near = (difference - offset).abs() <= 60;
    i32::try_from(offset).ok().filter(|_| near && offset.abs() <= MAX_OFFSET)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn offsets_are_plausible_time_zones() {
        let utc = date(2026, 11, 21).at(9, 30, 45, 0);
        for (local, offset) in [
            (date(2026, 11, 21).at(9, 30, 0, 0), Some(0)),
            (date(2026, 11, 21).at(11, 30, 0, 0), Some(7200)),
            (date(2026, 11, 21).at(11, 31, 0, 0), Some(7200)),
            (date(2026, 11, 21).at(15, 15, 0, 0), Some(5 * 3600 + 45 * 60)),
            (date(2026, 11, 20).at(23, 30, 0, 0), Some(-36_000)),
            // a different moment, or a wrong year
            (date(2026, 11, 21).at(9, 37, 0, 0), None),
            (date(2025, 11, 21).at(9, 30, 0, 0), None),
        ] {
            assert_eq!(offset_between(local, utc), offset, "{local}");
        }
    }

    #[test]
    fn only_local_times_with_a_time_of_day_are_converted() {
        let at = date(2026, 1, 1).at(0, 10, 0, 0);
        let converted = to_utc(Stamp::local(at, Precision::Minute), 3600);
        assert_eq!((converted.to_string().as_str(), converted.utc), ("2025-12-31 23:10", true));
        let day = Stamp::local(at, Precision::Day);
        assert_eq!(to_utc(day, 3600), day);
        assert_eq!(to_utc(Stamp::utc(at), 3600), Stamp::utc(at));
    }
}

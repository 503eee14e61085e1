//! Comparing the times of two files as two servers tell them.
//!
//! Servers tell times to the second (MLSD, MDTM), to the minute or to the day (LIST), in UTC or by
//! their own clock. Two times are only called different when they are so beyond what was told.

use std::cmp::Ordering;

use jiff::SignedDuration;

use crate::base::{Precision, Stamp};

/// Two times in UTC this near are one: FAT file systems keep every other second.
const SECONDS: SignedDuration = SignedDuration::from_secs(2);
/// A local clock may be anywhere on the earth; a day holds all time zones apart by 24 hours, and
/// those few that are further apart are not worth a file that is taken for newer.
const LOCAL: SignedDuration = SignedDuration::from_hours(26);

/// How far the times of two files may be apart and still be equal.
#[must_use]
pub fn tolerance(a: &Stamp, b: &Stamp) -> SignedDuration {
    if a.utc != b.utc {
        return LOCAL;
    }
    let zones = if a.utc { SignedDuration::ZERO } else { LOCAL };
    let told = match a.precision.min(b.precision) {
        Precision::Second => SECONDS,
        // a minute that was told holds 60 seconds
        Precision::Minute => SignedDuration::from_secs(59),
        Precision::Day => SignedDuration::from_secs(86_399),
    };
    told.max(zones)
}

/// Which of two times is later; equal within [`tolerance`], `None` when one is not known.
#[must_use]
pub fn compare(a: Option<Stamp>, b: Option<Stamp>) -> Option<Ordering> {
    let (a, b) = (a?, b?);
    let coarse = a.precision.min(b.precision);
    let apart = floor(&a, coarse).duration_since(floor(&b, coarse));
    let within = match coarse {
        // both lie in the same minute or day, once the finer one is cut down to it
        Precision::Minute | Precision::Day if a.utc && b.utc => apart.is_zero(),
        _ => apart.abs() < tolerance(&a, &b),
    };
    Some(if within { Ordering::Equal } else { apart.cmp(&SignedDuration::ZERO) })
}

fn floor(stamp: &Stamp, precision: Precision) -> jiff::civil::DateTime {
    let at = stamp.at;
    let cut = match precision {
        Precision::Second => at.with().subsec_nanosecond(0).build(),
        Precision::Minute => at.with().second(0).subsec_nanosecond(0).build(),
        Precision::Day => at.with().hour(0).minute(0).second(0).subsec_nanosecond(0).build(),
    };
    cut.unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(digits: &str) -> Option<Stamp> {
        Stamp::from_digits(digits)
    }

    fn told(digits: &str, precision: Precision, utc: bool) -> Option<Stamp> {
        let stamp = Stamp::from_digits(digits)?;
        Some(Stamp { precision, utc, at: floor(&stamp, precision) })
    }

    #[test]
    fn within_what_was_told_times_are_equal() {
        use Ordering::{Equal, Greater, Less};
        use Precision::{Day, Minute};
        let noon = "20260102120000";
        for (a, b, order) in [
            (utc(noon), utc("20260102120001"), Equal),
            (utc(noon), utc("20260102120002"), Less),
            (utc("20260102120005"), utc(noon), Greater),
            (utc("20260102120059"), told(noon, Minute, true), Equal),
            (utc("20260102120100"), told(noon, Minute, true), Greater),
            (utc("20260102115959"), told(noon, Minute, true), Less),
            (utc("20260102235959"), told(noon, Day, true), Equal),
            (utc("20260103000000"), told(noon, Day, true), Greater),
            // a server's own clock may be hours ahead or behind
            (utc("20260102200000"), told(noon, Minute, false), Equal),
            (utc("20260104200000"), told(noon, Minute, false), Greater),
            (told("20260103130000", Minute, false), told(noon, Minute, false), Equal),
            (told("20260103150000", Minute, false), told(noon, Minute, false), Greater),
        ] {
            assert_eq!(compare(a, b), Some(order), "{a:?} {b:?}");
            assert_eq!(compare(b, a), Some(order.reverse()), "{b:?} {a:?}");
        }
        assert_eq!(compare(utc(noon), None), None);
    }
}

//! Comparison of file times that two servers report.
//!
//! Servers report times to the second (MLSD, MDTM), to the minute or to the day (LIST), in UTC or
//! in their local time. Two times differ only if the difference exceeds the precision of both.

use std::cmp::Ordering;

use jiff::SignedDuration;

use crate::base::{Precision, Stamp};

/// The tolerance for times in UTC: FAT file systems have a precision of two seconds.
const FAT_PRECISION: SignedDuration = SignedDuration::from_secs(2);
/// The tolerance for local times of unknown time zones. Almost all time zones are within 24 hours
/// of each other.
const ANY_TIME_ZONE: SignedDuration = SignedDuration::from_hours(26);

/// The difference up to which the times of two files count as equal.
#[must_use]
pub fn tolerance(a: &Stamp, b: &Stamp) -> SignedDuration {
    if a.utc != b.utc {
        return ANY_TIME_ZONE;
    }
    let zones = if a.utc { SignedDuration::ZERO } else { ANY_TIME_ZONE };
    let precision = match a.precision.min(b.precision) {
        Precision::Second => FAT_PRECISION,
        // a time in minutes covers 60 seconds
        Precision::Minute => SignedDuration::from_secs(59),
        Precision::Day => SignedDuration::from_secs(86_399),
    };
    precision.max(zones)
}

/// Compares two times; equal within [`tolerance`], `None` when one is unknown.
#[must_use]
pub fn compare(a: Option<Stamp>, b: Option<Stamp>) -> Option<Ordering> {
    let (a, b) = (a?, b?);
    let coarse = a.precision.min(b.precision);
    let difference = floor(&a, coarse).duration_since(floor(&b, coarse));
    let within = match coarse {
        // both are in the same minute or day after rounding down
        Precision::Minute | Precision::Day if a.utc && b.utc => difference.is_zero(),
        _ => difference.abs() < tolerance(&a, &b),
    };
    Some(if within { Ordering::Equal } else { difference.cmp(&SignedDuration::ZERO) })
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

    fn stamp(digits: &str, precision: Precision, utc: bool) -> Option<Stamp> {
        let exact = Stamp::from_digits(digits)?;
        Some(Stamp { precision, utc, at: floor(&exact, precision) })
    }

    #[test]
    fn times_are_equal_within_their_precision() {
        use Ordering::{Equal, Greater, Less};
        use Precision::{Day, Minute};
        let noon = "20260102120000";
        for (a, b, order) in [
            (utc(noon), utc("20260102120001"), Equal),
            (utc(noon), utc("20260102120002"), Less),
            (utc("20260102120005"), utc(noon), Greater),
            (utc("20260102120059"), stamp(noon, Minute, true), Equal),
            (utc("20260102120100"), stamp(noon, Minute, true), Greater),
            (utc("20260102115959"), stamp(noon, Minute, true), Less),
            (utc("20260102235959"), stamp(noon, Day, true), Equal),
            (utc("20260103000000"), stamp(noon, Day, true), Greater),
            // local times may differ by hours
            (utc("20260102200000"), stamp(noon, Minute, false), Equal),
            (utc("20260104200000"), stamp(noon, Minute, false), Greater),
            (stamp("20260103130000", Minute, false), stamp(noon, Minute, false), Equal),
            (stamp("20260103150000", Minute, false), stamp(noon, Minute, false), Greater),
        ] {
            assert_eq!(compare(a, b), Some(order), "{a:?} {b:?}");
            assert_eq!(compare(b, a), Some(order.reverse()), "{b:?} {a:?}");
        }
        assert_eq!(compare(utc(noon), None), None);
    }
}

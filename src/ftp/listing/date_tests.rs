//! Tests of clock times and years.

use super::*;

#[test]
fn clock_times() {
    let read = |text: &str| {
        let time = Time::parse(text.as_bytes())?;
        Some((time.hour, time.minute, time.second))
    };
    assert_eq!(read("5:07"), Some((5, 7, 0)));
    assert_eq!(read("05:07:09.55"), Some((5, 7, 9)));
    assert_eq!(read("12:07am"), Some((0, 7, 0)));
    assert_eq!(read("12:07P"), Some((12, 7, 0)));
    assert_eq!(read("24:00"), Some((24, 0, 0)));
    assert_eq!(read("23:59:60"), Some((23, 59, 59)));
    for bad in ["24:01", "25:00", "5:7", "5", ":", "5:07:", "5:07:08:09", "05:60", "x5:00", "5:00x"]
    {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn two_digit_years_start_at_1970() {
    assert_eq!(year(b"69"), Some(2069));
    assert_eq!(year(b"70"), Some(1970));
    assert_eq!(year(b"1999"), Some(1999));
    assert_eq!(year(b"1"), None);
    assert_eq!(year(b"123"), None);
}

#[test]
fn years_are_inferred_at_the_limits_of_the_calendar() {
    for now in [DateTime::MIN, DateTime::MAX] {
        let _ = YearResolver::new(now).recent(2, 29, &Time::MIDNIGHT);
    }
    assert_eq!(civil(9999, 12, 31, &Time { hour: 24, ..Time::MIDNIGHT }), None);
}

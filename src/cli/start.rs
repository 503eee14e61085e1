//! `--start-at`: the start time of a job.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan as _, Zoned};
use thiserror::Error;

use crate::base::text;

/// Why a start time is invalid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StartError {
    /// Unknown format.
    #[error(
        "“{}” is not a valid time; write 22:30, 2026-12-24T03:00, +90m or +1h30m",
        text::visible_str(.0)
    )]
    Unknown(String),
    /// A time in the past.
    #[error("{0} is in the past")]
    Past(String),
}

/// The option `--start-at` of commands that make jobs.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
#[command(next_help_heading = "Scheduling")]
pub struct StartOption {
    /// Start at a local time (22:30, 2026-12-24T03:00) or after a delay (+90m, +1h30m)
    #[arg(long, value_name = "TIME|+DURATION", allow_hyphen_values = true,
        value_parser = |text: &str| at(text, &Zoned::now()))]
    pub start_at: Option<Timestamp>,
}

/// Parses a start time, relative to `now`: a time of day that has passed means tomorrow.
///
/// # Errors
/// [`StartError`].
pub fn at(text: &str, now: &Zoned) -> Result<Timestamp, StartError> {
    let unknown = || StartError::Unknown(text.to_owned());
    if let Some(wait) = text.strip_prefix('+') {
        let wait: Span = wait.trim().parse().map_err(|_| unknown())?;
        let at = now.checked_add(wait).map_err(|_| unknown())?.timestamp();
        return if at < now.timestamp() { Err(unknown()) } else { Ok(at) };
    }
    // jiff would parse a date with a time as a bare time of day
    if !text.contains('-')
        && let Ok(time) = text.parse::<Time>()
    {
        let zone = now.time_zone().clone();
        let on = |day: &Zoned| day.date().to_datetime(time).to_zoned(zone.clone());
        let today = on(now).map_err(|_| unknown())?;
        if today > *now {
            return Ok(today.timestamp());
        }
        let tomorrow = now.checked_add(1.day()).map_err(|_| unknown())?;
        return Ok(on(&tomorrow).map_err(|_| unknown())?.timestamp());
    }
    let at = match (text.parse::<Timestamp>(), text.parse::<DateTime>()) {
        (Ok(at), _) => at,
        (_, Ok(at)) => at.to_zoned(now.time_zone().clone()).map_err(|_| unknown())?.timestamp(),
        _ => return Err(unknown()),
    };
    if at <= now.timestamp() {
        Err(StartError::Past(format_in(at, now.time_zone())))
    } else {
        Ok(at)
    }
}

/// Formats a time in the local time zone.
#[must_use]
pub fn local_time(at: Timestamp) -> String {
    format_in(at, &TimeZone::system())
}

fn format_in(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_times_of_day_dates_and_delays() {
        let now: Zoned = "2026-11-21T10:30:00+01:00[+01:00]".parse().unwrap();
        for (text, expected) in [
            ("22:30", "2026-11-21T21:30:00Z"),
            ("10:29", "2026-11-22T09:29:00Z"),
            ("03:00:30", "2026-11-22T02:00:30Z"),
            ("2026-12-24T03:00", "2026-12-24T02:00:00Z"),
            ("2026-12-24 03:00", "2026-12-24T02:00:00Z"),
            ("2026-12-24T03:00:00Z", "2026-12-24T03:00:00Z"),
            ("+90m", "2026-11-21T11:00:00Z"),
            ("+1h30m", "2026-11-21T11:00:00Z"),
            ("+5s", "2026-11-21T09:30:05Z"),
            ("+1 day", "2026-11-22T09:30:00Z"),
        ] {
            assert_eq!(at(text, &now).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "+", "soon", "+x", "25:00", "+-5m", "-5m"] {
            assert_eq!(at(text, &now), Err(StartError::Unknown(text.to_owned())), "{text}");
        }
        let past = Err(StartError::Past("2026-11-20 10:00:00".to_owned()));
        assert_eq!(at("2026-11-20T10:00", &now), past);
    }
}

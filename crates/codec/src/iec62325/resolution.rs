//! Time stamps, resolutions and the steps that they make of an interval.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// Eleven years of days: a false interval must not cost more.
const CALENDAR_STEPS_MAX: i64 = 4_096;

/// Calendars of the areas that publish, the likeliest first.
const ZONES: [&str; 5] = [
    "Europe/Brussels",
    "Europe/Helsinki",
    "Europe/London",
    "UTC",
    "Europe/Istanbul",
];

/// A time stamp with its zone, ns UTC.
pub(super) fn instant(text: &str) -> Result<i64, String> {
    let parsed = text.parse::<Timestamp>();
    let parsed = parsed
        .ok()
        .and_then(|at| i64::try_from(at.as_nanosecond()).ok());
    parsed.ok_or_else(|| format!("{text:?} is no time with a zone, such as 2024-03-31T22:00Z"))
}

/// How long the steps of a period are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolution {
    /// A length, in ns.
    Clock(i64),
    /// Days and months of the local calendar.
    Calendar { months: i32, days: i32 },
}

impl Resolution {
    /// Reads an ISO 8601 duration: `PT15M`, `P1D`, `P1Y`.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let refused = || format!("resolution {text:?} is none such as PT15M, P1D, P7D, P1M or P1Y");
        let rest = text.strip_prefix('P').ok_or_else(refused)?;
        let (date, time) = match rest.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (rest, None),
        };
        let (mut months, mut days, mut seconds) = (0_i32, 0_i32, 0_i64);
        for (count, unit) in parts(date).ok_or_else(refused)? {
            match unit {
                'Y' => months += count * 12,
                'M' => months += count,
                'W' => days += count * 7,
                'D' => days += count,
                _ => return Err(refused()),
            }
        }
        for (count, unit) in parts(time.unwrap_or("")).ok_or_else(refused)? {
            seconds += i64::from(count)
                * match unit {
                    'H' => 3_600,
                    'M' => 60,
                    'S' => 1,
                    _ => return Err(refused()),
                };
        }
        match (months == 0 && days == 0, seconds) {
            (true, 1..) => Ok(Self::Clock(seconds * 1_000_000_000)),
            (false, 0) => Ok(Self::Calendar { months, days }),
            _ => Err(refused()),
        }
    }

    /// The steps of this length from `start` to `end`, both ns UTC.
    pub(super) fn steps(self, start: i64, end: i64) -> Result<Steps, String> {
        if start >= end {
            return Err("the period ends before it begins".to_owned());
        }
        match self {
            Self::Clock(step) => {
                let length = end
                    .checked_sub(start)
                    .ok_or("the period is longer than 292 years")?;
                if length % step != 0 {
                    let (length, step) = (length / 1_000_000_000, step / 1_000_000_000);
                    return Err(format!(
                        "the period of {length} s is no multiple of its resolution of {step} s"
                    ));
                }
                Ok(Steps::Even {
                    start,
                    step,
                    count: length / step,
                })
            }
            Self::Calendar { months, days } => {
                let span = months.months().days(days);
                let bounds = ZONES.iter().find_map(|zone| dates(zone, start, end, span));
                let reason = "begin and end of the period are not whole steps of its resolution \
                              apart on any calendar of Europe";
                bounds.map(Steps::Uneven).ok_or(reason.to_owned())
            }
        }
    }
}

/// Counts and units of one half of a duration.
fn parts(text: &str) -> Option<Vec<(i32, char)>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let count: i32 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        // No publisher's step is longer, and nothing overflows.
        if count > 100_000 || parts.len() > 3 {
            return None;
        }
        parts.push((count, unit));
        rest = &rest[digits + unit.len_utf8()..];
    }
    Some(parts)
}

/// Midnights in `zone` from `start` to `end`, `span` apart, if it has midnights there.
fn dates(zone: &str, start: i64, end: i64, span: Span) -> Option<Vec<i64>> {
    let zone = TimeZone::get(zone).ok()?;
    let midnight = |nanos: i64| -> Option<Date> {
        let at = Timestamp::from_nanosecond(i128::from(nanos)).ok()?;
        let local = zone.to_datetime(at);
        (local.time() == Time::midnight()).then_some(local.date())
    };
    let (first, last) = (midnight(start)?, midnight(end)?);
    let mut bounds = Vec::new();
    for count in 0..=CALENDAR_STEPS_MAX {
        let date = first.checked_add(span.checked_mul(count).ok()?).ok()?;
        if date > last {
            return None;
        }
        let at = zone.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        bounds.push(i64::try_from(at.as_nanosecond()).ok()?);
        if date == last {
            return Some(bounds);
        }
    }
    None
}

/// The positions of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Steps {
    /// All of one length, in ns.
    Even { start: i64, step: i64, count: i64 },
    /// Begins, and the last end, ns UTC.
    Uneven(Vec<i64>),
}

impl Steps {
    /// How many there are.
    pub(super) fn count(&self) -> i64 {
        match self {
            Self::Even { count, .. } => *count,
            Self::Uneven(bounds) => bounds.len() as i64 - 1,
        }
    }

    /// Where the step of `position`, from 1, begins; that behind the last is the end of the period.
    pub(super) fn begin(&self, position: i64) -> i64 {
        match self {
            Self::Even { start, step, .. } => start + step * (position - 1),
            Self::Uneven(bounds) => bounds.get(position as usize - 1).copied().unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HOUR: i64 = 3_600_000_000_000;

    fn count(resolution: &str, start: &str, end: &str) -> Result<i64, String> {
        let resolution = Resolution::new(resolution)?;
        Ok(resolution.steps(instant(start)?, instant(end)?)?.count())
    }

    #[test]
    fn a_clock_change_makes_a_day_of_23_or_25_hours() {
        let day = |start, end| count("P1D", start, end).unwrap();
        assert_eq!(day("2024-03-30T23:00Z", "2024-03-31T22:00Z"), 1);
        assert_eq!(day("2024-10-26T22:00Z", "2024-10-27T23:00Z"), 1);
        let hours = |start, end| count("PT60M", start, end).unwrap();
        assert_eq!(hours("2024-03-30T23:00Z", "2024-03-31T22:00Z"), 23);
        assert_eq!(hours("2024-10-26T22:00Z", "2024-10-27T23:00Z"), 25);
    }

    #[test]
    fn the_calendar_is_that_on_whose_midnights_the_period_lies() {
        // Finland, Great Britain, UTC and Turkey.
        for (start, end) in [
            ("2024-01-31T22:00Z", "2024-04-30T21:00Z"),
            ("2024-02-01T00:00Z", "2024-04-30T23:00Z"),
            ("2024-02-01T00:00Z", "2024-05-01T00:00Z"),
            ("2024-01-31T21:00Z", "2024-04-30T21:00Z"),
        ] {
            assert_eq!(count("P1M", start, end), Ok(3), "{start}");
        }
        assert_eq!(
            count("P1Y", "2015-12-31T23:00Z", "2016-12-31T23:00Z"),
            Ok(1)
        );
        assert_eq!(
            count("P7D", "2024-03-24T23:00Z", "2024-04-07T22:00Z"),
            Ok(2)
        );
        assert!(count("P7D", "2024-03-24T23:00Z", "2024-04-06T22:00Z").is_err());
        assert!(count("P1D", "2024-03-24T23:30Z", "2024-04-06T22:30Z").is_err());
    }

    #[test]
    fn a_resolution_is_one_length() {
        assert_eq!(Resolution::new("PT1H"), Resolution::new("PT60M"));
        assert_eq!(
            Resolution::new("PT4S"),
            Ok(Resolution::Clock(4_000_000_000))
        );
        assert_eq!(Resolution::new("PT1H"), Ok(Resolution::Clock(HOUR)));
        for text in [
            "",
            "P",
            "PT",
            "1D",
            "P1DT1H",
            "PT0M",
            "PTM",
            "P1",
            "PT9999999999M",
            "P-1D",
        ] {
            assert!(Resolution::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_stamp_has_a_zone() {
        assert_eq!(instant("1970-01-01T01:00Z"), Ok(HOUR));
        assert_eq!(instant("1970-01-01T01:00:00.5+01:00"), Ok(500_000_000));
        for text in ["2024-01-01T00:00", "2024-01-01", "", "2024-13-01T00:00Z"] {
            assert!(instant(text).is_err(), "{text}");
        }
    }
}

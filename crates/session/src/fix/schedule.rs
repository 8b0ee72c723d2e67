//! The hours of a session: when it may be connected, and when its numbers begin anew.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ToSpan};
use wattbook_domain::Timestamp;

/// Hours that are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A name that is no time zone.
    #[error("{0:?} is no time zone; give a name of the IANA database, such as Europe/Berlin")]
    Zone(String),
    /// A text that is no time of day.
    #[error("{0:?} is no time of day; give one such as 08:00 or 17:30:00")]
    Time(String),
    /// A word that is no day of the week.
    #[error("{0:?} is no day of the week; give one of monday to sunday")]
    Day(String),
}

/// Hours of one day, every day, or from one day of the week to another.
///
/// Each period of these hours is a session in FIX's sense: numbers begin at 1 with it (FIX Session
/// Layer, "FIX session"). Hours that end when they begin have no pause: a whole day, or week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    zone: TimeZone,
    start: Time,
    end: Time,
    /// First and last day of a weekly one.
    days: Option<(Weekday, Weekday)>,
}

/// One period of the hours; its end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it begins.
    pub start: Timestamp,
    /// When it is over.
    pub end: Timestamp,
}

impl Schedule {
    /// From `start` to `end` of each day in `zone`; an end that is not later is that of the next day.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn daily(zone: &str, start: &str, end: &str) -> Result<Self, ScheduleError> {
        Ok(Self {
            zone: TimeZone::get(zone).map_err(|_| ScheduleError::Zone(zone.to_owned()))?,
            start: time(start)?,
            end: time(end)?,
            days: None,
        })
    }

    /// From `start` on `first` to `end` on `last` of each week in `zone`.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn weekly(
        zone: &str,
        (first, start): (&str, &str),
        (last, end): (&str, &str),
    ) -> Result<Self, ScheduleError> {
        let mut made = Self::daily(zone, start, end)?;
        made.days = Some((day(first)?, day(last)?));
        Ok(made)
    }

    /// The period that `at` lies in; none outside the hours.
    #[must_use]
    pub fn period(&self, at: Timestamp) -> Option<Period> {
        let today = self.date(at)?;
        // A period that is under way began at most its length ago.
        (0..=self.days_apart())
            .filter_map(|days| self.beginning(today.checked_sub(days.days()).ok()?))
            .find(|period| period.start <= at && at < period.end)
    }

    /// When the next period after `at` begins.
    #[must_use]
    pub fn next_start(&self, at: Timestamp) -> Option<Timestamp> {
        let today = self.date(at)?;
        (0..=8)
            .filter_map(|days: i64| self.beginning(today.checked_add(days.days()).ok()?))
            .map(|period| period.start)
            .find(|start| *start > at)
    }

    fn date(&self, at: Timestamp) -> Option<Date> {
        let at = Instant::from_nanosecond(i128::from(at.nanos())).ok()?;
        Some(at.to_zoned(self.zone.clone()).date())
    }

    /// How many days the end of a period lies behind its beginning.
    fn days_apart(&self) -> i64 {
        let days = self.days.map_or(0, |(first, last)| {
            i64::from(last.since(jiff::civil::Weekday::Monday))
                - i64::from(first.since(jiff::civil::Weekday::Monday))
        });
        match self.days {
            None => i64::from(self.end <= self.start),
            Some(_) if days == 0 && self.end <= self.start => 7,
            Some(_) => days.rem_euclid(7),
        }
    }

    /// The period that begins on `date`.
    fn beginning(&self, date: Date) -> Option<Period> {
        if self.days.is_some_and(|(first, _)| date.weekday() != first) {
            return None;
        }
        let end = date.checked_add(self.days_apart().days()).ok()?;
        Some(Period {
            start: self.instant(date, self.start)?,
            end: self.instant(end, self.end)?,
        })
    }

    /// A time that a change of clocks skips is as long after it as it would have been before; of two the
    /// first counts.
    fn instant(&self, date: Date, time: Time) -> Option<Timestamp> {
        let zoned = date.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        let nanos = i64::try_from(zoned.timestamp().as_nanosecond()).ok()?;
        Some(Timestamp::from_nanos(nanos))
    }
}

fn time(text: &str) -> Result<Time, ScheduleError> {
    text.parse()
        .map_err(|_| ScheduleError::Time(text.to_owned()))
}

fn day(text: &str) -> Result<Weekday, ScheduleError> {
    match text {
        "monday" => Ok(Weekday::Monday),
        "tuesday" => Ok(Weekday::Tuesday),
        "wednesday" => Ok(Weekday::Wednesday),
        "thursday" => Ok(Weekday::Thursday),
        "friday" => Ok(Weekday::Friday),
        "saturday" => Ok(Weekday::Saturday),
        "sunday" => Ok(Weekday::Sunday),
        _ => Err(ScheduleError::Day(text.to_owned())),
    }
}

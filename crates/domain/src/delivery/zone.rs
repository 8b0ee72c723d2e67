//! Civil time of a market, in UTC.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::DomainError;
use crate::time::{NANOS_PER_SECOND, Timestamp};

/// A time zone of the IANA database that this build carries with it; the system's is never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A stretch of UTC with one offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    /// First second after it, UTC.
    pub(crate) end: i64,
    /// Seconds to add to UTC for wall-clock time.
    pub(crate) offset: i64,
}

impl Zone {
    /// The zone called `name`, such as `Europe/Berlin`.
    ///
    /// # Errors
    /// [`DomainError::UnknownTimeZone`].
    pub fn new(name: &str) -> Result<Self, DomainError> {
        TimeZone::get(name)
            .map(Self)
            .map_err(|_| DomainError::UnknownTimeZone {
                text: name.to_owned(),
            })
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The instant at which clocks show `minutes` after midnight of `day` (below zero: before it).
    ///
    /// A time that is skipped gives the instant of the jump or later by as much as it lies in the
    /// gap; a time that occurs twice gives the first.
    ///
    /// # Errors
    /// [`DomainError::DayOutOfRange`] outside the years that a [`Timestamp`] can hold.
    pub fn instant(&self, day: Date, minutes: i32) -> Result<Timestamp, DomainError> {
        let out_of_range = |_| DomainError::DayOutOfRange { day };
        let clock = day
            .at(0, 0, 0, 0)
            .checked_add(SignedDuration::from_mins(i64::from(minutes)))
            .map_err(out_of_range)?;
        let instant = self
            .0
            .to_ambiguous_timestamp(clock)
            .compatible()
            .map_err(out_of_range)?;
        i64::try_from(instant.as_nanosecond())
            .map(Timestamp::from_nanos)
            .map_err(|_| DomainError::DayOutOfRange { day })
    }

    /// The day that clocks show at `instant`.
    #[must_use]
    pub fn day(&self, instant: Timestamp) -> Date {
        self.0.to_datetime(civil_instant(instant)).date()
    }

    /// Seconds to add to UTC for wall-clock time at `instant`.
    #[must_use]
    pub fn offset_seconds(&self, instant: Timestamp) -> i64 {
        i64::from(self.0.to_offset(civil_instant(instant)).seconds())
    }

    /// The stretches of one offset that cover `[start, end)`, in order; times in seconds UTC.
    pub(crate) fn segments(&self, start: i64, end: i64) -> Vec<Segment> {
        let first = Timestamp::from_seconds(start);
        let mut segments: Vec<Segment> = Vec::new();
        let mut offset = self.offset_seconds(first);
        for change in self.0.following(civil_instant(first)) {
            let at = change.timestamp().as_second();
            if at >= end {
                break;
            }
            let next = i64::from(change.offset().seconds());
            // A change of name or of law that leaves the offset alone is no clock change.
            if next != offset {
                segments.push(Segment { end: at, offset });
                offset = next;
            }
        }
        segments.push(Segment { end, offset });
        segments
    }
}

/// `instant` as the calendar library counts it; every 64-bit count of nanoseconds is in its range.
fn civil_instant(instant: Timestamp) -> jiff::Timestamp {
    let seconds = instant.nanos().div_euclid(NANOS_PER_SECOND);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_skipped_midnight_is_the_instant_of_the_jump() {
        // Africa/Cairo went from 00:00 to 01:00 on 2024-04-26.
        let zone = Zone::new("Africa/Cairo").unwrap();
        let start = zone.instant(date(2024, 4, 26), 0).unwrap();
        assert_eq!(start.to_string(), "2024-04-25T22:00:00Z");
    }

    #[test]
    fn a_repeated_midnight_is_its_first() {
        // America/Havana repeats 00:00 to 01:00 every November.
        let zone = Zone::new("America/Havana").unwrap();
        let start = zone.instant(date(2025, 11, 2), 0).unwrap();
        assert_eq!(start.to_string(), "2025-11-02T04:00:00Z");
    }

    #[test]
    fn an_unknown_zone_is_refused_by_name() {
        let error = Zone::new("Europe/Atlantis").unwrap_err();
        assert!(error.to_string().contains("Europe/Atlantis"));
    }

    #[test]
    fn a_day_beyond_the_timestamp_is_refused() {
        let zone = Zone::new("Europe/Berlin").unwrap();
        assert!(matches!(
            zone.instant(date(2400, 1, 1), 0),
            Err(DomainError::DayOutOfRange { .. })
        ));
    }
}

//! Delivery days and the intervals that they divide into, by wall clock.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;

use crate::delivery::period::DeliveryPeriod;
use crate::delivery::zone::{Segment, Zone};
use crate::error::DomainError;
use crate::time::{NANOS_PER_SECOND, Timestamp};

/// From which day on the delivery day starts when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DayStart {
    /// First delivery day of the rule.
    pub from: Date,
    /// Start in minutes of wall-clock time after midnight; below zero on the evening before.
    pub minutes: i32,
}

/// How the intervals of a day are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Numbering {
    /// By the clock: the 23-hour day has no hour 3, the 25-hour day has it twice.
    #[default]
    Clock,
    /// By position: the hours of the 23-hour day are 1 to 23.
    Position,
}

/// Which of two intervals of the same number is meant, where the clock went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Occurrence {
    /// The number occurs once.
    #[default]
    Only = 0,
    /// The first of two, before the clock went back: `3A`.
    First = 1,
    /// The second of two: `3B`.
    Second = 2,
}

impl fmt::Display for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Only => "",
            Self::First => "A",
            Self::Second => "B",
        })
    }
}

/// A numbered part of a delivery day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// When it delivers.
    pub period: DeliveryPeriod,
    /// Its delivery day.
    pub day: Date,
    /// Its number in the day, from 1.
    pub number: u16,
    /// Which one, where the number occurs twice.
    pub occurrence: Occurrence,
}

/// The delivery days of a place: a zone, when a day starts, how its parts are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDays {
    zone: Zone,
    starts: Cow<'static, [DayStart]>,
    numbering: Numbering,
}

impl DeliveryDays {
    /// Days that start `start_minutes` of wall-clock time after midnight in `zone`.
    #[must_use]
    pub fn new(zone: Zone, start_minutes: i32, numbering: Numbering) -> Self {
        let start = DayStart {
            from: Date::MIN,
            minutes: start_minutes,
        };
        Self {
            zone,
            starts: Cow::Owned(vec![start]),
            numbering,
        }
    }

    /// Days whose start changed over time; `starts` is in the order of `from`.
    #[must_use]
    pub const fn dated(zone: Zone, starts: &'static [DayStart], numbering: Numbering) -> Self {
        Self {
            zone,
            starts: Cow::Borrowed(starts),
            numbering,
        }
    }

    /// Their zone.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Wall-clock minutes after midnight at which `day` starts.
    #[must_use]
    pub fn start_minutes(&self, day: Date) -> i32 {
        let in_force = self.starts.iter().rev().find(|start| start.from <= day);
        in_force
            .or_else(|| self.starts.first())
            .map_or(0, |start| start.minutes)
    }

    /// First instant of `day`.
    ///
    /// # Errors
    /// [`DomainError::DayOutOfRange`].
    pub fn start(&self, day: Date) -> Result<Timestamp, DomainError> {
        self.zone.instant(day, self.start_minutes(day))
    }

    /// The delivery day `day`.
    ///
    /// # Errors
    /// [`DomainError::NoSuchDeliveryDay`] where the calendar jumped over it (Samoa, 2011-12-30).
    pub fn day(&self, day: Date) -> Result<DeliveryPeriod, DomainError> {
        self.span(day, following(day)?)
    }

    /// The delivery days from `first` up to, not including, `after`, as one period.
    ///
    /// # Errors
    /// [`DomainError::NoSuchDeliveryDay`] when nothing lies between them.
    pub fn span(&self, first: Date, after: Date) -> Result<DeliveryPeriod, DomainError> {
        let (start, end) = (self.start(first)?, self.start(after)?);
        DeliveryPeriod::new(start, end).map_err(|_| DomainError::NoSuchDeliveryDay {
            zone: self.zone.name().to_owned(),
            day: first,
        })
    }

    /// The delivery day that contains `instant`.
    ///
    /// # Errors
    /// [`DomainError::DayOutOfRange`].
    pub fn day_of(&self, instant: Timestamp) -> Result<Date, DomainError> {
        let out_of_range = |day: Date| move |_| DomainError::DayOutOfRange { day };
        let civil = self.zone.day(instant);
        let mut day = civil.tomorrow().map_err(out_of_range(civil))?;
        while self.start(day)? > instant {
            day = day.yesterday().map_err(out_of_range(day))?;
        }
        Ok(day)
    }

    /// The intervals of `step_minutes` of the days from `first` up to, not including, `after`.
    ///
    /// An interval that a clock change cuts is as long as what the clock leaves of it: on Lord
    /// Howe Island, hour 3 has 30 minutes when clocks go forward.
    ///
    /// # Errors
    /// [`DomainError::IntervalLength`] unless the step divides a day into whole steps, and
    /// [`DomainError::DayOutOfRange`].
    pub fn intervals(
        &self,
        first: Date,
        after: Date,
        step_minutes: i64,
    ) -> Result<Vec<Interval>, DomainError> {
        if step_minutes < 1 || 1_440 % step_minutes != 0 {
            return Err(DomainError::IntervalLength {
                minutes: step_minutes,
            });
        }
        let span = self.span(first, after)?;
        let (start, end) = (seconds(span.start()), seconds(span.end()));
        let segments = self.zone.segments(start, end);
        let step = step_minutes * 60;
        let expected = (end - start) / step + 2 * segments.len() as i64;
        let mut intervals = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
        let (mut day, mut day_start) = (first, start);
        while day < after {
            let next = following(day)?;
            let day_end = seconds(self.start(next)?);
            if day_start < day_end {
                self.divide((day, day_start, day_end), step, &segments, &mut intervals)?;
            }
            (day, day_start) = (next, day_end);
        }
        Ok(intervals)
    }

    /// Appends the intervals of one day.
    fn divide(
        &self,
        (day, day_start, day_end): (Date, i64, i64),
        step: i64,
        segments: &[Segment],
        intervals: &mut Vec<Interval>,
    ) -> Result<(), DomainError> {
        let whole = [Segment {
            end: day_end,
            offset: 0,
        }];
        let first_segment = segments.partition_point(|segment| segment.end <= day_start);
        // What the clock shows at the start of the day, counted as if it had one offset for ever.
        let (segments, origin) = match self.numbering {
            Numbering::Position => (&whole[..], day_start),
            Numbering::Clock => {
                let midnight = seconds_since_epoch(day);
                let start = i64::from(self.start_minutes(day)) * 60;
                (&segments[first_segment..], midnight + start)
            }
        };
        let day_from = intervals.len();
        let mut at = day_start;
        for (nth, segment) in segments.iter().enumerate() {
            if at >= day_end {
                break;
            }
            let went_back = nth > 0 && segments[nth - 1].offset > segment.offset;
            let first = intervals.len();
            let segment_end = segment.end.min(day_end);
            while at < segment_end {
                let clock = at + segment.offset - origin;
                let index = clock.div_euclid(step);
                let end = segment_end.min(at + (index + 1) * step - clock);
                intervals.push(Interval {
                    period: DeliveryPeriod::new(
                        Timestamp::from_seconds(at),
                        Timestamp::from_seconds(end),
                    )?,
                    day,
                    number: u16::try_from(index + 1).unwrap_or(u16::MAX),
                    occurrence: Occurrence::Only,
                });
                at = end;
            }
            if went_back && first > day_from {
                let (before, after) = intervals[day_from..].split_at_mut(first - day_from);
                name_twins(before, after);
            } else if first > day_from {
                join_cut(intervals, first)?;
            }
        }
        Ok(())
    }
}

/// Tells apart the intervals whose number occurs before and after the clock went back.
fn name_twins(before: &mut [Interval], after: &mut [Interval]) {
    for second in after {
        let twin = before
            .iter_mut()
            .find(|first| first.number == second.number);
        let Some(first) = twin else { break };
        first.occurrence = Occurrence::First;
        second.occurrence = Occurrence::Second;
    }
}

/// Joins the interval at `first` to its predecessor when the clock jumped within one step.
fn join_cut(intervals: &mut Vec<Interval>, first: usize) -> Result<(), DomainError> {
    if let [.., head, rest] = &mut intervals[..=first]
        && head.number == rest.number
    {
        head.period = DeliveryPeriod::new(head.period.start(), rest.period.end())?;
        intervals.remove(first);
    }
    Ok(())
}

/// The day after `day`.
pub(crate) fn following(day: Date) -> Result<Date, DomainError> {
    day.tomorrow()
        .map_err(|_| DomainError::DayOutOfRange { day })
}

fn seconds(instant: Timestamp) -> i64 {
    instant.nanos() / NANOS_PER_SECOND
}

/// Days from 1970-01-01 to `day`, in seconds.
fn seconds_since_epoch(day: Date) -> i64 {
    day.duration_since(Date::constant(1970, 1, 1)).as_secs()
}

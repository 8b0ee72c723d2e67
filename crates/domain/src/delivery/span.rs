//! What the market calls a stretch of delivery: `H03`, `WkEnd13-26`, `Q1-27`, `Sum-26`, `Cal-27`.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use crate::delivery::days::{DeliveryDays, Interval, Occurrence, following};
use crate::delivery::period::DeliveryPeriod;
use crate::error::DomainError;
use crate::instrument::Tenor;

/// Half a year of the gas and GB markets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Season {
    /// April to September.
    Summer,
    /// October to March of the next year.
    Winter,
}

/// A named stretch of delivery, without its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// A numbered part of a day.
    Interval {
        /// Its delivery day.
        day: Date,
        /// Hour, half-hour, quarter-hour or five minutes.
        tenor: Tenor,
        /// From 1.
        number: u16,
        /// Which one, where the clock goes back.
        occurrence: Occurrence,
    },
    /// Hours `first` to `last` of a day, both delivered.
    Block {
        /// Its delivery day.
        day: Date,
        /// First hour, from 1.
        first: u16,
        /// Last hour.
        last: u16,
    },
    /// One of the six four-hour blocks of a GB day.
    EfaBlock {
        /// Its delivery day.
        day: Date,
        /// 1 to 6.
        number: u16,
    },
    /// A delivery day, for gas a gas day.
    Day(Date),
    /// Saturday and Sunday of an ISO week.
    Weekend {
        /// Year of the ISO week.
        year: i16,
        /// ISO week.
        week: i8,
    },
    /// Monday to Sunday of an ISO week.
    Week {
        /// Year of the ISO week.
        year: i16,
        /// ISO week.
        week: i8,
    },
    /// A calendar month.
    Month {
        /// Its year.
        year: i16,
        /// 1 to 12.
        month: i8,
    },
    /// A calendar quarter.
    Quarter {
        /// Its year.
        year: i16,
        /// 1 to 4.
        quarter: i8,
    },
    /// A summer or winter; a winter is named by the year in which it starts.
    Season {
        /// Year of its first month.
        year: i16,
        /// Which.
        season: Season,
    },
    /// A calendar year.
    CalendarYear {
        /// Which.
        year: i16,
    },
}

impl Span {
    /// The length that the market calls it by.
    #[must_use]
    pub const fn tenor(self) -> Tenor {
        match self {
            Self::Interval { tenor, .. } => tenor,
            Self::Block { .. } | Self::EfaBlock { .. } => Tenor::Block,
            Self::Day(_) => Tenor::Day,
            Self::Weekend { .. } => Tenor::Weekend,
            Self::Week { .. } => Tenor::Week,
            Self::Month { .. } => Tenor::Month,
            Self::Quarter { .. } => Tenor::Quarter,
            Self::Season { .. } => Tenor::Season,
            Self::CalendarYear { .. } => Tenor::CalendarYear,
        }
    }

    /// Whether it consists of whole delivery days.
    #[must_use]
    pub const fn days_are_whole(self) -> bool {
        !matches!(
            self,
            Self::Interval { .. } | Self::Block { .. } | Self::EfaBlock { .. }
        )
    }

    /// Its first delivery day and the first day after it; `None` for a week 53 or a month 13 that
    /// the year does not have.
    #[must_use]
    pub fn days(self) -> Option<(Date, Date)> {
        let months = |year: i16, month: i8, length: i8| {
            let last = month + length - 1;
            let (after_year, after_month) = (year + i16::from(last / 12), last % 12 + 1);
            let first = Date::new(year, month, 1).ok()?;
            Some((first, Date::new(after_year, after_month, 1).ok()?))
        };
        let week = |year, week, first: Weekday| {
            let first = ISOWeekDate::new(year, week, first).ok()?.date();
            let sunday = ISOWeekDate::new(year, week, Weekday::Sunday).ok()?.date();
            Some((first, sunday.tomorrow().ok()?))
        };
        match self {
            Self::Interval { day, .. }
            | Self::Block { day, .. }
            | Self::EfaBlock { day, .. }
            | Self::Day(day) => Some((day, day.tomorrow().ok()?)),
            Self::Weekend { year, week: number } => week(year, number, Weekday::Saturday),
            Self::Week { year, week: number } => week(year, number, Weekday::Monday),
            Self::Month { year, month } if (1..=12).contains(&month) => months(year, month, 1),
            Self::Quarter { year, quarter } if (1..=4).contains(&quarter) => {
                months(year, quarter * 3 - 2, 3)
            }
            Self::Season { year, season } => match season {
                Season::Summer => months(year, 4, 6),
                Season::Winter => months(year, 10, 6),
            },
            Self::CalendarYear { year } => months(year, 1, 12),
            Self::Month { .. } | Self::Quarter { .. } => None,
        }
    }

    /// When it delivers by `days`; `None` when the day lacks it or has it twice.
    ///
    /// # Errors
    /// [`DomainError::DayOutOfRange`] and [`DomainError::NoSuchDeliveryDay`].
    pub(crate) fn period(self, days: &DeliveryDays) -> Result<Option<DeliveryPeriod>, DomainError> {
        let Some((first, after)) = self.days() else {
            return Ok(None);
        };
        let hours = |first_hour: u16, last_hour: u16| -> Result<_, DomainError> {
            let hours = days.intervals(first, after, 60)?;
            let highest = hours.last().map_or(0, |hour| hour.number);
            if first_hour < 1 || last_hour > highest {
                return Ok(None);
            }
            let delivers = |hour: &&Interval| (first_hour..=last_hour).contains(&hour.number);
            let start = hours.iter().find(delivers).map(|hour| hour.period.start());
            let end = hours.iter().rfind(delivers).map(|hour| hour.period.end());
            start
                .zip(end)
                .map(|(start, end)| DeliveryPeriod::new(start, end))
                .transpose()
        };
        match self {
            Self::Interval {
                tenor,
                number,
                occurrence,
                ..
            } => {
                let Some(step) = interval_minutes(tenor) else {
                    return Ok(None);
                };
                let intervals = days.intervals(first, after, step)?;
                let found = intervals.iter().find(|interval| {
                    (interval.number, interval.occurrence) == (number, occurrence)
                });
                Ok(found.map(|interval| interval.period))
            }
            Self::Block { first, last, .. } => hours(first, last),
            Self::EfaBlock { number, .. } if (1..=6).contains(&number) => {
                hours(number * 4 - 3, number * 4)
            }
            Self::EfaBlock { .. } => Ok(None),
            _ => days.span(first, after).map(Some),
        }
    }

    /// The spans of `tenor` that partition it, in order; empty when `tenor` does not fit.
    pub(crate) fn divided(self, tenor: Tenor) -> Result<Vec<Self>, DomainError> {
        let Some((first, after)) = self.days() else {
            return Ok(Vec::new());
        };
        let mut parts = Vec::new();
        let mut day = first;
        while day < after {
            let Some(part) = Self::starting(day, tenor) else {
                return Ok(Vec::new());
            };
            let Some((start, next)) = part.days() else {
                return Ok(Vec::new());
            };
            if start != day || next > after {
                return Ok(Vec::new());
            }
            parts.push(part);
            day = if tenor == Tenor::Day {
                following(day)?
            } else {
                next
            };
        }
        Ok(parts)
    }

    /// The day, month, quarter or year that `day` lies in.
    fn starting(day: Date, tenor: Tenor) -> Option<Self> {
        let (year, month) = (day.year(), day.month());
        match tenor {
            Tenor::Day => Some(Self::Day(day)),
            Tenor::Month => Some(Self::Month { year, month }),
            Tenor::Quarter => Some(Self::Quarter {
                year,
                quarter: (month + 2) / 3,
            }),
            Tenor::Season => Some(match month {
                4..=9 => Self::Season {
                    year,
                    season: Season::Summer,
                },
                10..=12 => Self::Season {
                    year,
                    season: Season::Winter,
                },
                _ => Self::Season {
                    year: year - 1,
                    season: Season::Winter,
                },
            }),
            _ => None,
        }
    }
}

/// Minutes of a part of a day; `None` for a longer tenor.
#[must_use]
pub const fn interval_minutes(tenor: Tenor) -> Option<i64> {
    match tenor {
        Tenor::FiveMinutes => Some(5),
        Tenor::QuarterHour => Some(15),
        Tenor::HalfHour => Some(30),
        Tenor::Hour => Some(60),
        _ => None,
    }
}

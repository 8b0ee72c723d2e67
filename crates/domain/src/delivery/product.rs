//! What is delivered where and when, under the name that the market gives it.

use crate::delivery::days::{Interval, Occurrence};
use crate::delivery::market::Place;
use crate::delivery::period::DeliveryPeriod;
use crate::delivery::span::{Span, interval_minutes};
use crate::error::DomainError;
use crate::instrument::{Load, Tenor};

/// A delivery that exists: a place, a span of its calendar and the hours of it that count.
///
/// Its text form, such as `DE-LU 2026-03-29 H04` or `DE-LU Q1-27 Peak`, reads back as itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryProduct {
    place: Place,
    span: Span,
    load: Load,
    period: DeliveryPeriod,
    delivery_seconds: i64,
}

impl DeliveryProduct {
    /// The delivery of the `load` hours of `span` at `place`.
    ///
    /// # Errors
    /// [`DomainError::NoSuchDeliveryPeriod`] for an hour that the clock skips, a week 53 that the
    /// year lacks and the like; [`DomainError::AmbiguousDeliveryPeriod`] for an hour that occurs
    /// twice; [`DomainError::NoDeliveryHours`] for a peak on days without; and
    /// [`DomainError::NoPeakRule`] where no peak is traded.
    pub fn new(place: Place, span: Span, load: Load) -> Result<Self, DomainError> {
        let days = place.calendar.days()?;
        let is_foreign = matches!(span, Span::EfaBlock { .. }) && !place.calendar.has_efa_blocks;
        let is_nameable = span
            .days()
            .is_some_and(|(first, after)| (2000..2100).contains(&first.year()) && first < after);
        let found = if is_foreign || !is_nameable {
            None
        } else {
            span.period(&days)?
        };
        let Some(period) = found else {
            return Err(missing(place, span));
        };
        let mut product = Self {
            place,
            span,
            load,
            period,
            delivery_seconds: period.seconds(),
        };
        if load != Load::Base {
            let is_short = interval_minutes(span.tenor()).is_some() || span.tenor() == Tenor::Block;
            let hours = if is_short {
                Vec::new()
            } else {
                product.load_periods()?
            };
            product.delivery_seconds = hours.iter().map(|hours| hours.seconds()).sum();
            if product.delivery_seconds == 0 {
                return Err(DomainError::NoDeliveryHours {
                    product: product.to_string(),
                });
            }
        }
        Ok(product)
    }

    /// Where it delivers.
    #[must_use]
    pub const fn place(self) -> Place {
        self.place
    }

    /// What the market calls the stretch.
    #[must_use]
    pub const fn span(self) -> Span {
        self.span
    }

    /// Which hours of it are delivered.
    #[must_use]
    pub const fn load(self) -> Load {
        self.load
    }

    /// The length that the market calls it by.
    #[must_use]
    pub const fn tenor(self) -> Tenor {
        self.span.tenor()
    }

    /// From its first to after its last instant.
    #[must_use]
    pub const fn period(self) -> DeliveryPeriod {
        self.period
    }

    /// Seconds with delivery: the length of the period for base, fewer for peak and off-peak.
    #[must_use]
    pub const fn delivery_seconds(self) -> i64 {
        self.delivery_seconds
    }

    /// The stretches in which it delivers, in order and apart.
    ///
    /// # Errors
    /// [`DomainError::NoPeakRule`] where no peak is traded.
    pub fn load_periods(self) -> Result<Vec<DeliveryPeriod>, DomainError> {
        self.place.load_periods(self.load, self.period)
    }

    /// The hours, half-hours, quarter-hours or five minutes in which it delivers.
    ///
    /// # Errors
    /// [`DomainError::NotDivisible`] for a longer `tenor`, or one longer than the product.
    pub fn intervals(self, tenor: Tenor) -> Result<Vec<Interval>, DomainError> {
        let own = interval_minutes(self.tenor());
        let step = interval_minutes(tenor).filter(|step| own.is_none_or(|own| *step <= own));
        let (Some(step), Some((first, after))) = (step, self.span.days()) else {
            return Err(self.indivisible(tenor));
        };
        let mut intervals = self.place.calendar.days()?.intervals(first, after, step)?;
        if self.load == Load::Base && self.span.days_are_whole() {
            return Ok(intervals);
        }
        let stretches = self.load_periods()?;
        let mut rest = stretches.iter().copied();
        let mut stretch = rest.next();
        intervals.retain(|interval| {
            let at = interval.period.start();
            while stretch.is_some_and(|stretch| stretch.end() <= at) {
                stretch = rest.next();
            }
            stretch.is_some_and(|stretch| stretch.contains(at))
        });
        Ok(intervals)
    }

    /// The days, months, quarters or seasons that partition it, with its load. Days without a peak
    /// hour are left out of a peak product.
    ///
    /// # Errors
    /// [`DomainError::NotDivisible`] for a `tenor` that does not partition it.
    pub fn parts(self, tenor: Tenor) -> Result<Vec<Self>, DomainError> {
        let spans = if self.span.days_are_whole() {
            self.span.divided(tenor)?
        } else {
            Vec::new()
        };
        if spans.is_empty() {
            return Err(self.indivisible(tenor));
        }
        let mut parts = Vec::with_capacity(spans.len());
        for span in spans {
            match Self::new(self.place, span, self.load) {
                Err(DomainError::NoDeliveryHours { .. }) => {}
                part => parts.push(part?),
            }
        }
        Ok(parts)
    }

    fn indivisible(self, tenor: Tenor) -> DomainError {
        DomainError::NotDivisible {
            product: self.to_string(),
            tenor: format!("{tenor:?}"),
        }
    }
}

/// Why `span` does not exist at `place`, and what does.
fn missing(place: Place, span: Span) -> DomainError {
    let absent = |fix: String| DomainError::NoSuchDeliveryPeriod {
        place: place.name,
        period: span.to_string(),
        fix,
    };
    match span {
        Span::Interval {
            day,
            tenor,
            number,
            occurrence,
        } => {
            let step = interval_minutes(tenor).unwrap_or(60);
            let intervals = place
                .calendar
                .days()
                .and_then(|days| days.intervals(day, crate::delivery::days::following(day)?, step));
            let Ok(intervals) = intervals else {
                return absent("take a day of the years 2000 to 2099".to_owned());
            };
            let twins = intervals
                .iter()
                .filter(|other| other.number == number)
                .count();
            if twins == 2 && occurrence == Occurrence::Only {
                return DomainError::AmbiguousDeliveryPeriod {
                    place: place.name,
                    period: span.to_string(),
                };
            }
            let highest = intervals.last().map_or(0, |last| last.number);
            absent(if twins == 1 {
                "it occurs once on that day; leave out A or B".to_owned()
            } else if (1..=highest).contains(&number) {
                format!(
                    "clocks skip it, the day has {} of them; trade one beside it",
                    intervals.len()
                )
            } else {
                format!("the numbers of that day go from 1 to {highest}")
            })
        }
        Span::Block { .. } => absent("give a first and a last hour that the day has".to_owned()),
        Span::EfaBlock { .. } => absent("EFA blocks are 1 to 6, of GB days".to_owned()),
        Span::Week { .. } | Span::Weekend { .. } => {
            absent("weeks go from 1 to 52, in some years to 53".to_owned())
        }
        Span::Month { .. } | Span::Quarter { .. } => {
            absent("months go from 1 to 12, quarters from 1 to 4".to_owned())
        }
        Span::Day(_) | Span::Season { .. } | Span::CalendarYear { .. } => {
            absent("take one of the years 2000 to 2099".to_owned())
        }
    }
}

//! Whether a delivery period is one that its market has.

use std::sync::OnceLock;

use wattbook_domain::delivery::{Date, DeliveryDays, MARKET_CALENDARS, MarketCalendar};

use super::table::SECOND;

/// Calendars of the domain.
const CALENDARS: usize = MARKET_CALENDARS.len();
const HOUR: i64 = 3_600 * SECOND;
/// A delivery day has 23 hours at least.
const SHORTEST_DAY: i64 = 23 * HOUR;

/// The starts of a market's delivery days, ns UTC, rising.
#[derive(Debug, Clone)]
pub struct Grid {
    starts: Vec<i64>,
}

impl Grid {
    /// The grid of a calendar, for the years 1990 to 2060.
    #[must_use]
    pub fn new(calendar: &'static MarketCalendar) -> Self {
        let starts = calendar
            .days()
            .map(|days| starts(&days))
            .unwrap_or_default();
        Self { starts }
    }

    /// The grid of a calendar, made at first use and shared from then on.
    #[must_use]
    pub fn of(calendar: &'static MarketCalendar) -> Option<&'static Self> {
        static GRIDS: [OnceLock<Grid>; CALENDARS] = [const { OnceLock::new() }; CALENDARS];
        let place = MARKET_CALENDARS
            .iter()
            .position(|it| it.name == calendar.name);
        Some(GRIDS.get(place?)?.get_or_init(|| Self::new(calendar)))
    }

    /// Place of the delivery day that `at` lies in; none outside the years.
    #[inline]
    fn day(&self, at: i64) -> Option<usize> {
        let first = *self.starts.first()?;
        // Days have 24 hours but for the clock changes, so the guess is off by one at most.
        let guess = usize::try_from(at.checked_sub(first)? / (24 * HOUR)).ok()?;
        let place = (guess.saturating_sub(1)..=guess + 1)
            .rev()
            .find(|place| self.starts.get(*place).is_some_and(|start| *start <= at))?;
        (at >= first && place + 1 < self.starts.len()).then_some(place)
    }

    /// Whether `[start, end)` is a part of a day, or whole days, as the market has them. Outside the
    /// years nothing is said against it.
    #[must_use]
    #[inline]
    pub fn has(&self, start: i64, end: i64) -> bool {
        let length = end - start;
        if length == 0 {
            return true;
        }
        let Some(day) = self.day(start) else {
            return true;
        };
        let day_start = self.starts[day];
        if length >= SHORTEST_DAY {
            let ends = self.day(end).is_none_or(|day| self.starts[day] == end);
            return day_start == start && ends;
        }
        let step = length.min(HOUR);
        let is_part = HOUR % step == 0 && length % step == 0;
        is_part && (start - day_start) % step == 0 && end <= self.starts[day + 1]
    }

    /// Hours of the delivery day that `[start, end)` is, in ns; 24 where it is none.
    #[must_use]
    pub fn day_length(&self, start: i64, end: i64) -> i64 {
        let whole = self
            .day(start)
            .is_some_and(|day| self.starts[day] == start && self.starts.get(day + 1) == Some(&end));
        if whole { end - start } else { 24 * HOUR }
    }
}

fn starts(days: &DeliveryDays) -> Vec<i64> {
    let mut day = Date::constant(1990, 1, 1);
    let mut starts = Vec::new();
    while day.year() < 2061 {
        if let Ok(start) = days.start(day) {
            starts.push(start.nanos());
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_interval_of_every_market_is_on_its_grid(
            calendar in 0..MARKET_CALENDARS.len(), year in 2000_i16..2040, day in 1_i16..365,
            minutes in prop::sample::select(vec![5_i64, 15, 30, 60]),
        ) {
            let calendar = &MARKET_CALENDARS[calendar];
            let grid = Grid::of(calendar).unwrap();
            let first = Date::new(year, 1, 1).unwrap().checked_add(jiff_days(day)).unwrap();
            let days = calendar.days().unwrap();
            let after = first.tomorrow().unwrap();
            for interval in days.intervals(first, after, minutes).unwrap() {
                let (start, end) = (interval.period.start().nanos(), interval.period.end().nanos());
                prop_assert!(grid.has(start, end));
                prop_assert!(!grid.has(start + 60 * SECOND, end + 60 * SECOND));
            }
            let whole = days.day(first).unwrap();
            prop_assert!(grid.has(whole.start().nanos(), whole.end().nanos()));
            prop_assert!(!grid.has(whole.start().nanos() + HOUR, whole.end().nanos() + HOUR));
            let length = whole.end().nanos() - whole.start().nanos();
            prop_assert_eq!(grid.day_length(whole.start().nanos(), whole.end().nanos()), length);
        }
    }

    fn jiff_days(days: i16) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(days.unsigned_abs()) * 86_400)
    }
}

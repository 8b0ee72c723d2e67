//! The normalization of rows: code to place, unit to unit, period to grid, rule after rule.

use super::columns::{Fault, NO_TIME, Normalized, Observations, Reason};
use super::error::NormalizationError;
use super::names::{NONE, Names};
use super::rates::Rates;
use super::resolve::{Caches, Place, Tables};
use super::rule::Rules;
use super::seen::Publication;
use super::series::{SeriesName, compare};
use super::symbology::Symbology;
use super::unit::Units;

/// Nanoseconds in an hour.
const HOUR: i64 = 3_600_000_000_000;
/// Delivery periods longer than this are a mistake.
const CENTURY: i64 = 100 * 366 * 24 * HOUR;

/// How much a normalizer may remember: at most about 60 bytes a delivery period of a series, 2 KB a
/// series and 100 bytes a text, however hostile the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Delivery periods of a series whose publication is remembered, the latest ones.
    pub periods: usize,
    /// Series; a row of one more is set aside.
    pub series: usize,
    /// Texts: codes, units, items; a row with one more is set aside.
    pub texts: usize,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            periods: 512,
            series: 200_000,
            texts: 1_000_000,
        }
    }
}

/// Turns rows of sources into rows of one form, and sets aside what cannot be trusted.
///
/// What it makes of a row follows from its tables and the rows before, and from nothing else: the
/// same rows through a fresh normalizer of the same tables give the same result.
#[derive(Debug, Clone)]
pub struct Normalizer {
    pub(super) tables: Tables,
    pub(super) names: Names,
    pub(super) caches: Caches,
    memory: Memory,
}

/// A value on its way through the rules.
pub(super) struct Value {
    pub(super) value: f64,
    pub(super) flags: u32,
}

impl Normalizer {
    /// A normalizer that has seen nothing yet.
    #[must_use]
    pub fn new(
        rules: Rules,
        symbology: Symbology,
        units: Units,
        rates: Rates,
        memory: Memory,
    ) -> Self {
        Self {
            tables: Tables {
                rules,
                symbology,
                units,
                rates,
            },
            names: Names::default(),
            caches: Caches::default(),
            memory,
        }
    }

    /// Forgets every row: as if made anew of the same tables.
    pub fn reset(&mut self) {
        self.caches = Caches::default();
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.tables.rules
    }

    /// The number of a text in the columns of [`Observations`].
    pub fn number(&mut self, text: &str) -> u32 {
        self.names.number_below(text, self.memory.texts)
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.names.text(number)
    }

    /// What a series of [`super::Rows`] is.
    #[must_use]
    pub fn series(&self, series: u32) -> &SeriesName {
        &self.caches.series[series as usize].name
    }

    /// Normalizes `rows` of `source`, received at `ts_recv` (ns UTC), into `out`, which keeps its
    /// memory from batch to batch.
    ///
    /// Nothing is allocated for a row: only for a code, unit or series at first sight.
    ///
    /// # Errors
    /// [`NormalizationError::Columns`] for columns of different lengths.
    pub fn apply(
        &mut self,
        source: u32,
        ts_recv: i64,
        rows: &Observations<'_>,
        out: &mut Normalized,
    ) -> Result<(), NormalizationError> {
        rows.check()?;
        out.reset(rows.len());
        for row in 0..rows.len() {
            let corrections = out.corrections.len();
            let done = match self.resolve(source, rows, row) {
                Ok(series) => self.row(rows, row, ts_recv, series, out),
                Err(reason) => Err(fault(row, reason)),
            };
            if let Err(fault) = done {
                out.corrections.truncate(corrections);
                out.faults.push(fault);
            }
        }
        Ok(())
    }

    /// The series of a row; a new one at first sight.
    #[inline]
    fn resolve(&mut self, source: u32, rows: &Observations<'_>, row: usize) -> Result<u32, Reason> {
        let at = rows.delivery_start[row];
        let ids = [
            rows.dataset[row],
            rows.location[row],
            rows.counterpart[row],
            rows.item[row],
        ];
        if let Some(series) = self.caches.known(source, &ids, at) {
            return Ok(series);
        }
        let [dataset, location, counterpart, item] = ids;
        if dataset == NONE || location == NONE {
            return Err(Reason::Nameless);
        }
        let place = self.place(source, location, at, Reason::Location)?;
        let other = match counterpart {
            NONE => None,
            code => Some(self.place(source, code, at, Reason::Counterpart)?),
        };
        let series = self.series_of(source, dataset, place, other, item)?;
        self.caches.remember(source, &ids, place, other, series);
        Ok(series)
    }

    fn place(&mut self, source: u32, code: u32, at: i64, unknown: Reason) -> Result<Place, Reason> {
        self.caches
            .place(&self.tables, &mut self.names, source, code, at)
            .map_err(|is_known| if is_known { Reason::Expired } else { unknown })
    }

    fn series_of(
        &mut self,
        source: u32,
        dataset: u32,
        place: Place,
        other: Option<Place>,
        item: u32,
    ) -> Result<u32, Reason> {
        let name = SeriesName {
            source,
            dataset,
            location: place.name,
            counterpart: other.map_or(NONE, |other| other.name),
            item,
        };
        self.caches
            .series_of(
                &self.tables,
                &self.names,
                name,
                place.meaning,
                self.memory.series,
            )
            .ok_or(Reason::TooManySeries)
    }

    /// Normalizes one row whose series is known.
    #[inline]
    fn row(
        &mut self,
        rows: &Observations<'_>,
        row: usize,
        ts_recv: i64,
        series: u32,
        out: &mut Normalized,
    ) -> Result<(), Fault> {
        let period = self.caches.series[series as usize].period;
        let (start, end) = period_of(rows, row, period).map_err(|reason| fault(row, reason))?;
        let ts_event = rows.ts_event[row];
        let published = if ts_event == NO_TIME {
            ts_recv
        } else {
            ts_event
        };
        let unit =
            match self
                .caches
                .unit(&self.tables, &mut self.names, series, rows.unit[row], start)
            {
                Ok(unit) => unit,
                Err(reason) => return Err(fault(row, reason)),
            };
        let state = &mut self.caches.series[series as usize];
        if state.period.is_some_and(|it| it != (start, end)) {
            return Err(fault(row, Reason::OtherPeriod));
        }
        let grid = state.grid;
        let on_calendar = grid.is_none_or(|grid| grid.has(start, end));
        let conversion = &mut self.caches.conversions[unit as usize];
        let raw = (rows.value[row], published);
        let converted = conversion.value(&self.tables.rates, grid, (start, end), raw);
        let (value, flags) = converted.map_err(|reason| fault(row, reason))?;
        let mut value = Value { value, flags };
        let unit_name = conversion.unit;
        let moment = Moment {
            row,
            start,
            end,
            published,
            ts_recv,
            on_calendar,
            rate_age: conversion.rate_age,
        };
        let checks = state.checks.clone();
        let checks = &self.caches.checks[checks.start as usize..checks.end as usize];
        if let Some(fault) = state.check(checks, &self.caches.limits, &moment, &mut value, out) {
            return Err(fault);
        }
        let publication = Publication {
            published,
            revision: rows.revision[row],
            value: value.value,
        };
        if let Some(before) = state
            .seen
            .enter((start, end), publication, self.memory.periods)
            && let Some(fault) = compare(before, publication, checks, &moment, &mut value.flags)
        {
            return Err(fault);
        }
        state.learn(&value, &moment);
        let rows_out = &mut out.rows;
        rows_out.row.push(row as u32);
        rows_out.series.push(series);
        rows_out.delivery_start.push(start);
        rows_out.delivery_end.push(end);
        rows_out.value.push(value.value);
        rows_out.unit.push(unit_name);
        rows_out.ts_event.push(ts_event);
        rows_out.revision.push(rows.revision[row]);
        rows_out.flags.push(value.flags);
        rows_out.place.push(rows.place[row]);
        Ok(())
    }
}

/// When and where a row stands.
pub(super) struct Moment {
    pub(super) row: usize,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) published: i64,
    pub(super) ts_recv: i64,
    pub(super) on_calendar: bool,
    pub(super) rate_age: i64,
}

/// When a row delivers; a product says so where the source does not.
#[inline]
fn period_of(
    rows: &Observations<'_>,
    row: usize,
    product: Option<(i64, i64)>,
) -> Result<(i64, i64), Reason> {
    let (start, end) = match (rows.delivery_start[row], rows.delivery_end[row]) {
        (NO_TIME, _) => product.ok_or(Reason::NoTime)?,
        (start, NO_TIME) => (start, start),
        period => period,
    };
    if (0..CENTURY).contains(&end.saturating_sub(start)) {
        Ok((start, end))
    } else {
        Err(Reason::Backwards)
    }
}

fn fault(row: usize, reason: Reason) -> Fault {
    Fault {
        row: u32::try_from(row).unwrap_or(u32::MAX),
        reason,
        found: f64::NAN,
        low: f64::NAN,
        high: f64::NAN,
    }
}

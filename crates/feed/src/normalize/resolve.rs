//! What codes, units and series mean, worked out at first sight and kept.

use rustc_hash::FxHashMap;
use wattbook_domain::delivery::DeliveryDays;

use super::columns::Reason;
use super::convert::Converter;
use super::flag;
use super::grid::Grid;
use super::names::{NONE, Names};
use super::rates::Rates;
use super::rule::{DatasetRule, Rule, RuleKind, Rules};
use super::series::{Check, Limit, Looks, Memory, Series, SeriesName};
use super::symbology::{Meaning, Symbology, instant};
use super::table::{ALWAYS, FOR_EVER};
use super::unit::{Conversion, UnitFault, Units};
use super::window::Window;

/// Everything that a normalizer is told.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    pub(super) rules: Rules,
    pub(super) symbology: Symbology,
    pub(super) units: Units,
    pub(super) rates: Rates,
}

/// A place that a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Number of its one name.
    pub(super) name: u32,
    /// Place of its meaning in the caches.
    pub(super) meaning: u32,
    /// From when until when the code means it, ns UTC, half-open.
    valid_from: i64,
    valid_to: i64,
}

/// Rows that were resolved lately, by the hash of their texts.
const LATELY: usize = 4_096;

/// A row that was resolved lately.
#[derive(Debug, Clone, Copy)]
struct Resolved {
    source: u32,
    ids: [u32; 4],
    valid_from: i64,
    valid_to: i64,
    series: u32,
}

/// What was worked out so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Caches {
    /// Meanings over time of a code of a source; empty for none.
    codes: FxHashMap<(u32, u32), Vec<Place>>,
    meanings: Vec<Meaning>,
    numbers: FxHashMap<SeriesName, u32>,
    lately: Box<[Option<Resolved>]>,
    pub(super) series: Vec<Series>,
    pub(super) checks: Vec<Check>,
    pub(super) limits: Vec<Limit>,
    pub(super) conversions: Vec<Converter>,
    /// Conversions by dataset, unit and the start of their validity.
    units: FxHashMap<(u32, u32, i64), u32>,
}

impl Caches {
    /// The series of a row that says the same as one lately.
    #[inline]
    pub(super) fn known(&self, source: u32, ids: &[u32; 4], at: i64) -> Option<u32> {
        let found = self.lately.get(slot(source, ids))?.as_ref()?;
        let same = found.source == source && found.ids == *ids;
        (same && found.valid_from <= at && at < found.valid_to).then_some(found.series)
    }

    pub(super) fn remember(
        &mut self,
        source: u32,
        ids: &[u32; 4],
        place: Place,
        other: Option<Place>,
        series: u32,
    ) {
        let other = other.unwrap_or(place);
        if self.lately.is_empty() {
            self.lately = vec![None; LATELY].into_boxed_slice();
        }
        self.lately[slot(source, ids)] = Some(Resolved {
            source,
            ids: *ids,
            valid_from: place.valid_from.max(other.valid_from),
            valid_to: place.valid_to.min(other.valid_to),
            series,
        });
    }

    /// What `code` of `source` means at `at`; on failure, whether it means anything at all.
    #[inline]
    pub(super) fn place(
        &mut self,
        tables: &Tables,
        names: &mut Names,
        source: u32,
        code: u32,
        at: i64,
    ) -> Result<Place, bool> {
        if !self.codes.contains_key(&(source, code)) {
            let places = self.places(tables, names, source, code);
            self.codes.insert((source, code), places);
        }
        let places = self
            .codes
            .get(&(source, code))
            .map_or(&[][..], Vec::as_slice);
        let found = places
            .iter()
            .find(|it| it.valid_from <= at && at < it.valid_to);
        found.copied().ok_or(!places.is_empty())
    }

    fn places(&mut self, tables: &Tables, names: &mut Names, source: u32, code: u32) -> Vec<Place> {
        let meanings = tables
            .symbology
            .meanings(names.text(source), names.text(code));
        let meanings = meanings.unwrap_or_default();
        let places = meanings.into_iter().map(|dated| {
            let place = Place {
                name: names.number(&dated.meaning.name),
                meaning: self.meanings.len() as u32,
                valid_from: dated.valid_from,
                valid_to: dated.valid_to,
            };
            self.meanings.push(dated.meaning);
            place
        });
        places.collect()
    }

    /// The number of a series, made ready at first sight.
    pub(super) fn series_of(
        &mut self,
        tables: &Tables,
        names: &Names,
        name: SeriesName,
        meaning: u32,
        most: usize,
    ) -> Option<u32> {
        if let Some(series) = self.numbers.get(&name) {
            return Some(*series);
        }
        if self.series.len() >= most {
            return None;
        }
        let number = self.series.len() as u32;
        let meaning = self.meanings[meaning as usize].clone();
        let grid = meaning.calendar.and_then(Grid::of);
        let period = meaning.period;
        let period = period.map(|it| (it.start().nanos(), it.end().nanos()));
        let exact = dataset(tables, names, &name).is_some_and(|it| it.exact);
        let mut series = Series::new(name, grid, period, exact);
        let first = self.checks.len() as u32;
        let days = meaning.calendar.and_then(|calendar| calendar.days().ok());
        for (place, rule) in tables.rules.rules.iter().enumerate() {
            let covers = rule.covers(
                names.text(name.source),
                names.text(name.dataset),
                names.text(name.location),
                names.text(name.item),
            );
            if covers && let Some(looks) = self.looks(rule, &meaning, days.as_ref(), &mut series) {
                let day = |day| instant(days.as_ref(), day);
                self.checks.push(Check {
                    rule: u16::try_from(place).unwrap_or(u16::MAX),
                    action: rule.action,
                    valid_from: rule.valid_from.map_or(ALWAYS, day),
                    valid_to: rule.valid_to.map_or(FOR_EVER, day),
                    looks,
                });
            }
        }
        series.checks = first..self.checks.len() as u32;
        self.series.push(series);
        self.numbers.insert(name, number);
        Some(number)
    }

    /// A rule made ready for a series; none where it says nothing of single rows of it.
    fn looks(
        &mut self,
        rule: &Rule,
        meaning: &Meaning,
        days: Option<&DeliveryDays>,
        series: &mut Series,
    ) -> Option<Looks> {
        Some(match rule.kind {
            RuleKind::Range { min, max } => Looks::Range { min, max },
            RuleKind::Limits(market) => {
                if !meaning.markets.iter().any(|it| it.name == market.name) {
                    return None;
                }
                let first = self.limits.len() as u32;
                self.limits
                    .extend(market.price_limits.iter().map(|it| Limit {
                        valid_from: instant(days, it.valid_from),
                        valid_to: it.valid_to.map_or(FOR_EVER, |day| instant(days, day)),
                        min: it.min_price.to_f64(),
                        max: it.max_price.to_f64(),
                    }));
                let after = self.limits.len() as u32;
                Looks::Limits { first, after }
            }
            RuleKind::Tick(tick) => Looks::Tick(tick),
            RuleKind::Grid(ref minutes) => {
                let mut lengths = [0; 6];
                for (length, minutes) in lengths.iter_mut().zip(minutes) {
                    *length = minutes * 60_000_000_000;
                }
                Looks::Grid(lengths)
            }
            RuleKind::Calendar => Looks::Calendar,
            RuleKind::Jump {
                deviations,
                floor,
                window,
                of_changes,
            } => Looks::Jump {
                deviations,
                floor,
                window: memory(series, window, of_changes),
            },
            RuleKind::Stale(most) => Looks::Stale(most),
            RuleKind::Unchanged(times) => Looks::Unchanged(times),
            RuleKind::Sequence => Looks::Sequence,
            RuleKind::Duplicate => Looks::Duplicate,
            RuleKind::Contradiction => Looks::Contradiction,
            RuleKind::RateAge(most) => Looks::RateAge(most),
            RuleKind::Scale { min, max, factor } => Looks::Scale { min, max, factor },
            RuleKind::Sign => Looks::Sign,
            RuleKind::FalseZero {
                deviations,
                floor,
                window,
            } => Looks::FalseZero {
                deviations,
                floor,
                window: memory(series, window, false),
            },
            RuleKind::Disagreement { .. }
            | RuleKind::Sum { .. }
            | RuleKind::Antisymmetric { .. } => {
                return None;
            }
        })
    }

    /// The converter from `unit` to what the series is kept in, for delivery at `at`.
    #[inline]
    pub(super) fn unit(
        &mut self,
        tables: &Tables,
        names: &mut Names,
        series: u32,
        unit: u32,
        at: i64,
    ) -> Result<u32, Reason> {
        let (last, converter, from, to) = self.series[series as usize].unit;
        if last == unit && from <= at && at < to {
            return Ok(converter);
        }
        let name = self.series[series as usize].name;
        let (from, to) = tables.units.validity(names.text(unit), at);
        let key = (name.dataset, unit, from);
        let converter = if let Some(known) = self.units.get(&key) {
            *known
        } else {
            let made = converter_of(tables, names, &name, unit, at)?;
            self.conversions.push(made);
            let place = self.conversions.len() as u32 - 1;
            self.units.insert(key, place);
            place
        };
        self.series[series as usize].unit = (unit, converter, from, to);
        Ok(converter)
    }
}

/// Where a row is kept among those of lately.
#[inline]
fn slot(source: u32, ids: &[u32; 4]) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let two = |a: u32, b: u32| u64::from(a) << 32 | u64::from(b);
    let hash = two(ids[0], ids[1]).wrapping_mul(ODD) ^ two(ids[2] ^ source, ids[3]);
    (hash.wrapping_mul(ODD) >> 52) as usize % LATELY
}

/// The statistics of a series that look back so far; shared by the rules that want the same.
fn memory(series: &mut Series, window: usize, of_changes: bool) -> u8 {
    let same = |it: &Memory| it.window.capacity() == window && it.of_changes == of_changes;
    let place = series.memories.iter().position(same).unwrap_or_else(|| {
        let window = Window::new(window);
        series.memories.push(Memory { of_changes, window });
        series.memories.len() - 1
    });
    u8::try_from(place).unwrap_or(u8::MAX)
}

fn dataset<'t>(tables: &'t Tables, names: &Names, name: &SeriesName) -> Option<&'t DatasetRule> {
    let dataset = names.text(name.dataset);
    tables.rules.datasets.iter().find(|it| it.name == dataset)
}

fn converter_of(
    tables: &Tables,
    names: &mut Names,
    name: &SeriesName,
    unit: u32,
    at: i64,
) -> Result<Converter, Reason> {
    let rule = dataset(tables, names, name);
    let wanted = rule.map_or("", |rule| rule.unit.as_str());
    let exact = rule.is_some_and(|rule| rule.exact);
    let text = if unit == NONE { "" } else { names.text(unit) };
    let conversion = tables.units.conversion(text, wanted, at);
    let conversion = match conversion {
        Ok(conversion) => conversion,
        // Nobody said what this is kept in, so there is nothing to convert it to.
        Err(UnitFault::Unknown(_)) if rule.is_none() && unit != NONE => {
            let mut unknown = Converter::new(unit, Conversion::identity(text), exact, None);
            unknown.flags = flag::UNKNOWN_UNIT;
            return Ok(unknown);
        }
        Err(UnitFault::Unknown(_)) => return Err(Reason::Unit),
        Err(UnitFault::Unconvertible(_)) => return Err(Reason::Dimension),
    };
    let target = rule.and_then(|rule| rule.currency);
    let exchange = conversion
        .currency
        .zip(target)
        .filter(|(from, to)| from != to);
    let text = match conversion.currency {
        Some(own) => {
            let currency = exchange.map_or(own, |(_, to)| to);
            let per = if conversion.unit.is_empty() { "" } else { "/" };
            format!("{currency}{per}{}", conversion.unit)
        }
        None => conversion.unit.clone(),
    };
    let number = names.number(&text);
    Ok(Converter::new(number, conversion, exact, exchange))
}

//! Normalization as one would explain it: one row at a time, nothing prepared, nothing bounded.

use std::collections::HashMap;

use wattbook_domain::delivery::DeliveryDays;
use wattbook_domain::{Price, Timestamp};
use wattbook_feed::normalize::{
    Action, Dated, PerTime, Rates, Reason, Rule, RuleKind, Rules, Symbology, UnitFault, Units, flag,
};

/// A row as a source tells it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) dataset: &'static str,
    pub(crate) location: &'static str,
    pub(crate) start: Option<i64>,
    pub(crate) end: i64,
    pub(crate) value: f64,
    pub(crate) unit: &'static str,
    pub(crate) ts_event: Option<i64>,
    pub(crate) revision: Option<i32>,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Result {
    Kept {
        location: String,
        value: u64,
        unit: String,
        flags: u32,
    },
    Aside(Reason),
}

/// Publications of a delivery period so far: when, which revision, which value.
type Published = (i64, Option<i32>, f64);

pub(crate) struct Model {
    pub(crate) rules: Rules,
    pub(crate) symbology: Symbology,
    pub(crate) units: Units,
    pub(crate) rates: Rates,
    /// Values kept, by series: dataset and place.
    history: HashMap<(String, String), Vec<(i64, f64)>>,
    published: HashMap<(String, String, i64, i64), Published>,
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

impl Model {
    pub(crate) fn new(rules: Rules, symbology: Symbology, units: Units, rates: Rates) -> Self {
        let (history, published) = (HashMap::new(), HashMap::new());
        Self {
            rules,
            symbology,
            units,
            rates,
            history,
            published,
        }
    }

    pub(crate) fn normalize(&mut self, row: &Row, source: &str, ts_recv: i64) -> Result {
        match self.row(row, source, ts_recv) {
            Ok(kept) => kept,
            Err(reason) => Result::Aside(reason),
        }
    }

    #[allow(clippy::too_many_lines)] // One row as one would tell it, from top to bottom.
    fn row(
        &mut self,
        row: &Row,
        source: &str,
        ts_recv: i64,
    ) -> std::result::Result<Result, Reason> {
        let meanings = self.symbology.meanings(source, row.location);
        let meanings = meanings.map_err(|_| Reason::Location)?;
        let at = row.start.unwrap_or(i64::MIN);
        let holds = |it: &&Dated| it.valid_from <= at && at < it.valid_to;
        let meaning = meanings
            .iter()
            .find(holds)
            .ok_or(Reason::Expired)?
            .meaning
            .clone();
        let period = meaning
            .period
            .map(|it| (it.start().nanos(), it.end().nanos()));
        let (start, end) = match (row.start, period) {
            (Some(start), _) => (start, row.end),
            (None, Some(period)) => period,
            (None, None) => return Err(Reason::NoTime),
        };
        if end < start {
            return Err(Reason::Backwards);
        }
        let published = row.ts_event.unwrap_or(ts_recv);
        let (mut value, unit, mut flags, rate_age) =
            self.convert(row, &meaning, start, end, published)?;
        if period.is_some_and(|period| period != (start, end)) {
            return Err(Reason::OtherPeriod);
        }
        let days = meaning.calendar.map(|calendar| calendar.days().unwrap());
        let series = (row.dataset.to_owned(), meaning.name.clone());
        let history = self.history.entry(series.clone()).or_default();
        let rules = self.rules.rules.clone();
        let covers = |rule: &Rule| {
            let day = |day| days.as_ref().unwrap().start(day).unwrap().nanos();
            rule.covers(source, row.dataset, &meaning.name, "")
                && rule.valid_from.is_none_or(|from| day(from) <= start)
                && rule.valid_to.is_none_or(|to| start < day(to))
        };
        for (place, rule) in rules.iter().enumerate().filter(|(_, rule)| covers(rule)) {
            let values: Vec<f64> = history
                .iter()
                .map(|it| it.1)
                .filter(|it| !it.is_nan())
                .collect();
            let far = |deviations: f64, floor: f64, window: usize, x: f64, all: &[f64]| {
                let last = &all[all.len().saturating_sub(window)..];
                if last.len() * 4 < window {
                    return false;
                }
                let center = median(last);
                let distances: Vec<f64> = last.iter().map(|it| (it - center).abs()).collect();
                (x - center).abs() > deviations * median(&distances).max(floor)
            };
            let (broken, mark) = match rule.kind {
                RuleKind::Range { min, max } => (value < min || value > max, flag::OUT_OF_RANGE),
                RuleKind::Limits(market) => {
                    let day = days
                        .as_ref()
                        .unwrap()
                        .day_of(Timestamp::from_nanos(start))
                        .unwrap();
                    let known = meaning.markets.iter().any(|it| it.name == market.name);
                    let limits = market.limits_on(day).filter(|_| known);
                    let out = limits.is_some_and(|it| {
                        value < it.min_price.to_f64() || value > it.max_price.to_f64()
                    });
                    (out, flag::OUT_OF_RANGE)
                }
                RuleKind::Tick(tick) => {
                    let off = !value.is_nan() && (value * 1e6).round_ties_even() as i64 % tick != 0;
                    (off, flag::OFF_TICK)
                }
                RuleKind::Grid(ref minutes) => {
                    let length = end - start;
                    let fits = minutes.iter().any(|it| it * 60_000_000_000 == length);
                    (length != 0 && !fits, flag::OFF_GRID)
                }
                RuleKind::Calendar => {
                    let on = days
                        .as_ref()
                        .is_none_or(|days| on_calendar(days, start, end));
                    (!on, flag::OFF_GRID)
                }
                RuleKind::Jump {
                    deviations,
                    floor,
                    window,
                    of_changes,
                } => {
                    let changes: Vec<f64> =
                        values.windows(2).map(|pair| pair[1] - pair[0]).collect();
                    let (x, all) = match (of_changes, values.last()) {
                        (true, Some(last)) => (value - last, &changes),
                        (true, None) => (f64::NAN, &changes),
                        _ => (value, &values),
                    };
                    (far(deviations, floor, window, x, all), flag::JUMP)
                }
                RuleKind::FalseZero {
                    deviations,
                    floor,
                    window,
                } => {
                    let zero = value == 0.0 && far(deviations, floor, window, value, &values);
                    (zero, flag::CORRECTED)
                }
                RuleKind::Stale(most) => (ts_recv - published > most, flag::STALE),
                RuleKind::Unchanged(times) => {
                    let same = values
                        .iter()
                        .rev()
                        .take_while(|it| it.to_bits() == value.to_bits());
                    (same.count() >= times as usize, flag::UNCHANGED)
                }
                RuleKind::Sequence => {
                    let later = history.iter().any(|it| start < it.0);
                    (later, flag::OUT_OF_SEQUENCE)
                }
                RuleKind::RateAge(most) => (rate_age > most, flag::STALE_RATE),
                RuleKind::Scale { min, max, .. } => (min <= value && value < max, flag::CORRECTED),
                RuleKind::Sign => (value < 0.0, flag::CORRECTED),
                _ => (false, 0),
            };
            if !broken {
                continue;
            }
            match rule.action {
                Action::Quarantine => return Err(Reason::Rule(place as u16)),
                Action::Flag => flags |= mark,
                Action::Correct => {
                    flags |= flag::CORRECTED;
                    value = match rule.kind {
                        RuleKind::Scale { factor, .. } => {
                            let exact = self
                                .rules
                                .datasets
                                .iter()
                                .any(|it| it.name == row.dataset && it.exact);
                            times(value, (factor.numerator, factor.denominator), exact)
                        }
                        RuleKind::Sign => -value,
                        _ => f64::NAN,
                    };
                }
            }
        }
        let now = (published, row.revision, value);
        let key = (series.0.clone(), series.1.clone(), start, end);
        match self.published.get(&key).copied() {
            None => {
                self.published.insert(key, now);
            }
            Some((before, revision, told)) => {
                let later = match (published.cmp(&before), row.revision, revision) {
                    (std::cmp::Ordering::Equal, Some(new), Some(old)) => new.cmp(&old),
                    (order, ..) => order,
                };
                if later.is_gt() {
                    flags |= flag::REVISED;
                    self.published.insert(key, now);
                } else if later.is_lt() {
                    flags |= flag::SUPERSEDED;
                } else {
                    flags |= flag::DUPLICATE;
                    let near = 1e-9 * told.abs().max(value.abs());
                    let same = told.to_bits() == value.to_bits() || (told - value).abs() <= near;
                    let rule = rules
                        .iter()
                        .enumerate()
                        .filter(|(_, rule)| covers(rule))
                        .find(|(_, rule)| {
                            rule.kind
                                == if same {
                                    RuleKind::Duplicate
                                } else {
                                    RuleKind::Contradiction
                                }
                        });
                    if let Some((place, rule)) = rule
                        && rule.action == Action::Quarantine
                    {
                        return Err(Reason::Rule(place as u16));
                    }
                }
            }
        }
        history.push((start, value));
        let location = meaning.name.clone();
        Ok(Result::Kept {
            location,
            value: value.to_bits(),
            unit,
            flags,
        })
    }

    /// Value, unit, flags and age of the rate.
    fn convert(
        &self,
        row: &Row,
        meaning: &wattbook_feed::normalize::Meaning,
        start: i64,
        end: i64,
        published: i64,
    ) -> std::result::Result<(f64, String, u32, i64), Reason> {
        let dataset = self.rules.datasets.iter().find(|it| it.name == row.dataset);
        let wanted = dataset.map_or("", |it| it.unit.as_str());
        let found = self.units.conversion(row.unit, wanted, start);
        if dataset.is_none() && matches!(found, Err(UnitFault::Unknown(_))) {
            let flags = match row.value {
                value if value.is_nan() => flag::UNKNOWN_UNIT | flag::MISSING,
                value if value.is_infinite() => return Err(Reason::Infinite),
                _ => flag::UNKNOWN_UNIT,
            };
            return Ok((row.value, row.unit.to_owned(), flags, 0));
        }
        let conversion = found.map_err(|fault| match fault {
            UnitFault::Unknown(_) => Reason::Unit,
            UnitFault::Unconvertible(_) => Reason::Dimension,
        })?;
        let target = dataset.and_then(|it| it.currency).or(conversion.currency);
        let unit = match (target, conversion.currency) {
            (Some(currency), Some(_)) => format!("{currency}/{}", conversion.unit),
            _ => conversion.unit.clone(),
        };
        let value = row.value;
        if value.is_nan() {
            return Ok((value, unit, flag::MISSING, 0));
        }
        if value.is_infinite() {
            return Err(Reason::Infinite);
        }
        let mut flags = 0;
        let mut ratio = (conversion.ratio.numerator, conversion.ratio.denominator);
        let hour = 3_600_000_000_000_i128;
        let length = i128::from(end - start);
        let day = meaning.calendar.map_or(24 * hour, |calendar| {
            let days = calendar.days().unwrap();
            let day = days
                .day(days.day_of(Timestamp::from_nanos(start)).unwrap())
                .unwrap();
            let whole = day.start().nanos() == start && day.end().nanos() == end;
            if whole { length } else { 24 * hour }
        });
        match conversion.per_time {
            PerTime::No => {}
            PerTime::TimesHours | PerTime::OverHours if length == 0 => {
                return Err(Reason::Dimension);
            }
            PerTime::TimesHours => ratio = (ratio.0 * length, ratio.1 * hour),
            PerTime::OverHours => ratio = (ratio.0 * hour, ratio.1 * length),
            PerTime::OverDay => ratio = (ratio.0 * hour, ratio.1 * day),
            PerTime::TimesDay => ratio = (ratio.0 * day, ratio.1 * hour),
        }
        if !conversion.is_identity() {
            flags |= flag::CONVERTED;
        }
        let mut age = 0;
        if let (Some(from), Some(to)) = (conversion.currency, target)
            && from != to
        {
            let factor = self.rates.factor(from, to, published).ok_or(Reason::Rate)?;
            ratio = (
                ratio.0 * factor.ratio.numerator,
                ratio.1 * factor.ratio.denominator,
            );
            flags |= flag::EXCHANGED;
            age = factor.age;
        }
        let exact = dataset.is_some_and(|it| it.exact);
        let converted = match (flags == 0, exact) {
            (true, true) => Price::from_f64(value)
                .map_err(|_| Reason::TooLarge)?
                .to_f64(),
            (true, false) => value,
            _ => {
                let nanos = ((value + conversion.offset) * 1e9).abs();
                let result = times(value + conversion.offset, lowest(ratio), exact);
                if exact && (nanos >= 2_f64.powi(63) || (result * 1e6).abs() >= 2_f64.powi(63)) {
                    return Err(Reason::TooLarge);
                }
                result
            }
        };
        Ok((converted, unit, flags, age))
    }
}

fn lowest((above, below): (i128, i128)) -> (i128, i128) {
    let (mut a, mut b) = (above, below);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (above / a, below / a)
}

/// To 1e-9, times the fraction, rounded half to even to 1e-6.
fn times(value: f64, (above, below): (i128, i128), exact: bool) -> f64 {
    if !exact {
        return value * above as f64 / below as f64;
    }
    let numerator = (value * 1e9).round_ties_even() as i128 * above;
    let denominator = below * 1_000;
    let twice = 2 * numerator.rem_euclid(denominator);
    let floor = numerator.div_euclid(denominator);
    let up = twice > denominator || (twice == denominator && floor % 2 != 0);
    (floor + i128::from(up)) as f64 / 1e6
}

/// Whether the calendar has it: whole days, or a part of one by wall clock.
fn on_calendar(days: &DeliveryDays, start: i64, end: i64) -> bool {
    let hour = 3_600_000_000_000;
    let day = |at: i64| days.day_of(Timestamp::from_nanos(at)).unwrap();
    let begins = |at: i64| days.start(day(at)).unwrap().nanos() == at;
    match end - start {
        0 => true,
        length if length >= 23 * hour => begins(start) && begins(end),
        length => {
            let from = days.start(day(start)).unwrap().nanos();
            let after = days.start(day(start).tomorrow().unwrap()).unwrap().nanos();
            let step = length.min(hour);
            hour % step == 0 && length % step == 0 && (start - from) % step == 0 && end <= after
        }
    }
}

//! Units by name, and the exact factor from one to another.

use std::collections::HashMap;

use wattbook_domain::Currency;
use wattbook_domain::unit::Ratio;

use super::error::NormalizationError;
use super::table::{ALWAYS, FOR_EVER, Line, SECOND, lines};

/// What a dataset writes for a unit that is to stay as published.
pub const OWN: &str = "own";
const COLUMNS: &str = "symbol,dimension,factor,offset,valid_from,valid_to,aliases";

/// How the length of the delivery period enters a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PerTime {
    /// Not at all.
    #[default]
    No,
    /// Power to energy: times the hours of the period.
    TimesHours,
    /// Energy to power: over the hours of the period.
    OverHours,
    /// Energy a day to power: over the hours of the delivery day, 23 to 25, or else over 24.
    OverDay,
    /// Power to energy a day.
    TimesDay,
}

impl PerTime {
    /// For the unit below the line of a price.
    const fn inverse(self) -> Self {
        match self {
            Self::No => Self::No,
            Self::TimesHours => Self::OverHours,
            Self::OverHours => Self::TimesHours,
            Self::OverDay => Self::TimesDay,
            Self::TimesDay => Self::OverDay,
        }
    }
}

/// From a unit as published to the unit that a dataset is kept in.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversion {
    /// Added before the factor: temperatures count from another zero.
    pub offset: f64,
    /// The factor.
    pub ratio: Ratio,
    /// What the delivery period adds to it.
    pub per_time: PerTime,
    /// The currency as published, for a price; subunits (ct, pence) are in the factor.
    pub currency: Option<Currency>,
    /// The unit below the line of a price, or the unit itself.
    pub unit: String,
}

impl Conversion {
    /// Of a unit that stays as it is.
    pub(super) fn identity(unit: &str) -> Self {
        Self {
            offset: 0.0,
            ratio: Ratio::new(1, 1),
            per_time: PerTime::No,
            currency: None,
            unit: unit.to_owned(),
        }
    }

    /// Whether a value stays as it is.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.offset == 0.0 && self.ratio == Ratio::new(1, 1) && self.per_time == PerTime::No
    }
}

/// A unit of some days.
#[derive(Debug, Clone, PartialEq)]
struct Unit {
    symbol: String,
    dimension: String,
    ratio: Ratio,
    offset: f64,
    valid_from: i64,
    valid_to: i64,
}

/// Every unit that is known by name.
#[derive(Debug, Clone, Default)]
pub struct Units {
    all: Vec<Unit>,
    /// Places in `all` by symbol and alias, oldest first.
    by_name: HashMap<String, Vec<usize>>,
    /// Symbol of the unit with factor 1, by dimension.
    canonical: HashMap<String, String>,
}

/// Why a unit as published cannot become the one that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitFault {
    /// No unit has that name on that day.
    Unknown(String),
    /// It measures something else.
    Unconvertible(String),
}

/// A ratio above zero: `1/1000`, `0.001`, `3`.
fn ratio(text: &str) -> Option<Ratio> {
    let whole = |text: &str| -> Option<Ratio> {
        let (head, tail) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if head.is_empty() || head.len() + tail.len() > 18 || !is_digits(head) || !is_digits(tail) {
            return None;
        }
        let numerator: i128 = format!("{head}{tail}").parse().ok()?;
        let denominator = 10_i128.pow(u32::try_from(tail.len()).ok()?);
        (numerator > 0).then(|| Ratio::new(numerator, denominator))
    };
    match text.split_once('/') {
        Some((above, below)) => Some(whole(above)?.over(whole(below)?)),
        None => whole(text),
    }
}

impl Units {
    /// The units of `text`, a table with the columns symbol, dimension, factor, offset,
    /// `valid_from`, `valid_to` and aliases apart by `|`.
    ///
    /// The unit with factor 1 is the one that its dimension is kept in.
    ///
    /// # Errors
    /// [`NormalizationError::Line`].
    pub fn parse(text: &str) -> Result<Self, NormalizationError> {
        let mut units = Self::default();
        for line in lines("units", COLUMNS, text)? {
            units.add(&line)?;
        }
        Ok(units)
    }

    fn add(&mut self, line: &Line<'_>) -> Result<(), NormalizationError> {
        let (symbol, dimension) = (line.field(0), line.field(1));
        if symbol.is_empty() || dimension.is_empty() {
            return Err(line.fault(symbol, "has no symbol or no dimension; give both"));
        }
        let Some(ratio) = ratio(line.field(2)) else {
            let fix = "is no factor above zero; write it like 1/1000 or 0.001";
            return Err(line.fault(line.field(2), fix));
        };
        let offset = match line.field(3) {
            "" => 0.0,
            text => {
                let offset = text.parse().ok().filter(|offset: &f64| offset.is_finite());
                offset.ok_or_else(|| line.fault(text, "is no offset; write a number"))?
            }
        };
        let day = |column| -> Result<Option<i64>, NormalizationError> {
            let day = line.day(column)?;
            Ok(day.map(|day| {
                let epoch = wattbook_domain::delivery::Date::constant(1970, 1, 1);
                day.duration_since(epoch).as_secs().saturating_mul(SECOND)
            }))
        };
        let unit = Unit {
            symbol: symbol.to_owned(),
            dimension: dimension.to_owned(),
            ratio,
            offset,
            valid_from: day(4)?.unwrap_or(ALWAYS),
            valid_to: day(5)?.unwrap_or(FOR_EVER),
        };
        let is_canonical = ratio == Ratio::new(1, 1) && offset == 0.0;
        if is_canonical && !self.canonical.contains_key(dimension) {
            self.canonical
                .insert(dimension.to_owned(), symbol.to_owned());
        }
        let place = self.all.len();
        let names = line.field(6).split('|').map(str::trim);
        for name in names.chain([symbol]).filter(|name| !name.is_empty()) {
            let places = self.by_name.entry(name.to_owned()).or_default();
            if places.last() == Some(&place) {
                // An alias that says the symbol again.
                continue;
            }
            let overlaps = |other: &usize| {
                let other = &self.all[*other];
                unit.valid_from < other.valid_to && other.valid_from < unit.valid_to
            };
            if places.iter().any(overlaps) {
                return Err(line.fault(name, "names two units at a time; give each its days"));
            }
            places.push(place);
        }
        self.all.push(unit);
        Ok(())
    }

    fn unit(&self, name: &str, at: i64) -> Option<&Unit> {
        let places = self.by_name.get(name)?;
        let units = places.iter().map(|place| &self.all[*place]);
        units
            .into_iter()
            .find(|unit| unit.valid_from <= at && at < unit.valid_to)
    }

    /// Names of every unit.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    /// First and last instant around `at` in which `name` means one thing.
    pub(super) fn validity(&self, name: &str, at: i64) -> (i64, i64) {
        let parts = [
            Some(name),
            name.split_once('/').map(|it| it.0),
            name.split_once('/').map(|it| it.1),
        ];
        let (mut from, mut to) = (ALWAYS, FOR_EVER);
        let places = parts
            .into_iter()
            .flatten()
            .filter_map(|part| self.by_name.get(part));
        for place in places.flatten() {
            let unit = &self.all[*place];
            for edge in [unit.valid_from, unit.valid_to] {
                if edge <= at {
                    from = from.max(edge);
                } else {
                    to = to.min(edge);
                }
            }
        }
        (from, to)
    }

    /// How `text`, as published for delivery at `at`, becomes `wanted`; empty for the unit that its
    /// dimension is kept in, [`OWN`] for the unit as it is.
    ///
    /// A price is written `EUR/MWh`; `wanted` is then the unit below the line.
    ///
    /// # Errors
    /// [`UnitFault`] naming the unit.
    pub fn conversion(&self, text: &str, wanted: &str, at: i64) -> Result<Conversion, UnitFault> {
        if let Some(unit) = self.unit(text, at)
            && !unit.dimension.starts_with("money:")
        {
            let (ratio, per_time, symbol) = self.plain(unit, wanted, at)?;
            return Ok(Conversion {
                offset: unit.offset,
                ratio,
                per_time,
                currency: None,
                unit: symbol,
            });
        }
        let unknown = || UnitFault::Unknown(text.to_owned());
        let (above, below) = text.split_once('/').unwrap_or((text, ""));
        let money = self.unit(above, at).ok_or_else(unknown)?;
        let code = money.dimension.strip_prefix("money:").ok_or_else(unknown)?;
        let currency = Some(code.parse().map_err(|_| unknown())?);
        if below.is_empty() {
            return Ok(Conversion {
                offset: 0.0,
                ratio: money.ratio,
                per_time: PerTime::No,
                currency,
                unit: String::new(),
            });
        }
        let per = self.unit(below, at).ok_or_else(unknown)?;
        let (ratio, per_time, symbol) = self.plain(per, wanted, at)?;
        Ok(Conversion {
            offset: 0.0,
            ratio: money.ratio.over(ratio),
            per_time: per_time.inverse(),
            currency,
            unit: symbol,
        })
    }

    fn plain(
        &self,
        unit: &Unit,
        wanted: &str,
        at: i64,
    ) -> Result<(Ratio, PerTime, String), UnitFault> {
        let wanted = match wanted {
            // Energy a day is power that is told in another way.
            "" if unit.dimension == "energy per day" => self.canonical.get("power"),
            "" => self.canonical.get(&unit.dimension),
            OWN => Some(&unit.symbol),
            wanted => Some(
                self.by_name
                    .get_key_value(wanted)
                    .map(|it| it.0)
                    .ok_or_else(|| UnitFault::Unknown(wanted.to_owned()))?,
            ),
        };
        let unconvertible =
            |to: &str| UnitFault::Unconvertible(format!("{} cannot become {to}", unit.symbol));
        let Some(wanted) = wanted else {
            return Ok((Ratio::new(1, 1), PerTime::No, unit.symbol.clone()));
        };
        let Some(to) = self.unit(wanted, at) else {
            return Err(unconvertible(wanted));
        };
        if to.offset != 0.0 {
            return Err(unconvertible(wanted));
        }
        let per_time = match (unit.dimension.as_str(), to.dimension.as_str()) {
            (from, to) if from == to => PerTime::No,
            ("power", "energy") => PerTime::TimesHours,
            ("energy", "power") => PerTime::OverHours,
            ("energy per day", "power") => PerTime::OverDay,
            ("power", "energy per day") => PerTime::TimesDay,
            _ => return Err(unconvertible(wanted)),
        };
        Ok((unit.ratio.over(to.ratio), per_time, to.symbol.clone()))
    }
}

//! Validation rules as data: what a dataset is kept in, what is checked, and what then happens.

use serde::Deserialize;
use wattbook_domain::Currency;
use wattbook_domain::delivery::Date;
use wattbook_domain::market_rule::MarketRule;
use wattbook_domain::unit::Ratio;

use super::error::NormalizationError;

/// What happens to a row that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is set aside with a reason.
    Quarantine,
    /// It is kept with a flag.
    Flag,
    /// Its value is changed as the rule says, flagged and logged.
    Correct,
}

/// What a dataset is kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetRule {
    /// As the sources call it.
    pub name: String,
    /// Of a quantity its unit, of a price the unit below the line; empty for the unit that the
    /// dimension is kept in.
    pub unit: String,
    /// What prices are converted to; none leaves them in their own currency.
    pub currency: Option<Currency>,
    /// Whether values are exact in 1e-6, as prices and traded volumes are; else they are floats.
    pub exact: bool,
}

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleKind {
    /// From `min` to `max`, in the unit that the dataset is kept in.
    Range {
        /// Lowest value allowed.
        min: f64,
        /// Highest value allowed.
        max: f64,
    },
    /// Within the price limits of a market on the delivery day, where they are known.
    Limits(&'static MarketRule),
    /// On a multiple of the tick, in 1e-6.
    Tick(i64),
    /// A delivery period as long as one of these, in minutes, and on the calendar.
    Grid(Vec<i64>),
    /// Part of a delivery day, or whole days, as the calendar has them.
    Calendar,
    /// Not further from the median than `deviations` of the median absolute deviation, which
    /// counts as `floor` at least.
    Jump {
        /// How many.
        deviations: f64,
        /// Least deviation that counts, in the unit of the dataset.
        floor: f64,
        /// Values that the statistics look back on.
        window: usize,
        /// Whether changes from value to value are looked at, and not the values.
        of_changes: bool,
    },
    /// Received at most so long after it was published, in ns.
    Stale(i64),
    /// Not the same value more often in a row.
    Unchanged(u32),
    /// Delivery periods rise within a series.
    Sequence,
    /// Not there before with the same publication and value.
    Duplicate,
    /// Not there before with the same publication and another value.
    Contradiction,
    /// Converted at a rate that had been known for at most so long, in ns.
    RateAge(i64),
    /// A value from `min` until before `max` was told in another unit; the factor mends it.
    Scale {
        /// Lowest value that is wrong.
        min: f64,
        /// First value that is not.
        max: f64,
        /// What mends it.
        factor: Ratio,
    },
    /// A value below zero where none can be has the wrong sign.
    Sign,
    /// A zero further from the median than `deviations` deviations of at least `floor` stands for no
    /// value.
    FalseZero {
        /// How many.
        deviations: f64,
        /// Least deviation that counts, in the unit of the dataset.
        floor: f64,
        /// Values that the statistics look back on.
        window: usize,
    },
    /// Sources agree within `tolerance`, in the unit of the dataset.
    Disagreement {
        /// How far apart they may be.
        tolerance: f64,
    },
    /// The parts (items) of a dataset add up to the value of the dataset `total` within
    /// `tolerance`, a share of the total, or `floor`.
    Sum {
        /// The dataset of the total.
        total: String,
        /// Share of the total that may be missing.
        tolerance: f64,
        /// Least difference that counts, in the unit of the dataset.
        floor: f64,
    },
    /// What flows from one place to another is the opposite of what flows back, within `tolerance`.
    Antisymmetric {
        /// How far apart they may be.
        tolerance: f64,
    },
}

/// A rule, where and when it holds, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name, which reasons and logs give.
    pub name: String,
    /// What it looks at.
    pub kind: RuleKind,
    /// What follows.
    pub action: Action,
    /// Datasets, sources, locations and items that it holds for; empty for all. A name may end in
    /// `*`.
    pub datasets: Vec<String>,
    /// See `datasets`.
    pub sources: Vec<String>,
    /// See `datasets`.
    pub locations: Vec<String>,
    /// See `datasets`.
    pub items: Vec<String>,
    /// First delivery day.
    pub valid_from: Option<Date>,
    /// First delivery day after.
    pub valid_to: Option<Date>,
}

impl Rule {
    /// Whether it holds for a series.
    #[must_use]
    pub fn covers(&self, source: &str, dataset: &str, location: &str, item: &str) -> bool {
        let among = |names: &[String], name: &str| {
            let fits = |known: &String| match known.strip_suffix('*') {
                Some(head) => name.starts_with(head),
                None => known == name,
            };
            names.is_empty() || names.iter().any(fits)
        };
        among(&self.datasets, dataset)
            && among(&self.sources, source)
            && among(&self.locations, location)
            && among(&self.items, item)
    }
}

/// How one source is preferred over another when several tell of the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preference {
    /// Datasets that it holds for; a name may end in `*`.
    pub datasets: Vec<String>,
    /// Sources, the best first; one that is not named comes last.
    pub sources: Vec<String>,
    /// How much older than the newest a better source's value may be, in ns.
    pub fresh: i64,
}

/// A rule file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rules {
    /// What logs and rows name.
    pub version: String,
    /// What datasets are kept in.
    pub datasets: Vec<DatasetRule>,
    /// In the order in which they are applied.
    pub rules: Vec<Rule>,
    /// Which source counts.
    pub preferences: Vec<Preference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRules {
    version: String,
    #[serde(default)]
    dataset: Vec<RawDataset>,
    #[serde(default)]
    rule: Vec<RawRule>,
    #[serde(default)]
    preference: Vec<RawPreference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDataset {
    name: String,
    #[serde(default)]
    unit: String,
    currency: Option<String>,
    #[serde(default)]
    exact: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPreference {
    #[serde(default)]
    datasets: Vec<String>,
    sources: Vec<String>,
    fresh_seconds: i64,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum RawKind {
    Range,
    Limits,
    Tick,
    Grid,
    Calendar,
    Jump,
    Stale,
    Unchanged,
    Sequence,
    Duplicate,
    Contradiction,
    RateAge,
    Scale,
    Sign,
    FalseZero,
    Disagreement,
    Sum,
    Antisymmetric,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct RawRule {
    name: String,
    kind: Option<RawKind>,
    action: Option<Action>,
    datasets: Vec<String>,
    sources: Vec<String>,
    locations: Vec<String>,
    items: Vec<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    origin: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    market: Option<String>,
    tick: Option<f64>,
    minutes: Option<Vec<i64>>,
    deviations: Option<f64>,
    floor: Option<f64>,
    window: Option<usize>,
    of: Option<String>,
    seconds: Option<i64>,
    times: Option<u32>,
    factor: Option<f64>,
    tolerance: Option<f64>,
    total: Option<String>,
}

impl Rules {
    /// Reads a rule file.
    ///
    /// # Errors
    /// [`NormalizationError::Rules`] with line and column for what is no TOML or no key of a rule,
    /// and [`NormalizationError::Rule`] for a value that cannot be.
    pub fn parse(text: &str) -> Result<Self, NormalizationError> {
        let raw: RawRules = toml::from_str(text).map_err(|error| NormalizationError::Rules {
            message: error.to_string().trim_end().replace('\n', " "),
        })?;
        let datasets = raw.dataset.into_iter().map(RawDataset::checked);
        let preferences = raw.preference.into_iter().map(|it| Preference {
            datasets: it.datasets,
            sources: it.sources,
            fresh: it.fresh_seconds.saturating_mul(1_000_000_000),
        });
        Ok(Self {
            version: raw.version,
            datasets: datasets.collect::<Result<_, _>>()?,
            rules: raw
                .rule
                .into_iter()
                .map(RawRule::checked)
                .collect::<Result<_, _>>()?,
            preferences: preferences.collect(),
        })
    }
}

impl RawDataset {
    fn checked(self) -> Result<DatasetRule, NormalizationError> {
        let currency = match &self.currency {
            None => None,
            Some(code) => Some(code.parse().map_err(|_| NormalizationError::Rule {
                rule: self.name.clone(),
                found: format!("currency {code:?}"),
                fix: "is not of ISO 4217".to_owned(),
            })?),
        };
        Ok(DatasetRule {
            name: self.name,
            unit: self.unit,
            currency,
            exact: self.exact,
        })
    }
}

impl RawRule {
    fn fault(&self, found: impl Into<String>, fix: &str) -> NormalizationError {
        NormalizationError::Rule {
            rule: self.name.clone(),
            found: found.into(),
            fix: fix.to_owned(),
        }
    }

    /// A finite number under `key`.
    fn number(&self, key: &str, value: Option<f64>) -> Result<f64, NormalizationError> {
        match value {
            Some(value) if value.is_finite() => Ok(value),
            Some(value) => Err(self.fault(format!("{key} = {value}"), "is not finite")),
            None => Err(self.fault(format!("{key} is missing;"), "a rule of this kind needs it")),
        }
    }

    /// A finite number of at least zero under `key`.
    fn size(&self, key: &str, value: Option<f64>) -> Result<f64, NormalizationError> {
        let value = self.number(key, value)?;
        if value < 0.0 {
            return Err(self.fault(format!("{key} = {value}"), "is below zero"));
        }
        Ok(value)
    }

    fn span(&self) -> Result<i64, NormalizationError> {
        match self.seconds {
            Some(seconds) if seconds > 0 => Ok(seconds.saturating_mul(1_000_000_000)),
            found => Err(self.fault(format!("seconds = {found:?}"), "is no time above zero")),
        }
    }

    fn window(&self) -> Result<usize, NormalizationError> {
        match self.window.unwrap_or(32) {
            window @ 4..=256 => Ok(window),
            window => Err(self.fault(format!("window = {window}"), "is not from 4 to 256")),
        }
    }

    fn day(&self, text: Option<&String>) -> Result<Option<Date>, NormalizationError> {
        let day = text.map(|text| {
            let day = text.parse::<Date>();
            day.map_err(|_| self.fault(format!("day {text:?}"), "is not like 2018-10-01"))
        });
        day.transpose()
    }

    fn checked(self) -> Result<Rule, NormalizationError> {
        if self.name.is_empty() {
            return Err(self.fault("no name", "give every rule one; reasons name it"));
        }
        let kind = self.kind()?;
        let corrects = matches!(
            kind,
            RuleKind::Scale { .. } | RuleKind::Sign | RuleKind::FalseZero { .. }
        );
        let action = match (self.action, corrects) {
            (Some(Action::Correct), false) => {
                return Err(self.fault("action = \"correct\"", "is for scale, sign and false_zero"));
            }
            (Some(action), _) => action,
            (None, _) => return Err(self.fault("no action;", "use quarantine, flag or correct")),
        };
        Ok(Rule {
            valid_from: self.day(self.valid_from.as_ref())?,
            valid_to: self.day(self.valid_to.as_ref())?,
            name: self.name,
            kind,
            action,
            datasets: self.datasets,
            sources: self.sources,
            locations: self.locations,
            items: self.items,
        })
    }

    fn kind(&self) -> Result<RuleKind, NormalizationError> {
        let Some(kind) = self.kind else {
            return Err(self.fault("no kind;", "say what the rule looks at"));
        };
        self.only_keys_of(kind)?;
        let either = |value: Option<f64>, otherwise: f64| -> Result<f64, NormalizationError> {
            value.map_or(Ok(otherwise), |value| {
                self.number("min or max", Some(value))
            })
        };
        Ok(match kind {
            RawKind::Range => {
                if self.min.is_none() && self.max.is_none() {
                    return Err(self.fault("neither min nor max;", "give one at least"));
                }
                RuleKind::Range {
                    min: either(self.min, f64::NEG_INFINITY)?,
                    max: either(self.max, f64::INFINITY)?,
                }
            }
            RawKind::Limits => {
                let name = self.market.as_deref().unwrap_or_default();
                let market = MarketRule::named(name);
                RuleKind::Limits(market.map_err(|error| self.fault(error.to_string(), ""))?)
            }
            RawKind::Tick => {
                let tick = (self.number("tick", self.tick)? * 1e6).round_ties_even();
                if !(1.0..=1e15).contains(&tick) {
                    return Err(self.fault("tick", "is not from 0.000001 to 1,000,000,000"));
                }
                RuleKind::Tick(tick as i64)
            }
            RawKind::Grid => {
                let minutes = self.minutes.clone().unwrap_or_default();
                if minutes.is_empty() || minutes.iter().any(|it| !(1..=1_440).contains(it)) {
                    return Err(self.fault("minutes", "are not from 1 to 1440"));
                }
                RuleKind::Grid(minutes)
            }
            RawKind::Calendar => RuleKind::Calendar,
            RawKind::Jump => RuleKind::Jump {
                deviations: self.size("deviations", self.deviations)?,
                floor: self.size("floor", self.floor)?,
                window: self.window()?,
                of_changes: match self.of.as_deref() {
                    None | Some("values") => false,
                    Some("changes") => true,
                    Some(of) => {
                        return Err(self.fault(format!("of = {of:?}"), "is not values or changes"));
                    }
                },
            },
            RawKind::Stale => RuleKind::Stale(self.span()?),
            RawKind::Unchanged => match self.times {
                Some(times) if times > 0 => RuleKind::Unchanged(times),
                times => return Err(self.fault(format!("times = {times:?}"), "is not above zero")),
            },
            RawKind::Sequence => RuleKind::Sequence,
            RawKind::Duplicate => RuleKind::Duplicate,
            RawKind::Contradiction => RuleKind::Contradiction,
            RawKind::RateAge => RuleKind::RateAge(self.span()?),
            RawKind::Scale => RuleKind::Scale {
                min: either(self.min, f64::NEG_INFINITY)?,
                max: self.number("max", self.max)?,
                factor: self.factor()?,
            },
            RawKind::Sign => RuleKind::Sign,
            RawKind::FalseZero => RuleKind::FalseZero {
                deviations: self.size("deviations", self.deviations)?,
                floor: self.size("floor", self.floor)?,
                window: self.window()?,
            },
            RawKind::Disagreement => RuleKind::Disagreement {
                tolerance: self.size("tolerance", self.tolerance)?,
            },
            RawKind::Sum => RuleKind::Sum {
                total: self.total.clone().unwrap_or_default(),
                tolerance: self.size("tolerance", self.tolerance)?,
                floor: self.size("floor", self.floor)?,
            },
            RawKind::Antisymmetric => RuleKind::Antisymmetric {
                tolerance: self.size("tolerance", self.tolerance)?,
            },
        })
    }

    /// A factor of at most six decimals, exactly.
    fn factor(&self) -> Result<Ratio, NormalizationError> {
        let millionths = (self.number("factor", self.factor)? * 1e6).round_ties_even();
        if !(1.0..=1e15).contains(&millionths) {
            return Err(self.fault("factor", "is not from 0.000001 to 1,000,000,000"));
        }
        Ok(Ratio::new(millionths as i128, 1_000_000))
    }

    /// Refuses a key that this kind of rule would leave unread.
    fn only_keys_of(&self, kind: RawKind) -> Result<(), NormalizationError> {
        let _ = &self.origin; // For the reader of the file.
        let given = [
            ("min", self.min.is_some()),
            ("max", self.max.is_some()),
            ("market", self.market.is_some()),
            ("tick", self.tick.is_some()),
            ("minutes", self.minutes.is_some()),
            ("deviations", self.deviations.is_some()),
            ("floor", self.floor.is_some()),
            ("window", self.window.is_some()),
            ("of", self.of.is_some()),
            ("seconds", self.seconds.is_some()),
            ("times", self.times.is_some()),
            ("factor", self.factor.is_some()),
            ("tolerance", self.tolerance.is_some()),
            ("total", self.total.is_some()),
        ];
        let read: &[&str] = match kind {
            RawKind::Range => &["min", "max"],
            RawKind::Limits => &["market"],
            RawKind::Tick => &["tick"],
            RawKind::Grid => &["minutes"],
            RawKind::Jump => &["deviations", "floor", "window", "of"],
            RawKind::Stale | RawKind::RateAge => &["seconds"],
            RawKind::Unchanged => &["times"],
            RawKind::Scale => &["min", "max", "factor"],
            RawKind::FalseZero => &["deviations", "floor", "window"],
            RawKind::Disagreement | RawKind::Antisymmetric => &["tolerance"],
            RawKind::Sum => &["total", "tolerance", "floor"],
            RawKind::Calendar
            | RawKind::Sequence
            | RawKind::Duplicate
            | RawKind::Contradiction
            | RawKind::Sign => &[],
        };
        match given
            .iter()
            .find(|(key, is_there)| *is_there && !read.contains(key))
        {
            Some((key, _)) => Err(self.fault(
                format!("key {key:?}"),
                "is not read by a rule of this kind; take it out",
            )),
            None => Ok(()),
        }
    }
}

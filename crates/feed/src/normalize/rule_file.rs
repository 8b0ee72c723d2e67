//! Rule files: TOML to rules, every key checked.

use serde::Deserialize;
use wattbook_domain::delivery::Date;
use wattbook_domain::market_rule::MarketRule;
use wattbook_domain::unit::Ratio;

use super::error::NormalizationError;
use super::rule::{Action, DatasetRule, Preference, Rule, RuleKind, Rules};

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
            RawKind::Limits => RuleKind::Limits(self.market()?),
            RawKind::Tick => RuleKind::Tick(self.millionths("tick", self.tick)?),
            RawKind::Grid => RuleKind::Grid(self.minutes()?),
            RawKind::Calendar => RuleKind::Calendar,
            RawKind::Jump => self.jump()?,
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

    fn jump(&self) -> Result<RuleKind, NormalizationError> {
        let of_changes = match self.of.as_deref() {
            None | Some("values") => false,
            Some("changes") => true,
            Some(of) => {
                return Err(self.fault(format!("of = {of:?}"), "is not values or changes"));
            }
        };
        Ok(RuleKind::Jump {
            deviations: self.size("deviations", self.deviations)?,
            floor: self.size("floor", self.floor)?,
            window: self.window()?,
            of_changes,
        })
    }

    fn market(&self) -> Result<&'static MarketRule, NormalizationError> {
        let name = self.market.as_deref().unwrap_or_default();
        MarketRule::named(name).map_err(|error| self.fault(error.to_string(), ""))
    }

    fn minutes(&self) -> Result<Vec<i64>, NormalizationError> {
        match &self.minutes {
            Some(minutes)
                if (1..=6).contains(&minutes.len())
                    && minutes.iter().all(|it| (1..=1_440).contains(it)) =>
            {
                Ok(minutes.clone())
            }
            _ => Err(self.fault("minutes", "are not one to six lengths from 1 to 1440")),
        }
    }

    /// A number above zero of at most six decimals, in 1e-6.
    fn millionths(&self, key: &str, value: Option<f64>) -> Result<i64, NormalizationError> {
        let millionths = (self.number(key, value)? * 1e6).round_ties_even();
        if !(1.0..=1e15).contains(&millionths) {
            return Err(self.fault(key, "is not from 0.000001 to 1,000,000,000"));
        }
        Ok(millionths as i64)
    }

    /// A factor of at most six decimals, exactly.
    fn factor(&self) -> Result<Ratio, NormalizationError> {
        let millionths = self.millionths("factor", self.factor)?;
        Ok(Ratio::new(i128::from(millionths), 1_000_000))
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

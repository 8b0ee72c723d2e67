//! Validation rules as data: what a dataset is kept in, what is checked, and what then happens.

use serde::Deserialize;
use wattbook_domain::Currency;
use wattbook_domain::delivery::Date;
use wattbook_domain::market_rule::MarketRule;
use wattbook_domain::unit::Ratio;

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

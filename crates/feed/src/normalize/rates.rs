//! Exchange rates with the instant from which each was known.

use std::collections::HashMap;

use wattbook_domain::unit::Ratio;
use wattbook_domain::{Currency, Timestamp};

use super::error::NormalizationError;
use super::table::lines;

const COLUMNS: &str = "base,quote,known_at,rate";
/// Parts of a rate in one.
const SCALE: i128 = 1_000_000_000;

/// A rate and since when it was known, ns UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    known_at: i64,
    billionths: i64,
}

/// Rates of currency pairs over time. A value is converted at the latest rate that was known when
/// it was published, never at a later one.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    pairs: HashMap<(Currency, Currency), Vec<Rate>>,
}

/// A factor between two currencies and how long its older part had been known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    /// Units of the wanted currency for one of the given.
    pub ratio: Ratio,
    /// Nanoseconds from when the older rate was known until the value was published.
    pub age: i64,
}

impl Rates {
    /// The rates of `text`, a table with the columns base, quote, `known_at` (ISO 8601 with Z) and
    /// rate (units of quote for one of base, at most nine decimals).
    ///
    /// # Errors
    /// [`NormalizationError::Line`].
    pub fn parse(text: &str) -> Result<Self, NormalizationError> {
        let mut rates = Self::default();
        for line in lines("rates", COLUMNS, text)? {
            let currency = |column: usize| {
                let code = line.field(column);
                let fix = "is no currency; write a code of ISO 4217";
                code.parse::<Currency>().map_err(|_| line.fault(code, fix))
            };
            let (base, quote) = (currency(0)?, currency(1)?);
            let known_at = line.field(2).parse::<Timestamp>();
            let known_at = known_at
                .map_err(|error| line.fault(line.field(2), format!("is no instant: {error}")))?;
            let billionths = billionths(line.field(3)).ok_or_else(|| {
                let fix = "is no rate above zero with at most nine decimals";
                line.fault(line.field(3), fix)
            })?;
            let pair = rates.pairs.entry((base, quote)).or_default();
            pair.push(Rate {
                known_at: known_at.nanos(),
                billionths,
            });
        }
        for pair in rates.pairs.values_mut() {
            pair.sort_by_key(|rate| rate.known_at);
        }
        Ok(rates)
    }

    /// The latest rate of a pair that was known at `at`.
    fn known(&self, base: Currency, quote: Currency, at: i64) -> Option<Rate> {
        let pair = self.pairs.get(&(base, quote))?;
        let after = pair.partition_point(|rate| rate.known_at <= at);
        pair.get(after.checked_sub(1)?).copied()
    }

    /// As [`Self::known`], or the other way round.
    fn either(&self, base: Currency, quote: Currency, at: i64) -> Option<Factor> {
        let direct = self.known(base, quote, at);
        let inverse = self.known(quote, base, at);
        let of = |rate: Rate, ratio| Factor {
            ratio,
            age: at.saturating_sub(rate.known_at),
        };
        match (direct, inverse) {
            (Some(rate), other) if other.is_none_or(|it| it.known_at <= rate.known_at) => {
                Some(of(rate, Ratio::new(i128::from(rate.billionths), SCALE)))
            }
            (_, Some(rate)) => Some(of(rate, Ratio::new(SCALE, i128::from(rate.billionths)))),
            _ => None,
        }
    }

    /// The factor from one currency to another as known at `at` (ns UTC): directly, or by way of
    /// the euro.
    #[must_use]
    pub fn factor(&self, from: Currency, to: Currency, at: i64) -> Option<Factor> {
        if from == to {
            let ratio = Ratio::new(1, 1);
            return Some(Factor { ratio, age: 0 });
        }
        if let Some(factor) = self.either(from, to, at) {
            return Some(factor);
        }
        let first = self.either(from, Currency::EUR, at)?;
        let second = self.either(Currency::EUR, to, at)?;
        let one = Ratio::new(1, 1);
        Some(Factor {
            ratio: first.ratio.over(one.over(second.ratio)),
            age: first.age.max(second.age),
        })
    }
}

/// A rate above zero, in 1e-9.
fn billionths(text: &str) -> Option<i64> {
    let (whole, tail) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || tail.len() > 9 || !is_digits(whole) || !is_digits(tail) {
        return None;
    }
    let value: i64 = format!("{whole}{tail:0<9}").parse().ok()?;
    (value > 0).then_some(value)
}

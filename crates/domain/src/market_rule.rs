//! Markets as data: how each makes prices, in which currency, and between which prices, by date.

use jiff::civil::Date;

use crate::currency::Currency;
use crate::error::DomainError;
use crate::price::Price;
use crate::venue::MarketModel;

/// The lowest and the highest price of a market for some delivery days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceLimits {
    /// First delivery day.
    pub valid_from: Date,
    /// First delivery day after; open when the rule has no end yet.
    pub valid_to: Option<Date>,
    /// Lowest price, in the market's currency per `MWh`.
    pub min_price: Price,
    /// Highest price, in the market's currency per `MWh`.
    pub max_price: Price,
    /// Where it is written.
    pub source: &'static str,
}

/// How a market works.
#[derive(Debug, PartialEq, Eq)]
pub struct MarketRule {
    /// Its short name.
    pub name: &'static str,
    /// How it makes prices.
    pub model: MarketModel,
    /// What it is priced in.
    pub currency: Currency,
    /// Price limits, oldest first; empty where the contract gives them.
    pub price_limits: &'static [PriceLimits],
}

const fn limits(
    from: (i16, i8, i8),
    to: Option<(i16, i8, i8)>,
    (min, max): (i64, i64),
    source: &'static str,
) -> PriceLimits {
    PriceLimits {
        valid_from: Date::constant(from.0, from.1, from.2),
        valid_to: match to {
            Some(to) => Some(Date::constant(to.0, to.1, to.2)),
            None => None,
        },
        min_price: Price::from_millionths(min * 1_000_000),
        max_price: Price::from_millionths(max * 1_000_000),
        source,
    }
}

/// A financial year of the NEM, from July, with its market price cap.
const fn nem(year: i16, cap: i64) -> PriceLimits {
    limits(
        (year, 7, 1),
        Some((year + 1, 7, 1)),
        (-1_000, cap),
        "National Electricity Rules 3.9.4 and 3.9.6; AEMC, schedule of reliability settings, as \
         listed by WattClarity, Market Price Cap",
    )
}

const SDAC: &[PriceLimits] = &[
    limits(
        (2017, 11, 15),
        Some((2022, 5, 11)),
        (-500, 3_000),
        "ACER Decision 04/2017, harmonised maximum and minimum clearing prices for day-ahead",
    ),
    limits(
        (2022, 5, 11),
        None,
        (-500, 4_000),
        "SDAC notice of 11 April 2022: 4,000 from the auction of 10 May 2022; the rise to 5,000 set \
         for 20 September 2022 was suspended (SDAC notice of 13 September 2022)",
    ),
];
const SIDC: &[PriceLimits] = &[limits(
    (2018, 6, 13),
    None,
    (-9_999, 9_999),
    "ACER Decision 05/2017, harmonised maximum and minimum clearing prices for intraday",
)];
const NEM: &[PriceLimits] = &[
    nem(2013, 13_100),
    nem(2014, 13_500),
    nem(2015, 13_800),
    nem(2016, 14_000),
    nem(2017, 14_200),
    nem(2018, 14_500),
    nem(2019, 14_700),
    nem(2020, 15_000),
    nem(2021, 15_100),
    nem(2022, 15_500),
    nem(2023, 16_600),
    nem(2024, 17_500),
    nem(2025, 20_300),
];
const ERCOT_CAP: &str = "PUCT rule 25.505 as amended on 25 October 2012: high system-wide offer \
     cap; Nodal Protocols 4.4.9: offers from -250";
const ERCOT: &[PriceLimits] = &[
    limits((2012, 8, 1), Some((2013, 6, 1)), (-250, 4_500), ERCOT_CAP),
    limits((2013, 6, 1), Some((2014, 6, 1)), (-250, 5_000), ERCOT_CAP),
    limits((2014, 6, 1), Some((2015, 6, 1)), (-250, 7_000), ERCOT_CAP),
    limits((2015, 6, 1), Some((2022, 1, 1)), (-250, 9_000), ERCOT_CAP),
    limits(
        (2022, 1, 1),
        None,
        (-250, 5_000),
        "ERCOT notice M-A120721-01: high system-wide offer cap; Nodal Protocols 4.4.9: from -250",
    ),
];
const ISO_NE: &[PriceLimits] = &[limits(
    (2019, 10, 1),
    None,
    (-150, 2_000),
    "ISO New England Tariff, section I.2.2: energy offer floor; FERC Order 831: hard offer cap",
)];

const fn market(
    name: &'static str,
    model: MarketModel,
    currency: Currency,
    price_limits: &'static [PriceLimits],
) -> MarketRule {
    MarketRule {
        name,
        model,
        currency,
        price_limits,
    }
}

/// Every market that is known by name.
pub static MARKET_RULES: &[MarketRule] = &[
    market("SDAC", MarketModel::Auction, Currency::EUR, SDAC),
    market("SIDC", MarketModel::ContinuousBook, Currency::EUR, SIDC),
    market("SIDC-IDA", MarketModel::Auction, Currency::EUR, SIDC),
    market("EEX", MarketModel::ContinuousBook, Currency::EUR, &[]),
    market("ICE-ENDEX", MarketModel::ContinuousBook, Currency::EUR, &[]),
    market("NYMEX", MarketModel::ContinuousBook, Currency::USD, &[]),
    market("GB-DAY-AHEAD", MarketModel::Auction, Currency::GBP, &[]),
    market("NEM", MarketModel::Pool, Currency::AUD, NEM),
    market("ERCOT", MarketModel::TwoSettlement, Currency::USD, ERCOT),
    market("NYISO", MarketModel::TwoSettlement, Currency::USD, &[]),
    market("ISO-NE", MarketModel::TwoSettlement, Currency::USD, ISO_NE),
    market("PJM", MarketModel::TwoSettlement, Currency::USD, &[]),
    market("MISO", MarketModel::TwoSettlement, Currency::USD, &[]),
    market("CAISO", MarketModel::TwoSettlement, Currency::USD, &[]),
    market("OTC", MarketModel::Bilateral, Currency::EUR, &[]),
];

impl MarketRule {
    /// The market called `name`.
    ///
    /// # Errors
    /// [`DomainError::UnknownName`] with the names that exist.
    pub fn named(name: &str) -> Result<&'static Self, DomainError> {
        let found = MARKET_RULES.iter().find(|market| market.name == name);
        found.ok_or_else(|| {
            let names: Vec<_> = MARKET_RULES.iter().map(|market| market.name).collect();
            DomainError::UnknownName {
                kind: "market",
                text: name.to_owned(),
                allowed: names.join(", "),
            }
        })
    }

    /// The price limits for delivery on `day`; `None` where no rule is known for it.
    #[must_use]
    pub fn limits_on(&self, day: Date) -> Option<&'static PriceLimits> {
        self.price_limits
            .iter()
            .find(|rule| rule.valid_from <= day && rule.valid_to.is_none_or(|after| day < after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_a_market_follow_each_other() {
        for market in MARKET_RULES {
            for rule in market.price_limits {
                assert!(rule.min_price < rule.max_price, "{}", market.name);
            }
            for pair in market.price_limits.windows(2) {
                assert_eq!(
                    pair[0].valid_to,
                    Some(pair[1].valid_from),
                    "{}",
                    market.name
                );
            }
        }
    }

    #[test]
    fn limits_are_those_of_the_delivery_day() {
        let on = |market: &str, year, month, day| {
            let rule = MarketRule::named(market).unwrap();
            let limits = rule.limits_on(Date::constant(year, month, day));
            limits.map(|it| (it.min_price.to_string(), it.max_price.to_string()))
        };
        let pair = |min: &str, max: &str| Some((min.to_owned(), max.to_owned()));
        assert_eq!(on("SDAC", 2022, 5, 10), pair("-500", "3000"));
        assert_eq!(on("SDAC", 2022, 5, 11), pair("-500", "4000"));
        assert_eq!(on("SIDC", 2024, 1, 1), pair("-9999", "9999"));
        assert_eq!(on("NEM", 2025, 6, 30), pair("-1000", "17500"));
        assert_eq!(on("NEM", 2025, 7, 1), pair("-1000", "20300"));
        assert_eq!(on("NEM", 2014, 6, 30), pair("-1000", "13100"));
        // Announced at 5,000 and suspended.
        assert_eq!(on("SDAC", 2022, 9, 21), pair("-500", "4000"));
        assert_eq!(on("ERCOT", 2014, 5, 31), pair("-250", "5000"));
        assert_eq!(on("ERCOT", 2021, 12, 31), pair("-250", "9000"));
        assert_eq!(on("NEM", 2026, 7, 1), None);
        assert_eq!(on("EEX", 2026, 7, 1), None);
    }
}

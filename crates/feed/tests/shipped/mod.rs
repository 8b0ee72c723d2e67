//! The tables of the Python package, which has them as data.
#![allow(dead_code)] // Each test uses some.

use std::sync::LazyLock;

use wattbook_feed::normalize::{Memory, Normalizer, Rates, Rules, Symbology, Units};

macro_rules! table {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../python/wattbook/ingest/normalization/tables/",
            $name
        ))
    };
}

pub(crate) const RULES: &str = table!("rules.toml");
pub(crate) const RATES: &str = table!("rates.csv");
const UNITS: &str = table!("units.csv");
const LOCATIONS: &str = table!("locations.csv");
const CODES: &str = table!("codes.csv");
const PRODUCTS: &str = table!("products.csv");

pub(crate) fn units() -> &'static Units {
    static TABLE: LazyLock<Units> = LazyLock::new(|| Units::parse(UNITS).unwrap());
    &TABLE
}

pub(crate) fn symbology() -> &'static Symbology {
    static TABLE: LazyLock<Symbology> =
        LazyLock::new(|| Symbology::parse(LOCATIONS, CODES, PRODUCTS).unwrap());
    &TABLE
}

pub(crate) fn normalizer(rules: &str, rates: &str, periods: usize) -> Normalizer {
    Normalizer::new(
        Rules::parse(rules).unwrap(),
        symbology().clone(),
        units().clone(),
        Rates::parse(rates).unwrap(),
        Memory {
            periods,
            ..Memory::default()
        },
    )
}

//! Contracts of products, known places, price limits and unit conversion.

use pyo3::prelude::*;
use wattbook_domain::delivery::{Date, DeliveryProduct};
use wattbook_domain::instrument::{ContractForm, Instrument};
use wattbook_domain::market_rule::{MARKET_RULES, MarketRule};
use wattbook_domain::python::refused;
use wattbook_domain::unit::{CalorificValue, Unit};
use wattbook_domain::venue::{Location, MarketModel};
use wattbook_domain::{Currency, DomainError, InstrumentId, Price, VenueId};

/// The contract on the delivery that `product` names.
#[pyfunction]
#[pyo3(signature = (product, *, instrument, venue, form, currency))]
pub(crate) fn product_instrument(
    product: &str,
    instrument: InstrumentId,
    venue: VenueId,
    form: ContractForm,
    currency: Currency,
) -> PyResult<Instrument> {
    let product: DeliveryProduct = product
        .parse()
        .map_err(|error: DomainError| refused(error))?;
    Ok(Instrument::of_product(
        instrument, venue, product, form, currency,
    ))
}

/// The bidding zone or hub called `name`.
#[pyfunction]
pub(crate) fn known_location(name: &str) -> PyResult<Location> {
    Location::known(name).map_err(refused)
}

/// Name, market model and currency of every known market.
#[pyfunction]
pub(crate) fn known_markets() -> Vec<(&'static str, MarketModel, Currency)> {
    let rules = MARKET_RULES.iter();
    rules
        .map(|rule| (rule.name, rule.model, rule.currency))
        .collect()
}

/// Lowest and highest price of `market` for delivery on an ISO day, and the source; `None` when no
/// rule is known for it.
#[pyfunction]
pub(crate) fn price_limits(
    market: &str,
    day: &str,
) -> PyResult<Option<(Price, Price, &'static str)>> {
    let day: Date = day.parse().map_err(refused)?;
    let limits = MarketRule::named(market).map_err(refused)?.limits_on(day);
    Ok(limits.map(|it| (it.min_price, it.max_price, it.source)))
}

/// How many of one unit another is, as numerator and denominator.
#[pyfunction]
#[pyo3(signature = (from_unit, to_unit, calorific_value = None))]
pub(crate) fn unit_factor(
    from_unit: Unit,
    to_unit: Unit,
    calorific_value: Option<CalorificValue>,
) -> PyResult<(i128, i128)> {
    let ratio = match calorific_value {
        Some(value) => value.factor(from_unit, to_unit),
        None => from_unit.factor_to(to_unit),
    };
    let ratio = ratio.map_err(refused)?;
    Ok((ratio.numerator, ratio.denominator))
}

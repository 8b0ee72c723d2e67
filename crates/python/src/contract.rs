//! Contracts of products, known places, price limits and unit conversion.

use pyo3::prelude::*;
use wattbook_domain::contract::Good;
use wattbook_domain::delivery::{Date, DeliveryPeriod, DeliveryProduct, Place};
use wattbook_domain::instrument::{ContractForm, ExerciseStyle, Instrument, OptionRight};
use wattbook_domain::market_rule::{MARKET_RULES, MarketRule};
use wattbook_domain::python::refused;
use wattbook_domain::unit::{CalorificValue, Unit};
use wattbook_domain::venue::{Location, MarketModel};
use wattbook_domain::{Currency, DomainError, InstrumentId, Price, Timestamp, VenueId, Volume};

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
    let contract = Instrument::of_product(instrument, venue, product, form, currency);
    contract.check()?;
    Ok(contract)
}

/// The block of hours of a day.
#[pyfunction]
pub(crate) fn block_instrument(
    instrument: InstrumentId,
    venue: VenueId,
    place: &str,
    day: &str,
    hours: (u16, u16),
    is_user_defined: bool,
    currency: Currency,
) -> PyResult<Instrument> {
    let (place, day) = (Place::new(place)?, iso_day(day)?);
    let block = Instrument::block(
        instrument,
        venue,
        place,
        day,
        hours,
        is_user_defined,
        currency,
    );
    Ok(block?)
}

/// The rest of a gas day from its hour `first` on.
#[pyfunction]
pub(crate) fn within_day_instrument(
    instrument: InstrumentId,
    venue: VenueId,
    place: &str,
    day: &str,
    first: u16,
    currency: Currency,
) -> PyResult<Instrument> {
    let (place, day) = (Place::new(place)?, iso_day(day)?);
    Ok(Instrument::within_day(
        instrument, venue, place, day, first, currency,
    )?)
}

/// A contract on a good called `good`: `oil`, `coal`, `eua` or `guarantee of origin`.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // Each is a term of the contract.
pub(crate) fn goods_instrument(
    instrument: InstrumentId,
    venue: VenueId,
    symbol: &str,
    location: &str,
    good: &str,
    form: ContractForm,
    delivery: (Timestamp, Timestamp),
    currency: Currency,
) -> PyResult<Instrument> {
    let good = Good::named(good)?;
    let period = DeliveryPeriod::new(delivery.0, delivery.1)?;
    Ok(Instrument::of_good(
        instrument, venue, symbol, location, good, form, period, currency,
    )?)
}

/// An option on a future.
#[pyfunction]
pub(crate) fn option_on_future(
    future: &Instrument,
    instrument: InstrumentId,
    right: OptionRight,
    strike: Price,
    expiry: Timestamp,
    style: ExerciseStyle,
) -> PyResult<Instrument> {
    Ok(future.option_on_future(instrument, right, strike, expiry, style)?)
}

/// An option on the average of an index.
#[pyfunction]
pub(crate) fn option_on_average(
    index: &Instrument,
    instrument: InstrumentId,
    right: OptionRight,
    strike: Price,
    averaging: (Timestamp, Timestamp),
) -> PyResult<Instrument> {
    let averaging = DeliveryPeriod::new(averaging.0, averaging.1)?;
    Ok(index.option_on_average(instrument, right, strike, averaging)?)
}

/// A swap of a fixed price against the average of an index.
#[pyfunction]
pub(crate) fn swap_on_average(
    index: &Instrument,
    instrument: InstrumentId,
    averaging: (Timestamp, Timestamp),
) -> PyResult<Instrument> {
    let averaging = DeliveryPeriod::new(averaging.0, averaging.1)?;
    Ok(index.swap_on_average(instrument, averaging)?)
}

/// A spread of two deliveries at one place.
#[pyfunction]
pub(crate) fn time_spread(
    long: &Instrument,
    short: &Instrument,
    instrument: InstrumentId,
) -> PyResult<Instrument> {
    Ok(long.time_spread(instrument, short)?)
}

/// A spread of one delivery at two places.
#[pyfunction]
pub(crate) fn place_spread(
    long: &Instrument,
    short: &Instrument,
    instrument: InstrumentId,
) -> PyResult<Instrument> {
    Ok(long.place_spread(instrument, short)?)
}

/// A spread of a contract over its fuel.
#[pyfunction]
pub(crate) fn fuel_spread(
    long: &Instrument,
    fuel: &Instrument,
    instrument: InstrumentId,
    fuel_per_unit: Volume,
) -> PyResult<Instrument> {
    Ok(long.fuel_spread(instrument, fuel, fuel_per_unit)?)
}

fn iso_day(text: &str) -> PyResult<Date> {
    text.parse().map_err(refused)
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
    let day = iso_day(day)?;
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

"""Markets, places and contracts that are known by name, and exact conversion of units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from wattbook import _core
from wattbook._core import (
    CalorificValue,
    ContractForm,
    Instrument,
    Location,
    MarketModel,
    Price,
    Unit,
)

__all__ = [
    "Market",
    "PriceLimits",
    "known_location",
    "known_markets",
    "price_limits",
    "product_instrument",
    "unit_factor",
]


@dataclass(frozen=True, slots=True)
class Market:
    """A market: its name, how it makes prices, and the currency of its prices."""

    name: str
    model: MarketModel
    currency: str


@dataclass(frozen=True, slots=True)
class PriceLimits:
    """The lowest and highest price of a market, in its currency per MWh, and the source."""

    min_price: Price
    max_price: Price
    source: str


def known_markets() -> list[Market]:
    """Return every market that is known by name.

    Examples
    --------
    >>> [market.name for market in known_markets() if market.model == MarketModel.POOL]
    ['NEM']
    """
    return [Market(*row) for row in _core.known_markets()]


def price_limits(market: str, day: dt.date) -> PriceLimits | None:
    """Return the price limits of a market for delivery on a day.

    Parameters
    ----------
    market : str
        A name of `known_markets`, such as ``"SDAC"``.
    day : date
        Delivery day in the market's zone.

    Returns
    -------
    PriceLimits or None
        None where no rule is known for that day.

    Raises
    ------
    InputError
        If no market has that name.

    Examples
    --------
    >>> limits = price_limits("NEM", dt.date(2025, 6, 30))
    >>> limits.min_price, limits.max_price
    (Price('-1000'), Price('17500'))
    """
    found = _core.price_limits(market, day.isoformat())
    return None if found is None else PriceLimits(*found)


def known_location(name: str) -> Location:
    """Return the bidding zone or hub of that name, with its code and the zone of its clock.

    Parameters
    ----------
    name : str
        As the market calls it, such as ``"DE-LU"`` or ``"TTF"``.

    Returns
    -------
    Location
        Name, kind, Energy Identification Code (where it has one) and IANA zone.

    Raises
    ------
    InputError
        If no place has that name; the text lists those that exist.

    Examples
    --------
    >>> known_location("DE-LU").eic
    '10Y1001A1001A82H'
    """
    return _core.known_location(name)


def product_instrument(
    product: str, *, instrument: int, venue: int, form: ContractForm | str, currency: str
) -> Instrument:
    """Return the contract on a delivery product, with everything that follows from it filled in.

    Parameters
    ----------
    product : str
        As the market calls it, such as ``"DE-LU 2026-03-29 H04"`` or ``"DE-LU Q1-27 Peak"``.
    instrument, venue : int
        Numbers in the engine's registry.
    form : ContractForm or str
        How it is contracted, such as ``"intraday"`` or ``"future"``.
    currency : str
        ISO 4217 code.

    Returns
    -------
    Instrument
        In MW and currency per MWh; tick 0.01, lot 0.1 MW (futures 1 MW), trading until delivery.

    Raises
    ------
    InputError
        If the product does not exist, such as an hour that the clock skips.

    Examples
    --------
    >>> year = product_instrument(
    ...     "DE-LU Cal-27", instrument=0, venue=0, form="future", currency="EUR"
    ... )
    >>> year.delivery_kind, year.delivery_seconds // 3600
    (DeliveryKind.CASCADE, 8760)
    """
    return _core.product_instrument(
        product, instrument=instrument, venue=venue, form=form, currency=currency
    )


def unit_factor(
    from_unit: Unit | str, to_unit: Unit | str, calorific_value: CalorificValue | None = None
) -> Fraction:
    """Return how many of `to_unit` one `from_unit` is, exactly.

    Parameters
    ----------
    from_unit, to_unit : Unit or str
        Units, such as ``Unit.BARREL`` or ``"barrel"``.
    calorific_value : CalorificValue, optional
        What joins a volume or mass of fuel to energy.

    Returns
    -------
    Fraction
        The exact factor.

    Raises
    ------
    InputError
        If the units measure different things; the text says what would join them.

    Examples
    --------
    >>> unit_factor("barrel", "gallon")
    Fraction(42, 1)
    >>> gas = CalorificValue(fuel="cubic_metre", nano_megawatt_hours=11_160_000)
    >>> float(unit_factor("cubic_metre", "megawatt_hour", gas))
    0.01116
    """
    return Fraction(*_core.unit_factor(from_unit, to_unit, calorific_value))

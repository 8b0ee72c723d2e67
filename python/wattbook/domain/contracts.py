"""Contracts that are made from their terms: blocks, goods, options, swaps and spreads.

`product_instrument` makes every delivery of power and gas that has a name; here are the others.
Each is whole and checked; what a venue has otherwise (tick, lot, price limits) is given by building
an `Instrument` from its fields.

Examples
--------
>>> from wattbook.domain import product_instrument
>>> terms = {"venue": 0, "form": "future", "currency": "EUR"}
>>> power = product_instrument("DE-LU Mar-27", instrument=1, **terms)
>>> gas = product_instrument("TTF Mar-27", instrument=2, **terms)
>>> spark = fuel_spread(power, gas, "2.04", instrument=3)
>>> spark.symbol, spark.spread.kind, spark.spread.ratio_millionths
('DE-LU Mar-27 Base / TTF Mar-27', SpreadKind.FUEL, 2040000)
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from wattbook import _core
from wattbook._core import ContractForm, ExerciseStyle, Instrument, OptionRight, Price, Volume

__all__ = [
    "allowance_contract",
    "block_instrument",
    "coal_contract",
    "fuel_spread",
    "guarantee_of_origin",
    "oil_contract",
    "option_on_average",
    "option_on_future",
    "place_spread",
    "swap_on_average",
    "time_spread",
    "within_day_instrument",
]

Instant = int | dt.datetime
"""An aware datetime, or int64 ns UTC."""

Number = Decimal | int | str | float
"""An exact number, or one that is rounded to the nearest 0.000001."""


def block_instrument(
    place: str,
    day: dt.date,
    first_hour: int,
    last_hour: int,
    *,
    instrument: int,
    venue: int,
    currency: str,
    user_defined: bool = False,
) -> Instrument:
    """Return the block of the hours `first_hour` to `last_hour` of a day, both delivered.

    Parameters
    ----------
    place : str
        Bidding zone, such as ``"FR"``.
    day : date
        Delivery day in the zone's market time.
    first_hour, last_hour : int
        Numbers of hours by the clock, from 1.
    instrument, venue : int
        Numbers in the engine's registry.
    currency : str
        ISO 4217 code.
    user_defined : bool
        Whether a participant chose the hours, rather than the venue.

    Returns
    -------
    Instrument
        In MW and currency per MWh.

    Raises
    ------
    InputError
        If the day does not have these hours.

    Examples
    --------
    >>> day = dt.date(2026, 3, 29)
    >>> block = block_instrument("FR", day, 1, 6, instrument=0, venue=0, currency="EUR")
    >>> block.symbol, block.delivery_seconds // 3600  # clocks skip an hour
    ('FR 2026-03-29 H01-H06', 5)
    """
    hours = (first_hour, last_hour)
    return _core.block_instrument(
        instrument, venue, place, day.isoformat(), hours, user_defined, currency
    )


def within_day_instrument(
    hub: str,
    gas_day: dt.date,
    first_hour: int,
    *,
    instrument: int,
    venue: int,
    currency: str,
) -> Instrument:
    """Return the rest of a gas day, from its hour `first_hour` on.

    Parameters
    ----------
    hub : str
        Gas hub, such as ``"TTF"``.
    gas_day : date
        Day on which the gas day starts.
    first_hour : int
        Position in the gas day, from 1; its last hour is 23, 24 or 25.
    instrument, venue : int
        Numbers in the engine's registry.
    currency : str
        ISO 4217 code.

    Returns
    -------
    Instrument
        In MW and currency per MWh.

    Raises
    ------
    InputError
        If the place is no gas hub or the day does not have the hour.

    Examples
    --------
    >>> day = dt.date(2026, 3, 28)
    >>> rest = within_day_instrument("TTF", day, 20, instrument=0, venue=0, currency="EUR")
    >>> rest.symbol
    'TTF 2026-03-28 H20-H23'
    """
    return _core.within_day_instrument(
        instrument, venue, hub, gas_day.isoformat(), first_hour, currency
    )


def oil_contract(
    symbol: str,
    location: str,
    delivery_start: Instant,
    delivery_end: Instant,
    *,
    instrument: int,
    venue: int,
    currency: str = "USD",
    form: ContractForm | str = "future",
) -> Instrument:
    """Return a contract on oil: barrels, by 1,000, tick 0.01, trading until delivery starts.

    Parameters
    ----------
    symbol : str
        Its name at the venue.
    location : str
        Where it is delivered, such as ``"CUSHING"``.
    delivery_start, delivery_end : datetime or int (ns UTC)
        Half-open.
    instrument, venue : int
        Numbers in the engine's registry.
    currency : str
        ISO 4217 code.
    form : ContractForm or str
        ``"future"`` or ``"spot"``.

    Returns
    -------
    Instrument
        Physical; prices from -100,000 to 100,000.

    Raises
    ------
    InputError
        If the delivery is empty, the name is empty or the form is another.

    Examples
    --------
    >>> may = (dt.datetime(2020, 5, 1, tzinfo=dt.UTC), dt.datetime(2020, 6, 1, tzinfo=dt.UTC))
    >>> wti = oil_contract("CLK0", "CUSHING", *may, instrument=0, venue=0)
    >>> wti.volume_unit, wti.lot
    (Unit.BARREL, Volume('1000'))
    """
    period = (delivery_start, delivery_end)
    return _core.goods_instrument(
        instrument, venue, symbol, location, "oil", form, period, currency
    )


def coal_contract(
    symbol: str,
    location: str,
    delivery_start: Instant,
    delivery_end: Instant,
    *,
    instrument: int,
    venue: int,
    currency: str = "USD",
    form: ContractForm | str = "future",
) -> Instrument:
    """Return a contract on coal: tonnes, by 1,000; otherwise as `oil_contract`.

    Raises
    ------
    InputError
        As `oil_contract`.

    Examples
    --------
    >>> year = (dt.datetime(2027, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC))
    >>> coal_contract("API2 Cal-27", "ARA", *year, instrument=0, venue=0).volume_unit
    Unit.TONNE
    """
    period = (delivery_start, delivery_end)
    return _core.goods_instrument(
        instrument, venue, symbol, location, "coal", form, period, currency
    )


def allowance_contract(
    symbol: str,
    delivery_start: Instant,
    delivery_end: Instant,
    *,
    instrument: int,
    venue: int,
    currency: str = "EUR",
    form: ContractForm | str = "future",
    registry: str = "EU-ETS",
) -> Instrument:
    """Return a contract on emission allowances (EUA): t CO2, by 1,000; otherwise as `oil_contract`.

    Parameters
    ----------
    symbol : str
        Its name at the venue.
    delivery_start, delivery_end : datetime or int (ns UTC)
        Half-open; mostly one day.
    instrument, venue : int
        Numbers in the engine's registry.
    currency : str
        ISO 4217 code.
    form : ContractForm or str
        ``"future"`` or ``"spot"``.
    registry : str
        Where allowances are delivered.

    Raises
    ------
    InputError
        As `oil_contract`.

    Examples
    --------
    >>> day = (dt.datetime(2026, 12, 14, tzinfo=dt.UTC), dt.datetime(2026, 12, 15, tzinfo=dt.UTC))
    >>> allowance_contract("EUA Dec-26", *day, instrument=0, venue=0).price_unit
    Unit.TONNE_CO2
    """
    period = (delivery_start, delivery_end)
    return _core.goods_instrument(
        instrument, venue, symbol, registry, "eua", form, period, currency
    )


def guarantee_of_origin(
    symbol: str,
    location: str,
    production_start: Instant,
    production_end: Instant,
    *,
    instrument: int,
    venue: int,
    currency: str = "EUR",
    form: ContractForm | str = "spot",
) -> Instrument:
    """Return a contract on guarantees of origin: certificates of 1 MWh produced in a period.

    Parameters
    ----------
    symbol : str
        Its name at the venue.
    location : str
        Where the energy was produced.
    production_start, production_end : datetime or int (ns UTC)
        Half-open.
    instrument, venue : int
        Numbers in the engine's registry.
    currency : str
        ISO 4217 code.
    form : ContractForm or str
        ``"future"`` or ``"spot"``.

    Raises
    ------
    InputError
        As `oil_contract`.

    Examples
    --------
    >>> year = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC))
    >>> guarantee_of_origin("GO wind 2026", "NO2", *year, instrument=0, venue=0).volume_unit
    Unit.CERTIFICATE
    """
    period = (production_start, production_end)
    return _core.goods_instrument(
        instrument, venue, symbol, location, "guarantee of origin", form, period, currency
    )


def option_on_future(
    future: Instrument,
    right: OptionRight | str,
    strike: Price | Number,
    expiry: Instant,
    *,
    instrument: int,
    style: ExerciseStyle | str = "european",
) -> Instrument:
    """Return an option on a future; in the money it becomes the future at its strike.

    Parameters
    ----------
    future : Instrument
        The underlying; delivery, units, lot and currency are taken from it.
    right : {"call", "put"}
        To buy or to sell.
    strike : Price or number
        In the future's currency per price unit; may be negative.
    expiry : datetime or int (ns UTC)
        End of trading; the first settlement price of the future from then on decides.
    instrument : int
        Its number in the engine's registry.
    style : {"european", "american"}
        When it may be exercised.

    Returns
    -------
    Instrument
        Its price is a premium from 0 to 100,000, tick 0.01.

    Raises
    ------
    InputError
        If `future` is none, or stops trading before `expiry`.

    Examples
    --------
    >>> from wattbook.domain import product_instrument
    >>> month = product_instrument(
    ...     "DE-LU Mar-27", instrument=1, venue=0, form="future", currency="EUR"
    ... )
    >>> expiry = dt.datetime(2027, 2, 22, 13, tzinfo=dt.UTC)
    >>> option_on_future(month, "call", 85, expiry, instrument=2).symbol
    'DE-LU Mar-27 Base C85'
    """
    return _core.option_on_future(future, instrument, right, strike, expiry, style)


def option_on_average(
    index: Instrument,
    right: OptionRight | str,
    strike: Price | Number,
    averaging_start: Instant,
    averaging_end: Instant,
    *,
    instrument: int,
) -> Instrument:
    """Return an option on the average of an index, paid in cash when the averaging ends.

    Parameters
    ----------
    index : Instrument
        Its prices of record with ``averaging_start <= ts_event < averaging_end`` are averaged.
    right : {"call", "put"}
        To be paid the average above the strike, or below.
    strike : Price or number
        In the index's currency per price unit.
    averaging_start, averaging_end : datetime or int (ns UTC)
        Half-open.
    instrument : int
        Its number in the engine's registry.

    Returns
    -------
    Instrument
        Its price is a premium from 0 to 100,000, tick 0.01.

    Raises
    ------
    InputError
        If the averaging is empty, or `index` is an option, spread or swap.
    """
    averaging = (averaging_start, averaging_end)
    return _core.option_on_average(index, instrument, right, strike, averaging)


def swap_on_average(
    index: Instrument, averaging_start: Instant, averaging_end: Instant, *, instrument: int
) -> Instrument:
    """Return a swap of a fixed price, that of its trades, against the average of an index.

    Parameters
    ----------
    index : Instrument
        Its prices of record with ``averaging_start <= ts_event < averaging_end`` are averaged.
    averaging_start, averaging_end : datetime or int (ns UTC)
        Half-open.
    instrument : int
        Its number in the engine's registry.

    Returns
    -------
    Instrument
        Settles in cash; power over all of the averaging, other volumes once.

    Raises
    ------
    InputError
        If the averaging is empty, or `index` is an option, spread or swap.

    Examples
    --------
    >>> may = (dt.datetime(2027, 5, 1, tzinfo=dt.UTC), dt.datetime(2027, 6, 1, tzinfo=dt.UTC))
    >>> brent = oil_contract("BRN", "SULLOM-VOE", *may, instrument=0, venue=0)
    >>> swap_on_average(brent, *may, instrument=1).swap.index
    0
    """
    return _core.swap_on_average(index, instrument, (averaging_start, averaging_end))


def time_spread(long: Instrument, short: Instrument, *, instrument: int) -> Instrument:
    """Return the spread of two deliveries at one place; its price is `long` less `short`.

    Raises
    ------
    InputError
        If the legs differ in place, commodity or currency, or deliver at the same time.
    """
    return _core.time_spread(long, short, instrument)


def place_spread(long: Instrument, short: Instrument, *, instrument: int) -> Instrument:
    """Return the spread of one delivery at two places; its price is `long` less `short`.

    Raises
    ------
    InputError
        If the legs differ in delivery, commodity or currency, or deliver at the same place.
    """
    return _core.place_spread(long, short, instrument)


def fuel_spread(
    long: Instrument, fuel: Instrument, fuel_per_unit: Volume | Number, *, instrument: int
) -> Instrument:
    """Return the spread of a contract over its fuel, such as power over gas.

    Parameters
    ----------
    long : Instrument
        The leg that a buyer buys.
    fuel : Instrument
        The leg that a buyer sells, of another commodity.
    fuel_per_unit : Volume or number
        Volume of `fuel` for one unit of `long`: the heat rate.
    instrument : int
        Its number in the engine's registry.

    Returns
    -------
    Instrument
        Its price is `long` less `fuel_per_unit` times `fuel`.

    Raises
    ------
    InputError
        If both are of one commodity, their deliveries do not overlap, or the ratio is not above
        zero.
    """
    return _core.fuel_spread(long, fuel, instrument, fuel_per_unit)

"""Markets, places, contracts and units that are known by name."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain import (
    CalorificValue,
    DeliveryKind,
    Instrument,
    MarketModel,
    Price,
    Unit,
    known_location,
    known_markets,
    price_limits,
    product_instrument,
    unit_factor,
)
from wattbook.errors import InputError

UNITS = st.sampled_from(Unit.values())


def contract(product: str, form: str) -> Instrument:
    return product_instrument(product, instrument=0, venue=0, form=form, currency="EUR")


@given(UNITS, UNITS)
def test_converting_there_and_back_is_one(one: Unit, other: Unit) -> None:
    try:
        there = unit_factor(one, other)
    except InputError:
        with pytest.raises(InputError):
            unit_factor(other, one)
    else:
        assert there * unit_factor(other, one) == 1


def test_published_factors_hold() -> None:
    # International Table Btu and the US gallon of 231 cubic inches.
    assert unit_factor("million_btu", "gigajoule") == Fraction("1.05505585262")
    assert unit_factor("barrel", "cubic_metre") == Fraction("0.158987294928")
    assert unit_factor(Unit.THERM, Unit.MILLION_BTU) == Fraction(1, 10)


@pytest.mark.parametrize("nano_megawatt_hours", [0, -1])
def test_a_calorific_value_that_no_fuel_has_is_refused(nano_megawatt_hours: int) -> None:
    with pytest.raises(InputError, match="above zero"):
        CalorificValue(fuel=Unit.CUBIC_METRE, nano_megawatt_hours=nano_megawatt_hours)
    with pytest.raises(InputError, match="space or mass"):
        CalorificValue(fuel=Unit.MEGAWATT, nano_megawatt_hours=1)


def test_a_calorific_value_joins_volume_to_energy() -> None:
    gas = CalorificValue(fuel=Unit.CUBIC_METRE, nano_megawatt_hours=11_160_000)
    assert unit_factor("cubic_metre", "megawatt_hour", gas) == Fraction("0.01116")
    assert unit_factor("megawatt_hour", "cubic_metre", gas) == 1 / Fraction("0.01116")
    with pytest.raises(InputError, match="give a calorific value"):
        unit_factor("cubic_metre", "megawatt_hour")


def test_every_market_has_a_model_and_limits_hold_by_day() -> None:
    models = {market.name: market.model for market in known_markets()}
    assert models["NEM"] == MarketModel.POOL
    assert models["ERCOT"] == models["NYISO"] == models["ISO-NE"] == MarketModel.TWO_SETTLEMENT
    before = price_limits("SDAC", dt.date(2022, 5, 10))
    after = price_limits("SDAC", dt.date(2022, 5, 11))
    assert before is not None
    assert after is not None
    assert (before.max_price, after.max_price) == (Price(3_000), Price(4_000))
    assert after.min_price == Price(-500)
    assert price_limits("NEM", dt.date(1999, 1, 1)) is None
    with pytest.raises(InputError, match="use one of"):
        price_limits("MARS", dt.date(2026, 1, 1))


def test_a_contract_knows_what_follows_from_its_delivery() -> None:
    hour = contract("DE-LU 2026-03-29 H04", "intraday")
    assert hour.delivery_end - hour.delivery_start == 3_600 * 10**9
    assert hour.location == "DE-LU"
    assert known_location(hour.location).time_zone == "Europe/Berlin"
    quarter = contract("DE-LU Q1-27 Peak", "future")
    assert quarter.delivery_kind == DeliveryKind.CASCADE
    with pytest.raises(InputError):
        contract("DE-LU 2026-03-29 H03", "intraday")

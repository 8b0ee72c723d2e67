"""Every kind of contract can be built from its terms, and survives each of its forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pyarrow as pa
import pytest

from wattbook.domain import (
    ContractForm,
    DeliveryKind,
    Instrument,
    Sequenced,
    SpreadKind,
    Unit,
    allowance_contract,
    block_instrument,
    coal_contract,
    fuel_spread,
    guarantee_of_origin,
    input_tables,
    inputs_from_tables,
    oil_contract,
    option_on_average,
    option_on_future,
    place_spread,
    product_instrument,
    swap_on_average,
    time_spread,
    within_day_instrument,
)
from wattbook.errors import InputError

YEAR = (dt.datetime(2027, 1, 1, tzinfo=dt.UTC), dt.datetime(2028, 1, 1, tzinfo=dt.UTC))
EXPIRY = dt.datetime(2027, 2, 22, 13, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 28)


def of(product: str, form: str = "future", instrument: int = 1) -> Instrument:
    return product_instrument(product, instrument=instrument, venue=0, form=form, currency="EUR")


MARCH, APRIL = of("DE-LU Mar-27"), of("DE-LU Apr-27", instrument=2)
FRENCH, GAS = of("FR Mar-27", instrument=3), of("TTF Mar-27", instrument=4)
WTI = oil_contract("CLF7", "CUSHING", *YEAR, instrument=5, venue=0)

CONTRACTS = [
    of("DE-LU 2026-03-29 QH13", "auction"),
    of("DE-LU 2026-03-29 H04", "intraday"),
    of("TTF 2026-03-28", "spot"),
    of("DE-LU Cal-27 OffPeak"),
    block_instrument("FR", DAY, 9, 20, instrument=9, venue=0, currency="EUR"),
    block_instrument("FR", DAY, 9, 9, instrument=9, venue=0, currency="EUR", user_defined=True),
    within_day_instrument("TTF", DAY, 5, instrument=9, venue=0, currency="EUR"),
    WTI,
    coal_contract("API2", "ARA", *YEAR, instrument=9, venue=0),
    allowance_contract("EUA", *YEAR, instrument=9, venue=0),
    guarantee_of_origin("GO", "NO2", *YEAR, instrument=9, venue=0),
    option_on_future(MARCH, "put", "-5", EXPIRY, instrument=9, style="american"),
    option_on_average(WTI, "call", 70, *YEAR, instrument=9),
    swap_on_average(WTI, *YEAR, instrument=9),
    time_spread(MARCH, APRIL, instrument=9),
    place_spread(MARCH, FRENCH, instrument=9),
    fuel_spread(MARCH, GAS, "2.04", instrument=9),
]


def test_every_form_is_there() -> None:
    assert {contract.form for contract in CONTRACTS} == set(ContractForm.values())


@pytest.mark.long
@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.symbol)
def test_a_contract_survives_text_bytes_and_arrow(contract: Instrument) -> None:
    assert Instrument.from_text(str(contract)) == contract
    assert Instrument.from_bytes(contract.to_bytes()) == contract
    sent = [Sequenced(sequence=1, ts_event=0, ts_recv=0, input=contract)]
    tables = {name: pa.table(table) for name, table in input_tables(sent).items()}
    assert inputs_from_tables(tables) == sent


def test_terms_are_those_that_were_given() -> None:
    option, swap, spread = CONTRACTS[11], CONTRACTS[13], CONTRACTS[16]
    assert option.option is not None
    assert option.gate_closure == option.option.expiry == 1_803_301_200_000_000_000
    assert option.delivery_seconds == MARCH.delivery_seconds
    assert swap.swap is not None
    assert (swap.swap.index, swap.delivery_kind) == (5, DeliveryKind.SPOT_AVERAGE)
    assert spread.spread is not None
    assert (spread.spread.kind, spread.spread.long, spread.spread.short) == (SpreadKind.FUEL, 1, 4)
    assert CONTRACTS[9].volume_unit == Unit.TONNE_CO2


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: of("DE-LU Mar-27", "option"), "give the terms of this form only"),
        (lambda: option_on_future(WTI, "call", 1, YEAR[1], instrument=9), "expiry is .*; let the"),
        (lambda: option_on_future(CONTRACTS[1], "call", 1, EXPIRY, instrument=9), "name a future"),
        (
            lambda: option_on_future(MARCH, "call", 1, EXPIRY, instrument=9, style="asian"),
            "an option on an average",
        ),
        (lambda: swap_on_average(WTI, YEAR[1], YEAR[0], instrument=9), "is empty"),
        (lambda: swap_on_average(CONTRACTS[13], *YEAR, instrument=9), "price of record"),
        (lambda: time_spread(MARCH, FRENCH, instrument=9), "location is DE-LU against FR"),
        (lambda: place_spread(MARCH, APRIL, instrument=9), "name two places"),
        (lambda: fuel_spread(MARCH, GAS, 0, instrument=9), "above zero"),
        (
            lambda: block_instrument("FR", DAY, 9, 25, instrument=9, venue=0, currency="EUR"),
            "no delivery period",
        ),
        (
            lambda: within_day_instrument("FR", DAY, 1, instrument=9, venue=0, currency="EUR"),
            "name a gas hub",
        ),
        (lambda: oil_contract("", "ARA", *YEAR, instrument=9, venue=0), "symbol is "),
        (
            lambda: oil_contract("X", "ARA", *YEAR, instrument=9, venue=0, form="swap"),
            "a future or a spot",
        ),
    ],
)
def test_terms_that_contradict_each_other_are_refused(
    build: Callable[[], Instrument], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        build()
